"""The type of a property, as a provider SDK declares it."""

from __future__ import annotations

import collections.abc
import time
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Any, Final, ForwardRef, Literal, TypeVar, Union

import pulumi

# The SDK keeps its type metadata in this one module; it has no public name for it.
from pulumi import _types as metadata  # pyright: ignore[reportPrivateUsage]

_ATTEMPTS: Final = 100
_PAUSE_SECONDS: Final = 0.02

_T = TypeVar("_T")


class Shape(StrEnum):
    """What a property value looks like."""

    STRING = "a string"
    INTEGER = "an integer"
    NUMBER = "a number"
    BOOLEAN = "a boolean"
    LIST = "a list"
    MAP = "a map"
    OBJECT = "an object"
    UNION = "one of several types"
    ENUM = "one of a few values"
    ASSET = "an asset or archive"
    ANY = "any value"


@dataclass(frozen=True, slots=True)
class PropertyType:
    """A shape and what is inside it.

    ``element`` belongs to lists and maps, ``object`` to objects, ``members`` to unions and
    ``choices`` to enums.
    """

    shape: Shape
    element: PropertyType | None = None
    object: ObjectType | None = None
    members: tuple[PropertyType, ...] = ()
    choices: tuple[Any, ...] = ()

    def describe(self) -> str:
        """The type in words, for a message to the user."""
        if self.shape is Shape.ENUM:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.shape is Shape.UNION:
            return " or ".join(member.describe() for member in self.members)
        return self.shape.value


ANY: Final = PropertyType(Shape.ANY)
_SCALARS: Final[Mapping[Any, PropertyType]] = {
    str: PropertyType(Shape.STRING),
    int: PropertyType(Shape.INTEGER),
    float: PropertyType(Shape.NUMBER),
    bool: PropertyType(Shape.BOOLEAN),
}


class ObjectType:
    """The fields of a nested object under their wire names, learned when first asked for.

    Types may contain themselves (a JSON schema does), so nothing is resolved ahead.
    """

    def __init__(self, cls: type) -> None:
        """``cls`` is the SDK's input or output class."""
        self._cls = cls

    @property
    def name(self) -> str:
        """The SDK's name for the type, without its input suffix."""
        return self._cls.__name__.removesuffix("Args")

    @cached_property
    def fields(self) -> Mapping[str, PropertyType]:
        """Type of each field."""
        return {name: property_type(hint) for name, hint in hints_of(self._cls).items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """Fields that must be there."""
        return frozenset(n for n, hint in hints_of(self._cls).items() if not admits_none(hint))


def property_type(hint: Any) -> PropertyType:
    """The property type that a Python annotation of a provider SDK stands for.

    Source: ``pulumi/_types.py`` of the SDK for the wrappers (``Input``, ``Output``, typed dicts).
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is pulumi.Output:
        return property_type(arguments[0])
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin is Literal:
        return PropertyType(Shape.ENUM, choices=arguments)
    if origin in (list, collections.abc.Sequence):
        return PropertyType(Shape.LIST, element=property_type(arguments[0]))
    if origin in (dict, collections.abc.Mapping):
        return PropertyType(Shape.MAP, element=property_type(arguments[1]))
    return _class(hint) if isinstance(hint, type) else ANY


def admits_none(hint: Any) -> bool:
    """Whether ``None`` is a value of the annotation, so that the property may be left out."""
    if typing.get_origin(hint) is pulumi.Output:
        hint = typing.get_args(hint)[0]
    # The wrappers inside a union say nothing: the SDK leaves their own argument unresolved.
    return hint is NoneType or (
        typing.get_origin(hint) in (Union, UnionType) and NoneType in typing.get_args(hint)
    )


@cache
def _class(cls: type) -> PropertyType:
    if cls in _SCALARS:
        return _SCALARS[cls]
    if issubclass(cls, Enum):
        return PropertyType(Shape.ENUM, choices=tuple(member.value for member in cls))
    if metadata.is_input_type(cls) or metadata.is_output_type(cls):
        return PropertyType(Shape.OBJECT, object=ObjectType(cls))
    if issubclass(cls, pulumi.Asset | pulumi.Archive):
        return PropertyType(Shape.ASSET)
    return ANY


def _union(arguments: tuple[Any, ...]) -> PropertyType:
    members = list(dict.fromkeys(property_type(a) for a in arguments if not _is_wrapper(a)))
    if not members or ANY in members:
        return ANY
    if len(members) > 1 and _SCALARS[str] in members:
        # "str or MyEnum" is how the SDK writes an open enum: any text is allowed.
        members = [member for member in members if member.shape is not Shape.ENUM]
    return members[0] if len(members) == 1 else PropertyType(Shape.UNION, members=tuple(members))


def _is_wrapper(argument: Any) -> bool:
    """Whether a union member repeats its sibling for Python's sake: awaitable, output, typed dict."""
    return (
        argument is NoneType
        or isinstance(argument, ForwardRef)
        or argument is pulumi.Output
        or typing.get_origin(argument)
        in (pulumi.Output, collections.abc.Awaitable, collections.abc.Coroutine)
        or typing.is_typeddict(argument)
    )


def python_names(cls: type) -> Mapping[str, str]:
    """Wire name to Python name of each property of an input class."""
    return {wire: python for python, wire in metadata.input_type_py_to_pulumi_names(cls).items()}


@cache
def hints_of(cls: type) -> Mapping[str, Any]:
    """Wire name and annotation of each property of an SDK class; empty for a class without any."""
    # The SDK resolves and caches the same hints to deserialise outputs: ask it, do not repeat it.
    resolve = metadata._raw_return_hints  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return patiently(lambda: resolve(cls))


def patiently(load: Callable[[], _T]) -> _T:
    """``load`` something from an SDK module that another thread may be loading just now.

    Before Python 3.11.9 and 3.12.3 a lazy module looks complete while it still executes
    (python/cpython issue 114763), so a missing name may only be late.
    """
    for _ in range(_ATTEMPTS):
        try:
            return load()
        except (AttributeError, NameError):
            time.sleep(_PAUSE_SECONDS)
    return load()
