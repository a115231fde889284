"""The description of a long-running service, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.network.plan import Tier
from components.versions import Image
from components.workload.problems import find_problems
from components.workload.spec import (
    HOST,
    NEIGHBOURS,
    ApiAccess,
    Autoscaling,
    Batch,
    Egress,
    Fact,
    Flow,
    Health,
    HostAccess,
    Kind,
    Outside,
    Port,
    Resources,
    Volume,
)


@dataclass(frozen=True)
class SecretKey:
    """A secret that exists already: one key of a Kubernetes Secret in the workload's namespace."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A service or a task: a value the renderers turn into pods, containers or services.

    Hardening is not part of it, because it is not a question: every renderer runs the process as
    the image's non-root user, on a read-only root, without capabilities or new privileges, within
    ``resources``.

    Attributes:
        image: What runs, pinned, and as whom.
        resources: What one replica may use.
        health: How the runtime knows that it serves; None for what runs to its end.
        kind: How many run, where and for how long.
        command: Arguments to the image's entry point; empty for the image's own.
        environment: Variables and values; a secret belongs in ``secret_files``.
        facts: Variables that say what a replica knows of itself only once it runs.
        ports: Listening ports by name.
        files: Configuration by absolute path; immutable, a change replaces the replica. A
            directory that holds files holds nothing else.
        secret_files: The same for secrets, readable by the process alone: the content, or the
            key of a Kubernetes Secret that something else makes.
        volumes: Storage that outlives the replica, by role.
        scratch_mib: Writable memory-backed directories, path to size in MiB.
        replicas: Copies that run.
        spread: Whether the copies run in different zones.
        max_unavailable: Copies that maintenance may stop at once; None for no budget.
        stop_seconds: Time between the request to stop and the kill.
        flows: Every connection to or from another workload.
        egress: Every connection to something that is no workload.
        autoscaling: Who sets the number of copies instead of ``replicas``.
        batch: How it runs, for what runs to its end.
        api_access: What it may do with the Kubernetes API.
        cloud_identity: Whether it signs in to the cloud as its service account.
        host_access: What it needs of the machine itself.
        single_because: Why one copy is all there can be, for something that would be replicated.
        description: What it is, one line for people who meet it on the cluster.

    Raises:
        pulumi.RunError: The parts contradict each other; every problem is listed.
    """

    image: Image
    resources: Resources
    health: Health | None = None
    kind: Kind = Kind.REPLICATED
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    ports: Mapping[str, Port] = field(default_factory=dict)
    files: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secret_files: Mapping[str, pulumi.Input[str] | SecretKey] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    scratch_mib: Mapping[str, int] = field(default_factory=lambda: {"/tmp": 16})  # noqa: S108
    replicas: int = 1
    spread: bool = False
    max_unavailable: int | None = None
    stop_seconds: int = 30
    flows: tuple[Flow, ...] = ()
    egress: tuple[Egress, ...] = ()
    autoscaling: Autoscaling | None = None
    batch: Batch | None = None
    api_access: tuple[ApiAccess, ...] = ()
    cloud_identity: bool = False
    host_access: HostAccess | None = None
    single_because: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        if problems := list(find_problems(self)):
            lines = "\n".join(f"  {problem}" for problem in problems)
            raise pulumi.RunError(f"the workload of {self.image.repository} is not valid:\n{lines}")

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The networks its connections cross, in a stable order."""
        ways_out = (
            {Tier.PUBLIC} if any(each.to is not Outside.NODES for each in self.egress) else set()
        )
        return tuple(sorted({flow.tier for flow in self.flows} | ways_out))

    def described_flows(self, name: str) -> tuple[dict[str, str | int], ...]:
        """Its connections as plain data, for a workload called ``name``."""
        between = (
            {
                "source": flow.source,
                "target": flow.target,
                "port": flow.port,
                "number": flow.number or self.ports[flow.port].number,
            }
            for flow in self.flows
            if flow.number is not None or flow.target == name
        )
        outside = (
            {"source": name, "target": str(each.to), "port": "", "number": each.port}
            for each in self.egress
        )
        return (*between, *outside)

    def published_ports(self, name: str) -> dict[str, int]:
        """Ports on the host by port name, for a workload called ``name``."""
        return {
            flow.port: flow.published_port
            for flow in self.flows
            if flow.target == name and flow.published_port is not None
        }

    def check_flows(self, name: str) -> None:
        """Refuse flows that do not fit a workload called ``name``.

        Raises:
            pulumi.RunError: A flow neither starts nor ends here, or ends at a port there is none of.
        """
        for flow in self.flows:
            if name not in (flow.source, flow.target):
                ends = {flow.source, flow.target} - {HOST, NEIGHBOURS}
                raise pulumi.RunError(
                    f"{name}: the flow from {flow.source} to {flow.target} does not concern it; "
                    f"give it to {' and '.join(sorted(ends))}"
                )
            if name == flow.target and flow.port not in self.ports:
                raise pulumi.RunError(
                    f"{name}: the flow from {flow.source} calls the port {flow.port!r}; "
                    f"ports has {', '.join(sorted(self.ports)) or 'none'}"
                )
