"""Configuration files, as the products would find them in their containers."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from components.observability.alertmanager.workload import CONFIG_FILE as ALERTMANAGER_FILE
from components.observability.collector.pieces import CONFIG_FILE as COLLECTOR_FILE
from components.observability.jaeger.workload import CONFIG_FILE as JAEGER_FILE
from components.observability.loki.workload import CONFIG_FILE as LOKI_FILE
from components.observability.prometheus.settings import RULES as RULES_DIRECTORY
from components.observability.prometheus.workload import CONFIG_FILE as PROMETHEUS_FILE
from rehearsal.plugin import Recording, Registration
from tests.acceptance.samples import SAMPLES
from tests.stacks.blueprints import BLUEPRINTS, deployed_anywhere
from tests.stacks.files import STACKS

PATH_ANNOTATION: Final = "plinth.dev/path"
WORKLOAD_LABEL: Final = "app.kubernetes.io/name"
CARRIER_SUFFIX: Final = "-files"
SECRET_PERMISSIONS: Final = "0400"


@dataclass(frozen=True)
class GeneratedFile:
    """One file of a workload of a stack, at its path inside the container."""

    stack: str
    workload: str
    path: str
    content: str
    secret: bool = False


class Kind(StrEnum):
    """What judges a file."""

    PROMETHEUS = "promtool check config"
    RULES = "promtool check rules"
    ALERTMANAGER = "amtool check-config"
    LOKI = "loki -verify-config"
    COLLECTOR = "otelcol validate"
    JAEGER = "jaeger"


PLACES: Final[Mapping[str, Kind]] = {
    PROMETHEUS_FILE: Kind.PROMETHEUS,
    f"{RULES_DIRECTORY}/*.yml": Kind.RULES,
    ALERTMANAGER_FILE: Kind.ALERTMANAGER,
    LOKI_FILE: Kind.LOKI,
    str(PurePosixPath(COLLECTOR_FILE).with_name("*.yaml")): Kind.COLLECTOR,
    JAEGER_FILE: Kind.JAEGER,
}


def checker_for(path: str) -> Kind | None:
    """What judges the file at ``path`` in a container; None where no program does."""
    for place, kind in PLACES.items():
        if PurePosixPath(path).match(place):
            return kind
    return None


def generated(stack: str) -> tuple[GeneratedFile, ...]:
    """Every file of the workloads of a stack or a blueprint, from a rehearsal of it."""
    return tuple(files_in(stack, deployed_anywhere(stack)))


def samples() -> tuple[GeneratedFile, ...]:
    """Small files of every kind."""
    return tuple(
        GeneratedFile("samples", workload, path, content)
        for workload, files in SAMPLES.items()
        for path, content in files.items()
    )


SOURCES: Final[Mapping[str, Callable[[], tuple[GeneratedFile, ...]]]] = {
    name: partial(generated, name) for name in (*STACKS, *BLUEPRINTS)
}
"""Where the files that are checked come from, by stack or blueprint."""


def files_in(stack: str, recording: Recording) -> Iterator[GeneratedFile]:
    """The files among the resources of a stack."""
    for each in recording.resources:
        match each.type:
            case "kubernetes:core/v1:ConfigMap" | "kubernetes:core/v1:Secret":
                yield from _on_kubernetes(stack, each)
            case "docker:index/container:Container" if each.name.endswith(CARRIER_SUFFIX):
                yield from _on_docker(stack, each)
            case _:
                continue


def _on_kubernetes(stack: str, each: Registration) -> Iterator[GeneratedFile]:
    """The one file that a ConfigMap or Secret of a workload carries."""
    metadata: Mapping[str, Any] = each.inputs.get("metadata", {})
    path = metadata.get("annotations", {}).get(PATH_ANNOTATION)
    if path is None:
        return
    secret = each.type.endswith(":Secret")
    plain = {**each.inputs.get("data", {}), **each.inputs.get("stringData", {})}
    if secret and "stringData" not in each.inputs:
        plain = {key: base64.b64decode(value).decode() for key, value in plain.items()}
    (content,) = plain.values()
    yield GeneratedFile(stack, metadata["labels"][WORKLOAD_LABEL], path, content, secret)


def _on_docker(stack: str, each: Registration) -> Iterator[GeneratedFile]:
    """The files that a carrier brings into the volumes of a workload."""
    workload = each.name.removesuffix(CARRIER_SUFFIX)
    for upload in each.inputs.get("uploads", ()):
        secret = upload.get("permissions") == SECRET_PERMISSIONS
        yield GeneratedFile(stack, workload, upload["file"], upload["content"], secret)


def arguments(stack: str, workload: str) -> tuple[str, ...]:
    """What a workload of a stack on Kubernetes starts its program with."""
    for each in deployed_anywhere(stack).resources:
        if each.type.startswith("kubernetes:apps/v1:"):
            template: Mapping[str, Any] = each.inputs["spec"]["template"]
            if template["metadata"]["labels"].get(WORKLOAD_LABEL) == workload:
                return tuple(template["spec"]["containers"][0]["args"])
    raise LookupError(f"{stack} has no workload {workload}")


# A path inside a container: the start of a value in YAML or of a flag, or what ${file:...} names.
_INSIDE = re.compile(
    r"(?<![\w./*+?^(|)\]-])/(?:etc|var|run|loki|prometheus|data|tmp)(?=[/\s\"']|$)"
)
_FILE_REFERENCE = re.compile(r"\$\{file:([^}]+)\}")


def relocated(content: str, root: Path) -> str:
    """A configuration whose absolute paths lead below ``root``.

    The one change that a file sees before a program judges it: programs look for the files and
    directories that a configuration names, and in a container those are at the top level.
    """
    return _INSIDE.sub(lambda found: f"{root}{found[0]}", content)


def lay(files: tuple[GeneratedFile, ...], root: Path) -> None:
    """Write the files of one workload below ``root``, with stand-ins for what they name.

    Rules are data of their own and name no file; they are written as they are. Secrets that exist
    only where the workload runs, such as the token of its service account, get made-up content.
    """
    for file in files:
        path = root / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        rules = checker_for(file.path) is Kind.RULES
        path.write_text(file.content if rules else relocated(file.content, root), encoding="utf-8")
    for file in files:
        if checker_for(file.path) not in (None, Kind.RULES):
            _stand_in(yaml.safe_load(relocated(file.content, root)), root)


def _stand_in(value: Any, root: Path, key: str = "") -> None:
    """Make the files and directories that a configuration expects to exist."""
    match value:
        case dict():
            for name, item in value.items():
                _stand_in(item, root, str(name))
        case list():
            for item in value:
                _stand_in(item, root, key)
        case str():
            for path in _FILE_REFERENCE.findall(value):
                _touch(Path(path), root)
            if key.endswith("_file") or key == "filename":
                _touch(Path(value), root)
            elif key.endswith("directory") and Path(value).is_relative_to(root):
                Path(value).mkdir(parents=True, exist_ok=True)
        case _:
            pass


def _touch(path: Path, root: Path) -> None:
    if path.is_relative_to(root) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made-up\n", encoding="utf-8")


def by_workload(files: tuple[GeneratedFile, ...]) -> dict[str, tuple[GeneratedFile, ...]]:
    """The files of each workload."""
    found: dict[str, tuple[GeneratedFile, ...]] = {}
    for file in files:
        found[file.workload] = (*found.get(file.workload, ()), file)
    return found
