"""Amazon Web Services: ids, ARNs, replacements and computed outputs of the types stacks use most.

Source: the resource schemas of hashicorp/terraform-provider-aws 6 (ForceNew, RequiresReplace) and
``provider/resource_overrides.go`` of pulumi/pulumi-aws 7 (names), checked 2026-11-21.
"""

from __future__ import annotations

from typing import Any, Final

from rehearsal.facts.fact import Facts, Making, Recipe

_NAMED: Final = ("name", "namePrefix", "region")
_PORTS: Final = {"mysql": 3306, "mariadb": 3306, "oracle": 1521, "sqlserver": 1433}
_POSTGRES_PORT: Final = 5432


def _named(service: str, resource: str, *replaces: str, **outputs: Recipe) -> Facts:
    """A type whose name is its id; ``resource`` is the last part of its ARN."""
    arn = f"arn:aws:{service}:{{region}}:{{account}}:{resource}"
    return Facts(id="{name}", outputs={"arn": arn, **outputs}, replaces=(*_NAMED, *replaces))


def _iam(resource: str, *replaces: str, **outputs: Recipe) -> Facts:
    arn = f"arn:aws:iam::{{account}}:{resource}"
    return Facts(
        id="{name}",
        outputs={"arn": arn, "createDate": "2026-01-01T00:00:00Z", **outputs},
        replaces=("name", "namePrefix", "path", *replaces),
        name_limit=64,
    )


def _of_bucket(**outputs: Recipe) -> Facts:
    """A setting of a bucket."""
    return Facts(
        id="{bucket}",
        outputs=outputs,
        replaces=("bucket", "expectedBucketOwner", "region"),
        name="",
    )


def _port(making: Making) -> int:
    engine = str(making.inputs.get("engine", "")).split("-")[0]
    return _PORTS.get(engine, _POSTGRES_PORT)


def _endpoint(making: Making) -> str:
    return making.text("{address}:{port}", "endpoint")


def _managed_secret(making: Making) -> list[dict[str, Any]]:
    if making.inputs.get("manageMasterUserPassword") is not True:
        return []
    arn = making.text(
        "arn:aws:secretsmanager:{region}:{account}:secret:rds!db-{uuid}-{alpha6}", "master"
    )
    key = making.inputs.get("masterUserSecretKmsKeyId") or making.text(
        "arn:aws:kms:{region}:{account}:key/{uuid}", "master-key"
    )
    return [{"kmsKeyId": key, "secretArn": arn, "secretStatus": "active"}]


def _key_id(making: Making) -> str:
    multi_region = making.inputs.get("multiRegion") is True
    return making.text("mrk-{hex32}" if multi_region else "{uuid}", "id")


def _target_key_arn(making: Making) -> str:
    target = str(making.inputs.get("targetKeyId", ""))
    if target.startswith("arn:"):
        return target
    return making.text("arn:aws:kms:{region}:{account}:key/{targetKeyId}", "target")


_DATABASE: Final[dict[str, Recipe]] = {
    "port": _port,
    "hostedZoneId": "Z{HEX13}",
    "endpoint": _endpoint,
    "masterUserSecrets": _managed_secret,
    "masterUserSecretKmsKeyId": "",
    "engineVersionActual": "{engineVersion}",
    "kmsKeyId": "",
    "availabilityZone": "{region}a",
    "caCertIdentifier": "rds-ca-rsa2048-g1",
    "networkType": "IPV4",
    "storageType": "gp3",
    "licenseModel": "postgresql-license",
    "engineLifecycleSupport": "open-source-rds-extended-support",
    "backupWindow": "03:00-03:30",
    "maintenanceWindow": "sun:04:00-sun:04:30",
    "status": "available",
    "characterSetName": "",
    "listenerEndpoints": [],
    "replicas": [],
    "replicaMode": "",
    "resourceId": "{id}",
    "performanceInsightsKmsKeyId": "",
    "timezone": "",
    "optionGroupName": "default:{engine}-{engineVersion}",
}


