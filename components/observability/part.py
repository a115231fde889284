"""What each product contributes: workloads, who calls whom, and what is watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.observability.target import Target
from components.workload import Flow, Workload


@dataclass(frozen=True, kw_only=True)
class Part:
    """One product, before anything exists.

    Attributes:
        workloads: What runs, by role; the Pulumi name is ``<site.name>-<role>``.
        flows: Every call its workloads make, and every call from outside the site, by Pulumi
            names; calls that others make to it belong to the callers.
        targets: What Prometheus scrapes of it.
        agents: Roles that run in the namespace of agents.
        unhonoured: What was asked and cannot be given, one sentence each.
    """

    workloads: Mapping[str, Workload]
    flows: tuple[Flow, ...] = ()
    targets: tuple[Target, ...] = ()
    agents: frozenset[str] = frozenset()
    unhonoured: tuple[str, ...] = field(default=())
