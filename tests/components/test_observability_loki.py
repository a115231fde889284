from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.observability.logs_spec import LogsSpec
from components.observability.loki.config import Compactor
from components.observability.loki.store import VOLUME, LogStore
from components.observability.loki.workload import entry_role, identities, loki_part
from components.workload import Egress, Kind, Outside
from rehearsal.plugin import record
from tests.components.telemetry_parts import (
    DEV,
    PROD,
    RUNBOOKS,
    S3,
    calls,
    document,
    loki,
    site,
)

STAGING = Environment.STAGING
FILE = "/etc/loki/config.yaml"
RULES = "/etc/loki-rules/fake/alerts.yaml"


def logs(environment: Environment = PROD, **asked: Any) -> LogsSpec:
    return LogsSpec.resolve(environment, asked)


def test_a_retention_longer_than_the_volume_can_hold_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        logs(DEV, retention_days=90)

    assert (
        "retention_days is 90, and at a gib_per_day of 2 that is about 45.0 GiB stored; a"
        " volume_gib of 10 holds 8.0: set retention_days to 16 at most, or volume_gib to 57"
    ) in str(refused.value)


def test_what_the_refusal_proposes_is_accepted() -> None:
    assert logs(DEV, retention_days=16).retention_days == 16
    assert logs(DEV, retention_days=90, volume_gib=57).retention_days == 90
    with pytest.raises(ValidationError, match="retention_days is 17"):
        logs(DEV, retention_days=17)


def test_an_intake_of_which_no_day_fits_is_refused_as_such() -> None:
    with pytest.raises(ValidationError, match="not even one day fits, so lower gib_per_day"):
        logs(DEV, gib_per_day=500)


def test_a_bucket_holds_any_retention() -> None:
    assert logs(PROD, retention_days=3_650).retention_days == 3_650


def test_several_replicas_need_a_bucket() -> None:
    with pytest.raises(ValidationError, match="storage is volume with 3 replicas"):
        logs(PROD, storage="volume")


@pytest.mark.parametrize(
    ("environment", "store", "message"),
    [
        (PROD, VOLUME, "logs.storage is bucket, and there is no bucket here"),
        (DEV, S3, "logs.storage is volume, and there is a bucket of s3"),
    ],
)
def test_a_store_that_was_not_asked_for_is_refused(
    environment: Environment, store: LogStore, message: str
) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        loki(environment, store)


@pytest.mark.parametrize(
    ("environment", "store", "days"), [(DEV, "filesystem", 3), (STAGING, "s3", 7), (PROD, "s3", 30)]
)
def test_what_is_too_old_is_deleted(environment: Environment, store: str, days: int) -> None:
    part = loki(environment)

    for role in part.workloads:
        file = document(part, role, FILE)
        assert file["limits_config"]["retention_period"] == f"{days * 24}h"
        assert file["compactor"]["retention_enabled"] is True
        assert file["compactor"]["delete_request_store"] == store
        assert file["schema_config"]["configs"][0]["object_store"] == store


def test_only_the_replica_that_compacts_is_asked_what_to_delete() -> None:
    part = loki(PROD)
    main, worker = (document(part, role, FILE)["limits_config"] for role in part.workloads)

    assert (main["deletion_mode"], worker["deletion_mode"]) == ("filter-and-delete", "disabled")
    assert "lines that someone asked Loki to delete are shown until" in part.unhonoured[0]


def test_a_compactor_that_could_not_delete_is_refused() -> None:
    with pytest.raises(ValidationError, match="retention_enabled needs delete_request_store"):
        Compactor(
            working_directory="/loki/compactor",
            compaction_interval="10m",
            retention_enabled=True,
            retention_delete_delay="2h",
            horizontal_scaling_mode="disabled",
        )


def test_one_of_three_replicas_compacts_and_the_others_help() -> None:
    part = loki(PROD)

    assert {role: each.replicas for role, each in part.workloads.items()} == {
        "loki": 1,
        "loki-worker": 2,
    }
    main, worker = (document(part, role, FILE) for role in part.workloads)
    assert main["compactor"]["horizontal_scaling_mode"] == "main"
    assert worker["compactor"]["horizontal_scaling_mode"] == "worker"
    for file in (main, worker):
        assert file["common"]["replication_factor"] == 3
        assert (
            file["common"]["compactor_grpc_address"]
            == "eyes-loki-0.eyes-loki-replicas.observability.svc:9095"
        )


def test_three_replicas_know_each_other_by_name() -> None:
    part = loki(PROD)

    for role in part.workloads:
        assert document(part, role, FILE)["memberlist"]["join_members"] == [
            "eyes-loki-0.eyes-loki-replicas.observability.svc:7946",
            "eyes-loki-worker-0.eyes-loki-worker-replicas.observability.svc:7946",
            "eyes-loki-worker-1.eyes-loki-worker-replicas.observability.svc:7946",
        ]


def test_three_replicas_reach_each_other_and_nobody_else() -> None:
    pairs = {(source, target) for source, target, _ in calls(loki(PROD))}

    assert pairs == {
        ("eyes-loki", "eyes-loki-worker"),
        ("eyes-loki-worker", "eyes-loki"),
        ("eyes-loki-worker", "eyes-loki-worker"),
    }
    assert {port for *_, port in calls(loki(PROD))} == {"grpc", "gossip"}


