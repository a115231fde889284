"""Whether inputs fit their types: unknown, missing and ill-typed properties, with their paths."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal import paths
from rehearsal.property_types import ObjectType, PropertyType, Shape
from rehearsal.values import SIGNATURE_KEY, UNKNOWN, Secret, contains_secret, contains_unknown

_SUGGESTIONS: Final = 12
_VALUE_LENGTH: Final = 60
_SCALARS: Final = frozenset({Shape.STRING, Shape.INTEGER, Shape.NUMBER, Shape.BOOLEAN})
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Failure:
    """An input that the provider refuses. ``property`` is a path."""

    property: str
    reason: str


class Checker:
    """Checks property values against their types and collects every failure.

    With ``coerces``, text that is exactly a number or boolean passes for one, and the other way
    round, as in every provider bridged from Terraform; the returned value has the declared type.
    """

    def __init__(self, *, coerces: bool) -> None:
        """``failures`` is empty until something does not fit."""
        self.failures: list[Failure] = []
        self._coerces = coerces

    def fields(
        self,
        values: Mapping[str, Any],
        types: Mapping[str, PropertyType],
        required: Iterable[str],
        path: str = "",
        owner: str = "",
    ) -> dict[str, Any]:
        """``values`` with declared types; an absent, unknown or ill-typed field is a failure."""
        checked: dict[str, Any] = {}
        for name, value in values.items():
            declared = types.get(name)
            if declared is None:
                self._fail(paths.field(path, name), unknown_property(name, types, owner))
            elif value is not None:
                checked[name] = self.value(value, declared, paths.field(path, name))
        for name in sorted(name for name in required if values.get(name) is None):
            expected = types[name].describe()
            self._fail(
                paths.field(path, name),
                f"missing required property {name!r} of {owner}: give it {expected}",
            )
        return checked

    def value(self, value: Any, declared: PropertyType, path: str) -> Any:
        """``value`` in its declared type."""
        if value is UNKNOWN or value is None or declared.shape is Shape.ANY:
            return value
        if isinstance(value, Secret):
            return self._secret(value, declared, path)
        if declared.shape in _SCALARS:
            return self._scalar(value, declared, path)
        if declared.shape is Shape.UNION:
            return self._union(value, declared, path)
        return self._composite(value, declared, path)

    def _composite(self, value: Any, declared: PropertyType, path: str) -> Any:
        match declared.shape, value:
            case Shape.LIST, list() if declared.element:
                return self._list(value, declared.element, path)
            case Shape.MAP, dict() if declared.element:
                return self._map(value, declared.element, path)
            case Shape.OBJECT, dict() if declared.object:
                return self._object(value, declared.object, path)
            case Shape.ASSET, dict() if SIGNATURE_KEY in value:
                return value
            case Shape.ENUM, _ if value in declared.choices:
                return value
            case _:
                return self._mismatch(value, declared, path)

    def _list(self, items: list[Any], element: PropertyType, path: str) -> list[Any]:
        return [
            self.value(item, element, paths.item(path, index)) for index, item in enumerate(items)
        ]

    def _map(self, entries: dict[str, Any], element: PropertyType, path: str) -> dict[str, Any]:
        return {
            key: self.value(item, element, paths.field(path, key)) for key, item in entries.items()
        }

    def _object(self, value: dict[str, Any], declared: ObjectType, path: str) -> dict[str, Any]:
        return self.fields(value, declared.fields, declared.required, path, declared.name)

    def _secret(self, secret: Secret, declared: PropertyType, path: str) -> Secret:
        inner = Checker(coerces=self._coerces)
        checked = inner.value(secret.value, declared, path)
        for failure in inner.failures:
            self._fail(
                failure.property, f"expected {declared.describe()}, got another secret value"
            )
        return Secret(checked)

    def _scalar(self, value: Any, declared: PropertyType, path: str) -> Any:
        shape = declared.shape
        if _is_scalar(value, shape):
            return value
        if self._coerces:
            coerced = _coerce(value, shape)
            if coerced is not None:
                return coerced
        return self._mismatch(value, declared, path)

    def _union(self, value: Any, declared: PropertyType, path: str) -> Any:
        closest: list[Failure] = []
        for member in declared.members:
            attempt = Checker(coerces=False)
            checked = attempt.value(value, member, path)
            if not attempt.failures:
                return checked
            if _is_kindred(value, member.shape) and (
                not closest or len(attempt.failures) < len(closest)
            ):
                closest = attempt.failures
        if closest:
            self.failures.extend(closest)
            return value
        return self._mismatch(value, declared, path)

    def _mismatch(self, value: Any, declared: PropertyType, path: str) -> Any:
        self._fail(path, f"expected {declared.describe()}, got {shown(value)}")
        return value

    def _fail(self, path: str, reason: str) -> None:
        self.failures.append(Failure(path, reason))


def unknown_property(name: str, known: Iterable[str], owner: str) -> str:
    """The message for a property that ``owner`` does not have, with the likeliest meant one."""
    by_sound = {_sound(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(_sound(name), by_sound, n=1)
    if close:
        return f"{owner} has no property {name!r}; did you mean {by_sound[close[0]]!r}?"
    names = sorted(by_sound.values())
    more = f" and {len(names) - _SUGGESTIONS} more" if len(names) > _SUGGESTIONS else ""
    return f"{owner} has no property {name!r}; it has {', '.join(names[:_SUGGESTIONS])}{more}"


def shown(value: Any) -> str:
    """A value as a message may show it: short, and nothing of it if any part is secret."""
    if contains_secret(value):
        return "a secret value"
    if contains_unknown(value):
        return f"a {type(value).__name__} with unknown parts"
    text = repr(value)
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 1] + "…"


def _sound(name: str) -> str:
    return name.replace("_", "").lower()


def _is_kindred(value: Any, shape: Shape) -> bool:
    """Whether the failures inside ``value`` say more than that it is of another type."""
    if isinstance(value, dict):
        return shape in (Shape.OBJECT, Shape.MAP)
    return isinstance(value, list) and shape is Shape.LIST


def _is_scalar(value: Any, shape: Shape) -> bool:
    match shape:
        case Shape.STRING:
            return isinstance(value, str)
        case Shape.BOOLEAN:
            return isinstance(value, bool)
        case Shape.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def _coerce(value: Any, shape: Shape) -> Any:
    """``value`` as the shape if nothing is lost, else ``None``."""
    if shape is Shape.STRING:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else None
    if not isinstance(value, str):
        return None
    return _BOOLEANS.get(value) if shape is Shape.BOOLEAN else _number(value, shape)


def _number(text: str, shape: Shape) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if number.is_integer():
        return int(number)
    return number if shape is Shape.NUMBER else None
