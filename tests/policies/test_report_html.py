from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from policies.report import html
from policies.report.model import Report
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

VOID = {"meta", "rect", "img", "br"}


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and (not self.open or self.open[-1] not in {"style", "script"}):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    @property
    def shape(self) -> list[tuple[str, frozenset[str]]]:
        return [(tag, frozenset(attributes)) for tag, attributes in self.elements]

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for each, attributes in self.elements if each == tag]


def page_of(given: Report) -> Page:
    page = Page(html.render(given))
    assert page.open == []
    return page


def part(text: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_loads_nothing_and_runs_nothing_but_its_own() -> None:
    text = html.render(of_every_outcome())
    page = Page(text)

    (policy,) = [each for each in page.of("meta") if "http-equiv" in each]
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(part(text, tag).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy["content"]
    assert policy["content"].startswith("default-src 'none';")
    assert "url(" not in part(text, "style")
    assert not {tag for tag, _ in page.elements} & {"link", "img", "iframe", "object", "base"}
    names = {name for _, attributes in page.elements for name in attributes}
    assert "src" not in names
    assert not {name for name in names if name.startswith("on") or name == "style"}


def test_links_lead_only_to_what_vendors_document() -> None:
    given = of_every_outcome()

    links = {each["href"] for each in page_of(given).of("a")}

    assert links == {each.rule.source for each in given.results}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (report(), "Passed: nothing blocks"),
        (report(result(severity=Severity.LOW)), "Passed: nothing blocks"),
        (report(result()), "Blocked: 1 mandatory violation"),
        (report(exemptions=(use("bad"),)), "Blocked: 1 exemption out of order"),
    ],
)
def test_the_page_begins_with_the_verdict(given: Report, expected: str) -> None:
    page = page_of(given)

    assert expected in page.texts
    assert page.texts[0] == "Policies: stack prod of shop"


def test_a_bar_for_each_severity_says_its_numbers_in_words_too() -> None:
    bars = page_of(of_every_outcome()).of("svg")

    assert [bar["role"] for bar in bars] == ["img"] * 4
    assert bars[1]["aria-label"] == (
        "High: 2 violation, 1 defect, 1 undecided, 1 exempted, 1 passed"
    )


def test_the_parts_of_a_bar_follow_each_other_and_stay_in_it() -> None:
    results = [result(name=f"{number}") for number in range(1000)]
    rare = [result(Verdict.UNDECIDED), result(Verdict.PASS), result(exempted=exempted())]

    rects = page_of(report(*results, *rare, result(severity=Severity.LOW))).of("rect")

    high = [rect for rect in rects if rect["class"] != "empty"][:4]
    assert [rect["class"] for rect in high] == ["violation", "undecided", "exempted", "passed"]
    for before, after in pairwise(high):
        end = float(before["x"]) + float(before["width"])
        assert float(after["x"]) == pytest.approx(end, abs=0.2)
    assert all(float(rect["width"]) >= 4 for rect in high)
    assert float(high[-1]["x"]) + float(high[-1]["width"]) <= 240


def test_a_severity_over_its_limit_is_marked() -> None:
    text = html.render(of_every_outcome())

    assert '<span class="exceeded">1 (limit 0)</span>' in text
    assert '<td class="number">1 (limit 3)</td>' in text


def test_every_finding_is_a_row_that_the_filters_know() -> None:
    given = of_every_outcome()
    page = page_of(given)

    rows = [row for row in page.of("tr") if "data-outcome" in row]
    outcomes = {row["data-outcome"] for row in rows}
    listed = [each for each in given.results if each.outcome in outcomes]

    assert outcomes == {"violation", "defect", "advice", "undecided", "exempted"}
    assert len(rows) == len(listed)
    options = {option["value"] for option in page.of("option")}
    sections = [each["data-component"] for each in page.of("section") if "data-component" in each]
    assert sections == ["plinth:database:RdsDatabase shop", "-"]
    assert options == {"", *outcomes, *Severity, *sections}


def test_without_its_script_the_page_shows_everything_but_the_filters() -> None:
    hidden = [
        (tag, attributes)
        for tag, attributes in page_of(of_every_outcome()).elements
        if "hidden" in attributes
    ]

    assert [(tag, attributes["class"]) for tag, attributes in hidden] == [("form", "filters")]


def test_a_finding_says_all_that_is_known_of_it() -> None:
    given = result(exempted=exempted())

    text = page_of(report(given)).text

    assert given.message in text
    assert given.rule.title in text
    assert "stacks/shop.py:12" in text
    assert (
        "Exempted until 2027-06-30 (team-data, OPS-1234): "
        "The vendor rotates its certificate in spring"
    ) in text


def test_what_passes_is_counted_by_rule() -> None:
    given = report(*(result(Verdict.PASS, name=name, place=None) for name in "abc"))

    page = page_of(given)

    assert "3 verdicts of 1 rule" in page.text.replace("\n", "")
    assert "None: everything that was judged passes." in page.texts
    assert page.of("form") == []


def test_exemptions_out_of_order_come_first_with_what_is_wrong() -> None:
    text = page_of(
        report(exemptions=(use(ticket="fine"), use("nothing uses it", ticket="wrong")))
    ).text

    assert text.index("wrong") < text.index("nothing uses it") < text.index("fine")


def test_everything_that_scrolls_can_be_reached_and_has_a_name() -> None:
    page = page_of(of_every_outcome())
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}

    for each in page.of("div"):
        assert each["tabindex"] == "0"
        assert each.get("aria-label") or each["aria-labelledby"] in ids
    for each in page.of("section"):
        assert each["aria-labelledby"] in ids
    assert {each["scope"] for each in page.of("th")} == {"col", "row"}


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_messages_are_never_markup(text: str) -> None:
    assert page_of(written_with(text)).shape == page_of(written_with(text and "plain")).shape


@settings(max_examples=50, deadline=None)
@for_any(st.text(alphabet="<>&\"'/=- ;#x1ascript!", min_size=1, max_size=30))
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    assert page_of(written_with(text)).shape == page_of(written_with("plain")).shape
