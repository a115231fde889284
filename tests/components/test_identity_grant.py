"""Grants find their things, and nothing that grants makes a static credential."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

import components.identity
from components.database.interface import DockerDatabaseRef
from components.environment import Environment
from components.identity import (
    IdentitySpec,
    RepositoryRef,
    Thing,
    create_identity,
    resolve_grants,
)
from components.identity.grant import Grant
from components.identity.spec import Action
from components.network.interface import DockerNetworkRef
from components.registry import DockerRegistryRef
from rehearsal.plugin import record
from tests.components.variants import aws_cloud, docker_host, recorded
from tests.components.variants_identity import (
    EVERYTHING,
    GITHUB,
    POD,
    VARIANTS,
    adopted_cluster,
    aws_things,
    identity_spec,
    known,
)

SOURCES = sorted(Path(components.identity.__file__).parent.glob("*.py"))
# All that the capability may create: none of it is, or holds, a key or a password.
CREATED = {
    "aws.eks.PodIdentityAssociation",
    "aws.iam.OpenIdConnectProvider",
    "aws.iam.Policy",
    "aws.iam.Role",
    "aws.iam.RolePolicyAttachment",
    "gcp.artifactregistry.RepositoryIamMember",
    "gcp.iam.WorkloadIdentityPool",
    "gcp.iam.WorkloadIdentityPoolProvider",
    "gcp.projects.IAMMember",
    "gcp.serviceaccount.Account",
    "gcp.serviceaccount.IAMMember",
    "gcp.sql.User",
    "gcp.storage.BucketIAMMember",
}
SECRET = re.compile(r"password|secret|token$|privateKey|accessKey", re.IGNORECASE)


def spec(*grants: object) -> IdentitySpec:
    return IdentitySpec.resolve(Environment.PROD, {"subject": POD, "grants": grants})


def resolved(asked: IdentitySpec) -> tuple[Grant, ...]:
    found: list[Grant] = []

    def program() -> None:
        found.extend(resolve_grants(asked, aws_things(aws_cloud(Environment.PROD))))

    record(program)
    return tuple(found)


def test_a_grant_says_who_may_do_what_on_which_thing() -> None:
    asked = spec(*EVERYTHING)
    bucket, database, cache = resolved(asked)

    assert all(each.subject == asked.subject for each in (bucket, database, cache))
    assert bucket.actions == {Action.READ, Action.LIST, Action.WRITE}
    assert [each.key for each in (bucket, database, cache)] == [
        "bucket-uploads",
        "database-orders",
        "cache-sessions",
    ]


def test_the_key_of_a_repository_is_that_of_its_resources() -> None:
    (grant,) = resolved(spec({"actions": ["pull"], "target": {"repository": "web/front"}}))

    assert (grant.name, grant.key) == ("web/front", "repository-web-front")


def test_things_that_are_not_there_are_told_at_once_with_those_that_are() -> None:
    asked = spec(
        {"actions": ["read"], "target": {"bucket": "upload"}},
        {"actions": ["connect"], "target": {"cache": "orders"}},
    )

    with pytest.raises(pulumi.RunError) as refused:
        resolve_grants(asked, {Thing.BUCKET: {"uploads": object(), "logs": object()}})

    assert str(refused.value).splitlines()[1:] == [
        "  bucket upload is not in this stack: it has logs, uploads",
        "  cache orders is not in this stack: it has none",
    ]


def test_things_that_iam_does_not_know_cannot_be_granted() -> None:
    asked = spec(
        {"actions": ["connect"], "target": {"database": "orders"}},
        {"actions": ["pull"], "target": {"repository": "api"}},
    )

    def program() -> None:
        network = DockerNetworkRef(docker_host(), {})
        registry = DockerRegistryRef(network, known("registry"), {}, known("user"), known("x"))
        things = {
            Thing.DATABASE: {"orders": DockerDatabaseRef(network.host)},
            Thing.REPOSITORY: {"api": RepositoryRef(registry, "api")},
        }
        resolve_grants(asked, things)

    with pytest.raises(pulumi.RunError) as refused:
        record(program)

    assert str(refused.value).splitlines()[1:] == [
        "  database orders has its own credentials: leave the grant out",
        "  repository api has its own credentials: leave the grant out",
    ]


@pytest.mark.parametrize("other", [EVERYTHING[:1], (*EVERYTHING[1:], EVERYTHING[0])])
def test_grants_of_another_spec_are_refused(other: tuple[object, ...]) -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        grants = resolve_grants(spec(*other), aws_things(cloud))
        create_identity(adopted_cluster(cloud), "orders-api", spec(*EVERYTHING), grants=grants)

    with pytest.raises(pulumi.RunError, match="are not those of its spec"):
        record(program)


def test_grants_of_another_subject_are_refused() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        things = aws_things(cloud)
        asked = identity_spec(GITHUB, EVERYTHING[0], environment=Environment.PROD)
        other = identity_spec(
            {**GITHUB, "environment": "lab"}, EVERYTHING[0], environment=Environment.PROD
        )
        create_identity(cloud, "orders-api", asked, grants=resolve_grants(other, things))

    with pytest.raises(pulumi.RunError, match="are not those of its spec"):
        record(program)


def created(source: str) -> Iterator[str]:
    """The resources of provider SDKs that a module creates."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        last = name.rpartition(".")[2]
        if re.match(r"(aws|gcp|random|tls|kubernetes)\.", name) and not last.endswith("Args"):
            yield name


def test_no_module_of_it_creates_a_static_credential() -> None:
    found = {name for path in SOURCES for name in created(path.read_text(encoding="utf-8"))}

    assert found == CREATED


@pytest.mark.parametrize(
    "line",
    [
        "key = aws.iam.AccessKey(name, user=user)",
        "key = gcp.serviceaccount.Key(name, service_account_id=email)",
        "key = random.RandomPassword(name, length=32)",
    ],
)
def test_one_that_did_would_be_found(line: str) -> None:
    assert not set(created(line)) <= CREATED


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_no_input_of_its_resources_is_a_secret(variant: object) -> None:
    (known,) = [each for each in VARIANTS if each is variant]
    recording = recorded(known, Environment.PROD)
    inputs = [key for each in recording.resources for key in each.inputs]

    assert [key for key in inputs if SECRET.search(key)] == []
    assert recording.secrets == frozenset()
