"""Policy documents as AWS reads them."""

from __future__ import annotations

import json

from components.iam import EVERYONE, Statement, document, trust


def test_a_statement_leaves_out_what_it_does_not_say() -> None:
    body = json.loads(document(Statement(sid="Read", actions=("s3:GetObject",))))

    assert body == {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"]}],
    }


def test_a_statement_may_deny_everyone_under_a_condition() -> None:
    statement = Statement(
        sid="RefuseWithoutTls",
        effect="Deny",
        actions=("s3:*",),
        resources=("arn:aws:s3:::logs",),
        principal=EVERYONE,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )

    assert statement.as_dict() == {
        "Sid": "RefuseWithoutTls",
        "Effect": "Deny",
        "Action": ["s3:*"],
        "Principal": "*",
        "Resource": ["arn:aws:s3:::logs"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_a_service_that_does_not_say_for_whom_it_works_is_not_asked() -> None:
    (statement,) = json.loads(trust("cloudtrail.amazonaws.com"))["Statement"]

    assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert "Condition" not in statement


def test_a_service_is_trusted_for_one_account_only() -> None:
    (statement,) = json.loads(trust("monitoring.rds.amazonaws.com", "123456789012"))["Statement"]

    assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
