"""What a provider SDK says of its resource types: inputs, outputs, required, secret.

Any installed ``pulumi_*`` package is understood: a package lists its resource classes in the text
of its ``__init__``, and its classes carry their property names and types. Nothing is imported
before a type of its module is asked for.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from rehearsal.property_types import (
    PropertyType,
    admits_none,
    hints_of,
    patiently,
    property_type,
    python_names,
)

NOT_INSTALLED: Final = "0.0.0"

_LISTING: Final = re.compile(r'resource_modules="""(.*?)"""', re.DOTALL)
_PROVIDERS: Final = "pulumi:providers:"
_SECRET_INPUT: Final = re.compile(
    r'__props__\.__dict__\["(\w+)"\] = .*pulumi\.Output\.secret\(', re.MULTILINE
)
_SECRET_OUTPUTS: Final = re.compile(r"additional_secret_outputs=\[(.*?)\]")
# The phrases of the AWS, Google Cloud and Docker documentation that the SDKs carry along.
_REPLACES: Final = re.compile(
    r"forces?\s+(?:a\s+)?(?:new\s+resource|replacement|recreation)"
    r"|(?:creates?|create)\s+a\s+new\s+resource|cannot\s+be\s+(?:changed|updated|modified)",
    re.IGNORECASE,
)

_T = TypeVar("_T")


@dataclass(frozen=True)
class ResourceType:
    """A resource type; every mapping is keyed by wire name.

    ``certain`` are the outputs that are never absent. ``documented_replaces`` are the inputs whose
    documentation says that a change makes a new resource.
    """

    token: str
    package: str
    inputs: Mapping[str, PropertyType]
    required: frozenset[str]
    outputs: Mapping[str, PropertyType]
    certain: frozenset[str]
    secret_inputs: frozenset[str]
    secret_outputs: frozenset[str]
    documented_replaces: frozenset[str]

    @cached_property
    def computed(self) -> tuple[str, ...]:
        """Outputs that no input sets."""
        return tuple(name for name in self.outputs if name not in self.inputs)


@dataclass(frozen=True)
class FunctionType:
    """A provider function: the names of its arguments and the types of its results."""

    token: str
    package: str
    arguments: frozenset[str]
    outputs: Mapping[str, PropertyType]
    certain: frozenset[str]


@dataclass(frozen=True)
class _Package:
    """Where a package's classes live, from the listing in its ``__init__``."""

    name: str
    classes: Mapping[str, tuple[str, str]]
    modules: Mapping[str, str]


