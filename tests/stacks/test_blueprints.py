"""A blueprint is the platform of a committed stack on another ground, through its whole life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES, rules_of
from policies.rule import Rule
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Op
from stacks.problem import SettingsError
from stacks.settings import parse
from tests.stacks.blueprints import (
    BLUEPRINTS,
    ENVIRONMENT,
    deployed_anywhere,
    environment_of,
    whole_config,
)
from tests.stacks.files import STACKS, asked
from tests.stacks.rehearsed import Staged

each_blueprint = pytest.mark.parametrize("blueprint", BLUEPRINTS)


def staged(blueprint: str, root: Path, **options: Any) -> Staged:
    return Staged(ENVIRONMENT, root, config=whole_config(blueprint), **options)


def capabilities(name: str) -> Counter[str]:
    types = [each.type for each in deployed_anywhere(name).resources]
    return Counter(each.split(":")[1] for each in types if each.startswith("plinth:"))


def test_there_is_a_blueprint_of_google_cloud() -> None:
    assert "google-cloud" in BLUEPRINTS


def test_switching_the_ground_changes_nothing_but_the_ground() -> None:
    here = asked(ENVIRONMENT)
    there = whole_config("google-cloud")["plinth:settings"]

    assert {**here, "ground": None} == {**there, "ground": None}
    assert here["ground"]["kind"] != there["ground"]["kind"]


def test_the_same_platform_stands_on_the_other_ground() -> None:
    assert capabilities("google-cloud") == capabilities(ENVIRONMENT)


def test_a_ground_of_google_alone_is_named_in_what_is_wrong_with_it() -> None:
    document = asked(ENVIRONMENT)
    document["ground"] = {**document["ground"], "kind": "gcp"}

    with pytest.raises(SettingsError, match=r"ground\.project: is missing"):
        parse(ENVIRONMENT, document)


@each_blueprint
def test_a_blueprint_comes_up_stays_and_goes(blueprint: str, tmp_path: Path) -> None:
    stage = staged(blueprint, tmp_path)

    planned = stage.engine().preview()
    first = stage.engine().up()
    second = stage.engine().up()
    gone = stage.engine().destroy(ignore_protect=True)

    assert planned.ok, planned.message
    assert first.ok, first.message
    assert planned.counts == first.counts
    assert second.counts == {Op.SAME: first.counts[Op.CREATE]}
    assert gone.ok, gone.message
    assert stage.world is not None
    assert len(stage.world) == 0


@each_blueprint
def test_every_policy_of_its_ground_passes(blueprint: str, tmp_path: Path) -> None:
    kind = whole_config(blueprint)["plinth:settings"]["ground"]["kind"]
    rules = (*rules_of(kind), *rules_of("kubernetes"))
    summary = staged(blueprint, tmp_path, analyzers=[RuleAnalyzer(rules)]).engine().up()

    assert summary.judged.failed == 0
    assert summary.judged.undecided == 0
    assert summary.judged.passed > 500


@each_blueprint
def test_what_its_ground_cannot_give_is_said(blueprint: str) -> None:
    unhonoured = deployed_anywhere(blueprint).outputs["unhonoured"]

    assert unhonoured
    assert all(note.partition(":")[2] for notes in unhonoured.values() for note in notes)


class Witness:
    """An analyzer that keeps what it is shown of the whole stack."""

    def __init__(self) -> None:
        self.shown: list[AnalyzedResource] = []

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        del resource
        return Analysis()

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        self.shown += resources
        return Analysis()

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[list[AnalyzedResource]]:
    """What policies are shown of every stack and blueprint after its update."""
    witnesses: list[Witness] = []
    for name in (*STACKS, *BLUEPRINTS):
        witnesses.append(Witness())
        stage = Staged(
            environment_of(name),
            tmp_path_factory.mktemp(name),
            config=whole_config(name),
            analyzers=witnesses[-1:],
        )
        assert stage.engine().up().ok
    return [witness.shown for witness in witnesses]


def passed(rule: Rule, resources: Sequence[AnalyzedResource]) -> int:
    """How many resources satisfy ``rule``."""
    analyzer = RuleAnalyzer((rule,))
    answers = [*map(analyzer.analyze, resources), analyzer.analyze_stack(resources)]
    return sum(answer.judged.passed for answer in answers)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_that_can_apply_is_exercised_by_a_stack(
    rule: Rule, everything: list[list[AnalyzedResource]]
) -> None:
    judged = {check.type for check in rule.checks if not getattr(check, "forbidden", False)}
    types = {resource.type for resources in everything for resource in resources}

    # Nothing of ours is open to the world.
    if judged & types and rule.id != "stack-no-orphan-exposure":
        assert any(passed(rule, resources) for resources in everything)


def test_most_rules_of_the_catalogue_apply_to_a_stack(
    everything: list[list[AnalyzedResource]],
) -> None:
    exercised = [rule for rule in RULES if any(passed(rule, each) for each in everything)]

    assert len(exercised) > 0.8 * len(RULES)
