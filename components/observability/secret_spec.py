"""Where a credential comes from; never the credential itself."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from components.spec import Spec


class SecretSpec(Spec):
    """A credential: a secret of the stack's configuration, or a Kubernetes Secret made elsewhere."""

    config: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")] | None = Field(
        default=None,
        description="Name of a secret of the stack's configuration, set with"
        " `pulumi config set --secret plinth:NAME`.",
    )
    secret: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")] | None = Field(
        default=None,
        description="Name of a Kubernetes Secret in the namespace observability; with ``key``.",
    )
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,253}$")] | None = Field(
        default=None, description="Key of that Secret."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.secret is None) != (self.key is None):
            raise ValueError("secret and key go together: give both, or config alone")
        if (self.config is None) == (self.secret is None):
            raise ValueError("give config, or secret and key: one place for the credential")
        return self
