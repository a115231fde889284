"""What no document of a role may say, and how documents are cut to size."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.bucket.interface import AwsBucketRef
from components.database.interface import AwsDatabaseRef
from components.environment import Environment
from components.ground import AwsCloud
from components.iam import Statement, document
from components.identity.aws_permissions import planned, policies
from components.identity.grant import Grant
from components.identity.lint import (
    ON_EVERYTHING,
    PATTERNS,
    POLICIES_PER_ROLE,
    POLICY_CHARACTERS,
    policy_problems,
    size,
    split,
    trust_problems,
)
from components.identity.spec import Action, ServiceAccountSubjectSpec, Thing
from rehearsal.plugin import record
from tests.components.variants import aws_cloud
from tests.components.variants_identity import POD

BUCKET = "arn:aws:s3:::uploads-1a"
HOST = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
TOKEN = {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": ["repo:acme/shop:pull_request"]}


def written(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Sid": "One", "Effect": "Allow", **statement}]})


def equal(**tests: Any) -> dict[str, Any]:
    return {"StringEquals": tests}


GOOD_POLICIES: dict[str, dict[str, Any]] = {
    "an action on a resource": {"Action": ["s3:ListBucket"], "Resource": [BUCKET]},
    "one text instead of a list": {"Action": "s3:ListBucket", "Resource": BUCKET},
    "the objects of a bucket": {"Action": "s3:GetObject", "Resource": f"{BUCKET}/*"},
    "some objects of a bucket": {"Action": "s3:GetObject", "Resource": f"{BUCKET}/in/*"},
    "an action without resources": {"Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    "a role for one service": {
        "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::123456789012:role/nodes",
        "Condition": equal(**{"iam:PassedToService": "ec2.amazonaws.com"}),
    },
    "everything denied": {"Effect": "Deny", "Action": "*", "Resource": "*"},
}
BAD_POLICIES: dict[str, tuple[dict[str, Any], str]] = {
    "every action": ({"Action": "*", "Resource": BUCKET}, "action * is a pattern"),
    "a service": ({"Action": "s3:*", "Resource": BUCKET}, "action s3:* is a pattern"),
    "some of a service": ({"Action": "s3:Get*", "Resource": BUCKET}, "s3:Get* is a pattern"),
    "a letter": ({"Action": "s3:GetObjec?", "Resource": BUCKET}, "is a pattern"),
    "everything": ({"Action": "s3:GetObject", "Resource": "*"}, "resource * is a pattern"),
    "everything, beside an action that may": (
        {"Action": ["ecr:GetAuthorizationToken", "ecr:PutImage"], "Resource": "*"},
        "resource * is a pattern",
    ),
    "every bucket": (
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"},
        "resource arn:aws:s3:::* is a pattern",
    ),
    "some buckets": (
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::up*/*"},
        "resource arn:aws:s3:::up*/* is a pattern",
    ),
    "every key": (
        {"Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:123456789012:key/*"},
        "is a pattern",
    ),
    "all but some actions": ({"NotAction": "iam:*", "Resource": BUCKET}, "NotAction allows all"),
    "all but some resources": (
        {"Action": "s3:GetObject", "NotResource": BUCKET},
        "NotResource allows all",
    ),
    "a principal": (
        {"Action": "s3:GetObject", "Resource": BUCKET, "Principal": "*"},
        "names no principal",
    ),
    "a role for any service": (
        {"Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/nodes"},
        "add the condition iam:PassedToService",
    ),
    "a role for services by a pattern": (
        {
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::123456789012:role/nodes",
            "Condition": equal(**{"iam:PassedToService": "*.amazonaws.com"}),
        },
        "add the condition iam:PassedToService",
    ),
    "a role for a service, if one is named": (
        {
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::123456789012:role/nodes",
            "Condition": {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}},
        },
        "add the condition iam:PassedToService",
    ),
    "an access key": (
        {"Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::123456789012:user/ann"},
        "makes a static credential",
    ),
}
GOOD_TRUST: dict[str, dict[str, Any]] = {
    "a service for an account": {
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Condition": equal(**{"aws:SourceAccount": "123456789012"}),
    },
    "a subject": {"Principal": {"Federated": PROVIDER}, "Condition": equal(**TOKEN)},
    "everybody denied": {"Effect": "Deny", "Principal": "*"},
}
BAD_TRUST: dict[str, tuple[dict[str, Any], str]] = {
    "everybody": ({"Principal": "*"}, "it trusts everybody"),
    "every account": ({"Principal": {"AWS": ["*"]}}, "it trusts everybody"),
    "everybody but one": ({"NotPrincipal": {"AWS": "arn:x"}}, "NotPrincipal trusts everybody else"),
    "a service for any account": (
        {"Principal": {"Service": "pods.eks.amazonaws.com"}},
        "a service is trusted for any account",
    ),
    "any token": ({"Principal": {"Federated": PROVIDER}}, "tokens with any aud are trusted"),
    "any subject": (
        {
            "Principal": {"Federated": PROVIDER},
            "Condition": equal(**{f"{HOST}:aud": "sts.amazonaws.com"}),
        },
        "tokens with any sub are trusted",
    ),
    "subjects by a pattern": (
        {
            "Principal": {"Federated": PROVIDER},
            "Condition": {
                "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{HOST}:sub": "repo:acme/*"},
            },
        },
        "tokens with any sub are trusted",
    ),
}


@pytest.mark.parametrize("name", GOOD_POLICIES)
def test_a_policy_of_named_actions_on_named_resources_is_let_through(name: str) -> None:
    assert policy_problems(written(**GOOD_POLICIES[name])) == []


@pytest.mark.parametrize("name", BAD_POLICIES)
def test_a_policy_that_says_more_is_refused(name: str) -> None:
    statement, problem = BAD_POLICIES[name]
    (found,) = policy_problems(written(**statement))

    assert found.startswith("One: ")
    assert problem in found


@pytest.mark.parametrize("name", GOOD_TRUST)
def test_trust_in_a_named_principal_is_let_through(name: str) -> None:
    assert trust_problems(written(**GOOD_TRUST[name])) == []


@pytest.mark.parametrize("name", BAD_TRUST)
def test_trust_in_more_is_refused(name: str) -> None:
    statement, problem = BAD_TRUST[name]

    assert any(problem in found for found in trust_problems(written(**statement)))


def test_every_problem_is_told() -> None:
    found = policy_problems(written(Action=["s3:*", "iam:PassRole"], Resource="*"))

    assert len(found) == 3


def test_a_statement_that_stands_alone_in_a_document_is_judged_too() -> None:
    alone = {"Effect": "Allow", "Action": "*", "Resource": BUCKET}

    assert policy_problems(json.dumps({"Statement": alone}))


def test_every_exception_has_its_reason() -> None:
    assert all({**ON_EVERYTHING, **PATTERNS}.values())
    assert all(re.compile(pattern) for pattern in PATTERNS)


def test_white_space_does_not_count() -> None:
    assert size('{"a": [1,\n\t2]}') == size('{"a":[1,2]}') == 11


def statement(length: int, resources: int) -> Statement:
    """A statement about as many resources, whose names have that length."""
    arns = tuple(f"{BUCKET}/{n}-{'x' * length}" for n in range(resources))
    return Statement(f"Of{resources}", ("s3:GetObject",), arns)


statements = st.lists(
    st.builds(statement, length=st.integers(0, 60), resources=st.integers(1, 40)), max_size=20
)


@given(statements)
def test_splitting_keeps_every_statement_in_order_and_every_part_within_the_limit(
    asked: list[Statement],
) -> None:
    parts = split(asked)

    assert [each for part in parts for each in part] == asked
    assert all(part and size(document(*part)) <= POLICY_CHARACTERS for part in parts)


@given(statements)
def test_no_part_has_room_for_what_the_next_one_begins_with(asked: list[Statement]) -> None:
    parts = split(asked)

    for part, following in pairwise(parts):
        assert size(document(*part, following[0])) > POLICY_CHARACTERS


def test_a_statement_that_fills_more_than_a_policy_is_refused() -> None:
    long = Statement("Long", ("s3:GetObject",), tuple(f"{BUCKET}/{n}" for n in range(400)))

    with pytest.raises(ValueError, match=r"Long has \d+ characters, a policy holds 6144"):
        split([long])


@cache
def cloud() -> AwsCloud:
    made: list[AwsCloud] = []
    record(lambda: made.append(aws_cloud(Environment.PROD)))
    return made[0]


def grant_on(thing: Thing, name: str, *actions: Action) -> Grant:
    """A grant on an adopted thing; what the cloud would say is left out, for nothing reads it."""
    pending: Any = None
    on = (
        AwsBucketRef(cloud(), f"{name}-{'x' * 50}"[:63], pending, pending)
        if thing is Thing.BUCKET
        else AwsDatabaseRef(cloud(), pending, "owner", pending, pending)
    )
    subject = ServiceAccountSubjectSpec.model_validate(POD)
    return Grant(subject, frozenset(actions), on, thing, name)


names = st.lists(
    st.builds("{}{}".format, st.sampled_from(["a-", "logs-of-", "z"]), st.integers(0, 9**20)),
    unique=True,
    max_size=40,
)
BUCKET_ACTIONS = st.frozensets(
    st.sampled_from([Action.READ, Action.LIST, Action.WRITE, Action.DELETE]), min_size=1
)


@given(names, BUCKET_ACTIONS)
def test_grants_become_policies_that_fit_and_say_all_that_was_granted(
    buckets: list[str], actions: frozenset[Action]
) -> None:
    grants = [grant_on(Thing.BUCKET, name, *actions) for name in buckets]
    found = policies(grants, "orders_api")
    granted = {
        resource.removesuffix("/*").removeprefix("arn:aws:s3:::")
        for part in found.values()
        for each in part
        for resource in each.statement.resources
        if resource.startswith("arn:aws:s3")
    }

    assert all(size(planned(part)) <= POLICY_CHARACTERS for part in found.values())
    assert all(policy_problems(planned(part)) == [] for part in found.values())
    assert granted == {f"{name}-{'x' * 50}"[:63] for name in buckets}
    assert len(found) <= POLICIES_PER_ROLE


def test_the_first_policy_keeps_its_name_whatever_is_granted_beside() -> None:
    one = policies([grant_on(Thing.BUCKET, "b", Action.LIST)], "user")
    many = policies([grant_on(Thing.BUCKET, f"a{n}", Action.LIST) for n in range(40)], "user")

    assert list(one) == ["grants"]
    assert next(iter(many)) == "grants"
    assert all(role.startswith("grants-bucket-a") for role in list(many)[1:])
    assert len(many) > 1


def test_more_grants_than_a_role_can_hold_are_refused() -> None:
    grants = [grant_on(Thing.DATABASE, f"d{n}", Action.CONNECT) for n in range(300)]

    with pytest.raises(ValueError, match=r"300 grants fill \d+ policies, a role has at most 10"):
        policies(grants, "orders_api")
