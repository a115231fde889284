from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from policies import frameworks
from policies.controls import Framework, Relation
from policies.frameworks import SLUGS, Declared, listing
from policies.rule import Rule
from policies.themes import Theme, broad_controls
from tests.policies.support import each_rule

FOLDER = Path(frameworks.__file__).parent
BROAD = (
    Framework.NIST,
    Framework.PCI,
    Framework.HIPAA,
    Framework.GDPR,
    Framework.SOC2,
    Framework.ISO,
)
# How many items the published version of each framework has.
SIZES = {
    Framework.CIS_AWS_7: 70,
    Framework.CIS_AWS_5: 63,
    Framework.CIS_GCP_5: 93,
    Framework.CIS_GCP_4: 84,
    Framework.CIS_EKS: 50,
    Framework.CIS_GKE: 57,
    Framework.CIS_KUBERNETES: 131,
    Framework.CIS_DOCKER: 117,
    Framework.PSS: 19,
    Framework.NSA: 26,
}
each_framework = pytest.mark.parametrize("framework", list(Framework), ids=str)


def test_every_framework_has_one_file_and_every_file_a_framework() -> None:
    assert set(SLUGS) == set(Framework)
    assert sorted(SLUGS.values()) == sorted(path.stem for path in FOLDER.glob("*.txt"))


@each_framework
def test_items_have_an_id_of_their_own_and_a_short_title(framework: Framework) -> None:
    items = listing(framework).items

    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert item.id == item.id.strip() != ""
        assert 1 <= len(item.title.split()) <= 8, item
        assert "|" not in item.title
        assert not item.title.endswith(".")


@each_framework
def test_a_listing_says_what_it_holds(framework: Framework) -> None:
    listed = listing(framework)

    assert listed.framework is framework
    assert listed.note.endswith(".")
    assert listed.whole == (framework in SIZES)


@pytest.mark.parametrize(("framework", "size"), SIZES.items())
def test_a_whole_listing_has_every_item_of_its_version(framework: Framework, size: int) -> None:
    assert len(listing(framework).items) == size


@pytest.mark.parametrize("framework", [f for f in SIZES if SLUGS[f].startswith("cis-")], ids=str)
def test_numbered_items_are_in_the_order_of_the_framework(framework: Framework) -> None:
    numbers = [tuple(map(int, item.id.split("."))) for item in listing(framework).items]

    assert all(first < second for first, second in pairwise(numbers))


def test_the_pod_security_standards_have_two_levels() -> None:
    levels = [item.id.partition(": ")[0] for item in listing(Framework.PSS).items]

    assert levels == ["baseline"] * 12 + ["restricted"] * 7


@pytest.mark.parametrize("framework", BROAD, ids=str)
def test_of_a_broad_framework_the_items_of_the_themes_are_listed(framework: Framework) -> None:
    named = {
        control.id
        for theme in Theme
        for control in broad_controls(theme, inferred=False)
        if control.framework is framework
    }

    assert {item.id for item in listing(framework).items} == named


@each_rule
def test_every_control_of_a_rule_is_an_item_of_its_framework(rule: Rule) -> None:
    for control in rule.all_controls:
        assert control.id in {item.id for item in listing(control.framework).items}, control


@each_rule
def test_no_rule_asserts_what_declared_state_does_not_show(rule: Rule) -> None:
    for control in rule.controls:
        item = next(item for item in listing(control.framework).items if item.id == control.id)
        assert control.relation is not Relation.SAME or item.declared is not Declared.NOT, control


@pytest.mark.parametrize(
    ("framework", "id_", "declared"),
    [
        (Framework.CIS_AWS_7, "2.4", Declared.NOT),
        (Framework.CIS_AWS_7, "2.21", Declared.PART),
        (Framework.CIS_AWS_7, "3.1.4", Declared.WHOLE),
        (Framework.CIS_DOCKER, "3.1", Declared.NOT),
        (Framework.CIS_KUBERNETES, "1.2.1", Declared.NOT),
        (Framework.CIS_KUBERNETES, "5.2.2", Declared.WHOLE),
    ],
)
def test_an_item_says_how_much_of_it_shows_in_declared_state(
    framework: Framework, id_: str, declared: Declared
) -> None:
    [item] = [item for item in listing(framework).items if item.id == id_]

    assert item.declared is declared


def test_the_same_item_shows_as_much_in_both_versions_of_a_framework() -> None:
    for former, current in (
        (Framework.CIS_AWS_5, Framework.CIS_AWS_7),
        (Framework.CIS_GCP_4, Framework.CIS_GCP_5),
    ):
        shown = {item.title: item.declared for item in listing(current).items}
        common = [item for item in listing(former).items if item.title in shown]
        assert len(common) >= 60
        assert all(item.declared is shown[item.title] for item in common)


def test_no_pack_reads_the_listings() -> None:
    code = "import sys, policies.catalogue; sys.exit('policies.frameworks' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - own code
