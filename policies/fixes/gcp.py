"""Repairs on Google Cloud.

Source: the resources of pulumi-gcp 10.2 and the documentation they carry along: each property here
changes in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.autofix import AutoFix
from policies.rule import PROD

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_DATABASE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"
_BUCKET: Final = "gcp:storage/bucket:Bucket"

GCP: Final[Mapping[str, tuple[AutoFix, ...]]] = {
    "gcp-subnet-flow-logs": (
        AutoFix(
            type=_SUBNET,
            sets={"logConfig.flowSampling": 0.5},
            because="Traffic is not touched; half of it is logged, as by default of the provider.",
        ),
    ),
    "gcp-subnet-private-google-access": (
        AutoFix(
            type=_SUBNET,
            sets={"privateIpGoogleAccess": True},
            because="It adds a way to the APIs of Google for machines without a public address.",
        ),
    ),
    "gcp-ssl-policy-modern": (
        AutoFix(
            type="gcp:compute/sSLPolicy:SSLPolicy",
            sets={"minTlsVersion": "TLS_1_2", "profile": "MODERN"},
            because="It changes while load balancers work, and current clients speak TLS 1.2.",
        ),
    ),
    "gcp-gke-no-legacy-auth": (
        AutoFix(
            type=_CLUSTER,
            sets={"enableLegacyAbac": False},
            because="Roles and IAM go on deciding; a client certificate would need a new cluster.",
        ),
    ),
    "gcp-gke-observability": (
        AutoFix(
            type=_CLUSTER,
            sets={"securityPostureConfig.mode": "BASIC"},
            adds={
                "loggingConfig.enableComponents": ("SYSTEM_COMPONENTS", "WORKLOADS"),
                "monitoringConfig.enableComponents": ("SYSTEM_COMPONENTS",),
            },
            because="Logs, metrics and the dashboard are switched on while the cluster runs.",
        ),
    ),
    "gcp-gke-deletion-protection": (
        AutoFix(
            type=_CLUSTER,
            sets={"deletionProtection": True},
            environments=PROD,
            because="It only matters once somebody deletes the cluster.",
        ),
    ),
    "gcp-gke-vpc-native-visible": (
        AutoFix(
            type=_CLUSTER,
            sets={"enableIntranodeVisibility": True},
            # Autopilot has it on, and the provider refuses both together.
            where={"enableAutopilot": (None, False)},
            because="Traffic inside a node takes the same way as any other; none of it is refused.",
        ),
    ),
    "gcp-gke-shielded-nodes": (
        AutoFix(
            type=_CLUSTER,
            sets={"enableShieldedNodes": True},
            because="The nodes are renewed one by one; what a pool says of itself is left alone.",
        ),
    ),
    "gcp-gke-node-maintenance": (
        AutoFix(
            type=_NODE_POOL,
            sets={"management.autoRepair": True, "management.autoUpgrade": True},
            because="Nodes are drained before they change, in the maintenance window.",
        ),
    ),
    "gcp-gke-kubelet-readonly-off": (
        AutoFix(
            type=_NODE_POOL,
            sets={"nodeConfig?.kubeletConfig.insecureKubeletReadonlyPortEnabled": "FALSE"},
            because="Nodes change one by one; whoever reads metrics signs in at the other port.",
        ),
        AutoFix(
            type=_CLUSTER,
            sets={
                "nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled": "FALSE"
            },
            because="It is a default for pools to come.",
        ),
    ),
    "gcp-ar-hardened": (
        AutoFix(
            type="gcp:artifactregistry/repository:Repository",
            sets={"dockerConfig.immutableTags": True},
            because="Images that are there keep their tags.",
        ),
    ),
    "gcp-sql-tls": (
        AutoFix(
            type=_DATABASE,
            sets={"settings?.ipConfiguration.sslMode": "ENCRYPTED_ONLY"},
            because="It changes while the database runs; only clients without TLS are refused.",
        ),
    ),
    "gcp-sql-backups": (
        AutoFix(
            type=_DATABASE,
            sets={"settings?.backupConfiguration.enabled": True},
            because="Backups are taken while the database works.",
        ),
    ),
    "gcp-sql-resilient": (
        AutoFix(
            type=_DATABASE,
            sets={"settings?.deletionProtectionEnabled": True, "deletionProtection": True},
            environments=PROD,
            because="The guards only matter once somebody deletes the database.",
        ),
    ),
    "gcp-kms-rotation": (
        AutoFix(
            type="gcp:kms/cryptoKey:CryptoKey",
            sets={"rotationPeriod": "7776000s"},
            because="What was encrypted before stays readable.",
        ),
    ),
    "gcp-gcs-private": (
        AutoFix(
            type=_BUCKET,
            sets={"publicAccessPrevention": "enforced"},
            because="Whoever was granted access by name keeps it.",
        ),
    ),
    "gcp-gcs-uniform-access": (
        AutoFix(
            type=_BUCKET,
            sets={"uniformBucketLevelAccess": True},
            because="Grants of IAM stay, and for 90 days ACLs can be had back.",
        ),
    ),
    "gcp-gcs-durable": (
        AutoFix(
            type=_BUCKET,
            sets={"versioning": {"enabled": True}},
            # What must be retained is not overwritten anyway.
            where={"retentionPolicy": (None,)},
            environments=PROD,
            because="It keeps what would be overwritten from now on.",
        ),
    ),
}
"""The repairs of the rules of the pack ``gcp``, by id."""
