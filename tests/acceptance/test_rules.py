"""Every alert fires when it says it does, and is silent when it says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.prometheus.rule_files import rule_file
from tests.acceptance.files import SOURCES, Kind, checker_for
from tests.acceptance.proofs import CATALOGUE, Proof, Proofs, cases, groups_of, prove
from tests.stacks.blueprints import whole_settings

# On a busy machine promtool takes its time with cases that last for days.
pytestmark = pytest.mark.timeout(1_800)

ALERTS_AT_LEAST: Final = 60
SAMPLE: Final = Group(
    name="sample",
    rules=(
        Recording(record="job:up:sum", expression="sum by (job, cluster) (up)"),
        Alert(
            name="SampleDown",
            expression="up == 0",
            for_minutes=2,
            severity=Severity.CRITICAL,
            summary="{{ $labels.job }} is down",
            description="Prometheus does not reach {{ $labels.instance }}.",
            remedy="Look whether the process runs and whether a flow leads to it.",
            firing=(
                Case(
                    series={'up{job="api", instance="a"}': "1x5 0x30"}, after_minutes=10, firing=1
                ),
            ),
            silent=(
                Case(series={'up{job="api", instance="a"}': "1x30"}, after_minutes=10, firing=0),
                Case(series={'up{job="api", instance="a"}': "1x5 0x30"}, after_minutes=7, firing=0),
            ),
        ),
    ),
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_alerts_of_the_catalogue_fire_and_are_silent_as_they_say(name: str, proofs: Proofs) -> None:
    group = CATALOGUE[name]

    assert proofs.of(group) == Proof(complaint="", passed=frozenset(cases(group)))


@pytest.mark.parametrize("source", SOURCES)
def test_alerts_of_a_stack_fire_and_are_silent_as_they_say(source: str, proofs: Proofs) -> None:
    settings = whole_settings(source)
    assert settings.observability is not None
    deployed = {
        Path(file.path).stem: file.content
        for file in SOURCES[source]()
        if checker_for(file.path) is Kind.RULES
    }
    groups = {name: group for name, group in groups_of(settings).items() if name in deployed}

    url = settings.observability.runbooks_url
    assert deployed == {name: rule_file(group, url) for name, group in groups.items()}
    tried = {name: proofs.of(group) for name, group in groups.items()}
    assert {name: proof.complaint for name, proof in tried.items() if proof.complaint} == {}
    proven = {name: proof.passed for name, proof in tried.items()}
    assert proven == {name: cases(group) for name, group in groups.items()}
    proofs.alerts[source] = frozenset(
        alert.name for group in groups.values() for alert in group.alerts
    )


def test_enough_alerts_are_proven_both_ways(proofs: Proofs) -> None:
    proven = {
        alert.name
        for group in CATALOGUE.values()
        for alert in group.alerts
        if {f"{alert.name} fires, case 1", f"{alert.name} is silent, case 1"}
        <= proofs.of(group).passed
    }
    proofs.alerts["the catalogue"] = frozenset(proven)

    assert len(proven) >= ALERTS_AT_LEAST


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (
            {"firing": (Case(series={'up{job="a"}': "1x30"}, after_minutes=10, firing=1),)},
            "SampleDown fires, case 1",
        ),
        (
            {"silent": (Case(series={'up{job="a"}': "0x30"}, after_minutes=10, firing=0),)},
            "SampleDown is silent, case 1",
        ),
        (
            {"firing": (Case(series={'up{job="a"}': "0x30"}, after_minutes=10, firing=2),)},
            "SampleDown fires, case 1",
        ),
    ],
    ids=["it does not fire", "it is not silent", "fewer fire"],
)
def test_a_case_that_is_wrong_is_noticed(
    wrong: dict[str, Any], name: str, promtool: Path, tmp_path: Path
) -> None:
    (alert,) = SAMPLE.alerts
    spoilt = SAMPLE.model_copy(update={"rules": (alert.model_copy(update=wrong),)})

    proof = prove(spoilt, promtool, tmp_path)

    assert alert.name in proof.complaint
    assert proof.passed == cases(spoilt) - {name}
