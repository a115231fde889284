"""The variants of the cluster, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.cluster import Cluster, ClusterSpec, create_cluster
from components.environment import Environment
from tests.components.variants import (
    ZONES,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    adopted_gcp_network,
    adopted_network,
    aws_cloud,
    gcp_cloud,
)

VERSION = "1.34"
ADMINISTRATORS = ("platform-admins",)
OUTPUTS = frozenset({"cluster_name", "endpoint", "kubeconfig"})


def cluster_spec(environment: Environment, **asked: Any) -> ClusterSpec:
    """A cluster with one pool of the environment's defaults, unless ``asked`` otherwise."""
    document = {
        "version": VERSION,
        "administrators": ADMINISTRATORS,
        "pools": {"general": {}},
        **asked,
    }
    return ClusterSpec.resolve(environment, document)


def aws_cluster(
    environment: Environment, *, zones: tuple[str, ...] = ZONES, **asked: Any
) -> Cluster:
    """A cluster on AWS, on a network and with keys that exist already."""
    cloud = aws_cloud(environment, zones=zones)
    spec = cluster_spec(environment, **asked)
    return create_cluster(adopted_network(cloud), "core", spec, keys=adopted_aws_keys(cloud))


def gcp_cluster(environment: Environment, **asked: Any) -> Cluster:
    """A cluster on Google Cloud, on a network and with keys that exist already."""
    cloud = gcp_cloud(environment)
    spec = cluster_spec(environment, **asked)
    return create_cluster(adopted_gcp_network(cloud), "core", spec, keys=adopted_gcp_keys(cloud))


def cluster_outputs(cluster: Cluster) -> Mapping[str, Any]:
    """What the contract asserts on."""
    return {
        "cluster_name": cluster.ref.cluster_name,
        "endpoint": cluster.endpoint,
        "kubeconfig": cluster.kubeconfig,
    }


VARIANTS = [
    Variant(
        capability="cluster",
        ground="aws",
        token="plinth:cluster:AwsCluster",
        name="core",
        program=lambda environment: cluster_outputs(aws_cluster(environment, provisioning={})),
        outputs=OUTPUTS,
        secrets=frozenset({"kubeconfig"}),
        providers=frozenset({"pulumi:providers:aws", "pulumi:providers:kubernetes"}),
        protected=frozenset({"aws:eks/cluster:Cluster"}),
    ),
    Variant(
        capability="cluster",
        ground="gcp",
        token="plinth:cluster:GcpCluster",
        name="core",
        program=lambda environment: cluster_outputs(gcp_cluster(environment, provisioning={})),
        outputs=OUTPUTS,
        secrets=frozenset({"kubeconfig"}),
        providers=frozenset({"pulumi:providers:gcp", "pulumi:providers:kubernetes"}),
        protected=frozenset(
            {
                "gcp:container/cluster:Cluster",
                "gcp:logging/projectBucketConfig:ProjectBucketConfig",
            }
        ),
    ),
]
