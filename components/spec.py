"""What a stack asks of a component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

from components.environment import Environment


class Spec(BaseModel):
    """Plain values, known before preview.

    Field defaults are the production posture; ``RELAXED`` loosens them per environment. ``FLOORS``
    holds the least that an environment accepts. What nobody thought about gets production.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {}
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {}

    @classmethod
    def resolve(cls, environment: Environment, asked: Mapping[str, Any]) -> Self:
        """Production defaults, loosened for ``environment``, overridden by ``asked``.

        Nested specs are resolved the same way.

        Raises:
            pydantic.ValidationError: every unknown key and every value out of bounds, each with
                its path.
        """
        return cls.model_validate(asked, context={"environment": environment})

    @model_validator(mode="before")
    @classmethod
    def _relax(cls, asked: Any, info: ValidationInfo) -> Any:
        if not isinstance(asked, Mapping) or not info.context:
            return asked
        return {**cls.RELAXED.get(info.context["environment"], {}), **asked}

    @model_validator(mode="after")
    def _not_below_floor(self, info: ValidationInfo) -> Self:
        environment = (info.context or {}).get("environment", Environment.PROD)
        for name, least in self.FLOORS.get(environment, {}).items():
            if (value := getattr(self, name)) < least:
                raise ValueError(
                    f"{name} is {value}, {environment} needs at least {least}: raise it"
                )
        return self
