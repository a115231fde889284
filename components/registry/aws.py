"""An image registry on Amazon ECR."""

from __future__ import annotations

from typing import ClassVar

import pulumi
import pulumi_aws as aws

from components.ground import AwsCloud
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.registry.aws_copies import create_copies, create_mirrors, create_scanning
from components.registry.aws_policies import lifecycle_policy, repository_arns, repository_policy
from components.registry.interface import AwsRegistryRef, Registry
from components.registry.spec import RegistrySpec, resource_key


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
        super().__init__(name, cloud, opts)
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
            create_scanning(self, name, spec)
        create_mirrors(self, name, spec, cloud, keys)
        if spec.recoverable_elsewhere:
            create_copies(self, name, spec, cloud, keys)

        url = f"{cloud.account_id}.dkr.ecr.{cloud.region}.amazonaws.com"
        self.publish(
            ref=AwsRegistryRef(
                cloud=cloud,
                url=pulumi.Output.from_input(url),
                repositories=repositories,
                repository_arns={
                    path: f"{repository_arns(cloud, name)}/{path}" for path in spec.repositories
                },
            )
        )
