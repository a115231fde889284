"""What the rules of Google Cloud say at their limits, beside the examples that define them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies.examples import example
from policies.judge import judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules.gcp_firewall import NO_PUBLIC_ADMIN
from policies.rules.gcp_gke_nodes import NODE_SA, WORKLOAD_IDENTITY
from policies.rules.gcp_kms import ROTATION
from policies.rules.gcp_network import SUBNET_FLOW_LOGS
from policies.rules.gcp_sql_recovery import BACKUPS
from policies.rules.gcp_storage import DURABLE
from policies.subject import Environment

PASS, FAIL, FOREIGN = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE


def verdict_of(
    rule: Rule,
    props: Mapping[str, object],
    *,
    check: int = 0,
    environment: Environment = "prod",
    **configured: object,
) -> Verdict:
    resource = example(rule.checks[check].type, "x", props, environment=environment)
    (finding,) = judge(rule, resource, configured)
    return finding.verdict


@pytest.mark.parametrize(
    ("mode", "verdict"), [("GKE_METADATA", PASS), ("GCE_METADATA", FAIL), (None, PASS)]
)
def test_pods_of_a_cluster_see_the_metadata_of_gke(mode: str | None, verdict: Verdict) -> None:
    props = {
        "workloadIdentityConfig": {"workloadPool": "example.svc.id.goog"},
        "nodeConfig": {"workloadMetadataConfig": {"mode": mode}},
    }

    assert verdict_of(WORKLOAD_IDENTITY, props) is verdict


@pytest.mark.parametrize("account", ["", "default", "1-compute@developer.gserviceaccount.com"])
@pytest.mark.parametrize("check", range(len(NODE_SA.checks)))
def test_an_account_that_edits_the_project_is_recognised(check: int, account: str) -> None:
    props = {"nodeConfig": {"serviceAccount": account}}

    assert verdict_of(NODE_SA, props, check=check) is FAIL


@pytest.mark.parametrize("check", NODE_SA.stack_checks)
def test_nodes_without_account_are_judged_on_their_own(check: Any) -> None:
    (finding,) = judge_stack(NODE_SA, [example(check.type, "nodes")])

    assert finding.verdict is PASS


@pytest.mark.parametrize(
    ("rotation", "destruction", "verdict"),
    [
        ("1s", "604800s", PASS),
        ("0s", "604800s", FAIL),
        ("7776000s", "604799s", FAIL),
        ("7776001s", "604800s", FAIL),
    ],
)
def test_a_key_lives_no_longer_and_dies_no_faster_than_the_limits(
    rotation: str, destruction: str, verdict: Verdict
) -> None:
    props = {"rotationPeriod": rotation, "destroyScheduledDuration": destruction}

    assert verdict_of(ROTATION, props) is verdict


@pytest.mark.parametrize(
    ("purpose", "verdict"),
    [
        ("PRIVATE", FAIL),
        (None, FAIL),
        ("PRIVATE_NAT", FAIL),
        ("REGIONAL_MANAGED_PROXY", FOREIGN),
        ("GLOBAL_MANAGED_PROXY", FOREIGN),
        ("INTERNAL_HTTPS_LOAD_BALANCER", FOREIGN),
        ("PRIVATE_SERVICE_CONNECT", FOREIGN),
    ],
)
def test_subnets_without_machines_have_no_flow_logs(purpose: str | None, verdict: Verdict) -> None:
    assert verdict_of(SUBNET_FLOW_LOGS, {"purpose": purpose}) is verdict


@pytest.mark.parametrize(
    ("least", "kept", "verdict"),
    [
        (0, 0, FAIL),
        (0, 1, PASS),
        (1, 1, PASS),
        (7, 6, FAIL),
        (7, 7, PASS),
        (7, None, PASS),
        (8, None, FAIL),
    ],
)
def test_as_many_backups_are_kept_as_configured_but_never_none(
    least: int, kept: int | None, verdict: Verdict
) -> None:
    backups = {"enabled": True, "backupRetentionSettings": {"retainedBackups": kept}}
    props: Mapping[str, Any] = {"settings": {"backupConfiguration": backups}}

    assert verdict_of(BACKUPS, props, environment="dev", least_backups=least) is verdict


@pytest.mark.parametrize(("seconds", "verdict"), [(0, FAIL), (1, PASS), (None, PASS)])
def test_what_is_deleted_is_kept_for_a_while(seconds: int | None, verdict: Verdict) -> None:
    props = {"softDeletePolicy": {"retentionDurationSeconds": seconds}}

    assert verdict_of(DURABLE, props) is verdict


@pytest.mark.parametrize(
    ("protocol", "verdict"),
    [*((each, FAIL) for each in ("tcp", "6", "udp", "17", "sctp", "132")), ("icmp", PASS)],
)
def test_each_protocol_with_ports_opens_them(protocol: str, verdict: Verdict) -> None:
    def opening(port: str) -> Mapping[str, object]:
        allowed = {"protocol": protocol, "ports": [port]}
        return {"sourceRanges": ["0.0.0.0/0"], "allows": [allowed]}

    assert verdict_of(NO_PUBLIC_ADMIN, opening("22")) is verdict
    assert verdict_of(NO_PUBLIC_ADMIN, opening("443")) is PASS
