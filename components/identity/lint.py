"""What an IAM document may not say, and how much fits into one.

Documents are judged as text, when they are written: what is refused here never reaches AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from components.iam import Statement, document

# Characters of a managed policy without white space, and managed policies of a role.
# Source: "IAM and AWS STS quotas" in the IAM user guide, checked 2026-11-21.
POLICY_CHARACTERS: Final = 6_144
POLICIES_PER_ROLE: Final = 10

# Actions that no resource can be named for, with the reason.
ON_EVERYTHING: Final[Mapping[str, str]] = {
    "ecr:GetAuthorizationToken": "the token is for the registry; each repository has its own grant",
}
# Resources that a pattern may stand for, with the reason.
PATTERNS: Final[Mapping[str, str]] = {
    r"arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+/[^*?]*\*": "the objects of one bucket come and go",
}
# What they make outlives every session.
STATIC_CREDENTIALS: Final = frozenset(
    {
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:UpdateLoginProfile",
    }
)
_CONFINED: Final = ("aws:SourceAccount", "aws:SourceArn")
_WILD: Final = re.compile(r"[*?]")


def policy_problems(text: str) -> list[str]:
    """What is wrong with the policy of a role, one sentence each; empty: nothing."""
    return [
        f"{_sid(statement)}: {problem}"
        for statement in _allowing(text)
        for problem in _policy_problems(statement)
    ]


def trust_problems(text: str) -> list[str]:
    """What is wrong with the trust policy of a role, one sentence each; empty: nothing."""
    return [
        f"{_sid(statement)}: {problem}"
        for statement in _allowing(text)
        for problem in _trust_problems(statement)
    ]


def size(text: str) -> int:
    """The characters of a document that AWS counts: all but white space."""
    return len("".join(text.split()))


def split(statements: Iterable[Statement]) -> list[tuple[Statement, ...]]:
    """The statements in their order, in as many parts as it takes for each to be one policy.

    Raises:
        ValueError: a statement is longer than a policy.
    """
    parts: list[list[Statement]] = []
    for statement in statements:
        if (alone := size(document(statement))) > POLICY_CHARACTERS:
            raise ValueError(
                f"{statement.sid} has {alone} characters, a policy holds {POLICY_CHARACTERS}:"
                " split it into several statements"
            )
        if parts and size(document(*parts[-1], statement)) <= POLICY_CHARACTERS:
            parts[-1].append(statement)
        else:
            parts.append([statement])
    return [tuple(part) for part in parts]


def _policy_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    yield from _negations(statement)
    if "Principal" in statement or "NotPrincipal" in statement:
        yield "the policy of a role names no principal: take it out"
    actions, resources = _texts(statement.get("Action")), _texts(statement.get("Resource"))
    for action in actions:
        if _WILD.search(action):
            yield f"action {action} is a pattern: name the actions that are needed"
        if action in STATIC_CREDENTIALS:
            yield f"action {action} makes a static credential: trust a role instead"
    for resource in resources:
        if not _WILD.search(resource):
            continue
        if resource == "*" and set(actions) <= ON_EVERYTHING.keys():
            continue
        if not any(re.fullmatch(pattern, resource) for pattern in PATTERNS):
            yield f"resource {resource} is a pattern: name the resources that are needed"
    passed = _equals(statement, "iam:PassedToService")
    if "iam:PassRole" in actions and (not passed or any(map(_WILD.search, passed))):
        yield "iam:PassRole to any service: add the condition iam:PassedToService"


def _trust_problems(statement: Mapping[str, Any]) -> Iterator[str]:
    yield from _negations(statement)
    if "NotPrincipal" in statement:
        yield "NotPrincipal trusts everybody else: name the principal"
    principal = statement.get("Principal", {})
    named = principal if isinstance(principal, Mapping) else {"AWS": principal}
    if any(_WILD.search(each) for texts in named.values() for each in _texts(texts)):
        yield "it trusts everybody: name the principal"
    if "Service" in named and not any(_equals(statement, key) for key in _CONFINED):
        yield f"a service is trusted for any account: add the condition {' or '.join(_CONFINED)}"
    if "Federated" in named:
        for claim in ("aud", "sub"):
            values = _equals(statement, f":{claim}")
            if not values or any(map(_WILD.search, values)):
                yield f"tokens with any {claim} are trusted: compare {claim} with whole texts"


def _negations(statement: Mapping[str, Any]) -> Iterator[str]:
    for word in ("NotAction", "NotResource"):
        if word in statement:
            yield f"{word} allows all that it does not name: use {word.removeprefix('Not')}"


def _equals(statement: Mapping[str, Any], ending: str) -> list[str]:
    """The texts that a condition key with this ending must equal.

    An operator that lets a request without the key through does not count.
    """
    tests: Mapping[str, Any] = statement.get("Condition", {}).get("StringEquals", {})
    return [
        value
        for key, values in tests.items()
        if key.lower().endswith(ending.lower())
        for value in _texts(values)
    ]


def _allowing(text: str) -> Iterator[Mapping[str, Any]]:
    statements: Any = json.loads(text)["Statement"]
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        if statement.get("Effect") == "Allow":
            yield statement


def _sid(statement: Mapping[str, Any]) -> str:
    return statement.get("Sid", "a statement")


def _texts(value: str | Sequence[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
