from __future__ import annotations

from dataclasses import replace

import pytest

from policies.catalogue import RULES
from policies.controls import Control, Framework, Relation
from policies.coverage import Coverage, Covered, State, coverage, framework_of, page, text
from policies.frameworks import SLUGS, listing
from policies.rule import Rule

EKS = Framework.CIS_EKS
HIDDEN = "3.1.1"  # the mode of a file of nodes
PARTIAL = "5.1.2"  # who reaches a registry
PLAIN = "4.2.1"  # privileged containers


def rule(id_: str, item: str, relation: Relation = Relation.SAME) -> Rule:
    return replace(RULES[0], id=id_, controls=(Control(EKS, item, relation),))


def of(item: str, *rules: Rule) -> Covered:
    [found] = [found for found in coverage(EKS, rules).items if found.item.id == item]
    return found


def test_a_rule_that_asserts_the_same_decides_an_item() -> None:
    found = of(PLAIN, rule("k8s-one", PLAIN))

    assert found.state is State.DECIDED
    assert (found.same, found.near) == (("k8s-one",), ())


@pytest.mark.parametrize("relation", [Relation.RELATED, Relation.THEME, Relation.INFERRED])
def test_a_rule_that_asserts_something_near_decides_a_part(relation: Relation) -> None:
    found = of(PLAIN, rule("k8s-one", PLAIN, relation))

    assert found.state is State.PARTLY
    assert (found.same, found.near) == ((), ("k8s-one",))


def test_the_rule_that_asserts_the_same_outweighs_the_others() -> None:
    found = of(PLAIN, rule("k8s-near", PLAIN, Relation.RELATED), rule("k8s-same", PLAIN))

    assert found.state is State.DECIDED
    assert (found.same, found.near) == (("k8s-same",), ("k8s-near",))


def test_an_item_that_shows_in_part_is_decided_in_part_at_most() -> None:
    assert of(PARTIAL, rule("k8s-one", PARTIAL)).state is State.PARTLY
    assert of(PARTIAL).state is State.NO_RULE


def test_an_item_that_declared_state_does_not_show_needs_no_rule() -> None:
    assert of(HIDDEN).state is State.NOT_DECLARED
    assert of(HIDDEN, rule("k8s-near", HIDDEN, Relation.RELATED)).state is State.PARTLY


def test_an_item_that_a_rule_could_decide_and_none_does_is_a_gap() -> None:
    assert of(PLAIN).state is State.NO_RULE


def test_rules_are_in_report_order() -> None:
    assert of(PLAIN, rule("k8s-z", PLAIN), rule("k8s-a", PLAIN)).same == ("k8s-z", "k8s-a")


def test_an_item_of_another_framework_with_the_same_id_does_not_count() -> None:
    other = replace(RULES[0], controls=(Control(Framework.CIS_KUBERNETES, PLAIN),))

    assert of(PLAIN, other).state is State.NO_RULE


def test_every_item_is_in_one_state() -> None:
    found = coverage(EKS, [rule("k8s-one", PLAIN), rule("k8s-two", PARTIAL)])

    assert [item.item for item in found.items] == list(listing(EKS).items)
    assert dict(found.totals) == {
        State.DECIDED: 1,
        State.PARTLY: 1,
        State.NOT_DECLARED: 16,
        State.NO_RULE: 32,
    }


@pytest.mark.parametrize("framework", list(Framework), ids=str)
def test_the_rules_of_the_packs_decide_something_of_every_framework(framework: Framework) -> None:
    totals = coverage(framework).totals

    assert sum(totals.values()) == len(listing(framework).items)
    assert totals[State.DECIDED] + totals[State.PARTLY] > 0


def test_the_packs_decide_the_whole_of_the_pod_security_standards() -> None:
    assert coverage(Framework.PSS).totals[State.DECIDED] == 19


def test_broad_frameworks_are_never_decided() -> None:
    for framework in (Framework.NIST, Framework.SOC2, Framework.GDPR):
        found = coverage(framework)
        assert not found.whole
        assert {item.state for item in found.items} == {State.PARTLY}


def short(*items: Covered) -> Coverage:
    return replace(coverage(EKS, ()), items=items)


