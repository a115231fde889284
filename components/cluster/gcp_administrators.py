"""Who administers a GKE cluster."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cluster.gcp_names import administrator_role_id
from components.cluster.spec import ClusterSpec
from components.ground import GcpCloud

# Grants inside the cluster, and what extends its API. Google's own role for that could delete the
# cluster as well. Source: "IAM roles and permissions" of Google Kubernetes Engine, checked
# 2026-11-21.
BEYOND_DEVELOPERS: Final = (
    "container.clusterRoleBindings.create",
    "container.clusterRoleBindings.delete",
    "container.clusterRoleBindings.get",
    "container.clusterRoleBindings.list",
    "container.clusterRoleBindings.update",
    "container.clusterRoles.bind",
    "container.clusterRoles.create",
    "container.clusterRoles.delete",
    "container.clusterRoles.escalate",
    "container.clusterRoles.get",
    "container.clusterRoles.list",
    "container.clusterRoles.update",
    "container.clusters.connect",
    "container.clusters.get",
    "container.customResourceDefinitions.create",
    "container.customResourceDefinitions.delete",
    "container.customResourceDefinitions.get",
    "container.customResourceDefinitions.list",
    "container.customResourceDefinitions.update",
    "container.mutatingWebhookConfigurations.create",
    "container.mutatingWebhookConfigurations.delete",
    "container.mutatingWebhookConfigurations.get",
    "container.mutatingWebhookConfigurations.list",
    "container.mutatingWebhookConfigurations.update",
    "container.roleBindings.create",
    "container.roleBindings.delete",
    "container.roleBindings.get",
    "container.roleBindings.list",
    "container.roleBindings.update",
    "container.roles.bind",
    "container.roles.create",
    "container.roles.delete",
    "container.roles.escalate",
    "container.roles.get",
    "container.roles.list",
    "container.roles.update",
    "container.validatingWebhookConfigurations.create",
    "container.validatingWebhookConfigurations.delete",
    "container.validatingWebhookConfigurations.get",
    "container.validatingWebhookConfigurations.list",
    "container.validatingWebhookConfigurations.update",
)


def create_administrators(
    parent: pulumi.Resource, name: str, spec: ClusterSpec, cloud: GcpCloud, cluster_name: str
) -> list[gcp.projects.IAMMember]:
    """Let the administrators do everything inside this cluster, and nothing in another.

    The format of the name is that of regional clusters in "Resource attributes for IAM Conditions",
    checked 2026-11-21.
    """
    role_id = administrator_role_id(name)
    role = gcp.projects.IAMCustomRole(
        f"{name}-administrator",
        role_id=role_id,
        title=f"Administrator of {name}",
        description=f"What administrators of the cluster {name} may beside its developers",
        permissions=list(BEYOND_DEVELOPERS),
        stage="GA",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    roles = {
        "objects": "roles/container.developer",
        "permissions": f"projects/{cloud.project}/roles/{role_id}",
    }
    resource = f"projects/{cloud.project}/locations/{cloud.region}/clusters/{cluster_name}"
    return [
        gcp.projects.IAMMember(
            f"{name}-administrator-{administrator}-{key}",
            project=cloud.project,
            role=granted,
            member=f"serviceAccount:{administrator}@{cloud.project}.iam.gserviceaccount.com",
            condition=gcp.projects.IAMMemberConditionArgs(
                title=f"cluster {cluster_name}",
                description=f"The cluster {name} alone",
                expression=f'resource.name == "{resource}"',
            ),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[role]),
        )
        for administrator in spec.administrators
        for key, granted in roles.items()
    ]
