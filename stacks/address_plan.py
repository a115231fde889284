"""Which stack owns which addresses: ranges of different stacks never overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations, islice, product
from pathlib import Path
from typing import Any, Final

from components.network.spec import PRIVATE_RANGES, SHARED_RANGE, NetworkSpec
from stacks import stackfile
from stacks.address_space import block_of, first_free
from stacks.problem import Place, Problem, SettingsError
from stacks.stackfile import SETTINGS_PLACE, StackFile

CIDR: Final = "cidr"
PODS: Final = "pods_cidr"
SERVICES: Final = "services_cidr"
NETWORK_PLACE: Final[Place] = (*SETTINGS_PLACE, "network")
PROPOSALS: Final = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """A range that a stack asks for; ``setting`` is the key below ``network``."""

    stack: str
    setting: str
    range: IPv4Network

    @property
    def place(self) -> Place:
        """Where the stack file asks for it."""
        return (*NETWORK_PLACE, self.setting)


@dataclass(frozen=True, slots=True)
class StackClaims:
    """The ranges of one stack.

    ``owned`` belong to it alone; ``services`` only its cluster knows, so stacks may share them;
    ``peers`` are what it is joined to, by name, which may be ranges of other stacks.
    """

    stack: str
    owned: tuple[Claim, ...]
    services: Claim
    peers: Mapping[str, IPv4Network]

    def joins(self, other: StackClaims) -> bool:
        """Whether ``other`` is a peer, by its name or by its addresses."""
        return other.stack in self.peers or any(
            peer.overlaps(claim.range) for peer, claim in product(self.peers.values(), other.owned)
        )


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ranges of two stacks that share an address and must not."""

    one: Claim
    other: Claim

    def seen_from(self, stack: str) -> tuple[Claim, Claim]:
        """What ``stack``, one of the two, asks for, and what it overlaps."""
        return (self.one, self.other) if self.one.stack == stack else (self.other, self.one)


def claims_of(stack: str, settings: Any) -> StackClaims:
    """The ranges that the document ``settings`` asks for; one that is none is left out."""
    network = settings.get("network") if isinstance(settings, Mapping) else None
    asked = network if isinstance(network, Mapping) else {}
    owned = ((setting, _range(asked.get(setting))) for setting in (CIDR, PODS))
    services = _range(asked.get(SERVICES)) or NetworkSpec.model_fields[SERVICES].default
    peers = asked.get("peers")
    named = peers.items() if isinstance(peers, Mapping) else ()
    return StackClaims(
        stack,
        tuple(Claim(stack, setting, range_) for setting, range_ in owned if range_),
        Claim(stack, SERVICES, services),
        {str(name): range_ for name, peer in named if (range_ := _range(peer))},
    )


def read_plan(root: Path) -> dict[str, StackClaims]:
    """The ranges that each stack file in ``root`` asks for.

    A file that cannot be read is left out, and so is a range that is none: reading the settings
    of the stack tells what is wrong with it.
    """
    plan: dict[str, StackClaims] = {}
    for stack in stackfile.stack_names(root):
        try:
            file = stackfile.read(stackfile.stack_path(root, stack))
        except SettingsError:
            continue
        plan[stack] = claims_of(stack, file.config.get(stackfile.SETTINGS_KEY))
    return plan


def overlaps(plan: Mapping[str, StackClaims]) -> list[Overlap]:
    """Every two ranges of different stacks that share an address and must not.

    Networks and pods of a stack stay clear of those of all others, services of those of its peers.
    """
    return [
        Overlap(mine, theirs)
        for one, other in combinations(plan.values(), 2)
        for mine, theirs in _apart(one, other)
        if mine.range.overlaps(theirs.range)
    ]


def taken(plan: Mapping[str, StackClaims]) -> list[IPv4Network]:
    """Every range that no further stack should ask for, peers and services included."""
    return [
        range_
        for each in plan.values()
        for range_ in (*(c.range for c in (*each.owned, each.services)), *each.peers.values())
    ]


def proposals(plan: Mapping[str, StackClaims], claim: Claim) -> list[IPv4Network]:
    """Ranges of the same size that would serve as ``claim`` and clash with nothing in ``plan``."""
    blocks = _blocks(plan[claim.stack], claim)
    return list(islice(first_free(claim.range.prefixlen, blocks, taken(plan)), PROPOSALS))


def problem(plan: Mapping[str, StackClaims], overlap: Overlap, stack: str) -> Problem:
    """``overlap`` as a mistake of ``stack``, one of the two."""
    mine, theirs = overlap.seen_from(stack)
    peer = ", its peer" if SERVICES in {mine.setting, theirs.setting} else ""
    return Problem(
        mine.place,
        f"is {mine.range}, which overlaps network.{theirs.setting} {theirs.range} of the stack"
        f" {theirs.stack}{peer}; choose a range that no other stack has,"
        f" {_advice(plan, mine)}.",
    )


def clashes(file: StackFile) -> Iterator[Problem]:
    """The stacks beside ``file`` that own a part of what it asks for."""
    plan = read_plan(file.path.parent)
    for overlap in overlaps(plan):
        if file.stack in {overlap.one.stack, overlap.other.stack}:
            yield problem(plan, overlap, file.stack)


def _apart(one: StackClaims, other: StackClaims) -> Iterator[tuple[Claim, Claim]]:
    yield from product(one.owned, other.owned)
    if one.joins(other) or other.joins(one):
        yield from product([one.services], other.owned)
        yield from product(one.owned, [other.services])


def _blocks(claims: StackClaims, claim: Claim) -> list[IPv4Network]:
    """Where another range for ``claim`` may lie, the block it asks for first."""
    beside = {each.setting: block_of(each.range) for each in claims.owned if each != claim}
    if claim.setting == PODS:
        # A network is joined to the shared block or to more of its own block, to no other.
        allowed = [SHARED_RANGE, *filter(None, [beside.get(CIDR)])]
    elif claim.setting == CIDR and beside.get(PODS) in PRIVATE_RANGES:
        allowed = [block for block in PRIVATE_RANGES if block == beside[PODS]]
    else:
        allowed = list(PRIVATE_RANGES)
    home = block_of(claim.range)
    return sorted(allowed, key=lambda block: block != home)


def _advice(plan: Mapping[str, StackClaims], claim: Claim) -> str:
    if free := proposals(plan, claim):
        return f"such as {' or '.join(map(str, free))}"
    blocks = ", ".join(map(str, _blocks(plan[claim.stack], claim)))
    return f"a smaller one: no /{claim.range.prefixlen} is free in {blocks}"


def _range(text: Any) -> IPv4Network | None:
    try:
        return IPv4Network(text) if isinstance(text, str) else None
    except ValueError:
        return None