def test_text_has_the_totals_and_a_line_per_item_under_its_state() -> None:
    found = short(of(PLAIN, rule("k8s-one", PLAIN)), of(HIDDEN), of("2.1.1"))

    assert text(found) == (
        "CIS Amazon EKS v1.8.0\n"
        "Files and processes of nodes are not in a stack.\n"
        "3 items: 1 decided, 0 partly decided, 1 not decidable from declared state, 1 no rule.\n"
        "\n"
        "decided (1)\n"
        "  4.2.1  No privileged containers: k8s-one\n"
        "\n"
        "not decidable from declared state (1)\n"
        "  3.1.1  Node's kubeconfig: file mode\n"
        "\n"
        "no rule (1)\n"
        "  2.1.1  The control plane writes audit logs\n"
    )


def test_text_aligns_titles_behind_the_longest_id() -> None:
    found = short(of(PLAIN), of("4.1.10"))

    assert "\n  4.2.1   No privileged" in text(found)
    assert "\n  4.1.10  Few reach" in text(found)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (3, "k8s-0, k8s-1, k8s-2\n"),
        (4, "k8s-0, k8s-1, k8s-2 and 1 more\n"),
        (9, "k8s-0, k8s-1, k8s-2 and 6 more\n"),
    ],
)
def test_text_names_three_rules_of_an_item_at_most(count: int, shown: str) -> None:
    found = of(PLAIN, *(rule(f"k8s-{number}", PLAIN) for number in range(count)))

    assert text(short(found)).endswith(f"No privileged containers: {shown}")


def test_text_names_near_rules_behind_those_that_assert_the_same() -> None:
    found = of(PLAIN, rule("k8s-near", PLAIN, Relation.RELATED), rule("k8s-same", PLAIN))

    assert text(short(found)).endswith(": k8s-same, k8s-near\n")


def test_text_says_that_a_listing_is_not_the_whole_framework() -> None:
    assert "10 listed items: " in text(coverage(Framework.SOC2))
    assert "50 items: " in text(coverage(EKS))


def test_page_has_a_row_per_item_with_links_to_its_rules() -> None:
    near, same = rule("k8s-near", PLAIN, Relation.RELATED), rule("k8s-same", PLAIN)
    found = short(of(PLAIN, near, same), of(HIDDEN))

    links = "[k8s-same](k8s-same.md), [k8s-near](k8s-near.md) (near)"
    assert page(found).splitlines() == [
        "# CIS Amazon EKS v1.8.0",
        "",
        "Files and processes of nodes are not in a stack.",
        "",
        "2 items: 1 decided, 0 partly decided, 1 not decidable from declared state, 0 no rule.",
        "",
        "| Item | Title | State | Rules |",
        "|---|---|---|---|",
        f"| 4.2.1 | No privileged containers | decided | {links} |",
        "| 3.1.1 | Node's kubeconfig: file mode | not decidable from declared state |  |",
    ]
    assert page(found).endswith("|\n")


@pytest.mark.parametrize(("framework", "slug"), SLUGS.items())
def test_a_framework_is_found_by_its_slug(framework: Framework, slug: str) -> None:
    assert framework_of(slug) is framework


@pytest.mark.parametrize(
    ("given", "closest"),
    [
        ("cis", "cis-aws-7"),
        ("cis-g", "cis-gcp-5"),
        ("CIS-EKS", "cis-eks"),
        ("kubernetes", "cis-kubernetes"),
        ("soc", "soc2"),
        ("hippa", "hipaa"),
    ],
)
def test_another_name_is_refused_with_the_closest_slug_and_all_others(
    given: str, closest: str
) -> None:
    with pytest.raises(ValueError, match="there is no framework") as refused:
        framework_of(given)

    assert str(refused.value) == (
        f"there is no framework {given!r}; the closest is {closest}. "
        f"There are {', '.join(SLUGS.values())}."
    )


@pytest.mark.parametrize("given", ["", " ", "\x00\n", "x" * 10_000])
def test_a_name_like_no_other_is_refused_without_a_guess(given: str) -> None:
    with pytest.raises(ValueError, match="there is no framework") as refused:
        framework_of(given)

    assert str(refused.value).startswith(f"there is no framework {given!r}. There are cis-aws-7,")
