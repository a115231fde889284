"""AWS policy documents, in every form IAM accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.documents import compared, is_everybody, is_public, requires_tls, statements
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


@pytest.mark.parametrize("unreadable", [UNKNOWN_STRING, "no document", "[]", "1", 7])
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
        ({"Action": "s3:GetObject"}, NO),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, NO),
        ({"Condition": None}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, NO),
        ({"Condition": {"Bool": {"aws:SecureTransport": []}}}, NO),
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
