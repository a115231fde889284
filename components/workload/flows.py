"""Connections between workloads: both ends come from one flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pulumi

from components.workload.spec import HOST, NEIGHBOURS, Flow
from components.workload.workload import Workload


def connect(
    workloads: Mapping[str, Workload],
    flows: Iterable[Flow],
    namespaces: Mapping[str, str] | None = None,
) -> dict[str, Workload]:
    """``workloads`` with the flows each of them takes part in.

    Args:
        workloads: Workloads by name.
        flows: Who calls whom.
        namespaces: Kubernetes namespaces by name of workload, where there are several.

    Raises:
        pulumi.RunError: A flow leads to or from a workload there is none of, or to a port that it does
            not listen on; every problem is listed.
    """
    places = namespaces or {}
    problems: list[str] = []
    completed: list[Flow] = []
    for flow in flows:
        if flow.source not in (HOST, NEIGHBOURS) and flow.source not in workloads:
            problems.append(_stranger(flow, flow.source, workloads))
        if (target := workloads.get(flow.target)) is None:
            problems.append(_stranger(flow, flow.target, workloads))
        elif (port := target.ports.get(flow.port)) is None:
            problems.append(
                f"the flow from {flow.source} to {flow.target} calls the port {flow.port!r}, where"
                f" nothing listens; {flow.target} has {', '.join(sorted(target.ports)) or 'none'}"
            )
        else:
            apart = places.get(flow.source) != places.get(flow.target)
            completed.append(
                flow.model_copy(
                    update={
                        "number": port.number,
                        "protocol": port.protocol,
                        "source_namespace": places.get(flow.source) if apart else None,
                        "target_namespace": places.get(flow.target) if apart else None,
                    }
                )
            )
    if problems:
        lines = "\n".join(f"  {each}" for each in problems)
        raise pulumi.RunError(f"the flows are not valid:\n{lines}")
    return {
        name: replace(
            workload,
            flows=(
                *workload.flows,
                *(each for each in completed if name in (each.source, each.target)),
            ),
        )
        for name, workload in workloads.items()
    }


def _stranger(flow: Flow, end: str, workloads: Mapping[str, Workload]) -> str:
    return (
        f"the flow from {flow.source} to {flow.target} names {end}, which is no workload here;"
        f" there are {', '.join(sorted(workloads)) or 'none'}"
    )
