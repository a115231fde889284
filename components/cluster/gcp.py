"""Kubernetes on Google Kubernetes Engine."""

from __future__ import annotations

from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.cluster.gcp_access import (
    authorized_networks,
    create_provider,
    endpoint,
    endpoints,
    kubeconfig,
)
from components.cluster.gcp_administrators import create_administrators
from components.cluster.gcp_disks import disk_parameters
from components.cluster.gcp_logs import create_control_plane_logs, logging_config
from components.cluster.gcp_names import cluster_name
from components.cluster.gcp_nodes import (
    create_node_account,
    create_pools,
    first_nodes,
)
from components.cluster.gcp_protection import deletion_policy
from components.cluster.gcp_provisioning import provisioning
from components.cluster.gcp_unhonoured import unhonoured
from components.cluster.gcp_upkeep import create_notifications, maintenance_policy
from components.cluster.interface import Cluster, KubernetesRef
from components.cluster.spec import ClusterSpec
from components.cluster.storage import create_storage_class
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.network.interface import GcpNetworkRef

PODS_PER_NODE: Final = 110


class GcpCluster(Cluster):
    """A private, regional GKE cluster on hardened nodes with a service account of their own.

    Its API has one way in: the internal address for the network, or the DNS endpoint, guarded by
    IAM, where there are clients outside. Which images may run is for the Binary Authorization
    policy of the project to say; the cluster enforces it.
    """

    TOKEN: ClassVar[str] = "plinth:cluster:GcpCluster"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: ClusterSpec,
        network: GcpNetworkRef,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the cluster, its nodes, its logs and who administers it."""
        super().__init__(name, network.cloud, opts)
        cloud = network.cloud
        known_name = cluster_name(name)

        account, permissions = create_node_account(self, name, cloud)
        topic, publisher = create_notifications(self, name, cloud, keys)
        logs = create_control_plane_logs(self, name, spec, cloud, keys, known_name)
        administrators = create_administrators(self, name, spec, cloud, known_name)

        cluster = gcp.container.Cluster(
            name,
            name=known_name,
            description=f"The cluster {name}",
            location=cloud.region,
            node_locations=list(cloud.zones),
            min_master_version=spec.version,
            release_channel=gcp.container.ClusterReleaseChannelArgs(
                channel=spec.release_channel.value.upper()
            ),
            maintenance_policy=maintenance_policy(spec.maintenance_window),
            notification_config=gcp.container.ClusterNotificationConfigArgs(
                pubsub=gcp.container.ClusterNotificationConfigPubsubArgs(
                    enabled=True, topic=topic.id
                )
            ),
            network=network.network_id,
            subnetwork=network.private_subnet_id,
            networking_mode="VPC_NATIVE",
            datapath_provider="ADVANCED_DATAPATH",
            enable_intranode_visibility=True,
            default_max_pods_per_node=PODS_PER_NODE,
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=network.pods_range,
                services_secondary_range_name=network.services_range,
            ),
            private_cluster_config=gcp.container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True, enable_private_endpoint=not spec.api_clients
            ),
            control_plane_endpoints_config=endpoints(),
            master_authorized_networks_config=authorized_networks(spec, network),
            master_auth=gcp.container.ClusterMasterAuthArgs(
                client_certificate_config=(
                    gcp.container.ClusterMasterAuthClientCertificateConfigArgs(
                        issue_client_certificate=False
                    )
                )
            ),
            enable_legacy_abac=False,
            anonymous_authentication_config=(
                gcp.container.ClusterAnonymousAuthenticationConfigArgs(mode="LIMITED")
            ),
            rbac_binding_config=gcp.container.ClusterRbacBindingConfigArgs(
                enable_insecure_binding_system_authenticated=False,
                enable_insecure_binding_system_unauthenticated=False,
            ),
            workload_identity_config=gcp.container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{cloud.project}.svc.id.goog"
            ),
            binary_authorization=gcp.container.ClusterBinaryAuthorizationArgs(
                evaluation_mode="PROJECT_SINGLETON_POLICY_ENFORCE"
            ),
            security_posture_config=gcp.container.ClusterSecurityPostureConfigArgs(
                mode="BASIC",
                # Google scans images in the registry, no longer in the cluster.
                vulnerability_mode="VULNERABILITY_DISABLED",
            ),
            database_encryption=gcp.container.ClusterDatabaseEncryptionArgs(
                state="ENCRYPTED", key_name=keys.ids[Purpose.CLUSTER]
            ),
            enable_shielded_nodes=True,
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=first_nodes(account, keys),
            node_pool_defaults=gcp.container.ClusterNodePoolDefaultsArgs(
                node_config_defaults=gcp.container.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            node_pool_auto_config=gcp.container.ClusterNodePoolAutoConfigArgs(
                node_kubelet_config=gcp.container.ClusterNodePoolAutoConfigNodeKubeletConfigArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            cluster_autoscaling=provisioning(spec, cloud, account, keys),
            gateway_api_config=gcp.container.ClusterGatewayApiConfigArgs(
                channel="CHANNEL_STANDARD"
            ),
            addons_config=gcp.container.ClusterAddonsConfigArgs(
                dns_cache_config=gcp.container.ClusterAddonsConfigDnsCacheConfigArgs(enabled=True),
                gce_persistent_disk_csi_driver_config=(
                    gcp.container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(
                        enabled=True
                    )
                ),
                gcp_filestore_csi_driver_config=(
                    gcp.container.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(enabled=True)
                ),
                gke_backup_agent_config=gcp.container.ClusterAddonsConfigGkeBackupAgentConfigArgs(
                    enabled=True
                ),
            ),
            logging_config=logging_config(spec),
            monitoring_config=gcp.container.ClusterMonitoringConfigArgs(
                enable_components=["SYSTEM_COMPONENTS"],
                managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(
                    enabled=True
                ),
            ),
            cost_management_config=gcp.container.ClusterCostManagementConfigArgs(enabled=True),
            deletion_protection=spec.protected,
            deletion_policy=deletion_policy(spec),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=spec.protected,
                depends_on=[*permissions, publisher, logs],
                # The name is taken until the old one is gone.
                delete_before_replace=True,
                # Of the nodes that are gone once the cluster stands.
                ignore_changes=["nodeConfig"],
            ),
        )
        pools = create_pools(self, name, spec, cloud, keys, cluster, account, permissions)
        access = kubeconfig(spec, cluster)
        provider = create_provider(self, name, cluster, access, [*pools, *administrators])

        self.publish(
            ref=KubernetesRef(
                cloud=cloud,
                provider=provider,
                cluster_name=cluster.name,
                nodes_firewall_id=None,
                storage_class=create_storage_class(
                    self,
                    name,
                    spec,
                    provider,
                    cluster,
                    "pd.csi.storage.gke.io",
                    disk_parameters(cloud, keys),
                ),
                api_server_cidrs=(network.cidr,),
                node_cidrs=(network.cidr,),
                resource=cluster,
            ),
            endpoint=endpoint(spec, cluster),
            kubeconfig=access,
            unhonoured=unhonoured(spec),
        )
