from __future__ import annotations

from pathlib import Path

from policies.catalogue import RULES
from policies.pages import FOLDER, page_of, pages
from policies.rules.aws_iam import NO_USER_GRANTS
from policies.rules.aws_rds_operation import BACKUP_RETENTION
from policies.rules.aws_security_group import NO_PUBLIC_ADMIN
from policies.rules.kubernetes_container import PRIVILEGED
from policies.rules.kubernetes_image import IMAGE_PINNED
from policies.view import MARKERS


def on_disk(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}


def test_the_committed_pages_are_those_of_the_rules() -> None:
    assert on_disk(FOLDER) == pages(), "run make docs"


def test_every_rule_has_a_page_that_the_index_names() -> None:
    index = pages()["README.md"]

    for rule in RULES:
        assert (FOLDER / Path(rule.page).name).is_file()
        assert f"[{rule.id}]({rule.id}.md)" in index


def test_a_page_shows_settings_controls_and_examples_but_no_marker() -> None:
    page = page_of(NO_PUBLIC_ADMIN)

    assert "| `ports` |" in page
    assert "| CIS AWS Foundations v7.0.0 | 6.3, 6.4 | asserts the same |" in page
    assert '- SSH from everywhere: `{"ingress"' in page
    assert "(unknown)" in page
    assert not any(marker in text for marker in MARKERS for text in pages().values())


def test_a_page_shows_a_setting_that_is_a_number() -> None:
    assert "Must be a whole number. | `7` |" in page_of(BACKUP_RETENTION)


def test_a_page_shows_once_what_is_demanded_of_pods_wherever_they_are() -> None:
    page = page_of(PRIVILEGED)

    assert page.count("### ") == 1
    assert "- `kubernetes:apps/v1:Deployment`: `spec.template`" in page
    assert "- `kubernetes:batch/v1:CronJob`: `spec.jobTemplate.spec.template`" in page


def test_a_page_shows_each_demand_of_a_rule_with_several() -> None:
    assert page_of(IMAGE_PINNED).count("### ") == 2
    assert page_of(NO_PUBLIC_ADMIN).count("### ") == len(NO_PUBLIC_ADMIN.checks)


def test_the_page_of_what_is_forbidden_altogether_lists_nothing_that_passes() -> None:
    page = page_of(NO_USER_GRANTS)

    assert "Passes:" not in page
    assert "Reads" not in page
    assert "Nothing is read: the resource violates by being there." in page
