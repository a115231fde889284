"""What a stack stands on: the place, and the one explicit provider that reaches it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, Self, TypeVar, assert_never

import pulumi
from pydantic import Field, ValidationInfo, model_validator

from components.environment import Environment
from components.marking import Marking, label_resources, leave_unmarked, tag_resources
from components.ownership import DataClass, Ownership
from components.spec import Spec

ZONES_AT_LEAST: Final[Mapping[Environment, int]] = {
    Environment.DEV: 2,
    Environment.STAGING: 3,
    Environment.PROD: 3,
}

AwsRegion = Annotated[
    str,
    Field(
        pattern=r"^(us-gov|af|ap|ca|eu|il|me|mx|sa|us)"
        r"-(central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]$"
    ),
]
AwsZone = Annotated[str, Field(pattern=r"^[a-z]{3,5}[1-9]-az[1-6]$")]
GcpRegion = Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+\d{1,2}$")]
GcpZone = Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+\d{1,2}-[a-f]$")]


class AwsGroundSpec(Spec):
    """One region of one AWS account."""

    kind: Literal["aws"] = Field(description="The stack stands on Amazon Web Services.")
    region: AwsRegion = Field(
        description="Region of every resource, such as eu-west-1; changing it moves the stack."
    )
    zones: tuple[AwsZone, ...] = Field(
        min_length=2,
        max_length=6,
        description="Availability zone ids, such as euw1-az1; at least 2 in dev, 3 elsewhere."
        " Adding one adds subnets, removing one destroys its subnets.",
    )
    account_id: Annotated[str, Field(pattern=r"^\d{12}$")] = Field(
        description="The account, 12 digits in quotes; the provider refuses any other account."
    )
    organization_id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")] | None = Field(
        default=None,
        description="The AWS organisation whose accounts may pull images; unset: this account.",
    )
    recovery_region: AwsRegion | None = Field(
        default=None,
        description="A second region, which keeps copies of backups, images and buckets where they"
        " are asked for.",
    )

    @model_validator(mode="after")
    def _recovery_is_elsewhere(self) -> Self:
        return refuse_recovery_at_home(self)

    @model_validator(mode="after")
    def _zones_fit(self, info: ValidationInfo) -> Self:
        prefix = zone_prefix(self.region)
        if strays := [zone for zone in self.zones if not zone.startswith(f"{prefix}-")]:
            raise ValueError(
                f"zones {', '.join(strays)} are not in region {self.region}:"
                f" its zone ids begin with {prefix}-, for example {prefix}-az1"
            )
        return refuse_few_zones(self, info)


class GcpGroundSpec(Spec):
    """One region of one Google Cloud project."""

    kind: Literal["gcp"] = Field(description="The stack stands on Google Cloud.")
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] = Field(
        description="Id of the project that holds every resource."
    )
    project_number: Annotated[str, Field(pattern=r"^\d{6,20}$")] = Field(
        description="Number of the project, digits in quotes; Google's own service accounts are"
        " named after it."
    )
    region: GcpRegion = Field(
        description="Region of every resource, such as europe-west1; changing it moves the stack."
    )
    zones: tuple[GcpZone, ...] = Field(
        min_length=2,
        max_length=6,
        description="Zones of the region, such as europe-west1-b; at least 2 in dev, 3 elsewhere.",
    )
    recovery_region: GcpRegion | None = Field(
        default=None,
        description="A second region, which keeps copies of backups, images and buckets where they"
        " are asked for.",
    )

    @model_validator(mode="after")
    def _recovery_is_elsewhere(self) -> Self:
        return refuse_recovery_at_home(self)

    @model_validator(mode="after")
    def _zones_fit(self, info: ValidationInfo) -> Self:
        if strays := [z for z in self.zones if not re.fullmatch(f"{self.region}-[a-f]", z)]:
            raise ValueError(
                f"zones {', '.join(strays)} are not in region {self.region}:"
                f" its zones begin with {self.region}-, for example {self.region}-b"
            )
        return refuse_few_zones(self, info)


class KubernetesGroundSpec(Spec):
    """An existing Kubernetes cluster."""

    kind: Literal["kubernetes"] = Field(description="The stack stands on an existing cluster.")
    context: Annotated[str, Field(min_length=1, max_length=253)] = Field(
        description="Context of the kubeconfig file that reaches the cluster."
    )


class DockerGroundSpec(Spec):
    """One Docker host."""

    kind: Literal["docker"] = Field(description="The stack stands on a Docker host.")
    host: Annotated[str, Field(pattern=r"^(unix|npipe|tcp|ssh)://\S+$")] = Field(
        default="unix:///var/run/docker.sock", description="Address of the Docker daemon."
    )
    swarm: bool = Field(
        default=False, description="The host is a swarm manager: run services, not containers."
    )


GroundSpec = Annotated[
    AwsGroundSpec | GcpGroundSpec | KubernetesGroundSpec | DockerGroundSpec,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class AwsCloud:
    """A region of an AWS account. ``zones`` are availability zone ids."""

    KIND: ClassVar[str] = "aws"

    provider: pulumi.ProviderResource
    region: str
    zones: tuple[str, ...]
    account_id: str
    ownership: Ownership
    organization_id: str | None = None
    recovery_region: str | None = None

    @property
    def partition(self) -> str:
        """The part of every ARN that names the partition."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def providers(self) -> tuple[pulumi.ProviderResource, ...]:
        """What components on this ground create their resources with."""
        return (self.provider,)

    def marking(self, data_class: DataClass) -> Marking:
        """Puts the owner's tags on a component's resources."""
        return tag_resources(self.ownership.tags(data_class))


