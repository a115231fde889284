"""One rule, whatever a provider calls the type it is about."""

from __future__ import annotations

from typing import Any

import pytest

from policies.catalogue import RULES
from policies.examples import example
from policies.judge import Judge
from policies.rule import EVERY_TYPE, Rule, Verdict
from policies.rules.aws_s3 import BLOCK_PUBLIC_ACCESS
from policies.rules.aws_s3_data import VERSIONED
from policies.rules.kubernetes_container import PRIVILEGED
from policies.rules.kubernetes_network import INGRESS_TLS
from policies.twins import TWINS, canonical, listed, translated
from policies.view import UNKNOWN_STRING
from rehearsal.sdk import Sdk

SDK = Sdk()
POD: dict[str, Any] = {
    "spec": {"containers": [{"name": "a", "securityContext": {"privileged": True}}]}
}
HARMLESS: dict[str, Any] = {"spec": {"containers": [{"name": "a"}]}}
DEPLOYMENT = {"spec": {"template": POD}}


def verdicts(rule: Rule, type_: str, props: dict[str, Any]) -> list[tuple[Verdict, Any]]:
    found = Judge([rule]).resource(example(type_, "x", props))
    return [(finding.verdict, finding.paths) for finding in found]


@pytest.mark.parametrize("twin", sorted(TWINS))
def test_every_twin_is_a_type_of_the_sdk_and_so_is_what_it_stands_for(twin: str) -> None:
    assert SDK.resource_type(twin) is not None
    assert SDK.resource_type(TWINS[twin]) is not None


@pytest.mark.parametrize(
    "type_",
    sorted(
        {
            check.type
            for rule in RULES
            for check in (*rule.checks, *rule.stack_checks)
            if check.type != EVERY_TYPE
        }
    ),
)
def test_rules_name_what_twins_stand_for(type_: str) -> None:
    assert canonical(type_) == type_


@pytest.mark.parametrize(
    "token",
    [
        "aws:alb/listener:Listener",
        "aws:applicationloadbalancing/listener:Listener",
        "aws:lb/listener:Listener",
    ],
)
def test_a_module_that_was_renamed_twice_is_one(token: str) -> None:
    assert canonical(token) == "aws:lb/listener:Listener"


@pytest.mark.parametrize(
    "version",
    ["apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"],
)
@pytest.mark.parametrize("suffix", ["", "Patch"])
def test_a_deployment_is_judged_in_every_version_of_its_api(version: str, suffix: str) -> None:
    path = "spec.template.spec.containers[0].securityContext.privileged"

    found = verdicts(PRIVILEGED, f"kubernetes:{version}:Deployment{suffix}", DEPLOYMENT)

    assert found == [(Verdict.FAIL, (path,))]


def test_what_a_list_holds_is_judged_and_named_by_its_place() -> None:
    found = verdicts(PRIVILEGED, "kubernetes:core/v1:PodList", {"items": [HARMLESS, POD]})

    path = "items[1].spec.containers[0].securityContext.privileged"
    assert found == [(Verdict.FAIL, (path,))]


def test_a_list_passes_if_all_it_holds_does() -> None:
    found = verdicts(PRIVILEGED, "kubernetes:core/v1:PodList", {"items": [HARMLESS, HARMLESS]})

    assert found == [(Verdict.PASS, ())]


@pytest.mark.parametrize("items", [UNKNOWN_STRING, [UNKNOWN_STRING], [{"spec": UNKNOWN_STRING}]])
def test_a_list_that_is_not_known_is_not_decided(items: Any) -> None:
    ((verdict, paths),) = verdicts(PRIVILEGED, "kubernetes:core/v1:PodList", {"items": items})

    assert verdict is Verdict.UNDECIDED
    assert all(path.startswith("items") for path in paths)


@pytest.mark.parametrize(
    ("token", "held"),
    [
        ("kubernetes:apps/v1beta1:DeploymentList", "kubernetes:apps/v1:Deployment"),
        ("kubernetes:core/v1:Pod", ""),
        ("aws:ec2/prefixList:PrefixList", ""),
    ],
)
def test_only_kubernetes_has_lists_of_resources(token: str, held: str) -> None:
    assert listed(token) == held


def test_companions_of_an_older_bucket_count() -> None:
    bucket = example("aws:s3/bucketV2:BucketV2", "x", {"id": UNKNOWN_STRING})
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    block = example(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "x",
        {"bucket": UNKNOWN_STRING, **dict.fromkeys(flags, True)},
        made_from={"bucket": [bucket]},
    )

    def verdict(*resources: Any) -> list[Verdict]:
        return [finding.verdict for finding in Judge([BLOCK_PUBLIC_ACCESS]).stack(resources)]

    assert verdict(bucket) == [Verdict.FAIL]
    assert verdict(bucket, block) == [Verdict.PASS]


@pytest.mark.parametrize(("enabled", "verdict"), [(True, Verdict.PASS), (False, Verdict.FAIL)])
def test_what_an_older_bucket_calls_otherwise_is_read(enabled: bool, verdict: Verdict) -> None:
    bucket = example("aws:s3/bucketV2:BucketV2", "x", {"versionings": [{"enabled": enabled}]})

    assert [finding.verdict for finding in Judge([VERSIONED]).stack([bucket])] == [verdict]


def test_a_default_backend_is_found_under_its_former_name() -> None:
    rest = {"tls": [{"hosts": ["a.example.com"]}], "rules": [{"host": "a.example.com"}]}
    now = {"spec": {**rest, "defaultBackend": {"service": {"name": "web"}}}}
    then = {"spec": {**rest, "backend": {"serviceName": "web"}}}

    ((today, _),) = verdicts(INGRESS_TLS, "kubernetes:networking.k8s.io/v1:Ingress", now)
    ((before, _),) = verdicts(INGRESS_TLS, "kubernetes:extensions/v1beta1:Ingress", then)

    assert today is before


@pytest.mark.parametrize("props", [{}, {"spec": None}, {"spec": UNKNOWN_STRING}, {"spec": []}])
def test_translating_takes_any_shape(props: dict[str, Any]) -> None:
    assert translated("kubernetes:extensions/v1beta1:Ingress", props) == props


def test_a_list_of_nothing_is_not_judged() -> None:
    assert verdicts(PRIVILEGED, "kubernetes:core/v1:PodList", {"items": []}) == []
