"""Managed add-ons of an EKS cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.cluster.aws_roles import create_pod_role, disk_policy, managed_policy
from components.cluster.spec import ClusterSpec
from components.ground import AwsCloud
from components.ownership import DataClass


def create_addons_below_nodes(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: AwsCloud,
    physical_name: str,
    cluster: aws.eks.Cluster,
    pod_subnet_ids: Mapping[str, pulumi.Input[str]],
) -> list[aws.eks.Addon]:
    """What a node needs to become ready; it runs on every node, so it can be there before any."""
    role = create_pod_role(parent, name, "vpc-cni", "aws-node", physical_name, cloud)
    permission = aws.iam.RolePolicyAttachment(
        f"{name}-vpc-cni",
        role=role.name,
        policy_arn=managed_policy("AmazonEKS_CNI_Policy", cloud),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    agent = _create_addon(parent, name, spec, cluster, "eks-pod-identity-agent")
    network = _create_addon(
        parent,
        name,
        spec,
        cluster,
        "vpc-cni",
        configuration=_network_configuration(cloud, pod_subnet_ids),
        identity=("aws-node", role),
        after=[agent, permission],
    )
    return [agent, network, _create_addon(parent, name, spec, cluster, "kube-proxy")]


def create_addons_on_nodes(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: AwsCloud,
    physical_name: str,
    cluster: aws.eks.Cluster,
    disk_key: pulumi.Output[str],
    after: Sequence[pulumi.Resource],
) -> list[aws.eks.Addon]:
    """What is only healthy once nodes run its pods."""
    child = pulumi.ResourceOptions(parent=parent)
    account = "ebs-csi-controller-sa"
    role = create_pod_role(parent, name, "ebs-csi", account, physical_name, cloud)
    permissions = [
        aws.iam.RolePolicyAttachment(
            f"{name}-ebs-csi",
            role=role.name,
            policy_arn=managed_policy("service-role/AmazonEBSCSIDriverPolicy", cloud),
            opts=child,
        ),
        aws.iam.RolePolicy(
            f"{name}-ebs-csi-key",
            role=role.id,
            policy=disk_key.apply(lambda arn: disk_policy(arn, cloud)),
            opts=child,
        ),
    ]
    disks = _create_addon(
        parent,
        name,
        spec,
        cluster,
        "aws-ebs-csi-driver",
        # The driver and not Pulumi makes the disks of pods, so the component cannot tag them.
        configuration=json.dumps(
            {"controller": {"extraVolumeTags": cloud.ownership.tags(DataClass.INTERNAL)}}
        ),
        identity=(account, role),
        after=[*after, *permissions],
    )
    others = [
        _create_addon(parent, name, spec, cluster, addon, after=after)
        for addon in ("coredns", "metrics-server")
    ]
    return [disks, *others]


def _network_configuration(
    cloud: AwsCloud, pod_subnet_ids: Mapping[str, pulumi.Input[str]]
) -> pulumi.Input[str]:
    configuration = json.dumps(
        {
            # The switch is a text; a truth value is refused.
            "enableNetworkPolicy": "true",
            "env": {
                "ADDITIONAL_ENI_TAGS": json.dumps(cloud.ownership.tags(DataClass.INTERNAL)),
                # Sixteen addresses at a time: without it a small node runs out of them long before
                # it runs out of memory.
                "ENABLE_PREFIX_DELEGATION": "true",
                # Further interfaces of a node stand in the pod subnets, found by the tag that the
                # network gives them.
                "ENABLE_SUBNET_DISCOVERY": "true",
                "WARM_PREFIX_TARGET": "1",
            },
        }
    )
    if not pod_subnet_ids:
        return configuration
    # So that these subnets are there before any node, and stay until the last one is gone.
    return pulumi.Output.all(*pod_subnet_ids.values()).apply(lambda _: configuration)


def _create_addon(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cluster: aws.eks.Cluster,
    addon: str,
    *,
    configuration: pulumi.Input[str] | None = None,
    identity: tuple[str, aws.iam.Role] | None = None,
    after: Sequence[pulumi.Resource] = (),
) -> aws.eks.Addon:
    """An add-on in the version that EKS has for the cluster's.

    No version is named: EKS knows which one fits, and a table of ours would be wrong first. But EKS
    decides once, and keeps an add-on as it is when the cluster moves on. So a new version of the
    cluster registers the add-on anew; what it runs is preserved meanwhile, and then brought up to
    date in place.
    """
    associations = None
    if identity:
        account, role = identity
        associations = [
            aws.eks.AddonPodIdentityAssociationArgs(service_account=account, role_arn=role.arn)
        ]
    return aws.eks.Addon(
        f"{name}-{addon}",
        cluster_name=cluster.name,
        addon_name=addon,
        configuration_values=configuration,
        pod_identity_associations=associations,
        preserve=True,
        # What runs already is the same add-on, see above.
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(after),
            delete_before_replace=True,
            replacement_trigger=spec.version,
        ),
    )
