"""What every variant of the database publishes."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.component import Component


class Database(Component):
    """A reachable PostgreSQL database and the credentials of its owner.

    ``secret`` leads to the owner's password: on AWS it is the ARN of the secret that RDS manages
    and rotates, on Docker the password itself. ``unhonoured`` says what the spec asks and the
    ground cannot give, one sentence each.
    """

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    database: pulumi.Output[str]
    username: pulumi.Output[str]
    secret: pulumi.Output[str]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        host: pulumi.Input[str],
        port: pulumi.Input[int],
        database: pulumi.Input[str],
        username: pulumi.Input[str],
        secret: pulumi.Input[str],
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs; ``secret`` is always a secret and not registered."""
        self.host = pulumi.Output.from_input(host)
        self.port = pulumi.Output.from_input(port)
        self.database = pulumi.Output.from_input(database)
        self.username = pulumi.Output.from_input(username)
        self.secret = pulumi.Output.secret(secret)
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "host": self.host,
                "port": self.port,
                "database": self.database,
                "username": self.username,
                "unhonoured": list(unhonoured),
            }
        )
