"""What every variant of the cache publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.ground import AwsCloud, DockerHost, GcpCloud


@dataclass(frozen=True)
class AwsCacheRef:
    """A cache of Amazon ElastiCache.

    Who may ``elasticache:Connect`` to ``group_arn`` and ``user_arn`` logs in as ``username`` with
    an IAM token. ``firewall_id`` is the security group that its clients are let through.
    """

    cloud: AwsCloud
    group_arn: pulumi.Output[str]
    user_arn: pulumi.Output[str]
    username: str
    firewall_id: pulumi.Output[str]


@dataclass(frozen=True)
class GcpCacheRef:
    """A cache of Google's Memorystore, by its full name: ``projects/…/instances/…``."""

    cloud: GcpCloud
    instance_name: pulumi.Output[str]


@dataclass(frozen=True)
class DockerCacheRef:
    """A Valkey workload."""

    host: DockerHost


CacheRef = AwsCacheRef | GcpCacheRef | DockerCacheRef


class Cache(Component):
    """A reachable Valkey server and how its clients log in.

    ``secret`` leads to what ``username`` logs in with: on AWS it is the ARN of the user who logs in
    with an IAM token, on Google Cloud the full name of the instance that accepts the caller's own
    IAM token, on Docker the password itself. ``reader_host`` answers reads where there are
    replicas. ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: CacheRef
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str] | None
    port: pulumi.Output[int]
    username: pulumi.Output[str]
    secret: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        ref: CacheRef,
        host: pulumi.Input[str],
        port: pulumi.Input[int],
        username: pulumi.Input[str],
        secret: pulumi.Input[str],
        reader_host: pulumi.Output[str] | None = None,
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs; ``secret`` is always a secret and not registered."""
        self.ref = ref
        self.host = pulumi.Output.from_input(host)
        self.reader_host = reader_host
        self.port = pulumi.Output.from_input(port)
        self.username = pulumi.Output.from_input(username)
        self.secret = pulumi.Output.secret(secret)
        self.unhonoured = tuple(unhonoured)
        outputs = {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "unhonoured": list(unhonoured),
        }
        if reader_host is not None:
            outputs["reader_host"] = reader_host
        self.register_outputs(outputs)
