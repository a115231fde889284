"""Ids that are known before an object exists, because its inputs say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.facts import Facts
from rehearsal.outputs import Maker
from rehearsal.provider_config import ProviderConfig
from rehearsal.sdk import ResourceType
from rehearsal.values import contains_unknown


def foreseen_id(
    token: str,
    urn: str,
    inputs: Mapping[str, Any],
    known: ResourceType | None,
    facts: Facts,
    config: ProviderConfig,
) -> str:
    """The id that an object will have, if its inputs say it openly.

    Empty if the provider draws it, or if a secret is part of it: a message may show the id.
    """
    maker = _Foreseeing(token, urn, 0, inputs, known, facts, config)
    maker.inputs = _Known(maker.inputs)
    try:
        id_ = maker.id()
    except _UndeterminedError:
        return ""
    return "" if maker.has_read_secret else id_


class _UndeterminedError(Exception):
    """The id depends on something that only the making of the object decides."""


class _Foreseeing(Maker):
    """A maker that knows the inputs and draws nothing."""

    def draw(self, purpose: str, count: int) -> bytes:
        del purpose, count
        raise _UndeterminedError


class _Known(Mapping[str, Any]):
    """Inputs that cannot be asked for an unknown one."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._inputs = inputs

    def __getitem__(self, name: str) -> Any:
        value = self._inputs[name]
        if contains_unknown(value):
            raise _UndeterminedError
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)
