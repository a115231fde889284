"""What every variant of the registry publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import pulumi

from components.component import Component
from components.ground import AwsCloud, GcpCloud
from components.network.interface import DockerNetworkRef


@dataclass(frozen=True)
class AwsRegistryRef:
    """An ECR registry; identity and access come from IAM.

    ``repository_arns`` are known in a preview, for policies that name them.
    """

    cloud: AwsCloud
    url: pulumi.Output[str]
    repositories: Mapping[str, pulumi.Output[str]]
    repository_arns: Mapping[str, str]


@dataclass(frozen=True)
class GcpRegistryRef:
    """Repositories of Artifact Registry; ``repository_ids`` is what access is granted on."""

    cloud: GcpCloud
    url: pulumi.Output[str]
    repositories: Mapping[str, pulumi.Output[str]]
    repository_ids: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True)
class DockerRegistryRef:
    """A registry on a Docker network, and the credentials that push to it."""

    network: DockerNetworkRef
    url: pulumi.Output[str]
    repositories: Mapping[str, pulumi.Output[str]]
    username: pulumi.Output[str]
    password: pulumi.Output[str]


RegistryRef = AwsRegistryRef | GcpRegistryRef | DockerRegistryRef


class Registry(Component):
    """A private image registry.

    ``url`` is the host part of image names; ``repositories`` goes from the name in the spec to
    the full image name without tag; ``unhonoured`` says what the spec asks and the ground cannot
    give, one sentence each.
    """

    url: pulumi.Output[str]
    repositories: Mapping[str, pulumi.Output[str]]
    ref: RegistryRef
    unhonoured: tuple[str, ...]

    def publish(self, *, ref: RegistryRef, unhonoured: Sequence[str] = ()) -> None:
        """Set and register the outputs; the password is always a secret and not registered."""
        match ref:
            case AwsRegistryRef() | GcpRegistryRef():
                self.ref = ref
            case DockerRegistryRef():
                self.ref = DockerRegistryRef(
                    network=ref.network,
                    url=ref.url,
                    repositories=ref.repositories,
                    username=ref.username,
                    password=pulumi.Output.secret(ref.password),
                )
            case _:
                assert_never(ref)
        self.url = ref.url
        self.repositories = ref.repositories
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "url": self.url,
                "repositories": dict(self.repositories),
                "unhonoured": list(unhonoured),
            }
        )
