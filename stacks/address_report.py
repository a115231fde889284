"""The address plan of all stacks: what each has, what of it is free, and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final, get_args

from components.cluster.spec import PoolSpec
from components.network.space import free, taken
from stacks import address_plan, stackfile
from stacks.address_plan import StackClaims, overlaps, proposals, read_plan
from stacks.address_pods import nodes_held, share_asked
from stacks.address_space import BLOCKS, largest
from stacks.problem import SettingsError
from stacks.settings import Settings, parse
from stacks.stackfile import SETTINGS_KEY

PODS_PER_NODE: Final[tuple[int, ...]] = get_args(PoolSpec.model_fields["pods_per_node"].annotation)
SHOWN_PER_BLOCK: Final = 4


@dataclass(frozen=True)
class PodAddresses:
    """Nodes that find addresses for their pods, against what the pools may grow to.

    ``nodes`` holds nodes by the pods each may run; ``share_asked`` is the part of the addresses
    that ``nodes_asked`` nodes take, each with the pods of its pool.
    """

    nodes: Mapping[int, int]
    nodes_asked: int
    share_asked: float


@dataclass(frozen=True)
class StackAddresses:
    """What one stack has.

    ``ranges`` are the parts that are taken, by role; ``free`` is what they leave of the network
    and of the pods' own range; ``taken_percent`` is about the network. ``services`` are set where
    there is a cluster, ``pod_addresses`` where there is one on a cloud.
    """

    stack: str
    ground: str
    network: IPv4Network
    pods: IPv4Network | None
    services: IPv4Network | None
    ranges: Mapping[str, IPv4Network]
    free: tuple[IPv4Network, ...]
    taken_percent: float
    pod_addresses: PodAddresses | None


@dataclass(frozen=True)
class Clash:
    """Ranges of two stacks that overlap; ``problem`` tells it with its line and what to do."""

    stack: str
    setting: str
    range: IPv4Network
    other_stack: str
    other_setting: str
    other_range: IPv4Network
    proposals: tuple[IPv4Network, ...]
    problem: str


@dataclass(frozen=True)
class FreeSpace:
    """What nothing asks for in ``block``; ``largest`` are the largest ranges of it."""

    block: IPv4Network
    free_addresses: int
    largest: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class AddressReport:
    """The plan of all stack files; ``left_out`` says by stack why its settings are not read."""

    stacks: tuple[StackAddresses, ...]
    clashes: tuple[Clash, ...]
    left_out: Mapping[str, str]
    free: tuple[FreeSpace, ...]


def report(root: Path) -> AddressReport:
    """The address plan of the stack files in ``root``.

    A file that is not valid is left out, though ranges that can be read in it count as taken.
    """
    plan = read_plan(root)
    stacks: list[StackAddresses] = []
    left_out: dict[str, str] = {}
    for stack in stackfile.stack_names(root):
        try:
            file = stackfile.read(stackfile.stack_path(root, stack))
            stacks.append(stack_addresses(stack, parse(stack, file.config.get(SETTINGS_KEY))))
        except SettingsError as error:
            left_out[stack] = str(error)
    return AddressReport(tuple(stacks), _clashes(root, plan), left_out, _free_space(plan))


def stack_addresses(stack: str, settings: Settings) -> StackAddresses:
    """What ``stack`` has by its own settings, whatever other stacks have."""
    network, ground, cluster = settings.network, settings.ground, settings.cluster
    ranges = taken(
        network.cidr, getattr(ground, "zones", ()), kind=ground.kind, pods_cidr=network.pods_cidr
    )
    left = free(network.cidr, ranges.values())
    left_to_pods = free(network.pods_cidr, ranges.values()) if network.pods_cidr else []
    untaken = sum(each.num_addresses for each in left) / network.cidr.num_addresses
    return StackAddresses(
        stack=stack,
        ground=ground.kind,
        network=network.cidr,
        pods=network.pods_cidr,
        services=network.services_cidr if cluster else None,
        ranges=ranges,
        free=(*left, *left_to_pods),
        taken_percent=round(100 * (1 - untaken), 1),
        pod_addresses=_pod_addresses(settings),
    )


def _pod_addresses(settings: Settings) -> PodAddresses | None:
    held = {pods: nodes_held(settings, pods) for pods in PODS_PER_NODE}
    if settings.cluster is None:
        return None
    return PodAddresses(
        nodes={pods: nodes for pods, nodes in held.items() if nodes is not None},
        nodes_asked=sum(pool.nodes_at_most for pool in settings.cluster.pools.values()),
        share_asked=round(share_asked(settings), 3),
    )


def _clashes(root: Path, plan: Mapping[str, StackClaims]) -> tuple[Clash, ...]:
    found: list[Clash] = []
    for overlap in overlaps(plan):
        one, other = overlap.one, overlap.other
        file = stackfile.read(stackfile.stack_path(root, one.stack))
        told = address_plan.problem(plan, overlap, one.stack)
        found.append(
            Clash(
                stack=one.stack,
                setting=f"network.{one.setting}",
                range=one.range,
                other_stack=other.stack,
                other_setting=f"network.{other.setting}",
                other_range=other.range,
                proposals=tuple(proposals(plan, one)),
                problem=f"{file.path.name}: {told.text(file.lines)}",
            )
        )
    return tuple(found)


def _free_space(plan: Mapping[str, StackClaims]) -> tuple[FreeSpace, ...]:
    asked = address_plan.taken(plan)
    left = {block: free(block, asked) for block in BLOCKS}
    return tuple(
        FreeSpace(
            block, sum(each.num_addresses for each in ranges), largest(ranges, SHOWN_PER_BLOCK)
        )
        for block, ranges in left.items()
    )