class Sdk:
    """The provider SDKs installed beside the program; safe to share between threads."""

    def __init__(self) -> None:
        """Nothing is learned before it is asked for."""
        self._lock = threading.RLock()
        self._packages: dict[str, _Package | None] = {}
        self._resources: dict[str, ResourceType | None] = {}
        self._functions: dict[str, FunctionType | None] = {}

    def resource_type(self, token: str) -> ResourceType | None:
        """The type behind a token such as ``aws:ec2/vpc:Vpc``; ``None`` if no SDK lists it."""
        return self._learned(self._resources, token, self._learn_resource)

    def function(self, token: str) -> FunctionType | None:
        """The function behind a token such as ``aws:ec2/getVpc:getVpc``; ``None`` if unknown."""
        return self._learned(self._functions, token, self._learn_function)

    def similar(self, token: str) -> tuple[str, ...]:
        """Every resource token of the token's package, to suggest one from."""
        package = self._package(_package_of(token))
        return tuple(package.classes) if package else ()

    def version(self, package: str) -> str:
        """The installed version of a package's SDK, or ``NOT_INSTALLED``."""
        try:
            return importlib.metadata.version(_module_of(package).replace("_", "-"))
        except importlib.metadata.PackageNotFoundError:
            return NOT_INSTALLED

    def _learned(
        self, known: dict[str, _T | None], token: str, learn: Callable[[str], _T | None]
    ) -> _T | None:
        try:
            return known[token]
        except KeyError:
            with self._lock:
                if token not in known:
                    known[token] = learn(token)
                return known[token]

    def _package(self, name: str) -> _Package | None:
        with self._lock:
            if name not in self._packages:
                self._packages[name] = _read_package(name)
            return self._packages[name]

    def _learn_resource(self, token: str) -> ResourceType | None:
        package = self._package(_package_of(token))
        if package is None:
            return None
        module, name = package.classes.get(token, ("", ""))
        if token.startswith(_PROVIDERS):
            module, name = _module_of(package.name), "Provider"
        if not module:
            return None
        cls: type = patiently(lambda: getattr(importlib.import_module(module), name))
        home = sys.modules[cls.__module__]
        arguments = getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")
        inputs = hints_of(arguments)
        outputs = hints_of(cls)
        source = Path(str(home.__file__)).read_text(encoding="utf-8")
        snake = {python: wire for wire, python in python_names(arguments).items()}
        return ResourceType(
            token=token,
            package=package.name,
            inputs={wire: property_type(hint) for wire, hint in inputs.items()},
            required=frozenset(wire for wire, hint in inputs.items() if not admits_none(hint)),
            outputs={wire: property_type(hint) for wire, hint in outputs.items()},
            certain=frozenset(wire for wire, hint in outputs.items() if not admits_none(hint)),
            secret_inputs=frozenset(
                snake[python] for python in _SECRET_INPUT.findall(source) if python in snake
            ),
            secret_outputs=_secret_outputs(source),
            documented_replaces=_documented_replaces(arguments),
        )

    def _learn_function(self, token: str) -> FunctionType | None:
        parts = token.split(":")
        package = self._package(parts[0])
        if package is None or len(parts) != 3:  # noqa: PLR2004
            return None
        place = parts[1].rpartition("/")[0] or parts[1]
        python = _snake(parts[2])
        home = f"{package.modules.get(place, _module_of(package.name))}.{python}"
        if importlib.util.find_spec(home) is None:
            return None
        module = importlib.import_module(home)
        cls = getattr(module, parts[2][:1].upper() + parts[2][1:] + "Result")
        outputs = hints_of(cls)
        return FunctionType(
            token=token,
            package=package.name,
            arguments=frozenset(
                re.findall(r"__args__\['(\w+)'\]", Path(str(module.__file__)).read_text("utf-8"))
            ),
            outputs={wire: property_type(hint) for wire, hint in outputs.items()},
            certain=frozenset(wire for wire, hint in outputs.items() if not admits_none(hint)),
        )


def _package_of(token: str) -> str:
    return token.removeprefix(_PROVIDERS).split(":", 1)[0]


def _module_of(package: str) -> str:
    return "pulumi_" + package.replace("-", "_")


def _read_package(name: str) -> _Package | None:
    """The listing of a package, read as text: importing it would load modules nobody asked for."""
    try:
        spec = importlib.util.find_spec(_module_of(name))
    except ValueError:
        return None
    if spec is None or spec.origin is None:
        return None
    listing = _LISTING.search(Path(spec.origin).read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = json.loads(listing.group(1)) if listing else []
    classes = {
        token: (entry["fqn"], cls) for entry in entries for token, cls in entry["classes"].items()
    }
    modules = {entry["mod"].rpartition("/")[0] or entry["mod"]: entry["fqn"] for entry in entries}
    return _Package(name, classes, modules)


def _secret_outputs(source: str) -> frozenset[str]:
    """What the generated constructor asks the engine to keep secret; only its text says so."""
    declared = _SECRET_OUTPUTS.search(source)
    return frozenset(re.findall(r'"(\w+)"', declared.group(1))) if declared else frozenset()


def _documented_replaces(arguments: type) -> frozenset[str]:
    return frozenset(
        wire
        for wire, python in python_names(arguments).items()
        if _REPLACES.search(getattr(arguments, python).fget.__doc__ or "")
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
