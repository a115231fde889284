from __future__ import annotations

from pathlib import Path

import pytest

from plinth.errors import PlinthError
from plinth.target import Target, find_project, project_name


def test_the_project_is_found_from_a_directory_below(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    below = tmp_path / "stacks" / "deep"
    below.mkdir(parents=True)

    assert find_project(below) == tmp_path


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ".", "a b", "x" * 101, "/etc"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f'name: "{name}"\n')

    with pytest.raises(PlinthError, match=r"in .*Pulumi\.yaml cannot be a project's"):
        project_name(tmp_path)


def test_the_name_comes_from_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    assert project_name(tmp_path) == "shop"


@pytest.mark.parametrize("text", ["", "name:", "name: 7", "- name", "name: [", "{", "\x00"])
def test_a_project_file_without_a_name_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)

    with pytest.raises(PlinthError, match=r"Pulumi\.yaml"):
        project_name(tmp_path)


@pytest.mark.parametrize(
    ("ground", "names"),
    [
        ("aws", ["aws", "kubernetes", "stack"]),
        ("gcp", ["gcp", "kubernetes", "stack"]),
        ("docker", ["docker", "stack"]),
        ("kubernetes", ["kubernetes", "stack"]),
    ],
)
def test_the_packs_of_the_ground_judge_and_those_of_what_may_run_on_it(
    ground: str, names: list[str], tmp_path: Path
) -> None:
    assert Target(tmp_path, "shop", "dev", ground).packs == ()

    for name in ("aws", "docker", "gcp", "kubernetes", "stack"):
        folder = tmp_path / "policies" / name
        folder.mkdir(parents=True)
        (folder / "PulumiPolicy.yaml").touch()

    packs = Target(tmp_path, "shop", "dev", ground).packs
    assert packs == tuple(tmp_path / "policies" / name for name in names)
