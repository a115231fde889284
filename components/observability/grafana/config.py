"""Grafana's configuration, an INI file.

Source: https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/, checked
2026-11-21.
"""

from __future__ import annotations

import configparser
import io
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from components.observability.config import Config


class Paths(Config):
    """Where Grafana finds and puts its files."""

    data: str = "/var/lib/grafana"
    provisioning: str


class Server(Config):
    """How it is reached."""

    http_port: int
    root_url: str | None = None
    enforce_domain: bool = False


class Database(Config):
    """Where its state is."""

    type: Literal["postgres", "sqlite3"]
    host: str | None = None
    name: str | None = None
    user: str | None = None
    password: str | None = None
    ssl_mode: str | None = None


class Security(Config):
    """Who administers, and what browsers are told."""

    disable_initial_admin_creation: bool
    admin_user: str | None = None
    admin_password: str | None = None
    secret_key: str | None = None
    cookie_secure: bool
    cookie_samesite: Literal["lax"] = "lax"
    strict_transport_security: bool
    content_security_policy: bool = True
    disable_gravatar: bool = True


class Users(Config):
    """Nobody makes an account of their own."""

    allow_sign_up: bool = False
    allow_org_create: bool = False
    viewers_can_edit: bool = False
    default_theme: Literal["system"] = "system"


class Auth(Config):
    """Ways in."""

    disable_login_form: bool
    oauth_auto_login: bool = False


class Anonymous(Config):
    """Strangers."""

    enabled: bool = False


class GenericOauth(Config):
    """Sign-in by OpenID Connect."""

    enabled: bool = True
    name: str = "SSO"
    client_id: str
    client_secret: str
    scopes: str
    auth_url: str
    token_url: str
    api_url: str
    use_pkce: bool = True
    allow_sign_up: bool = True
    allowed_domains: str
    role_attribute_path: str
    role_attribute_strict: bool = True


class Analytics(Config):
    """What Grafana tells its makers: nothing."""

    reporting_enabled: bool = False
    check_for_updates: bool = False
    check_for_plugin_updates: bool = False
    feedback_links_enabled: bool = False


class Plugins(Config):
    """None but those of the image.

    Grafana would fetch newer ones at every start, and on a root it cannot write to it loses those
    it was about to replace: https://github.com/grafana/grafana/issues/132528, checked 2026-11-21.
    """

    preinstall_disabled: bool = True
    plugin_admin_enabled: bool = False


class Snapshots(Config):
    """Pictures of dashboards stay here."""

    external_enabled: bool = False


class Switch(Config):
    """Something on or off."""

    enabled: bool


class Log(Config):
    """Where it says what it does."""

    mode: Literal["console"] = "console"
    level: Literal["info"] = "info"


class ConsoleLog(Config):
    """How it says it."""

    format: Literal["json"] = "json"


class GrafanaIni(Config):
    """The whole INI file: sections of keys."""

    paths: Paths
    server: Server
    database: Database
    security: Security
    users: Users = Users()
    auth: Auth
    anonymous: Anonymous = Field(default=Anonymous(), serialization_alias="auth.anonymous")
    basic: Switch = Field(default=Switch(enabled=False), serialization_alias="auth.basic")
    generic_oauth: GenericOauth | None = Field(
        default=None, serialization_alias="auth.generic_oauth"
    )
    analytics: Analytics = Analytics()
    plugins: Plugins = Plugins()
    snapshots: Snapshots = Snapshots()
    # Alertmanager alerts; two that do would say everything twice.
    unified_alerting: Switch = Switch(enabled=False)
    metrics: Switch = Switch(enabled=True)
    news: Mapping[str, bool] = {"news_feed_enabled": False}
    log: Log = Log()
    console_log: ConsoleLog = Field(default=ConsoleLog(), serialization_alias="log.console")

    def ini(self) -> str:
        """The file."""
        parser = configparser.RawConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        for section, keys in self.document().items():
            parser[section] = {key: _value(value) for key, value in keys.items()}
        text = io.StringIO()
        parser.write(text)
        return text.getvalue()


def _value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # A quotation mark at both ends would be taken off, and the rest after # or ; for a comment.
    return f"`{text}`" if text[:1] in "'\"" or any(sign in text for sign in "#;") else text
