from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.catalogue import RULES
from policies.controls import Framework, Relation, fsbp
from policies.report import sarif
from policies.report.model import Place, Report
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

# From the JSON schema of SARIF 2.1.0: what each object must have.
REQUIRED = {
    "tool": {"driver"},
    "driver": {"name"},
    "rules": {"id"},
    "results": {"message"},
    "invocations": {"executionSuccessful"},
    "toolExecutionNotifications": {"message"},
    "toolConfigurationNotifications": {"message"},
    "suppressions": {"kind"},
    "message": {"text"},
    "help": {"text"},
    "shortDescription": {"text"},
    "fullDescription": {"text"},
}
UNIQUE = {"rules", "locations", "logicalLocations", "suppressions", "tags"}


def run_of(given: Report) -> dict[str, Any]:
    log = json.loads(sarif.render(given))
    assert log["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def results_of(given: Report) -> list[dict[str, Any]]:
    return run_of(given)["results"]


def nodes(name: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object below ``value``, with the key that holds it or the list it is in."""
    if isinstance(value, dict):
        yield name, value
        for key, held in value.items():
            yield from nodes(key, held)
    if isinstance(value, list):
        for held in value:
            yield from nodes(name, held)


@pytest.mark.parametrize(
    "given", [report(), of_every_outcome(), *(written_with(text) for text in HOSTILE)]
)
def test_every_object_has_what_the_standard_requires(given: Report) -> None:
    for name, node in nodes("", run_of(given)):
        assert REQUIRED.get(name, set()) <= set(node), name
        for key, held in node.items():
            assert held is not None
            assert key not in UNIQUE or len({json.dumps(each) for each in held}) == len(held)


def test_the_file_is_ascii_so_that_no_reader_guesses_its_encoding() -> None:
    assert sarif.render(written_with("資源 \ud800")).isascii()


def test_results_name_their_rules_by_id_and_index() -> None:
    run = run_of(of_every_outcome())
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    assert run["results"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]


@pytest.mark.parametrize(
    ("severity", "score"),
    [
        (Severity.CRITICAL, "9.5"),
        (Severity.HIGH, "8.0"),
        (Severity.MEDIUM, "5.5"),
        (Severity.LOW, "2.0"),
    ],
)
def test_a_rule_has_a_score_that_github_reads_as_its_severity(
    severity: Severity, score: str
) -> None:
    rule = rule_of(severity)

    (found,) = run_of(report(result(severity=severity)))["tool"]["driver"]["rules"]

    assert found["properties"]["security-severity"] == score
    assert found["properties"]["severity"] == severity
    assert found["helpUri"] == rule.source
    assert found["shortDescription"] == {"text": f"{rule.title}."}
    assert found["fullDescription"] == {"text": rule.reason}
    assert rule.fix in found["help"]["text"]
    assert rule.page in found["help"]["text"]
    assert f"**Fix:** {rule.fix}" in found["help"]["markdown"]


def test_no_rule_of_the_catalogue_is_refused_by_github() -> None:
    given = report(*(result(rule=rule) for rule in RULES))

    rules = run_of(given)["tool"]["driver"]["rules"]

    assert {rule["id"] for rule in rules} == {rule.id for rule in RULES}
    for rule in rules:
        assert rule["helpUri"].startswith("https://")
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["properties"]["tags"][0] == "security"
        assert len(rule["properties"]["tags"]) <= 20


def test_the_nearest_controls_of_a_rule_are_tags_and_all_of_them_are_told() -> None:
    rule = replace(
        rule_of(Severity.HIGH),
        controls=(
            *fsbp("Far.1", relation=Relation.RELATED),
            *fsbp(*(f"Near.{number}" for number in range(30))),
        ),
    )

    (found,) = run_of(report(result(rule=rule)))["tool"]["driver"]["rules"]

    tags, controls = found["properties"]["tags"], found["properties"]["controls"]
    assert tags[:3] == ["security", rule.pack, rule.theme.value]
    assert tags[3] == f"{Framework.FSBP.value}: Near.0"
    assert len(tags) == 20
    assert controls[29:31] == [f"{Framework.FSBP.value}: {each}" for each in ("Near.29", "Far.1")]
    assert len(controls) == len(rule.all_controls)


@pytest.mark.parametrize(
    ("verdict", "severity", "kind", "level"),
    [
        (Verdict.FAIL, Severity.HIGH, "fail", "error"),
        (Verdict.FAIL, Severity.LOW, "fail", "warning"),
        (Verdict.DEFECT, Severity.HIGH, "fail", "error"),
        # Section 3.27.10: what is of another kind than "fail" has the level "none".
        (Verdict.UNDECIDED, Severity.HIGH, "review", "none"),
    ],
)
def test_the_verdict_makes_kind_and_level(
    verdict: Verdict, severity: Severity, kind: str, level: str
) -> None:
    (found,) = results_of(report(result(verdict, severity)))

    assert (found["kind"], found["level"]) == (kind, level)


def test_what_passes_is_counted_and_not_listed() -> None:
    run = run_of(report(result(Verdict.PASS), result(Verdict.NOT_APPLICABLE, name="other")))

    assert run["results"] == []
    assert run["properties"]["counts"]["passed"] == 1
    assert run["properties"]["counts"]["not applicable"] == 1
    assert run["properties"]["ok"] is True
    assert len(run["tool"]["driver"]["rules"]) == 1


def test_a_result_says_where_and_what() -> None:
    given = result(place=Place("stacks/a shop#1.py", 12, 5))

    (found,) = results_of(report(given))

    assert found["message"]["text"].startswith("orders (aws:rds/instance:Instance): publicly")
    assert found["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": "stacks/a%20shop%231.py",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 6},
            },
            "logicalLocations": [
                {"name": "orders", "fullyQualifiedName": given.urn, "kind": "resource"}
            ],
        }
    ]
    assert found["properties"] == {
        "severity": "high",
        "outcome": "violation",
        "environment": "prod",
        "component": "plinth:database:RdsDatabase shop",
        "paths": ["publiclyAccessible"],
    }


def test_a_result_without_a_place_is_about_the_stack_file() -> None:
    (found,) = results_of(report(result(place=None), stack="staging"))

    physical = found["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "Pulumi.staging.yaml"
    assert physical["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}


def test_a_line_without_a_column_begins_at_the_first() -> None:
    (found,) = results_of(report(result(place=Place("a.py", 7))))

    region = found["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 1, "endLine": 7, "endColumn": 2}


def test_the_fingerprint_stays_when_the_line_moves_or_the_words_change() -> None:
    (before,) = results_of(report(result()))
    (after,) = results_of(
        report(result(place=Place("other.py", 99), message="It is bad."), result(name="x"))
    )[:1]

    assert after["partialFingerprints"] == before["partialFingerprints"]
    assert re.fullmatch(r"[0-9a-f]{16}:1", before["partialFingerprints"]["primaryLocationLineHash"])


def test_fingerprints_tell_resources_rules_and_repeated_results_apart() -> None:
    given = report(
        result(),
        result(message="Another demand of the same rule."),
        result(name="invoices"),
        result(severity=Severity.CRITICAL),
    )

    found = results_of(given)

    for name in ("primaryLocationLineHash", "ruleAndResource/v1"):
        assert len({each["partialFingerprints"][name] for each in found}) == len(found) == 4


def test_what_is_exempted_is_suppressed_with_its_reason() -> None:
    (found,) = results_of(report(result(exempted=exempted())))

    assert found["kind"] == "fail"
    assert found["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "The vendor rotates its certificate in spring "
            "(OPS-1234; team-data; until 2027-06-30)",
        }
    ]


def test_what_is_not_exempted_is_not_suppressed() -> None:
    assert "suppressions" not in results_of(report(result()))[0]


def test_an_exempted_result_that_is_undecided_stays_of_its_kind() -> None:
    (found,) = results_of(report(result(Verdict.UNDECIDED, exempted=exempted())))

    assert (found["kind"], found["level"]) == ("review", "none")


def test_each_rule_that_broke_is_notified_of_once() -> None:
    broken = [result(Verdict.DEFECT, name=name, message="the rule is defective") for name in "ab"]

    run = run_of(report(result(severity=Severity.CRITICAL), *broken))

    (invocation,) = run["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert told["level"] == "error"
    assert told["message"]["text"] == "the rule is defective"
    index = told["associatedRule"]["index"]
    assert run["tool"]["driver"]["rules"][index]["id"] == told["associatedRule"]["id"]
    assert told["associatedRule"]["id"] == broken[0].rule.id


def test_limits_and_exemptions_that_are_wrong_are_notified_of() -> None:
    given = report(
        result(Verdict.UNDECIDED),
        exemptions=(use(), use("it has expired")),
        undecided_limits={"high": 0},
    )

    (invocation,) = run_of(given)["invocations"]

    assert invocation["executionSuccessful"] is True
    (limit,) = invocation["toolExecutionNotifications"]
    assert limit["message"]["text"] == "1 result of severity high undecided; 0 accepted."
    (exemption,) = invocation["toolConfigurationNotifications"]
    assert exemption["level"] == "error"
    assert exemption["message"]["text"].startswith("policies/exemptions.yaml: ")
    assert exemption["message"]["text"].endswith(": it has expired")


def test_a_stack_is_a_category_of_its_own() -> None:
    ids = {
        run_of(report(stack=stack, project=project))["automationDetails"]["id"]
        for stack, project in (("prod", "shop"), ("dev", "shop"), ("a/b", "shop"), ("b", "shop/a"))
    }

    assert ids == {
        "plinth-policies/shop/prod/",
        "plinth-policies/shop/dev/",
        "plinth-policies/shop/a%2Fb/",
        "plinth-policies/shop%2Fa/b/",
    }


def test_results_beyond_what_github_takes_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    least = result(severity=Severity.LOW, name="least")
    given = report(least, *(result(name=f"orders-{number}") for number in range(3)))

    run = run_of(given)

    assert [each["locations"][0]["logicalLocations"][0]["name"] for each in run["results"]] == [
        "orders-0",
        "orders-1",
        "orders-2",
    ]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["level"] == "warning"
    assert told["message"]["text"].startswith("1 result left out")


def test_as_many_results_as_github_takes_are_all_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)

    run = run_of(report(result(name="a"), result(name="b")))

    assert len(run["results"]) == 2
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_a_very_long_message_is_cut() -> None:
    (found,) = results_of(report(result(message="x" * 100_000)))

    assert len(found["message"]["text"]) == 2000
    assert found["message"]["text"].endswith("…")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_makes_a_placeholder_a_link_or_another_file(text: str) -> None:
    run = run_of(written_with(text))

    assert run["results"]
    for name, node in nodes("", run):
        if name == "message":
            assert "](" not in node["text"]
            assert not re.search(r"(?<!\{)(\{\{)*\{(?!\{)", node["text"])
        if name == "artifactLocation":
            assert re.fullmatch(r"[A-Za-z0-9%._~/-]*", node["uri"])
