"""The real programs accept every generated file, and the checks can refuse one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from components.observability.alertmanager.routing import routed_to
from components.observability.alertmanager.workload import CONFIG_FILE as ALERTMANAGER
from tests.acceptance import options
from tests.acceptance.files import (
    SOURCES,
    GeneratedFile,
    Kind,
    by_workload,
    checker_for,
    lay,
    samples,
)
from tests.acceptance.options import OPTIONS
from tests.acceptance.programs import Programs, complaint, run
from tests.acceptance.samples import BROKEN
from tests.acceptance.verdicts import Verdicts, unjudged
from tests.stacks.blueprints import whole_settings

FILES_AT_LEAST: Final = 40
EVERYTHING: Final = "everything"
ProgramsFor = Callable[[Kind], Programs]
EACH_SOURCE = pytest.mark.parametrize("source", SOURCES)


def complaints(
    files: tuple[GeneratedFile, ...],
    kind: Kind,
    programs: Programs,
    verdicts: Verdicts,
    root: Path,
) -> dict[GeneratedFile, str]:
    """What is said of each file of a kind, empty where it is accepted."""
    return {
        file: verdicts.complaint(programs, file, around, root / workload)
        for workload, around in by_workload(files).items()
        for file in around
        if checker_for(file.path) is kind
    }


def refused(found: Mapping[GeneratedFile, str]) -> dict[str, str]:
    """The complaints, by workload and path."""
    return {f"{file.workload}: {file.path}": said for file, said in found.items() if said}


@EACH_SOURCE
@pytest.mark.parametrize("kind", Kind)
def test_every_file_is_accepted(
    source: str, kind: Kind, programs_for: ProgramsFor, verdicts: Verdicts, tmp_path: Path
) -> None:
    programs = programs_for(kind)
    found = complaints(SOURCES[source](), kind, programs, verdicts, tmp_path)

    assert found, f"{source} has no file for {kind}"
    assert refused(found) == {}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", Kind)
def test_options_that_no_stack_asks_for_are_accepted(
    option: str, kind: Kind, programs_for: ProgramsFor, verdicts: Verdicts, tmp_path: Path
) -> None:
    programs = programs_for(kind)

    assert refused(complaints(OPTIONS[option](), kind, programs, verdicts, tmp_path)) == {}


def test_enough_files_are_accepted(
    programs_for: ProgramsFor, verdicts: Verdicts, tmp_path: Path
) -> None:
    programs = {kind: programs_for(kind) for kind in Kind}
    accepted = [
        file
        for kind in Kind
        for source in SOURCES
        for file, said in complaints(
            SOURCES[source](), kind, programs[kind], verdicts, tmp_path / source
        ).items()
        if not said and not unjudged(file)
    ]

    assert len({(file.path, file.content) for file in accepted}) >= FILES_AT_LEAST


@pytest.mark.parametrize("file", samples(), ids=lambda file: file.path)
def test_a_sound_sample_is_accepted(
    file: GeneratedFile, programs_for: Callable[[Kind], Programs], tmp_path: Path
) -> None:
    lay(by_workload(samples())[file.workload], tmp_path)
    kind = checker_for(file.path)
    assert kind is not None

    assert complaint(programs_for(kind), file, tmp_path) == ""


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_sample_is_refused(
    fault: str, programs_for: Callable[[Kind], Programs], tmp_path: Path
) -> None:
    path, sound, broken = BROKEN[fault]
    (file,) = [each for each in samples() if each.path == path]
    assert sound in file.content
    spoilt = replace(file, content=file.content.replace(sound, broken))
    others = [each for each in by_workload(samples())[file.workload] if each != file]
    lay((spoilt, *others), tmp_path)
    kind = checker_for(path)
    assert kind is not None

    assert complaint(programs_for(kind), spoilt, tmp_path)


@EACH_SOURCE
def test_an_alert_reaches_those_it_is_for(source: str, amtool: Path, tmp_path: Path) -> None:
    asked = whole_settings(source).observability
    assert asked is not None
    wanted = {labels: (0, receiver) for labels, receiver in routed_to(asked.alerting).items()}

    assert heard(SOURCES[source](), wanted, amtool, tmp_path) == wanted


def test_an_alert_reaches_the_team_it_is_for(amtool: Path, tmp_path: Path) -> None:
    alerting = options.spec(EVERYTHING).alerting
    wanted = {labels: (0, receiver) for labels, receiver in routed_to(alerting).items()}

    assert any("team=" in labels for labels in wanted)
    assert heard(OPTIONS[EVERYTHING](), wanted, amtool, tmp_path) == wanted


def test_an_alert_that_goes_elsewhere_is_noticed(amtool: Path, tmp_path: Path) -> None:
    (file,) = [each for each in samples() if each.path == ALERTMANAGER]
    lay((file,), tmp_path)

    assert routed("severity=critical", "pager", amtool, tmp_path) == (0, "pager")
    status, _ = routed("severity=critical", "chat", amtool, tmp_path)
    assert status != 0


def heard(
    files: tuple[GeneratedFile, ...],
    wanted: Mapping[str, tuple[int, str]],
    amtool: Path,
    root: Path,
) -> dict[str, tuple[int, str]]:
    """What amtool says of who hears of alerts with these labels."""
    (file,) = [each for each in files if each.path == ALERTMANAGER]
    lay((file,), root)
    return {labels: routed(labels, to, amtool, root) for labels, (_, to) in wanted.items()}


def routed(labels: str, receiver: str, amtool: Path, root: Path) -> tuple[int, str]:
    """Ask amtool whether an alert with these labels goes to this receiver, and to which it goes."""
    status, said = run(
        [
            str(amtool),
            "config",
            "routes",
            "test",
            f"--config.file={root}{ALERTMANAGER}",
            f"--verify.receivers={receiver}",
            *labels.split(),
        ]
    )
    return status, said.strip()
