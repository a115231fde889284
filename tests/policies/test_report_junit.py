from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from policies.report import junit
from policies.report.model import Report, Result
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

# From junit-10.xsd of the xunit plugin of Jenkins: the attributes and the children of each element.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "properties": set[str](),
    "property": {"name", "value"},
    "testcase": {"name", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def root_of(given: Report) -> ET.Element:
    return ET.fromstring(junit.render(given))  # noqa: S314 our own text


def only_case(given: Report) -> ET.Element:
    (case,) = root_of(given).iter("testcase")
    return case


@pytest.mark.parametrize(
    "given", [report(), of_every_outcome(), *(written_with(text) for text in HOSTILE)]
)
def test_the_file_has_the_shape_that_jenkins_reads(given: Report) -> None:
    root = root_of(given)

    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in root:
        assert {"name", "tests", "failures", "errors"} <= set(suite.attrib)
    for case in root.iter("testcase"):
        assert len(case) <= 1


def test_the_numbers_are_those_of_the_cases() -> None:
    root = root_of(of_every_outcome())

    for scope in (root, *root):
        assert scope.get("tests") == str(len(list(scope.iter("testcase"))))
        for attribute, tag in (("failures", "failure"), ("errors", "error")):
            assert scope.get(attribute) == str(len(list(scope.iter(tag))))
    for suite in root:
        assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))


@pytest.mark.parametrize(
    ("given", "tag", "kind"),
    [
        (result(), "failure", "violation, high"),
        (result(severity=Severity.LOW), "skipped", "advice, low"),
        (result(Verdict.DEFECT), "error", "defect, high"),
        (result(Verdict.UNDECIDED), "skipped", "undecided, high"),
        (result(exempted=exempted()), "skipped", "exempted, high"),
    ],
)
def test_the_outcome_makes_the_element(given: Result, tag: str, kind: str) -> None:
    case = only_case(report(given))

    (told,) = case
    assert (told.tag, told.get("type")) == (tag, kind)


def test_a_case_is_a_rule_and_a_resource() -> None:
    given = result()

    case = only_case(report(given))

    assert case.get("classname") == given.rule.id
    assert case.get("name") == given.urn
    assert case[0].get("message") == given.message
    assert case[0].text == (
        f"{given.rule.title}. aws:rds/instance:Instance orders declared at stacks/shop.py:12"
    )


def test_a_resource_whose_place_is_not_known_has_none() -> None:
    case = only_case(report(result(place=None)))

    assert (case[0].text or "").endswith("aws:rds/instance:Instance orders")


def test_what_passes_says_nothing_and_what_was_not_judged_is_left_out() -> None:
    given = report(result(Verdict.PASS), result(Verdict.NOT_APPLICABLE, name="other"))

    assert list(only_case(given)) == []


def test_an_exemption_tells_its_reason_and_its_end() -> None:
    case = only_case(report(result(exempted=exempted())))

    assert case[0].get("message") == (
        "exempted until 2027-06-30 (OPS-1234): The vendor rotates its certificate in spring"
    )


def test_each_component_is_a_suite_and_the_worst_comes_first() -> None:
    given = report(
        result(component="b"),
        result(severity=Severity.CRITICAL, component="a"),
        result(Verdict.PASS, component=""),
    )

    suites = root_of(given).findall("testsuite")

    assert [suite.get("name") for suite in suites] == ["a", "b", "no component", "report"]
    properties = {each.get("name"): each.get("value") for each in suites[0].iter("property")}
    assert properties == {
        "project": "shop",
        "stack": "prod",
        "environment": "prod",
        "source": "rehearsal",
        "version": "0.2.0",
    }


def test_undecided_results_over_their_limit_fail_a_case() -> None:
    given = report(result(Verdict.UNDECIDED), undecided_limits={"high": 0, "low": 0})

    (critical,) = root_of(given).iter("failure")
    cases = {case.get("name"): len(case) for case in root_of(given)[-1].iter("testcase")}

    assert critical.get("message") == "1 undecided, 0 accepted"
    assert cases == {
        "undecided results of severity high are within their limit": 1,
        "undecided results of severity low are within their limit": 0,
    }


def test_an_exemption_out_of_order_fails_a_case() -> None:
    rule = rule_of(Severity.HIGH).id

    suite = root_of(report(exemptions=(use(), use("it has expired"))))[-1]

    fine, wrong = suite.findall("testcase")
    assert (
        wrong.get("name")
        == f"the exemption of urn:pulumi:prod::shop::*::orders-* from {rule} is in order"
    )
    assert len(fine) == 0
    assert wrong[0].get("message") == "it has expired"
    assert wrong[0].text == "policies/exemptions.yaml, used for 3 resources"


@pytest.mark.parametrize(
    "given",
    [
        report(),
        report(result()),
        report(result(severity=Severity.LOW), result(exempted=exempted()), result(Verdict.PASS)),
        report(result(Verdict.UNDECIDED), undecided_limits={"high": 0}),
        report(result(Verdict.UNDECIDED), undecided_limits={"high": 1}),
        report(exemptions=(use("it has expired"),)),
    ],
)
def test_a_case_fails_exactly_where_the_report_is_not_ok(given: Report) -> None:
    assert (root_of(given).get("failures") == "0") is given.ok


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_text_and_never_markup(text: str) -> None:
    plain, given = root_of(written_with("plain")), root_of(written_with(text))

    assert [each.tag for each in given.iter()] == [each.tag for each in plain.iter()]
