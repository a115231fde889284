"""The Kubernetes objects of every stack with a cluster: right, complete, and kept apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest
import yaml

from components.workload.spec import NEIGHBOURS
from rehearsal.plugin import Registration
from tests.kubernetes_schema import has_schema, schema_problems
from tests.stacks.blueprints import deployed_anywhere, whole_settings

APPS = "kubernetes:apps/v1:"
CONTROLLERS = (f"{APPS}DaemonSet", f"{APPS}Deployment", f"{APPS}StatefulSet")
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NAMESPACE = "kubernetes.io/metadata.name"
# Secrets that somebody else makes, by the settings: a program never sees what is in them.
GIVEN = {"alerting", "grafana"}
# An address in a cluster: the workload, whether one replica or its service, and the port.
ADDRESS = re.compile(r"([a-z0-9-]+?)(?:-replicas)?\.(observability[a-z-]*)\.svc:(\d+)")
OTLP = {(4317, "TCP"), (4318, "TCP")}
DNS = {(53, "TCP"), (53, "UDP")}
METADATA = "169.254.169.254/32"

each_stack = pytest.mark.parametrize("stack", ["staging", "prod", "google-cloud"])


def objects(stack: str) -> list[Registration]:
    resources = deployed_anywhere(stack).resources
    return [each for each in resources if each.type.startswith("kubernetes:")]


def place_of(each: Registration) -> str:
    return each.inputs["metadata"].get("namespace", "")


def named(stack: str, kind: str) -> set[tuple[str, str]]:
    """Namespace and name of every object of a kind."""
    return {
        (place_of(each), each.inputs["metadata"]["name"])
        for each in objects(stack)
        if each.inputs["kind"] == kind
    }


@dataclass(frozen=True)
class Pod:
    """Any pod of one workload, as network policies see it; its ports by name."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    named_ports: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    on_host: bool = False
    alone: bool = False

    @property
    def ports(self) -> set[tuple[int, str]]:
        return {*self.named_ports.values()}


@cache
def pods(stack: str) -> dict[str, Pod]:
    """What runs, by the name of its workload."""
    found: dict[str, Pod] = {}
    for each in objects(stack):
        if each.type in CONTROLLERS:
            template = each.inputs["spec"]["template"]
            found[each.name] = Pod(
                each.name,
                place_of(each),
                template["metadata"]["labels"],
                {
                    port["name"]: (port["containerPort"], port["protocol"])
                    for container in template["spec"]["containers"]
                    for port in container.get("ports", ())
                },
                on_host=template["spec"].get("hostNetwork", False),
                alone=each.inputs["spec"].get("replicas") == 1,
            )
    return found


def stranger(namespace: str, app: str = "storefront") -> Pod:
    """A pod that the stack does not run."""
    key = "k8s-app" if namespace == "kube-system" else "app.kubernetes.io/name"
    return Pod(app, namespace, {key: app})


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


class Cluster:
    """Network policies, read as Kubernetes reads them: whatever a rule allows is allowed."""

    def __init__(self, stack: str) -> None:
        network = whole_settings(stack).network
        self.policies = [
            (place_of(each), each.inputs["spec"]) for each in objects(stack) if each.type == POLICY
        ]
        self.pod_range = IPv4Network(str(network.pods_cidr))
        self.machines = IPv4Network(str(network.cidr))

    def connects(self, caller: Pod, target: Pod, port: int, protocol: str) -> bool:
        """Whether a packet leaves the one and enters the other."""
        return self.leaves(caller, target, port, protocol) and self.enters(
            caller, target, port, protocol
        )

    def leaves(self, caller: Pod, target: Pod, port: int, protocol: str) -> bool:
        at = self.machines if target.on_host else self.pod_range
        return any(
            self._names(peer, caller.namespace, target, at)
            for peers in self._rules("egress", caller, port, protocol)
            for peer in peers
        )

    def leaves_for(self, caller: Pod, cidr: str, port: int) -> bool:
        """Whether anything at the addresses ``cidr``, outside of the cluster, is called."""
        return any(
            "ipBlock" in peer and _overlaps(peer["ipBlock"], IPv4Network(cidr))
            for peers in self._rules("egress", caller, port, "TCP")
            for peer in peers
        )

    def enters(self, caller: Pod, target: Pod, port: int, protocol: str) -> bool:
        at = self.machines if caller.on_host else self.pod_range
        return any(
            self._names(peer, target.namespace, caller, at)
            for peers in self._rules("ingress", target, port, protocol)
            for peer in peers
        )

    def _rules(self, direction: str, pod: Pod, port: int, protocol: str) -> Iterator[Any]:
        """The peers of every rule about ``pod`` and the port."""
        about = [
            spec
            for namespace, spec in self.policies
            if namespace == pod.namespace
            and direction.capitalize() in spec["policyTypes"]
            and selects(spec["podSelector"], pod.labels)
        ]
        assert about, f"no policy holds {pod.name} back"
        for spec in about:
            for rule in spec.get(direction, ()):
                if {"port": port, "protocol": protocol} in rule["ports"]:
                    yield rule["to" if direction == "egress" else "from"]

    def _names(self, peer: Mapping[str, Any], own: str, other: Pod, at: IPv4Network) -> bool:
        if "ipBlock" in peer:
            return _overlaps(peer["ipBlock"], at)
        # What uses the network of its machine has its address, and no labels.
        if other.on_host:
            return False
        if "namespaceSelector" in peer:
            near = selects(peer["namespaceSelector"], {NAMESPACE: other.namespace})
        else:
            near = other.namespace == own
        return near and selects(peer.get("podSelector", {}), other.labels)


def _overlaps(block: Mapping[str, Any], at: IPv4Network) -> bool:
    spared = any(at.subnet_of(IPv4Network(each)) for each in block.get("except", ()))
    return at.overlaps(IPv4Network(block["cidr"])) and not spared


@cache
def cluster(stack: str) -> Cluster:
    return Cluster(stack)


def flows(stack: str) -> set[tuple[str, str, int]]:
    """Caller, target and port of everything that workloads say of each other."""
    told: set[tuple[str, str, int]] = set()
    for each in deployed_anywhere(stack).of("plinth:workload:KubernetesWorkload"):
        assert each.component_outputs is not None
        told |= {
            (flow["source"], flow["target"], flow["number"])
            for flow in each.component_outputs["flows"]
        }
    return told


def reached(stack: str) -> set[tuple[str, str, int]]:
    """Caller, target and port of everything that the policies allow between the workloads."""
    running = pods(stack)
    listened = {port for pod in running.values() for port in pod.ports}
    return {
        (caller.name, target.name, port)
        for caller in running.values()
        for target in running.values()
        # No policy holds who uses the network of its machine.
        if not caller.on_host
        for port, protocol in listened
        if cluster(stack).leaves(caller, target, port, protocol)
        and (target.on_host or cluster(stack).enters(caller, target, port, protocol))
    }


@each_stack
def test_every_object_fits_the_schema_of_its_kind(stack: str) -> None:
    found = objects(stack)

    assert [each.type for each in found if not has_schema(each)] == []
    assert {each.urn: problems for each in found if (problems := schema_problems(each))} == {}


@pytest.mark.parametrize(
    ("stack", "count"), [("staging", 125), ("prod", 134), ("google-cloud", 134)]
)
def test_there_are_so_many_of_them_of_nearly_every_kind_that_workloads_need(
    stack: str, count: int
) -> None:
    kinds = Counter(each.inputs["kind"] for each in objects(stack))

    assert kinds.total() >= count
    assert {"Deployment", "StatefulSet", "DaemonSet", "NetworkPolicy"} <= kinds.keys()
    assert kinds["ConfigMap"] >= 50


@each_stack
def test_what_a_pod_mounts_and_who_it_is_exists_in_its_namespace(stack: str) -> None:
    missing: list[tuple[str, str]] = []
    for each in objects(stack):
        if each.type not in CONTROLLERS:
            continue
        spec, place = each.inputs["spec"]["template"]["spec"], place_of(each)
        if (place, spec["serviceAccountName"]) not in named(stack, "ServiceAccount"):
            missing.append((each.name, spec["serviceAccountName"]))
        for source in projected(spec):
            if "configMap" in source:
                known = (place, source["configMap"]["name"]) in named(stack, "ConfigMap")
            elif "secret" in source:
                known = source["secret"]["name"] in GIVEN
            else:
                continue
            if not known:
                missing.append((each.name, str(source)))

    assert missing == []


