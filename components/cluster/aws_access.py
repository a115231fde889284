"""Who reaches the API of an EKS cluster, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.cluster.spec import ClusterSpec
from components.ground import AwsCloud


def create_administrators(
    parent: pulumi.Resource,
    name: str,
    spec: ClusterSpec,
    cloud: AwsCloud,
    cluster: aws.eks.Cluster,
) -> list[aws.eks.AccessPolicyAssociation]:
    """Let the administrators do everything in the cluster; nobody else reaches it."""
    associations: list[aws.eks.AccessPolicyAssociation] = []
    for administrator in spec.administrators:
        principal = f"arn:{cloud.partition}:iam::{cloud.account_id}:role/{administrator}"
        role = f"{name}-administrator-{administrator}"
        entry = aws.eks.AccessEntry(
            role,
            cluster_name=cluster.name,
            principal_arn=principal,
            type="STANDARD",
            opts=pulumi.ResourceOptions(parent=parent),
        )
        associations.append(
            aws.eks.AccessPolicyAssociation(
                role,
                cluster_name=cluster.name,
                principal_arn=principal,
                policy_arn=(
                    f"arn:{cloud.partition}:eks::aws:cluster-access-policy"
                    "/AmazonEKSClusterAdminPolicy"
                ),
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[entry]),
            )
        )
    return associations


def kubeconfig(cloud: AwsCloud, physical_name: str, cluster: aws.eks.Cluster) -> pulumi.Output[str]:
    """A kubeconfig in JSON, without a credential: whoever uses it is who AWS knows them as."""
    credentials: dict[str, Any] = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "aws",
        "args": [
            "eks",
            "get-token",
            "--cluster-name",
            physical_name,
            "--region",
            cloud.region,
            "--output",
            "json",
        ],
        "installHint": "Install the AWS CLI, version 2.",
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }
    server = {
        "server": cluster.endpoint,
        "certificate-authority-data": cluster.certificate_authority.data,
    }
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": physical_name, "cluster": server}],
            "users": [{"name": physical_name, "user": {"exec": credentials}}],
            "contexts": [
                {
                    "name": physical_name,
                    "context": {"cluster": physical_name, "user": physical_name},
                }
            ],
            "current-context": physical_name,
        }
    )


def create_provider(
    parent: pulumi.Resource,
    name: str,
    config: pulumi.Output[str],
    cluster: aws.eks.Cluster,
    after: Sequence[pulumi.Resource],
) -> kubernetes.Provider:
    """What workloads are created with, once an administrator may and nodes can run them.

    On the way down it goes first, so that whoever deploys can still delete the workloads.
    """
    return kubernetes.Provider(
        f"{name}-kubernetes",
        kubeconfig=pulumi.Output.secret(config),
        # Another endpoint is another cluster; everything else about the kubeconfig may change
        # without workloads being made anew.
        cluster_identifier=cluster.endpoint,
        enable_server_side_apply=True,
        # A cluster that does not answer still has its workloads.
        delete_unreachable=False,
        skip_update_unreachable=False,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )
