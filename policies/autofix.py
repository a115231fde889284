"""Repairs that the engine may make by itself: values of properties, where setting them is safe.

Safe means: it adds protection, replaces nothing, needs no other resource and works on a resource
that is there already. The judge says which properties are wrong, and only those are set. A repair
never reads, moves or overwrites a secret or an unknown value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies.rule import EVERYWHERE
from policies.subject import Environment
from policies.view import MARKERS, MASKED_SECRET
from policies.wire import SIGNATURE

_EACH: Final = "*"
_IF_THERE: Final = "?"
_PART: Final = re.compile(r"\[([^\]]+)\]|([^.\[\]]+)")
_OPAQUE_TEXTS: Final = MARKERS | {MASKED_SECRET}


@dataclass(frozen=True, slots=True)
class Configured:
    """A value that depends on a setting of the rule.

    Where the setting is a number, ``usual`` or the number if that is more; where it is a list,
    ``usual`` if that is in it, else its first element.
    """

    setting: str
    usual: Any

    def of(self, settings: Mapping[str, Any]) -> Any:
        """The value with ``settings``, ``None`` where they allow none."""
        given = settings.get(self.setting, self.usual)
        if isinstance(given, int):
            return max(self.usual, given)
        if isinstance(given, tuple | list) and self.usual not in given:
            return next(iter(given), None)
        return self.usual


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AutoFix:
    """What makes a resource of one type satisfy a rule.

    In a path ``*`` stands for each element of a list, ``key?`` for an object that is not made where
    it is left out, and ``[key]`` for a key with dots. Other objects on the way are made where they
    are left out, lists are not.

    Attributes:
        type: The type token, as rules know it.
        sets: Wire paths to the values they get, in order.
        adds: Wire paths of lists to the texts that each holds in the end, behind what it held.
        where: Paths beside the property to the values they may have for the repair to be possible;
            ``None`` is left out. A value that is not known is none of them.
        environments: Where the repair is sensible.
        always: Whether it is made of every resource of the type, because the rule does not see
            from the resource alone whether it violates.
        because: Why it is safe, one sentence.
    """

    type: str
    sets: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    environments: frozenset[Environment] = EVERYWHERE
    always: bool = False
    because: str


def repaired(
    props: Mapping[str, Any],
    fix: AutoFix,
    wrong: Collection[str],
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """A copy of ``props`` with the repair made, ``None`` where it changes nothing.

    Args:
        props: As the engine sends them: secrets wrapped, unknown values as marker texts.
        fix: The repair.
        wrong: Paths of the properties that violate, as findings have them. What neither holds nor
            lies below one of them stays as it is, unless the repair is made always.
        settings: The settings of the rule.
    """
    walk = _Walk(fix, None if fix.always else wrong)
    result: Any = props
    for path, value in fix.sets.items():
        usual = value.of(settings or {}) if isinstance(value, Configured) else value
        if usual is not None:
            result = walk.put(result, _parts(path), "", _replacing(usual))
    for path, values in fix.adds.items():
        result = walk.put(result, _parts(path), "", _appending(values))
    return None if result is props else result


@dataclass(frozen=True, slots=True)
class _Walk:
    """The way to a property; what it does not change is returned itself."""

    fix: AutoFix
    wrong: Collection[str] | None

    def put(
        self, holder: Any, path: tuple[str, ...], place: str, change: Callable[[Any], Any]
    ) -> Any:
        """``holder``, which lies at ``place``, with what is at ``path`` below it changed."""
        if not isinstance(holder, Mapping) or SIGNATURE in holder:
            return holder
        key, *rest = path
        optional = key.endswith(_IF_THERE)
        key = key.removesuffix(_IF_THERE)
        inner: Any = holder.get(key)
        place = f"{place}.{key}".removeprefix(".")
        if not rest:
            may = self._is_wrong(place) and self._is_possible(holder)
            changed = change(inner) if may else inner
        elif rest[0] == _EACH:
            changed = self._each(inner, tuple(rest[1:]), place, change)
        elif inner is None:
            made = None if optional else self.put({}, tuple(rest), place, change)
            changed = made or None
        else:
            changed = self.put(inner, tuple(rest), place, change)
        return holder if changed is inner else {**holder, key: changed}

    def _each(
        self, held: Any, path: tuple[str, ...], place: str, change: Callable[[Any], Any]
    ) -> Any:
        if not isinstance(held, list):
            return held
        changed = [self.put(e, path, f"{place}[{n}]", change) for n, e in enumerate(held)]
        same = all(one is other for one, other in zip(changed, held, strict=True))
        return held if same else changed

    def _is_wrong(self, place: str) -> bool:
        return self.wrong is None or any(
            _holds(place, each) or _holds(each, place) for each in self.wrong
        )

    def _is_possible(self, holder: Mapping[str, Any]) -> bool:
        return all(
            any(_is(_at(holder, _parts(path)), value) for value in allowed)
            for path, allowed in self.fix.where.items()
        )


def _replacing(value: Any) -> Callable[[Any], Any]:
    return lambda old: old if _is(old, value) or _is_opaque(old) else value


def _appending(values: tuple[str, ...]) -> Callable[[Any], Any]:
    def change(old: Any) -> Any:
        if old is None:
            return [*values]
        missing = [each for each in values if isinstance(old, list) and each not in old]
        return [*old, *missing] if missing else old

    return change


def _parts(path: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _PART.findall(path))


def _holds(outer: str, inner: str) -> bool:
    """Whether the property at ``inner`` is that at ``outer`` or lies below it; ``""`` holds all."""
    return not outer or inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


def _at(holder: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if holder is None:
            return None
        # What cannot be read is no value that anybody names.
        is_read = isinstance(holder, Mapping) and SIGNATURE not in holder
        holder = holder.get(key) if is_read else ...
    return holder


def _is(one: Any, other: Any) -> bool:
    """Whether two values are the same to a provider: numbers are, truth values are no numbers."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _is_opaque(value: Any) -> bool:
    """Whether there is a secret, an asset or an unknown value in ``value``."""
    if isinstance(value, Mapping):
        return SIGNATURE in value or any(map(_is_opaque, value.values()))
    if isinstance(value, list):
        return any(map(_is_opaque, value))
    return value in _OPAQUE_TEXTS