@dataclass(frozen=True)
class GcpCloud:
    """A region of a Google Cloud project. ``zones`` are zone names."""

    KIND: ClassVar[str] = "gcp"

    provider: pulumi.ProviderResource
    project: str
    project_number: str
    region: str
    zones: tuple[str, ...]
    ownership: Ownership
    recovery_region: str | None = None

    @property
    def providers(self) -> tuple[pulumi.ProviderResource, ...]:
        """What components on this ground create their resources with."""
        return (self.provider,)

    def marking(self, data_class: DataClass) -> Marking:
        """Puts the owner's labels on a component's resources."""
        return label_resources(self.ownership.labels(data_class))


@dataclass(frozen=True)
class KubernetesContext:
    """An existing Kubernetes cluster."""

    KIND: ClassVar[str] = "kubernetes"

    provider: pulumi.ProviderResource
    context: str

    @property
    def providers(self) -> tuple[pulumi.ProviderResource, ...]:
        """What components on this ground create their resources with."""
        return (self.provider,)

    def marking(self, data_class: DataClass) -> Marking:
        """Nothing to put on a component's resources."""
        del data_class
        return leave_unmarked


@dataclass(frozen=True)
class DockerHost:
    """A Docker daemon, and ``random`` for the secrets it cannot make itself."""

    KIND: ClassVar[str] = "docker"

    provider: pulumi.ProviderResource
    random: pulumi.ProviderResource
    swarm: bool = False

    @property
    def providers(self) -> tuple[pulumi.ProviderResource, ...]:
        """What components on this ground create their resources with."""
        return (self.provider, self.random)

    def marking(self, data_class: DataClass) -> Marking:
        """Nothing to put on a component's resources: new labels would replace its volumes."""
        del data_class
        return leave_unmarked


Ground = AwsCloud | GcpCloud | KubernetesContext | DockerHost

Neighbour = TypeVar("Neighbour")


