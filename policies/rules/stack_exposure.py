"""What the internet reaches: behind a firewall for web applications, or for named addresses only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from policies.addresses import covers_every_address
from policies.companions import companions
from policies.examples import example
from policies.references import Targets, is_computed
from policies.rule import Check, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_OBJECT, UNKNOWN_STRING, Truth, View, some

_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_FIREWALLS: Final = (
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafregional/webAclAssociation:WebAclAssociation",
)
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_BACKEND: Final = "gcp:compute/backendService:BackendService"
_REGION_BACKEND: Final = "gcp:compute/regionBackendService:RegionBackendService"
_INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
_SERVICE: Final = "kubernetes:core/v1:Service"
_ID_OF_GROUP: Final = "securityGroupId"
_GROUPS: Final[WeakKeyDictionary[Stack, Targets]] = WeakKeyDictionary()
_OPEN: Final = (
    "is open to the internet, without a firewall for web applications or a list of sources"
)


def _guarded(balancer: Subject, stack: Stack) -> Iterator[Demand]:
    internal = balancer.at("internal")
    inside = Truth.NO if is_computed(balancer.resource, "internal") else internal.is_true()
    # Only what speaks HTTP can have such a firewall.
    kind = balancer.at("loadBalancerType", absent="application")
    walled = kind.is_one_of("application") & _is_walled(balancer.resource, stack)
    yield Demand(inside | walled | _is_limited(balancer, stack), balancer, _OPEN)


def _is_walled(balancer: Resource, stack: Stack) -> Truth:
    return some(
        held
        for firewall in _FIREWALLS
        for _, held in companions(stack, firewall, "resourceArn", _BALANCER).of(balancer)
    )


def _is_limited(balancer: Subject, stack: Stack) -> Truth:
    """Whether each of its security groups lets named addresses in only."""
    given = balancer.at("securityGroups")
    if given.is_empty() is Truth.YES or is_computed(balancer.resource, "securityGroups"):
        return Truth.NO
    groups, whole = _groups(stack).named_by(balancer.resource, "securityGroups")
    opened = some(_lets_all_in(group, stack) for group in groups)
    return ~opened & (Truth.YES if whole else Truth.UNKNOWN)


def _groups(stack: Stack) -> Targets:
    if stack not in _GROUPS:
        _GROUPS[stack] = Targets(stack.of(_GROUP))
    return _GROUPS[stack]


def _lets_all_in(group: Resource, stack: Stack) -> Truth:
    props = View(group.props)
    rules = () if is_computed(group, "ingress") else props.at("ingress").elements()
    inline = some(_is_from_everywhere(rule) for rule in rules)
    separate = some(
        held & covers_every_address([rule.at("cidrIpv4"), rule.at("cidrIpv6")])
        for rule, held in companions(stack, _INGRESS_RULE, _ID_OF_GROUP, _GROUP).of(group)
    )
    classic = some(
        held & rule.at("type").is_one_of("ingress") & _is_from_everywhere(rule)
        for rule, held in companions(stack, _GROUP_RULE, _ID_OF_GROUP, _GROUP).of(group)
    )
    return inline | separate | classic


def _is_from_everywhere(rule: View) -> Truth:
    keys = ("cidrBlocks", "ipv6CidrBlocks")
    return covers_every_address([each for key in keys for each in rule.at(key).elements()])


def _serves_public(balancer: Subject, _: Stack) -> Truth:
    # A gateway load balancer hands packets on to appliances and listens to nobody.
    return ~balancer.at("loadBalancerType").is_one_of("gateway")


def _has_firewall(distribution: Subject) -> Iterator[Demand]:
    firewall = distribution.at("webAclId")
    yield Demand(firewall.is_given() & _is_text(firewall), firewall, "is left out")


def _is_text(view: View) -> Truth:
    """Whether a reference, which may not be known yet, is more than an empty text."""
    return Truth.NO if view.raw == "" else Truth.YES


def _has_policy(backend: Subject) -> Iterator[Demand]:
    policy = backend.at("securityPolicy")
    yield Demand(policy.is_given() & _is_text(policy), policy, "is left out")


def _serves_internet(backend: Subject) -> Truth:
    scheme = backend.at("loadBalancingScheme", absent=_DEFAULT_SCHEME[backend.resource.type])
    return scheme.is_one_of("EXTERNAL", "EXTERNAL_MANAGED")


# Source: loadBalancingScheme of both types in pulumi-gcp 10.2.
_DEFAULT_SCHEME: Final = {_BACKEND: "EXTERNAL", _REGION_BACKEND: "INTERNAL"}

# Annotations that put a firewall before an ingress, and those that list its sources.
_WALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "nginx.ingress.kubernetes.io/enable-modsecurity": ("true",),
    "appgw.ingress.kubernetes.io/waf-policy-for-path": (),
    "alb.ingress.kubernetes.io/wafv2-acl-arn": (),
    "alb.ingress.kubernetes.io/waf-acl-id": (),
}
_SOURCES: Final = (
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "haproxy.org/allow-list",
)
_ALB_SCHEME: Final = "alb.ingress.kubernetes.io/scheme"
_CLASS: Final = "kubernetes.io/ingress.class"
_ALB: Final = "alb"


def _ingress(ingress: Subject) -> Iterator[Demand]:
    annotations = ingress.at("metadata", "annotations")
    named = ingress.at("spec", "ingressClassName")
    kind = named if named.is_present else annotations.at(_CLASS)
    internal = ingress.configured["internal_classes"]
    inside = kind.is_one_of(*internal) | (
        # A load balancer of this controller is internal unless it is told otherwise.
        kind.is_one_of(_ALB) & annotations.at(_ALB_SCHEME, absent="internal").is_one_of("internal")
    )
    walled = some(_is_wall(annotations.at(key), values) for key, values in _WALLS.items())
    limited = some(_lists_sources(annotations.at(key)) for key in _SOURCES)
    yield Demand(inside | walled | limited, ingress.at("metadata"), _OPEN)


def _is_wall(annotation: View, values: tuple[str, ...]) -> Truth:
    if values:
        return annotation.is_one_of(*values)
    return annotation.is_given() & _is_text(annotation)


def _lists_sources(annotation: View) -> Truth:
    if not isinstance(annotation.raw, str):
        return annotation.is_given() & Truth.UNKNOWN
    ranges = [View(text.strip()) for text in annotation.raw.split(",") if text.strip()]
    return ~covers_every_address(ranges) if ranges else Truth.NO


# Annotations that keep the load balancer of a service inside.
_INSIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "networking.gke.io/load-balancer-type": ("Internal",),
    "cloud.google.com/load-balancer-type": ("Internal", "internal"),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
}


def _service(service: Subject) -> Iterator[Demand]:
    annotations = service.at("metadata", "annotations")
    inside = some(annotations.at(key).is_one_of(*values) for key, values in _INSIDE.items())
    ranges = service.at("spec", "loadBalancerSourceRanges")
    limited = ~ranges.is_empty() & ~covers_every_address(ranges.elements())
    yield Demand(inside | limited, ranges, _OPEN)


def _is_balanced(service: Subject) -> Truth:
    return service.at("spec", "type").is_one_of("LoadBalancer")


def _balancer(**props: Any) -> Resource:
    return example(_BALANCER, "web", {"id": UNKNOWN_STRING, **props})


def _with_groups(*groups: Resource, **props: Any) -> Resource:
    return example(
        _BALANCER,
        "web",
        {"id": UNKNOWN_STRING, "securityGroups": [UNKNOWN_STRING] * len(groups), **props},
        made_from={"securityGroups": groups},
    )


def _walls(balancer: Resource, type_: str = _FIREWALLS[0]) -> Resource:
    props = {"resourceArn": UNKNOWN_STRING}
    return example(type_, "web", props, made_from={"resourceArn": [balancer]})


def _rule_of(group: Resource, type_: str = _INGRESS_RULE, **props: Any) -> Resource:
    rule = {_ID_OF_GROUP: UNKNOWN_STRING, **props}
    return example(type_, "web", rule, made_from={_ID_OF_GROUP: [group]})


def _group(**props: Any) -> Resource:
    return example(_GROUP, "web", {"id": UNKNOWN_STRING, **props})


_PUBLIC: Final = _balancer(internal=False)
_CLOSED: Final = _group()
_EVERYONE: Final = "0.0.0.0/0"
_OFFICE: Final = "203.0.113.0/24"
_OPENED: Final = _group(ingress=[{"cidrBlocks": [_OFFICE]}, {"ipv6CidrBlocks": ["::/0"]}])
_LIMITED: Final = _group(ingress=[{"cidrBlocks": [_OFFICE]}])
_UNREAD: Final = _group(ingress=UNKNOWN_ARRAY)


def _annotated(spec: Mapping[str, Any] | None = None, **annotations: Any) -> Mapping[str, Any]:
    return {"metadata": {"annotations": annotations}, "spec": dict(spec or {})}


def _ingress_with(kind: Any = None, annotation: str = "", value: Any = "") -> Mapping[str, Any]:
    spec = {} if kind is None else {"ingressClassName": kind}
    return _annotated(spec, **({annotation: value} if annotation else {}))


def _service_with(annotation: str = "", value: Any = "", **spec: Any) -> Mapping[str, Any]:
    annotations = {annotation: value} if annotation else {}
    return _annotated({"type": "LoadBalancer", **spec}, **annotations)


def _backend(type_: str, scheme: str) -> Check:
    foreign = {
        "inside": {"loadBalancingScheme": "INTERNAL_MANAGED"},
        **({"scheme left out": {}} if _DEFAULT_SCHEME[type_] == "INTERNAL" else {}),
    }
    given = {"loadBalancingScheme": scheme}
    return Check(
        type=type_,
        demand="A backend that serves the internet has a security policy.",
        reads=("securityPolicy", "loadBalancingScheme"),
        absent=(f"No policy violates. loadBalancingScheme left out is {_DEFAULT_SCHEME[type_]}."),
        judge=_has_policy,
        applies=_serves_internet,
        good={
            "a policy": {"securityPolicy": "web", **given},
            "a policy of the newer scheme": {
                "securityPolicy": "web",
                "loadBalancingScheme": "EXTERNAL_MANAGED",
            },
            "a policy, the scheme left out or not": {"securityPolicy": "web"}
            if type_ == _BACKEND
            else {"securityPolicy": "web", "loadBalancingScheme": UNKNOWN_STRING},
            "a policy not known": {"securityPolicy": UNKNOWN_STRING, **given},
        },
        bad={
            "left out": given,
            "empty": {"securityPolicy": "", **given},
            "newer scheme": {"loadBalancingScheme": "EXTERNAL_MANAGED"},
            **({"both left out": {}} if type_ == _BACKEND else {}),
        },
        undecided={"scheme not known": {"loadBalancingScheme": UNKNOWN_STRING}},
        foreign=foreign,
    )


NO_ORPHAN_EXPOSURE: Final = Rule(
    id="stack-no-orphan-exposure",
    title="What serves the internet has a firewall for web applications or a list of sources",
    reason=(
        "Whatever is reachable is probed within minutes; without a firewall or a list of sources "
        "every flaw in what stands behind is open to everybody at once."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=(),
    fix=(
        "Associate a web ACL or security policy with it, list the addresses that may come in, or "
        "make it internal."
    ),
    source="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html",
    settings=(
        Setting(
            name="internal_classes",
            description="Ingress classes whose controllers are reached from inside only.",
            default=("gce-internal", "internal", "nginx-internal"),
        ),
    ),
    checks=(
        Check(
            type=_DISTRIBUTION,
            demand="The distribution has a web ACL.",
            reads=("webAclId",),
            absent="webAclId left out violates.",
            judge=_has_firewall,
            good={"given": {"webAclId": "arn:acl"}, "not known": {"webAclId": UNKNOWN_STRING}},
            bad={"left out": {}, "empty": {"webAclId": ""}},
            undecided={},
        ),
        _backend(_BACKEND, "EXTERNAL"),
        _backend(_REGION_BACKEND, "EXTERNAL"),
        Check(
            type=_INGRESS,
            demand="The ingress is internal, has a firewall or lists its sources.",
            reads=("metadata.annotations", "spec.ingressClassName"),
            absent=(
                "No annotation violates, unless the class is an internal one. An ingress of class "
                "alb is internal unless an annotation says otherwise."
            ),
            judge=_ingress,
            good={
                "an internal class": _ingress_with("internal"),
                "an internal class of nginx": _ingress_with("nginx-internal"),
                "an internal class, by annotation": _ingress_with(None, _CLASS, "gce-internal"),
                "class alb": _ingress_with(_ALB),
                "class alb, said to be internal": _ingress_with(_ALB, _ALB_SCHEME, "internal"),
                **{
                    f"{key}": _ingress_with("nginx", key, values[0] if values else "acl-1")
                    for key, values in _WALLS.items()
                },
                "a firewall not known": _ingress_with("nginx", [*_WALLS][-1], UNKNOWN_STRING),
                **{key: _ingress_with("nginx", key, f"{_OFFICE}, 10.0.0.0/8") for key in _SOURCES},
            },
            bad={
                "left out": {"metadata": {}, "spec": {}},
                "another class": _ingress_with("nginx", _ALB_SCHEME, "internal"),
                "class alb, facing the internet": _ingress_with(
                    _ALB, _ALB_SCHEME, "internet-facing"
                ),
                "a firewall that is off": _ingress_with("nginx", next(iter(_WALLS)), "false"),
                "an empty firewall": _ingress_with("nginx", [*_WALLS][-1]),
                "every source": _ingress_with("nginx", _SOURCES[0], f"{_OFFICE},{_EVERYONE}"),
                "no source": _ingress_with("nginx", _SOURCES[0], " ,"),
            },
            undecided={
                "class not known": _ingress_with(UNKNOWN_STRING),
                "sources not known": _ingress_with("nginx", _SOURCES[0], UNKNOWN_STRING),
                "scheme not known": _ingress_with(_ALB, _ALB_SCHEME, UNKNOWN_STRING),
                "annotations not known": {"metadata": {"annotations": UNKNOWN_OBJECT}},
            },
        ),
        Check(
            type=_SERVICE,
            demand="The load balancer of a service is internal or lists its sources.",
            reads=("spec.type", "spec.loadBalancerSourceRanges", "metadata.annotations"),
            absent="No ranges violate, unless an annotation keeps the load balancer inside.",
            judge=_service,
            applies=_is_balanced,
            good={
                **{
                    f"{key}: {value}": _service_with(key, value)
                    for key, values in _INSIDE.items()
                    for value in values
                },
                "sources": _service_with(loadBalancerSourceRanges=[_OFFICE]),
            },
            bad={
                "left out": {"metadata": {}, "spec": {"type": "LoadBalancer"}},
                "none": _service_with(loadBalancerSourceRanges=[]),
                "every source": _service_with(loadBalancerSourceRanges=[_OFFICE, _EVERYONE]),
                "facing the internet": _service_with([*_INSIDE][1], "internet-facing"),
            },
            undecided={
                "sources not known": _service_with(loadBalancerSourceRanges=UNKNOWN_ARRAY),
                "annotations not known": {
                    "metadata": {"annotations": UNKNOWN_OBJECT},
                    "spec": {"type": "LoadBalancer"},
                },
                "type not known": {"spec": {"type": UNKNOWN_STRING}},
            },
            foreign={
                "inside": {"spec": {"type": "ClusterIP"}},
                "type left out": {"spec": {}},
            },
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_BALANCER,
            demand="The load balancer is internal, has a web ACL or lets named addresses in only.",
            reads={
                _BALANCER: ("internal", "loadBalancerType", "securityGroups"),
                _FIREWALLS[0]: ("resourceArn",),
                _FIREWALLS[1]: ("resourceArn",),
                _GROUP: ("ingress.cidrBlocks", "ingress.ipv6CidrBlocks"),
                _INGRESS_RULE: ("cidrIpv4", "cidrIpv6", "securityGroupId"),
                _GROUP_RULE: ("type", "cidrBlocks", "ipv6CidrBlocks", "securityGroupId"),
            },
            absent=(
                "internal left out is off, loadBalancerType left out is application, and no "
                "association and no security groups violate. Only a load balancer for applications "
                "can have a web ACL. Security groups outside the stack are not known."
            ),
            judge=_guarded,
            applies=_serves_public,
            good={
                "internal": (_balancer(internal=True),),
                "a web ACL": (_PUBLIC, _walls(_PUBLIC)),
                "a classic web ACL": (_PUBLIC, _walls(_PUBLIC, _FIREWALLS[1])),
                "a group that is closed": (_with_groups(_CLOSED), _CLOSED),
                "sources in the group": (_with_groups(_LIMITED), _LIMITED),
                "sources in rules": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    _rule_of(_CLOSED, cidrIpv4=_OFFICE),
                    _rule_of(_CLOSED, _GROUP_RULE, type="ingress", cidrBlocks=[_OFFICE]),
                ),
                "everyone on the way out": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    _rule_of(_CLOSED, _GROUP_RULE, type="egress", cidrBlocks=[_EVERYONE]),
                ),
                "sources of a network load balancer": (
                    _with_groups(_LIMITED, loadBalancerType="network"),
                    _LIMITED,
                ),
            },
            bad={
                "left out": (_balancer(),),
                "no groups": (_balancer(securityGroups=[]),),
                "a web ACL that cannot be": (
                    _network := _balancer(loadBalancerType="network"),
                    _walls(_network),
                ),
                "a web ACL of another": (
                    _PUBLIC,
                    other := example(_BALANCER, "other"),
                    _walls(other),
                ),
                "a group that is open": (_with_groups(_LIMITED, _OPENED), _LIMITED, _OPENED),
                "a rule that is open": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    _rule_of(_CLOSED, cidrIpv4=_EVERYONE),
                ),
                "a rule that is open to IPv6": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    _rule_of(_CLOSED, cidrIpv6="::/0"),
                ),
                "a classic rule that is open": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    _rule_of(_CLOSED, _GROUP_RULE, type="ingress", cidrBlocks=[_EVERYONE]),
                ),
            },
            undecided={
                "internal not known": (_balancer(internal=UNKNOWN_STRING),),
                "a group of another stack": (_balancer(securityGroups=["sg-1"]),),
                "groups not known": (_balancer(securityGroups=UNKNOWN_ARRAY),),
                "rules not known": (_with_groups(_UNREAD), _UNREAD),
                "a rule of a group not known": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    example(
                        _INGRESS_RULE, "web", {_ID_OF_GROUP: UNKNOWN_STRING, "cidrIpv4": _EVERYONE}
                    ),
                ),
                "a classic rule of a group not known": (
                    _with_groups(_CLOSED),
                    _CLOSED,
                    example(
                        _GROUP_RULE,
                        "web",
                        {
                            _ID_OF_GROUP: UNKNOWN_STRING,
                            "type": "ingress",
                            "cidrBlocks": [_EVERYONE],
                        },
                    ),
                ),
                "an association not known": (
                    _PUBLIC,
                    example(_FIREWALLS[0], "web", {"resourceArn": UNKNOWN_STRING}),
                ),
            },
            foreign={"for appliances": (_balancer(loadBalancerType="gateway"),)},
        ),
    ),
)
