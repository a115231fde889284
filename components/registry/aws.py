"""An image registry on Amazon ECR."""

from __future__ import annotations

import json
from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.iam import EVERYONE, Statement, document
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.registry.interface import AwsRegistryRef, Registry
from components.registry.spec import RegistrySpec, resource_key

UNTAGGED_DAYS: Final = 7
PULL: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
)
PUSH: Final = (
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


class AwsRegistry(Registry):
    """Private ECR repositories; an image that was pushed is never overwritten, only expired."""

    TOKEN: ClassVar[str] = "plinth:registry:AwsRegistry"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: RegistrySpec,
        cloud: AwsCloud,
        keys: AwsKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the repositories, what expires in them and who may use them."""
        super().__init__(name, [cloud.provider], opts)
        child = pulumi.ResourceOptions(parent=self)

        repositories: dict[str, pulumi.Output[str]] = {}
        for path in spec.repositories:
            role = f"{name}-{resource_key(path)}"
            repository = aws.ecr.Repository(
                role,
                # Image names contain it, so it is an interface.
                name=f"{name}/{path}",
                image_tag_mutability="IMMUTABLE",
                encryption_configurations=[
                    aws.ecr.RepositoryEncryptionConfigurationArgs(
                        encryption_type="KMS", kms_key=keys.arns[Purpose.REGISTRY]
                    )
                ],
                image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                    scan_on_push=True
                ),
                force_delete=not spec.protected,
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
            )
            aws.ecr.LifecyclePolicy(
                role,
                repository=repository.name,
                policy=lifecycle_policy(spec.keep_images),
                opts=child,
            )
            aws.ecr.RepositoryPolicy(
                role, repository=repository.name, policy=repository_policy(cloud), opts=child
            )
            repositories[path] = repository.repository_url
        if spec.owns_scanning:
            aws.ecr.RegistryScanningConfiguration(
                f"{name}-scanning",
                scan_type="ENHANCED" if spec.continuous_scan else "BASIC",
                rules=[
                    aws.ecr.RegistryScanningConfigurationRuleArgs(
                        scan_frequency=(
                            "CONTINUOUS_SCAN" if spec.continuous_scan else "SCAN_ON_PUSH"
                        ),
                        repository_filters=[
                            aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                                filter="*", filter_type="WILDCARD"
                            )
                        ],
                    )
                ],
                opts=child,
            )

        url = f"{cloud.account_id}.dkr.ecr.{cloud.region}.amazonaws.com"
        self.publish(
            ref=AwsRegistryRef(
                cloud=cloud, url=pulumi.Output.from_input(url), repositories=repositories
            )
        )


def lifecycle_policy(keep_images: int) -> str:
    """Untagged images expire after a week, tagged ones after ``keep_images`` newer ones; JSON."""
    rules = [
        {
            "rulePriority": 1,
            "description": f"Untagged images expire after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {keep_images} images stay",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": keep_images,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules})


def repository_policy(cloud: AwsCloud) -> str:
    """The account may pull and push, its organisation, if it has one, may pull; in JSON."""
    account = f"arn:{cloud.partition}:iam::{cloud.account_id}:root"
    statements = [
        Statement(sid="AccountUses", actions=PULL + PUSH, principal={"AWS": account}),
    ]
    if cloud.organization_id:
        organization = {"StringEquals": {"aws:PrincipalOrgID": cloud.organization_id}}
        statements.append(
            Statement(
                sid="OrganisationPulls",
                actions=PULL,
                principal=EVERYONE,
                conditions=organization,
            )
        )
    return document(*statements)
