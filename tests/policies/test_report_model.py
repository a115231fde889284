from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest

from policies.report import FORMATS
from policies.report.model import Outcome, Result, by_component
from policies.report.text import counted, one_line, shortened
from policies.rule import Severity, Verdict
from tests.policies.reports import (
    HOSTILE,
    exempted,
    of_every_outcome,
    report,
    result,
    use,
    written_with,
)

# Measured at a fifth of it on a machine that has nothing else to do.
SECONDS = 2.0


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (result(Verdict.FAIL), Outcome.VIOLATION),
        (result(Verdict.FAIL, environment="dev", severity=Severity.MEDIUM), Outcome.ADVICE),
        (result(Verdict.DEFECT), Outcome.DEFECT),
        (result(Verdict.DEFECT, Severity.LOW), Outcome.DEFECT),
        (result(Verdict.UNDECIDED), Outcome.UNDECIDED),
        (result(Verdict.PASS), Outcome.PASSED),
        (result(Verdict.NOT_APPLICABLE), Outcome.NOT_APPLICABLE),
        (result(Verdict.FAIL, exempted=exempted()), Outcome.EXEMPTED),
        (result(Verdict.DEFECT, exempted=exempted()), Outcome.EXEMPTED),
        (result(Verdict.UNDECIDED, exempted=exempted()), Outcome.EXEMPTED),
        (result(Verdict.PASS, exempted=exempted()), Outcome.PASSED),
        (result(Verdict.NOT_APPLICABLE, exempted=exempted()), Outcome.NOT_APPLICABLE),
    ],
)
def test_verdict_level_and_exemption_make_the_outcome(changed: Result, expected: Outcome) -> None:
    assert changed.outcome is expected


def test_a_mandatory_violation_and_a_mandatory_defect_block() -> None:
    blocking = (result(name="a"), result(Verdict.DEFECT, name="b"))
    others = (
        result(Verdict.DEFECT, Severity.LOW),
        result(severity=Severity.LOW),
        result(Verdict.UNDECIDED),
        result(exempted=exempted()),
        result(Verdict.PASS),
    )

    found = report(*others, *blocking)

    assert {each.name for each in found.blocking} == {"a", "b"}
    assert not found.ok
    assert found.problems == ("1 mandatory violation", "1 mandatory defect of rules")
    assert report(*others).ok
    assert report(*others).problems == ()


def test_what_failed_holds_advice_and_defects_but_nothing_exempted() -> None:
    found = report(
        result(name="v"),
        result(severity=Severity.LOW, name="a"),
        result(Verdict.DEFECT, name="d"),
        result(exempted=exempted(), name="e"),
        result(Verdict.UNDECIDED, name="u"),
    )

    assert {each.name for each in found.failures} == {"v", "a", "d"}


@pytest.mark.parametrize(("limit", "over"), [(0, True), (1, True), (2, False), (3, False)])
def test_more_undecided_than_is_accepted_is_not_ok(limit: int, over: bool) -> None:
    undecided = [result(Verdict.UNDECIDED, name=name) for name in "ab"]
    excused = result(Verdict.UNDECIDED, name="c", exempted=exempted())

    found = report(*undecided, excused, undecided_limits={"high": limit})

    assert found.undecided[Severity.HIGH] == 2
    assert found.over_limit == ((Severity.HIGH,) if over else ())
    assert found.ok is not over
    assert found.problems == (("too much undecided of severity high",) if over else ())


def test_a_severity_without_a_limit_may_have_any_number_undecided() -> None:
    found = report(result(Verdict.UNDECIDED), undecided_limits={"critical": 0})

    assert found.ok


def test_an_exemption_that_is_wrong_is_not_ok() -> None:
    found = report(exemptions=(use(), use("it has expired")))

    assert [each.problem for each in found.bad_exemptions] == ["it has expired"]
    assert found.problems == ("1 exemption out of order",)
    assert report(exemptions=(use(),)).ok


