"""One changed value shows in a preview as the objects it concerns, and as nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.events import Op, Step, StepDone
from tests.stacks.files import STACKS, config
from tests.stacks.rehearsed import Staged

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
VOLUME = "docker:index/volume:Volume"
CONTAINER = "docker:index/container:Container"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

Edit = Callable[[dict[str, Any]], None]
# What happens to a resource, its type and its name.
Told = tuple[Op, str, str]


def configured(workload: str, *files: str, controller: str = STATEFUL_SET) -> set[Told]:
    """Another configuration on Kubernetes: its files anew under other names, its pods rolled."""
    return {
        (Op.UPDATE, controller, workload),
        *((Op.REPLACE, CONFIG_MAP, f"{workload}-config-{file}") for file in files),
    }


def carried(workload: str, directory: str) -> set[Told]:
    """The same on a Docker host: the volume of its files, what fills it, and the container."""
    return {
        (Op.REPLACE, VOLUME, f"{workload}-files-{directory}"),
        (Op.REPLACE, CONTAINER, f"{workload}-files"),
        (Op.REPLACE, CONTAINER, workload),
    }


def retention_of_metrics(eyes: dict[str, Any]) -> None:
    eyes["metrics"] = {"retention_days": 31}


def retention_of_metrics_in_dev(eyes: dict[str, Any]) -> None:
    eyes["metrics"] = {"retention_days": 8}


def reminders(eyes: dict[str, Any]) -> None:
    eyes["alerting"]["repeat_hours"] = 8


def channel(eyes: dict[str, Any]) -> None:
    eyes["alerting"]["receivers"]["tickets"]["channel"] = "#elsewhere"


def probe(eyes: dict[str, Any]) -> None:
    eyes["probes"]["docs"] = {"url": "https://docs.example.com/"}


def objective(eyes: dict[str, Any]) -> None:
    eyes["slos"]["storefront-latency"]["objective_percent"] = 98


def runbooks(eyes: dict[str, Any]) -> None:
    eyes["runbooks_url"] = "https://wiki.example.com/runbooks"


def retention_of_logs(eyes: dict[str, Any]) -> None:
    eyes["logs"] = {"retention_days": 60}


PROMETHEUS_YML = "etc-prometheus-config-prometheus-yml"
ALERTMANAGER_YML = "etc-alertmanager-config-alertmanager-yml"
LOKI_YAML = "etc-loki-config-yaml"
CASES: Mapping[str, tuple[str, Edit, set[Told]]] = {
    "retention of metrics": (
        "prod",
        retention_of_metrics,
        configured("eyes-prometheus", PROMETHEUS_YML),
    ),
    "reminders": ("prod", reminders, configured("eyes-alertmanager", ALERTMANAGER_YML)),
    "channel": ("prod", channel, configured("eyes-alertmanager", ALERTMANAGER_YML)),
    "probe": ("prod", probe, configured("eyes-prometheus", PROMETHEUS_YML)),
    # An objective is rules, a budget and a page.
    "objective": (
        "prod",
        objective,
        configured(
            "eyes-prometheus",
            "etc-prometheus-rules-slo-storefront-latency-yml",
            "etc-prometheus-rules-budget-storefront-latency-yml",
        )
        | configured(
            "eyes-grafana",
            "etc-grafana-boards-slo-storefront-latency-json",
            controller=DEPLOYMENT,
        ),
    ),
    # The bucket lets go of what Loki failed to delete.
    "retention of logs": (
        "prod",
        retention_of_logs,
        configured("eyes-loki", LOKI_YAML)
        | configured("eyes-loki-worker", LOKI_YAML)
        | {(Op.UPDATE, LIFECYCLE, "eyes-logs")},
    ),
    "retention of metrics in dev": (
        "dev",
        retention_of_metrics_in_dev,
        carried("eyes-prometheus", "etc-prometheus-config"),
    ),
    "runbooks in dev": ("dev", runbooks, carried("eyes-prometheus", "etc-prometheus-rules")),
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Staged]:
    """Brings a stack up, once."""
    stages: dict[str, Staged] = {}

    def brought_up(stack: str) -> Staged:
        if stack not in stages:
            stages[stack] = Staged(stack, tmp_path_factory.mktemp(stack))
            assert stages[stack].engine().up().ok
        return stages[stack]

    return brought_up


def preview(staged: Staged, edit: Edit) -> list[Step]:
    """The steps of a preview of ``staged`` with another configuration, but for what stays."""
    document = config(staged.stack)
    edit(document["plinth:settings"]["observability"])
    edited = replace(staged, config=document, events=[])
    summary = edited.engine().preview()
    assert summary.ok, summary.message
    steps = [event.step for event in edited.events if isinstance(event, StepDone)]
    return [step for step in steps if step.op is not Op.SAME]


def told(steps: list[Step]) -> set[Told]:
    """What happens, each replacement once."""
    halves = {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}
    return {(step.op, step.type, step.name) for step in steps if step.op not in halves}


@pytest.mark.parametrize("case", CASES)
def test_a_changed_value_is_its_new_configuration_and_who_reads_it(
    case: str, up: Callable[[str], Staged]
) -> None:
    stack, edit, expected = CASES[case]

    assert told(preview(up(stack), edit)) == expected


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_changed_is_nothing_to_do(stack: str, up: Callable[[str], Staged]) -> None:
    assert preview(up(stack), lambda _: None) == []


def test_pods_are_rolled_because_a_file_of_theirs_has_another_name(
    up: Callable[[str], Staged],
) -> None:
    (rolled,) = [
        step for step in preview(up("prod"), retention_of_metrics) if step.type == STATEFUL_SET
    ]

    assert rolled.changed
    assert all(path.startswith("spec.template.spec.volumes[") for path in rolled.changed)


def test_the_new_configuration_is_there_before_the_old_one_goes(
    up: Callable[[str], Staged],
) -> None:
    steps = preview(up("prod"), retention_of_metrics)

    assert [(step.op, step.type) for step in steps if step.op is not Op.REPLACE] == [
        (Op.CREATE_REPLACEMENT, CONFIG_MAP),
        (Op.UPDATE, STATEFUL_SET),
        (Op.DELETE_REPLACED, CONFIG_MAP),
    ]
