from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.workload import (
    Autoscaling,
    Batch,
    Egress,
    Fact,
    Health,
    HostAccess,
    HostPath,
    HttpCheck,
    Kind,
    Outside,
    Port,
    Resources,
    TcpCheck,
    Volume,
)
from tests.components.workloads import shop

SCALE = Autoscaling(replicas_at_least=2, replicas_at_most=4)
ALONE = Autoscaling(replicas_at_least=1, replicas_at_most=4)
NIGHTLY = Batch(schedule="0 3 * * *")
CHECK = ("check",)
ASKED = HttpCheck(path="/healthy", port="http")
REASON = "reads what the nodes write"


def shown_at(path: str) -> HostAccess:
    return HostAccess(reason=REASON, paths={"logs": HostPath(path="/var/log", mounted_at=path)})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"health": None}, "health is missing; a replicated workload says how"),
        ({"kind": Kind.ONE_SHOT, "batch": Batch()}, "health is given; a one-shot workload is"),
        ({"kind": Kind.ONE_SHOT, "health": None}, "batch is missing; a one-shot workload says"),
        ({"batch": Batch()}, "batch is given; a replicated workload does not run to an end"),
        (
            {"kind": Kind.SCHEDULED, "health": None, "batch": Batch()},
            "batch.schedule is missing; a scheduled workload says when it runs",
        ),
        (
            {"kind": Kind.ONE_SHOT, "health": None, "batch": NIGHTLY},
            "batch.schedule is '0 3 * * *'; a one-shot workload has none, leave it out",
        ),
        (
            {"replicas": 3},
            "volumes data would be shared by 3 copies; make it stateful, or keep one copy",
        ),
        ({"autoscaling": SCALE}, "volumes data would be shared by 4 copies; make it stateful"),
        (
            {"autoscaling": SCALE, "replicas": 2, "volumes": {}},
            "replicas is 2 beside autoscaling, which sets it; leave it out",
        ),
        (
            {"autoscaling": SCALE, "kind": Kind.STATEFUL},
            "autoscaling is given; a stateful workload has no number of copies",
        ),
        (
            {"autoscaling": SCALE, "kind": Kind.PER_NODE},
            "autoscaling is given; a per-node workload has no number of copies",
        ),
        (
            {"replicas": 2, "kind": Kind.PER_NODE},
            "replicas is 2; a per-node workload has no copies, leave it out",
        ),
        (
            {"replicas": 2, "kind": Kind.ONE_SHOT, "health": None, "batch": Batch()},
            "replicas is 2; a one-shot workload has no copies, leave it out",
        ),
        (
            {"max_unavailable": 0, "kind": Kind.STATEFUL, "replicas": 3},
            "max_unavailable is 0, so that no node could ever be drained; at least 1",
        ),
        ({"max_unavailable": 1}, "max_unavailable is 1 for a single copy"),
        (
            {"max_unavailable": 1, "autoscaling": ALONE, "volumes": {}},
            "max_unavailable is 1 for a single copy",
        ),
        (
            {"health": Health(ready=HttpCheck(path="/", port="https"))},
            "health.ready asks the port 'https', which is not declared; ports has http, metrics",
        ),
        (
            {"health": Health(command=CHECK, alive=TcpCheck(port="ftp"))},
            "health.alive asks the port 'ftp', which is not declared; ports has http, metrics",
        ),
        (
            {"ports": {"metrics-of-shops": Port(number=9100)}},
            "ports.metrics-of-shops has 16 characters; at most 15",
        ),
        ({"facts": {"MODE": Fact.NODE}}, "MODE is in environment and in facts; keep one"),
        ({"egress": (Egress(to="10.0.0.1/8", port=443),)}, "egress to 10.0.0.1/8 is no IPv4 range"),
        ({"egress": (Egress(to="10.0.0.0/33", port=443),)}, "egress to 10.0.0.0/33 is no IPv4"),
        ({"egress": (Egress(to="300.0.0.0/8", port=443),)}, "egress to 300.0.0.0/8 is no IPv4"),
        ({"host_access": shown_at("/var/lib/shop/logs")}, "(host_access.paths) lies in"),
    ],
)
def test_a_contradictory_workload_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError, match="is not valid") as refused:
        shop(**changes)

    (_, found) = str(refused.value).splitlines()
    assert problem in found


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.STATEFUL, "replicas": 3, "max_unavailable": 1},
        {"kind": Kind.PER_NODE, "max_unavailable": 1},
        {"replicas": 3, "volumes": {"cache": Volume(path="/var/lib/shop", kept=False)}},
        {"autoscaling": SCALE, "max_unavailable": 1, "volumes": {}},
        {"kind": Kind.SCHEDULED, "health": None, "batch": NIGHTLY},
        {"kind": Kind.ONE_SHOT, "health": None, "batch": Batch()},
        {"health": Health(ready=ASKED, alive=TcpCheck(port="http"))},
        {"ports": {"http": Port(number=8080), "metrics-of-shop": Port(number=9100)}},
        {"egress": (Egress(to="10.0.0.0/8", port=443), Egress(to=Outside.INTERNET, port=443))},
        {"host_access": shown_at("/var/log")},
    ],
)
def test_what_goes_together_is_allowed(changes: dict[str, Any]) -> None:
    workload = shop(**changes)

    assert {name: getattr(workload, name) for name in changes} == changes


def test_a_check_that_says_both_busy_and_dead_is_refused() -> None:
    with pytest.raises(ValidationError, match="alive asks what ready asks"):
        Health(ready=ASKED, alive=ASKED)


def test_a_check_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="command and ready are missing"):
        Health(alive=ASKED)


def test_nobody_reserves_more_than_they_may_use() -> None:
    with pytest.raises(ValidationError, match=r"cpus_reserved is 0\.6, more than cpus, 0\.5"):
        Resources(cpus=0.5, cpus_reserved=0.6, memory_mib=64)


def test_a_tenth_of_the_limit_is_reserved_unless_said_otherwise() -> None:
    assert Resources(cpus=0.5, memory_mib=64).reserved_cpus == 0.05
    assert Resources(cpus=0.5, cpus_reserved=0.5, memory_mib=64).reserved_cpus == 0.5


@pytest.mark.parametrize("reason", ["", "needed"])
def test_access_to_the_machine_has_a_reason(reason: str) -> None:
    with pytest.raises(ValidationError, match="at least 10 characters"):
        HostAccess(reason=reason)


@pytest.mark.parametrize("to", ["10.0.0.0", "example.com", "::/0", "@moon"])
def test_what_lies_outside_is_known_or_a_range(to: str) -> None:
    with pytest.raises(ValidationError, match="String should match pattern"):
        Egress(to=to, port=443)


def test_bounds_of_autoscaling_are_in_order() -> None:
    with pytest.raises(ValidationError, match="replicas_at_most is 2, below replicas_at_least, 3"):
        Autoscaling(replicas_at_least=3, replicas_at_most=2)
