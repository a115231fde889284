"""What is measured, and what becomes of a figure over its budget."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from policies.catalogue import RULES
from policies.judge import Judge
from policies.rule import Verdict
from policies.subject import Resource
from tools import bench
from tools.bench_objects import applications, foreign, resources, write
from tools.bench_report import Figures


def test_the_same_thousand_objects_are_shown_to_all(tmp_path: Path) -> None:
    write(tmp_path)

    read = [
        each
        for path in sorted(tmp_path.iterdir())
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]

    assert len(read) == 1_000
    assert read == [each.properties for each in resources()]
    assert [*applications()] == [*applications()]
    assert len({each.urn for each in resources()}) == 1_000


def test_the_objects_are_of_all_kinds_good_and_bad() -> None:
    judge = Judge(rule for rule in RULES if rule.pack == "kubernetes")
    shown = [Resource(each.urn, each.type, each.name, each.properties) for each in resources()]

    verdicts = Counter(f.verdict for each in shown for f in judge.resource(each))

    assert len({each.type for each in shown}) == 13
    assert verdicts[Verdict.PASS] > verdicts[Verdict.FAIL] > 1_000
    assert Verdict.DEFECT not in verdicts


def test_no_rule_is_about_what_is_foreign() -> None:
    judge = Judge(rule for rule in RULES if rule.pack == "kubernetes")

    assert {each.type for each in foreign()}.isdisjoint(judge.types)


def test_a_figure_over_its_budget_fails(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures()
    figures.at_most("judging", 1.0, 1.0)
    figures.at_least("faster", 10.0, 10.0)
    assert not figures.over

    figures.at_most("starting", 1.1, 1.0)

    assert figures.over
    assert "OVER BUDGET" in capsys.readouterr().out


def test_a_figure_below_what_is_demanded_fails() -> None:
    figures = Figures()

    figures.at_least("faster", 9.9, 10.0)

    assert figures.over


def test_only_parts_there_are_can_be_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nothing"]) == 2

    assert "policies, rehearsal" in capsys.readouterr().err
