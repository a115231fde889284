from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from policies.report import markdown
from policies.report.model import Report
from policies.rule import Severity, Verdict
from tests.policies.reports import (
    HOSTILE,
    TODAY,
    of_every_outcome,
    report,
    result,
    rule_of,
    use,
    written_with,
)

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shape(text: str) -> list[str]:
    """The structure that a reader sees: every token but what the words are."""
    found: list[str] = []
    for token in READER.parse(text):
        found.append(token.type)
        found += [child.type for child in token.children or () if child.type != "text"]
    return found


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, as a reader sees them."""
    found: list[list[str]] = []
    for token in READER.parse(text):
        if token.type == "tr_open":
            found.append([])
        if token.type == "inline" and token.level == 4:
            found[-1].append(words(token))
    return found


def words(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def many(number: int) -> Report:
    components = ("", "plinth:database:RdsDatabase shop", "plinth:network:AwsNetwork core")
    return report(
        *(
            result(
                severity=list(Severity)[place % 4],
                name=f"orders-{place}",
                component=components[place % 3],
            )
            for place in range(number)
        )
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (report(), "## ✅ Policies pass for `prod` of `shop`"),
        (
            report(result(severity=Severity.LOW), result(Verdict.DEFECT, Severity.LOW)),
            "## ✅ Policies pass for `prod` of `shop`, 2 results to look at",
        ),
        (report(result()), "## ❌ Policies block `prod` of `shop`: 1 mandatory violation"),
        (
            report(
                result(Verdict.UNDECIDED), exemptions=(use("bad"),), undecided_limits={"high": 0}
            ),
            (
                "## ❌ Policies block `prod` of `shop`: too much undecided of severity high, "
                "1 exemption out of order"
            ),
        ),
    ],
)
def test_the_first_line_is_the_verdict(given: Report, expected: str) -> None:
    assert markdown.render(given).splitlines()[0] == expected


def test_the_second_paragraph_says_what_was_seen() -> None:
    given = report(result(), result(Verdict.PASS), result(Verdict.NOT_APPLICABLE, name="x"))

    assert markdown.render(given).splitlines()[2] == (
        "2 verdicts on 2 resources of environment `prod`, seen in a rehearsal on 2026-11-21; "
        "rules of version `0.2.0`."
    )


def test_the_numbers_stand_by_severity_with_the_limits() -> None:
    table = rows(markdown.render(of_every_outcome()))[:5]

    assert table == [
        [
            "Severity",
            "Mandatory",
            "Advisory",
            "Defects",
            "Undecided (limit)",
            "Exempted",
            "Passed",
        ],
        ["critical", "1", "0", "1", "1 (none)", "1", "1"],
        ["high", "2", "0", "1", "1 (0) ❌", "1", "1"],
        ["medium", "1", "0", "1", "1 (none)", "1", "1"],
        ["low", "0", "1", "1", "1 (3)", "1", "1"],
    ]


def test_failures_are_grouped_by_component_and_the_worst_comes_first() -> None:
    text = markdown.render(
        report(
            result(component="calm"),
            result(component="", place=None),
            result(severity=Severity.LOW, component="bad"),
            result(severity=Severity.CRITICAL, component="bad"),
        )
    )

    assert re.findall("^### .*", text, re.MULTILINE) == [
        "### `bad`",
        "### Outside of any component",
        "### `calm`",
    ]
    severities = [row[0] for row in rows(text)[5:] if row[0] != "Severity"]
    assert severities == [
        "critical, mandatory",
        "low, advisory",
        "high, mandatory",
        "high, mandatory",
    ]


def test_a_row_says_which_rule_which_resource_where_and_what() -> None:
    given = result(Verdict.DEFECT, message="the rule is *broken*")

    assert rows(markdown.render(report(given)))[-1] == [
        "high, defect of the rule",
        given.rule.id,
        "orders (aws:rds/instance:Instance) in stacks/shop.py:12",
        "the rule is *broken*",
    ]
    assert " in " not in rows(markdown.render(report(result(place=None))))[-1][2]


def test_undecided_results_are_folded_and_counted_by_rule() -> None:
    waiting = [result(Verdict.UNDECIDED, name=name, message="not known: x.") for name in "ba"]
    other = result(Verdict.UNDECIDED, Severity.CRITICAL, "c", message="not known: y.")

    text = markdown.render(report(*waiting, other))

    assert "<details><summary>3 undecided results</summary>" in text
    assert text.count("</details>") == 1
    assert rows(text)[-2:] == [
        ["critical", rule_of(Severity.CRITICAL).id, "1", "c: not known: y."],
        ["high", rule_of(Severity.HIGH).id, "2", "a: not known: x."],
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, "2026-11-20, over"),
        (0, "2026-11-21, ⚠️ 0 days left"),
        (1, "2026-11-22, ⚠️ 1 day left"),
        (30, "2026-12-21, ⚠️ 30 days left"),
        (31, "2026-12-22"),
    ],
)
def test_an_exemption_that_ends_soon_is_marked(days: int, expected: str) -> None:
    given = use(expires=TODAY + dt.timedelta(days=days))

    (row,) = rows(markdown.render(report(exemptions=(given,))))[-1:]

    assert row == [
        rule_of(Severity.HIGH).id,
        "3 of urn:pulumi:prod::shop::*::orders-*",
        expected,
        "team-data",
        "OPS-1234",
        "The vendor rotates its certificate in spring",
        "",
    ]


def test_exemptions_out_of_order_come_first_then_those_that_end_first() -> None:
    text = markdown.render(
        report(
            exemptions=(
                use(ticket="late"),
                use(ticket="soon", expires=TODAY),
                use("nothing uses it", ticket="wrong"),
            )
        )
    )

    assert "### 3 exemptions" in text
    assert [row[4] for row in rows(text)[-3:]] == ["wrong", "soon", "late"]
    assert rows(text)[-3][6] == "❌ nothing uses it"


def test_where_nothing_is_wrong_there_is_nothing_but_the_numbers() -> None:
    text = markdown.render(report(result(Verdict.PASS)))

    assert len(rows(text)) == 5
    assert "###" not in text
    assert "<details>" not in text


@pytest.mark.parametrize("limit", [4000, 4001, 12_345, 60_000, 1_000_000])
def test_a_long_report_is_bounded_and_counts_what_it_leaves_out(limit: int) -> None:
    text = markdown.render(many(1500), limit)

    assert len(text) <= limit
    shown = [row for row in rows(text)[5:] if row[0] != "Severity"]
    rest = re.findall(r"^_([\d,]+) more not shown: (.*)\._$", text, re.MULTILINE)
    missing = sum(int(number.replace(",", "")) for number, _ in rest)
    assert len(shown) + missing == 1500
    assert all(len(row) == 4 for row in shown)
    by_severity = (
        [int(part.split()[0].replace(",", "")) for part in rest[0][1].split(", ")] if (rest) else []
    )
    assert sum(by_severity) == missing
    assert bool(rest) is (limit < 1_000_000)


def test_wherever_the_last_row_ends_the_bound_holds() -> None:
    given = many(40)

    for limit in range(4000, 5000, 23):
        assert len(markdown.render(given, limit)) <= limit


def test_by_default_a_report_fits_a_comment_of_github() -> None:
    text = markdown.render(many(5000))

    assert 55_000 < len(text) <= 60_000
    assert text.splitlines()[-1].startswith("_")


def test_failures_leave_room_for_what_is_undecided_and_for_exemptions() -> None:
    undecided = [
        result(Verdict.UNDECIDED, name=f"u-{number}", message="?" * 2000) for number in range(500)
    ]
    given = report(
        *many(500).results,
        *undecided,
        exemptions=tuple(use(ticket=f"OPS-{number}", reason="r" * 900) for number in range(500)),
    )

    text = markdown.render(given)

    assert len(text) <= 60_000
    assert "<summary>500 undecided results</summary>" in text
    assert text.index("more not shown: ") < text.index("<details>") < text.index("</details>")
    more = re.search(r"^_(\d+) more exemptions not shown\._$", text, re.MULTILINE)
    assert more is not None
    assert len([row for row in rows(text) if row[4:5] and row[4].startswith("OPS-")]) == 500 - int(
        more[1]
    )


def test_rules_whose_undecided_results_have_no_room_are_counted() -> None:
    waiting = [result(Verdict.UNDECIDED, severity, message="?" * 5000) for severity in Severity]

    text = markdown.render(report(*waiting), 4000)

    assert len(text) <= 4000
    assert "_4 more rules not shown._\n\n</details>" in text


@pytest.mark.parametrize("limit", [0, 3999])
def test_a_limit_in_which_the_verdict_has_no_room_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit is {limit}; it must be at least 4000"):
        markdown.render(report(), limit)


def test_the_least_limit_has_room_for_names_of_any_length() -> None:
    given = written_with("|`<" * 5000)

    assert len(markdown.render(given, 4000)) <= 4000


@pytest.mark.parametrize("text", [each for each in HOSTILE if each])
def test_names_and_messages_are_never_markup(text: str) -> None:
    assert shape(markdown.render(written_with(text))) == shape(
        markdown.render(written_with("plain"))
    )


@settings(max_examples=50, deadline=None)
@for_any(st.text(min_size=1, max_size=40))
def test_no_text_breaks_the_tables(text: str) -> None:
    assert shape(markdown.render(written_with(text))) == shape(
        markdown.render(written_with("plain"))
    )


@settings(max_examples=50, deadline=None)
@for_any(st.text(alphabet="\\`|<>[]()*_~#&!@:/.-+ aw1{}$", min_size=1, max_size=30))
def test_no_punctuation_breaks_the_tables(text: str) -> None:
    assert shape(markdown.render(written_with(text))) == shape(
        markdown.render(written_with("plain"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "@everybody",
        "someone@evil.example",
        "https://evil.example",
        "WWW.evil.example",
        "x#1",
        "GH-1",
    ],
)
def test_a_message_mentions_nobody_and_links_nothing(text: str) -> None:
    # GitHub makes links of these wherever they stand in prose, escaped or not.
    shown = rows(markdown.render(report(result(message=text))))[-1][3]

    assert shown.replace("\u200b", "") == text
    assert not re.search(r"@\w|[a-z]://|www\.|#\d|GH-\d", shown, re.IGNORECASE)
