"""What a recorded program registered: plain data for assertions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import ndiff
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import RehearsalError


class RecordingError(RehearsalError):
    """The program fell into a trap that Pulumi's mocks leave open; the message says which."""


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it.

    Values are plain (see ``rehearsal.values``): secrets are unwrapped, their top-level names are
    in ``secret_inputs``; integral numbers are ``int``; what is unknown is ``UNKNOWN``. Names of
    properties are wire names (``vpcId``). ``parent`` is empty below the root stack. ``provider``
    is ``URN::ID``, empty where the default provider is used.

    ``depends_on`` holds every URN waited for, by option or through an input.
    ``component_outputs`` is ``None`` for custom resources.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str] = frozenset()
    parent: str = ""
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    depends_on: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""
    version: str = ""
    read: bool = False
    component_outputs: Mapping[str, Any] | None = None
    secret_outputs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recording:
    """Everything one run of a program registered and returned.

    ``resources`` are in order of registration, without the root stack. ``outputs`` are the stack's
    exports and the mapping that the program returned, ``secrets`` the names of the secret ones.
    """

    resources: tuple[Registration, ...]
    outputs: Mapping[str, Any]
    secrets: frozenset[str]
    preview: bool = False

    def inventory(self) -> list[tuple[str, str]]:
        """Type and name of every resource, sorted: what is public API of a component."""
        return sorted((resource.type, resource.name) for resource in self.resources)

    def of(self, type_: str) -> list[Registration]:
        """Every resource of one type, in order of registration."""
        return [resource for resource in self.resources if resource.type == type_]

    def only(self, type_: str) -> Registration:
        """The one resource of a type.

        Raises:
            RecordingError: there is none, or more than one.
        """
        return self._single(self.of(type_), f"resource of type {type_!r}")

    def named(self, name: str, type_: str | None = None) -> Registration:
        """The one resource with a name, and with a type where two share the name.

        Raises:
            RecordingError: there is none, or more than one.
        """
        found = [r for r in self.resources if r.name == name and type_ in (None, r.type)]
        suffix = f" and type {type_!r}" if type_ else ""
        return self._single(found, f"resource with name {name!r}{suffix}")

    def children(self, of: Registration) -> list[Registration]:
        """The direct children of a resource, in order of registration."""
        return [resource for resource in self.resources if resource.parent == of.urn]

    def _single(self, found: list[Registration], wanted: str) -> Registration:
        if len(found) == 1:
            return found[0]
        listed = "\n".join(f"  {type_} {name}" for type_, name in self.inventory()) or "  nothing"
        raise RecordingError(
            f"expected exactly one {wanted}, found {len(found)}; the program registered:\n{listed}"
        )


def inventory_file(
    path: Path, recording: Recording, *, update: bool, command: str = "pytest --update-inventory"
) -> None:
    """Compare the inventory of ``recording`` with the file at ``path``, or write the file.

    The file maps each type to its sorted names, so that a moved name is one changed line.

    Args:
        path: a YAML file, ``{"aws:rds/instance:Instance": ["orders"]}``.
        recording: what was registered.
        update: write the file instead of comparing.
        command: what regenerates the file, for the message.

    Raises:
        RecordingError: the file is missing, is no inventory, or differs.
    """
    __tracebackhide__ = True
    by_type: dict[str, list[str]] = {}
    for type_, name in recording.inventory():
        by_type.setdefault(type_, []).append(name)
    text = yaml.safe_dump(by_type, sort_keys=True, default_flow_style=False)
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    if not path.is_file():
        raise RecordingError(f"the inventory {path} does not exist; write it with:\n  {command}")
    expected = _inventory_lines(path.read_text(encoding="utf-8"), path, command)
    found = [f"{type_} {name}" for type_, name in recording.inventory()]
    if expected == found:
        return
    changes = "\n".join(f"  {line}" for line in ndiff(expected, found) if line[0] in "+-")
    raise RecordingError(
        f"names and types are public API, and they differ from {path}:\n{changes}\n"
        "A renamed resource is replaced unless it has an alias. "
        f"If the change is meant, write the file again with:\n  {command}"
    )


def _inventory_lines(text: str, path: Path, command: str) -> list[str]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise RecordingError(
            f"{path} is not an inventory (a mapping of types to lists of names); "
            f"write it again with:\n  {command}"
        )
    return [
        f"{type_} {name}"
        for type_, name in sorted((type_, name) for type_ in content for name in content[type_])
    ]
