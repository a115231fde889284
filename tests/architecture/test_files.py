"""What is committed speaks of the project alone, and tells its users what changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, files

# Written so that this file does not match itself; ann is who tests are about.
FOREIGN = {
    "a folder of one machine": r"(?<![\w.*/-])/(?:wor[k]|hom[e]/(?!ann\b)\w+|User[s]/\w+|roo[t]/)",
    "a folder of one machine on Windows": r"\b[A-Z]:\\User[s]\\",
    "a package index": r"pyp[i]\.org/simple|pythonhoste[d]\.org|-index-ur[l]|truste[d]-host",
    "a package proxy": r"prox[y]\.golang\.org|registr[y]\.npmjs\.org|artifactor[y]|nexu[s]\.",
}
BINARY = {".png", ".ico", ".gz"}
KINDS = ("breaking", "added", "fixed", "policy")


def foreign(text: str) -> Iterator[str]:
    """What in ``text`` is true on one machine only."""
    for line in text.splitlines():
        for what, pattern in FOREIGN.items():
            if re.search(pattern, line):
                yield f"{what}: {line.strip()}"


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = [
        f"{path}: {problem}"
        for path in files()
        if path.suffix not in BINARY
        for problem in foreign((ROOT / path).read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "parts",
    [
        ("see /wor", "k/main/plinth"),
        ("in /hom", "e/bob/.pulumi"),
        ("in /User", "s/bob/plinth"),
        ("C:", "\\User", "s\\bob"),
        ("--extra-inde", "x-url https://packages.example.org"),
        ("https://pyp", "i.org/simple"),
        ("https://prox", "y.golang.org"),
    ],
)
def test_a_machine_or_a_package_index_is_found(parts: tuple[str, ...]) -> None:
    assert list(foreign("".join(parts)))


@pytest.mark.parametrize("text", ["/rootless", "rehearsal/work/", "~/.pulumi", "https://pypi.org"])
def test_what_is_true_everywhere_is_let_through(text: str) -> None:
    assert list(foreign(text)) == []


def changes(changelog: str) -> list[str]:
    """The kinds of change of all sections.

    Raises:
        ValueError: the first section is not the unreleased one, or an entry has no kind.
    """
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    if not sections or not sections[0].startswith("Unreleased\n"):
        raise ValueError("the first section of the changelog is Unreleased")
    entries = re.findall(r"^- (.*)", changelog, re.MULTILINE)
    kinds = [re.match(r"\*(\w+)\* \S", entry) for entry in entries]
    for entry, kind in zip(entries, kinds, strict=True):
        if kind is None or kind[1] not in KINDS:
            raise ValueError(f"begins with none of {', '.join(KINDS)}: {entry}")
    return [kind[1] for kind in kinds if kind]


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    assert changes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text", ["# Changelog\n", "## 1.0\n\n- *added* X\n", "## Unreleased\n\n- Some words\n"]
)
def test_a_changelog_without_it_or_with_an_unsorted_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Unreleased|begins with none of"):
        changes(text)
