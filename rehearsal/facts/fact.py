"""The form of a fact: what an SDK does not say of a resource type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Making(Protocol):
    """An object in the making, as facts see it."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs in clear."""
        ...

    @property
    def kind(self) -> str:
        """The last part of the type token."""
        ...

    def text(self, template: str, purpose: str) -> str:
        """A template filled in; ``purpose`` seeds the drawn words."""
        ...

    def draw(self, purpose: str, count: int) -> bytes:
        """Bytes that are always the same for this object and purpose."""
        ...


Recipe = str | int | bool | list[Any] | dict[str, Any] | Callable[[Making], Any]


@dataclass(frozen=True)
class Facts:
    """What is known of one resource type.

    Text is a template. Its words are ``{region}``, ``{account}``, ``{project}`` and ``{zone}`` of the
    provider, ``{id}``, ``{logical}`` (the Pulumi name), ``{hexN}``, ``{HEXN}``, ``{digitsN}`` and
    ``{alphaN}`` (N characters drawn for this object and property), ``{uuid}``, ``{octet}`` and any
    input or output by its wire name.

    Attributes:
        id: the provider's id of the object; empty for a drawn one.
        outputs: computed outputs by wire name, or by path for a field that the provider fills in
            inside an input (``vpcConfig.vpcId``), however deep.
        replaces: properties whose change makes a new object, ``*`` for all.
        keeps: properties that change in place nevertheless.
        name: the input that is named automatically when left out; empty for none.
        auto_name: template of the automatic name, with ``{random}`` for the drawn part.
        name_limit: most characters of a name.
        unique: whether two objects of the type may not share the name.
        scope: words of what a unique name is unique within (``project``, ``location``), ``()`` for
            the whole world; by default the region, where the inputs name one.
        single: whether old and new cannot exist side by side, whatever their names.
        defaults: inputs that the provider fills in when left out.
        counts: numbers that grow by one with every change in place, each with the input that has to
            be true for it, or none; a path where they are inside an output.
        fixed: properties that do not make a new object and cannot change in place either.
        echoes: whether the provider answers with the object as it was given: it adds what
            ``outputs`` lists and what no input sets, and a preview shows nothing of it inside an
            input.
    """

    id: str | Callable[[Making], str] = ""
    outputs: Mapping[str, Recipe] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    name: str = "name"
    auto_name: str = "{logical}-{random}"
    name_limit: int = 255
    unique: bool = True
    scope: tuple[str, ...] | None = None
    single: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    echoes: bool = False
