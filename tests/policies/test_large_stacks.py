"""Large stacks and enormous values: judging takes time in proportion, and never breaks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any

import pytest

from policies.buckets import BUCKET, companions_of
from policies.catalogue import RULES
from policies.examples import example
from policies.judge import Judge
from policies.namespaces import NAMESPACE, are_together, beside, lies_in, living_in
from policies.rule import Verdict
from policies.subject import STACK, Resource, Stack, Subject
from policies.view import UNKNOWN_STRING, Truth

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POD = "kubernetes:core/v1:Pod"
SMALL = 1_250
LARGE = 4 * SMALL
# In proportion is 4, quadratic is 16.
GROWTH = 8.0
# Ten times what was measured, and more.
SECONDS = 20.0


def cells(family: str, *, created: bool) -> Iterator[Resource]:
    """Endless resources that belong together in small groups, with ids once they are ``created``."""
    for number in count():
        if family != "cluster":
            yield from (
                each
                for each in cloud(number, created=created)
                if family == "everything" or family in each.type
            )
        if family in {"everything", "cluster"}:
            yield from cluster(number)


def cloud(number: int, *, created: bool) -> Iterator[Resource]:
    def made(type_: str, kind: str, props: Mapping[str, Any], **behind: Resource) -> Resource:
        name = f"{kind}-{number}"
        identity = {"id": f"{name}-id" if created else UNKNOWN_STRING}
        named = {
            key: f"{each.name}-id" if created else UNKNOWN_STRING for key, each in behind.items()
        }
        return example(
            type_,
            name,
            {**identity, **props, **named},
            made_from={key: [each] for key, each in behind.items()},
        )

    bucket = made("aws:s3/bucket:Bucket", "bucket", {"bucket": f"bucket-{number}"})
    yield bucket
    block: dict[str, Any] = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    yield made(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", block, bucket=bucket
    )
    versioning = {"versioningConfiguration": {"status": "Enabled"}}
    yield made("aws:s3/bucketVersioning:BucketVersioning", "versions", versioning, bucket=bucket)
    vpc = made("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16"})
    yield vpc
    group = made("aws:ec2/securityGroup:SecurityGroup", "group", {"description": "d"}, vpcId=vpc)
    yield group
    opening = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/8"}
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    yield made(rule, "opening", opening, securityGroupId=group)
    subnet = made("aws:ec2/subnet:Subnet", "subnet", {"cidrBlock": "10.0.1.0/24"}, vpcId=vpc)
    yield subnet
    gateway = made("aws:ec2/internetGateway:InternetGateway", "gateway", {}, vpcId=vpc)
    yield gateway
    table = made("aws:ec2/routeTable:RouteTable", "table", {}, vpcId=vpc)
    yield table
    everywhere = {"destinationCidrBlock": "0.0.0.0/0"}
    yield made("aws:ec2/route:Route", "route", everywhere, routeTableId=table, gatewayId=gateway)
    yield made(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "association",
        {},
        routeTableId=table,
        subnetId=subnet,
    )
    yield made(
        "aws:rds/instance:Instance",
        "database",
        {"storageEncrypted": True, "engine": "postgres"},
        vpcSecurityGroupIds=group,
    )


def cluster(number: int) -> Iterator[Resource]:
    space = f"space-{number}"
    labels = {"app": f"app-{number}"}

    def made(type_: str, props: Mapping[str, Any], *, name: str = "app") -> Resource:
        kind = type_.rpartition(":")[2]
        metadata = {"name": name, "namespace": space, "labels": labels}
        return example(
            f"kubernetes:{type_}", f"{kind}-{number}", {"kind": kind, "metadata": metadata, **props}
        )

    yield example(
        "kubernetes:core/v1:Namespace", space, {"kind": "Namespace", "metadata": {"name": space}}
    )
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    yield made("networking.k8s.io/v1:NetworkPolicy", {"spec": closed})
    yield made("core/v1:ResourceQuota", {"spec": {"hard": {"limits.memory": "1Gi"}}})
    pod = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod}
    yield made("apps/v1:Deployment", {"spec": spec})
    yield made("core/v1:Service", {"spec": {"selector": labels, "ports": [{"port": 80}]}})
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    yield made("policy/v1:PodDisruptionBudget", {"spec": budget})
    yield made("core/v1:ServiceAccount", {})
    yield made(
        "autoscaling/v2:HorizontalPodAutoscaler",
        {"spec": {"minReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "app"}}},
    )


def stack_of(size: int, family: str = "everything", *, created: bool) -> Sequence[Resource]:
    return [example(STACK, "example-prod"), *islice(cells(family, created=created), size - 1)]


def judged(resources: Sequence[Resource]) -> int:
    judge = Judge(RULES)
    found = [finding for each in resources for finding in judge.resource(each)]
    found += judge.stack(resources)

    assert Verdict.DEFECT not in {finding.verdict for finding in found}
    return len(found)


def seconds(work: Callable[[], object]) -> float:
    """CPU time, so that what else runs counts for little."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("family", "created"),
    [
        ("everything", False),
        ("everything", True),
        ("cluster", False),
        ("s3", False),
        ("ecurityGroup", False),
    ],
)
def test_the_price_of_a_stack_grows_with_its_resources_only(family: str, created: bool) -> None:
    # The rules about the whole stack are where a price could grow with pairs of resources.
    small, large = (stack_of(size, family, created=created) for size in (SMALL, LARGE))

    of_small = min(seconds(lambda: judged(small)) for _ in range(2))
    of_large = seconds(lambda: judged(large))

    assert of_large < SECONDS
    assert of_large / of_small < GROWTH