def open_ground(
    spec: AwsGroundSpec | GcpGroundSpec | KubernetesGroundSpec | DockerGroundSpec,
    ownership: Ownership,
) -> Ground:
    """Declare the explicit provider of the stack, named by the ground's kind.

    Args:
        spec: where the stack stands.
        ownership: what everything that can carry tags or labels bears (AWS, Google Cloud).
    """
    match spec:
        case AwsGroundSpec():
            import pulumi_aws as aws

            return AwsCloud(
                provider=aws.Provider(
                    "aws", region=spec.region, allowed_account_ids=[spec.account_id]
                ),
                region=spec.region,
                zones=spec.zones,
                account_id=spec.account_id,
                ownership=ownership,
                organization_id=spec.organization_id,
                recovery_region=spec.recovery_region,
            )
        case GcpGroundSpec():
            import pulumi_gcp as gcp

            return GcpCloud(
                provider=gcp.Provider("gcp", project=spec.project, region=spec.region),
                project=spec.project,
                project_number=spec.project_number,
                region=spec.region,
                zones=spec.zones,
                ownership=ownership,
                recovery_region=spec.recovery_region,
            )
        case KubernetesGroundSpec():
            import pulumi_kubernetes as kubernetes

            provider = kubernetes.Provider("kubernetes", context=spec.context)
            return KubernetesContext(provider, spec.context)
        case DockerGroundSpec():
            import pulumi_docker as docker
            import pulumi_random as random

            provider = docker.Provider("docker", host=spec.host)
            return DockerHost(provider, random.Provider("random"), spec.swarm)
        case _:
            assert_never(spec)


Placed = TypeVar("Placed", AwsGroundSpec, GcpGroundSpec)


def refuse_few_zones(spec: Placed, info: ValidationInfo) -> Placed:
    """``spec``, if it names zones once each, and as many as its environment needs.

    Raises:
        ValueError: it does not.
    """
    zones = ", ".join(spec.zones)
    if len(set(spec.zones)) < len(spec.zones):
        raise ValueError(f"zones {zones} name a zone twice: keep it once")
    environment = (info.context or {}).get("environment", Environment.PROD)
    if len(spec.zones) < (least := ZONES_AT_LEAST[environment]):
        raise ValueError(
            f"zones has {len(spec.zones)} zones ({zones}),"
            f" {environment} needs at least {least}: add zones of {spec.region}"
        )
    return spec


def refuse_recovery_at_home(spec: Placed) -> Placed:
    """``spec``, if its copies are in another region.

    Raises:
        ValueError: they are not.
    """
    if spec.recovery_region == spec.region:
        raise ValueError(
            f"recovery_region is {spec.recovery_region}, the region itself:"
            " copies there are lost with it, choose another"
        )
    return spec


def zone_prefix(region: str) -> str:
    """How the zone ids of an AWS region begin: ``euw1`` for ``eu-west-1``."""
    area, *compass, number = region.split("-")
    initials = re.findall("gov|north|south|central|east|west", " ".join(compass))
    return area + "".join(word[0] for word in initials) + number


def refuse(capability: str, ground: Ground, carried_by: frozenset[str]) -> pulumi.RunError:
    """The error for a capability that ``ground`` cannot carry."""
    return pulumi.RunError(
        f"ground.kind is {ground.KIND}, which cannot carry a {capability}:"
        f" use one of {', '.join(sorted(carried_by))}, or leave {capability} out"
    )


def neighbour(ref: object, kind: type[Neighbour]) -> Neighbour:
    """``ref`` as the kind that stands on the same ground.

    Raises:
        TypeError: ``ref`` stands on another ground.
    """
    if not isinstance(ref, kind):
        raise TypeError(f"expected {kind.__name__} of the same ground, got {type(ref).__name__}")
    return ref


def short_hash(*parts: str | int) -> str:
    """Eight hexadecimal digits, stable for the project, the stack and ``parts``.

    For physical names that have to be known before the resource exists and that several stacks
    in one account must not share.
    """
    text = "/".join(map(str, (pulumi.get_project(), pulumi.get_stack(), *parts)))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
