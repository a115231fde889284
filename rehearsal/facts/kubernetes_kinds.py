"""What an API server refuses in objects of single kinds although they fit the schema.

Source: kubernetes/kubernetes ``pkg/apis/*/validation/validation.go``, checked 2026-11-21.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rehearsal import paths
from rehearsal.checking import Failure
from rehearsal.facts import kubernetes_syntax as syntax
from rehearsal.values import contains_unknown

_HIGHEST_PRIORITY: Final = 1_000_000_000


def kind_failures(key: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """What is wrong with an object of the kind ``key`` (``group:Kind``)."""
    check = _CHECKS.get(key)
    return check(inputs) if check else iter(())


def _spec(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    spec: Any = inputs.get("spec")
    return spec if isinstance(spec, dict) else {}


def _rows(owner: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given: Any = owner.get(name)
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []


def _service(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    ports = _rows(_spec(inputs), "ports")
    problem = syntax.labels(_spec(inputs).get("selector"))
    if problem:
        yield Failure("spec.selector", f"expected {problem}")
    for index, port in enumerate(ports):
        where = paths.item("spec.ports", index)
        name = port.get("name")
        if name is None and len(ports) > 1:
            yield Failure(f"{where}.name", "required where a Service has more than one port")
        problem = syntax.dns_label(name) if isinstance(name, str) else ""
        if problem:
            yield Failure(f"{where}.name", f"{name!r}: expected {problem}")
    for field, values in (
        ("name", [p.get("name") for p in ports]),
        ("port", [(p.get("port"), p.get("protocol", "TCP")) for p in ports]),
    ):
        for value, count in Counter(map(str, values)).items():
            if count > 1 and value != "None" and "UNKNOWN" not in value:
                yield Failure("spec.ports", f"two ports have the {field} {value}")


def _network_policy(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(_rows(_spec(inputs), direction)):
            where = f"spec.{direction}[{index}]"
            for at, port in enumerate(_rows(rule, "ports")):
                first, last = port.get("port"), port.get("endPort")
                if isinstance(last, int) and not (isinstance(first, int) and first <= last):
                    reason = f"{last}: expected a number not below the port, which is one too"
                    yield Failure(f"{where}.ports[{at}].endPort", reason)
            for at, peer in enumerate(_rows(rule, peers)):
                yield from _peer(peer, f"{where}.{peers}[{at}]")


def _peer(peer: Mapping[str, Any], where: str) -> Iterator[Failure]:
    block: Any = peer.get("ipBlock")
    if not peer:
        yield Failure(where, "must specify a peer; leave the list out to mean everybody")
    if not isinstance(block, dict):
        return
    if len(peer) > 1:
        yield Failure(where, "may not specify both ipBlock and another peer")
    outer: Any = block.get("cidr")
    given: Any = block.get("except")
    inners: list[Any] = given if isinstance(given, list) else []
    for index, inner in enumerate(inners):
        if not (isinstance(inner, str) and isinstance(outer, str)):
            continue
        if syntax.address_range(inner) or syntax.address_range(outer) or not _within(inner, outer):
            reason = f"{inner!r}: expected an address range that is a part of {outer!r}"
            yield Failure(f"{where}.ipBlock.except[{index}]", reason)


def _within(inner: str, outer: str) -> bool:
    part = ipaddress.ip_network(inner, strict=False)
    whole = ipaddress.ip_network(outer, strict=False)
    # Two versions of the protocol have no common ground.
    return (
        part.version == whole.version
        and part != whole
        and whole.network_address <= part.network_address  # pyright: ignore[reportOperatorIssue]
        and part.broadcast_address <= whole.broadcast_address  # pyright: ignore[reportOperatorIssue]
    )


def _disruption_budget(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    if {"maxUnavailable", "minAvailable"} <= _spec(inputs).keys():
        yield Failure("spec", "minAvailable and maxUnavailable cannot both be set")


def _autoscaler(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    least, most = _spec(inputs).get("minReplicas", 1), _spec(inputs).get("maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and most < least:
        yield Failure("spec.maxReplicas", f"{most}: expected at least minReplicas, {least}")


def _priority(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    value = inputs.get("value")
    if isinstance(value, int) and value > _HIGHEST_PRIORITY:
        yield Failure("value", f"{value}: at most {_HIGHEST_PRIORITY}")


def _definition(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    spec, metadata = _spec(inputs), inputs.get("metadata")
    names: Any = spec.get("names")
    if not (isinstance(names, dict) and isinstance(metadata, dict)):
        return
    expected = f"{names.get('plural')}.{spec.get('group')}"
    name = metadata.get("name")
    if isinstance(name, str) and name != expected and not contains_unknown(dict(spec)):
        yield Failure("metadata.name", f"{name!r}: expected {expected!r}")


_CHECKS: Final = {
    "apiextensions.k8s.io:CustomResourceDefinition": _definition,
    "autoscaling:HorizontalPodAutoscaler": _autoscaler,
    "core:Service": _service,
    "networking.k8s.io:NetworkPolicy": _network_policy,
    "policy:PodDisruptionBudget": _disruption_budget,
    "scheduling.k8s.io:PriorityClass": _priority,
}
