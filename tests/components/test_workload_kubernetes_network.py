from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any

import pulumi
import pytest

from components.environment import Environment
from components.network.plan import Tier
from components.workload import (
    NEIGHBOURS,
    ApiAccess,
    Egress,
    Flow,
    Outside,
    Port,
    Workload,
    connect,
    create_workload,
)
from rehearsal.plugin import Recording, record
from tests.components.on_kubernetes import namespace, only, run
from tests.components.variants_namespace import existing_cluster, namespace_in
from tests.components.workloads import SHOP, shop

NAME = "app.kubernetes.io/name"
PLACE = "kubernetes.io/metadata.name"
READS_PODS = ApiAccess(reason="finds the pods it scrapes", verbs=("list",), resources=("pods",))
PLACES = {"grafana": "eyes", "loki": "eyes", "agent": "nodes"}


def flow(source: str, target: str, port: str = "http") -> Flow:
    return Flow(source=source, target=target, port=port, tier=Tier.PRIVATE)


FLOWS = (
    flow("grafana", "loki"),
    flow("agent", "loki"),
    flow("loki", "loki", "gossip"),
    flow(NEIGHBOURS, "grafana"),
)


def policy(workload: Workload, cloud: str = "aws") -> Mapping[str, Any]:
    return only(run(workload, cloud), "NetworkPolicy")["spec"]


def ranges(workload: Workload, cloud: str = "aws") -> list[tuple[str, int]]:
    """Every range that ``workload`` reaches, and the port."""
    return [
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in policy(workload, cloud).get("egress", ())
        for peer in rule["to"]
        for port in rule["ports"]
        if "ipBlock" in peer
    ]


@dataclass(frozen=True)
class Edge:
    """A connection that one half of a policy allows, by labels."""

    source: str
    source_namespace: str
    target: str
    target_namespace: str
    port: int
    protocol: str


def halves(recording: Recording, direction: str) -> Iterator[Edge]:
    key = {"ingress": "from", "egress": "to"}[direction]
    for each in recording.of("kubernetes:networking.k8s.io/v1:NetworkPolicy"):
        own = (
            each.inputs["spec"]["podSelector"].get("matchLabels", {}).get(NAME, "*"),
            each.inputs["metadata"]["namespace"],
        )
        for rule in each.inputs["spec"].get(direction, ()):
            for peer in rule[key]:
                other = peer_of(peer, own[1])
                source, target = (other, own) if direction == "ingress" else (own, other)
                for port in rule["ports"]:
                    yield Edge(*source, *target, port["port"], port["protocol"])


def peer_of(peer: Mapping[str, Any], own_namespace: str) -> tuple[str, str]:
    pods = peer.get("podSelector", {}).get("matchLabels", {})
    name = pods.get(NAME, pods.get("k8s-app", "*"))
    if "namespaceSelector" not in peer:
        return name, own_namespace
    return name, peer["namespaceSelector"].get("matchLabels", {}).get(PLACE, "*")


def platform() -> None:
    ports = {
        "http": Port(number=3100),
        "gossip": Port(number=7946, protocol="UDP"),
    }
    plain = {name: shop(flows=(), ports=ports) for name in PLACES}
    cluster = existing_cluster()
    refs = {
        place: namespace_in(cluster, Environment.PROD, place).ref
        for place in sorted(set(PLACES.values()))
    }
    for name, workload in connect(plain, FLOWS, PLACES).items():
        create_workload(refs[PLACES[name]], name, workload)


def test_every_flow_is_let_out_and_let_in() -> None:
    recording = record(platform)
    out, into = set(halves(recording, "egress")), set(halves(recording, "ingress"))
    wanted = {
        Edge("grafana", "eyes", "loki", "eyes", 3100, "TCP"),
        Edge("agent", "nodes", "loki", "eyes", 3100, "TCP"),
        Edge("loki", "eyes", "loki", "eyes", 7946, "UDP"),
    }

    # The DNS lets everybody in, and the neighbours say for themselves whom they call.
    assert {edge for edge in out if edge.target != "kube-dns"} == wanted
    assert {edge for edge in into if edge.source != "*"} == wanted


def test_neighbours_are_every_pod_of_the_cluster() -> None:
    workload = shop(flows=(flow(NEIGHBOURS, "shop"),))

    assert policy(workload)["ingress"] == [
        {"from": [{"namespaceSelector": {}}], "ports": [{"port": 8080, "protocol": "TCP"}]}
    ]


