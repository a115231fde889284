"""Properties as a rule reads them: value, absent or unknown, and three-valued answers about them.

Properties are plain data under their wire names (camelCase). An unknown value is one of Pulumi's
marker texts. Nothing here decodes or copies: a view is a position in the plain data.

Source of the markers: ``pulumi_policy.proxy``, pulumi-policy 1.21.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_BOOLEAN: Final = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
UNKNOWN_NUMBER: Final = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
UNKNOWN_ARRAY: Final = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"
UNKNOWN_ASSET: Final = "030794c1-ac77-496b-92df-f27374a8bd58"
UNKNOWN_ARCHIVE: Final = "e48ece36-62e2-4504-bad9-02848725956a"
UNKNOWN_OBJECT: Final = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"

MARKERS: Final = frozenset(
    {
        UNKNOWN_STRING,
        UNKNOWN_BOOLEAN,
        UNKNOWN_NUMBER,
        UNKNOWN_ARRAY,
        UNKNOWN_ASSET,
        UNKNOWN_ARCHIVE,
        UNKNOWN_OBJECT,
    }
)

# `pulumi policy analyze` writes this text for a secret it cannot decrypt, whatever its type.
MASKED_SECRET: Final = "[secret]"  # noqa: S105 - a mask, not a secret

_UNREADABLE: Final = MARKERS | {MASKED_SECRET}


SHORTEST_REASON: Final = 10
"""What is shorter, in characters, is a word and no reason."""


def is_reason(text: str) -> bool:
    """Whether ``text`` gives a reason, not just a word."""
    return len(text.strip()) >= SHORTEST_REASON


class Truth(Enum):
    """A three-valued answer. Combine with ``&``, ``|`` and ``~`` (Kleene's strong logic)."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"

    def __and__(self, other: Truth) -> Truth:
        """No if either is no, else unknown if either is unknown."""
        if self is _NO or other is _NO:
            return _NO
        return other if self is _YES else _MAYBE

    def __or__(self, other: Truth) -> Truth:
        """Yes if either is yes, else unknown if either is unknown."""
        if self is _YES or other is _YES:
            return _YES
        return other if self is _NO else _MAYBE

    def __invert__(self) -> Truth:
        """The opposite; unknown stays unknown."""
        if self is _MAYBE:
            return _MAYBE
        return _NO if self is _YES else _YES

    def __bool__(self) -> bool:
        """Refused: an unknown answer is neither true nor false.

        Raises:
            TypeError: always.
        """
        raise TypeError("a three-valued answer has no truth value: compare it with `is`")


# Looking a member up on its class costs as much as the logic itself.
_NO: Final = Truth.NO
_YES: Final = Truth.YES
_MAYBE: Final = Truth.UNKNOWN


def truth(known: bool) -> Truth:
    """The answer to a question about known values only."""
    return _YES if known else _NO


def some(answers: Iterable[Truth]) -> Truth:
    """Whether at least one answer is yes; no for none at all."""
    result = _NO
    for answer in answers:
        if answer is _YES:
            return answer
        result |= answer
    return result


def every(answers: Iterable[Truth]) -> Truth:
    """Whether all answers are yes; yes for none at all."""
    return ~some(~answer for answer in answers)


class _Absent(Enum):
    ABSENT = "absent"


class _Unknown(Enum):
    UNKNOWN = "unknown"


ABSENT: Final = _Absent.ABSENT
UNKNOWN: Final = _Unknown.UNKNOWN


_made: Final = object.__new__


class View:
    """One property of a resource.

    ``raw`` is plain data, ``ABSENT`` (left out, or null) or ``UNKNOWN``. A value of a type that
    cannot be read as asked (text where a list of objects belongs) is treated as unknown: a rule
    never passes on what it could not read.
    """

    __slots__ = ("_key", "_parent", "raw")

    def __init__(
        self, raw: Any, parent: View | None = None, key: tuple[str, ...] | int = ()
    ) -> None:
        """A view of ``raw``, found below ``parent``: an element of it, or along several keys."""
        if raw is None:
            raw = ABSENT
        elif isinstance(raw, str) and raw in _UNREADABLE:
            raw = UNKNOWN
        self.raw = raw
        self._parent = parent
        self._key = key

    def at(self, *keys: str, absent: Any = ABSENT) -> View:
        """The property ``keys`` below this one, read as ``absent`` where it is left out."""
        if not keys:
            return self
        raw = self.raw
        for key in keys:
            # A plain dict is recognised first, at a tenth of the price of the abstract type.
            if type(raw) is dict:
                raw = raw.get(key)
            elif raw is ABSENT or raw is None:
                break
            else:
                raw = raw.get(key) if isinstance(raw, Mapping) else UNKNOWN
        # Written out for speed: this is called for every value that any rule reads.
        view = _made(View)
        if raw is None or raw is ABSENT:
            view.raw = absent
        else:
            view.raw = UNKNOWN if isinstance(raw, str) and raw in _UNREADABLE else raw
        view._parent = self  # noqa: SLF001 our own kind
        view._key = keys  # noqa: SLF001 same
        return view

    def elements(self) -> Iterator[View]:
        """Each element of a list; none if absent, one unknown element if the list is unknown.

        A single value where a list belongs counts as a list of one.
        """
        raw = self.raw
        if isinstance(raw, list):
            for index, element in enumerate(raw):
                yield View(element, self, index)
        elif raw is not ABSENT:
            yield self

    @property
    def path(self) -> str:
        """Where the property lies, such as ``ingress[0].cidrBlocks``; empty for the resource."""
        path, view = "", self
        while view._parent is not None:
            key = view._key
            path = f"[{key}]{path}" if isinstance(key, int) else f".{'.'.join(key)}{path}"
            view = view._parent
        return path.removeprefix(".")

    @property
    def parent(self) -> View | None:
        """What holds this property, ``None`` for the whole resource."""
        return self._parent

    @property
    def key(self) -> tuple[str, ...] | int:
        """Where it lies in what holds it."""
        return self._key

    @property
    def root(self) -> View:
        """The view of the whole resource."""
        view = self
        while view._parent is not None:
            view = view._parent
        return view

    @property
    def is_known(self) -> bool:
        """Whether there is a value to read."""
        return self.raw is not ABSENT and self.raw is not UNKNOWN

    @property
    def is_present(self) -> bool:
        """Whether the property was given at all, known or not."""
        return self.raw is not ABSENT

    def is_given(self) -> Truth:
        """Whether the property was given, known or not; unknown if what holds it cannot be read."""
        if self.raw is UNKNOWN and self._parent is not None:
            holder = self._parent
            if isinstance(self._key, tuple):
                holder = holder.at(*self._key[:-1])
            return truth(isinstance(holder.raw, Mapping | list)) | _MAYBE
        return truth(self.raw is not ABSENT)

    def is_true(self) -> Truth:
        """Whether the property is switched on; absent is no."""
        raw = self.raw
        if isinstance(raw, bool):
            return _YES if raw else _NO
        if raw is ABSENT:
            return _NO
        # A provider's check accepts these texts for a boolean; unit tests see them unchecked.
        if raw in ("true", "false"):
            return truth(raw == "true")
        return _MAYBE

    def is_empty(self) -> Truth:
        """Whether a list or mapping holds nothing; absent is yes, one unknown element is no."""
        raw = self.raw
        if raw is ABSENT:
            return _YES
        if isinstance(raw, list | Mapping):
            return truth(not raw)
        return _MAYBE

    def matches(self, predicate: Callable[[str], bool]) -> Truth:
        """Whether ``predicate`` holds for the text of this property; absent is no."""
        raw = self.raw
        if isinstance(raw, str):
            return truth(predicate(raw))
        return _NO if raw is ABSENT else _MAYBE

    def is_one_of(self, *texts: str) -> Truth:
        """Whether the property is one of ``texts``; absent is no."""
        return self.matches(texts.__contains__)

    def number(self) -> float | None:
        """The number, also when written as text; ``None`` if absent or unknown."""
        raw = self.raw
        if isinstance(raw, int | float):
            return raw
        if isinstance(raw, str):
            try:
                return int(raw)
            except ValueError:
                return None
        return None

    def unknown_paths(self) -> Iterator[str]:
        """The path of every unknown value from here down."""
        raw = self.raw
        if raw is UNKNOWN:
            yield self.path
        elif isinstance(raw, Mapping):
            # A pack is sent maps without an order, and must tell the same in every run.
            for key in sorted(raw):
                yield from self.at(key).unknown_paths()
        elif isinstance(raw, list):
            for element in self.elements():
                yield from element.unknown_paths()
