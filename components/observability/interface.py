"""What observability tells the rest of the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.component import Component


class Observability(Component):
    """Metrics, logs, traces, dashboards and alerts of a stack.

    Attributes:
        otlp: Address that applications send OTLP over gRPC to, ``host:4317``.
        addresses: Where its parts answer by role, ``{"grafana": "127.0.0.1:3000"}``: on the host
            itself on Docker, inside the cluster on Kubernetes.
        admin_password: Password of Grafana's user admin, where the component made it.
        alerts: Number of alerts that are evaluated.
        unhonoured: What was asked and the ground cannot give, one sentence each.
    """

    otlp: pulumi.Output[str]
    addresses: pulumi.Output[Mapping[str, str]]
    admin_password: pulumi.Output[str] | None
    alerts: int
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        otlp: pulumi.Input[str],
        addresses: Mapping[str, pulumi.Input[str]],
        alerts: int,
        admin_password: pulumi.Output[str] | None = None,
        unhonoured: Sequence[str] = (),
    ) -> None:
        """Set and register the outputs; the password is always a secret and not registered."""
        self.otlp = pulumi.Output.from_input(otlp)
        self.addresses = pulumi.Output.all(**addresses)
        self.admin_password = (
            None if admin_password is None else pulumi.Output.secret(admin_password)
        )
        self.alerts = alerts
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "otlp": self.otlp,
                "addresses": self.addresses,
                "alerts": alerts,
                "unhonoured": list(unhonoured),
            }
        )
