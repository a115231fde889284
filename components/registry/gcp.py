"""An image registry on Google Artifact Registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud, short_hash
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.registry.interface import GcpRegistryRef, Registry
from components.registry.spec import RegistrySpec, resource_key

UNTAGGED_SECONDS: Final = 7 * 24 * 60 * 60
LONGEST_ID: Final = 63


class GcpRegistry(Registry):
    """Private repositories; an image that was pushed is never overwritten, only expired."""

    TOKEN: ClassVar[str] = "plinth:registry:GcpRegistry"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: RegistrySpec,
        cloud: GcpCloud,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the repositories, what expires in them and the mirrors."""
        super().__init__(name, cloud, opts)
        url = f"{cloud.region}-docker.pkg.dev/{cloud.project}"

        repositories = {
            path: gcp.artifactregistry.Repository(
                f"{name}-{resource_key(path)}",
                repository_id=repository_id(name, path),
                location=cloud.region,
                format="DOCKER",
                mode="STANDARD_REPOSITORY",
                description=f"Images of {path}",
                docker_config=gcp.artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
                kms_key_name=keys.ids[Purpose.REGISTRY],
                cleanup_policies=cleanup_policies(spec.keep_images),
                cleanup_policy_dry_run=False,
                vulnerability_scanning_config=_scanned(),
                deletion_policy="PREVENT" if spec.protected else "DELETE",
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
            )
            for path in spec.repositories
        }
        for mirror in spec.mirrors:
            gcp.artifactregistry.Repository(
                f"{name}-{mirror}",
                repository_id=f"{name}-{mirror}",
                location=cloud.region,
                format="DOCKER",
                mode="REMOTE_REPOSITORY",
                description=f"What was pulled from {mirror.host}",
                remote_repository_config=gcp.artifactregistry.RepositoryRemoteRepositoryConfigArgs(
                    description=mirror.host,
                    common_repository=(
                        gcp.artifactregistry.RepositoryRemoteRepositoryConfigCommonRepositoryArgs(
                            uri=f"https://{mirror.host}"
                        )
                    ),
                ),
                kms_key_name=keys.ids[Purpose.REGISTRY],
                vulnerability_scanning_config=_scanned(),
                opts=pulumi.ResourceOptions(parent=self),
            )

        self.publish(
            ref=GcpRegistryRef(
                cloud=cloud,
                url=pulumi.Output.from_input(url),
                repositories={
                    path: pulumi.Output.format("{0}/{1}/{2}", url, each.repository_id, path)
                    for path, each in repositories.items()
                },
                repository_ids={path: each.id for path, each in repositories.items()},
            ),
            unhonoured=list(_unhonoured(spec)),
        )


def repository_id(name: str, path: str) -> str:
    """The id of the repository for ``path``: as it is, where it is one, else told apart by a hash."""
    plain = f"{name}-{path}"
    if plain.replace("-", "").isalnum() and len(plain) <= LONGEST_ID and "--" not in plain:
        return plain
    letters = "".join(each if each.isalnum() else "-" for each in plain)
    return f"{letters[: LONGEST_ID - 9].rstrip('-')}-{short_hash(path)}"


def cleanup_policies(keep_images: int) -> list[gcp.artifactregistry.RepositoryCleanupPolicyArgs]:
    """Untagged images expire after a week, others too but for the newest ``keep_images``."""
    policy = gcp.artifactregistry.RepositoryCleanupPolicyArgs
    condition = gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs
    return [
        policy(
            id="keep-newest",
            action="KEEP",
            most_recent_versions=gcp.artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(
                keep_count=keep_images
            ),
        ),
        policy(
            id="expire-untagged",
            action="DELETE",
            condition=condition(tag_state="UNTAGGED", older_than=f"{UNTAGGED_SECONDS}s"),
        ),
        policy(
            id="expire-old",
            action="DELETE",
            condition=condition(tag_state="TAGGED", older_than=f"{UNTAGGED_SECONDS}s"),
        ),
    ]


def _scanned() -> gcp.artifactregistry.RepositoryVulnerabilityScanningConfigArgs:
    return gcp.artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
        enablement_config="INHERITED"
    )


def _unhonoured(spec: RegistrySpec) -> Iterator[str]:
    if spec.continuous_scan:
        yield (
            "continuous_scan: images are judged anew for 30 days after their last pull, and only"
            " where the project has the Container Scanning API on"
        )
    if spec.recoverable_elsewhere:
        yield "recoverable_elsewhere: Artifact Registry keeps images in one region"
