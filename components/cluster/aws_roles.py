"""IAM roles of an EKS cluster: who may assume them, and what they may do with its disks."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud, short_hash
from components.iam import Statement, document

# Leaves room for the suffixes of the roles and rules that are named after the cluster: both have
# 64 characters at most.
LONGEST_CLUSTER: Final = 40
# Pods get their credentials from the agent; what nodes need is to join and to pull images.
NODE_POLICIES: Final = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy")
NAMESPACE: Final = "kube-system"


def cluster_name(name: str, cloud: AwsCloud) -> str:
    """The physical name, known in advance: log group, roles and policies contain it."""
    suffix = f"-{short_hash(cloud.account_id, cloud.region, name)}"
    return name[: LONGEST_CLUSTER - len(suffix)].rstrip("-") + suffix


def cluster_arn(cluster: str, cloud: AwsCloud) -> str:
    """The ARN of the cluster with a physical name."""
    return f"arn:{cloud.partition}:eks:{cloud.region}:{cloud.account_id}:cluster/{cluster}"


def queue_arn(cluster: str, cloud: AwsCloud) -> str:
    """The ARN of the queue that has the name of the cluster."""
    return f"arn:{cloud.partition}:sqs:{cloud.region}:{cloud.account_id}:{cluster}"


def managed_policy(policy: str, cloud: AwsCloud) -> str:
    """The ARN of a policy of AWS' own."""
    return f"arn:{cloud.partition}:iam::aws:policy/{policy}"


def create_cluster_role(
    parent: pulumi.Resource, name: str, cluster: str, cloud: AwsCloud
) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    """The role of the control plane, assumed for this cluster alone."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-control-plane",
        description=f"Control plane of the cluster {name}",
        assume_role_policy=document(
            Statement(
                sid="AssumedByControlPlane",
                actions=("sts:AssumeRole",),
                principal={"Service": "eks.amazonaws.com"},
                conditions={
                    "StringEquals": {"aws:SourceAccount": cloud.account_id},
                    "ArnEquals": {"aws:SourceArn": cluster_arn(cluster, cloud)},
                },
            )
        ),
        opts=child,
    )
    permission = aws.iam.RolePolicyAttachment(
        f"{name}-control-plane",
        role=role.name,
        policy_arn=managed_policy("AmazonEKSClusterPolicy", cloud),
        opts=child,
    )
    return role, permission


def create_node_role(
    parent: pulumi.Resource,
    name: str,
    role: str,
    cloud: AwsCloud,
    physical_name: str | None = None,
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """A role of nodes, without permissions that pods could borrow."""
    child = pulumi.ResourceOptions(parent=parent)
    created = aws.iam.Role(
        f"{name}-{role}",
        name=physical_name,
        description=f"Nodes of the cluster {name}",
        assume_role_policy=document(
            Statement(
                sid="AssumedByInstances",
                actions=("sts:AssumeRole",),
                principal={"Service": "ec2.amazonaws.com"},
            )
        ),
        opts=child,
    )
    permissions = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{role}-{policy}",
            role=created.name,
            policy_arn=managed_policy(policy, cloud),
            opts=child,
        )
        for policy in NODE_POLICIES
    ]
    return created, permissions


def create_pod_role(
    parent: pulumi.Resource,
    name: str,
    role: str,
    service_account: str,
    cluster: str,
    cloud: AwsCloud,
) -> aws.iam.Role:
    """A role of one service account of ``kube-system`` in one cluster, by EKS Pod Identity.

    The conditions are on session tags that Pod Identity sets itself. Source: "Create IAM role with
    trust policy required by EKS Pod Identity" in the EKS user guide, checked 2026-11-21.
    """
    return aws.iam.Role(
        f"{name}-{role}",
        description=f"{service_account} in {NAMESPACE} of the cluster {name}",
        assume_role_policy=document(
            Statement(
                sid="AssumedByPods",
                actions=("sts:AssumeRole", "sts:TagSession"),
                principal={"Service": "pods.eks.amazonaws.com"},
                conditions={
                    "StringEquals": {
                        "aws:RequestTag/eks-cluster-arn": cluster_arn(cluster, cloud),
                        "aws:RequestTag/kubernetes-namespace": NAMESPACE,
                        "aws:RequestTag/kubernetes-service-account": service_account,
                    }
                },
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def disk_policy(key_arn: str, cloud: AwsCloud) -> str:
    """May encrypt disks with one key, through EC2 alone, in JSON.

    Source: "Requirements for Amazon EBS encryption" in the EBS user guide.
    """
    through_ec2 = {"kms:ViaService": f"ec2.{cloud.region}.amazonaws.com"}
    return document(
        Statement(
            sid="EncryptDisks",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            resources=(key_arn,),
            conditions={"StringEquals": through_ec2},
        ),
        Statement(
            sid="LetDisksUseTheKey",
            actions=("kms:CreateGrant",),
            resources=(key_arn,),
            conditions={
                "StringEquals": through_ec2,
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    )