def test_every_kind_of_resource_in_a_large_stack_is_judged() -> None:
    resources = stack_of(SMALL, created=False)
    judge = Judge(RULES)

    found = [*(f for each in resources for f in judge.resource(each)), *judge.stack(resources)]

    bare = {"InternetGateway", "RouteTableAssociation"}
    types = {each.type for each in resources if each.type.rpartition(":")[2] not in bare}
    assert types <= {finding.urn.split("::")[2] for finding in found}


def anything(draw: random.Random) -> Any:
    return draw.choice(["one", "two", UNKNOWN_STRING, None])


@pytest.mark.parametrize("seed", range(300))
def test_an_index_leaves_out_nothing_that_may_be_in_a_namespace(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 not for secrets
    spaces = [
        example(NAMESPACE, f"space-{n}", {"metadata": {"name": anything(draw)}}) for n in range(2)
    ]
    sources = ((), spaces[:1], spaces[1:], spaces)
    pods = [
        example(
            POD,
            f"pod-{n}",
            {"metadata": {"namespace": anything(draw)}},
            made_from={"metadata": draw.choice(sources)},
        )
        for n in range(4)
    ]
    stack = Stack([*spaces, *pods])

    for space in spaces:
        looked_at = {each.urn: lies_in(each, space) for each in pods}
        assert found_in(living_in(space, stack, POD)) == without_no(looked_at)
    for pod in pods:
        looked_at = {each.urn: are_together(each, pod) for each in pods}
        assert found_in(beside(pod, stack, POD)) == without_no(looked_at)


@pytest.mark.parametrize("seed", range(300))
def test_an_index_leaves_out_nothing_that_may_be_of_a_bucket(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 not for secrets
    buckets = [
        example(BUCKET, f"bucket-{n}", {"id": anything(draw), "bucket": anything(draw)})
        for n in range(2)
    ]
    pet = example("random:index/randomPet:RandomPet", "pet")
    sources = ((), buckets[:1], buckets[1:], [pet])
    blocks = [
        example(
            BLOCK,
            f"block-{n}",
            {"bucket": anything(draw), "number": n},
            made_from={"bucket": draw.choice(sources)},
        )
        for n in range(4)
    ]

    for bucket in (Subject(each, {}) for each in buckets):
        # Alone there is nothing to leave out but the companion itself.
        looked_at = {
            n: is_its
            for n, block in enumerate(blocks)
            for _, is_its in companions_of(bucket, Stack([*buckets, block]), BLOCK)
        }
        among = {
            view.at("number").raw: is_its
            for view, is_its in companions_of(bucket, Stack([*buckets, *blocks]), BLOCK)
        }
        assert without_no(among) == without_no(looked_at)


def found_in(pairs: Sequence[tuple[Resource, Truth]]) -> dict[str, Truth]:
    return {each.urn: answer for each, answer in pairs}


def without_no(answers: Mapping[Any, Truth]) -> dict[Any, Truth]:
    return {key: answer for key, answer in answers.items() if answer is not Truth.NO}


def nested(depth: int, innermost: Any) -> Any:
    for _ in range(depth):
        innermost = {"below": [innermost]}
    return innermost


ENORMOUS: Mapping[str, Any] = {
    "a text of a megabyte": "x" * 1_000_000,
    "a text of a megabyte of brackets": "[" * 1_000_000,
    "a list of ten thousand texts": ["10.0.0.0/8"] * 10_000,
    "a list of ten thousand objects": [{"name": "each", "value": "value"}] * 10_000,
    "a hundred levels": nested(100, "value"),
    "a hundred levels over nothing known": nested(100, UNKNOWN_STRING),
}


def with_value(props: Any, path: Sequence[str], value: Any) -> Any:
    """``props`` with ``value`` at ``path``, along lists too."""
    if not path:
        return value
    if isinstance(props, list):
        return [with_value(each, path, value) for each in props]
    held = dict(props) if isinstance(props, Mapping) else {}
    held[path[0]] = with_value(held.get(path[0], {}), path[1:], value)
    return held


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ENORMOUS)
def test_an_enormous_value_is_judged_like_any_other(name: str) -> None:
    value = ENORMOUS[name]
    slow: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()

    for rule in RULES:
        judge = Judge([rule])
        # What a rule does with one type of pods it does with all.
        for check in rule.checks[:1]:
            good = next(iter(check.good.values()), {})
            props = good.props if isinstance(good, Resource) else good
            for path in check.reads:
                if check.type == "*" or (check.type, path) in seen:
                    continue
                seen.add((check.type, path))
                shown = example(check.type, "large", with_value(props, path.split("."), value))
                began = time.process_time()
                found = judge.resource(shown)
                taken = time.process_time() - began
                if taken > 2.0:
                    slow[f"{check.type} {path}"] = taken
                broken = [each.rule.id for each in found if each.verdict is Verdict.DEFECT]
                assert not broken, (check.type, path)

    assert not slow
