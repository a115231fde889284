"""What every variant of the identity publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.component import Component


class Identity(Component):
    """Somebody the cloud knows, with what they were granted and nothing else.

    ``principal`` is known once every grant is in place: on AWS the ARN of a role, on Google Cloud
    the member that roles are bound to. ``annotations`` belong on the Kubernetes service account,
    if any. ``login`` is what a job of continuous integration logs in with: ``audience`` of its
    token, and ``role_arn`` on AWS, ``provider`` and perhaps ``service_account`` on Google Cloud;
    empty for a service account of Kubernetes. ``database_user`` is the PostgreSQL user that the
    identity connects as, None without a grant on a database. ``unhonoured`` says what the spec
    asks and the ground cannot give, one sentence each.
    """

    principal: pulumi.Output[str]
    annotations: Mapping[str, pulumi.Output[str]]
    login: Mapping[str, pulumi.Output[str]]
    database_user: str | None
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        principal: pulumi.Output[str],
        annotations: Mapping[str, pulumi.Output[str]],
        login: Mapping[str, pulumi.Output[str]],
        database_user: str | None,
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs; none of them is a credential."""
        self.principal = principal
        self.annotations = annotations
        self.login = login
        self.database_user = database_user
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "principal": principal,
                "annotations": dict(annotations),
                "login": dict(login),
                "database_user": database_user,
                "unhonoured": list(unhonoured),
            }
        )
