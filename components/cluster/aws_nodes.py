"""Managed node groups of an EKS cluster."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cluster.aws_machines import instance_types, shares
from components.cluster.spec import ClusterSpec, PoolSpec
from components.ground import AwsCloud
from components.ownership import DataClass

# Nothing to log in to: no shell, no package manager, a root file system that is read only.
IMAGE: Final = "BOTTLEROCKET_x86_64"
SYSTEM_DISK: Final = "/dev/xvda"
SYSTEM_DISK_GIB: Final = 4
DATA_DISK: Final = "/dev/xvdb"  # images, logs and scratch space of pods
AT_ONCE_PERCENT: Final = 33
TAGGED: Final = ("instance", "network-interface", "volume")


def refuse_small_pools(name: str, spec: ClusterSpec, zones: Sequence[str]) -> None:
    """Check that every pool may have a node in every zone.

    Raises:
        pulumi.RunError: a pool may not.
    """
    for pool, asked in spec.pools.items():
        if asked.nodes_at_most < len(zones):
            raise pulumi.RunError(
                f"cluster {name}: pools.{pool}.nodes_at_most is {asked.nodes_at_most}, and the"
                f" ground has {len(zones)} zones ({', '.join(zones)}): on AWS a pool may grow in"
                f" each, raise it to {len(zones)} at least"
            )


def create_pools(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: AwsCloud,
    cluster: aws.eks.Cluster,
    role: aws.iam.Role,
    disk_key: pulumi.Input[str],
    subnet_ids: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
) -> list[aws.eks.NodeGroup]:
    """The node groups of all pools, one per pool and zone.

    A group's subnets cannot change: one over all zones would be replaced, and every pod of the
    pool restarted, when the ground gets a zone. Disks stay in their zone too, so an autoscaler has
    to be able to add a node in a given one.
    """
    groups: list[aws.eks.NodeGroup] = []
    for pool, asked in spec.pools.items():
        template = _create_template(parent, f"{name}-pool-{pool}", asked, cloud, disk_key)
        least = shares(asked.nodes_at_least, list(subnet_ids))
        most = shares(asked.nodes_at_most, list(subnet_ids))
        groups += [
            aws.eks.NodeGroup(
                f"{name}-pool-{pool}-{zone}",
                cluster_name=cluster.name,
                node_group_name_prefix=f"{pool}-{zone}-",
                node_role_arn=role.arn,
                subnet_ids=[subnet_id],
                ami_type=IMAGE,
                version=spec.version,
                capacity_type=asked.capacity.value.upper(),
                instance_types=list(instance_types(asked)),
                launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                    id=template.id, version=template.latest_version.apply(str)
                ),
                scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                    min_size=least[zone], desired_size=least[zone], max_size=most[zone]
                ),
                update_config=aws.eks.NodeGroupUpdateConfigArgs(
                    max_unavailable_percentage=AT_ONCE_PERCENT
                ),
                node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
                labels=dict(asked.labels),
                taints=_taints(asked),
                opts=pulumi.ResourceOptions(
                    parent=parent,
                    depends_on=list(after),
                    # The autoscaler's.
                    ignore_changes=["scalingConfig.desiredSize"],
                ),
            )
            for zone, subnet_id in subnet_ids.items()
        ]
    return groups


def node_settings(pool: PoolSpec) -> str:
    """The settings of Bottlerocket, in TOML; EKS adds what a node needs to join.

    The way in over Systems Manager is closed: nodes have no permission for it.
    """
    return (
        "[settings.kubernetes]\n"
        f"max-pods = {pool.pods_per_node}\n"
        "\n"
        "[settings.host-containers.control]\n"
        "enabled = false\n"
    )


def _create_template(
    parent: pulumi.Resource,
    role: str,
    pool: PoolSpec,
    cloud: AwsCloud,
    disk_key: pulumi.Input[str],
) -> aws.ec2.LaunchTemplate:
    # EC2 and not Pulumi makes what these are on, so the component cannot tag it.
    tags = {**cloud.ownership.tags(DataClass.INTERNAL), "Name": role}
    sizes_gib = {SYSTEM_DISK: SYSTEM_DISK_GIB, DATA_DISK: pool.disk_gib}
    return aws.ec2.LaunchTemplate(
        role,
        description=f"Nodes of {role}",
        update_default_version=True,
        user_data=base64.b64encode(node_settings(pool).encode()).decode(),
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            # Pods are one hop further than the node, whose role is not theirs.
            http_put_response_hop_limit=1,
            instance_metadata_tags="disabled",
        ),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=device,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=size_gib,
                    encrypted="true",
                    kms_key_id=disk_key,
                    delete_on_termination="true",
                ),
            )
            for device, size_gib in sizes_gib.items()
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
            for kind in TAGGED
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _taints(pool: PoolSpec) -> list[aws.eks.NodeGroupTaintArgs]:
    return [
        aws.eks.NodeGroupTaintArgs(
            key=taint.key, value=taint.value, effect=taint.effect.value.upper()
        )
        for taint in pool.taints
    ]
