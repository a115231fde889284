"""What may enter a network on Google Cloud.

The rules come after those that GKE writes for its clusters in the classic firewall. Whoever wants
to be reached through Identity-Aware Proxy or a load balancer bears the tag that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud, short_hash
from components.network.plan import RegionalPlan

IAP: Final = "iap"
LOAD_BALANCED: Final = "load-balanced"
TARGETS: Final = {
    IAP: "Reached over SSH through Identity-Aware Proxy",
    LOAD_BALANCED: "Reached by load balancers and their health checks",
}
# Sources: "TCP forwarding" in the documentation of Identity-Aware Proxy and "Health checks" in that
# of Cloud Load Balancing.
IAP_CLIENTS: Final = ("35.235.240.0/20",)
HEALTH_CHECKS: Final = ("130.211.0.0/22", "35.191.0.0/16")
LAST: Final = 1_000_000
NETWORKS_OF: Final = "https://www.googleapis.com/compute/v1/projects/{}/global/networks/"


@dataclass(frozen=True)
class _Rule:
    """Who is let in, and at what; without ``target``, by everything in the network."""

    priority: int
    description: str
    sources: tuple[str, ...]
    protocols: Mapping[str, tuple[str, ...]]  # ports by protocol; none for all
    action: str = "allow"
    target: str | None = None
    on_record: bool = False


def create_firewall(
    parent: pulumi.Resource,
    name: str,
    cloud: GcpCloud,
    network: gcp.compute.Network,
    ranges: RegionalPlan,
) -> tuple[gcp.compute.NetworkFirewallPolicyAssociation, Mapping[str, pulumi.Output[str]]]:
    """Refuse and record what no rule admits.

    Returns:
        What puts the rules in force, and the ids of the tags that open a target, by name.
    """
    child = pulumi.ResourceOptions(parent=parent)
    tags = _create_tags(parent, name, cloud, network)
    policy = gcp.compute.NetworkFirewallPolicy(
        f"{name}-firewall", description=f"What may enter the network {name}", opts=child
    )
    rules = [
        gcp.compute.NetworkFirewallPolicyRule(
            f"{name}-firewall-{role}",
            firewall_policy=policy.name,
            rule_name=role,
            description=rule.description,
            direction="INGRESS",
            priority=rule.priority,
            action=rule.action,
            enable_logging=rule.on_record,
            match=gcp.compute.NetworkFirewallPolicyRuleMatchArgs(
                src_ip_ranges=list(rule.sources),
                layer4_configs=[
                    gcp.compute.NetworkFirewallPolicyRuleMatchLayer4ConfigArgs(
                        ip_protocol=protocol, ports=list(ports) or None
                    )
                    for protocol, ports in rule.protocols.items()
                ],
            ),
            target_secure_tags=[
                gcp.compute.NetworkFirewallPolicyRuleTargetSecureTagArgs(name=tags[rule.target])
            ]
            if rule.target
            else None,
            opts=child,
        )
        for role, rule in _rules(ranges).items()
    ]
    association = gcp.compute.NetworkFirewallPolicyAssociation(
        f"{name}-firewall",
        firewall_policy=policy.id,
        attachment_target=network.id,
        # In force at once, and complete.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=rules),
    )
    return association, tags


def _rules(ranges: RegionalPlan) -> dict[str, _Rule]:
    return {
        "inside": _Rule(
            1_000,
            "Nodes and pods among themselves; network policies of the cluster decide further",
            (str(ranges.private), str(ranges.pods)),
            {"tcp": (), "udp": (), "icmp": ()},
        ),
        "iap": _Rule(
            1_100,
            "SSH through Identity-Aware Proxy to what bears its tag",
            IAP_CLIENTS,
            {"tcp": ("22",)},
            target=IAP,
            on_record=True,
        ),
        "health-checks": _Rule(
            1_200,
            "Load balancers and their health checks to what bears their tag",
            HEALTH_CHECKS,
            {"tcp": ()},
            target=LOAD_BALANCED,
        ),
        "proxies": _Rule(
            1_300,
            "Proxies of regional load balancers to what bears their tag",
            (str(ranges.public),),
            {"tcp": ()},
            target=LOAD_BALANCED,
        ),
        "deny": _Rule(
            LAST,
            "Everything else is refused and on record",
            ("0.0.0.0/0",),
            {"all": ()},
            action="deny",
            on_record=True,
        ),
    }


def _create_tags(
    parent: pulumi.Resource, name: str, cloud: GcpCloud, network: gcp.compute.Network
) -> dict[str, pulumi.Output[str]]:
    key = gcp.tags.TagKey(
        f"{name}-reach",
        parent=f"projects/{cloud.project}",
        short_name=f"{name}-reach-{short_hash(name)}",
        description=f"How what bears it is reached in the network {name}",
        purpose="GCE_FIREWALL",
        # Google keeps no other form, and a difference would replace the tag.
        purpose_data={
            "network": pulumi.Output.concat(NETWORKS_OF.format(cloud.project), network.network_id)
        },
        # Two keys of a project cannot share their short name.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
    return {
        target: gcp.tags.TagValue(
            f"{name}-reach-{target}",
            parent=key.id,
            short_name=target,
            description=description,
            opts=pulumi.ResourceOptions(parent=parent),
        ).id
        for target, description in TARGETS.items()
    }
