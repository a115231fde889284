"""A real Kubernetes API takes every object of every stack, strictly, and keeps it as it is."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from rehearsal.values import contains_unknown, reveal
from tests.acceptance.cluster import Answer, Api, Tally
from tests.acceptance.cluster import cluster as cluster_of
from tests.acceptance.files import SOURCES
from tests.acceptance.programs import wait_until
from tests.kubernetes_schema import has_schema
from tests.stacks.blueprints import deployed_anywhere

Manifest = Mapping[str, Any]

WITH_CLUSTER: Final = ("staging", "prod", "google-cloud")
CONTROLLERS: Final = frozenset({"DaemonSet", "Deployment", "StatefulSet"})
ENFORCED: Final = "pod-security.kubernetes.io/enforce"
# Thousandths to powers of 1024, as Kubernetes writes amounts.
QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)(m|[KMGT]i|[kMGT])?")
UNITS: Final[Mapping[str | None, Decimal]] = {
    None: Decimal(1),
    "m": Decimal("0.001"),
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGT", 1)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGT", 1)},
}

each_stack = pytest.mark.parametrize("stack", WITH_CLUSTER)


def manifests(stack: str) -> list[dict[str, Any]]:
    """Every Kubernetes object of a stack or a blueprint, namespaces first."""
    found = [
        each for each in deployed_anywhere(stack).resources if each.type.startswith("kubernetes:")
    ]
    assert not [each.urn for each in found if contains_unknown(each.inputs)]
    plain: list[dict[str, Any]] = [reveal(each.inputs) for each in found]
    return sorted(plain, key=lambda manifest: manifest["kind"] != "Namespace")


def title(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    place = [metadata["namespace"]] if "namespace" in metadata else []
    return f"{manifest['kind']} {'/'.join((*place, metadata['name']))}"


class Deployments:
    """What is in the cluster: the objects of one stack at a time, for their names are the same."""

    def __init__(self, api: Api, tally: Tally) -> None:
        self._api = api
        self._tally = tally
        self._stack = ""
        self._answers: dict[str, tuple[Manifest, Answer]] = {}

    def of(self, stack: str) -> dict[str, tuple[Manifest, Answer]]:
        """The objects of a stack and what was said when they were applied, by their titles."""
        if stack != self._stack:
            self.clear()
            self._stack = stack
            for manifest in manifests(stack):
                if self._is_known(stack, manifest):
                    answer = self._api.apply(manifest)
                    self._answers[title(manifest)] = manifest, answer
            accepted = sum(answer.accepted for _, answer in self._answers.values())
            self._tally.objects[stack] = accepted
        return self._answers

    def clear(self) -> None:
        """Delete all but the namespaces, which nobody would empty."""
        for manifest, answer in reversed(self._answers.values()):
            if answer.accepted and manifest["kind"] != "Namespace":
                deleted = self._api.ask("DELETE", self._api.path(manifest))
                assert deleted.accepted, deleted.message
        self._answers = {}
        self._stack = ""

    def _is_known(self, stack: str, manifest: Manifest) -> bool:
        kind = f"{manifest['kind']} of {manifest['apiVersion']}"
        if self._api.kind(manifest["apiVersion"], manifest["kind"]):
            return True
        assert not has_schema(manifest), f"Kubernetes has no {kind} any more"
        self._tally.unknown[f"{kind} in {stack}"] += 1
        return False


@pytest.fixture(scope="module")
def deployments(cluster: Api, tally: Tally) -> Generator[Deployments]:
    """What is in the cluster; stacks are rehearsed in tests."""
    found = Deployments(cluster, tally)
    yield found
    found.clear()


def lost(sent: Any, kept: Any, at: str = "") -> Iterator[str]:
    """Where an object that came back differs from what was sent.

    The API leaves out an empty list and a switch that is off where that is the same, adds what it
    fills in, and writes amounts its own way.
    """
    match sent, kept:
        case dict(), dict():
            for key, value in sent.items():
                if key in kept:
                    yield from lost(value, kept[key], f"{at}.{key}")
                elif value is not False and value != []:
                    yield f"{at}.{key}"
        case list(), list() if len(sent) == len(kept):
            for index, (one, other) in enumerate(zip(sent, kept, strict=True)):
                yield from lost(one, other, f"{at}[{index}]")
        case _:
            if sent != kept and (amount(sent) is None or amount(sent) != amount(kept)):
                yield at


def amount(value: Any) -> Decimal | None:
    found = QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return Decimal(found[1]) * UNITS[found[2]] if found else None


def pods(objects: Mapping[str, tuple[Manifest, Answer]]) -> dict[str, dict[str, Any]]:
    """The first pod of every workload, as its controller makes it."""
    found: dict[str, dict[str, Any]] = {}
    for name, (manifest, _) in objects.items():
        if manifest["kind"] not in CONTROLLERS:
            continue
        metadata, template = manifest["metadata"], manifest["spec"]["template"]
        claims = [
            each["metadata"]["name"] for each in manifest["spec"].get("volumeClaimTemplates", ())
        ]
        volumes = [
            {"name": each, "persistentVolumeClaim": {"claimName": f"{each}-{metadata['name']}-0"}}
            for each in claims
        ]
        spec = template["spec"]
        found[name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **template["metadata"],
                "name": f"{metadata['name']}-0",
                "namespace": metadata["namespace"],
            },
            "spec": {**spec, "volumes": [*spec.get("volumes", ()), *volumes]},
        }
    return found


def admission(api: Api, pod: Manifest) -> Answer:
    """What the admission says of a pod, once it knows of its priority."""

    def informed() -> Answer | None:
        answer = api.rehearse(pod)
        return None if "no PriorityClass with name" in answer.message else answer

    return wait_until("the admission knows the priorities", informed, api.log)


def levels(objects: Mapping[str, tuple[Manifest, Answer]]) -> dict[str, str]:
    """The level that each namespace enforces."""
    found = [each for each, _ in objects.values() if each["kind"] == "Namespace"]
    return {each["metadata"]["name"]: each["metadata"]["labels"][ENFORCED] for each in found}


def test_every_stack_with_a_cluster_is_applied() -> None:
    assert {stack for stack in SOURCES if manifests(stack)} == {*WITH_CLUSTER}


@each_stack
def test_every_object_is_applied_strictly(stack: str, deployments: Deployments) -> None:
    found = deployments.of(stack)

    assert len(found) == len(manifests(stack)) > 100
    assert {name: each.message for name, (_, each) in found.items() if not each.accepted} == {}
    assert {name: each.warnings for name, (_, each) in found.items() if each.warnings} == {}


@each_stack
def test_every_object_comes_back_whole(stack: str, deployments: Deployments, cluster: Api) -> None:
    differ: dict[str, list[str]] = {}
    for name, (manifest, _) in deployments.of(stack).items():
        kept = cluster.ask("GET", cluster.path(manifest))
        assert kept.accepted, kept.message
        if problems := [*lost(manifest, kept.body)]:
            differ[name] = problems

    assert differ == {}


@each_stack
def test_applying_every_object_again_changes_none(
    stack: str, deployments: Deployments, cluster: Api
) -> None:
    found = deployments.of(stack)
    changed = {
        name
        for name, (manifest, first) in found.items()
        if revision(cluster.apply(manifest)) != revision(first)
    }
    # The API drops a list that holds no rule, so it finds one that is new whenever it is sent.
    empty = {name for name, (manifest, _) in found.items() if allows_nobody(manifest)}

    assert changed == empty


def revision(answer: Answer) -> str:
    assert answer.accepted, answer.message
    return answer.body["metadata"]["resourceVersion"]


def allows_nobody(manifest: Manifest) -> bool:
    """Whether a network policy has a list without a rule."""
    spec: Manifest = manifest.get("spec", {})
    return manifest["kind"] == "NetworkPolicy" and [] in (spec.get("ingress"), spec.get("egress"))


@each_stack
def test_the_pods_of_every_workload_are_admitted_to_their_namespace(
    stack: str, deployments: Deployments, cluster: Api, tally: Tally
) -> None:
    found = pods(deployments.of(stack))
    answers = {name: admission(cluster, pod) for name, pod in found.items()}
    tally.workloads[stack] = sum(answer.accepted for answer in answers.values())

    assert len(answers) >= 10
    assert {name: each.message for name, each in answers.items() if not each.accepted} == {}
    assert {name: each.warnings for name, each in answers.items() if each.warnings} == {}


@each_stack
def test_a_namespace_admits_no_pod_that_its_label_does_not(
    stack: str, deployments: Deployments, cluster: Api
) -> None:
    """An agent is refused wherever applications run, and everybody there without hardening."""
    objects = deployments.of(stack)
    level_of = levels(objects)
    strict = [name for name, level in level_of.items() if level == "restricted"]
    refused = 0

    assert len(strict) == len(level_of) - 1
    for pod in pods(objects).values():
        spec, metadata = pod["spec"], pod["metadata"]
        if level_of[metadata["namespace"]] == "restricted":
            (first, *others) = spec["containers"]
            bare = {key: value for key, value in first.items() if key != "securityContext"}
            elsewhere = {**pod, "spec": {**spec, "containers": [bare, *others]}}
        else:
            elsewhere = {**pod, "metadata": {**metadata, "namespace": strict[0]}}
        answer = admission(cluster, elsewhere)
        assert answer.status == 403, (title(pod), answer.message)
        assert 'violates PodSecurity "restricted:v1.' in answer.message
        refused += 1
    assert refused >= 10


def deployment(**spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "strict", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "registry.example.org/web:1"}]},
            },
            **spec,
        },
    }


@pytest.mark.parametrize(
    ("spec", "field"),
    [({"replica": 2}, "replica"), ({"replicas": "two"}, "replicas")],
    ids=["a misspelt field", "a wrong type"],
)
def test_what_does_not_fit_is_refused(spec: dict[str, Any], field: str, cluster: Api) -> None:
    applied, created = cluster.apply(deployment(**spec)), cluster.rehearse(deployment(**spec))

    assert not applied.accepted
    assert not created.accepted
    assert field in applied.message
    assert field in created.message
    assert cluster.rehearse(deployment(replicas=2)).accepted


def test_a_field_that_does_not_come_back_is_seen(cluster: Api) -> None:
    manifest = deployment(replica=2)
    path = cluster.path(manifest).rpartition("/")[0]

    # Without strictness, a field that nobody knows is dropped in silence.
    kept = cluster.ask("POST", path, manifest, dryRun="All", fieldValidation="Ignore")

    assert [*lost(manifest, kept.body)] == [".spec.replica"]


@pytest.mark.parametrize(
    ("sent", "kept", "where"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": "1000m"}, {"a": "1"}, []),
        ({"a": "1024Mi"}, {"a": "1Gi"}, []),
        ({"a": [], "b": False}, {}, []),
        ({"a": {}}, {}, [".a"]),
        ({"a": 0}, {}, [".a"]),
        ({"a": "1000Mi"}, {"a": "1Gi"}, [".a"]),
        ({"a": ["b"]}, {"a": ["b", "c"]}, [".a"]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, [".a[0].b"]),
    ],
)
def test_what_is_lost_is_named(sent: Manifest, kept: Manifest, where: list[str]) -> None:
    assert [*lost(sent, kept)] == where


def test_a_kind_that_the_server_does_not_know_is_none(cluster: Api) -> None:
    assert cluster.kind("example.org/v1", "Website") is None
    with pytest.raises(LookupError, match="no Website"):
        cluster.path({"apiVersion": "example.org/v1", "kind": "Website", "metadata": {}})


def test_nobody_is_let_in_without_a_token(cluster: Api) -> None:
    stranger = cluster.ask("GET", "/api/v1/namespaces", token="somebody-else")

    assert stranger.status == 401


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    program = tmp_path / "etcd"
    program.write_text("#!/bin/sh\necho 'no space left'\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    waiting = tmp_path / "kube-apiserver"
    waiting.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    waiting.chmod(0o755)

    with (
        pytest.raises(AssertionError, match="etcd ended with status 3:\nno space left"),
        cluster_of(program, waiting, tmp_path),
    ):
        pass