AWS: Final = {
    "aws:kms/key:Key": Facts(
        id=_key_id,
        outputs={
            "arn": "arn:aws:kms:{region}:{account}:key/{id}",
            "keyId": "{id}",
            "description": "",
            "multiRegion": False,
            "rotationPeriodInDays": 365,
            "policy": '{"Version":"2012-10-17","Statement":[]}',
        },
        replaces=("customKeyStoreId", "keyUsage", "customerMasterKeySpec", "multiRegion", "region"),
        name="",
    ),
    "aws:kms/alias:Alias": Facts(
        id="{name}",
        outputs={
            "arn": "arn:aws:kms:{region}:{account}:{name}",
            "targetKeyArn": _target_key_arn,
        },
        replaces=_NAMED,
        auto_name="alias/{logical}-{random}",
    ),
    "aws:rds/instance:Instance": Facts(
        id="db-{HEX26}",
        outputs={
            "arn": "arn:aws:rds:{region}:{account}:db:{identifier}",
            "address": "{identifier}.{alpha12}.{region}.rds.amazonaws.com",
            **_DATABASE,
        },
        replaces=(
            "availabilityZone",
            "backupTarget",
            "characterSetName",
            "dbName",
            "engine",
            "kmsKeyId",
            "ncharCharacterSetName",
            "region",
            "restoreToPointInTime",
            "s3Import",
            "snapshotIdentifier",
            "storageEncrypted",
            "timezone",
            "username",
        ),
        name="identifier",
        name_limit=63,
    ),
    "aws:rds/subnetGroup:SubnetGroup": _named(
        "rds", "subgrp:{name}", supportedNetworkTypes=["IPV4"], vpcId="vpc-0{hex16}"
    ),
    "aws:rds/parameterGroup:ParameterGroup": _named("rds", "pg:{name}", "family", "description"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": _named(
        "rds", "cluster-pg:{name}", "family", "description"
    ),
    "aws:ecr/repository:Repository": _named(
        "ecr",
        "repository/{name}",
        "encryptionConfigurations",
        registryId="{account}",
        repositoryUrl="{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Facts(
        id="{repository}",
        outputs={"registryId": "{account}"},
        replaces=("policy", "region", "repository"),
        single=True,
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Facts(
        id="{repository}",
        outputs={"registryId": "{account}"},
        replaces=("region", "repository"),
        single=True,
    ),
    "aws:ecr/registryPolicy:RegistryPolicy": Facts(
        id="{account}", outputs={"registryId": "{account}"}, single=True
    ),
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": Facts(
        id="{account}", outputs={"registryId": "{account}"}, single=True
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": Facts(
        id="{account}", outputs={"registryId": "{account}"}, single=True
    ),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": Facts(
        id="{ecrRepositoryPrefix}",
        outputs={"registryId": "{account}"},
        replaces=("ecrRepositoryPrefix", "region", "upstreamRegistryUrl"),
        single=True,
    ),
    "aws:cloudwatch/logGroup:LogGroup": _named(
        "logs", "log-group:{name}", "logGroupClass", logGroupClass="STANDARD", retentionInDays=0
    ),
    "aws:iam/role:Role": _iam(
        "role{path}{name}", path="/", uniqueId="AROA{HEX17}", managedPolicyArns=[]
    ),
    "aws:iam/policy:Policy": Facts(
        id="arn:aws:iam::{account}:policy{path}{name}",
        outputs={
            "path": "/",
            "arn": "arn:aws:iam::{account}:policy{path}{name}",
            "policyId": "ANPA{HEX17}",
            "attachmentCount": 0,
        },
        replaces=("name", "namePrefix", "path", "description"),
        name_limit=128,
    ),
    "aws:iam/user:User": _iam("user{path}{name}", path="/", uniqueId="AIDA{HEX17}"),
    "aws:iam/instanceProfile:InstanceProfile": _iam(
        "instance-profile{path}{name}", path="/", uniqueId="AIPA{HEX17}"
    ),
    "aws:iam/rolePolicy:RolePolicy": Facts(
        id="{role}:{name}", replaces=("name", "namePrefix", "role"), unique=False
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Facts(
        id="{role}/{policyArn}", replaces=("role", "policyArn"), single=True
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Facts(
        id="arn:aws:iam::{account}:oidc-provider/{alpha32}",
        outputs={"arn": "{id}"},
        replaces=("url",),
    ),
    "aws:s3/bucket:Bucket": Facts(
        id="{bucket}",
        outputs={
            "arn": "arn:aws:s3:::{bucket}",
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
            "bucketRegion": "{region}",
            "hostedZoneId": "Z{HEX13}",
            "websiteDomain": "",
            "websiteEndpoint": "",
            "requestPayer": "BucketOwner",
            "accelerationStatus": "",
            "policy": "",
        },
        replaces=("bucket", "bucketPrefix", "objectLockEnabled", "region"),
        name="bucket",
        name_limit=63,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket(),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket(),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket(),
    "aws:s3/bucketLogging:BucketLogging": _of_bucket(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of_bucket(),
    "aws:secretsmanager/secret:Secret": Facts(
        id="arn:aws:secretsmanager:{region}:{account}:secret:{name}-{alpha6}",
        outputs={"arn": "{id}", "policy": ""},
        replaces=_NAMED,
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Facts(
        id="{secretId}|{versionId}",
        outputs={"arn": "{secretId}", "versionId": "{uuid}"},
        replaces=("*",),
        keeps=("versionStages",),
    ),
    "aws:eks/cluster:Cluster": _named(
        "eks",
        "cluster/{name}",
        "roleArn",
        "bootstrapSelfManagedAddons",
        endpoint="https://{HEX32}.gr7.{region}.eks.amazonaws.com",
        certificateAuthority={"data": "{hex64}"},
        identities=[{"oidcs": [{"issuer": "https://oidc.eks.{region}.amazonaws.com/id/{HEX32}"}]}],
        status="ACTIVE",
        platformVersion="eks.1",
        clusterId="",
        **{"vpcConfig.clusterSecurityGroupId": "sg-0{hex16}", "vpcConfig.vpcId": "vpc-0{hex16}"},
    ),
    "aws:eks/nodeGroup:NodeGroup": Facts(
        id="{clusterName}:{nodeGroupName}",
        outputs={
            "arn": "arn:aws:eks:{region}:{account}:nodegroup/{clusterName}/{nodeGroupName}/{uuid}",
            "status": "ACTIVE",
        },
        replaces=(
            "amiType",
            "capacityType",
            "clusterName",
            "diskSize",
            "instanceTypes",
            "nodeGroupName",
            "nodeGroupNamePrefix",
            "nodeRoleArn",
            "region",
            "remoteAccess",
            "subnetIds",
        ),
        name="nodeGroupName",
    ),
}
