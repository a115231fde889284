"""The variants of the network on Google Cloud, and with a range of its own for pods."""

from __future__ import annotations

from typing import Any

from components.environment import Environment
from components.network import Network, NetworkSpec, create_network
from tests.components.variants import (
    AWS_PROVIDERS,
    GCP_ZONES,
    ZONES,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    aws_cloud,
    gcp_cloud,
    network_outputs,
)

GCP_PROVIDERS = frozenset({"pulumi:providers:gcp"})
PODS = "100.64.0.0/16"


def gcp_network(
    environment: Environment, *, zones: tuple[str, ...] = GCP_ZONES, **asked: Any
) -> Network:
    """A network on Google Cloud, with keys that exist already."""
    cloud = gcp_cloud(environment, zones=zones)
    spec = NetworkSpec.resolve(environment, {"cidr": "10.20.0.0/16", **asked})
    return create_network(cloud, "core", spec, keys=adopted_gcp_keys(cloud))


def aws_pods_network(
    environment: Environment, *, zones: tuple[str, ...] = ZONES, **asked: Any
) -> Network:
    """A network on AWS whose pods have a range of their own, with keys that exist already."""
    cloud = aws_cloud(environment, zones=zones)
    document = {"cidr": "10.20.0.0/16", "pods_cidr": PODS, **asked}
    spec = NetworkSpec.resolve(environment, document)
    return create_network(cloud, "core", spec, keys=adopted_aws_keys(cloud))


VARIANTS = [
    Variant(
        capability="network",
        ground="gcp",
        token="plinth:network:GcpNetwork",
        name="core",
        program=lambda environment: network_outputs(gcp_network(environment)),
        outputs=frozenset(
            {"network_id", "private", "data", "pods", "services", "peered", "connected"}
        ),
        secrets=frozenset(),
        providers=GCP_PROVIDERS,
        protected=frozenset(
            {
                "gcp:compute/network:Network",
                "gcp:logging/projectBucketConfig:ProjectBucketConfig",
                "gcp:servicenetworking/connection:Connection",
            }
        ),
    ),
    Variant(
        capability="network",
        ground="aws-pods",
        token="plinth:network:AwsNetwork",
        name="core",
        program=lambda environment: network_outputs(aws_pods_network(environment)),
        outputs=frozenset({"vpc_id", "public", "private", "data"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket"}),
    ),
]
