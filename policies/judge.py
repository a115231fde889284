"""Judging resources by rules: one pair, or a whole stack quickly.

A pair of rule and resource has one verdict: fail if any known value violates, else undecided if a
value that matters is unknown, else pass. A rule that breaks is reported as a defect of the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.exemptions import MARKED, Exemptions
from policies.finding import Finding, decide, defect
from policies.rule import EVERY_TYPE, Check, Demand, Rule, Severity, StackCheck, Verdict, level
from policies.settings import Configuration, configure
from policies.subject import (
    UNSEEN,
    Environment,
    Memory,
    Resource,
    Stack,
    Subject,
    environment_of,
)
from policies.twins import canonical, listed, translated
from policies.view import Truth, View

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
_ITEMS: Final = "items"
_EXCUSABLE: Final = frozenset({Verdict.FAIL, Verdict.UNDECIDED})


class Judge:
    """Several rules, indexed by the resource types they judge. Safe to share between threads."""

    def __init__(
        self,
        rules: Iterable[Rule],
        configuration: Configuration | None = None,
        memory: Memory | None = None,
        stack_tags: Mapping[str, str] | None = None,
        exemptions: Exemptions | None = None,
    ) -> None:
        """A judge by ``rules``; ``configuration`` maps rule ids to values of their settings.

        Judges of one stack that share a ``memory`` know what each of them saw. The tags of the
        stack say which environment it is, where its name does not. What ``exemptions`` cover does
        not bind, and a judge by the rule about exemptions judges them too.

        Raises:
            ValueError: a rule or setting is unknown, or a value is of the wrong type.
        """
        self._memory = memory or Memory()
        self._stack_tags = stack_tags or {}
        self._exemptions = exemptions or Exemptions()
        rules = tuple(rules)
        self._ids = frozenset(rule.id for rule in rules)
        # What is not decided of single resources, by rule and resource; the last word counts.
        self._open: dict[tuple[str, str], Severity] = {}
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

    @property
    def types(self) -> frozenset[str]:
        """The types judged one by one, under the tokens the rules know; may hold ``EVERY_TYPE``."""
        return frozenset(type_ for type_, _ in self._benches)

    @property
    def stack_types(self) -> frozenset[str]:
        """The types judged among others, or read by what judges them; may hold ``EVERY_TYPE``."""
        checks = [bench.check for bench in self._stack_benches]
        return frozenset(type_ for check in checks for type_ in (check.type, *check.reads))

    def reads(self, token: str) -> Iterable[str] | None:
        """The properties that are read of the type ``token``; ``None`` where it may be any.

        The places of marks that exempt are among them.
        """
        held = listed(token)
        known = held or canonical(token)
        if EVERY_TYPE in self.types | self.stack_types or (known != token and not held):
            return None
        benches = (
            bench for place, found in self._benches.items() if place[0] == known for bench in found
        )
        paths = {path for bench in benches for path in bench.reads}
        paths |= {path for each in self._stack_benches for path in each.check.reads.get(known, ())}
        # What a rule about the whole stack asks of any resource, and where resources bear marks.
        paths |= {"arn", "id", "tagsAll", *MARKED}
        return [f"{_ITEMS}.{path}" for path in paths] if held else paths

    def environment(self, resource: Resource) -> Environment:
        """The environment that ``resource`` belongs to."""
        return environment_of(resource.urn, self._stack_tags)

    def resource(self, resource: Resource) -> list[Finding]:
        """One finding for each rule that judges ``resource`` on its own; foreign rules give none.

        What a list of Kubernetes objects holds is judged as if each were there by itself.
        """
        self._memory.keep(resource)
        environment = self.environment(resource)
        held = listed(resource.type)
        known = held or canonical(resource.type)
        benches = [
            *self._benches.get((known, environment), ()),
            *self._benches.get((EVERY_TYPE, environment), ()),
        ]
        if not benches:
            return []
        if known != resource.type:
            resource = _under(known, resource)
        # Most rules have no settings, and share how they look at it.
        subjects = (
            [Subject(resource, {}, each) for each in View(resource.props).at(_ITEMS).elements()]
            if held
            else [Subject(resource, {})]
        )
        found = [
            self._excused(finding, resource)
            for bench in benches
            if (finding := bench.judge(resource, environment, subjects)) is not None
        ]
        for finding in found:
            if finding.verdict is not Verdict.PASS or self._open:
                self._note(finding)
        return found

    def stack(self, resources: Iterable[Resource]) -> list[Finding]:
        """One finding for each resource and rule that needs the rest of the stack to judge it.

        What was not decided of resources judged one by one before counts as open. The rules about
        what is open and about exemptions have the last word.
        """
        shown = map(self._memory.completed, resources)
        open_pairs = Counter(severity.value for severity in self._open.values())
        problems: list[str] = []
        singles = (single for resource in shown for single in _singles(resource))
        stack = Stack(singles, open_pairs, problems)
        found: list[Finding] = []
        for bench in sorted(self._stack_benches, key=_comes_last):
            if _comes_last(bench) and not problems:
                problems += self._exemptions.violations(self._ids, stack.project, stack.name)
            for resource in _judged_by(bench.check, stack):
                environment = self.environment(resource)
                if environment not in bench.check.environments:
                    continue
                finding = bench.judge(resource, environment, stack)
                if finding is not None:
                    found.append(self._excused(finding, resource))
                    if _is_open(found[-1]):
                        open_pairs[finding.rule.severity.value] += 1
        return found

    def _excused(self, finding: Finding, resource: Resource) -> Finding:
        """``finding``, with the exemption that covers it if there is one."""
        if finding.verdict in _EXCUSABLE:
            finding.exemption = self._exemptions.of(finding.rule.id, resource)
        return finding

    def _note(self, finding: Finding) -> None:
        pair = finding.rule.id, finding.urn
        if _is_open(finding):
            self._open[pair] = finding.rule.severity
        else:
            self._open.pop(pair, None)


def _is_open(finding: Finding) -> bool:
    return finding.verdict is Verdict.UNDECIDED and finding.exemption is None


def _comes_last(bench: _StackBench) -> bool:
    return bench.rule.about_judging


def _judged_by(check: StackCheck, stack: Stack) -> Iterable[Resource]:
    return stack.all() if check.type == EVERY_TYPE else stack.of(check.type)


def _under(known: str, resource: Resource) -> Resource:
    """``resource`` as one of the type ``known``."""
    return replace(resource, type=known, props=translated(resource.type, resource.props))


def _singles(resource: Resource) -> Iterator[Resource]:
    """``resource`` as rules know it, or what it lists."""
    held = listed(resource.type)
    if not held:
        known = canonical(resource.type)
        yield resource if known == resource.type else _under(known, resource)
        return
    for element in View(resource.props).at(_ITEMS).elements():
        props = element.raw if isinstance(element.raw, Mapping) else UNSEEN
        yield replace(resource, type=held, props=props)


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

    def judge(
        self, resource: Resource, environment: Environment, subjects: Sequence[Subject]
    ) -> Finding | None:
        """The finding, or ``None`` if the rule has nothing to say of the resource alone.

        ``subjects`` are the resource, or what it lists, as a rule without settings sees it.
        """
        open_demands: list[Demand] = []
        applicable = False
        if self.configured:
            subjects = [subject.under(self.configured) for subject in subjects]
        try:
            for subject in subjects:
                for check in self.checks:
                    applies = check.applies(subject)
                    if applies is not Truth.NO:
                        applicable = True
                        open_demands += _open(check.judge(subject), applies)
        except Exception as error:  # noqa: BLE001 - a broken rule must not take the others down
            return defect(self.rule, resource.urn, environment, error)
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

    def judge(self, resource: Resource, environment: Environment, stack: Stack) -> Finding | None:
        subject = Subject(resource, self.configured)
        try:
            applies = self.check.applies(subject, stack)
            if applies is Truth.NO:
                return None
            open_demands = _open(self.check.judge(subject, stack), applies)
        except Exception as error:  # noqa: BLE001 - a broken rule must not take the others down
            return defect(self.rule, resource.urn, environment, error)
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
