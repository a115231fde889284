"""The report as JUnit XML: a suite for each component, a case for each rule and resource.

A case fails where the result blocks. What only advises, is undecided or exempted is skipped, with
its message. The last suite is about the report itself: the limits of undecided results, and the
exemptions. So a consumer that knows nothing but JUnit sees a failure where the report is not ok.

Source of the shape: ``junit-10.xsd`` of the xunit plugin of Jenkins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from policies.report.model import SEVERITIES, ExemptionUse, Outcome, Report, Result, by_component
from policies.report.text import counted, one_line

_ELEMENTS: Final[Mapping[Outcome, str]] = {
    Outcome.VIOLATION: "failure",
    Outcome.DEFECT: "error",
    Outcome.ADVICE: "skipped",
    Outcome.UNDECIDED: "skipped",
    Outcome.EXEMPTED: "skipped",
}
_COUNTED: Final = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


class _Case(NamedTuple):
    """A case; ``element`` is empty if it passes."""

    classname: str
    name: str
    element: str = ""
    type: str = ""
    message: str = ""
    details: str = ""


def render(report: Report) -> str:
    """The text of the file; what no rule is about is left out."""
    judged = (each for each in report.results if each.outcome is not Outcome.NOT_APPLICABLE)
    suites = [
        (group.component or "no component", list(map(_case, group.results)))
        for group in by_component(judged)
    ]
    suites.append(("report", list(_cases_of_report(report))))
    name = f"policies of {report.project}, stack {report.stack}"
    root = ET.Element("testsuites", {"name": one_line(name)})
    every = [case for _, cases in suites for case in cases]
    root.set("tests", str(len(every)))
    for attribute, element in _COUNTED[:2]:
        root.set(attribute, _number(every, element))
    for suite, cases in suites:
        _add_suite(root, report, suite, cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_suite(root: ET.Element, report: Report, name: str, cases: Iterable[_Case]) -> None:
    cases = list(cases)
    suite = ET.SubElement(root, "testsuite", {"name": one_line(name), "tests": str(len(cases))})
    for attribute, element in _COUNTED:
        suite.set(attribute, _number(cases, element))
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("project", report.project),
        ("stack", report.stack),
        ("environment", report.environment),
        ("source", report.source),
        ("version", report.version),
    ):
        ET.SubElement(properties, "property", {"name": key, "value": one_line(value)})
    for case in cases:
        _add_case(suite, case)


def _add_case(suite: ET.Element, case: _Case) -> None:
    names = {"classname": one_line(case.classname), "name": one_line(case.name)}
    element = ET.SubElement(suite, "testcase", names)
    if case.element:
        told = {"type": one_line(case.type), "message": one_line(case.message)}
        ET.SubElement(element, case.element, told).text = one_line(case.details) or None


def _number(cases: Iterable[_Case], element: str) -> str:
    return str(sum(case.element == element for case in cases))


def _case(result: Result) -> _Case:
    element = _ELEMENTS.get(result.outcome, "")
    if not element:
        return _Case(result.rule.id, result.urn)
    kind = f"{result.outcome}, {result.rule.severity}"
    return _Case(result.rule.id, result.urn, element, kind, _message(result), _details(result))


def _message(result: Result) -> str:
    if result.exempted is None or result.outcome is not Outcome.EXEMPTED:
        return result.message
    until = result.exempted.expires.isoformat()
    return f"exempted until {until} ({result.exempted.ticket}): {result.exempted.reason}"


def _details(result: Result) -> str:
    place = f" declared at {result.place.file}:{result.place.line}" if result.place else ""
    return f"{result.rule.title}. {result.type} {result.name}{place}"


def _cases_of_report(report: Report) -> Iterator[_Case]:
    for severity in SEVERITIES:
        if severity in report.undecided_limits:
            name = f"undecided results of severity {severity} are within their limit"
            limit = report.undecided_limits[severity]
            told = f"{report.undecided[severity]:,} undecided, {limit:,} accepted"
            if severity in report.over_limit:
                yield _Case("undecided", name, "failure", "undecided", told)
            else:
                yield _Case("undecided", name)
    for use in report.exemptions:
        yield _case_of_exemption(use)


def _case_of_exemption(use: ExemptionUse) -> _Case:
    name = f"the exemption of {use.exempted.urn_pattern} from {use.rule} is in order"
    if not use.problem:
        return _Case("exemptions", name)
    details = f"{use.exempted.source}, used for {counted(use.used, 'resource')}"
    return _Case("exemptions", name, "failure", "exemption", use.problem, details)
