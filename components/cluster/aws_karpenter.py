"""What Karpenter needs of AWS; the controller itself runs in the cluster.

It runs as the service account ``karpenter`` in ``kube-system``, listens to the queue that has the
name of the cluster, and makes nodes with the role that has the name of the cluster and
``-provisioned``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cluster.aws_karpenter_policies import controller_policies
from components.cluster.aws_roles import (
    NAMESPACE,
    create_node_role,
    create_pod_role,
    disk_policy,
    queue_arn,
)
from components.ground import AwsCloud
from components.iam import EVERYONE, Statement, document

SERVICE_ACCOUNT: Final = "karpenter"
DISCOVERY_TAG: Final = "karpenter.sh/discovery"
MESSAGE_SECONDS: Final = 300  # an older warning is of no use
# What happens to a node before it goes away, by source and kind of the event.
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "health": ("aws.health", "AWS Health Event"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
}


def create_karpenter(
    parent: pulumi.Resource,
    name: str,
    cloud: AwsCloud,
    physical_name: str,
    cluster: aws.eks.Cluster,
    disk_key: pulumi.Output[str],
) -> list[pulumi.Resource]:
    """Roles of the controller and its nodes, a queue of interruptions, and the discovery tag.

    Returns:
        What the controller cannot work without, to be waited for and to go after it.
    """
    child = pulumi.ResourceOptions(parent=parent)
    node_role_name = f"{physical_name}-provisioned"
    node_role, node_permissions = create_node_role(
        parent, name, "provisioned-nodes", cloud, physical_name=node_role_name
    )
    # EKS makes this entry for the roles of managed node groups, and for those alone.
    entry = aws.eks.AccessEntry(
        f"{name}-provisioned-nodes",
        cluster_name=cluster.name,
        principal_arn=node_role.arn,
        type="EC2_LINUX",
        opts=pulumi.ResourceOptions(parent=parent, depends_on=node_permissions),
    )
    tag = aws.ec2.Tag(
        f"{name}-discovery",
        resource_id=cluster.vpc_config.cluster_security_group_id,
        key=DISCOVERY_TAG,
        value=physical_name,
        opts=child,
    )
    warnings = _create_queue(parent, name, cloud, physical_name)
    association = _create_controller(
        parent, name, cloud, physical_name, node_role_name, cluster, disk_key
    )
    return [entry, tag, *warnings, association]


def queue_policy(cluster: str, cloud: AwsCloud) -> str:
    """The rules of one cluster may send to its queue, and nobody without TLS, in JSON."""
    rules = f"arn:{cloud.partition}:events:{cloud.region}:{cloud.account_id}:rule/{cluster}-*"
    return document(
        Statement(
            sid="RefuseWithoutTls",
            effect="Deny",
            actions=("sqs:*",),
            resources=(queue_arn(cluster, cloud),),
            principal=EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        Statement(
            sid="SendInterruptions",
            actions=("sqs:SendMessage",),
            resources=(queue_arn(cluster, cloud),),
            principal={"Service": "events.amazonaws.com"},
            conditions={
                "StringEquals": {"aws:SourceAccount": cloud.account_id},
                "ArnLike": {"aws:SourceArn": rules},
            },
        ),
    )


def _create_controller(
    parent: pulumi.Resource,
    name: str,
    cloud: AwsCloud,
    physical_name: str,
    node_role_name: str,
    cluster: aws.eks.Cluster,
    disk_key: pulumi.Output[str],
) -> aws.eks.PodIdentityAssociation:
    child = pulumi.ResourceOptions(parent=parent)
    role = create_pod_role(parent, name, "karpenter", SERVICE_ACCOUNT, physical_name, cloud)
    permissions: list[pulumi.Resource] = [
        aws.iam.RolePolicy(
            f"{name}-karpenter-key",
            role=role.id,
            policy=disk_key.apply(lambda arn: disk_policy(arn, cloud)),
            opts=child,
        )
    ]
    for subject, body in controller_policies(physical_name, node_role_name, cloud).items():
        policy = aws.iam.Policy(
            f"{name}-karpenter-{subject}",
            description=f"Karpenter of the cluster {name}: {subject}",
            policy=body,
            opts=child,
        )
        permissions.append(
            aws.iam.RolePolicyAttachment(
                f"{name}-karpenter-{subject}", role=role.name, policy_arn=policy.arn, opts=child
            )
        )
    return aws.eks.PodIdentityAssociation(
        f"{name}-karpenter",
        cluster_name=cluster.name,
        namespace=NAMESPACE,
        service_account=SERVICE_ACCOUNT,
        role_arn=role.arn,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=permissions),
    )


def _create_queue(
    parent: pulumi.Resource, name: str, cloud: AwsCloud, physical_name: str
) -> list[aws.cloudwatch.EventTarget]:
    child = pulumi.ResourceOptions(parent=parent)
    queue = aws.sqs.Queue(
        f"{name}-interruptions",
        name=physical_name,
        message_retention_seconds=MESSAGE_SECONDS,
        sqs_managed_sse_enabled=True,
        opts=child,
    )
    policy = aws.sqs.QueuePolicy(
        f"{name}-interruptions",
        queue_url=queue.url,
        policy=queue_policy(physical_name, cloud),
        opts=child,
    )
    targets: list[aws.cloudwatch.EventTarget] = []
    for event, (source, kind) in EVENTS.items():
        rule = aws.cloudwatch.EventRule(
            f"{name}-{event}",
            # The queue takes messages of rules with this name alone.
            name=f"{physical_name}-{event}",
            description=f"{kind}, for the cluster {name}",
            event_pattern=json.dumps({"source": [source], "detail-type": [kind]}),
            opts=child,
        )
        targets.append(
            aws.cloudwatch.EventTarget(
                f"{name}-{event}",
                rule=rule.name,
                target_id="interruptions",
                arn=queue.arn,
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
            )
        )
    return targets