def projected(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for volume in spec.get("volumes", ()):
        yield from volume.get("projected", {}).get("sources", ())


@each_stack
def test_every_configuration_is_mounted_by_somebody(stack: str) -> None:
    mounted = {
        (place_of(each), source["configMap"]["name"])
        for each in objects(stack)
        if each.type in CONTROLLERS
        for source in projected(each.inputs["spec"]["template"]["spec"])
        if "configMap" in source
    }

    assert named(stack, "ConfigMap") == mounted


@each_stack
def test_every_service_leads_to_pods_that_listen(stack: str) -> None:
    for each in objects(stack):
        if each.inputs["kind"] != "Service":
            continue
        spec = each.inputs["spec"]
        (behind,) = [
            pod
            for pod in pods(stack).values()
            if pod.namespace == place_of(each) and spec["selector"].items() <= pod.labels.items()
        ]
        asked = {(port["targetPort"], port["protocol"]) for port in spec["ports"]}
        assert asked
        assert asked <= behind.ports


@each_stack
def test_every_namespace_holds_its_pods_back_both_ways(stack: str) -> None:
    for _, place in named(stack, "Namespace"):
        nobody, other = stranger(place, "nobody"), stranger(place, "other")

        assert not cluster(stack).leaves(nobody, other, 8080, "TCP")
        assert not cluster(stack).enters(nobody, other, 8080, "TCP")
        assert not cluster(stack).leaves_for(nobody, "0.0.0.0/0", 443)


@each_stack
def test_every_pod_of_every_namespace_asks_the_dns_and_it_alone_there(stack: str) -> None:
    dns, neighbour = stranger("kube-system", "kube-dns"), stranger("kube-system", "other")

    for _, place in named(stack, "Namespace"):
        for port, protocol in DNS:
            assert cluster(stack).leaves(stranger(place), dns, port, protocol)
            assert not cluster(stack).leaves(stranger(place), neighbour, port, protocol)


@each_stack
def test_every_flow_between_two_workloads_leaves_the_one_and_enters_the_other(stack: str) -> None:
    running = pods(stack)
    asked = [
        (running[caller], running[target], number)
        for caller, target, number in flows(stack)
        if caller in running and target in running and not running[target].on_host
    ]

    assert len(asked) > 15
    for caller, target, number in asked:
        protocols = [protocol for port, protocol in target.ports if port == number]
        assert protocols
        for protocol in protocols:
            assert cluster(stack).connects(caller, target, number, protocol), (caller, target)


def read_by(stack: str, pod: str) -> str:
    """Everything that tells ``pod`` what to call: its arguments and its files."""
    (controller,) = [
        each for each in objects(stack) if each.name == pod and each.type in CONTROLLERS
    ]
    spec = controller.inputs["spec"]["template"]["spec"]
    files = {source["configMap"]["name"] for source in projected(spec) if "configMap" in source}
    return "\n".join(
        [
            *(text for container in spec["containers"] for text in container.get("args", ())),
            *(
                text
                for each in objects(stack)
                if each.inputs["kind"] == "ConfigMap" and each.inputs["metadata"]["name"] in files
                for text in each.inputs["data"].values()
            ),
        ]
    )


@each_stack
def test_every_address_that_a_pod_is_told_is_one_it_reaches(stack: str) -> None:
    running = pods(stack)
    told = [
        (pod, running[service], int(port))
        for pod in running.values()
        for service, _, port in ADDRESS.findall(read_by(stack, pod.name))
    ]

    assert len(told) > 10
    for caller, target, port in told:
        if caller is not target or not caller.alone:
            assert cluster(stack).connects(caller, target, port, "TCP"), (caller, target, port)


@each_stack
def test_prometheus_reaches_every_pod_that_it_finds(stack: str) -> None:
    prometheus = pods(stack)["eyes-prometheus"]
    file = deployed_anywhere(stack).named(
        "eyes-prometheus-config-etc-prometheus-config-prometheus-yml"
    )
    config = yaml.safe_load(file.inputs["data"]["prometheus.yml"])
    found = [
        (target, port)
        for job in config["scrape_configs"]
        for target in selected(stack, job)
        for port, _ in kept(target, job)
    ]

    assert {target.name for target, _ in found} == pods(stack).keys()
    for target, port in found:
        if target is prometheus and prometheus.alone:
            continue
        assert cluster(stack).leaves(prometheus, target, port, "TCP"), (target, port)
        assert target.on_host or cluster(stack).enters(prometheus, target, port, "TCP")


def selected(stack: str, job: Mapping[str, Any]) -> Iterator[Pod]:
    """The pods of the stack that a scrape job finds."""
    for finding in job.get("kubernetes_sd_configs", ()):
        for selector in finding.get("selectors", ()):
            key, _, value = selector["label"].partition("=")
            for pod in pods(stack).values():
                if pod.labels.get(key) == value and pod.namespace in finding["namespaces"]["names"]:
                    yield pod


def kept(pod: Pod, job: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The ports of ``pod`` that a scrape job keeps."""
    rules = {str(rule.get("source_labels")): rule.get("regex") for rule in job["relabel_configs"]}
    if number := rules.get("['__meta_kubernetes_pod_container_port_number']"):
        return [port for port in pod.ports if port[0] == int(number)]
    return [pod.named_ports[rules["['__meta_kubernetes_pod_container_port_name']"]]]


@each_stack
def test_nothing_else_reaches_anything_else(stack: str) -> None:
    asked = flows(stack)
    open_to_all = {(target, number) for caller, target, number in asked if caller == NEIGHBOURS}

    assert {target for target, _ in open_to_all} == {"eyes-agent", "eyes-gateway"}
    assert {each for each in reached(stack) if each not in asked} == set()


@each_stack
def test_an_application_is_let_in_where_it_sends_its_telemetry_and_nowhere_else(
    stack: str,
) -> None:
    application = stranger("store")
    let_in = {
        (pod.name, port, protocol)
        for pod in pods(stack).values()
        for port, protocol in pod.ports
        if cluster(stack).enters(application, pod, port, protocol)
    }

    assert let_in == {(name, *port) for name in ("eyes-agent", "eyes-gateway") for port in OTLP}


@each_stack
def test_prometheus_calls_the_application_on_the_port_of_its_metrics_alone(stack: str) -> None:
    prometheus = pods(stack)["eyes-prometheus"]
    spec = whole_settings(stack).observability
    assert spec is not None
    asked = spec.applications["storefront"]

    assert cluster(stack).leaves(prometheus, stranger("store"), asked.port, "TCP")
    assert not cluster(stack).leaves(prometheus, stranger("store"), asked.port + 1, "TCP")
    assert not cluster(stack).leaves(prometheus, stranger("store", "till"), asked.port, "TCP")


@each_stack
def test_who_signs_in_to_the_cloud_alone_calls_the_metadata_of_machines(stack: str) -> None:
    callers = {
        pod.name
        for pod in pods(stack).values()
        if not pod.on_host and cluster(stack).leaves_for(pod, METADATA, 80)
    }

    # On AWS nobody has to: the agent of Pod Identity has an address of its own.
    signed_in = {name for name in pods(stack) if name.startswith("eyes-loki")}
    assert callers == (signed_in if stack == "google-cloud" else set())


@each_stack
def test_who_talks_to_people_or_stores_outside_is_who_leaves_the_cluster(stack: str) -> None:
    callers = {
        pod.name
        for pod in pods(stack).values()
        if not pod.on_host and cluster(stack).leaves_for(pod, "203.0.113.0/24", 443)
    }
    keeps_logs = {name for name in pods(stack) if name.startswith("eyes-loki")}

    assert callers == {"eyes-alertmanager", "eyes-blackbox", "eyes-grafana", *keeps_logs}
