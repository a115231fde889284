"""Repairs on AWS.

Source: the resources of pulumi-aws 7.51 and the documentation they carry along: each property here
changes in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.autofix import AutoFix, Configured
from policies.rule import PROD

_DB: Final = "aws:rds/instance:Instance"
_DB_CLUSTER: Final = "aws:rds/cluster:Cluster"
_CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_KEY: Final = "aws:kms/key:Key"
_REPOSITORY: Final = "aws:ecr/repository:Repository"

AWS: Final[Mapping[str, tuple[AutoFix, ...]]] = {
    "aws-subnet-no-auto-public-ip": (
        AutoFix(
            type="aws:ec2/subnet:Subnet",
            sets={"mapPublicIpOnLaunch": False},
            environments=frozenset({"dev"}),
            because="Machines that run keep their addresses; only new ones get none.",
        ),
    ),
    "aws-ec2-imdsv2": (
        AutoFix(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            sets={
                "metadataOptions.httpTokens": "required",
                "metadataOptions.httpPutResponseHopLimit": 2,
            },
            because="It makes a version of the template; machines that run are left alone.",
        ),
        AutoFix(
            type="aws:ec2/instance:Instance",
            sets={
                "metadataOptions.httpTokens": "required",
                "metadataOptions.httpPutResponseHopLimit": 1,
            },
            because="The options change while the machine runs, and current SDKs take a token.",
        ),
    ),
    "aws-ebs-encrypted": (
        AutoFix(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            sets={"blockDeviceMappings.*.ebs?.encrypted": "true"},
            # A disk made from a snapshot takes no word on encryption.
            where={"snapshotId": (None,)},
            because="It makes a version of the template; disks that are there are left alone.",
        ),
    ),
    "aws-eks-control-plane-logs": (
        AutoFix(
            type="aws:eks/cluster:Cluster",
            adds={"enabledClusterLogTypes": ("api", "audit", "authenticator")},
            because="Logs are switched on while the cluster runs.",
        ),
    ),
    "aws-rds-not-public": tuple(
        AutoFix(
            type=type_,
            sets={"publiclyAccessible": False},
            because="The address goes while the database runs; its name keeps leading to it.",
        )
        for type_ in (_DB, _CLUSTER_INSTANCE)
    ),
    "aws-rds-backup-retention": tuple(
        AutoFix(
            type=type_,
            sets={"backupRetentionPeriod": Configured("least_days", 7)},
            because="Backups that are there are kept; more of them follow.",
        )
        for type_ in (_DB, _DB_CLUSTER)
    ),
    "aws-rds-deletion-protection": tuple(
        AutoFix(
            type=type_,
            sets={"deletionProtection": True, "skipFinalSnapshot": False},
            environments=PROD,
            because="Both only matter once somebody deletes the database.",
        )
        for type_ in (_DB, _DB_CLUSTER)
    ),
    "aws-rds-minor-upgrades": tuple(
        AutoFix(
            type=type_,
            sets={"autoMinorVersionUpgrade": True},
            because="Upgrades wait for the maintenance window.",
        )
        for type_ in (_DB, _CLUSTER_INSTANCE)
    ),
    "aws-rds-iam-auth": tuple(
        AutoFix(
            type=type_,
            sets={"iamDatabaseAuthenticationEnabled": True},
            because="It adds a way to sign in, which nobody has without a grant.",
        )
        for type_ in (_DB, _DB_CLUSTER)
    ),
    "aws-ecr-immutable-tags": (
        AutoFix(
            type=_REPOSITORY,
            sets={"imageTagMutability": "IMMUTABLE"},
            # The service refuses filters of a repository without exclusions.
            where={"imageTagMutabilityExclusionFilters": (None, [])},
            because="Images that are there keep their tags.",
        ),
    ),
    "aws-ecr-scan-on-push": (
        AutoFix(
            type=_REPOSITORY,
            sets={"imageScanningConfiguration.scanOnPush": True},
            always=True,
            because="It scans what is pushed from now on, also where the registry scans already.",
        ),
    ),
    "aws-kms-rotation": (
        AutoFix(
            type=_KEY,
            sets={"enableKeyRotation": True},
            # Material in a key store is rotated by whoever keeps it.
            where={"customKeyStoreId": (None,), "xksKeyId": (None,)},
            because="What was encrypted before stays readable.",
        ),
    ),
    "aws-kms-deletion-window": (
        AutoFix(
            type=_KEY,
            sets={"deletionWindowInDays": 14},
            environments=frozenset({"staging"}),
            because="It only matters once somebody deletes the key.",
        ),
        AutoFix(
            type=_KEY,
            sets={"deletionWindowInDays": 30},
            environments=PROD,
            because="It only matters once somebody deletes the key.",
        ),
    ),
    "aws-s3-block-public-access": (
        AutoFix(
            type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            sets={
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
            because="Whoever was granted access by name keeps it.",
        ),
    ),
    "aws-s3-versioned": (
        AutoFix(
            type="aws:s3/bucketVersioning:BucketVersioning",
            sets={"versioningConfiguration.status": "Enabled"},
            always=True,
            because="It keeps what would be overwritten from now on.",
        ),
    ),
    "aws-s3-owner-enforced": (
        AutoFix(
            type="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            sets={"rule.objectOwnership": "BucketOwnerEnforced"},
            because="The service refuses it while an ACL still grants something to others.",
        ),
    ),
    "aws-secret-recoverable": (
        AutoFix(
            type="aws:secretsmanager/secret:Secret",
            sets={"recoveryWindowInDays": 7},
            environments=PROD,
            because="It only matters once somebody deletes the secret.",
        ),
    ),
    "aws-secret-policy-private": (
        AutoFix(
            type="aws:secretsmanager/secretPolicy:SecretPolicy",
            sets={"blockPublicPolicy": True},
            always=True,
            because="It has the service itself refuse a policy for everybody, also one not known.",
        ),
    ),
    "aws-lb-tls-policy": (
        AutoFix(
            type="aws:lb/listener:Listener",
            sets={"sslPolicy": Configured("policies", "ELBSecurityPolicy-TLS13-1-2-2021-06")},
            because="It changes while the listener works, and every current client speaks TLS 1.2.",
        ),
    ),
    "aws-lb-hardened": (
        AutoFix(
            type="aws:lb/loadBalancer:LoadBalancer",
            sets={"dropInvalidHeaderFields": True},
            where={"loadBalancerType": (None, "application")},
            because="Only header fields that no standard allows are dropped.",
        ),
    ),
    "aws-cloudtrail-complete": (
        AutoFix(
            type="aws:cloudtrail/trail:Trail",
            sets={
                "isMultiRegionTrail": True,
                "enableLogFileValidation": True,
                "enableLogging": True,
                "includeGlobalServiceEvents": True,
            },
            because="The trail records more, where it did before.",
        ),
    ),
    "aws-loggroup-retention-kms": (
        AutoFix(
            type="aws:cloudwatch/logGroup:LogGroup",
            sets={"retentionInDays": Configured("least_days", 365)},
            where={"logGroupClass": (None, "STANDARD", "INFREQUENT_ACCESS")},
            because="A year is kept, or the configured days if they are more; what is older goes.",
        ),
    ),
    "aws-elasticache-resilient": (
        AutoFix(
            type="aws:elasticache/replicationGroup:ReplicationGroup",
            sets={"snapshotRetentionLimit": 7},
            environments=PROD,
            because="Snapshots are taken of a replica while the cache works.",
        ),
    ),
}
"""The repairs of the rules of the pack ``aws``, by id."""
