"""Amazon Web Services: ids, ARNs, replacements and computed outputs of the types stacks use most.

Source: the resource schemas of hashicorp/terraform-provider-aws 6 (ForceNew, RequiresReplace) and
``provider/resource_overrides.go`` of pulumi/pulumi-aws 7 (names), checked 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from rehearsal.facts.aws_forms import NAMED, iam, named, of_bucket
from rehearsal.facts.fact import Facts, Making


def _key_id(making: Making) -> str:
    multi_region = making.inputs.get("multiRegion") is True
    return making.text("mrk-{hex32}" if multi_region else "{uuid}", "id")


def _target_key_arn(making: Making) -> str:
    target = str(making.inputs.get("targetKeyId", ""))
    if target.startswith("arn:"):
        return target
    return making.text("arn:aws:kms:{region}:{account}:key/{targetKeyId}", "target")


def _primary_key_id(making: Making) -> str:
    return str(making.inputs.get("primaryKeyArn", "")).rpartition("/")[2]


def _issuer(making: Making) -> str:
    issuer = str(making.inputs.get("url", "")).removeprefix("https://")
    return making.text("arn:aws:iam::{account}:oidc-provider/", "provider") + issuer


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
    "aws:kms/replicaKey:ReplicaKey": Facts(
        id=_primary_key_id,
        outputs={
            "arn": "arn:aws:kms:{region}:{account}:key/{id}",
            "keyId": "{id}",
            "keyRotationEnabled": False,
            "keySpec": "SYMMETRIC_DEFAULT",
            "keyUsage": "ENCRYPT_DECRYPT",
        },
        replaces=("primaryKeyArn", "region"),
        name="",
    ),
    "aws:kms/alias:Alias": Facts(
        id="{name}",
        outputs={
            "arn": "arn:aws:kms:{region}:{account}:{name}",
            "targetKeyArn": _target_key_arn,
        },
        replaces=NAMED,
        auto_name="alias/{logical}-{random}",
    ),
    "aws:ecr/repository:Repository": named(
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
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": Facts(
        id="{prefix}",
        outputs={"registryId": "{account}"},
        replaces=("prefix", "region"),
        name="",
        single=True,
    ),
    "aws:cloudwatch/logGroup:LogGroup": named(
        "logs", "log-group:{name}", "logGroupClass", logGroupClass="STANDARD", retentionInDays=0
    ),
    "aws:iam/role:Role": iam(
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
    "aws:iam/user:User": iam("user{path}{name}", path="/", uniqueId="AIDA{HEX17}"),
    "aws:iam/instanceProfile:InstanceProfile": iam(
        "instance-profile{path}{name}", path="/", uniqueId="AIPA{HEX17}"
    ),
    "aws:iam/rolePolicy:RolePolicy": Facts(
        id="{role}:{name}", replaces=("name", "namePrefix", "role"), unique=False
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Facts(
        id="{role}/{policyArn}", replaces=("role", "policyArn"), single=True
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Facts(
        id=_issuer,
        outputs={"arn": "{id}", "thumbprintLists": ["{hex40}"]},
        replaces=("url",),
        name="",
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
        scope=(),
        defaults={"forceDestroy": False},
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": Facts(
        id="{accountId}", outputs={"accountId": "{account}"}, replaces=("accountId",), name=""
    ),
    "aws:s3/bucketPolicy:BucketPolicy": of_bucket(),
    "aws:s3/bucketVersioning:BucketVersioning": of_bucket(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": of_bucket(),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": of_bucket(),
    "aws:s3/bucketLogging:BucketLogging": of_bucket(),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": of_bucket(
        "objectLockEnabled"
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": of_bucket(),
    "aws:s3/bucketNotification:BucketNotification": of_bucket(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": of_bucket(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": of_bucket(),
    "aws:secretsmanager/secret:Secret": Facts(
        id="arn:aws:secretsmanager:{region}:{account}:secret:{name}-{alpha6}",
        outputs={"arn": "{id}", "policy": ""},
        replaces=NAMED,
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Facts(
        id="{secretId}|{versionId}",
        outputs={"arn": "{secretId}", "versionId": "{uuid}"},
        replaces=("*",),
        keeps=("versionStages",),
    ),
}
