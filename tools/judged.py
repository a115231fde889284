"""Judges a stack or a blueprint the way a pull request is judged: ``python -m tools.judged NAME``.

Rehearses a preview with the policy packs as processes of their own, then writes every report to
``reports``. In a job of GitHub Actions the Markdown report goes into its summary too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from policies.exemptions import FILE as EXEMPTIONS

ROOT: Final = Path.cwd()
BLUEPRINTS: Final = Path("stacks/blueprints")
PACKS: Final = ("aws", "gcp", "kubernetes", "docker", "stack")
REPORTS: Final = {
    "sarif": "sarif",
    "junit": "xml",
    "html": "html",
    "json": "json",
    "markdown": "md",
}
"""The formats and how their files end."""

SUMMARY: Final = "GITHUB_STEP_SUMMARY"

_FILE: Final = re.compile(r"\bPulumi\.(\w+)\.yaml\b")
_NOT_NEEDED: Final = (".*", "__pycache__", "docs", "reports", "tests")


def names(root: Path) -> list[str]:
    """What there is to judge: the stacks, then the blueprints."""
    stacks = sorted(path.stem.removeprefix("Pulumi.") for path in root.glob("Pulumi.*.yaml"))
    return [*stacks, *sorted(path.stem for path in (root / BLUEPRINTS).glob("*.yaml"))]


@contextmanager
def project(name: str, root: Path) -> Generator[tuple[Path, str]]:
    """A project and the stack in it that is called ``name`` or has the settings of a blueprint.

    A blueprint takes the place of the stack that its first line names, in a copy of the project.

    Raises:
        ValueError: a blueprint names no stack.
    """
    blueprint = root / BLUEPRINTS / f"{name}.yaml"
    if not blueprint.exists():
        yield root, name
        return
    file = _FILE.search(blueprint.read_text(encoding="utf-8").partition("\n")[0])
    if file is None:
        raise ValueError(f"{blueprint}: the first line must say which Pulumi.NAME.yaml it is for")
    with tempfile.TemporaryDirectory(prefix="plinth-blueprint-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*_NOT_NEEDED))
        shutil.copyfile(blueprint, copy / file[0])
        # They excuse resources of the stack whose place this takes.
        (copy / "policies" / EXEMPTIONS).unlink(missing_ok=True)
        yield copy, file[1]


def judge(name: str, root: Path, folder: Path) -> bool:
    """Judge and write the reports to ``folder``; whether everything passed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {format_: folder / f"{name}.{end}" for format_, end in REPORTS.items()}
    for file in files.values():
        file.unlink(missing_ok=True)
    reports = [part for each in files.items() for part in ("--report", "=".join(map(str, each)))]
    with project(name, root) as (directory, stack):
        packs = [part for each in PACKS for part in ("--policy-pack", f"policies/{each}")]
        shown = _plinth(directory, "preview", "--rehearse", "--stack", stack, *packs)
        passed = _plinth(directory, "policies", "--stack", stack, *reports)
    _summarise(name, files["markdown"])
    return shown and passed


def _plinth(root: Path, *words: str) -> bool:
    command = [sys.executable, "-m", "plinth", *words]
    return subprocess.run(command, cwd=root, check=False).returncode == 0  # noqa: S603 our own


def _summarise(name: str, report: Path) -> None:
    summary = os.environ.get(SUMMARY)
    if not summary:
        return
    text = "❌ Not judged: the log of the job says why.\n"
    if report.exists():
        text = report.read_text(encoding="utf-8")
    with Path(summary).open("a", encoding="utf-8") as stream:
        stream.write(f"# {name}\n\n{text}\n")


def main(words: Sequence[str]) -> int:
    """Judge what is named; 1 if it did not pass, 2 if there is no such thing."""
    known = names(ROOT)
    if len(words) != 1 or words[0] not in known:
        print(f"Name what to judge, one of {', '.join(known)}.", file=sys.stderr)  # noqa: T201
        return 2
    return 0 if judge(words[0], ROOT, ROOT / "reports") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
