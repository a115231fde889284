"""The packs, run as Pulumi runs them, find in the committed stacks what their rules find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import rules_of
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
}

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
    return {**switched, "privileged": True}


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
    return replace(resource, properties=change(resource.properties))


def named(violation: Violation) -> Violation:
    """``violation`` of a pack under the names its rule has among ourselves."""
    rule, message = violation.rule, violation.message
    if rule.endswith("-stack"):
        rule, _, message = message.partition(": ")
    pack = violation.pack.removeprefix("plinth-")
    return replace(violation, rule=rule, pack=pack, message=message)


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
    by_rules = RuleAnalyzer(rules_of(pack))
    resources = [changed(resource, change) for resource in shown[stack, kind].single]
    answers = [packs[case].analyze(resource) for resource in resources]

    theirs = [replace(a, violations=tuple(map(named, a.violations))) for a in answers]
    assert theirs == [by_rules.analyze(resource) for resource in resources]
    found = [v for a in answers for v in a.violations if change is not as_it_is or not v.undecided]
    assert bool(found) is (change is not as_it_is)


@each_change
@each_kind
@each_case
def test_a_pack_says_of_the_whole_stack_what_its_rules_say(
    packs: Mapping[str, PolicyPack],
    shown: Mapping[tuple[str, str], Witness],
    case: str,
    kind: str,
    change: Change,
) -> None:
    stack, pack = CASES[case]
    resources = [changed(resource, change) for resource in shown[stack, kind].whole]
    by_rules = RuleAnalyzer(rules_of(pack)).analyze_stack(resources)
    # What a pack was shown of other cases, it remembers of objects in clusters.
    fresh = start(case) if pack == "kubernetes" else nullcontext(packs[case])
    with closing(fresh) if isinstance(fresh, PolicyPack) else fresh as judging:
        answer = judging.analyze_stack(resources)

    assert tuple(map(named, answer.violations)) == by_rules.violations


@pytest.mark.parametrize("kind", ["preview", "up"])
def test_a_pack_judges_a_whole_stack_by_what_it_was_shown_one_by_one(
    shown: Mapping[tuple[str, str], Witness], kind: str
) -> None:
    stack, pack = CASES["kubernetes"]
    witness, by_rules = shown[stack, kind], RuleAnalyzer(rules_of(pack))
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
