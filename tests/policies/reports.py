"""Reports for the tests of their formats."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from policies.catalogue import RULES
from policies.report.model import Exempted, ExemptionUse, Place, Report, Result
from policies.rule import Rule, Severity, Verdict, level
from policies.subject import Environment

TODAY: Final = dt.date(2026, 11, 21)

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</title></style></script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "[click](https://evil.example) ![x](//evil.example/x.png)",
    "<https://evil.example> https://evil.example www.evil.example",
    "@everybody/all and someone@evil.example, #1, GH-1",
    "| a | b |\n|---|---|\n\n## A heading\n- [x] a task",
    "``` ` `code` \\` \\| \\",
    "{0} {{1}} [text](0) ]( %s $x$",
    "&lt;b&gt; &#64;all *bold* _it_ ~~gone~~",
    "\x00\x1b[31m\x7f\ud800\ufffe\u202eesrever\u2066",
    "ünïcödé 資源 🚀 \u2028 \u0085",
    "]]> <!-- --> <?php ?> %SRCROOT%",
    "",
    " ",
)
"""Names and sentences that try to be something else."""


def rule_of(severity: Severity) -> Rule:
    """A rule of the catalogue."""
    return next(rule for rule in RULES if rule.severity is severity)


def exempted(**changes: Any) -> Exempted:
    """An exemption that holds for a while."""
    given: dict[str, Any] = {
        "urn_pattern": "urn:pulumi:prod::shop::*::orders-*",
        "reason": "The vendor rotates its certificate in spring",
        "owner": "team-data",
        "ticket": "OPS-1234",
        "expires": dt.date(2027, 6, 30),
        "source": "policies/exemptions.yaml",
    }
    return Exempted(**{**given, **changes})


def use(problem: str = "", **changes: Any) -> ExemptionUse:
    """What became of an exemption."""
    return ExemptionUse(exempted(**changes), rule_of(Severity.HIGH).id, 3, problem)


def result(
    verdict: Verdict = Verdict.FAIL,
    severity: Severity = Severity.HIGH,
    name: str = "orders",
    environment: Environment = "prod",
    **changes: Any,
) -> Result:
    """A result, a violation that blocks unless it is said otherwise."""
    rule = rule_of(severity)
    type_ = "aws:rds/instance:Instance"
    passes = verdict in {Verdict.PASS, Verdict.NOT_APPLICABLE}
    given: dict[str, Any] = {
        "rule": rule,
        "verdict": verdict,
        "level": "advisory" if verdict is Verdict.UNDECIDED else level(rule.severity, environment),
        "urn": f"urn:pulumi:{environment}::shop::{type_}::{name}",
        "type": type_,
        "name": name,
        "component": "plinth:database:RdsDatabase shop",
        "environment": environment,
        "paths": () if passes else ("publiclyAccessible",),
        "message": "" if passes else f"publiclyAccessible is true. {rule.fix} See {rule.page}.",
        "place": Place("stacks/shop.py", 12, 5),
    }
    return Result(**{**given, **changes})


def report(*results: Result, **changes: Any) -> Report:
    """A report of ``results``."""
    given: dict[str, Any] = {
        "project": "shop",
        "stack": "prod",
        "environment": "prod",
        "source": "rehearsal",
        "version": "0.2.0",
        "date": TODAY,
        "results": results,
        "undecided_limits": {},
    }
    return Report(**{**given, **changes})


def of_every_outcome() -> Report:
    """A report in which everything happens once for each severity."""
    verdicts = (Verdict.FAIL, Verdict.DEFECT, Verdict.UNDECIDED, Verdict.PASS)
    results = [
        result(verdict, severity, f"{verdict}-{severity}")
        for verdict in (*verdicts, Verdict.NOT_APPLICABLE)
        for severity in Severity
    ]
    results += [
        result(severity=severity, name=f"exempted-{severity}", exempted=exempted())
        for severity in Severity
    ]
    alone = result(name="alone", component="", place=None)
    uses = (use(), use("nothing uses it"))
    return report(*results, alone, exemptions=uses, undecided_limits={"high": 0, "low": 3})


def written_with(text: str) -> Report:
    """A report in which every word of others is ``text``."""
    told: dict[str, Any] = {
        "urn": f"urn:pulumi:prod::shop::a:b:C::{text}",
        "type": text,
        "name": text,
        "component": text,
        "paths": (text,),
        "message": text,
        "place": Place(text, 3),
    }
    excuse = exempted(urn_pattern=text, reason=text, owner=text, ticket=text, source=text)
    uses = tuple(ExemptionUse(excuse, text, 1, problem) for problem in ("", text or "bad"))
    return report(
        result(**told),
        result(Verdict.DEFECT, **told),
        result(Verdict.UNDECIDED, **told),
        result(**told, exempted=excuse),
        project=text,
        stack=text,
        version=text,
        exemptions=uses,
    )
