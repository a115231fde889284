"""What a running workload tells the rest of the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.component import Component


class RunningWorkload(Component):
    """A workload on a runtime.

    Attributes:
        host: DNS name by which the other ends of its flows reach it.
        ports: Port numbers by name, ``{"http": 5000}``.
        published: Addresses on the host itself by port name, ``{"http": "127.0.0.1:5000"}``.
        flows: Its connections, ``{"source", "target", "port", "number"}``; ends that are no
            workload begin with ``@``.
        unhonoured: What the description asks and the runtime cannot give, one sentence each.
    """

    host: pulumi.Output[str]
    ports: pulumi.Output[Mapping[str, int]]
    published: pulumi.Output[Mapping[str, str]]
    flows: tuple[Mapping[str, str | int], ...]
    unhonoured: tuple[str, ...]

    def publish(
        self,
        *,
        host: pulumi.Input[str],
        ports: Mapping[str, int],
        published: Mapping[str, str],
        flows: Sequence[Mapping[str, str | int]],
        unhonoured: Sequence[str],
    ) -> None:
        """Set and register the outputs; none is secret."""
        self.host = pulumi.Output.from_input(host)
        # An address is true once something answers there, which is what the host waits for.
        self.ports = self.host.apply(lambda _: ports)
        self.published = self.host.apply(lambda _: published)
        self.flows = tuple(flows)
        self.unhonoured = tuple(unhonoured)
        self.register_outputs(
            {
                "host": self.host,
                "ports": self.ports,
                "published": self.published,
                "flows": [dict(flow) for flow in flows],
                "unhonoured": list(unhonoured),
            }
        )
