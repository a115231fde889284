"""An identity is for one subject, and for what it needs on things by name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.identity import IdentitySpec, shared_providers
from components.identity.spec import ACTIONS, Action, Thing
from components.identity.tokens import github_subjects, gitlab_subject
from tests.components.variants_identity import GITHUB, GITLAB, POD

READ = {"actions": ["read"], "target": {"bucket": "uploads"}}
WRITE = {"actions": ["write"], "target": {"bucket": "uploads"}}


def spec(subject: dict[str, Any], *grants: dict[str, Any]) -> IdentitySpec:
    return IdentitySpec.resolve(Environment.PROD, {"subject": subject, "grants": grants or (READ,)})


def refusal(subject: dict[str, Any], *grants: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        spec(subject, *grants)
    return "\n".join(
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in refused.value.errors()
    )


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        (POD, "namespace"),
        (POD, "service_account"),
        (GITHUB, "repository"),
        (GITHUB, "owner_id"),
        (GITHUB, "repository_id"),
        (GITHUB, "environment"),
        (GITHUB, "ref"),
        (GITHUB, "workflow"),
        (GITLAB, "host"),
        (GITLAB, "project_path"),
        (GITLAB, "project_id"),
        (GITLAB, "ref"),
        (GITLAB, "environment"),
    ],
)
@pytest.mark.parametrize("pattern", ["*", "acme/*", "refs/heads/rel?ase"])
def test_a_pattern_is_no_subject(subject: dict[str, Any], field: str, pattern: str) -> None:
    found = refusal({**subject, field: pattern})

    assert f"{field}: Value error, {pattern} is a pattern" in found
    assert "name one subject" in found


def test_the_service_account_that_every_pod_has_is_no_subject() -> None:
    assert "default is the service account of every pod" in refusal(
        {**POD, "service_account": "default"}
    )


def test_a_whole_repository_is_no_subject() -> None:
    assert "acme/shop alone would trust every job" in refusal({**GITHUB, "environment": None})


def test_a_job_of_a_ref_or_of_an_environment_on_a_ref_is_one() -> None:
    ref = "refs/heads/main"

    assert spec({**GITHUB, "environment": None, "ref": ref}).subject
    assert spec({**GITHUB, "ref": ref}).subject


def test_a_pull_request_has_neither_environment_nor_ref() -> None:
    assert "pull_requests is true beside production" in refusal({**GITHUB, "pull_requests": True})


@pytest.mark.parametrize(
    "grant",
    [
        WRITE,
        {"actions": ["delete"], "target": {"bucket": "uploads"}},
        {"actions": ["connect"], "target": {"database": "orders"}},
        {"actions": ["connect"], "target": {"cache": "sessions"}},
        {"actions": ["push"], "target": {"repository": "api"}},
    ],
)
def test_any_pull_request_may_read_and_no_more(grant: dict[str, Any]) -> None:
    subject = {**GITHUB, "environment": None, "pull_requests": True}

    assert spec(subject, {"actions": ["read", "list"], "target": {"bucket": "uploads"}})
    assert spec(subject, {"actions": ["pull"], "target": {"repository": "api"}})
    assert f"grants let any pull request {grant['actions'][0]}" in refusal(subject, grant)


def test_numbers_are_not_names() -> None:
    assert "project_id" in refusal({**GITLAB, "project_id": "acme"})
    assert "repository_id" in refusal({**GITHUB, "repository_id": "0"})


@pytest.mark.parametrize("minutes", [59, 721])
def test_a_session_is_as_long_as_a_job(minutes: int) -> None:
    assert "session_minutes" in refusal({**GITHUB, "session_minutes": minutes})


def test_an_unknown_kind_of_subject_is_refused_with_the_known_ones() -> None:
    found = refusal({"kind": "user", "name": "ann"})

    assert all(kind in found for kind in ("service_account", "github", "gitlab"))


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ({}, "target names nothing"),
        (
            {"bucket": "uploads", "database": "orders"},
            "target names bucket uploads, database orders",
        ),
        ({"bucket": "*"}, "* is a pattern"),
        ({"repository": "team/*"}, "team/* is a pattern"),
        ({"topic": "orders"}, "Extra inputs are not permitted"),
    ],
)
def test_a_grant_is_on_one_thing_by_name(target: dict[str, str], found: str) -> None:
    assert found in refusal(POD, {"actions": ["read"], "target": target})


@pytest.mark.parametrize("thing", list(Thing))
def test_an_action_that_a_thing_does_not_know_is_refused_with_those_it_does(thing: Thing) -> None:
    stray = next(action for action in Action if action not in ACTIONS[thing])
    found = refusal(POD, {"actions": [stray], "target": {thing.value: "orders"}})

    assert f"actions {stray} mean nothing on a {thing}" in found
    assert all(action.value in found for action in ACTIONS[thing])


def test_every_action_is_for_something() -> None:
    assert set().union(*ACTIONS.values()) == set(Action)
    assert ACTIONS.keys() == set(Thing)


def test_a_thing_is_granted_once() -> None:
    assert "grants name bucket uploads twice" in refusal(POD, READ, WRITE)


def test_an_identity_without_grants_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        IdentitySpec.resolve(Environment.PROD, {"subject": POD, "grants": []})


def test_a_job_of_github_is_known_by_names_and_by_ids() -> None:
    subject = spec(GITHUB).subject
    assert subject.kind == "github"

    assert github_subjects(subject) == [
        "repo:acme/shop:environment:production",
        "repo:acme@4001/shop@7002:environment:production",
    ]


@pytest.mark.parametrize(
    ("asked", "tail"),
    [
        ({"ref": "refs/tags/v1"}, "ref:refs/tags/v1"),
        ({"pull_requests": True}, "pull_request"),
    ],
)
def test_the_subject_of_a_job_says_what_started_it(asked: dict[str, Any], tail: str) -> None:
    subject = spec({**GITHUB, "environment": None, **asked}).subject
    assert subject.kind == "github"

    assert github_subjects(subject)[0] == f"repo:acme/shop:{tail}"


def test_the_subject_of_a_job_of_gitlab_names_branch_or_tag() -> None:
    subject = spec({**GITLAB, "ref": "v1", "ref_type": "tag"}).subject
    assert subject.kind == "gitlab"

    assert gitlab_subject(subject) == "project_path:acme/web/shop:ref_type:tag:ref:v1"


def test_an_account_has_one_provider_for_each_service() -> None:
    other = {**GITHUB, "environment": "staging-eu"}
    apart = {"deploy": spec(GITHUB), "lab": spec(GITLAB), "orders": spec(POD)}
    (problem,) = shared_providers({**apart, "test": spec(other)})

    assert list(shared_providers(apart)) == []
    assert problem.startswith("deploy, test each own the identity provider token.actions.")
    assert list(shared_providers({**apart, "test": spec({**other, "owns_provider": False})})) == []
