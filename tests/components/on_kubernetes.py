"""Workloads on Kubernetes, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.environment import Environment
from components.namespace import NamespaceRef
from components.workload import Workload, create_workload
from rehearsal.plugin import Recording, record
from tests.components.variants_namespace import CLUSTERS, namespace_in

REASON = "reads what the nodes write"


def namespace(cloud: str = "aws", name: str = "eyes", *, host: bool = False) -> NamespaceRef:
    """A namespace in production, for workloads that need the machine itself with ``host``."""
    asked = {"level": "privileged", "host_access_because": REASON} if host else {}
    cluster = CLUSTERS[cloud](Environment.PROD)
    return namespace_in(cluster, Environment.PROD, name, **asked).ref


def running(workload: Workload, cloud: str = "aws") -> Callable[[], dict[str, Any]]:
    """A program that runs ``workload`` as ``shop``, and what it publishes."""

    def program() -> dict[str, Any]:
        place = namespace(cloud, host=workload.host_access is not None)
        shop = create_workload(place, "shop", workload)
        return {
            "host": shop.host,
            "ports": shop.ports,
            "published": shop.published,
            "flows": [dict(flow) for flow in shop.flows],
            "unhonoured": list(shop.unhonoured),
        }

    return program


def run(workload: Workload, cloud: str = "aws") -> Recording:
    """What that program registers."""
    return record(running(workload, cloud))


def kind_of(type_: str) -> str:
    """``Deployment`` of ``kubernetes:apps/v1:Deployment``."""
    return type_.rpartition(":")[2]


def objects(recording: Recording, kind: str) -> dict[str, Mapping[str, Any]]:
    """Inputs of the objects of one kind by Pulumi name, without those of the namespace itself."""
    return {
        each.name: each.inputs
        for each in recording.resources
        if kind_of(each.type) == kind and each.name.startswith("shop")
    }


def only(recording: Recording, kind: str) -> Mapping[str, Any]:
    """Inputs of the one object of a kind."""
    (found,) = objects(recording, kind).values()
    return found
