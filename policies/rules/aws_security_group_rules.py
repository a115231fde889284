"""How the rules of AWS security groups are written down: once each, and with a description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from policies.examples import example
from policies.references import References, is_computed
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN, UNKNOWN_ARRAY, UNKNOWN_STRING, Truth, View, truth

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_RULES: Final = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
_DEFAULT_TEXT: Final = "Managed by Pulumi"
_SOURCE: Final = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"


def _is_described(view: View) -> Truth:
    return view.matches(lambda text: bool(text.strip()))


def _described_rule(rule: Subject) -> Iterator[Demand]:
    text = rule.at("description")
    yield Demand(_is_described(text), text, "does not say what the rule is for")


def _described_group(group: Subject) -> Iterator[Demand]:
    text = group.at("description")
    said = _is_described(text) & ~text.is_one_of(_DEFAULT_TEXT)
    yield Demand(said, text, "does not say what the group is for")
    for rule in group.at("ingress").elements():
        text = rule.at("description")
        yield Demand(_is_described(text), text, "does not say what the rule is for")


def _rule_check(type_: str) -> Check:
    return Check(
        type=type_,
        demand="The rule carries a description.",
        reads=("description",),
        absent="description left out violates, and so does an empty one.",
        judge=_described_rule,
        good={"described": {"description": "HTTPS from the office"}},
        bad={
            "left out": {},
            "empty": {"description": ""},
            "blank": {"description": " "},
        },
        undecided={"not known": {"description": UNKNOWN_STRING}},
    )


def _web(*rules: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"description": "Clients of the shop", "ingress": list(rules)}


RULE_DESCRIBED: Final = Rule(
    id="aws-sg-rule-described",
    title="Every security group and every rule of one carries a description",
    reason="Nobody dares to close what nobody can tell the purpose of.",
    severity=Severity.LOW,
    theme=Theme.GOVERNANCE,
    controls=(),
    fix="Set description on the group and on each rule: who connects, and what for.",
    source=_SOURCE,
    checks=(
        Check(
            type=_GROUP,
            demand="The group and each of its inline ingress rules carry a description.",
            reads=("description", "ingress.description"),
            absent=(
                "description left out is the provider's default text, which says nothing, and "
                "violates. A rule without description violates. No inline rules satisfy."
            ),
            judge=_described_group,
            good={
                "group and rule described": _web({"description": "HTTPS from everywhere"}),
                "no rules": {"description": "Clients of the shop"},
            },
            bad={
                "left out": {},
                "empty": {"description": ""},
                "the default text": {"description": _DEFAULT_TEXT},
                "a rule without description": _web({"description": "HTTP"}, {"protocol": "tcp"}),
                "a rule with an empty description": _web({"description": ""}),
            },
            undecided={
                "not known": {"description": UNKNOWN_STRING},
                "that of a rule not known": _web({"description": UNKNOWN_STRING}),
                "rules not known": {"description": "Shop", "ingress": UNKNOWN_ARRAY},
            },
        ),
        *map(_rule_check, _RULES),
    ),
)

_BY_GROUP: Final[WeakKeyDictionary[Stack, References]] = WeakKeyDictionary()


_PROTOCOL: Final = ("protocol", "ipProtocol")
_SOURCES: Final = (
    *("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"),
    *("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "sourceSecurityGroupId"),
)

_OPENING: Final = (*_PROTOCOL, *_SOURCES, "fromPort", "toPort", "self")

# A protocol, the first and the last port, and where from.
_Opening = tuple[str, float | None, float | None, str]


def _written_once(group: Subject, stack: Stack) -> Iterator[Demand]:
    inline = group.at("ingress")
    if inline.is_empty() is Truth.YES or is_computed(group.resource, "ingress"):
        return
    rules = _BY_GROUP.get(stack)
    if rules is None:
        rules = References(stack.of(*_RULES), "securityGroupId", (_GROUP,))
        _BY_GROUP[stack] = rules
    certain = rules.certain(group.resource)
    is_apart = _is_shown(group, certain)
    for rule in certain:
        problem = f"is overwritten by the {rule.type} named {rule.name}, and overwrites it"
        yield Demand(is_apart, inline, problem)
    if rules.possible(group.resource):
        yield Demand(is_apart | Truth.UNKNOWN, inline, "may be overwritten by a rule resource")


def _is_shown(group: Subject, rules: Iterable[Resource]) -> Truth:
    """Whether the inline rules are but those of ``rules``, which a group shows once refreshed."""
    own = group.at("id").raw
    views = [View(rule.props) for rule in rules]
    inline = [*group.at("ingress").elements()]
    shown = {each for rule in inline for each in _openings(rule, own)}
    declared = {each for rule in views for each in _openings(rule, own)}
    if any(rule.at(key).raw is UNKNOWN for rule in (*views, *inline) for key in _OPENING):
        return Truth.UNKNOWN
    return truth(bool(shown) and shown <= declared)


def _openings(rule: View, own: object) -> Iterator[_Opening]:
    """What ``rule`` lets in; the group whose id is ``own`` shows itself by a switch."""
    protocol = next((str(v.raw).lower() for key in _PROTOCOL if (v := rule.at(key)).is_known), "")
    first, last = rule.at("fromPort").number(), rule.at("toPort").number()
    if protocol == "-1":
        first = last = None
    texts = [each.raw for key in _SOURCES for each in rule.at(key).elements()]
    if rule.at("self").is_true() is Truth.YES:
        texts.append(own)
    for text in texts:
        yield protocol, first, last, str(text)


def _group(name: str = "web", *, rules: Any = None, id_: str = UNKNOWN_STRING) -> Resource:
    inline = {} if rules is None else {"ingress": rules}
    return example(_GROUP, name, {"id": id_, "description": "Clients of the shop", **inline})


def _rule(kind: str, group: Resource | None, text: str = UNKNOWN_STRING, **more: Any) -> Resource:
    made_from = {"securityGroupId": [group]} if group else None
    return example(kind, "https", {"securityGroupId": text, **more}, made_from=made_from)


_HTTPS: Final = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
_INLINE: Final = [{**_HTTPS, "cidrBlocks": ["0.0.0.0/0"]}]
_CLASSIC, _INGRESS = _RULES
_MIXED: Final = _group(rules=_INLINE)
_OTHER: Final = _group("other")
_SHOWN: Final = _group(rules=_INLINE, id_="sg-01")
_VPC: Final = example("aws:ec2/vpc:Vpc", "core", {"id": UNKNOWN_STRING})
_UNKNOWN_RULES: Final = {"vpcId": UNKNOWN_STRING, "ingress": UNKNOWN_ARRAY}
_FILLED: Final = example(_GROUP, "web", _UNKNOWN_RULES, made_from={"vpcId": [_VPC]})
_GIVEN: Final = example(
    _GROUP, "web", _UNKNOWN_RULES, made_from={"vpcId": [_VPC], "ingress": [_VPC]}
)

NO_MIXED_RULE_STYLES: Final = Rule(
    id="aws-sg-no-mixed-rule-styles",
    title="The rules of a security group are inline or resources of their own, never both",
    reason=(
        "Inline rules take away what they do not name: each update removes the rules of the other "
        "style, and connections come and go."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    controls=(),
    fix=(
        "Declare every rule as an aws.vpc.SecurityGroupIngressRule or SecurityGroupEgressRule and "
        "leave ingress of the group out."
    ),
    source="https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/",
    stack_checks=(
        StackCheck(
            type=_GROUP,
            demand="No rule resource targets a group that has inline ingress rules.",
            reads={_GROUP: ("ingress",), **dict.fromkeys(_RULES, ("securityGroupId",))},
            absent=(
                "No inline ingress satisfies. The dependencies of securityGroupId tell which "
                "group is meant while ids are unknown."
            ),
            judge=_written_once,
            good={
                "inline rules only": (_MIXED,),
                "rule resources only": (_group(), _rule(_INGRESS, _group())),
                "no inline rules, written out": (_group(rules=[]), _rule(_INGRESS, _group())),
                "a rule of another group": (_MIXED, _OTHER, _rule(_INGRESS, _OTHER)),
                "a rule of another group, ids known": (_SHOWN, _rule(_CLASSIC, None, "sg-02")),
                "a rule resource that the group shows": (
                    _SHOWN,
                    _rule(_CLASSIC, None, "sg-01", **_INLINE[0]),
                ),
                "rules that the group is yet to show": (_VPC, _FILLED, _rule(_INGRESS, _FILLED)),
                "securityGroupId left out": (_MIXED, example(_CLASSIC, "https")),
            },
            bad={
                "ids known": (_SHOWN, _rule(_INGRESS, None, "sg-01")),
                "another port than the group shows": (
                    _SHOWN,
                    _rule(_CLASSIC, None, "sg-01", **{**_INLINE[0], "toPort": 444}),
                ),
                "beside a rule of another group": (
                    _MIXED,
                    _OTHER,
                    example(
                        _CLASSIC,
                        "other",
                        {"securityGroupId": UNKNOWN_STRING},
                        made_from={"securityGroupId": [_OTHER]},
                    ),
                    _rule(_INGRESS, _MIXED),
                ),
            }
            | {
                f"inline and {kind.rpartition(':')[2]}": (_MIXED, _rule(kind, _MIXED))
                for kind in _RULES
            },
            undecided={
                "inline rules not known": (_VPC, _GIVEN, _rule(_INGRESS, _GIVEN)),
                "a rule of a group not known": (_MIXED, _rule(_CLASSIC, None)),
            },
        ),
    ),
)
