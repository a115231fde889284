"""The checkers are built once, whole, at the deployed versions; a machine that cannot says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from components import versions
from tools import checkers
from tools.checkers import CHECKERS, binary, digest, main

# A Go that writes down what it is asked and does what the files beside it say.
GO: Final = """#!/bin/sh
here="${0%/*}"
echo "$*" >> "$here/asked"
case "$1" in
  version) echo "go version go1.99 linux/amd64" ;;
  list) while [ -f "$here/silent" ]; do :; done; [ ! -f "$here/refused" ] || { read -r line < "$here/refused"; echo "$line" >&2; exit 1; } ;;
  build)
    while [ "$1" != -o ]; do shift; done
    echo half > "$2"
    [ ! -f "$here/broken" ] || { echo "main.go:1: undefined: main" >&2; exit 1; }
    ;;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the only program on PATH, a Go; the cache is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "go"
    program.write_text(GO, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def builds(go: Path) -> int:
    return sum(line.startswith("build ") for line in (go / "asked").read_text().splitlines())


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_what_is_built_is_found_by_its_name(go: Path) -> None:
    assert binary("promtool") is None

    assert main() == 0

    path = binary("promtool")
    assert path is not None
    assert path.name == "promtool"
    assert builds(go) == len(CHECKERS)


def test_nothing_is_built_twice(go: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main()
    capsys.readouterr()

    assert main() == 0

    assert builds(go) == len(CHECKERS)
    assert str(binary("loki")) in capsys.readouterr().out


def test_without_go_there_is_one_line_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main() == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert "no `go` on PATH" in line
    assert "NOT checked" in line
    assert binary("promtool") is None


def test_modules_that_are_not_to_be_had_are_no_failure_and_said(
    go: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (go / "refused").write_text("go: example.org/module@v1.0.0: 403 Forbidden\n")

    assert main() == 0

    said = capsys.readouterr().out
    assert said.count("SKIPPED") == len(CHECKERS)
    assert "403 Forbidden" in said
    assert kept(tmp_path) == []


def test_a_go_that_never_ends_is_ended(
    go: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (go / "silent").touch()
    monkeypatch.setattr(checkers, "REPORT_SECONDS", 0.01)
    monkeypatch.setattr(checkers, "LIMIT_SECONDS", 0.05)

    assert main() == 0

    said = capsys.readouterr().out
    assert "promtool: go list, 0 s so far" in said
    assert said.count("SKIPPED") == len(CHECKERS)


@pytest.mark.parametrize("complaint", checkers.WRONG_MODULE)
def test_a_module_that_is_wrong_is_a_failure(
    complaint: str, go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (go / "refused").write_text(f"go: {complaint}\n")

    assert main() == 1

    assert f"tools/checkers/loki is wrong:\n    go: {complaint}" in capsys.readouterr().out


def test_a_build_that_fails_is_a_failure_and_leaves_nothing(
    go: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (go / "broken").touch()

    assert main() == 1

    assert "otelcol 0.159.0: FAILED, does not build:\n    main.go:1" in capsys.readouterr().out
    assert kept(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_said(
    go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert main() == 1

    assert "XDG_CACHE_HOME" in capsys.readouterr().out
    assert builds(go) == 0


def test_another_module_or_another_go_is_another_binary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkers, "ROOT", tmp_path)
    promtool = CHECKERS["promtool"]
    promtool.module.mkdir()
    (promtool.module / "go.mod").write_text("module one")
    before = digest(promtool, "go1.26")

    assert digest(promtool, "go1.27") != before
    (promtool.module / "go.mod").write_text("module two")
    assert digest(promtool, "go1.26") != before


def required(folder: str, module: str) -> str:
    """The version of ``module`` that a folder of ``tools/checkers`` pins."""
    content = (checkers.ROOT / folder / "go.mod").read_text(encoding="utf-8")
    (version,) = re.findall(rf"^(?:require|\t)\s*{re.escape(module)} v(\S+)", content, re.MULTILINE)
    return version


@pytest.mark.parametrize(
    ("name", "image", "module"),
    [
        ("amtool", versions.ALERTMANAGER, "github.com/prometheus/alertmanager"),
        ("loki", versions.LOKI, "github.com/grafana/loki/v3"),
        ("otelcol", versions.COLLECTOR, "go.opentelemetry.io/collector/otelcol"),
    ],
)
def test_a_checker_is_of_the_deployed_version(
    name: str, image: versions.Image, module: str
) -> None:
    deployed = image.tag.removeprefix("v")

    assert CHECKERS[name].version == deployed
    assert required(CHECKERS[name].folder, module) == deployed


@pytest.mark.parametrize("name", ["promtool", "prometheus"])
def test_prometheus_checks_with_the_deployed_version(name: str) -> None:
    deployed = versions.PROMETHEUS.tag.removeprefix("v")
    major, minor, patch = deployed.split(".")

    assert CHECKERS[name].version == deployed
    # Its Go module has the version 0.314.0 where the product has 3.14.0.
    module = required("prometheus", "github.com/prometheus/prometheus")
    assert module == f"0.{major}{minor:>02}.{patch}"


@pytest.mark.parametrize(
    ("name", "module"),
    [("etcd", "go.etcd.io/etcd/server/v3"), ("kube-apiserver", "k8s.io/kubernetes")],
)
def test_a_cluster_is_built_at_the_version_that_is_said(name: str, module: str) -> None:
    assert required(CHECKERS[name].folder, module) == CHECKERS[name].version


def test_every_part_of_kubernetes_is_of_one_release() -> None:
    _, minor, patch = CHECKERS["kube-apiserver"].version.split(".")
    content = (CHECKERS["kube-apiserver"].module / "go.mod").read_text(encoding="utf-8")
    parts = re.findall(r"^\tk8s\.io/\S+ => k8s\.io/\S+ v(\S+)$", content, re.MULTILINE)

    assert len(parts) > 20
    assert {*parts} == {f"0.{minor}.{patch}"}


def test_kubernetes_says_its_version() -> None:
    checker = CHECKERS["kube-apiserver"]
    told = re.findall(r"-X k8s\.io/component-base/version\.(\w+)=(\S+)", checker.linking)
    major, minor, _ = checker.version.split(".")

    assert dict(told) == {
        "gitVersion": f"v{checker.version}",
        "gitMajor": major,
        "gitMinor": minor,
    }


def test_a_program_that_knows_its_version_is_told_none() -> None:
    assert CHECKERS["etcd"].linking == "-s -w"
