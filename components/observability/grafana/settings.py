"""Grafana's configuration, made from what a stack asks and has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from components.observability.grafana.config import (
    Auth,
    Database,
    GenericOauth,
    GrafanaIni,
    Paths,
    Security,
    Server,
)
from components.observability.grafana_spec import GrafanaSpec, SsoSpec

PORT: Final = 3000
PROVISIONING: Final = "/etc/grafana/plinth"
SECRETS: Final = "/etc/grafana/secrets"
ADMIN_FILE: Final = f"{SECRETS}/admin"
SSO_FILE: Final = f"{SECRETS}/sso"
DATABASE_FILE: Final = f"{SECRETS}/database"
KEY_FILE: Final = f"{SECRETS}/key"


def grafana_ini(
    spec: GrafanaSpec, secrets: Collection[str], database: Mapping[str, object] | None = None
) -> GrafanaIni:
    """The whole configuration.

    Args:
        spec: Who comes in.
        secrets: Paths of the secret files that are there.
        database: Host, port and name of the database of its state, if there is one.
    """
    https = bool(spec.url and spec.url.startswith("https://"))
    return GrafanaIni(
        paths=Paths(provisioning=PROVISIONING),
        server=Server(http_port=PORT, root_url=spec.url),
        database=Database(
            type="postgres",
            host=f"{database['host']}:{database['port']}",
            name=str(database["name"]),
            user=spec.database.username,
            password=_from(DATABASE_FILE),
            ssl_mode="require",
        )
        if database and spec.database
        else Database(type="sqlite3"),
        security=Security(
            disable_initial_admin_creation=ADMIN_FILE not in secrets,
            admin_user="admin" if ADMIN_FILE in secrets else None,
            admin_password=_from(ADMIN_FILE) if ADMIN_FILE in secrets else None,
            secret_key=_from(KEY_FILE) if KEY_FILE in secrets else None,
            cookie_secure=https,
            strict_transport_security=https,
        ),
        auth=Auth(disable_login_form=spec.sso is not None),
        generic_oauth=_oauth(spec.sso) if spec.sso else None,
    )


def _oauth(sso: SsoSpec) -> GenericOauth:
    return GenericOauth(
        client_id=sso.client_id,
        client_secret=_from(SSO_FILE),
        scopes=" ".join(sso.scopes),
        auth_url=sso.authorize_url,
        token_url=sso.token_url,
        api_url=sso.userinfo_url,
        allowed_domains=" ".join(sso.email_domains),
        role_attribute_path=_role(sso),
    )


def _role(sso: SsoSpec) -> str:
    """JMESPath that finds the role of whoever signs in; the first group that fits decides.

    Without ``to_array``, whoever has no claim groups could not come in, and of a claim that is one
    word a part would do.
    """
    ranks = [("Admin", sso.administrators), ("Editor", sso.editors)]
    chosen = [
        f"contains(to_array(groups), '{group}') && '{role}'"
        for role, groups in ranks
        for group in groups
    ]
    return " || ".join([*chosen, "'Viewer'"])


def _from(path: str) -> str:
    return f"$__file{{{path}}}"
