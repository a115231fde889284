"""Elastic Kubernetes Service: ids, ARNs, replacements, defaults and computed outputs.

Source: the resource schemas of hashicorp/terraform-provider-aws 6 (``aws_eks_cluster`` read
2026-11-21; the others written from memory) and the shapes of the EKS API.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from rehearsal.facts.aws_forms import named
from rehearsal.facts.fact import Facts, Making

_ARN: Final = "arn:aws:eks:{region}:{account}"
_VERSION: Final = "1.35"


def _authority(making: Making) -> dict[str, str]:
    body = base64.b64encode(making.draw("certificate", 384)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    pem = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    return {"data": base64.b64encode(pem.encode()).decode()}


def _entry_arn(making: Making) -> str:
    principal = str(making.inputs.get("principalArn", "")).rpartition(":")[2]
    kind, _, name = principal.partition("/")
    return making.text(
        f"{_ARN}:access-entry/{{clusterName}}/{kind}/{{account}}/{name}/{{uuid}}", "entry"
    )


def _user_name(making: Making) -> str:
    principal = str(making.inputs.get("principalArn", ""))
    if ":role/" not in principal:
        return principal
    name = principal.rpartition("/")[2]
    return making.text("arn:aws:sts::{account}:assumed-role/", "user") + name + "/{{SessionName}}"


def _groups(making: Making) -> list[dict[str, Any]]:
    group = making.text("eks-{nodeGroupName}-{uuid}", "group")
    return [{"autoscalingGroups": [{"name": group}], "remoteAccessSecurityGroupId": ""}]


EKS: Final = {
    "aws:eks/cluster:Cluster": named(
        "eks",
        "cluster/{name}",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "outpostConfig",
        "roleArn",
        name_limit=100,
        certificateAuthority=_authority,
        clusterId="",
        createdAt="2026-01-01T00:00:00Z",
        deletionProtection=False,
        endpoint="https://{HEX32}.gr7.{region}.eks.amazonaws.com",
        identities=[{"oidcs": [{"issuer": "https://oidc.eks.{region}.amazonaws.com/id/{HEX32}"}]}],
        kubernetesNetworkConfig={"ipFamily": "ipv4"},
        platformVersion="eks.1",
        status="ACTIVE",
        upgradePolicy={"supportType": "EXTENDED"},
        version=_VERSION,
        more={
            "accessConfig": {"authenticationMode": "CONFIG_MAP"},
            "kubernetesNetworkConfig.serviceIpv4Cidr": "172.20.0.0/16",
            "vpcConfig.clusterSecurityGroupId": "sg-0{hex16}",
            "vpcConfig.vpcId": "vpc-0{hex16}",
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Facts(
        id="{clusterName}:{nodeGroupName}",
        outputs={
            "amiType": "AL2023_x86_64_STANDARD",
            "arn": f"{_ARN}:nodegroup/{{clusterName}}/{{nodeGroupName}}/{{uuid}}",
            "capacityType": "ON_DEMAND",
            "diskSize": 20,
            "instanceTypes": ["t3.medium"],
            "nodeGroupName": "{nodeGroupNamePrefix}{digits26}",
            "releaseVersion": f"{_VERSION}.0-20260101",
            "resources": _groups,
            "status": "ACTIVE",
            "version": _VERSION,
        },
        replaces=(
            "amiType",
            "capacityType",
            "clusterName",
            "diskSize",
            "instanceTypes",
            "launchTemplate.id",
            "launchTemplate.name",
            "nodeGroupName",
            "nodeGroupNamePrefix",
            "nodeRoleArn",
            "region",
            "remoteAccess",
            "subnetIds",
        ),
        name="nodeGroupName",
        name_limit=63,
        scope=("clusterName", "region"),
    ),
    "aws:eks/addon:Addon": Facts(
        id="{clusterName}:{addonName}",
        outputs={
            "addonVersion": "v1.20.0-eksbuild.1",
            "arn": f"{_ARN}:addon/{{clusterName}}/{{addonName}}/{{uuid}}",
            "configurationValues": "",
            "createdAt": "2026-01-01T00:00:00Z",
            "modifiedAt": "2026-01-01T00:00:00Z",
        },
        replaces=("addonName", "clusterName", "region"),
        name="",
    ),
    "aws:eks/accessEntry:AccessEntry": Facts(
        id="{clusterName}:{principalArn}",
        outputs={"accessEntryArn": _entry_arn, "kubernetesGroups": [], "userName": _user_name},
        replaces=("clusterName", "principalArn", "region", "type"),
        name="",
        defaults={"type": "STANDARD"},
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Facts(
        id="{clusterName}#{principalArn}#{policyArn}",
        replaces=("*",),
        name="",
        single=True,
    ),
    # A service account of a cluster can have one association, whatever its id.
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Facts(
        id="{associationId}",
        outputs={
            "associationArn": f"{_ARN}:podidentityassociation/{{clusterName}}/{{associationId}}",
            "associationId": "a-{alpha17}",
            "disableSessionTags": False,
            "externalId": "",
        },
        replaces=("clusterName", "namespace", "region", "serviceAccount"),
        name="serviceAccount",
        scope=("namespace", "clusterName", "region"),
    ),
}
