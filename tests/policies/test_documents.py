"""AWS policy documents, in every form IAM accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.documents import (
    compared,
    is_everybody,
    is_on_everything,
    is_public,
    requires_tls,
    statements,
)
from policies.view import UNKNOWN_STRING, Truth, View

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.UNKNOWN
DENY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def document(*entries: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(entries)})


def test_a_text_an_object_and_a_single_statement_read_alike() -> None:
    allow = {"Effect": "Allow", "Action": "s3:GetObject"}
    forms = [document(allow), {"Statement": [allow]}, json.dumps({"Statement": allow})]

    assert [[each.raw for each in statements(View(form))] for form in forms] == [[allow]] * 3


@pytest.mark.parametrize(
    "unreadable", [UNKNOWN_STRING, "no document", "[]", "1", "null", '{"statement": []}', {}, 7]
)
def test_what_cannot_be_read_is_never_taken_for_harmless(unreadable: Any) -> None:
    assert is_public(View(unreadable)) is MAYBE
    assert requires_tls(View(unreadable)) is MAYBE


def test_no_document_grants_and_denies_nothing() -> None:
    assert is_public(View(None)) is NO
    assert requires_tls(View(None)) is NO


@pytest.mark.parametrize(
    ("principal", "answer"),
    [
        ({"Principal": "*"}, YES),
        ({"Principal": {"AWS": "*"}}, YES),
        ({"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}}, YES),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}, YES),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, NO),
        ({"Principal": {"Service": "logs.eu-west-1.amazonaws.com"}}, NO),
        ({}, NO),
        ({"Principal": UNKNOWN_STRING}, MAYBE),
        ({"Principal": {"AWS": [UNKNOWN_STRING]}}, MAYBE),
    ],
)
def test_everybody_is_recognised_in_every_spelling(principal: Any, answer: Truth) -> None:
    assert is_everybody(View(principal)) is answer


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, YES),
        ({"Action": "*"}, YES),
        ({"Principal": {"AWS": "*"}}, YES),
        ({"Condition": {"Bool": {"AWS:SecureTransport": [False]}}}, YES),
        ({"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}, YES),
        ({"Effect": "Allow"}, NO),
        ({"Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}, YES),
        ({"Resource": None, "NotResource": "arn:aws:s3:::reports/open/*"}, YES),
        ({"Resource": "arn:aws:s3:::reports"}, NO),
        ({"Action": "s3:GetObject"}, NO),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, NO),
        ({"Condition": None}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": []}}}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": ["false", "true"]}}}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": ["false", None]}}}, NO),
        ({"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}}, NO),
        ({"Condition": {**DENY["Condition"], "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, NO),
        ({"Condition": UNKNOWN_STRING}, MAYBE),
        ({"Condition": {"Bool": UNKNOWN_STRING}}, MAYBE),
        ({"Condition": {"Bool": {"aws:SecureTransport": UNKNOWN_STRING}}}, MAYBE),
    ],
)
def test_tls_is_required_by_a_denial_that_nothing_narrows(changes: Any, answer: Truth) -> None:
    assert requires_tls(View({"Statement": [{**DENY, **changes}]})) is answer


def test_claims_are_those_that_are_compared_for_equality() -> None:
    condition = {
        "StringEquals": {"issuer:aud": "a", "issuer:sub": "one"},
        "ForAnyValue:StringLike": {"issuer:sub": ["two"]},
        "StringNotEquals": {"issuer:sub": "three"},
        "Bool": {"issuer:sub": "four"},
    }

    found = compared(View({"Condition": condition}), ":sub")

    assert [each.raw for each in found] == ["two", "one"]


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ForAllValues:StringLike"]
)
def test_each_comparison_for_equality_is_read_in_any_case(operator: str) -> None:
    statement = View({"Condition": {operator.upper(): {"Issuer:SUB": "one"}}})

    assert [each.raw for each in compared(statement, ":sub")] == ["one"]


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        (None, []),
        (UNKNOWN_STRING, [False]),
        ({"StringEquals": UNKNOWN_STRING}, [False]),
        ({"StringEquals": {"issuer:sub": UNKNOWN_STRING}}, [False]),
    ],
)
def test_claims_that_are_not_known_are_no_claims_that_are_missing(
    condition: Any, known: list[bool]
) -> None:
    found = compared(View({"Condition": condition}), ":sub")

    assert [each.is_known for each in found] == known


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, YES),
        ({"Effect": "Deny"}, NO),
        ({"Principal": {"Service": "logs.amazonaws.com"}}, NO),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, NO),
        ({"Condition": {"ForAnyValue:ArnLike": {"aws:SourceArn": "arn:aws:sns:*"}}}, NO),
        ({"Condition": {"Bool": {"aws:PrincipalIsAWSService": True}}}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}, "ArnEquals": {"a": "b"}}}, NO),
        ({"Condition": {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}}}, NO),
        ({"Condition": UNKNOWN_STRING}, MAYBE),
        ({"Condition": {"StringEquals": UNKNOWN_STRING}}, MAYBE),
        ({"Condition": {"StringEquals": {"aws:SourceArn": UNKNOWN_STRING}}}, MAYBE),
    ],
)
def test_a_grant_to_everybody_is_public_unless_narrowed(changes: Any, answer: Truth) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", **changes}

    assert is_public(View({"Statement": [statement]})) is answer


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"AWS:SecureTransport": "true"}},
        {"StringLike": {"aws:Referer": "https://example.com/*", "aws:UserAgent": "browser"}},
        {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/0"]}},
        {"IpAddress": {"aws:SourceIp": "::/0"}},
        {"ArnLike": {"aws:PrincipalArn": "**"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
    ],
)
def test_a_condition_that_every_caller_can_meet_narrows_nothing(condition: Any) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Condition": condition}

    assert is_public(View({"Statement": [statement]})) is YES


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        ("*", YES),
        ("**", YES),
        ("arn:*", YES),
        ("arn:aws:*", YES),
        ("arn:aws-cn:*:*:*:*", YES),
        ("arn:aws:s3:::*", NO),
        ("arn:aws:s3:::reports", NO),
        ("reports*", NO),
    ],
)
def test_everything_has_many_spellings(resource: str, answer: Truth) -> None:
    assert is_on_everything(View({"Resource": [resource]})) is answer


def test_a_document_nested_without_end_is_not_readable() -> None:
    found = list(statements(View("[" * 100_000)))

    assert [each.is_known for each in found] == [False]
