"""Who may cross the border of a subnet: AWS network ACLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.addresses import ADMIN_PORTS, covers_every_address, reaches
from policies.controls import cis_aws, fsbp
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View

_PROBLEM: Final = "lets every address reach a port that administers machines"


def _acl(acl: Subject) -> Iterator[Demand]:
    for rule in acl.at("ingress").elements():
        yield _closed(acl, rule, rule.at("action"))


def _rule(rule: Subject) -> Iterator[Demand]:
    yield _closed(rule, rule, rule.at("ruleAction"))


def _closed(subject: Subject, rule: View, action: View) -> Demand:
    reached = covers_every_address((rule.at("cidrBlock"), rule.at("ipv6CidrBlock")))
    if reached is not Truth.NO:
        ports: tuple[int, ...] = subject.configured["ports"]
        reached &= action.matches(_allows) & reaches(rule, rule.at("protocol"), ports)
    return Demand(~reached, rule, _PROBLEM)


def _allows(action: str) -> bool:
    # The provider takes either case.
    return action.lower() == "allow"


_TCP: Final = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
_WEB: Final = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
_WORLD: Final = {"cidrBlock": "0.0.0.0/0"}
_ABSENT: Final = (
    "No rules, or a rule without an address range, let nothing in. Protocol -1, or no ports, is "
    "all ports. A rule without action allows nothing."
)


def _examples(action: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Examples as single rules, whose action is the property ``action``."""
    allow = {action: "allow"}
    return {
        "good": {
            "web from everywhere": {**allow, **_WEB, **_WORLD},
            "shell from inside": {**allow, **_TCP, "cidrBlock": "10.0.0.0/8"},
            "shell refused to everywhere": {**_TCP, **_WORLD, action: "deny"},
            "answers, without remote desktop": {
                **allow,
                **_WORLD,
                "protocol": "6",
                "fromPort": 3390,
                "toPort": 65_535,
            },
            "no range": {**allow, **_TCP},
            "no action": {**_TCP, **_WORLD},
        },
        "bad": {
            "shell from everywhere": {**allow, **_TCP, **_WORLD},
            "in capitals": {**_TCP, **_WORLD, action: "ALLOW"},
            "shell from every IPv6 address": {**allow, **_TCP, "ipv6CidrBlock": "::/0"},
            "remote desktop in a range": {
                **allow,
                **_WORLD,
                "protocol": "tcp",
                "fromPort": 1024,
                "toPort": 65_535,
            },
            "every protocol": {**allow, **_WORLD, "protocol": "-1", "fromPort": 0, "toPort": 0},
            "no ports": {**allow, **_WORLD, "protocol": "tcp"},
            "no protocol": {**allow, **_WORLD},
        },
        "undecided": {
            "action not known": {**_TCP, **_WORLD, action: UNKNOWN_STRING},
            "range not known": {**allow, **_TCP, "cidrBlock": UNKNOWN_STRING},
            "IPv6 range not known": {**allow, **_TCP, "ipv6CidrBlock": UNKNOWN_STRING},
            "protocol not known": {**allow, **_WEB, **_WORLD, "protocol": UNKNOWN_STRING},
            "first port not known": {**allow, **_WEB, **_WORLD, "fromPort": UNKNOWN_NUMBER},
            "last port not known": {**allow, **_WEB, **_WORLD, "toPort": UNKNOWN_NUMBER},
        },
    }


def _inline(examples: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {"ingress": [rule]} for name, rule in examples.items()}


_IN_ACL: Final = _examples("action")
_ALONE: Final = _examples("ruleAction")
_READS: Final = ("cidrBlock", "ipv6CidrBlock", "protocol", "fromPort", "toPort")

NO_PUBLIC_ADMIN: Final = Rule(
    id="aws-nacl-no-public-admin",
    title="No network ACL lets every address reach a port that administers machines",
    reason=(
        "The border of a subnet is what holds when a security group is opened by mistake; it must "
        "not be open at the ports that are attacked first."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=(*cis_aws(v7=("6.2",), v5=("5.2",)), *fsbp("EC2.21")),
    fix="Name the address range of the clients, and leave these ports out of ranges for answers.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-21",
    settings=(
        Setting(
            name="ports",
            description="Ports that are never open to every address.",
            default=ADMIN_PORTS,
        ),
    ),
    checks=(
        Check(
            type="aws:ec2/networkAcl:NetworkAcl",
            demand="No inline rule allows such a port to every address.",
            reads=("ingress.action", *(f"ingress.{each}" for each in _READS)),
            absent=_ABSENT,
            judge=_acl,
            good={**_inline(_IN_ACL["good"]), "no rules": {}},
            bad=_inline(_IN_ACL["bad"]),
            undecided={
                **_inline(_IN_ACL["undecided"]),
                "rules not known": {"ingress": UNKNOWN_STRING},
            },
        ),
        Check(
            type="aws:ec2/networkAclRule:NetworkAclRule",
            demand="A rule for what enters does not allow such a port to every address.",
            reads=("egress", "ruleAction", *_READS),
            absent=f"{_ABSENT} egress left out is false.",
            judge=_rule,
            applies=lambda rule: ~rule.at("egress", absent=False).is_true(),
            good={
                **_ALONE["good"],
                "direction not known, but web": {
                    **_ALONE["good"]["web from everywhere"],
                    "egress": UNKNOWN_BOOLEAN,
                },
            },
            bad=_ALONE["bad"],
            undecided={
                **_ALONE["undecided"],
                "direction not known": {
                    **_ALONE["bad"]["shell from everywhere"],
                    "egress": UNKNOWN_BOOLEAN,
                },
            },
            foreign={
                "shell to everywhere": {**_ALONE["bad"]["shell from everywhere"], "egress": True}
            },
        ),
    ),
)
