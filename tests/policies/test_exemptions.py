"""What exempts a resource from a rule, and what is wrong with what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.catalogue import RULES
from policies.examples import example
from policies.exemptions import (
    FILE,
    MOST_RESOURCES,
    Exemption,
    Exemptions,
    find,
    mark_of,
    parse,
    parsed_mark,
)
from policies.judge import Judge
from policies.rule import Verdict
from policies.rules.aws_rds import NOT_PUBLIC
from policies.rules.stack_judging import EXEMPTIONS_SOUND
from policies.subject import STACK, Resource
from policies.view import UNKNOWN_STRING

TODAY = date(2026, 11, 21)
TYPE = "aws:rds/instance:Instance"
RULE = NOT_PUBLIC.id
PUBLIC = {"publiclyAccessible": True}
ORDERS = example(TYPE, "orders", PUBLIC)
ENTRY = {
    "rule": RULE,
    "urn": "urn:pulumi:prod::example::**::orders",
    "reason": "Read by a partner until the link is there",
    "owner": "shop",
    "ticket": "SHOP-12",
    "expires": date(2027, 5, 31),
}


def listed(**changes: Any) -> Exemptions:
    found = parse(document({**ENTRY, **changes}), [RULE], today=TODAY)
    assert found.problems == ()
    return found


def document(*entries: Any) -> str:
    return yaml.safe_dump({"exemptions": list(entries)})


def problems_of(**changes: Any) -> list[str]:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value is not ...}
    found = parse(document(entry), [RULE], today=TODAY)
    assert found.listed == ()
    return list(found.problems)


def judged(exemptions: Exemptions, *resources: Resource) -> tuple[list[Any], list[str]]:
    """The findings on single resources, and what is said of the exemptions at the end."""
    judge = Judge([NOT_PUBLIC, EXEMPTIONS_SOUND], exemptions=exemptions)
    found = [finding for resource in resources for finding in judge.resource(resource)]
    root = example(STACK, "example-prod")
    told = [each.message for each in judge.stack([root, *resources]) if each.message]
    return found, told


def test_what_is_exempt_still_fails_but_does_not_bind() -> None:
    (finding,), told = judged(listed(), ORDERS)

    assert finding.verdict is Verdict.FAIL
    assert finding.level == "advisory"
    assert finding.told.startswith(
        "exempt until 2027-05-31 (shop, SHOP-12): Read by a partner until the link is there."
    )
    assert told == []


def test_another_resource_is_not_exempt() -> None:
    found, _ = judged(listed(), ORDERS, example(TYPE, "users", PUBLIC))

    assert [finding.level for finding in found] == ["advisory", "mandatory"]


def test_another_rule_is_not_exempt() -> None:
    assert listed().of("aws-rds-storage-encrypted", ORDERS) is None


@pytest.mark.parametrize(("day", "level"), [(31, "advisory"), (32, "mandatory")])
def test_an_exemption_binds_again_after_its_last_day(day: int, level: str) -> None:
    exemptions = replace(listed(), today=date(2027, 5, 1) + timedelta(days=day - 1))

    (finding,), _ = judged(exemptions, ORDERS)

    assert finding.level == level


def test_an_expired_exemption_is_a_violation() -> None:
    _, (told,) = judged(replace(listed(), today=date(2027, 6, 1)), ORDERS)

    assert "ended on 2027-05-31" in told
    assert "exemptions.yaml: exemptions[0]" in told


def test_an_exemption_that_nothing_needs_is_a_violation() -> None:
    _, (told,) = judged(listed(), example(TYPE, "orders", {"publiclyAccessible": False}))

    assert "is not used" in told


def test_an_exemption_of_what_is_not_decided_yet_is_in_use() -> None:
    found, told = judged(listed(), example(TYPE, "orders", {"publiclyAccessible": UNKNOWN_STRING}))

    assert [finding.verdict for finding in found] == [Verdict.UNDECIDED]
    assert told == []


@pytest.mark.parametrize(
    "urn", ["urn:pulumi:dev::example::**::orders", "urn:pulumi:prod::x::*::orders"]
)
def test_an_exemption_for_another_stack_or_project_is_none_of_this_ones_business(urn: str) -> None:
    _, told = judged(listed(urn=urn), example(TYPE, "users", {"publiclyAccessible": False}))

    assert told == []


def test_an_exemption_that_covers_too_much_is_a_violation() -> None:
    many = [example(TYPE, f"orders-{number}", PUBLIC) for number in range(MOST_RESOURCES + 1)]

    _, (told,) = judged(listed(urn="urn:pulumi:prod::example::*::orders-*"), *many)

    assert f"covers {MOST_RESOURCES + 1} resources" in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule": "aws-rds-is-public"}, ".rule: is 'aws-rds-is-public'; no rule has that id"),
        ({"rule": ...}, ".rule: is missing"),
        ({"reason": "because"}, ".reason: is 'because'; it must say why"),
        ({"owner": ""}, ".owner: is ''; it must be a text"),
        ({"owner": 7}, ".owner: is 7; it must be a text"),
        ({"ticket": ...}, ".ticket: is missing"),
        ({"expires": ...}, ".expires: is missing; it must be a day"),
        ({"expires": "soon"}, ".expires: is 'soon'; it must be a day"),
        ({"expires": date(2029, 1, 1)}, ".expires: is 2029-01-01, more than 400 days ahead"),
        ({"urn": "orders"}, ".urn: is 'orders'; it must look like urn:pulumi:"),
        ({"urn": "urn:pulumi:*::example::*::orders"}, "the stack must be named"),
        ({"urn": "urn:pulumi:prod::example::**::*"}, "which covers everything"),
        ({"urn": "urn:pulumi:prod::example::**::o*"}, "which covers everything"),
        ({"urn": "urn:pulumi:prod::example::aws:*::*"}, "which covers everything"),
        ({"urn": "urn:pulumi:prod::example::*::*-*-*-*"}, "which covers everything"),
        ({"until": "2027"}, ".until: is not known; an exemption has rule, urn"),
    ],
)
def test_a_malformed_entry_exempts_nothing_and_says_what_is_wrong(
    changes: dict[str, Any], said: str
) -> None:
    (told,) = problems_of(**changes)

    assert told.startswith(f"{FILE}: exemptions[0]")
    assert said in told


def test_every_problem_is_told_at_once() -> None:
    text = document({"rule": "nothing"}, "words", ENTRY)
    found = parse(text, [RULE], today=TODAY)

    assert len(found.listed) == 1
    assert len(found.problems) == 7
    assert found.problems[-1] == (
        "exemptions.yaml: exemptions[1]: must be an object with rule, urn, reason, owner, ticket, "
        "expires."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exemptions: [", "exemptions.yaml, line 1: is not YAML"),
        ("- rule: x", "must hold a list under the one key `exemptions`"),
        ("waivers: []", "must hold a list under the one key `exemptions`"),
        ("exemptions: 7", "`exemptions` must be a list"),
    ],
)
def test_a_broken_file_is_a_violation(text: str, said: str) -> None:
    _, (told,) = judged(parse(text, [RULE]), ORDERS)

    assert said in told


@pytest.mark.parametrize("text", ["", "exemptions:", "exemptions: []", "# none yet"])
def test_a_file_without_entries_exempts_nothing(text: str) -> None:
    assert parse(text, [RULE], today=TODAY) == Exemptions(today=TODAY)


def test_two_entries_for_the_same_are_one_too_many() -> None:
    found = parse(document(ENTRY, ENTRY), [RULE], today=TODAY)

    assert found.problems == (
        "exemptions.yaml: names a rule twice with the same urn. Keep one of them.",
    )


def test_the_file_beside_the_packs_may_be_missing_but_a_named_one_may_not(tmp_path: Path) -> None:
    assert find(tmp_path, [RULE]).listed == ()

    (told,) = find(tmp_path, [RULE], named=str(tmp_path / "gone.yaml")).problems
    assert "gone.yaml: there is no such file" in told


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(document({**ENTRY, "expires": "never"}), encoding="utf-8")

    environ = {"PLINTH_EXEMPTIONS": str(tmp_path / "ours.yaml")}

    assert "ours.yaml" in find(tmp_path, [RULE], environ=environ).problems[0]


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_a_violation(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / FILE
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    assert "cannot be read" in find(tmp_path, [RULE]).problems[0]


MARK = "2027-05-31 shop SHOP-12 Read by a partner until the link is there"


@pytest.mark.parametrize(
    "props",
    [
        {"tags": {f"plinth-exempt/{RULE}": MARK}},
        {"metadata": {"annotations": {f"exempt.plinth.dev/{RULE}": MARK}}},
        {"labels": {f"plinth-exempt_{RULE}": "2027-05-31__shop__shop-12__read_by_a_partner"}},
        {"resourceLabels": {f"plinth-exempt_{RULE}": MARK}},
        {"settings": {"userLabels": {f"plinth-exempt_{RULE}": MARK}}},
        {"labels": [{"label": "other"}, {"label": f"plinth-exempt/{RULE}", "value": MARK}]},
    ],
)
def test_a_mark_on_the_resource_exempts_it(props: dict[str, Any]) -> None:
    resource = example(TYPE, "orders", {**PUBLIC, **props})
    exemptions = Exemptions(today=TODAY)

    (finding,), told = judged(exemptions, resource)

    assert finding.level == "advisory"
    assert told == []
    (use,) = exemptions.uses([RULE], "example", "prod")
    assert (use.used, use.exemption.owner, use.problem) == (1, "shop", "")


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "yes",
        "2027-05-31 shop SHOP-12",
        "2027-05-31 shop SHOP-12 short",
        "someday shop SHOP-12 a reason that is long enough",
        "2029-05-31 shop SHOP-12 a reason that is long enough",
    ],
)
def test_a_malformed_mark_exempts_nothing_and_is_a_violation(mark: str) -> None:
    resource = example(TYPE, "orders", {**PUBLIC, "tags": {f"plinth-exempt/{RULE}": mark}})

    (finding,), (told,) = judged(Exemptions(today=TODAY), resource)

    assert finding.level == "mandatory"
    assert "bears a mark" in told


def test_an_expired_mark_is_a_violation() -> None:
    resource = example(TYPE, "orders", {**PUBLIC, "tags": {f"plinth-exempt/{RULE}": MARK}})

    (finding,), (told,) = judged(Exemptions(today=date(2027, 6, 1)), resource)

    assert finding.level == "mandatory"
    assert "ended on 2027-05-31" in told


@pytest.mark.parametrize(
    ("urn", "covered"), [("a[0]", True), ("a[0]b", True), ("a0", False), ("a0b", False)]
)
def test_brackets_of_a_name_are_no_wildcards(urn: str, covered: bool) -> None:
    place = "urn:pulumi:prod::example::aws:x/y:Zone::"
    entry = {**ENTRY, "urn": f"{place}a[0]*"}
    (exemption,) = parse(document(entry), [RULE], today=TODAY).listed

    assert exemption.covers(RULE, place + urn) is covered


@pytest.mark.parametrize(
    "text",
    [
        "exemptions:\n- {expires: 2026-11-31}",
        "exemptions:\n- {expires: 0000-01-01}",
        "exemptions: " + "[" * 5_000,
    ],
)
def test_a_file_that_no_parser_can_take_is_one_problem(text: str) -> None:
    found = parse(text, [RULE])

    assert found.problems == ("exemptions.yaml: is not YAML. Correct it.",)


def test_a_mark_covers_the_resource_that_bears_it_only() -> None:
    urn = "urn:pulumi:prod::example::aws:x/y:Z::a[1]*"
    exemption = parsed_mark(MARK, RULE, urn, TODAY)

    assert exemption.covers(RULE, urn)
    assert not exemption.covers(RULE, "urn:pulumi:prod::example::aws:x/y:Z::a1b")


@settings(max_examples=200, deadline=None)
@given(
    entry=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*ENTRY, "exemptions", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_no_file_makes_reading_it_raise(entry: Any) -> None:
    for text in (yaml.safe_dump(entry), document(entry)):
        found = parse(text, [RULE])
        assert all(isinstance(each, Exemption) for each in found.listed)


@settings(max_examples=100, deadline=None)
@given(value=st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2) | st.integers())
def test_no_shape_of_tags_makes_looking_for_marks_raise(value: Any) -> None:
    for key in ("tags", "labels", "metadata", "settings", "resourceLabels"):
        assert mark_of(example(TYPE, "orders", {key: value}), RULE) is None


def test_the_projects_own_exemptions_are_in_order() -> None:
    ids = [rule.id for rule in RULES]

    assert find(Path(__file__).parents[2] / "policies", ids).problems == ()
