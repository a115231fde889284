"""Google Cloud firewalls: who may reach what from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from policies.addresses import CLOSED_PORTS, covers_every_address, opens
from policies.controls import cis_gcp
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
)

FIREWALL: Final = "gcp:compute/firewall:Firewall"
POLICY_RULE: Final = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
REGIONAL_RULE: Final = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
_HIERARCHICAL_RULE: Final = "gcp:compute/firewallPolicyRule:FirewallPolicyRule"
_PROBLEM: Final = "lets every address reach an administrative, database or cache port"
WITH_PORTS: Final = frozenset({"tcp", "6", "udp", "17", "sctp", "132"})

SOURCES: Final = (
    "srcAddressGroups",
    "srcFqdns",
    "srcNetworks",
    "srcRegionCodes",
    "srcSecureTags",
    "srcThreatIntelligences",
)
SCOPES: Final = ("srcNetworkContext", "srcNetworkScope")
_INSIDE_ONLY: Final = ("INTRA_VPC", "NON_INTERNET", "VPC_NETWORKS")


def _closed(firewall: Subject) -> Iterator[Demand]:
    reached = some(
        _reaches(each, "protocol", firewall.configured["ports"])
        for each in firewall.at("allows").elements()
    )
    yield Demand(~(lets_everybody_in(firewall) & reached), firewall, _PROBLEM)


def lets_everybody_in(firewall: Subject) -> Truth:
    """Whether what a firewall allows is for every address."""
    ranges = firewall.at("sourceRanges")
    named = some(~firewall.at(key).is_empty() for key in ("sourceTags", "sourceServiceAccounts"))
    # Without any source a rule is for every address.
    world = covers_every_address(ranges.elements()) | (ranges.is_empty() & ~named)
    return world & _is_on(firewall)


def _closed_rule(rule: Subject) -> Iterator[Demand]:
    reached = some(
        _reaches(each, "ipProtocol", rule.configured["ports"])
        for each in rule.at("match", "layer4Configs").elements()
    )
    yield Demand(~(admits_everybody(rule) & reached), rule, _PROBLEM)


def admits_everybody(rule: Subject) -> Truth:
    """Whether a rule of a policy allows something to every address."""
    match = rule.at("match")
    ranges = match.at("srcIpRanges")
    named = some(~match.at(key).is_empty() for key in ("srcIpRanges", *SOURCES))
    inside = some(match.at(key).is_one_of(*_INSIDE_ONLY) for key in SCOPES)
    world = (covers_every_address(ranges.elements()) | ~named) & ~inside
    return world & rule.at("action").is_one_of("allow") & _is_on(rule)


def _is_on(rule: Subject) -> Truth:
    return ~rule.at("disabled", absent=False).is_true()


def _reaches(layer: View, protocol: str, closed: tuple[int, ...]) -> Truth:
    """Whether what a rule allows holds one of the ports ``closed``; without ports it is all."""
    name = layer.at(protocol)
    ports = layer.at("ports")
    if name.is_known and str(name.raw).lower() not in (*WITH_PORTS, "all"):
        return Truth.NO
    opened = ports.is_empty() | some(_opens(each, closed) for each in ports.elements())
    if name.is_present and not name.is_known:
        return Truth.UNKNOWN
    return opened


def _opens(port: View, closed: tuple[int, ...]) -> Truth:
    """Whether a port or a range of them holds one of ``closed``."""
    return opens(*ends(port), closed)


def ends(port: View) -> tuple[float | None, float | None]:
    """The first and the last port of a range, such as ``8000-9000``; ``None`` if not known."""
    first, dash, last = str(port.raw).partition("-")
    low = View(first).number()
    return low, View(last).number() if dash else low


def is_ingress(rule: Subject) -> Truth:
    """Whether the rule is for what enters."""
    return rule.at("direction", absent="INGRESS").is_one_of("INGRESS")


SSH: Final = {"allows": [{"protocol": "tcp", "ports": ["22"]}]}
WEB: Final = {"allows": [{"protocol": "tcp", "ports": ["443"]}]}
WORLD: Final = {"sourceRanges": ["0.0.0.0/0"]}
INSIDE: Final = {"sourceRanges": ["10.0.0.0/8"]}
ABSENT_SOURCES: Final = (
    "direction left out is INGRESS, disabled left out is off. No source at all is every address. "
    "No ports are all ports, and no protocol is all protocols; nothing allowed satisfies."
)

FIREWALL_CHECK: Final = Check(
    type=FIREWALL,
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
    absent=ABSENT_SOURCES,
    judge=_closed,
    applies=is_ingress,
    good={
        "SSH from inside": {**SSH, **INSIDE},
        "web from everywhere": {**WEB, **WORLD},
        "SSH from machines with a tag": {**SSH, "sourceTags": ["bastion"]},
        "SSH from machines of an account": {**SSH, "sourceServiceAccounts": [UNKNOWN_STRING]},
        "a rule that is off": {**SSH, **WORLD, "disabled": True},
        "ping from everywhere": {**WORLD, "allows": [{"protocol": "icmp"}]},
        "nothing allowed": {**WORLD, "denies": [{"protocol": "all"}]},
        "direction not known, from inside": {**SSH, **INSIDE, "direction": UNKNOWN_STRING},
    },
    bad={
        "SSH from everywhere": {**SSH, **WORLD},
        "SSH from every IPv6 address": {**SSH, "sourceRanges": ["10.0.0.0/8", "::/0"]},
        "SSH from no named source": SSH,
        "a range that holds PostgreSQL": {
            **WORLD,
            "allows": [{"protocol": "tcp", "ports": ["443", "5000-6000"]}],
        },
        "every port": {**WORLD, "allows": [{"protocol": "tcp"}]},
        "every protocol": {**WORLD, "allows": [{"protocol": "all"}]},
        "no protocol": {**WORLD, "allows": [{}]},
    },
    undecided={
        "ranges not known": {**SSH, "sourceRanges": UNKNOWN_ARRAY},
        "protocol not known": {**WORLD, "allows": [{"protocol": UNKNOWN_STRING}]},
        "ports not known": {**WORLD, "allows": [{"protocol": "tcp", "ports": [UNKNOWN_STRING]}]},
        "direction not known": {**SSH, **WORLD, "direction": UNKNOWN_STRING},
        "whether it is on not known": {**SSH, **WORLD, "disabled": UNKNOWN_BOOLEAN},
        "tags not known": {**SSH, "sourceTags": UNKNOWN_ARRAY},
        "accounts not known": {**SSH, "sourceServiceAccounts": UNKNOWN_ARRAY},
    },
    foreign={"what leaves": {**SSH, **WORLD, "direction": "EGRESS"}},
)


def policy_rule(action: str = "allow", /, **match: Any) -> dict[str, Any]:
    """An example of a rule for SSH in a policy."""
    layers = [{"ipProtocol": "tcp", "ports": ["22"]}]
    return {"action": action, "match": {"layer4Configs": layers, **match}}


EVERYWHERE_RANGES: Final = ["0.0.0.0/0"]

POLICY_RULE_CHECK: Final = Check(
    type=POLICY_RULE,
    demand="No rule of a policy for what enters opens such a port to every address.",
    reads=(
        "action",
        "direction",
        "disabled",
        "match.srcIpRanges",
        *(f"match.{key}" for key in (*SOURCES, *SCOPES)),
        "match.layer4Configs.ipProtocol",
        "match.layer4Configs.ports",
    ),
    absent=f"{ABSENT_SOURCES} A rule without action allows nothing. Any other source names one.",
    judge=_closed_rule,
    applies=is_ingress,
    good={
        "SSH from inside": policy_rule(srcIpRanges=["10.0.0.0/8"]),
        "SSH refused to everywhere": policy_rule("deny", srcIpRanges=EVERYWHERE_RANGES),
        "SSH from machines with a tag": policy_rule(srcSecureTags=[{"name": UNKNOWN_STRING}]),
        **{
            f"SSH from {scope} by {key}": policy_rule(srcIpRanges=EVERYWHERE_RANGES, **{key: scope})
            for key in SCOPES
            for scope in _INSIDE_ONLY
        },
        **{f"SSH from {key}": policy_rule(**{key: [UNKNOWN_STRING]}) for key in SOURCES},
        "web from everywhere": policy_rule(
            srcIpRanges=EVERYWHERE_RANGES, layer4Configs=[{"ipProtocol": "tcp", "ports": ["443"]}]
        ),
        "a rule that is off": {**policy_rule(srcIpRanges=EVERYWHERE_RANGES), "disabled": True},
        "no action": {"match": policy_rule(srcIpRanges=EVERYWHERE_RANGES)["match"]},
        "ping from everywhere": policy_rule(
            srcIpRanges=EVERYWHERE_RANGES, layer4Configs=[{"ipProtocol": "icmp"}]
        ),
    },
    bad={
        "web and SSH from everywhere": policy_rule(
            srcIpRanges=EVERYWHERE_RANGES,
            layer4Configs=[{"ipProtocol": "icmp"}, {"ipProtocol": "tcp", "ports": ["22"]}],
        ),
        "SSH from everywhere": {
            **policy_rule(srcIpRanges=EVERYWHERE_RANGES),
            "direction": "INGRESS",
        },
        "SSH from no named source": policy_rule(),
        **{f"SSH from the internet by {key}": policy_rule(**{key: "INTERNET"}) for key in SCOPES},
        "every port": policy_rule(
            srcIpRanges=EVERYWHERE_RANGES, layer4Configs=[{"ipProtocol": "tcp"}]
        ),
        "every protocol": policy_rule(
            srcIpRanges=EVERYWHERE_RANGES, layer4Configs=[{"ipProtocol": "all"}]
        ),
        "no protocol": policy_rule(srcIpRanges=EVERYWHERE_RANGES, layer4Configs=[{}]),
    },
    undecided={
        "action not known": policy_rule(UNKNOWN_STRING, srcIpRanges=EVERYWHERE_RANGES),
        "direction not known": {
            **policy_rule(srcIpRanges=EVERYWHERE_RANGES),
            "direction": UNKNOWN_STRING,
        },
        "whether it is on not known": {
            **policy_rule(srcIpRanges=EVERYWHERE_RANGES),
            "disabled": UNKNOWN_BOOLEAN,
        },
        "match not known": {"action": "allow", "match": UNKNOWN_STRING},
        **{f"{key} not known": policy_rule(**{key: UNKNOWN_ARRAY}) for key in SOURCES},
        **{f"{key} not known": policy_rule(**{key: UNKNOWN_STRING}) for key in SCOPES},
    },
    foreign={"what leaves": {**policy_rule(srcIpRanges=EVERYWHERE_RANGES), "direction": "EGRESS"}},
)

NO_PUBLIC_ADMIN: Final = Rule(
    id="gcp-fw-no-public-admin",
    title="No administrative, database or cache port is open to every address",
    reason=(
        "Such ports are found and attacked within minutes of being opened; one weak password or "
        "one unpatched server behind them gives the network away."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("3.6", "3.7"), v4=("3.6", "3.7")),
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
    checks=(
        FIREWALL_CHECK,
        POLICY_RULE_CHECK,
        replace(POLICY_RULE_CHECK, type=REGIONAL_RULE),
        replace(POLICY_RULE_CHECK, type=_HIERARCHICAL_RULE),
    ),
)
