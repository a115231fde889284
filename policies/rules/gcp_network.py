"""Google Cloud networks: who may reach what, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.addresses import CLOSED_PORTS, covers_every_address, opens
from policies.controls import Relation, cis_gcp, cis_gke
from policies.expected import expects, off, on, one_of
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_BOOLEAN,
    UNKNOWN_STRING,
    Truth,
    View,
    some,
    truth,
)

_FIREWALL: Final = "gcp:compute/firewall:Firewall"
_POLICY_RULE: Final = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
_PROBLEM: Final = "lets every address reach an administrative, database or cache port"
_WITH_PORTS: Final = frozenset({"tcp", "6", "udp", "17", "sctp", "132"})
_PROXIES: Final = (
    "REGIONAL_MANAGED_PROXY",
    "GLOBAL_MANAGED_PROXY",
    "INTERNAL_HTTPS_LOAD_BALANCER",
    "PRIVATE_SERVICE_CONNECT",
)


def _closed(firewall: Subject) -> Iterator[Demand]:
    ranges = list(firewall.at("sourceRanges").elements())
    named = some(~firewall.at(key).is_empty() for key in ("sourceTags", "sourceServiceAccounts"))
    # Without any source a rule is for every address.
    world = covers_every_address(ranges) | (firewall.at("sourceRanges").is_empty() & ~named)
    reached = some(
        _reaches(each, "protocol", firewall.configured["ports"])
        for each in firewall.at("allows").elements()
    )
    yield Demand(~(world & reached & _is_on(firewall)), firewall, _PROBLEM)


def _closed_rule(rule: Subject) -> Iterator[Demand]:
    match = rule.at("match")
    ranges = match.at("srcIpRanges")
    others = (
        (key for key in match.raw if key.startswith("src") and key != "srcIpRanges")
        if isinstance(match.raw, Mapping)
        else ()
    )
    named = some(~match.at(key).is_empty() for key in sorted(others))
    world = covers_every_address(ranges.elements()) | (ranges.is_empty() & ~named)
    layers = match.at("layer4Configs")
    reached = some(
        _reaches(each, "ipProtocol", rule.configured["ports"]) for each in layers.elements()
    )
    allowed = rule.at("action").is_one_of("allow")
    yield Demand(~(world & reached & allowed & _is_on(rule)), rule, _PROBLEM)


def _is_on(rule: Subject) -> Truth:
    return ~rule.at("disabled", absent=False).is_true()


def _reaches(layer: View, protocol: str, closed: tuple[int, ...]) -> Truth:
    """Whether what a rule allows holds one of the ports ``closed``; without ports it is all."""
    name = layer.at(protocol)
    ports = layer.at("ports")
    if name.is_known and str(name.raw).lower() not in (*_WITH_PORTS, "all"):
        return Truth.NO
    opened = ports.is_empty() | some(_opens(each, closed) for each in ports.elements())
    if name.is_present and not name.is_known:
        return Truth.UNKNOWN
    return opened


def _opens(port: View, closed: tuple[int, ...]) -> Truth:
    """Whether a port or a range of them, such as ``8000-9000``, holds one of ``closed``."""
    first, dash, last = str(port.raw).partition("-")
    low = View(first).number() if port.is_known else None
    return opens(low, View(last).number() if dash and port.is_known else low, closed)


def _is_ingress(rule: Subject) -> Truth:
    return rule.at("direction", absent="INGRESS").is_one_of("INGRESS")


_SSH: Final = {"allows": [{"protocol": "tcp", "ports": ["22"]}]}
_WEB: Final = {"allows": [{"protocol": "tcp", "ports": ["443"]}]}
_WORLD: Final = {"sourceRanges": ["0.0.0.0/0"]}
_INSIDE: Final = {"sourceRanges": ["10.0.0.0/8"]}
_ABSENT: Final = (
    "direction left out is INGRESS, disabled left out is off. No source at all is every address. "
    "No ports are all ports, and no protocol is all protocols; nothing allowed satisfies."
)

_FIREWALL_CHECK: Final = Check(
    type=_FIREWALL,
    demand="No rule for what enters opens such a port to every address.",
    reads=(
        "direction",
        "sourceRanges",
        "allows.protocol",
        "allows.ports",
        "disabled",
        "sourceTags",
        "sourceServiceAccounts",
    ),
    absent=_ABSENT,
    judge=_closed,
    applies=_is_ingress,
    good={
        "SSH from inside": {**_SSH, **_INSIDE},
        "web from everywhere": {**_WEB, **_WORLD},
        "SSH from machines with a tag": {**_SSH, "sourceTags": ["bastion"]},
        "SSH from machines of an account": {**_SSH, "sourceServiceAccounts": [UNKNOWN_STRING]},
        "a rule that is off": {**_SSH, **_WORLD, "disabled": True},
        "ping from everywhere": {**_WORLD, "allows": [{"protocol": "icmp"}]},
        "nothing allowed": {**_WORLD, "denies": [{"protocol": "all"}]},
        "direction not known, from inside": {**_SSH, **_INSIDE, "direction": UNKNOWN_STRING},
    },
    bad={
        "SSH from everywhere": {**_SSH, **_WORLD},
        "SSH from every IPv6 address": {**_SSH, "sourceRanges": ["10.0.0.0/8", "::/0"]},
        "SSH from no named source": _SSH,
        "a range that holds PostgreSQL": {
            **_WORLD,
            "allows": [{"protocol": "tcp", "ports": ["443", "5000-6000"]}],
        },
        "every port": {**_WORLD, "allows": [{"protocol": "tcp"}]},
        "every protocol": {**_WORLD, "allows": [{"protocol": "all"}]},
        "no protocol": {**_WORLD, "allows": [{}]},
    },
    undecided={
        "ranges not known": {**_SSH, "sourceRanges": UNKNOWN_ARRAY},
        "protocol not known": {**_WORLD, "allows": [{"protocol": UNKNOWN_STRING}]},
        "ports not known": {**_WORLD, "allows": [{"protocol": "tcp", "ports": [UNKNOWN_STRING]}]},
        "direction not known": {**_SSH, **_WORLD, "direction": UNKNOWN_STRING},
        "whether it is on not known": {**_SSH, **_WORLD, "disabled": UNKNOWN_BOOLEAN},
        "tags not known": {**_SSH, "sourceTags": UNKNOWN_ARRAY},
        "accounts not known": {**_SSH, "sourceServiceAccounts": UNKNOWN_ARRAY},
    },
    foreign={"what leaves": {**_SSH, **_WORLD, "direction": "EGRESS"}},
)


def _rule(action: str = "allow", **match: Any) -> dict[str, Any]:
    layers = [{"ipProtocol": "tcp", "ports": ["22"]}]
    return {"action": action, "match": {"layer4Configs": layers, **match}}


_EVERYWHERE: Final = ["0.0.0.0/0"]

_POLICY_RULE_CHECK: Final = Check(
    type=_POLICY_RULE,
    demand="No rule of a policy for what enters opens such a port to every address.",
    reads=(
        "action",
        "direction",
        "disabled",
        "match.srcIpRanges",
        "match.layer4Configs.ipProtocol",
        "match.layer4Configs.ports",
    ),
    absent=f"{_ABSENT} A rule without action allows nothing. Any other source names one.",
    judge=_closed_rule,
    applies=_is_ingress,
    good={
        "SSH from inside": _rule(srcIpRanges=["10.0.0.0/8"]),
        "SSH refused to everywhere": _rule("deny", srcIpRanges=_EVERYWHERE),
        "SSH from machines with a tag": _rule(srcSecureTags=[{"name": UNKNOWN_STRING}]),
        "web from everywhere": _rule(
            srcIpRanges=_EVERYWHERE, layer4Configs=[{"ipProtocol": "tcp", "ports": ["443"]}]
        ),
        "a rule that is off": {**_rule(srcIpRanges=_EVERYWHERE), "disabled": True},
        "no action": {"match": _rule(srcIpRanges=_EVERYWHERE)["match"]},
    },
    bad={
        "SSH from everywhere": {**_rule(srcIpRanges=_EVERYWHERE), "direction": "INGRESS"},
        "SSH from no named source": _rule(),
        "every port": _rule(srcIpRanges=_EVERYWHERE, layer4Configs=[{"ipProtocol": "tcp"}]),
        "every protocol": _rule(srcIpRanges=_EVERYWHERE, layer4Configs=[{"ipProtocol": "all"}]),
        "no protocol": _rule(srcIpRanges=_EVERYWHERE, layer4Configs=[{}]),
    },
    undecided={
        "action not known": _rule(UNKNOWN_STRING, srcIpRanges=_EVERYWHERE),
        "direction not known": {**_rule(srcIpRanges=_EVERYWHERE), "direction": UNKNOWN_STRING},
        "whether it is on not known": {
            **_rule(srcIpRanges=_EVERYWHERE),
            "disabled": UNKNOWN_BOOLEAN,
        },
        "match not known": {"action": "allow", "match": UNKNOWN_STRING},
        "tags not known": _rule(srcSecureTags=UNKNOWN_ARRAY),
    },
    foreign={"what leaves": {**_rule(srcIpRanges=_EVERYWHERE), "direction": "EGRESS"}},
)

FW_NO_PUBLIC_ADMIN: Final = Rule(
    id="gcp-fw-no-public-admin",
    title="No administrative, database or cache port is open to every address",
    reason=(
        "Such ports are found and attacked within minutes of being opened; one weak password or "
        "one unpatched server behind them gives the network away."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("3.6", "3.7")),
    fix=(
        "Name the address range, the tag or the service account of the clients as source, or reach "
        "the machine through Identity-Aware Proxy."
    ),
    source="https://cloud.google.com/firewall/docs/firewalls",
    settings=(
        Setting(
            name="ports",
            description="Ports that are never open to every address.",
            default=CLOSED_PORTS,
        ),
    ),
    checks=(_FIREWALL_CHECK, _POLICY_RULE_CHECK),
)

NETWORK_CUSTOM: Final = Rule(
    id="gcp-network-custom",
    title="Networks have the subnets somebody planned, and no others",
    reason="Subnets that appear in every region overlap with what the network will be joined to.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("3.1", "3.2"), relation=Relation.RELATED),
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
