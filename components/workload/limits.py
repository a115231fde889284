"""What Docker cannot give a workload, said aloud."""

from __future__ import annotations

from collections.abc import Iterator

from components.network.plan import Tier
from components.workload.rollout import copies
from components.workload.spec import HOST, NEIGHBOURS, Fact, Kind
from components.workload.workload import Workload


def unhonoured_by_host(name: str, workload: Workload) -> tuple[str, ...]:
    """What a single Docker host does not honour of ``workload``, one sentence each."""
    access = workload.host_access
    return (
        *_of_one_host(workload),
        *_of_docker(workload),
        *(
            _of_the_machines_network(name, workload)
            if access and access.network
            else _of_networks(name, workload)
        ),
    )


def unhonoured_by_swarm(name: str, workload: Workload) -> tuple[str, ...]:
    """What a Docker swarm does not honour of ``workload``, one sentence each."""
    return (
        *_of_a_swarm(name, workload),
        *_of_docker(workload),
        *_of_networks(name, workload),
    )


def _of_one_host(workload: Workload) -> Iterator[str]:
    if workload.autoscaling is not None:
        yield (
            f"autoscaling: {workload.autoscaling.replicas_at_least} to"
            f" {workload.autoscaling.replicas_at_most} are asked, 1 runs; a single Docker host has"
            " no scheduler and no load balancer"
        )
    if workload.replicas > 1:
        yield (
            f"replicas: {workload.replicas} are asked, 1 runs; a single Docker host has no "
            "scheduler and no load balancer"
        )
    if workload.spread:
        yield "spread: a single Docker host is one zone"
    if (reserved := workload.resources.cpus_reserved) is not None:
        yield f"cpus_reserved: {reserved:g} is asked; a single Docker host reserves nothing"
    if workload.secret_files:
        yield (
            "secret_files: they rest unencrypted in a volume on the host's disk; in swarm mode "
            "they stay in memory"
        )
    for variable, fact in sorted(workload.facts.items()):
        if fact in (Fact.NODE, Fact.NODE_ADDRESS):
            yield f"facts.{variable}: a container does not know its {fact}; it is told a stand-in"
    if workload.health is not None and workload.health.alive is not None:
        yield "health.alive: a Docker host restarts what ends, not what hangs"


def _of_a_swarm(name: str, workload: Workload) -> Iterator[str]:
    # The provider's service has no property for it (pulumi-docker 5.2), its container has.
    yield "no_new_privileges: a service cannot ask for it; the daemon's own setting decides"
    if workload.autoscaling is not None:
        yield f"autoscaling: {copies(workload)} run and stay; a swarm does not follow the load"
    if workload.host_access and (workload.host_access.network or workload.host_access.processes):
        yield "host_access: a service has no access to the network or the processes of its node"
    if workload.volumes and workload.replicas > 1:
        yield (
            f"replicas: {workload.replicas} are asked, 1 runs; the copies would share one volume"
        )
    if workload.volumes and workload.kind is not Kind.PER_NODE:
        yield "volumes: they are local to a manager and do not follow the service to another"
    if workload.kind is Kind.PER_NODE:
        yield (
            "health: nothing waits until a service that runs on every node is healthy; its update"
            " is rolled back all the same"
        )
    if any(flow.source == HOST and flow.target == name for flow in workload.flows):
        yield (
            "published_port: a service publishes on every address of every node, not on the "
            "loopback address alone"
        )
    for variable, fact in sorted(workload.facts.items()):
        if fact is Fact.NODE_ADDRESS:
            yield f"facts.{variable}: a service is told the name of its node, not the address"
    if workload.health is not None and workload.health.alive is not None:
        yield "health.alive: a swarm replaces a replica whose health command fails, and asks no more"


def _of_docker(workload: Workload) -> Iterator[str]:
    if workload.health is not None and not workload.health.command:
        yield "health: the image has no program to ask with, so Docker cannot tell if it serves"
    for variable, fact in sorted(workload.facts.items()):
        if fact is Fact.ADDRESS:
            yield (
                f"facts.{variable}: it is told 0.0.0.0, every address of its own, to listen on;"
                " nobody else can use that"
            )
    for role, volume in sorted(workload.volumes.items()):
        if "size_gib" in volume.model_fields_set:
            yield (
                f"volumes.{role}: {volume.size_gib} GiB are asked; a Docker volume is as large as"
                " the host's disk"
            )
    if workload.api_access:
        yield "api_access: there is no Kubernetes API to have access to"
    if workload.cloud_identity:
        yield "cloud_identity: a Docker host signs in to no cloud"
    if workload.batch is not None:
        yield (
            f"batch.deadline_seconds: {workload.batch.deadline_seconds} are asked; Docker lets a"
            " task run as long as it takes"
        )
    if workload.max_unavailable is not None:
        yield (
            f"max_unavailable: {workload.max_unavailable} is asked; Docker has no disruption budget"
        )


def _of_networks(name: str, workload: Workload) -> Iterator[str]:
    if workload.egress:
        called = ", ".join(sorted({f"{each.to} port {each.port}" for each in workload.egress}))
        if set(workload.tiers) <= {Tier.DATA}:
            yield f"egress: {called} is asked; none of its networks leads out"
        else:
            yield f"egress: only {called} is asked; a Docker network that leads out leads everywhere"
    tiers = sorted(
        {
            flow.tier
            for flow in workload.flows
            if flow.target == name and flow.source not in (HOST, NEIGHBOURS)
        }
    )
    for tier in tiers:
        yield (
            f"flows: every workload on the tier {tier} can call every port of this one; a Docker "
            "network filters neither by caller nor by port"
        )


def _of_the_machines_network(name: str, workload: Workload) -> Iterator[str]:
    for port in workload.published_ports(name):
        yield (
            f"published_port: it listens on port {workload.ports[port].number} of every address of"
            " the machine, whose network it uses"
        )
    if any(HOST not in (flow.source, flow.target) for flow in workload.flows):
        yield (
            "flows: what uses the machine's network has no name on the networks of the others, and"
            " nothing filters who calls it"
        )
    if workload.egress:
        yield "egress: the machine's network leads everywhere"
