"""Which stack owns which addresses: networks of different stacks never overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from typing import Final

from stacks import stackfile
from stacks.problem import Place, Problem, SettingsError
from stacks.stackfile import SETTINGS_PLACE, StackFile

NETWORK_PLACE: Final[Place] = (*SETTINGS_PLACE, "network", "cidr")


def overlaps(plan: Mapping[str, IPv4Network]) -> list[tuple[str, str]]:
    """Every pair of stacks whose networks share an address, in the order of ``plan``.

    Args:
        plan: the network of each stack, ``{"prod": IPv4Network("10.30.0.0/16")}``.
    """
    return [
        (stack, other)
        for (stack, network), (other, theirs) in combinations(plan.items(), 2)
        if network.overlaps(theirs)
    ]


def read_plan(root: Path) -> dict[str, IPv4Network]:
    """The network that each stack file in ``root`` asks for.

    A file that cannot be read, or asks for none that is valid, is left out: reading its settings
    tells what is wrong with it.
    """
    plan: dict[str, IPv4Network] = {}
    for stack in stackfile.stack_names(root):
        try:
            file = stackfile.read(stackfile.stack_path(root, stack))
        except SettingsError:
            continue
        if (network := _asked_network(file)) is not None:
            plan[stack] = network
    return plan


def clashes(file: StackFile) -> Iterator[Problem]:
    """The stacks beside ``file`` that own a part of the network it asks for."""
    plan = read_plan(file.path.parent)
    for pair in overlaps(plan):
        if file.stack in pair:
            other = next(stack for stack in pair if stack != file.stack)
            yield Problem(
                NETWORK_PLACE,
                f"is {plan[file.stack]}, which overlaps {plan[other]} of the stack {other}; "
                "choose a range that no other stack has.",
            )


def _asked_network(file: StackFile) -> IPv4Network | None:
    settings = file.config.get(stackfile.SETTINGS_KEY)
    network = settings.get("network") if isinstance(settings, dict) else None
    cidr = network.get("cidr") if isinstance(network, dict) else None
    try:
        return IPv4Network(cidr) if isinstance(cidr, str) else None
    except ValueError:
        return None
