"""What a stack asks of Grafana."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from components.environment import Environment
from components.observability.address_spec import callable_address
from components.observability.secret_spec import SecretSpec
from components.spec import Spec

# Grafana's file has a meaning for $ and for the grave accent.
HttpsUrl = Annotated[
    str, Field(pattern=r"^https://[!-#%-_a-~]{4,300}$"), AfterValidator(callable_address)
]


class SsoSpec(Spec):
    """Sign-in with the company's own identity provider, by OpenID Connect."""

    authorize_url: HttpsUrl = Field(description="Where people sign in.")
    token_url: HttpsUrl = Field(description="Where Grafana redeems what they bring back.")
    userinfo_url: HttpsUrl = Field(description="Where Grafana reads who they are.")
    client_id: Annotated[str, Field(pattern=r"^[!-#%-_a-~]{1,200}$")] = Field(
        description="Grafana's name at the provider."
    )
    client_secret: SecretSpec = Field(description="Grafana's secret at the provider.")
    scopes: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,100}$")], ...] = Field(
        default=("openid", "email", "profile", "groups"),
        min_length=1,
        max_length=20,
        description="What is asked of the provider; without groups where it has no such scope.",
    )
    email_domains: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$")], ...] = Field(
        min_length=1, max_length=20, description="Domains whose people may come in."
    )
    administrators: tuple[Annotated[str, Field(pattern=r"^[\w .:/-]{1,100}$")], ...] = Field(
        default=(), max_length=20, description="Values of the claim groups that administer."
    )
    editors: tuple[Annotated[str, Field(pattern=r"^[\w .:/-]{1,100}$")], ...] = Field(
        default=(), max_length=20, description="Values of the claim groups that may edit."
    )


class GrafanaDatabaseSpec(Spec):
    """Where users, sessions and preferences are, so that the copies hold nothing."""

    database: Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)] = Field(
        description="Name of one of the stack's databases."
    )
    username: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = Field(
        default="grafana", description="Role that owns Grafana's tables; it exists before."
    )
    password: SecretSpec = Field(description="The password of username.")
    secret_key: SecretSpec = Field(
        description="What Grafana encrypts people's tokens there with; changing it loses them."
    )


class GrafanaSpec(Spec):
    """Who comes in, and what the copies hold."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {"replicas": 1, "cpus_reserved": 0.1, "memory_mib": 512},
        Environment.DEV: {"replicas": 1, "cpus_reserved": 0.05, "memory_mib": 384},
    }

    replicas: Annotated[int, Field(ge=1, le=10)] = Field(
        default=2, description="Copies; more than one need a database."
    )
    url: Annotated[str, Field(pattern=r"^https?://[!-#%-_a-~]{3,200}/$")] | None = Field(
        default=None, description="Address in people's browsers, with a slash at the end."
    )
    sso: SsoSpec | None = Field(
        default=None, description="How people sign in; unset: with the password of admin."
    )
    admin_password: SecretSpec | None = Field(
        default=None, description="Password of the user admin, where there is no sso."
    )
    database: GrafanaDatabaseSpec | None = Field(
        default=None, description="Where its state is; unset: in a volume of the one copy."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=8)] = Field(
        default=0.25, description="CPU reserved for each copy, cores."
    )
    memory_mib: Annotated[int, Field(ge=128, le=16_384)] = Field(
        default=768, description="Memory of each copy, MiB."
    )

    @model_validator(mode="after")
    def _lets_people_in(self, info: ValidationInfo) -> Self:
        problems: list[str] = []
        if self.replicas > 1 and self.database is None:
            problems.append(
                f"replicas is {self.replicas} and database is missing, so each copy would have"
                " users of its own: name one of the stack's databases, or set replicas to 1"
            )
        if self.sso and self.admin_password:
            problems.append(
                "sso and admin_password are both given: with sso there is no admin, keep one"
            )
        if self.sso and self.url is None:
            problems.append("url is missing, and sso sends people back to it: set it")
        environment = (info.context or {}).get("environment", Environment.PROD)
        if environment is not Environment.DEV and not (self.sso or self.admin_password):
            problems.append(
                f"sso and admin_password are missing, so nobody could sign in in {environment}:"
                " give sso, or admin_password"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
