"""Google Cloud networks: their subnets, what is seen of their traffic, how they speak TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_gcp, cis_gke
from policies.expected import expects, off, on, one_of
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, truth

_PROXIES: Final = (
    "REGIONAL_MANAGED_PROXY",
    "GLOBAL_MANAGED_PROXY",
    "INTERNAL_HTTPS_LOAD_BALANCER",
    "PRIVATE_SERVICE_CONNECT",
)

NETWORK_CUSTOM: Final = Rule(
    id="gcp-network-custom",
    title="Networks have the subnets somebody planned, and no others",
    reason="Subnets that appear in every region overlap with what the network will be joined to.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("3.1", "3.2"), v4=("3.1", "3.2"), relation=Relation.RELATED),
    fix="Set auto_create_subnetworks=False; a change replaces the network.",
    source="https://cloud.google.com/vpc/docs/vpc",
    checks=(
        expects(
            "gcp:compute/network:Network",
            "No subnets are created unasked.",
            off("autoCreateSubnetworks", "creates a subnet in every region", left_out=True),
        ),
    ),
)

_SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"


def _for_machines(subnet: Subject) -> Truth:
    return ~subnet.at("purpose", absent="PRIVATE").is_one_of(*_PROXIES)


def _recorded(subnet: Subject) -> Iterator[Demand]:
    logs = subnet.at("logConfig")
    yield Demand(logs.is_given(), logs, "records none of its traffic")
    share = logs.at("flowSampling", absent=1)
    number = share.number()
    some_of_it = truth(number > 0) if number is not None else Truth.UNKNOWN
    yield Demand(some_of_it, share, "samples none of its traffic")


SUBNET_FLOW_LOGS: Final = Rule(
    id="gcp-subnet-flow-logs",
    title="Every subnet records its traffic",
    reason="Without flow logs nobody can tell afterwards who reached what, or who tried to.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=(*cis_gcp(v5=("3.10",), v4=("3.8",)), *cis_gke("5.6.1")),
    fix="Set log_config, with flow_sampling above 0.",
    source="https://cloud.google.com/vpc/docs/using-flow-logs",
    checks=(
        Check(
            type=_SUBNET,
            demand="A subnet for machines has flow logs.",
            reads=("logConfig.flowSampling", "purpose"),
            absent=(
                "logConfig left out is off and violates. flowSampling left out is half of the "
                "traffic and satisfies. purpose left out is PRIVATE, for machines."
            ),
            judge=_recorded,
            applies=_for_machines,
            good={
                "half of it": {"logConfig": {"flowSampling": 0.5}},
                "share left out": {"logConfig": {}},
                "purpose not known, recorded": {"logConfig": {}, "purpose": UNKNOWN_STRING},
            },
            bad={"left out": {}, "none of it": {"logConfig": {"flowSampling": 0}}},
            undecided={
                "share not known": {"logConfig": {"flowSampling": UNKNOWN_STRING}},
                "logs not known": {"logConfig": UNKNOWN_STRING},
                "purpose not known": {"purpose": UNKNOWN_STRING},
            },
            foreign={"of proxies": {"purpose": "REGIONAL_MANAGED_PROXY"}},
        ),
    ),
)

SUBNET_PRIVATE_ACCESS: Final = Rule(
    id="gcp-subnet-private-google-access",
    title="Machines reach the services of Google without a public address",
    reason="A machine that needs a public address for that has one for everything else, too.",
    severity=Severity.LOW,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("3.9",), relation=Relation.RELATED),
    fix="Set private_ip_google_access=True.",
    source="https://cloud.google.com/vpc/docs/private-google-access",
    checks=(
        expects(
            _SUBNET,
            "Private access to Google is on.",
            on("privateIpGoogleAccess", "sends machines over the internet"),
            applies=_for_machines,
            applies_reads=("purpose",),
            foreign={"of proxies": {"purpose": "GLOBAL_MANAGED_PROXY"}},
        ),
    ),
)

SSL_POLICY_MODERN: Final = Rule(
    id="gcp-ssl-policy-modern",
    title="Load balancers speak TLS 1.2 or newer, with modern ciphers",
    reason="Older versions and ciphers can be broken by whoever is on the way.",
    severity=Severity.MEDIUM,
    theme=Theme.TRANSIT,
    controls=cis_gcp(v5=("3.11",), v4=("3.9",)),
    fix='Set min_tls_version="TLS_1_2" and profile="MODERN" or "RESTRICTED".',
    source="https://cloud.google.com/load-balancing/docs/ssl-policies-concepts",
    checks=(
        expects(
            "gcp:compute/sSLPolicy:SSLPolicy",
            "Old versions and weak ciphers are refused.",
            one_of(
                "minTlsVersion",
                "accepts old versions of TLS",
                "TLS_1_2",
                "TLS_1_3",
                bad=("TLS_1_0", "TLS_1_1"),
                left_out="TLS_1_0",
            ),
            one_of(
                "profile",
                "accepts weak ciphers",
                "RESTRICTED",
                "MODERN",
                bad=("COMPATIBLE",),
                left_out="COMPATIBLE",
            ),
        ),
    ),
)