@pytest.mark.parametrize("environment", [DEV, STAGING])
def test_a_single_replica_has_no_gossip(environment: Environment) -> None:
    part = loki(environment)

    assert list(part.workloads) == ["loki"]
    assert "memberlist" not in document(part, "loki", FILE)
    assert set(part.workloads["loki"].ports) == {"http"}
    assert not part.flows


def test_callers_reach_the_replicas_of_which_one_may_fail() -> None:
    assert entry_role(site(PROD), logs(PROD)) == "loki-worker"
    assert entry_role(site(STAGING), logs(STAGING)) == "loki"


def test_every_replica_signs_in_to_the_bucket_as_itself() -> None:
    part = loki(PROD)

    assert identities(site(PROD), logs(PROD)) == ("eyes-loki", "eyes-loki-worker")
    for workload in part.workloads.values():
        assert workload.cloud_identity
        assert Egress(to=Outside.INTERNET, port=443) in workload.egress


def test_a_volume_needs_neither_identity_nor_internet() -> None:
    workload = loki(DEV).workloads["loki"]

    assert not workload.cloud_identity
    assert not workload.egress


def test_a_bucket_that_is_not_known_yet_is_written_into_the_file_later() -> None:
    def program() -> dict[str, Any]:
        store = LogStore(kind="gcs", bucket=pulumi.Output.from_input("made-later"))
        part = loki_part(site(STAGING), logs(STAGING), store, runbooks_url=RUNBOOKS)
        return {"file": part.workloads["loki"].files[FILE]}

    text = record(program).outputs["file"]

    assert "bucket_name: made-later" in text
    assert "use_thanos_objstore: true" in text


@pytest.mark.parametrize("environment", list(Environment))
def test_lines_survive_a_crash_on_a_volume_of_the_image_user(environment: Environment) -> None:
    for workload in loki(environment).workloads.values():
        assert workload.kind is Kind.STATEFUL
        assert workload.volumes["data"].path == "/loki"
        assert workload.volumes["data"].kept


def test_queries_end_before_the_server_hangs_up() -> None:
    file = document(loki(PROD), "loki", FILE)

    assert file["limits_config"]["query_timeout"] == "180s"
    assert file["server"]["http_server_write_timeout"] == "190s"


def test_pods_and_instances_make_no_streams() -> None:
    otlp = document(loki(PROD), "loki", FILE)["limits_config"]["otlp_config"]

    (index,) = otlp["resource_attributes"]["attributes_config"]
    assert otlp["resource_attributes"]["ignore_defaults"] is True
    assert "k8s.namespace.name" in index["attributes"]
    assert not {"k8s.pod.name", "service.instance.id"} & set(index["attributes"])


@pytest.mark.parametrize(("gib_per_day", "rate"), [(1, 4), (20, 5), (400, 95)])
def test_the_rate_taken_in_follows_the_expected_intake(gib_per_day: int, rate: int) -> None:
    limits = document(loki(PROD, gib_per_day=gib_per_day), "loki", FILE)["limits_config"]

    assert limits["ingestion_rate_mb"] == rate
    assert limits["ingestion_burst_size_mb"] == rate * 2


def test_nothing_is_told_to_its_makers() -> None:
    assert document(loki(PROD), "loki", FILE)["analytics"] == {"reporting_enabled": False}


def test_without_alerts_on_logs_there_is_no_ruler() -> None:
    part = loki(PROD)

    assert "ruler" not in document(part, "loki", FILE)
    assert list(part.workloads["loki"].files) == [FILE]


def test_alerts_on_logs_go_to_every_alertmanager() -> None:
    part = loki(
        PROD,
        alerts={
            "RootTokenUsed": {
                "expression": 'count_over_time({service_name="vault"} |= "root" [5m]) > 0',
                "severity": "critical",
                "summary": "The root token of Vault was used",
            }
        },
    )

    ruler = document(part, "loki", FILE)["ruler"]
    assert ruler["alertmanager_url"].split(",") == [
        f"http://eyes-alertmanager-{n}.eyes-alertmanager-replicas.observability.svc:9093"
        for n in range(3)
    ]
    assert ruler["enable_sharding"] is True
    assert ("eyes-loki-worker", "eyes-alertmanager", "http") in calls(part)
    (rule,) = document(part, "loki", RULES)["groups"][0]["rules"]
    assert rule["alert"] == "RootTokenUsed"
    assert rule["for"] == "5m"
    assert rule["labels"] == {"severity": "critical"}
    assert rule["annotations"]["runbook_url"].startswith(RUNBOOKS)


def test_both_workloads_are_one_job_to_who_watches() -> None:
    main, worker = loki(PROD).targets

    assert (main.job, main.workload) == ("loki", "eyes-loki")
    assert (worker.workload, worker.labels) == ("eyes-loki-worker", {"job": "loki"})
    assert main.groups
    assert not worker.groups


def test_a_docker_host_runs_one_and_says_so() -> None:
    alone = loki_part(site(DEV), logs(PROD), S3, runbooks_url=RUNBOOKS)

    assert list(alone.workloads) == ["loki"]
    assert alone.unhonoured == ("logs.replicas: 3 are asked, 1 runs; several need Kubernetes",)
