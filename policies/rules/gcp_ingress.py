"""Google Cloud firewalls: what is open to every address, for whom, and whether it is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.rules.gcp_firewall import (
    ABSENT_SOURCES,
    EVERYWHERE_RANGES,
    FIREWALL,
    FIREWALL_CHECK,
    INSIDE,
    POLICY_RULE,
    POLICY_RULE_CHECK,
    REGIONAL_RULE,
    SCOPES,
    SOURCES,
    SSH,
    WEB,
    WITH_PORTS,
    WORLD,
    admits_everybody,
    ends,
    is_ingress,
    lets_everybody_in,
    policy_rule,
)
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_BOOLEAN,
    UNKNOWN_STRING,
    Truth,
    View,
    every,
    some,
    truth,
)


def _narrow(firewall: Subject) -> Iterator[Demand]:
    everybody = lets_everybody_in(firewall)
    allows = firewall.at("allows")
    for each in allows.elements():
        meant = _is_for(each, "protocol", firewall.configured["ports"])
        yield Demand(~everybody | meant, each, _WIDE)
    open_to_all = everybody & ~allows.is_empty()
    targeted = some(~firewall.at(key).is_empty() for key in ("targetTags", "targetServiceAccounts"))
    yield Demand(~open_to_all | targeted, firewall, _UNTARGETED)
    logs = firewall.at("logConfig")
    logged = logs.is_given() | firewall.at("enableLogging").is_true()
    yield Demand(~open_to_all | logged, logs, _UNSEEN)


def _narrow_rule(rule: Subject) -> Iterator[Demand]:
    everybody = admits_everybody(rule)
    layers = rule.at("match", "layer4Configs")
    for each in layers.elements():
        meant = _is_for(each, "ipProtocol", rule.configured["ports"])
        yield Demand(~everybody | meant, each, _WIDE)
    open_to_all = everybody & ~layers.is_empty()
    targeted = some(
        ~rule.at(key).is_empty()
        for key in ("targetSecureTags", "targetServiceAccounts", "targetForwardingRules")
    )
    yield Demand(~open_to_all | targeted, rule, _UNTARGETED)
    logged = rule.at("enableLogging")
    yield Demand(~open_to_all | logged.is_true(), logged, _UNSEEN)


_WIDE: Final = "lets every address reach more than what is meant for everybody"
_UNTARGETED: Final = "lets every address reach every machine of the network"
_UNSEEN: Final = "records nothing of what every address sends"


def _is_for(layer: View, protocol: str, open_ports: tuple[int, ...]) -> Truth:
    """Whether what a rule allows is for ``open_ports`` alone; without ports it is for all."""
    name, ports = layer.at(protocol), layer.at("ports")
    if name.is_known:
        with_ports = truth(str(name.raw).lower() in WITH_PORTS)
    else:
        with_ports = Truth.UNKNOWN if name.is_present else Truth.NO
    within = every(_is_within(each, open_ports) for each in ports.elements())
    return with_ports & ~ports.is_empty() & within


def _is_within(port: View, open_ports: tuple[int, ...]) -> Truth:
    """Whether each port of a range is one of ``open_ports``."""
    low, high = ends(port)
    if low is None or high is None:
        return Truth.UNKNOWN
    within = all(each in open_ports for each in range(int(low), int(high) + 1))
    return truth(low <= high and within)


_FRONT: Final = {"targetTags": ["front"], "logConfig": {"metadata": "INCLUDE_ALL_METADATA"}}
_OPEN: Final = {**WEB, **WORLD, **_FRONT}


def _opened(protocol: Any, *ports: str) -> dict[str, Any]:
    return {**_OPEN, "allows": [{"protocol": protocol, "ports": list(ports)}]}


_INGRESS_CHECK: Final = Check(
    type=FIREWALL,
    demand="What enters from every address is for the ports meant, for some machines, on record.",
    reads=(
        *FIREWALL_CHECK.reads,
        "targetTags",
        "targetServiceAccounts",
        "logConfig",
        "enableLogging",
    ),
    absent=(
        f"{ABSENT_SOURCES} No target is every machine and violates. logConfig left out violates, unless "
        "enableLogging is on."
    ),
    judge=_narrow,
    applies=is_ingress,
    good={
        "web, for machines with a tag": _OPEN,
        "web, for machines of an account": {
            **WEB,
            **WORLD,
            "targetServiceAccounts": [UNKNOWN_STRING],
            "logConfig": {},
        },
        "web, on record the old way": {
            **WEB,
            **WORLD,
            "targetTags": ["front"],
            "enableLogging": True,
        },
        "web, on record in a way that is not known yet": {**_OPEN, "logConfig": UNKNOWN_STRING},
        "web, with its redirection": _opened("TCP", "80", "443"),
        "web by number of the protocol": _opened("6", "443"),
        "web of version 3": _opened("udp", "443-443"),
        "anything from inside": {**INSIDE, "allows": [{"protocol": "all"}]},
        "anything from machines with a tag": {**SSH, "sourceTags": ["bastion"]},
        "a rule that is off": {**SSH, **WORLD, "disabled": True},
        "nothing allowed": {**WORLD, "denies": [{"protocol": "all"}]},
        "direction not known, from inside": {**SSH, **INSIDE, "direction": UNKNOWN_STRING},
        "account as a source, not known": {**SSH, "sourceServiceAccounts": [UNKNOWN_STRING]},
    },
    bad={
        "another port": _opened("tcp", "8080"),
        "web and another port": _opened("tcp", "443", "8443"),
        "a range that begins with one of the web": _opened("tcp", "80-81"),
        "a range that ends with one of the web": _opened("tcp", "442-443"),
        "a range from one to the other": _opened("tcp", "80-443"),
        "a range the wrong way round": _opened("tcp", "443-80"),
        "every port": {**_OPEN, "allows": [{"protocol": "tcp"}]},
        "every protocol": _opened("all", "443"),
        "no protocol": {**_OPEN, "allows": [{"ports": ["443"]}]},
        "what has no ports": {**_OPEN, "allows": [{"protocol": "icmp"}]},
        "web and another protocol": {
            **_OPEN,
            "allows": [{"protocol": "tcp", "ports": ["443"]}, {"protocol": "icmp"}],
        },
        "from no named source": {**SSH, **_FRONT},
        "for every machine": {**_OPEN, "targetTags": None},
        "for every machine, with an empty list": {**_OPEN, "targetTags": []},
        "not on record": {**_OPEN, "logConfig": None, "enableLogging": False},
    },
    undecided={
        "ranges not known": {**SSH, "sourceRanges": UNKNOWN_ARRAY},
        "protocol not known": _opened(UNKNOWN_STRING, "443"),
        "ports not known": _opened("tcp", UNKNOWN_STRING),
        "a port that is no number": _opened("tcp", "https"),
        "the beginning of a range is no number": _opened("tcp", "http-443"),
        "the end of a range is no number": _opened("tcp", "443-https"),
        "whether it is on not known": {**SSH, **WORLD, "disabled": UNKNOWN_BOOLEAN},
        "direction not known": {**SSH, **WORLD, "direction": UNKNOWN_STRING},
        "targets not known": {**_OPEN, "targetTags": UNKNOWN_ARRAY},
        "accounts not known": {
            **_OPEN,
            "targetTags": None,
            "targetServiceAccounts": UNKNOWN_ARRAY,
        },
        "logging not known": {**_OPEN, "logConfig": None, "enableLogging": UNKNOWN_BOOLEAN},
        "tags not known": {**SSH, "sourceTags": UNKNOWN_ARRAY},
        "what is allowed not known": {
            **WORLD,
            "allows": UNKNOWN_ARRAY,
            "logConfig": {},
            "targetTags": ["front"],
        },
    },
    foreign={"what leaves": {**SSH, **WORLD, "direction": "EGRESS"}},
)


def _web(**changed: Any) -> dict[str, Any]:
    layers = [{"ipProtocol": "tcp", "ports": ["443"]}]
    return {
        "action": "allow",
        "match": {"srcIpRanges": EVERYWHERE_RANGES, "layer4Configs": layers},
        "targetSecureTags": [{"name": UNKNOWN_STRING}],
        "enableLogging": True,
        **changed,
    }


def _matched(**match: Any) -> dict[str, Any]:
    return _web(match={"srcIpRanges": EVERYWHERE_RANGES, **match})


_INGRESS_RULE_CHECK: Final = Check(
    type=POLICY_RULE,
    demand="What enters from every address is for the ports meant, for some machines, on record.",
    reads=(
        *POLICY_RULE_CHECK.reads,
        "targetSecureTags",
        "targetServiceAccounts",
        "targetForwardingRules",
        "enableLogging",
    ),
    absent=(
        f"{ABSENT_SOURCES} A rule without action allows nothing. Any other source names one. No target "
        "is every machine and violates. enableLogging left out is off and violates."
    ),
    judge=_narrow_rule,
    applies=is_ingress,
    good={
        "web, for machines with a tag": _web(),
        "web, for machines of an account": _web(
            targetSecureTags=None, targetServiceAccounts=[UNKNOWN_STRING]
        ),
        "web, for a load balancer": _web(
            targetSecureTags=None, targetForwardingRules=[UNKNOWN_STRING]
        ),
        "anything refused": policy_rule("deny", srcIpRanges=EVERYWHERE_RANGES),
        "anything from inside": policy_rule(srcIpRanges=["10.0.0.0/8"]),
        "anything from machines with a tag": policy_rule(srcSecureTags=[{"name": UNKNOWN_STRING}]),
        "a rule that is off": {**policy_rule(srcIpRanges=EVERYWHERE_RANGES), "disabled": True},
        "no action": {"match": policy_rule(srcIpRanges=EVERYWHERE_RANGES)["match"]},
        "nothing matched": {"action": "allow", "match": {"srcIpRanges": EVERYWHERE_RANGES}},
    },
    bad={
        "another port": _matched(layer4Configs=[{"ipProtocol": "tcp", "ports": ["8443"]}]),
        "every port": _matched(layer4Configs=[{"ipProtocol": "tcp"}]),
        "no protocol": _matched(layer4Configs=[{"ports": ["443"]}]),
        "from no named source": _web(match=policy_rule()["match"]),
        "for every machine": _web(targetSecureTags=None),
        "not on record": _web(enableLogging=False),
        "logging left out": _web(enableLogging=None),
    },
    undecided={
        "action not known": _web(action=UNKNOWN_STRING, enableLogging=False),
        "direction not known": _web(direction=UNKNOWN_STRING, enableLogging=False),
        "whether it is on not known": _web(disabled=UNKNOWN_BOOLEAN, enableLogging=False),
        "match not known": _web(match=UNKNOWN_STRING),
        "logging not known": _web(enableLogging=UNKNOWN_BOOLEAN),
        "targets not known": _web(targetSecureTags=UNKNOWN_ARRAY),
        "accounts not known": _web(targetSecureTags=None, targetServiceAccounts=UNKNOWN_ARRAY),
        **{f"{key} not known": policy_rule(**{key: UNKNOWN_ARRAY}) for key in SOURCES},
        **{f"{key} not known": policy_rule(**{key: UNKNOWN_STRING}) for key in SCOPES},
        "load balancers not known": _web(
            targetSecureTags=None, targetForwardingRules=UNKNOWN_ARRAY
        ),
    },
    foreign={"what leaves": {**policy_rule(srcIpRanges=EVERYWHERE_RANGES), "direction": "EGRESS"}},
)

NO_PUBLIC_INGRESS: Final = Rule(
    id="gcp-fw-no-public-ingress",
    title="What is open to every address is meant to be, for some machines, and on record",
    reason=(
        "A rule without a target opens every machine of the network, those of tomorrow too, and "
        "without a record nobody sees who came."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=(),
    fix=(
        "Name the ports, the machines by target_tags or target_service_accounts, and set "
        "log_config (enable_logging for a rule of a policy); or name the sources."
    ),
    source="https://cloud.google.com/firewall/docs/firewalls",
    settings=(
        Setting(
            name="ports",
            description="Ports that may be open to every address.",
            default=(80, 443),
        ),
    ),
    checks=(
        _INGRESS_CHECK,
        _INGRESS_RULE_CHECK,
        replace(_INGRESS_RULE_CHECK, type=REGIONAL_RULE),
    ),
)