def test_who_is_in_no_flow_talks_to_nobody() -> None:
    spec = policy(shop(flows=()))

    assert spec["podSelector"] == {"matchLabels": {NAME: "shop"}}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & spec.keys()


def test_people_on_the_machine_are_let_in_by_no_policy() -> None:
    assert "ingress" not in policy(shop(flows=SHOP.flows[:1]))


def test_a_flow_said_twice_is_one() -> None:
    assert len(policy(shop(flows=(SHOP.flows[1], SHOP.flows[1])))["ingress"]) == 1


def test_replicas_that_call_each_other_know_their_own_ports() -> None:
    spec = policy(shop(flows=(flow("shop", "shop"),)))

    own = [{"port": 8080, "protocol": "TCP"}]
    assert [rule["ports"] for rule in (*spec["ingress"], *spec["egress"])] == [own, own]


def test_a_caller_says_which_number_it_calls() -> None:
    with pytest.raises(pulumi.RunError, match="the flow to orders does not say which number"):
        run(SHOP)


def test_the_internet_has_no_private_address() -> None:
    workload = shop(flows=(), egress=(Egress(to=Outside.INTERNET, port=443),))

    (rule,) = policy(workload)["egress"]
    (block,) = [peer["ipBlock"] for peer in rule["to"]]

    assert block["cidr"] == "0.0.0.0/0"
    for address in ("10.0.0.1", "172.20.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"):
        assert any(ip_address(address) in ip_network(each) for each in block["except"])
    assert not any(ip_address("52.95.1.1") in ip_network(each) for each in block["except"])


def test_nodes_the_api_and_ranges_are_called_where_they_are() -> None:
    workload = shop(
        flows=(),
        egress=(
            Egress(to=Outside.NODES, port=10250),
            Egress(to=Outside.API_SERVER, port=443),
            Egress(to="10.30.0.0/24", port=5432),
        ),
    )

    assert ranges(workload, "kubernetes") == [
        ("172.18.0.0/16", 10250),
        ("10.96.0.1/32", 443),
        ("172.18.0.0/16", 443),
        ("10.30.0.0/24", 5432),
    ]


@pytest.mark.parametrize(("cloud", "said"), [("aws", False), ("gcp", True), ("kubernetes", False)])
def test_on_gke_no_range_is_a_node(cloud: str, said: bool) -> None:
    workload = shop(flows=(), egress=(Egress(to=Outside.NODES, port=10250),))

    unhonoured = run(workload, cloud).outputs["unhonoured"]

    assert any(each.startswith("egress: port 10250 of the nodes") for each in unhonoured) is said


def test_who_has_rights_there_reaches_the_api() -> None:
    assert ranges(shop(flows=(), api_access=(READS_PODS,)), "kubernetes") == [
        ("10.96.0.1/32", 443),
        ("172.18.0.0/16", 443),
        ("10.96.0.1/32", 6443),
        ("172.18.0.0/16", 6443),
    ]


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [
        ("aws", [("169.254.170.23/32", 80), ("10.20.0.0/16", 443)]),
        ("gcp", [("169.254.169.254/32", 80), ("169.254.169.252/32", 988)]),
        ("kubernetes", []),
    ],
)
def test_who_signs_in_to_the_cloud_reaches_its_tokens(
    cloud: str, expected: list[tuple[str, int]]
) -> None:
    workload = shop(flows=(), cloud_identity=True)

    assert ranges(workload, cloud) == expected
    said = run(workload, cloud).outputs["unhonoured"]
    assert any(each.startswith("cloud_identity") for each in said) is (expected == [])


def test_a_cluster_that_does_not_say_where_its_api_is_cannot_be_called() -> None:
    def program() -> None:
        ref = namespace("kubernetes")
        lost = replace(ref, cluster=replace(ref.cluster, api_server_cidrs=()))
        create_workload(lost, "shop", shop(flows=(), api_access=(READS_PODS,)))

    with pytest.raises(pulumi.RunError, match="cluster's api_server_cidrs, which is empty"):
        record(program)


def test_a_flow_that_does_not_concern_it_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="does not concern it"):
        run(shop(flows=(flow("grafana", "loki"),)))
