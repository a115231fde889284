"""A workload on Kubernetes."""

from __future__ import annotations

from typing import ClassVar, assert_never

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from components.namespace.interface import NamespaceRef
from components.workload.interface import RunningWorkload
from components.workload.kubernetes_access import create_access
from components.workload.kubernetes_batch import create_cron_job, create_job
from components.workload.kubernetes_controllers import (
    create_daemon_set,
    create_deployment,
    create_stateful_set,
    timeouts,
)
from components.workload.kubernetes_files import Delivery, deliver
from components.workload.kubernetes_labels import labels
from components.workload.kubernetes_limits import unhonoured_by_kubernetes
from components.workload.kubernetes_network import network_policy
from components.workload.kubernetes_pod import pod_template
from components.workload.kubernetes_services import (
    create_autoscaler,
    create_budget,
    create_priority,
    create_services,
    replicas_service,
)
from components.workload.kubernetes_volumes import create_claims
from components.workload.spec import Batch, Kind
from components.workload.workload import Workload


class KubernetesWorkload(RunningWorkload):
    """Hardened pods, their files and storage; they talk along their flows and to nobody else."""

    TOKEN: ClassVar[str] = "plinth:workload:KubernetesWorkload"  # noqa: S105

    def __init__(
        self,
        name: str,
        workload: Workload,
        namespace: NamespaceRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare who the workload is, whom it talks to, its files, its storage and its pods.

        Raises:
            pulumi.RunError: a flow does not fit the workload, or it needs the machine itself in a
                namespace where nobody may.
        """
        workload.check_flows(name)
        _refuse_host(name, workload, namespace)
        super().__init__(name, namespace.cluster.context, opts)
        place = namespace.plain_name
        cluster = namespace.cluster.resource
        child = pulumi.ResourceOptions(
            parent=self, depends_on=[namespace.resource], deleted_with=cluster
        )

        policy = networking.NetworkPolicy(
            name,
            metadata=meta.ObjectMetaArgs(name=name, namespace=place, labels=labels(name, place)),
            spec=network_policy(name, workload, namespace.cluster),
            opts=child,
        )
        access = create_access(name, place, workload, child)
        files = deliver(name, place, workload, child)
        # Nothing waits for them: a claim is bound once a pod uses it.
        create_claims(name, namespace, workload, self)
        priority, priorities = create_priority(name, place, workload, child)
        services = create_services(name, place, workload, child)
        controller = self._create_controller(
            name,
            workload,
            namespace,
            pod_template(name, place, workload, files, priority),
            files,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[policy, *access, *files.resources, *priorities],
                deleted_with=cluster,
                custom_timeouts=timeouts(workload),
            ),
        )
        create_autoscaler(name, place, workload, child)
        create_budget(name, place, workload, child)

        host = f"{name}.{place}.svc"
        self.publish(
            host=pulumi.Output.all(controller.id, *(each.id for each in services)).apply(
                lambda _: host
            ),
            ports={key: port.number for key, port in workload.ports.items()},
            published={},
            flows=workload.described_flows(name),
            unhonoured=unhonoured_by_kubernetes(name, workload, namespace),
        )

    def _create_controller(
        self,
        name: str,
        workload: Workload,
        namespace: NamespaceRef,
        template: core.PodTemplateSpecArgs,
        files: Delivery,
        opts: pulumi.ResourceOptions,
    ) -> pulumi.CustomResource:
        plan = workload.batch or Batch()
        match workload.kind:
            case Kind.REPLICATED:
                return create_deployment(name, namespace, workload, template, opts)
            case Kind.STATEFUL:
                service = replicas_service(name)
                return create_stateful_set(name, namespace, workload, template, service, opts)
            case Kind.PER_NODE:
                return create_daemon_set(name, namespace, workload, template, opts)
            case Kind.SCHEDULED:
                return create_cron_job(name, namespace, workload, plan, template, opts)
            case Kind.ONE_SHOT:
                return create_job(name, namespace, workload, plan, template, files, opts)
            case _:
                assert_never(workload.kind)


def _refuse_host(name: str, workload: Workload, namespace: NamespaceRef) -> None:
    if workload.host_access and not namespace.host_access:
        raise pulumi.RunError(
            f"{name}: host_access is given, and the namespace {namespace.plain_name} lets nobody"
            " reach the machine; run it in a namespace with the level privileged"
        )
