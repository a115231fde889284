"""Which cluster the configuration of a Kubernetes provider leads to, and whether the world made it.

Source: ``DiffConfig`` and ``Configure`` in ``provider/pkg/provider/provider.go`` of
pulumi/pulumi-kubernetes 4, and "Organizing Cluster Access Using kubeconfig Files" in the Kubernetes
documentation, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from rehearsal.paths import get_path
from rehearsal.values import contains_unknown, reveal
from rehearsal.world import World, WorldObject

_IDENTIFIER: Final = "clusterIdentifier"
_LEADING: Final = ("cluster", "context", "kubeconfig")


@dataclass(frozen=True)
class _Published:
    """Outputs of a cluster: where its API server answers, and the certificate it answers with."""

    addresses: tuple[str, ...]
    authority: str


PUBLISHED: Final[Mapping[str, _Published]] = {
    "aws:eks/cluster:Cluster": _Published(("endpoint",), "certificateAuthority.data"),
    "gcp:container/cluster:Cluster": _Published(
        (
            "endpoint",
            "privateClusterConfig.privateEndpoint",
            "privateClusterConfig.publicEndpoint",
            "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint",
        ),
        "masterAuth.clusterCaCertificate",
    ),
}


def cluster_of(world: World, inputs: Mapping[str, Any]) -> str:
    """What tells the cluster of a provider from others; empty where the provider says nothing.

    Args:
        world: what exists.
        inputs: the provider's known configuration, in clear. A cluster that the world has published
            the address of is that object, whatever the address; any other one is called by its
            address, or by the words that the configuration has for it.
    """
    config = _kubeconfig(inputs.get("kubeconfig"))
    cluster = _active(config, inputs)
    server = cluster.get("server")
    if isinstance(server, str) and server:
        made = _publisher(world, server, cluster.get("certificate-authority-data"))
        return label_of(made) if made else server
    words = [inputs.get(name) for name in ("context", "cluster")]
    if not config:
        words.insert(0, inputs.get("kubeconfig"))
    # A text of many lines is no path, and may hold credentials.
    return " ".join(word for word in words if isinstance(word, str) and "\n" not in word)


def replacing_inputs(old_inputs: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs of a provider whose change means another cluster.

    That is an identifier's, or else whatever leads to a cluster of another description.
    """
    old, new = (reveal(inputs.get(_IDENTIFIER)) for inputs in (old_inputs, news))
    if new and old == new:
        return ()
    identifier = (_IDENTIFIER,) if old and new else ()
    if any(contains_unknown(news.get(name)) for name in _LEADING):
        return (*identifier, *_LEADING)
    before, after = (
        _active(_kubeconfig(inputs.get("kubeconfig")), inputs)
        for inputs in (reveal(dict(old_inputs)), reveal(dict(news)))
    )
    return identifier if before and before == after else (*identifier, *_LEADING)


def label_of(cluster: WorldObject) -> str:
    """What objects in a cluster that the world made are told apart by."""
    return f"{cluster.type} {' '.join(cluster.id.split())}"


def _kubeconfig(given: Any) -> Mapping[str, Any]:
    """A kubeconfig given as text, JSON or YAML; empty for a path, which nobody follows."""
    if isinstance(given, str):
        try:
            given = yaml.safe_load(given)
        except yaml.YAMLError:
            return {}
    return given if isinstance(given, dict) else {}


def _active(config: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cluster that a kubeconfig is used for."""
    context = inputs.get("context") or config.get("current-context")
    name = inputs.get("cluster") or _entry(config, "context", context).get("cluster")
    return _entry(config, "cluster", name)


def _entry(config: Mapping[str, Any], kind: str, name: Any) -> Mapping[str, Any]:
    entries: Any = config.get(f"{kind}s")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name:
            found: Any = entry.get(kind)
            return found if isinstance(found, dict) else {}
    return {}


def _publisher(world: World, server: str, authority: Any) -> WorldObject | None:
    """The object whose API server answers at ``server``; private addresses may occur twice."""
    host = _host(server)
    for token, published in PUBLISHED.items():
        for thing in world.of_type(token):
            addresses = {_host(reveal(get_path(thing.outputs, p))) for p in published.addresses}
            shown = reveal(get_path(thing.outputs, published.authority))
            if host in addresses and authority in (None, shown):
                return thing
    return None


def _host(address: Any) -> str:
    return address.removeprefix("https://").rstrip("/") if isinstance(address, str) else ""
