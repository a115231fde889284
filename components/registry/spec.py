"""What a stack asks of its image registry."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, field_validator

from components.environment import Environment
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "gcp", "docker"})

RepositoryName = Annotated[
    str,
    Field(
        min_length=2,
        max_length=200,
        pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$",
    ),
]


class Mirror(StrEnum):
    """A public registry whose images can be pulled through ours, without credentials."""

    ECR_PUBLIC = "ecr-public"
    KUBERNETES = "kubernetes"
    QUAY = "quay"

    @property
    def host(self) -> str:
        """Where the registry answers."""
        return _HOSTS[self]


_HOSTS: Final[Mapping[Mirror, str]] = {
    Mirror.ECR_PUBLIC: "public.ecr.aws",
    Mirror.KUBERNETES: "registry.k8s.io",
    Mirror.QUAY: "quay.io",
}


class RegistrySpec(Spec):
    """A private registry with immutable, scanned images."""

    repositories: tuple[RepositoryName, ...] = Field(
        min_length=1,
        max_length=500,
        description="Names of the repositories; removing one deletes its images.",
    )
    keep_images: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=100, description="Newest tagged images kept in each repository; older ones expire."
    )
    continuous_scan: bool = Field(
        default=True,
        description="Judge stored images anew whenever a vulnerability becomes known, billed per"
        " image; otherwise only when they are pushed.",
    )
    owns_scanning: bool = Field(
        default=True,
        description="This stack holds the one scanning and the one replication configuration of the"
        " account and region; false where another stack of the same account and region holds them.",
    )
    mirrors: tuple[Mirror, ...] = Field(
        default=(),
        max_length=len(Mirror),
        description="Public registries to pull through this one, which keeps what was pulled;"
        " name images by digest, for a tag stays what it was at the first pull.",
    )
    recoverable_elsewhere: bool = Field(
        default=True, description="Copy pushed images to the ground's recovery region."
    )
    protected: bool = Field(
        default=True, description="Refuse to delete repositories, above all those with images."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "keep_images": 10,
            "continuous_scan": False,
            "recoverable_elsewhere": False,
            "protected": False,
        },
        Environment.STAGING: {
            "keep_images": 30,
            "continuous_scan": False,
            "recoverable_elsewhere": False,
        },
    }

    @field_validator("repositories", mode="after")
    @classmethod
    def _stay_apart(cls, repositories: tuple[str, ...]) -> tuple[str, ...]:
        keys = [resource_key(name) for name in repositories]
        if clashes := [name for name in repositories if keys.count(resource_key(name)) > 1]:
            raise ValueError(
                f"{', '.join(clashes)} would share one resource name: keep one of them"
            )
        return repositories


def resource_key(repository: str) -> str:
    """The part of resource names that stands for ``repository``."""
    return repository.replace("/", "-")
