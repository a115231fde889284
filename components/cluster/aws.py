"""A Kubernetes cluster on Amazon EKS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.cluster.aws_access import create_administrators, create_provider, kubeconfig
from components.cluster.aws_addons import create_addons_below_nodes, create_addons_on_nodes
from components.cluster.aws_karpenter import create_karpenter
from components.cluster.aws_nodes import create_pools, refuse_small_pools
from components.cluster.aws_roles import cluster_name, create_cluster_role, create_node_role
from components.cluster.interface import Cluster, KubernetesRef
from components.cluster.spec import ClusterSpec, ControlPlaneLog
from components.cluster.storage import create_storage_class
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.interface import AwsNetworkRef

LOG_TYPES: Final[Mapping[ControlPlaneLog, str]] = {
    ControlPlaneLog.API: "api",
    ControlPlaneLog.AUDIT: "audit",
    ControlPlaneLog.AUTHENTICATOR: "authenticator",
    ControlPlaneLog.CONTROLLER_MANAGER: "controllerManager",
    ControlPlaneLog.SCHEDULER: "scheduler",
}


class AwsCluster(Cluster):
    """An EKS cluster with its nodes in the private subnets.

    Access is granted by entries, to administrators alone. Add-ons and pods get permissions by EKS
    Pod Identity; nodes have none that pods could borrow.
    """

    TOKEN: ClassVar[str] = "plinth:cluster:AwsCluster"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: ClusterSpec,
        network: AwsNetworkRef,
        keys: AwsKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the control plane, its add-ons, its nodes and who reaches it.

        Raises:
            pulumi.RunError: a pool may not have a node in every zone.
        """
        super().__init__(name, network.cloud, opts)
        cloud = network.cloud
        refuse_small_pools(name, spec, list(network.private_subnet_ids))
        physical_name = cluster_name(name, cloud)
        disk_key = keys.arns[Purpose.VOLUMES]

        cluster = self._create_control_plane(name, physical_name, spec, network, keys)
        administrators = create_administrators(self, name, spec, cloud, cluster)
        node_role, node_permissions = create_node_role(self, name, "nodes", cloud)
        below = create_addons_below_nodes(
            self, name, spec, cloud, physical_name, cluster, network.pod_subnet_ids
        )
        # Nodes go before the add-ons that take their network interfaces away again, and before
        # the permissions to do so.
        nodes = create_pools(
            self,
            name,
            spec,
            cloud,
            cluster,
            node_role,
            disk_key,
            network.private_subnet_ids,
            after=[*below, *node_permissions],
        )
        on_nodes = create_addons_on_nodes(
            self, name, spec, cloud, physical_name, cluster, disk_key, after=nodes
        )
        karpenter = (
            create_karpenter(self, name, cloud, physical_name, cluster, disk_key)
            if spec.provisioning
            else []
        )

        config = kubeconfig(cloud, physical_name, cluster)
        provider = create_provider(
            self, name, config, cluster, after=[*administrators, *nodes, *on_nodes, *karpenter]
        )
        self.publish(
            ref=KubernetesRef(
                cloud=cloud,
                provider=provider,
                cluster_name=cluster.name,
                nodes_firewall_id=cluster.vpc_config.cluster_security_group_id,
                storage_class=create_storage_class(
                    self,
                    name,
                    spec,
                    provider,
                    cluster,
                    "ebs.csi.aws.com",
                    {"type": "gp3", "encrypted": "true", "kmsKeyId": disk_key},
                ),
                api_server_cidrs=(network.vpc_cidr, _api_service(network)),
                node_cidrs=(network.vpc_cidr,),
                resource=cluster,
            ),
            endpoint=cluster.endpoint,
            kubeconfig=config,
            unhonoured=list(_unhonoured(spec)),
        )

    def _create_control_plane(
        self,
        name: str,
        physical_name: str,
        spec: ClusterSpec,
        network: AwsNetworkRef,
        keys: AwsKeysRef,
    ) -> aws.eks.Cluster:
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            # Where EKS writes; one that it has to create itself is neither encrypted nor expires.
            name=f"/aws/eks/{physical_name}/cluster",
            kms_key_id=keys.arns[Purpose.LOGS],
            retention_in_days=spec.log_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role, permission = create_cluster_role(self, name, physical_name, network.cloud)
        return aws.eks.Cluster(
            name,
            name=physical_name,
            role_arn=role.arn,
            version=spec.version,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=list(network.private_subnet_ids.values()),
                endpoint_private_access=True,
                endpoint_public_access=bool(spec.api_clients),
                # None would be everybody, were the endpoint public.
                public_access_cidrs=[str(each) for each in spec.api_clients.values()] or None,
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                ip_family="ipv4", service_ipv4_cidr=network.services_cidr
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(
                    key_arn=keys.arns[Purpose.CLUSTER]
                ),
                resources=["secrets"],
            ),
            enabled_cluster_log_types=[LOG_TYPES[log] for log in spec.control_plane_logs],
            bootstrap_self_managed_addons=False,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
            deletion_protection=spec.protected,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=spec.protected,
                depends_on=[logs, permission],
                # The name is taken until the old one is gone.
                delete_before_replace=True,
                # EKS refuses other zones than those it began with; nodes may stand in any.
                ignore_changes=["vpcConfig.subnetIds"],
            ),
        )


def _api_service(network: AwsNetworkRef) -> str:
    """Where pods find the API: at the first address of the services.

    Network policies on EKS judge the address that a pod calls, before it becomes one of the VPC.
    """
    return f"{IPv4Network(network.services_cidr)[1]}/32"


def _unhonoured(spec: ClusterSpec) -> Iterator[str]:
    yield (
        "release_channel: EKS has no channels; the cluster is upgraded when version changes, or"
        " by AWS when standard support of its version ends"
    )
    yield "maintenance_window: EKS has none; upgrades happen when the stack is updated"
    if any(pool.nodes_at_most > pool.nodes_at_least for pool in spec.pools.values()):
        yield (
            "nodes_at_most: nothing grows the pools by itself; run the cluster autoscaler in the"
            " cluster"
        )
    if spec.provisioning:
        yield (
            "provisioning: roles, queue and tags are there; nodes come once the Karpenter"
            " controller runs in the cluster, with a NodePool limited to"
            f" {spec.provisioning.limit_cpus} vCPUs and {spec.provisioning.limit_memory_gib} GiB"
        )
