"""What the rules decide of a framework, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from policies.catalogue import RULES
from policies.controls import Framework, Relation
from policies.frameworks import SLUGS, Declared, Item, listing
from policies.rule import Rule


class State(StrEnum):
    """What is known of one item.

    ``DECIDED``: a rule asserts the same. ``PARTLY``: a rule asserts a part of it, or something near
    it. ``NOT_DECLARED``: no rule, and none could tell from declared state. ``NO_RULE``: no rule yet.
    """

    DECIDED = "decided"
    PARTLY = "partly decided"
    NOT_DECLARED = "not decidable from declared state"
    NO_RULE = "no rule"


@dataclass(frozen=True, slots=True)
class Covered:
    """One item, its state, and the ids of the rules behind it in report order.

    ``same`` assert the item, ``near`` something related to it or a part of its theme.
    """

    item: Item
    state: State
    same: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every listed item of a framework; ``whole`` and ``note`` are those of its listing."""

    framework: Framework
    whole: bool
    note: str
    items: tuple[Covered, ...]

    @property
    def totals(self) -> Mapping[State, int]:
        """How many items are in each state, zero included."""
        return {state: sum(item.state is state for item in self.items) for state in State}


def framework_of(slug: str) -> Framework:
    """The framework that a command calls ``slug``, such as ``cis-eks``.

    Raises:
        ValueError: Nothing is called that; the message names what is.
    """
    for framework, own in SLUGS.items():
        if own == slug:
            return framework
    raise ValueError(
        f"there is no framework {slug!r}{_hint(slug.lower())}. There are {', '.join(SLUGS.values())}."
    )


def _hint(slug: str) -> str:
    slugs = list(SLUGS.values())
    closest = [own for own in slugs if slug and own.startswith(slug)]
    closest += get_close_matches(slug, slugs, n=1, cutoff=0.5)
    return f"; the closest is {closest[0]}" if closest else ""


def coverage(framework: Framework, rules: Iterable[Rule] = RULES) -> Coverage:
    """What ``rules`` decide of ``framework``."""
    same: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for rule in rules:
        for control in rule.all_controls:
            if control.framework is framework:
                found = same if control.relation is Relation.SAME else near
                found.setdefault(control.id, []).append(rule.id)
    listed = listing(framework)
    return Coverage(
        framework,
        listed.whole,
        listed.note,
        tuple(
            _covered(item, same.get(item.id, ()), near.get(item.id, ())) for item in listed.items
        ),
    )


def _covered(item: Item, same: Sequence[str], near: Sequence[str]) -> Covered:
    return Covered(item, _state(item, same, near), tuple(same), tuple(near))


def _state(item: Item, same: Sequence[str], near: Sequence[str]) -> State:
    if same and item.declared is Declared.WHOLE:
        return State.DECIDED
    if same or near:
        return State.PARTLY
    return State.NOT_DECLARED if item.declared is Declared.NOT else State.NO_RULE


_SHOWN_RULES: Final = 3


def text(covered: Coverage) -> str:
    """Plain text for a terminal: the totals, then one line per item, most decided first."""
    lines = [covered.framework.value, covered.note, _summary(covered)]
    widest = max(len(item.item.id) for item in covered.items)
    for state in State:
        items = [item for item in covered.items if item.state is state]
        if items:
            lines += ["", f"{state} ({len(items)})"]
            lines += [f"  {item.item.id:{widest}}  {_line(item)}" for item in items]
    return "\n".join(lines) + "\n"


def _line(item: Covered) -> str:
    rules = (*item.same, *item.near)
    if not rules:
        return item.item.title
    more = len(rules) - _SHOWN_RULES
    shown = ", ".join(rules[:_SHOWN_RULES]) + (f" and {more} more" if more > 0 else "")
    return f"{item.item.title}: {shown}"


def page(covered: Coverage) -> str:
    """A Markdown page for the folder of the pages of the rules, to which it links."""
    lines = [
        f"# {covered.framework.value}",
        "",
        covered.note,
        "",
        _summary(covered),
        "",
        "| Item | Title | State | Rules |",
        "|---|---|---|---|",
        *_rows(covered),
        "",
    ]
    return "\n".join(lines)


def _rows(covered: Coverage) -> Iterator[str]:
    for item in covered.items:
        links = ", ".join(
            [*map(_link, item.same), *(f"{_link(rule)} (near)" for rule in item.near)]
        )
        yield f"| {item.item.id} | {item.item.title} | {item.state} | {links} |"


def _link(rule: str) -> str:
    return f"[{rule}]({rule}.md)"


def _summary(covered: Coverage) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in covered.totals.items())
    scope = "items" if covered.whole else "listed items"
    return f"{len(covered.items)} {scope}: {counts}."
