"""Policies judge every resource before anything happens to it, and the stack at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Judged, Violation
from rehearsal.values import UNKNOWN, UNKNOWN_WIRE, Secret, secret_paths
from tests.rehearsal.stage import Stage


class Recorder:
    """Judges with a predicate and keeps what it was shown."""

    def __init__(self, bad: Callable[[AnalyzedResource], bool], level: str = "mandatory") -> None:
        self.bad = bad
        self.level = level
        self.seen: list[AnalyzedResource] = []
        self.stack: Sequence[AnalyzedResource] = ()

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        self.seen.append(resource)
        if not self.bad(resource):
            return Analysis(judged=Judged(passed=1))
        violation = Violation("queue-is-named", "test", self.level, resource.urn, "name it")
        return Analysis((violation,), Judged(failed=1))

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        self.stack = resources
        return Analysis()

    def close(self) -> None:
        """Hold nothing."""


def two_queues() -> None:
    first = aws.sqs.Queue("first", delay_seconds=3)
    aws.sqs.Queue("second", policy=first.arn)


def is_queue(resource: AnalyzedResource) -> bool:
    return resource.type == "aws:sqs/queue:Queue"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_preview_collects_every_violation(stage: Stage) -> None:
    stage.analyzers = [Recorder(is_queue)]

    summary = stage.preview(two_queues)

    violations = [event for event in stage.events if isinstance(event, Violation)]
    assert [v.urn.rpartition("::")[2] for v in violations] == ["first", "second"]
    assert not summary.ok
    assert summary.judged.failed == 2


def test_an_up_stops_at_a_mandatory_violation_before_the_resource_exists(stage: Stage) -> None:
    stage.analyzers = [Recorder(is_queue)]

    summary = stage.up(two_queues)

    assert not summary.ok
    assert "queue-is-named" in summary.message
    assert len(stage.world) == 0


def test_an_advisory_violation_stops_nothing(stage: Stage) -> None:
    stage.analyzers = [Recorder(is_queue, level="advisory")]

    summary = stage.up(two_queues)

    assert summary.ok
    assert len(stage.world) == 2
    assert summary.judged.failed == 2


def test_an_analyzer_sees_checked_inputs_with_unknowns_as_markers(stage: Stage) -> None:
    recorder = Recorder(lambda _: False)
    stage.analyzers = [recorder]

    stage.preview(two_queues)

    shown = {resource.name: resource for resource in recorder.seen}
    assert shown["first"].properties["delaySeconds"] == 3
    assert shown["first"].properties["name"].startswith("first-")
    assert shown["second"].properties["policy"] == UNKNOWN_WIRE
    assert shown["second"].property_dependencies["policy"] == (shown["first"].urn,)


def test_an_analyzer_sees_the_finished_stack_with_outputs(stage: Stage) -> None:
    recorder = Recorder(lambda _: False)
    stage.analyzers = [recorder]

    stage.up(two_queues)

    shown = {resource.name: resource for resource in recorder.stack}
    assert shown["second"].properties["arn"].startswith("arn:aws:sqs:")


def test_an_analyzer_is_told_which_properties_are_secrets(stage: Stage) -> None:
    def program() -> None:
        aws.ssm.Parameter("token", type="SecureString", value=pulumi.Output.secret("hunter2"))

    recorder = Recorder(lambda _: False)
    stage.analyzers = [recorder]

    stage.preview(program)

    (shown,) = [each for each in recorder.seen if each.name == "token"]
    assert shown.secrets == {"value"}
    assert shown.properties["value"] == "hunter2"


def test_secrets_are_found_wherever_they_lie() -> None:
    value = {
        "data": {"tls.key": Secret("a"), "b": "c"},
        "env": ["d", {"value": Secret(UNKNOWN)}],
        "all": Secret({"inner": "e"}),
    }

    assert {*secret_paths(value)} == {"data.tls.key", "env[1].value", "all"}
