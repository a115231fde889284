from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.network.plan import Tier
from components.workload import (
    HOST,
    NEIGHBOURS,
    Egress,
    Flow,
    Outside,
    Port,
    Workload,
    connect,
)
from tests.components.workloads import SHOP, shop

PORTS = {"http": Port(number=3100), "gossip": Port(number=7946, protocol="UDP")}


def flow(source: str, target: str, port: str = "http", **more: Any) -> Flow:
    return Flow(source=source, target=target, port=port, tier=Tier.PRIVATE, **more)


def stranger(source: str, target: str, name: str) -> str:
    return (
        f"  the flow from {source} to {target} names {name}, which is no workload here;"
        " there are loki"
    )


def workloads(*names: str) -> dict[str, Workload]:
    return {name: shop(flows=(), ports=PORTS) for name in names}


def test_both_ends_of_a_flow_have_it() -> None:
    connected = connect(workloads("grafana", "loki", "agent"), (flow("grafana", "loki"),))

    ends = {name: [each.source for each in it.flows] for name, it in connected.items()}
    assert ends == {"grafana": ["grafana"], "loki": ["grafana"], "agent": []}


def test_the_caller_learns_which_number_it_calls() -> None:
    connected = connect(workloads("grafana", "loki"), (flow("grafana", "loki", "gossip"),))

    (called,) = connected["grafana"].flows
    assert (called.number, called.protocol) == (7946, "UDP")


def test_a_flow_to_oneself_is_there_once() -> None:
    (only,) = connect(workloads("loki"), (flow("loki", "loki", "gossip"),))["loki"].flows

    assert only.source == only.target == "loki"


def test_flows_that_were_there_stay() -> None:
    before = workloads("grafana", "loki")
    once = connect(before, (flow("grafana", "loki"),))
    twice = connect(once, (flow("loki", "grafana"),))

    assert [each.target for each in twice["loki"].flows] == ["loki", "grafana"]
    assert before["loki"].flows == ()


def test_only_ends_in_different_namespaces_are_told_which() -> None:
    places = {"grafana": "eyes", "loki": "eyes", "agent": "nodes"}
    flows = (flow("grafana", "loki"), flow("agent", "loki"))

    (beside, across) = connect(workloads(*places), flows, places)["loki"].flows

    assert (beside.source_namespace, beside.target_namespace) == (None, None)
    assert (across.source_namespace, across.target_namespace) == ("nodes", "eyes")


@pytest.mark.parametrize("source", [HOST, NEIGHBOURS])
def test_who_is_no_workload_may_call(source: str) -> None:
    called = Flow(
        source=source,
        target="loki",
        port="http",
        tier=Tier.PUBLIC,
        published_port=3100 if source == HOST else None,
    )

    assert [each.source for each in connect(workloads("loki"), (called,))["loki"].flows] == [source]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (flow("grafana", "tempo"), "names tempo, which is no workload here; there are grafana"),
        (flow("alloy", "grafana"), "names alloy, which is no workload here; there are grafana"),
        (
            flow("grafana", "loki", "grpc"),
            "calls the port 'grpc', where nothing listens; loki has gossip, http",
        ),
    ],
)
def test_a_flow_to_nowhere_is_refused(bad: Flow, problem: str) -> None:
    with pytest.raises(pulumi.RunError, match="the flows are not valid") as refused:
        connect(workloads("grafana", "loki"), (bad, flow("grafana", "loki")))

    (_, found) = str(refused.value).splitlines()
    assert problem in found


def test_every_flow_to_nowhere_is_named_at_once() -> None:
    flows = (flow("alloy", "tempo"), flow("alloy", "loki", "grpc"), flow("loki", "tempo"))

    with pytest.raises(pulumi.RunError, match="the flows are not valid") as refused:
        connect(workloads("loki"), flows)

    (first, second, third, unheard, last) = str(refused.value).splitlines()[1:]
    assert (first, second) == (
        stranger("alloy", "tempo", "alloy"),
        stranger("alloy", "tempo", "tempo"),
    )
    assert third == stranger("alloy", "loki", "alloy")
    assert "from alloy to loki calls the port 'grpc', where nothing listens" in unheard
    assert last == stranger("loki", "tempo", "tempo")


@pytest.mark.parametrize("to", [Outside.INTERNET, Outside.API_SERVER, "10.0.0.0/8"])
def test_who_calls_out_joins_the_public_network(to: str) -> None:
    assert shop(flows=(), egress=(Egress(to=to, port=443),)).tiers == (Tier.PUBLIC,)


def test_who_calls_the_machines_alone_joins_no_network() -> None:
    assert shop(flows=(), egress=(Egress(to=Outside.NODES, port=10250),)).tiers == ()


def test_connections_are_described_as_plain_data() -> None:
    workload = connect(
        {"shop": shop(flows=SHOP.flows[:2]), "orders": shop(flows=(), ports=PORTS)},
        (flow("shop", "orders"),),
    )["shop"]

    out = Egress(to=Outside.INTERNET, port=443)
    assert shop(flows=workload.flows, egress=(out,)).described_flows("shop") == (
        {"source": HOST, "target": "shop", "port": "http", "number": 8080},
        {"source": "watch", "target": "shop", "port": "metrics", "number": 9100},
        {"source": "shop", "target": "orders", "port": "http", "number": 3100},
        {"source": "shop", "target": "@internet", "port": "", "number": 443},
    )


def test_a_call_whose_number_nobody_knows_is_not_described() -> None:
    assert [each["target"] for each in SHOP.described_flows("shop")] == ["shop", "shop"]


def test_a_flow_names_workloads_of_others_as_kubernetes_does() -> None:
    long = "storefront-web-frontend-service-primary"

    assert flow("loki", long).target == long
