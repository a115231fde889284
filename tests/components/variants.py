"""Every variant of every capability, for the contract tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pulumi

from components.database import Database, DatabaseSpec, create_database
from components.environment import Environment
from components.ground import (
    AwsCloud,
    AwsGroundSpec,
    DockerGroundSpec,
    DockerHost,
    GcpCloud,
    GcpGroundSpec,
    open_ground,
)
from components.keys import (
    AwsKeysRef,
    DockerKeysRef,
    GcpKeysRef,
    Keys,
    KeysSpec,
    Purpose,
    create_keys,
)
from components.network import (
    AwsNetworkRef,
    DockerNetworkRef,
    GcpNetworkRef,
    Network,
    NetworkSpec,
    Tier,
    create_network,
)
from components.ownership import Ownership
from components.registry import (
    AwsRegistryRef,
    DockerRegistryRef,
    GcpRegistryRef,
    Registry,
    RegistrySpec,
    create_registry,
)
from rehearsal.plugin import Recording, Registration, record, record_both

ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")
ACCOUNT = "123456789012"
GCP_ZONES = ("europe-west1-b", "europe-west1-c", "europe-west1-d")
PROJECT = "plinth-tests"
PROJECT_NUMBER = "210987654321"
OWNERSHIP = Ownership(
    application="platform", environment="tests", owner="Team Tests", cost_centre="R&D"
)


@dataclass(frozen=True)
class Variant:
    """One way to build a capability, with what the contract says of it.

    ``program`` builds the component ``name`` and what it stands on in an environment and returns
    its published outputs; ``protected`` holds the types that production refuses to delete.
    """

    capability: str
    ground: str
    token: str
    name: str
    program: Callable[[Environment], Mapping[str, Any]]
    outputs: frozenset[str]
    secrets: frozenset[str]
    providers: frozenset[str]
    protected: frozenset[str]
    environments: tuple[Environment, ...] = tuple(Environment)

    def __str__(self) -> str:
        return f"{self.capability}-{self.ground}"


@cache
def recorded(variant: Variant, environment: Environment, *, preview: bool = False) -> Recording:
    """What ``variant`` registers in ``environment``, its neighbours included."""
    return record(lambda: variant.program(environment), preview=preview)


def both_recorded(variant: Variant, environment: Environment) -> Recording:
    """The same, after a preview that has to register the same."""
    return record_both(lambda: variant.program(environment))


def component(variant: Variant, recording: Recording) -> Registration:
    """The component itself."""
    return recording.named(variant.name, variant.token)


def own(variant: Variant, recording: Recording) -> Recording:
    """The component and everything below it, without its neighbours."""
    inside = {component(variant, recording).urn}
    grown = True
    while grown:
        below = {each.urn for each in recording.resources if each.parent in inside}
        grown = not below <= inside
        inside |= below
    kept = tuple(each for each in recording.resources if each.urn in inside)
    return replace(recording, resources=kept)


def aws_cloud(environment: Environment, **asked: Any) -> AwsCloud:
    """A region of a made-up account."""
    document = {
        "kind": "aws",
        "region": "eu-west-1",
        "zones": ZONES,
        "account_id": ACCOUNT,
        "recovery_region": "eu-central-1",
        **asked,
    }
    cloud = open_ground(AwsGroundSpec.resolve(environment, document), OWNERSHIP)
    assert isinstance(cloud, AwsCloud)
    return cloud


def gcp_cloud(environment: Environment, **asked: Any) -> GcpCloud:
    """A region of a made-up project."""
    document = {
        "kind": "gcp",
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": "europe-west1",
        "zones": GCP_ZONES,
        "recovery_region": "europe-west4",
        **asked,
    }
    cloud = open_ground(GcpGroundSpec.resolve(environment, document), OWNERSHIP)
    assert isinstance(cloud, GcpCloud)
    return cloud


def adopted_aws_keys(cloud: AwsCloud) -> AwsKeysRef:
    """Keys that exist already, known by their ARNs."""

    def arn(purpose: Purpose) -> pulumi.Output[str]:
        region = cloud.recovery_region if purpose is Purpose.BACKUP else cloud.region
        return pulumi.Output.from_input(f"arn:aws:kms:{region}:{ACCOUNT}:key/{purpose}")

    return AwsKeysRef({purpose: arn(purpose) for purpose in _purposes(cloud)})


def adopted_gcp_keys(cloud: GcpCloud) -> GcpKeysRef:
    """Keys that exist already, known by their ids."""

    def id_of(purpose: Purpose) -> pulumi.Output[str]:
        region = cloud.recovery_region if purpose is Purpose.BACKUP else cloud.region
        ring = f"projects/{PROJECT}/locations/{region}/keyRings/adopted"
        return pulumi.Output.from_input(f"{ring}/cryptoKeys/{purpose}")

    return GcpKeysRef({purpose: id_of(purpose) for purpose in _purposes(cloud)})


def _purposes(cloud: AwsCloud | GcpCloud) -> list[Purpose]:
    return [p for p in Purpose if cloud.recovery_region or p is not Purpose.BACKUP]


def adopted_gcp_network(cloud: GcpCloud) -> GcpNetworkRef:
    """A VPC network that exists already, known by its ids."""
    network = f"projects/{PROJECT}/global/networks/adopted"
    subnet = f"projects/{PROJECT}/regions/{cloud.region}/subnetworks/adopted"
    return GcpNetworkRef(
        cloud=cloud,
        cidr="10.20.0.0/16",
        network_id=pulumi.Output.from_input(network),
        private_subnet_id=pulumi.Output.from_input(f"{subnet}-private"),
        data_subnet_id=pulumi.Output.from_input(f"{subnet}-data"),
        pods_range=pulumi.Output.from_input("pods"),
        services_range=pulumi.Output.from_input("services"),
        peered_network_id=pulumi.Output.from_input(network),
        connected_network_id=pulumi.Output.from_input(network),
    )


def aws_keys(environment: Environment, cloud: AwsCloud) -> Keys:
    """The keys of a stack on AWS."""
    return create_keys(cloud, "keys", KeysSpec.resolve(environment, {}))


def aws_network(
    environment: Environment, *, zones: tuple[str, ...] = ZONES, **asked: Any
) -> Network:
    """A network on AWS and what it stands on."""
    cloud = aws_cloud(environment, zones=zones)
    keys = aws_keys(environment, cloud)
    spec = NetworkSpec.resolve(environment, {"cidr": "10.20.0.0/16", **asked})
    return create_network(cloud, "core", spec, keys=keys.ref)


def adopted_network(cloud: AwsCloud) -> AwsNetworkRef:
    """A VPC that exists already, known by its ids."""

    def subnet_ids(tier: Tier) -> dict[str, pulumi.Output[str]]:
        return {zone: pulumi.Output.from_input(f"subnet-{tier}-{zone}") for zone in cloud.zones}

    return AwsNetworkRef(
        cloud=cloud,
        vpc_id=pulumi.Output.from_input("vpc-0a"),
        vpc_cidr="10.20.0.0/16",
        public_subnet_ids=subnet_ids(Tier.PUBLIC),
        private_subnet_ids=subnet_ids(Tier.PRIVATE),
        data_subnet_ids=subnet_ids(Tier.DATA),
        pod_subnet_ids={},
        services_cidr="172.20.0.0/16",
    )


def aws_registry(
    environment: Environment, organization_id: str | None = None, **asked: Any
) -> Registry:
    """A registry on AWS and what it stands on."""
    cloud = aws_cloud(environment, organization_id=organization_id)
    keys = aws_keys(environment, cloud)
    spec = RegistrySpec.resolve(environment, {"repositories": ("api", "web/front"), **asked})
    return create_registry(cloud, "images", spec, keys=keys.ref, network=adopted_network(cloud))


def aws_database(
    environment: Environment, clients: Mapping[str, str] | None = None, **asked: Any
) -> Database:
    """A database on AWS and what it stands on."""
    cloud = aws_cloud(environment)
    keys = aws_keys(environment, cloud)
    spec = DatabaseSpec.resolve(environment, {"database": "orders", **asked})
    return create_database(adopted_network(cloud), "orders", spec, keys=keys.ref, clients=clients)


def docker_host(*, swarm: bool = False) -> DockerHost:
    """A Docker host that nothing runs on."""
    host = open_ground(DockerGroundSpec(kind="docker", swarm=swarm), OWNERSHIP)
    assert isinstance(host, DockerHost)
    return host


def docker_keys(environment: Environment, host: DockerHost) -> Keys:
    """The keys of a stack on Docker."""
    return create_keys(host, "keys", KeysSpec.resolve(environment, {}))


def docker_network(environment: Environment, *, swarm: bool = False) -> Network:
    """A network on Docker and what it stands on."""
    host = docker_host(swarm=swarm)
    spec = NetworkSpec.resolve(environment, {"cidr": "10.40.0.0/16"})
    return create_network(host, "core", spec, keys=docker_keys(environment, host).ref)


def docker_registry(environment: Environment, *, swarm: bool = False) -> Registry:
    """A registry on Docker and what it stands on."""
    host = docker_host(swarm=swarm)
    keys = docker_keys(environment, host)
    network = create_network(
        host, "core", NetworkSpec.resolve(environment, {"cidr": "10.40.0.0/16"}), keys=keys.ref
    )
    spec = RegistrySpec.resolve(environment, {"repositories": ("api", "web/front")})
    return create_registry(host, "images", spec, keys=keys.ref, network=network.ref)


def docker_database(environment: Environment, *, swarm: bool = False) -> Database:
    """A database on Docker and what it stands on."""
    host = docker_host(swarm=swarm)
    keys = docker_keys(environment, host)
    network = create_network(
        host, "core", NetworkSpec.resolve(environment, {"cidr": "10.40.0.0/16"}), keys=keys.ref
    )
    spec = DatabaseSpec.resolve(environment, {"database": "orders"})
    return create_database(network.ref, "orders", spec, keys=keys.ref)


def keys_outputs(keys: Keys) -> Mapping[str, Any]:
    """What the contract asserts on: each key or secret under its purpose."""
    match keys.ref:
        case AwsKeysRef(arns=values) | GcpKeysRef(ids=values) | DockerKeysRef(secrets=values):
            return {str(purpose): value for purpose, value in values.items()}


def network_outputs(network: Network) -> Mapping[str, Any]:
    """What the contract asserts on."""
    match network.ref:
        case AwsNetworkRef() as ref:
            return {
                "vpc_id": ref.vpc_id,
                "public": list(ref.public_subnet_ids.values()),
                "private": list(ref.private_subnet_ids.values()),
                "data": list(ref.data_subnet_ids.values()),
            }
        case GcpNetworkRef() as ref:
            return {
                "network_id": ref.network_id,
                "private": ref.private_subnet_id,
                "data": ref.data_subnet_id,
                "pods": ref.pods_range,
                "services": ref.services_range,
                "peered": ref.peered_network_id,
                "connected": ref.connected_network_id,
            }
        case DockerNetworkRef() as ref:
            return {str(tier): segment.name for tier, segment in ref.tiers.items()}


def registry_outputs(registry: Registry) -> Mapping[str, Any]:
    """What the contract asserts on."""
    outputs = {"url": registry.url, "repositories": registry.repositories}
    match registry.ref:
        case AwsRegistryRef() | GcpRegistryRef():
            return outputs
        case DockerRegistryRef(username=username, password=password):
            return {**outputs, "username": username, "password": password}


def database_outputs(database: Database) -> Mapping[str, Any]:
    """What the contract asserts on."""
    return {
        "host": database.host,
        "port": database.port,
        "database": database.database,
        "username": database.username,
        "secret": database.secret,
    }


AWS_PROVIDERS = frozenset({"pulumi:providers:aws"})
DOCKER_PROVIDERS = frozenset({"pulumi:providers:docker", "pulumi:providers:random"})
DOCKER_ENVIRONMENTS = (Environment.DEV,)
RUNTIMES = {"docker": False, "swarm": True}

KEYS = [
    Variant(
        capability="keys",
        ground="aws",
        token="plinth:keys:AwsKeys",
        name="keys",
        program=lambda environment: keys_outputs(aws_keys(environment, aws_cloud(environment))),
        outputs=frozenset(map(str, Purpose)),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:kms/key:Key"}),
    ),
    Variant(
        capability="keys",
        ground="docker",
        token="plinth:keys:DockerKeys",
        name="keys",
        program=lambda environment: keys_outputs(docker_keys(environment, docker_host())),
        outputs=frozenset({"data", "logs", "registry", "secrets"}),
        secrets=frozenset({"data", "logs", "registry", "secrets"}),
        providers=DOCKER_PROVIDERS,
        protected=frozenset({"random:index/randomBytes:RandomBytes"}),
        environments=DOCKER_ENVIRONMENTS,
    ),
]
NETWORKS = [
    Variant(
        capability="network",
        ground="aws",
        token="plinth:network:AwsNetwork",
        name="core",
        program=lambda environment: network_outputs(aws_network(environment)),
        outputs=frozenset({"vpc_id", "public", "private", "data"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket"}),
    ),
    *(
        Variant(
            capability="network",
            ground=ground,
            token="plinth:network:DockerNetwork",
            name="core",
            program=lambda environment, swarm=swarm: network_outputs(
                docker_network(environment, swarm=swarm)
            ),
            outputs=frozenset({"public", "private", "data"}),
            secrets=frozenset(),
            providers=DOCKER_PROVIDERS,
            protected=frozenset({"docker:index/network:Network"}),
            environments=DOCKER_ENVIRONMENTS,
        )
        for ground, swarm in RUNTIMES.items()
    ),
]
REGISTRIES = [
    Variant(
        capability="registry",
        ground="aws",
        token="plinth:registry:AwsRegistry",
        name="images",
        program=lambda environment: registry_outputs(aws_registry(environment)),
        outputs=frozenset({"url", "repositories"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:ecr/repository:Repository"}),
    ),
    *(
        Variant(
            capability="registry",
            ground=ground,
            token="plinth:registry:DockerRegistry",
            name="images",
            program=lambda environment, swarm=swarm: registry_outputs(
                docker_registry(environment, swarm=swarm)
            ),
            outputs=frozenset({"url", "repositories", "username", "password"}),
            secrets=frozenset({"password"}),
            providers=DOCKER_PROVIDERS,
            protected=frozenset({"docker:index/volume:Volume"}),
            environments=DOCKER_ENVIRONMENTS,
        )
        for ground, swarm in RUNTIMES.items()
    ),
]
DATABASES = [
    Variant(
        capability="database",
        ground="aws",
        token="plinth:database:AwsDatabase",
        name="orders",
        program=lambda environment: database_outputs(aws_database(environment)),
        outputs=frozenset({"host", "port", "database", "username", "secret"}),
        secrets=frozenset({"secret"}),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:rds/instance:Instance"}),
    ),
    *(
        Variant(
            capability="database",
            ground=ground,
            token="plinth:database:DockerDatabase",
            name="orders",
            program=lambda environment, swarm=swarm: database_outputs(
                docker_database(environment, swarm=swarm)
            ),
            outputs=frozenset({"host", "port", "database", "username", "secret"}),
            secrets=frozenset({"secret"}),
            providers=DOCKER_PROVIDERS,
            protected=frozenset({"docker:index/volume:Volume"}),
            environments=DOCKER_ENVIRONMENTS,
        )
        for ground, swarm in RUNTIMES.items()
    ),
]
VARIANTS = [*KEYS, *NETWORKS, *REGISTRIES, *DATABASES]
