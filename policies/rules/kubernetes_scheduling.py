"""What containers need of their nodes, and when they are ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.controls import Relation, nsa
from policies.pods import (
    DAEMON_SET,
    DEPLOYMENT,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    STATEFUL_SET,
    containers,
    of_each,
    pod,
    pod_checks,
)
from policies.rule import Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, truth

_DOCS: Final = "https://kubernetes.io/docs"

_LASTING: Final = ("containers", "initContainers")
_NEEDS: Final = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))


def _sized(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec"), _LASTING):
        resources = container.at("resources")
        for kind, what in _NEEDS:
            given = resources.at(kind, what).is_given()
            if given is not Truth.YES:
                # The API server takes a limit for the request that is missing.
                given |= resources.at("limits", what).is_given()
                yield Demand(given, resources.at(kind, what), "is missing")


def _resources(requests: Props | None, limits: Props | None) -> Props:
    return {"resources": {"requests": requests, "limits": limits}}


_REQUESTS: Final = {"cpu": "100m", "memory": "128Mi"}
_SIZED: Final = _resources(_REQUESTS, {"memory": "256Mi"})

RESOURCES_SET: Final = Rule(
    id="k8s-resources-set",
    title="Containers say what they need and how much memory they may take",
    reason=(
        "Without requests the scheduler fills nodes blindly; without a limit one leak takes the "
        "memory of every pod on the node."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=(*nsa("C-0270", relation=Relation.RELATED), *nsa("C-0271")),
    fix="Set resources.requests for cpu and memory, and resources.limits for memory.",
    source=f"{_DOCS}/concepts/configuration/manage-resources-containers/",
    checks=pod_checks(
        "Every container, init containers included, requests processor and memory and has a "
        "limit of memory.",
        reads=of_each("resources.requests", "resources.limits", kinds=_LASTING),
        absent="A request left out is the limit; left out of both it violates.",
        judge=_sized,
        good={
            "requests and a limit": pod(containers=[_SIZED]),
            "limits alone": pod(
                containers=[_resources(None, {"cpu": "1", "memory": "256Mi"})],
            ),
            "sizes not known yet": pod(
                containers=[
                    _resources(
                        {"cpu": UNKNOWN_STRING, "memory": UNKNOWN_STRING},
                        {"memory": UNKNOWN_STRING},
                    )
                ]
            ),
        },
        bad={
            "left out": {"spec": {kind: [{"resources": {}}] for kind in _LASTING}},
            "nothing said": pod(containers=[{}]),
            "no limit": pod(containers=[_resources(_REQUESTS, None)]),
            "an init container without": pod(containers=[_SIZED], initContainers=[{}]),
        },
        undecided={"resources not known": pod(containers=[{"resources": UNKNOWN_STRING}])},
    ),
)

_HANDLERS: Final = ("exec", "grpc", "httpGet", "tcpSocket")


def _probed(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec"), ("containers",)):
        ready, alive = container.at("readinessProbe"), container.at("livenessProbe")
        given = ready.is_given()
        if given is not Truth.YES:
            yield Demand(given, ready, "is missing")
        if alive.is_present and ready.is_present:
            yield Demand(~_ask_the_same(alive, ready), alive, "asks what the readiness probe asks")


def _ask_the_same(one: View, other: View) -> Truth:
    if not one.is_known or not other.is_known:
        return Truth.UNKNOWN
    for name in _HANDLERS:
        first, second = one.at(name), other.at(name)
        if first.is_present and second.is_present:
            if any(True for view in (first, second) for _ in view.unknown_paths()):
                return Truth.UNKNOWN
            return truth(first.raw == second.raw)
    return Truth.NO


def _asking(path: str) -> Props:
    return {"httpGet": {"path": path, "port": 8080}}


def _served(**container: Any) -> Props:
    return pod(containers=[container])


PROBES_SET: Final = Rule(
    id="k8s-probes-set",
    title="What serves says when it is ready",
    reason=(
        "Without a readiness probe traffic reaches a pod that is still starting, and a rollout "
        "goes on over a version that never starts. A liveness probe that asks the same restarts "
        "every pod at once when what they all depend on is slow."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=(),
    fix=(
        "Give every container a readiness_probe; give it a liveness_probe only for what a restart "
        "heals."
    ),
    source=f"{_DOCS}/concepts/configuration/liveness-readiness-startup-probes/",
    checks=pod_checks(
        "Every container of what runs for long has a readiness probe, and no liveness probe that "
        "asks the same.",
        types=(DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, REPLICATION_CONTROLLER),
        reads=of_each("readinessProbe", "livenessProbe", kinds=("containers",)),
        absent="readinessProbe left out violates, livenessProbe left out satisfies.",
        judge=_probed,
        good={
            "ready": _served(readinessProbe=_asking("/ready")),
            "ready and alive": _served(
                readinessProbe=_asking("/ready"), livenessProbe=_asking("/healthy")
            ),
            "asked in different ways": _served(
                readinessProbe=_asking("/ready"), livenessProbe={"tcpSocket": {"port": 8080}}
            ),
        },
        bad={
            "left out": _served(),
            "alive, but never ready": _served(livenessProbe=_asking("/healthy")),
            "both the same": _served(
                readinessProbe=_asking("/ready"),
                livenessProbe={**_asking("/ready"), "periodSeconds": 30},
            ),
        },
        undecided={
            "liveness not known": _served(
                readinessProbe=_asking("/ready"), livenessProbe=UNKNOWN_STRING
            ),
            "a path not known": _served(
                readinessProbe=_asking("/ready"), livenessProbe=_asking(UNKNOWN_STRING)
            ),
        },
    ),
)
