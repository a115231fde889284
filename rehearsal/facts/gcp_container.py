"""Google Kubernetes Engine, its backups and its admission policy.

Source: the resource schemas of hashicorp/terraform-provider-google 7 (``ForceNew``, ``Default``,
ids), checked 2026-11-21; the shapes of computed values are those of the API documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making, Recipe
from rehearsal.facts.gcp_forms import below, encoded_certificate, named
from rehearsal.values import Secret

_ZONE_PARTS: Final = 3
_VERSION: Final = "1.35.1-gke.1396000"


def _given(making: Making, name: str) -> Mapping[str, Any]:
    value: Any = making.inputs.get(name)
    return value if isinstance(value, dict) else {}


def _endpoint(making: Making) -> str:
    private = _given(making, "privateClusterConfig").get("enablePrivateEndpoint") is True
    return making.text("172.16.0.{octet}" if private else "34.{octet}.{octet}.{octet}", "endpoint")


def _version(making: Making) -> str:
    return str(making.inputs.get("minMasterVersion") or _VERSION)


def _zones(making: Making) -> list[str]:
    place = making.text("{location}", "location")
    zonal = len(place.split("-")) == _ZONE_PARTS
    return [] if zonal else [f"{place}-{zone}" for zone in "bcd"]


def _groups(making: Making) -> list[str]:
    group = making.text("gke-{name}-{hex8}-grp", "group")
    place = making.text("projects/{project}/zones/{location}", "zone")
    return [f"https://www.googleapis.com/compute/v1/{place}/instanceGroupManagers/{group}"]


# The key is empty unless a client certificate was asked for, and marked in either case.
_MASTER_AUTH: Final[dict[str, Recipe]] = {
    "masterAuth": {"clientCertificateConfig": {"issueClientCertificate": False}},
    "masterAuth.clientCertificate": "",
    "masterAuth.clientKey": lambda _: Secret(""),
    "masterAuth.clusterCaCertificate": encoded_certificate,
}
_NODE_REPLACES: Final = tuple(
    f"nodeConfig.{name}"
    for name in (
        "advancedMachineFeatures",
        "bootDiskKmsKey",
        "enableConfidentialStorage",
        "ephemeralStorageLocalSsdConfig",
        "flexStart",
        "guestAccelerators",
        "hostMaintenancePolicy",
        "localNvmeSsdBlockConfig",
        "localSsdCount",
        "localSsdEncryptionMode",
        "maxRunDuration",
        "metadata",
        "minCpuPlatform",
        "nodeGroup",
        "oauthScopes",
        "preemptible",
        "reservationAffinity",
        "sandboxConfig",
        "secondaryBootDisks",
        "serviceAccount",
        "shieldedInstanceConfig",
        "soleTenantConfig",
        "spot",
    )
)

CONTAINERS: Final = {
    "gcp:container/cluster:Cluster": named(
        "projects/{project}/locations/{location}/clusters/{name}",
        "clusterIpv4Cidr",
        "confidentialNodes",
        "dataplaneOptimizationMode",
        "datapathProvider",
        "defaultMaxPodsPerNode",
        "description",
        "enableAutopilot",
        "enableKubernetesAlpha",
        "enableTpu",
        "initialNodeCount",
        "ipAllocationPolicy",
        "masterAuth.clientCertificateConfig",
        "network",
        "networkingMode",
        "privateClusterConfig.masterIpv4CidrBlock",
        "privateClusterConfig.privateEndpointSubnetwork",
        "subnetwork",
        "userManagedKeysConfig.aggregationCa",
        "userManagedKeysConfig.clusterCa",
        "userManagedKeysConfig.etcdApiCa",
        "userManagedKeysConfig.etcdPeerCa",
        name_limit=40,
        defaults={
            "deletionProtection": True,
            "enableFqdnNetworkPolicy": False,
            "enableKubernetesAlpha": False,
            "enableLegacyAbac": False,
            "enableShieldedNodes": True,
            "network": "default",
        },
        more={
            **_MASTER_AUTH,
            "clusterIpv4Cidr": "10.{octet}.0.0/17",
            "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": True}},
            "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint": (
                "gke-{hex36}-{digits12}.{location}.gke.goog"
            ),
            "emulatedVersion": "",
            "endpoint": _endpoint,
            "labelFingerprint": "{hex8}",
            "location": "{region}",
            "masterVersion": _version,
            "nodeLocations": _zones,
            "nodeVersion": _version,
            "operation": "",
            "privateClusterConfig.peeringName": "",
            "privateClusterConfig.privateEndpoint": "172.16.0.{octet}",
            "privateClusterConfig.publicEndpoint": "34.{octet}.{octet}.{octet}",
            "selfLink": "https://container.googleapis.com/v1/{id}",
            "servicesIpv4Cidr": "34.118.224.0/20",
            "tpuIpv4CidrBlock": "",
        },
    ),
    "gcp:container/nodePool:NodePool": Facts(
        id=below(
            "projects/{project}/locations/{location}/clusters/", "cluster", "/nodePools/{name}"
        ),
        outputs={
            "initialNodeCount": 1,
            "instanceGroupUrls": _groups,
            "location": "{region}",
            "managedInstanceGroupUrls": _groups,
            "maxPodsPerNode": 110,
            "nodeCount": lambda making: int(making.inputs.get("initialNodeCount") or 1),
            "nodeLocations": _zones,
            "version": _VERSION,
        },
        replaces=(
            "cluster",
            "initialNodeCount",
            "location",
            "maxPodsPerNode",
            "name",
            "namePrefix",
            "networkConfig.acceleratorNetworkProfile",
            "networkConfig.additionalNodeNetworkConfigs",
            "networkConfig.additionalPodNetworkConfigs",
            "networkConfig.createPodRange",
            "networkConfig.podCidrOverprovisionConfig",
            "networkConfig.podIpv4CidrBlock",
            "networkConfig.podRange",
            "networkConfig.subnetwork",
            "placementPolicy",
            "project",
            "queuedProvisioning",
            *_NODE_REPLACES,
        ),
        name_limit=40,
        scope=("project", "location", "cluster"),
    ),
    "gcp:gkebackup/backupPlan:BackupPlan": named(
        "projects/{project}/locations/{location}/backupPlans/{name}",
        "cluster",
        etag="{digits16}",
        protectedPodCount=0,
        state="READY",
        stateReason="",
        uid="{uuid}",
    ),
    "gcp:gkebackup/restorePlan:RestorePlan": named(
        "projects/{project}/locations/{location}/restorePlans/{name}",
        "backupPlan",
        "cluster",
        state="READY",
        stateReason="",
        uid="{uuid}",
    ),
    "gcp:binaryauthorization/policy:Policy": Facts(
        id="projects/{project}",
        outputs={"globalPolicyEvaluationMode": "ENABLE"},
        replaces=("project",),
        name="",
        single=True,
    ),
}
