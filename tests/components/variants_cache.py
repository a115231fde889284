"""The variants of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.cache import Cache, CacheSpec, create_cache
from components.environment import Environment
from components.keys import DockerKeysRef
from tests.components.variants import (
    AWS_PROVIDERS,
    DOCKER_ENVIRONMENTS,
    DOCKER_PROVIDERS,
    RUNTIMES,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    adopted_gcp_network,
    adopted_network,
    aws_cloud,
    docker_network,
    gcp_cloud,
)


def aws_cache(
    environment: Environment, clients: Mapping[str, str] | None = None, **asked: Any
) -> Cache:
    """A cache on AWS, and keys and a network that exist already."""
    cloud = aws_cloud(environment)
    spec = CacheSpec.resolve(environment, asked)
    return create_cache(
        adopted_network(cloud), "sessions", spec, keys=adopted_aws_keys(cloud), clients=clients
    )


def gcp_cache(
    environment: Environment, clients: Mapping[str, str] | None = None, **asked: Any
) -> Cache:
    """A cache on Google Cloud, and keys and a network that exist already."""
    cloud = gcp_cloud(environment)
    spec = CacheSpec.resolve(environment, asked)
    network = adopted_gcp_network(cloud)
    return create_cache(network, "sessions", spec, keys=adopted_gcp_keys(cloud), clients=clients)


def docker_cache(environment: Environment, *, swarm: bool = False, **asked: Any) -> Cache:
    """A cache on Docker and what it stands on; it has no use for keys."""
    network = docker_network(environment, swarm=swarm).ref
    spec = CacheSpec.resolve(environment, asked)
    return create_cache(network, "sessions", spec, keys=DockerKeysRef({}))


def cache_outputs(cache: Cache) -> Mapping[str, Any]:
    """What the contract asserts on."""
    outputs = {
        "host": cache.host,
        "port": cache.port,
        "username": cache.username,
        "secret": cache.secret,
    }
    return outputs if cache.reader_host is None else {**outputs, "reader_host": cache.reader_host}


OUTPUTS = frozenset({"host", "port", "username", "secret"})

VARIANTS = [
    Variant(
        capability="cache",
        ground="aws",
        token="plinth:cache:AwsCache",
        name="sessions",
        program=lambda environment: cache_outputs(aws_cache(environment)),
        outputs=OUTPUTS | {"reader_host"},
        secrets=frozenset({"secret"}),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:elasticache/replicationGroup:ReplicationGroup"}),
    ),
    Variant(
        capability="cache",
        ground="gcp",
        token="plinth:cache:GcpCache",
        name="sessions",
        program=lambda environment: cache_outputs(gcp_cache(environment)),
        outputs=OUTPUTS | {"reader_host"},
        secrets=frozenset({"secret"}),
        providers=frozenset({"pulumi:providers:gcp"}),
        protected=frozenset({"gcp:memorystore/instance:Instance"}),
    ),
    *(
        Variant(
            capability="cache",
            ground=ground,
            token="plinth:cache:DockerCache",
            name="sessions",
            program=lambda environment, swarm=swarm: cache_outputs(
                docker_cache(environment, swarm=swarm)
            ),
            outputs=OUTPUTS,
            secrets=frozenset({"secret"}),
            providers=DOCKER_PROVIDERS,
            protected=frozenset(),
            environments=DOCKER_ENVIRONMENTS,
        )
        for ground, swarm in RUNTIMES.items()
    ),
]
