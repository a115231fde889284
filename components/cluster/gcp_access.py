"""Where the API of a GKE cluster is reached, and how."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.cluster.spec import ClusterSpec
from components.network.interface import GcpNetworkRef


def endpoints() -> gcp.container.ClusterControlPlaneEndpointsConfigArgs:
    """The addresses of the API, and its DNS name, which answers inside the network alone."""
    return gcp.container.ClusterControlPlaneEndpointsConfigArgs(
        dns_endpoint_config=gcp.container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
            # Guarded by IAM, but open to the whole internet.
            allow_external_traffic=False,
            enable_k8s_certs_via_dns=False,
            enable_k8s_tokens_via_dns=False,
        ),
        ip_endpoints_config=gcp.container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
            enabled=True
        ),
    )


def authorized_networks(
    spec: ClusterSpec, network: GcpNetworkRef
) -> gcp.container.ClusterMasterAuthorizedNetworksConfigArgs:
    """Who may use the addresses of the API: the network, its pods and ``api_clients``."""
    inside = {"network": network.cidr, "pods": network.pods_cidr}
    outside = {name: str(cidr) for name, cidr in spec.api_clients.items()}
    return gcp.container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            gcp.container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(
                cidr_block=cidr, display_name=who
            )
            for who, cidr in {**inside, **outside}.items()
            if cidr is not None
        ],
        gcp_public_cidrs_access_enabled=False,
        private_endpoint_enforcement_enabled=True,
    )


def endpoint(spec: ClusterSpec, cluster: gcp.container.Cluster) -> pulumi.Output[str]:
    """The URL of the API: at its public address where clients outside may use it."""
    if spec.api_clients:
        return pulumi.Output.format("https://{0}", cluster.endpoint)
    return pulumi.Output.format("https://{0}", cluster.private_cluster_config.private_endpoint)


def kubeconfig(spec: ClusterSpec, cluster: gcp.container.Cluster) -> pulumi.Output[str]:
    """A kubeconfig in JSON, without a credential.

    Whoever uses it is who the application-default credentials say, like the provider of the
    ground. Source: github.com/kubernetes/cloud-provider-gcp, ``cmd/gke-gcloud-auth-plugin``.
    """
    server = {
        "server": endpoint(spec, cluster),
        "certificate-authority-data": cluster.master_auth.cluster_ca_certificate,
    }
    credentials = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "args": ["--use_application_default_credentials"],
        "installHint": "Install gke-gcloud-auth-plugin, a component of the Google Cloud CLI.",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster.name, "cluster": server}],
            "users": [{"name": cluster.name, "user": {"exec": credentials}}],
            "contexts": [
                {
                    "name": cluster.name,
                    "context": {"cluster": cluster.name, "user": cluster.name},
                }
            ],
            "current-context": cluster.name,
        }
    )


def create_provider(
    parent: pulumi.Resource,
    name: str,
    cluster: gcp.container.Cluster,
    access: pulumi.Output[str],
    after: Sequence[pulumi.Resource],
) -> kubernetes.Provider:
    """What workloads are created with, once an administrator may and nodes can run them."""
    return kubernetes.Provider(
        f"{name}-kubernetes",
        kubeconfig=pulumi.Output.secret(access),
        # Google names it after the cluster it makes, also where it lets nobody in: another one is
        # another cluster, and nothing else makes workloads anew.
        cluster_identifier=cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint,
        enable_server_side_apply=True,
        # A cluster that does not answer still has its workloads.
        delete_unreachable=False,
        skip_update_unreachable=False,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )
