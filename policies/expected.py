"""Demands on single properties as data, and the check with its examples that follows from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.rule import EVERYWHERE, Check, Demand, Props, always
from policies.subject import Environment, Subject
from policies.view import ABSENT, UNKNOWN_STRING, Truth, View, every, some, truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one property must hold.

    Attributes:
        path: Its wire path, which leads through objects only.
        problem: What is wrong otherwise, as in ``Demand``.
        holds: Whether its view is as it must be.
        left_out: What it reads as where it is left out; ``ABSENT`` reads as nothing.
        left_out_as: The same in words, where the value itself would mislead.
        good: Values that hold, the usual one first. Leaving it out holds if ``left_out`` is one.
        bad: Values that do not hold.
        given_is_enough: Whether its presence decides, so that an unknown value holds.
    """

    path: str
    problem: str
    holds: Callable[[View], Truth]
    left_out: Any = ABSENT
    left_out_as: str = ""
    good: tuple[Any, ...]
    bad: tuple[Any, ...] = ()
    given_is_enough: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The path in its parts."""
        return tuple(self.path.split("."))

    @property
    def may_be_left_out(self) -> bool:
        """Whether leaving the property out satisfies."""
        return self.left_out in self.good

    @property
    def absence(self) -> str:
        """How its absence reads, one sentence."""
        verdict = "satisfies" if self.may_be_left_out else "violates"
        if self.left_out is ABSENT:
            return f"{self.path} left out {verdict}."
        words = self.left_out_as or _words(self.left_out)
        return f"{self.path} left out is {words} and {verdict}."


def on(path: str, problem: str, *, left_out: bool = False, left_out_as: str = "") -> Expected:
    """A switch that must be on."""
    return Expected(
        path=path,
        problem=problem,
        holds=View.is_true,
        left_out=left_out,
        left_out_as=left_out_as,
        good=(True,),
        bad=(False,),
    )


def off(path: str, problem: str, *, left_out: bool = False, left_out_as: str = "") -> Expected:
    """A switch that must be off."""
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: ~view.is_true(),
        left_out=left_out,
        left_out_as=left_out_as,
        good=(False,),
        bad=(True,),
    )


def one_of(
    path: str,
    problem: str,
    *allowed: str,
    bad: tuple[str, ...],
    left_out: Any = ABSENT,
) -> Expected:
    """A text that must be one of ``allowed``; what is left out reads as ``left_out``."""
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: view.is_one_of(*allowed),
        left_out=left_out,
        good=allowed,
        bad=bad,
    )


def contains(
    path: str,
    problem: str,
    *required: str,
    bad: tuple[tuple[str, ...], ...],
    left_out: tuple[str, ...] | None = None,
) -> Expected:
    """A list of texts that must hold each of ``required``."""
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: every(
            some(each.is_one_of(text) for each in view.elements()) for text in required
        ),
        left_out=ABSENT if left_out is None else list(left_out),
        good=(list(required), *(() if left_out is None else (list(left_out),))),
        bad=tuple(map(list, bad)),
    )


def filled(path: str, problem: str, *, example: str) -> Expected:
    """A list that must hold something."""
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: ~view.is_empty(),
        good=([example],),
        bad=([],),
    )


def given(path: str, problem: str, *, example: str) -> Expected:
    """A reference that must be there, known or not: those to new resources are not."""
    return Expected(
        path=path,
        problem=problem,
        holds=View.is_given,
        good=(example,),
        given_is_enough=True,
    )


def at_least(path: str, problem: str, minimum: int, *, left_out: Any = ABSENT) -> Expected:
    """A number that must not be below ``minimum``."""
    return Expected(
        path=path,
        problem=problem,
        holds=lambda view: not_below(view, minimum),
        left_out=left_out,
        good=(minimum, *((left_out,) if isinstance(left_out, int) and left_out > minimum else ())),
        bad=(minimum - 1,),
    )


def not_below(view: View, minimum: int) -> Truth:
    """Whether the number is at least ``minimum``; absent is no."""
    number = view.number()
    if number is not None:
        return truth(number >= minimum)
    return Truth.UNKNOWN if view.is_present else Truth.NO


def _judge(properties: tuple[Expected, ...]) -> Callable[[Subject], Iterator[Demand]]:
    parts = [(each, each.keys) for each in properties]

    def judge(subject: Subject) -> Iterator[Demand]:
        for expected, keys in parts:
            view = subject.at(*keys, absent=expected.left_out)
            yield Demand(expected.holds(view), view, expected.problem)

    return judge


def expects(
    type_: str,
    demand: str,
    *properties: Expected,
    environments: frozenset[Environment] = EVERYWHERE,
    applies: Callable[[Subject], Truth] = always,
    applies_reads: tuple[str, ...] = (),
    foreign: Mapping[str, Props] | None = None,
    beside: Props | None = None,
) -> Check:
    """The check that all of ``properties`` hold, with an example of each way to satisfy or not.

    Args:
        type_: The type token.
        demand: The requirement, one sentence.
        properties: What it consists of.
        environments: Where it holds.
        applies: Whether a resource is of the kind meant.
        applies_reads: The properties ``applies`` reads; what leaves them out is of the kind.
        foreign: Properties of resources of another kind.
        beside: Properties of every example.
    """
    usual: Props = dict(beside or {})
    for expected in properties:
        usual = _with(usual, expected.path, expected.good[0])
    others = {
        f"{each.path} {_words(value)}": _with(usual, each.path, value)
        for each in properties
        for value in each.good[1:]
        if value is not ABSENT
    }
    left_out = {True: dict[str, Props](), False: dict[str, Props]()}
    for each in properties:
        example = _with(usual, each.path, None)
        left_out[each.may_be_left_out][f"{each.path} left out"] = example
    unknown = {True: dict[str, Props](), False: dict[str, Props]()}
    for each in properties:
        example = _with(usual, each.path, UNKNOWN_STRING)
        unknown[each.given_is_enough][f"{each.path} not known"] = example
    for path in applies_reads:
        unknown[True][f"{path} not known"] = _with(usual, path, UNKNOWN_STRING)
    return Check(
        type=type_,
        demand=demand,
        reads=(*(each.path for each in properties), *applies_reads),
        absent=" ".join(each.absence for each in properties),
        judge=_judge(properties),
        environments=environments,
        applies=applies,
        good={"as demanded": usual, **others, **left_out[True], **unknown[True]},
        bad={
            **{
                f"{each.path} {_words(value)}": _with(usual, each.path, value)
                for each in properties
                for value in each.bad
            },
            **left_out[False],
        },
        undecided=unknown[False],
        foreign=foreign or {},
    )


def forbids(type_: str, demand: str, problem: str, example: Props) -> Check:
    """The check that there is no resource of a type at all."""

    def judge(subject: Subject) -> Iterator[Demand]:
        yield Demand(Truth.NO, subject, problem)

    return Check(
        type=type_,
        demand=demand,
        reads=(),
        absent="Nothing is read: the resource violates by being there.",
        judge=judge,
        good={},
        bad={"whatever it says": example, "nothing said": {}},
        undecided={},
        forbidden=True,
    )


_WORDS: Final = {"true": "on", "false": "off"}


def _words(value: Any) -> str:
    text = json.dumps(value)
    return _WORDS.get(text, text.strip('"'))


def _with(props: Props, path: str, value: Any) -> Props:
    """``props`` with ``value`` at ``path``; ``None`` leaves it out of what holds it."""
    key, _, rest = path.partition(".")
    if rest:
        return {**props, key: _with(props.get(key, {}), rest, value)}
    if value is None:
        return {name: item for name, item in props.items() if name != key}
    return {**props, key: value}
