"""The secrets that settings name and the configuration of the stack holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from components.observability.secret_spec import SecretSpec
from stacks.problem import Place, Problem, suggestion
from stacks.stackfile import OWN, SETTINGS_PLACE


def credentials(part: Any, place: Place = ()) -> Iterator[tuple[Place, SecretSpec]]:
    """Every credential that ``part`` names, with its place in it."""
    if isinstance(part, SecretSpec):
        yield place, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from credentials(getattr(part, name), (*place, name))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from credentials(value, (*place, key))
    elif isinstance(part, list | tuple):
        for index, value in enumerate(part):
            yield from credentials(value, (*place, index))


def secret_names(part: Any) -> list[str]:
    """Names of the secrets of the configuration that ``part`` asks for, sorted."""
    return sorted({each.config for _, each in credentials(part) if each.config})


def find_unset(part: Any, known: Collection[str]) -> Iterator[Problem]:
    """Credentials that name a secret which the configuration does not have."""
    for place, each in credentials(part):
        if each.config and each.config not in known:
            yield Problem(
                (*SETTINGS_PLACE, *place, "config"),
                f'is "{each.config}", and the stack has no such secret.'
                f" {suggestion(each.config, list(known))} Set it with"
                f" `pulumi config set --secret plinth:{each.config}`, which asks for the value.",
            )


def find_unread(part: Any, known: Collection[str]) -> Iterator[Problem]:
    """Secrets of the configuration that nothing names."""
    for name in sorted(set(known) - set(secret_names(part))):
        yield Problem(
            ("config", f"{OWN}{name}"),
            "is a secret that no setting names; name it in the config of a credential, or remove"
            f" it with `pulumi config rm plinth:{name}`.",
        )
