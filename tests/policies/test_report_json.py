from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies.controls import Relation
from policies.report import json as report_json
from policies.report.json import ReportModel, json_schema, schema_text
from policies.report.model import Report
from policies.rule import Severity, Verdict
from tests.policies.reports import (
    HOSTILE,
    exempted,
    of_every_outcome,
    report,
    result,
    rule_of,
    use,
    written_with,
)

COMMITTED = Path(__file__).parents[2] / "docs" / "schema" / "policy-report.schema.json"


def document(given: Report) -> dict[str, Any]:
    return json.loads(report_json.render(given))


def test_the_committed_schema_is_that_of_the_report() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    "given", [report(), of_every_outcome(), *(written_with(text) for text in HOSTILE)]
)
def test_every_report_satisfies_the_schema(given: Report) -> None:
    schema = json_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document(given))
    assert ReportModel.model_validate_json(report_json.render(given)).ok is given.ok


def test_the_schema_describes_every_field() -> None:
    schema = json_schema()

    for model in (schema, *schema["$defs"].values()):
        assert model["description"]
        for name, field in model.get("properties", {}).items():
            assert field.get("description"), name


def test_a_document_of_another_version_is_refused() -> None:
    text = report_json.render(report()).replace('"schema_version": 1', '"schema_version": 2')

    with pytest.raises(ValueError, match="schema_version"):
        ReportModel.model_validate_json(text)


def test_a_document_with_a_field_of_a_later_day_is_read() -> None:
    text = report_json.render(report()).replace("{", '{"added": 1,', 1)

    assert ReportModel.model_validate_json(text).project == "shop"


def test_the_head_says_what_was_judged_and_whether_it_is_ok() -> None:
    found = document(report(result()))

    head = {key: value for key, value in found.items() if not isinstance(value, list)}
    assert head == {
        "schema_version": 1,
        "project": "shop",
        "stack": "prod",
        "environment": "prod",
        "source": "rehearsal",
        "version": "0.2.0",
        "date": "2026-11-21",
        "ok": False,
    }


def test_a_result_has_everything_that_is_known_of_it() -> None:
    given = result(exempted=exempted())

    (found,) = document(report(given))["results"]

    assert found == {
        "rule": given.rule.id,
        "verdict": "fail",
        "outcome": "exempted",
        "level": "mandatory",
        "urn": given.urn,
        "type": "aws:rds/instance:Instance",
        "name": "orders",
        "component": "plinth:database:RdsDatabase shop",
        "environment": "prod",
        "paths": ["publiclyAccessible"],
        "message": given.message,
        "place": {"file": "stacks/shop.py", "line": 12, "column": 5},
        "exemption": {
            "urn_pattern": "urn:pulumi:prod::shop::*::orders-*",
            "reason": "The vendor rotates its certificate in spring",
            "owner": "team-data",
            "ticket": "OPS-1234",
            "expires": "2027-06-30",
            "source": "policies/exemptions.yaml",
        },
    }


def test_what_is_not_known_is_null() -> None:
    (found,) = document(report(result(Verdict.PASS, place=None)))["results"]

    assert (found["verdict"], found["place"], found["exemption"]) == ("pass", None, None)


def test_each_rule_is_told_once_with_its_controls() -> None:
    rule = rule_of(Severity.HIGH)

    (found,) = document(report(result(), result(name="other")))["rules"]

    assert found["id"] == rule.id
    assert found["page"] == rule.page
    assert found["source"] == rule.source
    assert len(found["controls"]) == len(rule.all_controls)
    assert {each["relation"] for each in found["controls"]} <= {each.value for each in Relation}


def test_the_numbers_and_the_limits_stand_by_severity() -> None:
    found = document(of_every_outcome())["severities"]

    assert [each["severity"] for each in found] == ["critical", "high", "medium", "low"]
    assert [each["undecided_limit"] for each in found] == [None, 0, None, 3]
    assert [each["over_limit"] for each in found] == [False, True, False, False]
    assert found[1]["outcomes"] == {
        "violation": 2,
        "defect": 1,
        "advice": 0,
        "undecided": 1,
        "exempted": 1,
        "passed": 1,
        "not applicable": 1,
    }


def test_exemptions_tell_how_often_they_were_used_and_what_is_wrong() -> None:
    found = document(report(exemptions=(use("it has expired"),)))["exemptions"]

    assert [(each["rule"], each["used"], each["problem"]) for each in found] == [
        (rule_of(Severity.HIGH).id, 3, "it has expired")
    ]
    assert found[0]["exemption"]["ticket"] == "OPS-1234"
