"""The packs, run as Pulumi runs them, find in the committed stacks what their rules find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES, rules_of
from policies.pack import Pack, ids
from policies.rules.stack_judging import EXEMPTIONS_SOUND
from rehearsal.analysis import Analysis, AnalyzedResource, Analyzer
from rehearsal.events import Violation
from rehearsal.packs import PolicyPack
from rehearsal.values import UNKNOWN_WIRE
from tests.stacks.blueprints import environment_of, whole_config
from tests.stacks.files import ROOT
from tests.stacks.rehearsed import Staged

# The stack and the pack that judges it.
CASES = {
    "docker": ("dev", "docker"),
    "aws": ("prod", "aws"),
    "kubernetes": ("prod", "kubernetes"),
    "gcp": ("google-cloud", "gcp"),
    "stack": ("prod", "stack"),
}

# What is exempt in each, see policies/exemptions.yaml.
EXEMPT = {"aws": 2}
PACK_OF = {rule.id: rule.pack for rule in RULES}

Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def as_it_is(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return properties


def silent(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a program leaves to the defaults of the cloud."""
    del properties
    return {}


def contrary(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every switch the other way, and one that Docker's resources leave out."""
    switched = {k: not v if isinstance(v, bool) else v for k, v in properties.items()}
    # What a preview cannot show of objects in a cluster has no switches either.
    return {**switched, "privileged": True} if properties else {}


def unknown(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict.fromkeys(properties, UNKNOWN_WIRE)


each_change = pytest.mark.parametrize("change", [as_it_is, silent, contrary, unknown])
each_kind = pytest.mark.parametrize("kind", ["preview", "up"])
each_case = pytest.mark.parametrize("case", CASES)


class Witness:
    """An analyzer that keeps what it is shown."""

    def __init__(self) -> None:
        self.single: list[AnalyzedResource] = []
        self.whole: list[AnalyzedResource] = []

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        self.single.append(resource)
        return Analysis()

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        self.whole += resources
        return Analysis()

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Witness]:
    """What policies are shown of a stack, by stack and operation."""
    witnesses: dict[tuple[str, str], Witness] = {}
    for stack in dict.fromkeys(stack for stack, _ in CASES.values()):
        for kind in ("preview", "up"):
            witness = witnesses[stack, kind] = Witness()
            engine = staged(stack, tmp_path_factory.mktemp(stack), witness).engine()
            summary = engine.preview() if kind == "preview" else engine.up()
            assert summary.ok, summary.message
    return witnesses


@pytest.fixture(scope="module")
def packs() -> Iterator[Mapping[str, PolicyPack]]:
    started = {case: start(case) for case in CASES}
    yield started
    for pack in started.values():
        pack.close()


def start(case: str) -> PolicyPack:
    stack, pack = CASES[case]
    directory = ROOT / "policies" / pack
    return PolicyPack(
        directory,
        project="plinth",
        stack=environment_of(stack),
        config=whole_config(stack),
        dry_run=True,
    )


def staged(name: str, root: Path, analyzer: Analyzer) -> Staged:
    """A stack or blueprint that ``analyzer`` judges."""
    return Staged(environment_of(name), root, config=whole_config(name), analyzers=[analyzer])


def changed(resource: AnalyzedResource, change: Change) -> AnalyzedResource:
    if change is as_it_is:
        return resource
    # What is changed holds none of the secrets that were there.
    return replace(resource, properties=change(resource.properties), secrets=frozenset())


def named(violation: Violation) -> Violation:
    """``violation`` of a pack under the names its rule has among ourselves."""
    rule, message = violation.rule, violation.message
    if rule.endswith("-stack"):
        rule, _, message = message.partition(": ")
    return replace(violation, rule=rule, pack=PACK_OF[rule], message=message)


def in_order(answer: Analysis) -> Analysis:
    """``answer`` with its violations in the order of their rules."""
    return replace(answer, violations=tuple(sorted(answer.violations, key=lambda v: v.rule)))


def rules(pack: str) -> RuleAnalyzer:
    """The rules that a pack judges by, with the project's exemptions."""
    return RuleAnalyzer(Pack(pack).judged, Pack(pack).exemptions({}))


def own(pack: str, violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """The violations of the rules that a pack tells of."""
    told = ids((*rules_of(pack), EXEMPTIONS_SOUND))
    return tuple(violation for violation in violations if violation.rule in told)


@each_change
@each_kind
@each_case
def test_a_pack_says_of_every_resource_what_its_rules_say(
    packs: Mapping[str, PolicyPack],
    shown: Mapping[tuple[str, str], Witness],
    case: str,
    kind: str,
    change: Change,
) -> None:
    stack, pack = CASES[case]
    by_rules = RuleAnalyzer(rules_of(pack), Pack(pack).exemptions({}))
    resources = [changed(resource, change) for resource in shown[stack, kind].single]
    answers = [packs[case].analyze(resource) for resource in resources]

    theirs = [in_order(replace(a, violations=tuple(map(named, a.violations)))) for a in answers]
    assert theirs == [in_order(by_rules.analyze(resource)) for resource in resources]
    open_ = [v for a in answers for v in a.violations if v.undecided or v.exempt]
    found = [v for a in answers for v in a.violations if v not in open_]
    # Rules about stacks ask for no switch that all of them have, and what is secret is known of what
    # is not.
    assert pack == "stack" or bool(found) is (change is silent or change is contrary)
    assert found or change is not silent
    assert bool(open_) or change is not unknown


@each_change
@each_kind
@each_case
def test_a_pack_says_of_the_whole_stack_what_its_rules_say(
    shown: Mapping[tuple[str, str], Witness],
    case: str,
    kind: str,
    change: Change,
) -> None:
    stack, pack = CASES[case]
    resources = [changed(resource, change) for resource in shown[stack, kind].whole]
    by_rules = rules(pack).analyze_stack(resources)
    # What a pack was shown of other cases, it remembers.
    with closing(start(case)) as judging:
        answer = judging.analyze_stack(resources)

    assert tuple(map(named, answer.violations)) == own(pack, by_rules.violations)


@pytest.mark.parametrize("kind", ["preview", "up"])
def test_a_pack_judges_a_whole_stack_by_what_it_was_shown_one_by_one(
    shown: Mapping[tuple[str, str], Witness], kind: str
) -> None:
    stack, pack = CASES["kubernetes"]
    witness, by_rules = shown[stack, kind], rules(pack)
    with closing(start("kubernetes")) as judging:
        for resource in witness.single:
            judging.analyze(resource)
            by_rules.analyze(resource)
        answer = judging.analyze_stack(witness.whole)

    assert answer.violations == ()
    assert by_rules.analyze_stack(witness.whole).violations == ()


@each_case
def test_a_pack_passes_its_stack_in_a_rehearsal(case: str, tmp_path: Path) -> None:
    stack, _ = CASES[case]
    with closing(start(case)) as pack:
        summary = staged(stack, tmp_path, pack).engine().up()

    assert summary.ok, summary.message
    assert summary.judged.passed > 0
    assert summary.judged.failed == summary.judged.undecided == 0
    assert summary.judged.exempt == EXEMPT.get(case, 0)
