"""What every variant of the database publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.ground import AwsCloud, DockerHost, GcpCloud


@dataclass(frozen=True)
class AwsDatabaseRef:
    """A server of Amazon RDS or Aurora.

    ``resource_id`` names it in the policy of a principal that logs in with an IAM token;
    ``secret_arn`` is the secret with the password of ``username``; ``firewall_id`` is the security
    group that its clients are let through.
    """

    cloud: AwsCloud
    resource_id: pulumi.Output[str]
    username: str
    secret_arn: pulumi.Output[str]
    firewall_id: pulumi.Output[str]


@dataclass(frozen=True)
class GcpDatabaseRef:
    """A server of Cloud SQL; ``owner_email`` is the service account that owns its database."""

    cloud: GcpCloud
    instance_name: pulumi.Output[str]
    owner_email: pulumi.Output[str]


@dataclass(frozen=True)
class DockerDatabaseRef:
    """A PostgreSQL workload."""

    host: DockerHost


DatabaseRef = AwsDatabaseRef | GcpDatabaseRef | DockerDatabaseRef


class Database(Component):
    """A reachable PostgreSQL database and the credentials of its owner.

    ``secret`` leads to what the owner logs in with: on AWS it is the ARN of the secret that RDS
    manages and rotates, on Google Cloud the e-mail of the service account that logs in with its
    IAM token, on Docker the password itself. ``reader_host`` answers reads where there are read
    replicas. ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: DatabaseRef
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str] | None
    port: pulumi.Output[int]
    database: pulumi.Output[str]
    username: pulumi.Output[str]
    secret: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        ref: DatabaseRef,
        host: pulumi.Input[str],
        port: pulumi.Input[int],
        database: pulumi.Input[str],
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
        self.database = pulumi.Output.from_input(database)
        self.username = pulumi.Output.from_input(username)
        self.secret = pulumi.Output.secret(secret)
        self.unhonoured = tuple(unhonoured)
        outputs = {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "username": self.username,
            "unhonoured": list(unhonoured),
        }
        if reader_host is not None:
            outputs["reader_host"] = reader_host
        self.register_outputs(outputs)
