"""Judging resources by rules: one pair, or a whole stack quickly.

A pair of rule and resource has one verdict: fail if any known value violates, else undecided if a
value that matters is unknown, else pass. A rule that breaks is reported as a defect of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.finding import Finding, decide, defect
from policies.rule import Check, Demand, Rule, StackCheck, Verdict, level
from policies.settings import Configuration, configure
from policies.subject import Environment, Memory, Resource, Stack, Subject, environment_of
from policies.view import Truth

__all__ = [
    "Finding",
    "Judge",
    "Resource",
    "Verdict",
    "environment_of",
    "judge",
    "judge_stack",
    "level",
]

_YES: Final = Truth.YES


class Judge:
    """Several rules, indexed by the resource types they judge. Safe to share between threads."""

    def __init__(
        self,
        rules: Iterable[Rule],
        configuration: Configuration | None = None,
        memory: Memory | None = None,
    ) -> None:
        """A judge by ``rules``; ``configuration`` maps rule ids to values of their settings.

        Judges of one stack that share a ``memory`` know what each of them saw.

        Raises:
            ValueError: a rule or setting is unknown, or a value is of the wrong type.
        """
        self._memory = memory or Memory()
        rules = tuple(rules)
        configured = configure(rules, configuration or {})
        self._benches: dict[tuple[str, Environment], list[_Bench]] = {}
        self._stack_benches: list[_StackBench] = []
        for rule in rules:
            values = configured[rule.id]
            for place, checks in _by_place(rule).items():
                reads = tuple(path for check in checks for path in check.reads)
                bench = _Bench(rule, checks, reads, values, _settled_in_stack(rule, place[0]))
                self._benches.setdefault(place, []).append(bench)
            self._stack_benches += (_StackBench(rule, check, values) for check in rule.stack_checks)

    def resource(self, resource: Resource) -> list[Finding]:
        """One finding for each rule that judges ``resource`` on its own; foreign rules give none."""
        self._memory.keep(resource)
        environment = environment_of(resource.urn)
        return [
            finding
            for bench in self._benches.get((resource.type, environment), ())
            if (finding := bench.judge(resource, environment)) is not None
        ]

    def stack(self, resources: Iterable[Resource]) -> list[Finding]:
        """One finding for each resource and rule that needs the rest of the stack to judge it."""
        stack = Stack(map(self._memory.completed, resources))
        return [
            bench.judge(resource, environment, stack)
            for bench in self._stack_benches
            for resource in stack.of(bench.check.type)
            if (environment := environment_of(resource.urn)) in bench.check.environments
        ]


def judge(
    rule: Rule, resource: Resource, configured: Mapping[str, Any] | None = None
) -> list[Finding]:
    """The one finding of ``rule`` on ``resource`` alone, ``NOT_APPLICABLE`` if it is foreign."""
    found = Judge([rule], {rule.id: configured or {}}).resource(resource)
    return found or [
        Finding(rule, Verdict.NOT_APPLICABLE, resource.urn, environment_of(resource.urn))
    ]


def judge_stack(
    rule: Rule, resources: Iterable[Resource], configured: Mapping[str, Any] | None = None
) -> list[Finding]:
    """The findings of ``rule`` that take the whole stack, one for each resource it is about."""
    return Judge([rule], {rule.id: configured or {}}).stack(resources)


@dataclass(frozen=True, slots=True)
class _Bench:
    """The checks of one rule for one type in one environment."""

    rule: Rule
    checks: tuple[Check, ...]
    reads: tuple[str, ...]
    configured: Mapping[str, Any]
    settled_in_stack: bool

    def judge(self, resource: Resource, environment: Environment) -> Finding | None:
        """The finding, or ``None`` if the rule has nothing to say of the resource alone."""
        subject = Subject(resource, self.configured)
        open_demands: list[Demand] = []
        applicable = False
        try:
            for check in self.checks:
                applies = check.applies(subject)
                if applies is not Truth.NO:
                    applicable = True
                    open_demands += _open(check.judge(subject), applies)
        except Exception as error:  # noqa: BLE001 - a broken rule must not take the others down
            return defect(self.rule, resource.urn, error)
        if not applicable:
            return None
        finding = decide(self.rule, resource.urn, environment, open_demands, self.reads)
        if self.settled_in_stack and finding.verdict is Verdict.UNDECIDED:
            return None
        return finding


@dataclass(frozen=True, slots=True)
class _StackBench:
    """One check of one rule that takes the whole stack."""

    rule: Rule
    check: StackCheck
    configured: Mapping[str, Any]

    def judge(self, resource: Resource, environment: Environment, stack: Stack) -> Finding:
        subject = Subject(resource, self.configured)
        try:
            open_demands = _open(self.check.judge(subject, stack), Truth.YES)
        except Exception as error:  # noqa: BLE001 - a broken rule must not take the others down
            return defect(self.rule, resource.urn, error)
        reads = self.check.reads.get(self.check.type, ())
        return decide(self.rule, resource.urn, environment, open_demands, reads)


def _open(demands: Iterable[Demand], applies: Truth) -> list[Demand]:
    """The demands not known to hold."""
    found = [demand for demand in demands if demand.holds is not _YES]
    if applies is _YES:
        return found
    # Nothing violates for certain while it is not known whether the check is about the resource.
    return [demand._replace(holds=Truth.UNKNOWN) for demand in found]


def _by_place(rule: Rule) -> Mapping[tuple[str, Environment], tuple[Check, ...]]:
    places: dict[tuple[str, Environment], tuple[Check, ...]] = {}
    for check in rule.checks:
        for environment in check.environments:
            place = (check.type, environment)
            places[place] = (*places.get(place, ()), check)
    return places


def _settled_in_stack(rule: Rule, type_: str) -> bool:
    return any(check.settles and check.type == type_ for check in rule.stack_checks)
