"""What AWS security groups let the whole internet reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from policies.addresses import LAST_PORT, covers_every_address
from policies.controls import fsbp
from policies.examples import example
from policies.references import References, Targets, is_computed
from policies.rule import Check, Demand, Rule, Setting, Severity, StackCheck, always
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, truth

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_CLASSIC_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer")
# TCP and UDP, by name and by number: every other protocol is on no port, or on all.
_WITH_PORTS: Final = ("tcp", "6", "udp", "17")
_WEB: Final = (80, 443)


def _rules_of(subject: Subject) -> Iterator[tuple[View, Truth, str]]:
    """Each ingress rule, whether every address is its source, and the key of its protocol."""
    if subject.resource.type == _INGRESS_RULE:
        ranges = (subject.at("cidrIpv4"), subject.at("cidrIpv6"))
        yield subject, covers_every_address(ranges), "ipProtocol"
        return
    inline = subject.resource.type == _GROUP
    for rule in subject.at("ingress").elements() if inline else (subject,):
        ranges = (*rule.at("cidrBlocks").elements(), *rule.at("ipv6CidrBlocks").elements())
        yield rule, covers_every_address(ranges), "protocol"


def _on_allowed_ports(subject: Subject) -> Iterator[Demand]:
    for rule, is_public, protocol in _rules_of(subject):
        if is_public is not Truth.NO:
            allowed = _is_within(rule, rule.at(protocol), subject.configured["ports"])
            problem = "lets every address reach more than the ports that are meant to be public"
            yield Demand(~is_public | allowed, rule, problem)


def _is_within(rule: View, protocol: View, allowed: tuple[int, ...]) -> Truth:
    """Whether a rule opens ``allowed`` ports only; without protocol or ports it opens all."""
    if not protocol.is_present:
        return Truth.NO
    # A protocol may be a number.
    name = str(protocol.raw).lower()
    known = truth(name in _WITH_PORTS) if protocol.is_known else Truth.UNKNOWN
    first = rule.at("fromPort", absent=0).number()
    last = rule.at("toPort", absent=LAST_PORT).number()
    if any(end is not None and end not in allowed for end in (first, last)):
        return Truth.NO
    if first is None or last is None:
        return known & Truth.UNKNOWN
    between = [port for port in allowed if first <= port <= last]
    return known & truth(len(set(between)) == last - first + 1)


def _is_ingress(rule: Subject) -> Truth:
    return ~rule.at("type").is_one_of("egress")


class _Balanced:
    """Which security groups of a stack a load balancer uses."""

    def __init__(self, stack: Stack) -> None:
        self._groups = Targets(stack.of(_GROUP))
        self._balancers = References(stack.of(*_BALANCERS), "securityGroups", (_GROUP,))

    def uses_group_of(self, resource: Resource) -> Truth:
        """Whether a load balancer uses a group, or that of a rule; one outside the stack may be."""
        is_group = resource.type == _GROUP
        groups = [resource] if is_group else self._groups.named_by(resource, "securityGroupId")[0]
        if not groups:
            text = View(resource.props).at("securityGroupId").raw
            listed = isinstance(text, str) and self._balancers.by_id(text)
            return Truth.YES if listed else Truth.UNKNOWN
        if self._balancers.certain(groups[0]):
            return Truth.YES
        return Truth.UNKNOWN if self._balancers.possible(groups[0]) else Truth.NO


_BALANCED: Final[WeakKeyDictionary[Stack, _Balanced]] = WeakKeyDictionary()


def _behind_balancer(subject: Subject, stack: Stack) -> Iterator[Demand]:
    balanced = _BALANCED.get(stack)
    if balanced is None:
        balanced = _BALANCED[stack] = _Balanced(stack)
    resource = subject.resource
    if resource.type == _GROUP and is_computed(resource, "ingress"):
        return
    inward = _is_ingress(subject) if resource.type == _CLASSIC_RULE else Truth.YES
    for rule, is_public, _ in _rules_of(subject):
        opened = is_public & inward
        if opened is not Truth.NO:
            used = balanced.uses_group_of(resource)
            yield Demand(~opened | used, rule, "lets every address reach what is no load balancer")


_ABSENT: Final = (
    "Without an address range (a group, a prefix list or the group itself is the source) nothing "
    "is open to every address. Without a protocol or without ports every port is open."
)


def _rule(type_: str, *ranges: str, protocol: Any = "tcp", **ports: Any) -> Mapping[str, Any]:
    """The properties of a resource of ``type_`` with one ingress rule for HTTPS, or ``ports``."""
    found = dict(ports or {"fromPort": 443, "toPort": 443})
    if type_ == _INGRESS_RULE:
        keys = {"cidrIpv6" if ":" in each else "cidrIpv4": each for each in ranges}
        return {"ipProtocol": protocol, **found, **keys}
    wide = [each for each in ranges if ":" in each]
    narrow = [each for each in ranges if ":" not in each]
    rule = {"protocol": protocol, **found}
    rule |= {"cidrBlocks": narrow} if narrow else {}
    rule |= {"ipv6CidrBlocks": wide} if wide else {}
    return {"ingress": [rule]} if type_ == _GROUP else {"type": "ingress", **rule}


def _without(props: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """``props`` without ``keys``, in its inline rules too."""
    if "ingress" in props:
        return {"ingress": [_without(rule, *keys) for rule in props["ingress"]]}
    return {key: value for key, value in props.items() if key not in keys}


def _with(props: Mapping[str, Any], **values: Any) -> Mapping[str, Any]:
    """``props`` with ``values``, in its inline rules too."""
    if "ingress" in props:
        return {"ingress": [{**rule, **values} for rule in props["ingress"]]}
    return {**props, **values}


_ANYWHERE: Final = "0.0.0.0/0"
_OFFICE: Final = "198.51.100.0/24"
_RANGES: Final = {
    _GROUP: ("ingress.cidrBlocks", "ingress.ipv6CidrBlocks"),
    _CLASSIC_RULE: ("cidrBlocks", "ipv6CidrBlocks"),
    _INGRESS_RULE: ("cidrIpv4", "cidrIpv6"),
}
_REST: Final = {
    _GROUP: ("ingress.protocol", "ingress.fromPort", "ingress.toPort"),
    _CLASSIC_RULE: ("type", "protocol", "fromPort", "toPort"),
    _INGRESS_RULE: ("ipProtocol", "fromPort", "toPort"),
}


def _port_check(type_: str) -> Check:
    protocol = "ipProtocol" if type_ == _INGRESS_RULE else "protocol"
    unknown_range, unknown_wide = (
        {path.rpartition(".")[2]: UNKNOWN_STRING} for path in _RANGES[type_]
    )
    ssh = {"fromPort": 22, "toPort": 22}
    public = _rule(type_, _ANYWHERE)
    good = {
        "HTTPS from everywhere": _rule(type_, _ANYWHERE, "::/0"),
        "HTTP from everywhere": _rule(type_, _ANYWHERE, fromPort=80, toPort=80),
        "HTTP/3 from everywhere": _rule(type_, _ANYWHERE, protocol="UDP"),
        "SSH from one range": _rule(type_, _OFFICE, **ssh),
        "no range": _rule(type_, **ssh),
        "port not known, from one range": _rule(type_, _OFFICE, fromPort=UNKNOWN_NUMBER),
    }
    bad = {
        "SSH from everywhere": _rule(type_, _ANYWHERE, **ssh),
        "SSH from every IPv6 address": _rule(type_, "::/0", **ssh),
        "from HTTP to HTTPS": _rule(type_, _ANYWHERE, fromPort=80, toPort=443),
        "a range that ends in HTTPS": _rule(type_, _ANYWHERE, fromPort=442, toPort=443),
        "a range that begins with HTTPS": _rule(type_, _ANYWHERE, fromPort=443, toPort=444),
        "every protocol": _with(public, **{protocol: "-1"}),
        "ping": _rule(type_, _ANYWHERE, protocol="icmp", fromPort=8, toPort=0),
        "another protocol": _with(public, **{protocol: "47"}),
        "no protocol": _without(public, protocol),
        "no first port": _without(public, "fromPort"),
        "no last port": _without(public, "toPort"),
        "SSH by a protocol not known": _with(
            _rule(type_, _ANYWHERE, **ssh), **{protocol: UNKNOWN_STRING}
        ),
    }
    undecided = {
        "range not known": _with(_rule(type_, **ssh), **unknown_range),
        "IPv6 range not known": _with(_rule(type_, **ssh), **unknown_wide),
        "protocol not known": _with(public, **{protocol: UNKNOWN_STRING}),
        "first port not known": _with(public, fromPort=UNKNOWN_NUMBER),
        "last port not known": _with(public, toPort=UNKNOWN_NUMBER),
    }
    if type_ == _GROUP:
        good["no ingress at all"] = {}
        undecided["ingress not known"] = {"ingress": UNKNOWN_STRING}
    if type_ == _CLASSIC_RULE:
        bad["no direction"] = _without(bad["SSH from everywhere"], "type")
        undecided["direction not known"] = _with(bad["SSH from everywhere"], type=UNKNOWN_STRING)
        good["HTTPS by number"] = _rule(type_, _ANYWHERE, protocol="6")
    egress = {"egress to everywhere": {"type": "egress", "cidrBlocks": [_ANYWHERE]}}
    return Check(
        type=type_,
        demand="What every address reaches is on the allowed ports.",
        reads=(*_RANGES[type_], *_REST[type_]),
        absent=_ABSENT,
        judge=_on_allowed_ports,
        applies=_is_ingress if type_ == _CLASSIC_RULE else always,
        good=good,
        bad=bad,
        undecided=undecided,
        foreign=egress if type_ == _CLASSIC_RULE else {},
    )


def _balancer(*groups: Resource, type_: str = _BALANCERS[0]) -> Resource:
    return example(
        type_,
        "web",
        {"securityGroups": [UNKNOWN_STRING for _ in groups]},
        made_from={"securityGroups": groups},
    )


def _balancer_check(type_: str) -> StackCheck:
    inline = type_ == _GROUP
    public = {"id": UNKNOWN_STRING, **(_rule(type_, _ANYWHERE) if inline else {})}
    group = example(_GROUP, "web", public)
    other = example(_GROUP, "other", {"id": UNKNOWN_STRING})
    named = example(_GROUP, "web", {**public, "id": "sg-01"})

    def opening(target: Resource | None = group, *ranges: str, **more: Any) -> tuple[Resource, ...]:
        """The rule resource for ``target``, none where the rule is inline."""
        if inline:
            return ()
        props = {**_rule(type_, *(ranges or (_ANYWHERE,))), "securityGroupId": UNKNOWN_STRING}
        made_from = {"securityGroupId": [target]} if target else None
        return (example(type_, "https", {**props, **more}, made_from=made_from),)

    closed = example(_GROUP, "web", {"id": UNKNOWN_STRING, **_rule(_GROUP, _OFFICE)})
    vpc = example("aws:ec2/vpc:Vpc", "core", {"id": UNKNOWN_STRING})
    filled = {"ingress": UNKNOWN_STRING, "vpcId": UNKNOWN_STRING}
    computed = example(_GROUP, "web", filled, made_from={"vpcId": [vpc]})
    outside = example(_BALANCERS[0], "web", {"securityGroups": ["sg-01"]})
    good: dict[str, tuple[Resource, ...]] = {
        "of a load balancer": (group, *opening(), _balancer(group)),
        "of a classic load balancer": (group, *opening(), _balancer(group, type_=_BALANCERS[1])),
        "one of several groups of it": (group, other, *opening(), _balancer(other, group)),
        "ids known": (named, *opening(None, securityGroupId="sg-01"), outside),
        "of no load balancer, from one range": (closed, *opening(closed, _OFFICE)),
    }
    bad = {
        "no load balancer": (group, *opening()),
        "of another group": (group, other, *opening(), _balancer(other)),
        "of another known group": (
            example(_GROUP, "web", {**public, "id": "sg-02"}),
            *opening(None, securityGroupId="sg-02"),
            outside,
        ),
    }
    undecided: dict[str, tuple[Resource, ...]] = {
        "groups of the load balancer not known": (group, *opening(), _balancer_of_unknown()),
        "range not known": (
            example(_GROUP, "web", {**public, **_rule(_GROUP, UNKNOWN_STRING)})
            if inline
            else group,
            *opening(group, UNKNOWN_STRING),
        ),
    }
    if inline:
        good["no rules of its own, shown as not known"] = (vpc, computed)
        undecided["ingress not known"] = (example(_GROUP, "web", {"ingress": UNKNOWN_STRING}),)
    else:
        good["a group outside the stack, of a load balancer"] = (
            *opening(None, securityGroupId="sg-01"),
            outside,
        )
        undecided["a group outside the stack"] = opening(None, securityGroupId="sg-03")
        undecided["group not known"] = (group, *opening(None), _balancer(group))
    if type_ == _CLASSIC_RULE:
        good["to everywhere"] = (group, *opening(group, type="egress"))
        undecided["direction not known"] = (group, *opening(group, type=UNKNOWN_STRING))
    own = (*_RANGES[type_], *(() if inline else ("securityGroupId",)))
    return StackCheck(
        type=type_,
        demand="Only a group that a load balancer uses lets every address in.",
        reads={
            type_: (*own, "type") if type_ == _CLASSIC_RULE else own,
            **dict.fromkeys(_BALANCERS, ("securityGroups",)),
        },
        absent=(
            "Without an address range nothing is open to every address. No load balancer in the "
            "stack that uses the group violates; a group outside the stack is undecided. The "
            "dependencies of securityGroups tell which groups are meant while ids are unknown."
        ),
        judge=_behind_balancer,
        good=good,
        bad=bad,
        undecided=undecided,
    )


def _balancer_of_unknown() -> Resource:
    return example(_BALANCERS[0], "web", {"securityGroups": UNKNOWN_STRING})


NO_PUBLIC_INGRESS: Final = Rule(
    id="aws-sg-no-public-ingress",
    title="Every address reaches nothing but the web ports of load balancers",
    reason=(
        "What the whole internet can reach is attacked all the time; a load balancer is made for "
        "that, and what stands behind it is not."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=fsbp("EC2.18"),
    fix=(
        "Open the ports of the load balancer only, and name its security group as the source in "
        "the groups behind it."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18",
    settings=(
        Setting(
            name="ports",
            description="Ports that may be open to every address.",
            default=_WEB,
        ),
    ),
    checks=tuple(map(_port_check, _RANGES)),
    stack_checks=tuple(map(_balancer_check, _RANGES)),
)
