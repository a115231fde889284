"""What ECR makes by itself: verdicts on images, mirrors of public registries, copies elsewhere.

Repositories that ECR makes come from templates, as hardened as ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.iam import trust
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.ownership import DataClass
from components.registry.aws_policies import creator_policy, lifecycle_policy, repository_policy
from components.registry.spec import RegistrySpec

# Of what a rule of the pull-through cache puts before names. Source: CreatePullThroughCacheRule in
# the ECR API reference.
LONGEST_PREFIX: Final = 30


def create_scanning(parent: pulumi.Resource, name: str, spec: RegistrySpec) -> None:
    """Judge images by known vulnerabilities, in all repositories of the account and region."""
    aws.ecr.RegistryScanningConfiguration(
        f"{name}-scanning",
        scan_type="ENHANCED" if spec.continuous_scan else "BASIC",
        rules=[
            aws.ecr.RegistryScanningConfigurationRuleArgs(
                scan_frequency="CONTINUOUS_SCAN" if spec.continuous_scan else "SCAN_ON_PUSH",
                repository_filters=[
                    aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                        filter="*", filter_type="WILDCARD"
                    )
                ],
            )
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def create_mirrors(
    parent: pulumi.Resource, name: str, spec: RegistrySpec, cloud: AwsCloud, keys: AwsKeysRef
) -> None:
    """Let images of public registries be pulled through this one.

    Raises:
        pulumi.RunError: the name of the registry leaves no room for that of a mirror.
    """
    if not spec.mirrors:
        return
    key = keys.arns[Purpose.REGISTRY]
    prefixes = [f"{name}-{mirror}" for mirror in spec.mirrors]
    if too_long := [each for each in prefixes if len(each) > LONGEST_PREFIX]:
        raise pulumi.RunError(
            f"registry {name}: mirrors would be named {', '.join(too_long)}; ECR takes"
            f" {LONGEST_PREFIX} characters at most: shorten the name of the registry"
        )
    creator = _create_creator(parent, f"{name}-mirrors", cloud, key, prefixes)
    for mirror, prefix in zip(spec.mirrors, prefixes, strict=True):
        template = _create_template(
            parent, prefix, spec, cloud, creator, key=key, applied_for="PULL_THROUGH_CACHE"
        )
        aws.ecr.PullThroughCacheRule(
            prefix,
            ecr_repository_prefix=prefix,
            upstream_registry_url=mirror.host,
            # Otherwise the first pull makes a repository that no template hardened.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[template]),
        )


def create_copies(
    parent: pulumi.Resource, name: str, spec: RegistrySpec, cloud: AwsCloud, keys: AwsKeysRef
) -> None:
    """Copy pushed images to the recovery region.

    Raises:
        pulumi.RunError: the ground has none.
    """
    region = cloud.recovery_region
    if region is None:
        raise pulumi.RunError(
            f"registry {name}: recoverable_elsewhere is true, but ground.recovery_region is not"
            " set; set it, or set recoverable_elsewhere to false"
        )
    key = keys.arns[Purpose.BACKUP]
    creator = _create_creator(parent, f"{name}-copies", cloud, key, [name])
    template = _create_template(
        parent,
        f"{name}-copies",
        spec,
        cloud,
        creator,
        key=key,
        applied_for="REPLICATION",
        prefix=name,
        region=region,
    )
    if not spec.owns_scanning:
        return
    rule = aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
        destinations=[
            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                region=region, registry_id=cloud.account_id
            )
        ],
        repository_filters=[
            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                filter=f"{name}/", filter_type="PREFIX_MATCH"
            )
        ],
    )
    aws.ecr.ReplicationConfiguration(
        f"{name}-copies",
        replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
            rules=[rule]
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[template]),
    )


def _create_creator(
    parent: pulumi.Resource,
    role_name: str,
    cloud: AwsCloud,
    key: pulumi.Output[str],
    prefixes: Sequence[str],
) -> aws.iam.Role:
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        role_name,
        description="Makes the repositories that a pull or a copy asks for",
        assume_role_policy=trust("ecr.amazonaws.com"),
        opts=child,
    )
    aws.iam.RolePolicy(
        role_name,
        role=role.id,
        policy=key.apply(lambda arn: creator_policy(cloud, (arn,), tuple(prefixes))),
        opts=child,
    )
    return role


def _create_template(
    parent: pulumi.Resource,
    template_name: str,
    spec: RegistrySpec,
    cloud: AwsCloud,
    creator: aws.iam.Role,
    *,
    key: pulumi.Output[str],
    applied_for: str,
    prefix: str = "",
    region: str | None = None,
) -> aws.ecr.RepositoryCreationTemplate:
    return aws.ecr.RepositoryCreationTemplate(
        template_name,
        prefix=prefix or template_name,
        applied_fors=[applied_for],
        region=region,
        description="Encrypted and immutable",
        custom_role_arn=creator.arn,
        encryption_configurations=[
            aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                encryption_type="KMS", kms_key=key
            )
        ],
        image_tag_mutability="IMMUTABLE",
        lifecycle_policy=lifecycle_policy(spec.keep_images),
        repository_policy=repository_policy(cloud),
        resource_tags=cloud.ownership.tags(DataClass.INTERNAL),
        opts=pulumi.ResourceOptions(parent=parent),
    )