def test_results_are_counted_by_severity_and_outcome() -> None:
    found = of_every_outcome()

    assert list(found.counts) == list(Severity)
    assert found.counts[Severity.LOW] == {
        Outcome.VIOLATION: 0,
        Outcome.DEFECT: 1,
        Outcome.ADVICE: 1,
        Outcome.UNDECIDED: 1,
        Outcome.EXEMPTED: 1,
        Outcome.PASSED: 1,
        Outcome.NOT_APPLICABLE: 1,
    }
    assert found.totals[Outcome.VIOLATION] == 4
    assert sum(found.totals.values()) == len(found.results)


def test_the_worst_comes_first() -> None:
    ordered = [
        result(severity=Severity.CRITICAL, name="1"),
        result(Verdict.DEFECT, Severity.CRITICAL, name="2"),
        result(severity=Severity.HIGH, name="3"),
        result(severity=Severity.HIGH, name="4"),
        result(Verdict.DEFECT, Severity.LOW, name="5"),
        result(severity=Severity.LOW, name="6"),
        result(Verdict.UNDECIDED, Severity.CRITICAL, name="7"),
        result(severity=Severity.CRITICAL, name="8", exempted=exempted()),
        result(Verdict.PASS, Severity.CRITICAL, name="9"),
    ]

    assert report(*reversed(ordered)).of(*Outcome) == tuple(ordered)


def test_the_component_with_the_worst_results_comes_first() -> None:
    results = [
        result(severity=Severity.HIGH, component="two high", name="a"),
        result(severity=Severity.HIGH, component="two high", name="b"),
        result(severity=Severity.HIGH, component="one high"),
        result(severity=Severity.CRITICAL, component="critical"),
        result(severity=Severity.LOW, component="advice"),
        result(severity=Severity.LOW, component=""),
    ]

    groups = by_component(results)

    assert [group.component for group in groups] == [
        "critical",
        "two high",
        "one high",
        "",
        "advice",
    ]
    assert [each.name for each in groups[1].results] == ["a", "b"]


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_the_results_changes_nothing(name: str) -> None:
    twins = (result(message="first"), result(message="second"))
    given = report(*of_every_outcome().results, *twins)
    shuffled = list(reversed(given.results))

    text = FORMATS[name](given)

    assert FORMATS[name](replace(given, results=tuple(shuffled))) == text
    assert FORMATS[name](given) == text


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_be_written_to_a_file(name: str, text: str) -> None:
    written = FORMATS[name](written_with(text))

    written.encode()
    assert written.endswith("\n")
    assert not set("\x00\x1b\x7f\ud800\ufffe\u202e\u2066") & set(written)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_of_nothing_is_written_in_every_format(name: str) -> None:
    assert FORMATS[name](report())


@pytest.mark.parametrize("name", FORMATS)
def test_five_thousand_failures_are_written_quickly(name: str) -> None:
    many = report(*(result(name=f"orders-{number}") for number in range(5000)))

    def seconds() -> float:
        began = time.process_time()
        FORMATS[name](many)
        return time.process_time() - began

    # A busy machine may be slow once.
    assert any(seconds() < SECONDS for _ in range(3))


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import policies.engine, policies.judge", "policies.report"),
        ("import policies.report; [*policies.report.FORMATS]", "pydantic"),
        ("import policies.report.sarif, policies.report.markdown", "pydantic"),
    ],
)
def test_nobody_pays_for_a_format_that_is_not_asked_for(statement: str, absent: str) -> None:
    code = f"{statement}; import sys; print({absent!r} in sys.modules)"

    done = subprocess.run(  # noqa: S603 our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


def test_foreign_text_is_brought_onto_one_line_without_what_cannot_be_shown() -> None:
    assert one_line("a\r\nb\tc\u2028d") == "a b c d"
    assert one_line("a\x00b\u202ec\ud83d") == "a�b�c�"
    assert one_line("資源 🚀 e\u0301") == "資源 🚀 e\u0301"


def test_text_that_is_cut_says_so() -> None:
    assert shortened("12345", 5) == "12345"
    assert shortened("123456", 5) == "1234…"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 days"), (1, "1 day"), (1204, "1,204 days")]
)
def test_numbers_agree_with_their_words(number: int, expected: str) -> None:
    assert counted(number, "day") == expected
