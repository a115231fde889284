"""What a rule judges: one resource, alone or among the other resources of its stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from policies.twins import canonical
from policies.view import UNKNOWN_STRING, Truth, View, truth

Environment = Literal["dev", "staging", "prod"]

_BY_STACK: Final[Mapping[str, Environment]] = {"dev": "dev", "staging": "staging", "prod": "prod"}


ENVIRONMENT_TAG: Final = "environment"
"""The stack tag that says which environment a stack is, where its name does not."""

STACK: Final = "pulumi:pulumi:Stack"
"""The type of the one resource that stands for its whole stack."""


def environment_of(urn: str, stack_tags: Mapping[str, str] | None = None) -> Environment:
    """The environment a resource belongs to.

    The stack name in its URN says it, else the stack's tag ``environment``. Every stack of which
    neither names an environment is held to what prod is held to.
    """
    stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
    tagged = (stack_tags or {}).get(ENVIRONMENT_TAG, "")
    return _BY_STACK.get(stack) or _BY_STACK.get(tagged, "prod")


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider that manages a resource; ``props`` is its configuration under wire names."""

    type: str
    urn: str
    name: str
    props: Mapping[str, Any] = field(repr=False)

    @property
    def is_default(self) -> bool:
        """Whether nobody declared it: Pulumi made it from the stack's configuration."""
        return self.name.startswith("default")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as policies are shown it.

    Attributes:
        urn: The URN; its stack name gives the environment.
        type: The type token, such as ``aws:ec2/vpc:Vpc``.
        name: The logical name.
        props: Plain data under wire names, secrets in clear, unknowns as Pulumi's marker texts:
            the checked inputs of a single resource, the outputs in a whole stack.
        property_dependencies: For each top-level property the URNs of the resources its value was
            made from; known at the first preview, when ids are not.
        dependencies: The URNs of all resources it was made after.
        parent: The URN of its parent; empty where it has none.
        protect: Whether Pulumi refuses to delete it.
        provider: What manages it, ``None`` where that is not shown.
        secrets: Paths of the properties that are Pulumi secrets (``data.password``,
            ``env[0].value``), ``None`` where what shows the resource does not tell.
    """

    urn: str
    type: str
    name: str
    props: Mapping[str, Any] = field(repr=False)  # secrets are in clear
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dependencies: Sequence[str] = ()
    parent: str = ""
    protect: bool = False
    provider: Provider | None = None
    secrets: frozenset[str] | None = None


class _Unseen(dict[str, Any]):
    """Properties that are all unknown."""

    def get(self, key: str, default: Any = None) -> Any:
        """The marker of an unknown value, whatever is asked for."""
        del key, default
        return UNKNOWN_STRING


UNSEEN: Final[Mapping[str, Any]] = _Unseen()
"""Properties of which nothing is known."""


class Memory:
    """What objects of Kubernetes looked like on their own, for when the whole stack is judged.

    A preview shows an object in a cluster that is not there yet twice: with its inputs when it is
    registered, and without any property once the stack is judged as a whole, because its provider
    is not configured. Its inputs are then what it is judged by.

    Source: ``Create`` in sdk/go/common/resource/plugin/provider_plugin.go of pulumi/pulumi 3.260.
    """

    def __init__(self) -> None:
        """Nothing is remembered."""
        self._inputs: dict[str, Mapping[str, Any]] = {}

    def knows(self, urn: str) -> bool:
        """Whether the resource was seen."""
        return urn in self._inputs

    def keep(self, resource: Resource) -> None:
        """Remember ``resource`` as it is registered."""
        if is_of_kubernetes(resource.type):
            self._inputs[resource.urn] = resource.props

    def completed(self, resource: Resource) -> Resource:
        """``resource`` of a whole stack, with what is remembered of it where it shows nothing."""
        # No object of Kubernetes is without a kind.
        if resource.props or not is_of_kubernetes(resource.type):
            return resource
        return replace(resource, props=self._inputs.get(resource.urn, UNSEEN))


def is_of_kubernetes(type_: str) -> bool:
    """Whether resources of the type are objects in a cluster."""
    return type_.startswith("kubernetes:")


class Subject(View):
    """The view of a whole resource, with the configured values of the rule that judges it."""

    __slots__ = ("configured", "resource")

    def __init__(
        self,
        resource: Resource,
        configured: Mapping[str, Any],
        element: View | None = None,
    ) -> None:
        """A view of ``resource`` for a rule configured with ``configured``.

        ``element`` is where it lies among the properties of a list of resources.
        """
        if element is None:
            super().__init__(resource.props)
        else:
            super().__init__(element.raw, element.parent, element.key)
        self.resource = resource
        self.configured = configured

    def under(self, configured: Mapping[str, Any]) -> Subject:
        """The same for a rule configured with ``configured``."""
        return Subject(self.resource, configured, self)

    def is_secret(self, view: View) -> Truth:
        """Whether ``view``, or what holds it, is a Pulumi secret; unknown where nothing tells."""
        secrets = self.resource.secrets
        if secrets is None:
            return Truth.UNKNOWN
        path = view.path
        holders = (path[: place + 1].rstrip(".[") for place, c in enumerate(path) if c in ".[")
        return truth(path in secrets or not secrets.isdisjoint(holders))


class Stack:
    """All resources of a stack, by type and by URN, for rules that need more than one.

    ``open_pairs`` counts the pairs of rule and resource that are not decided, by severity;
    ``exemption_problems`` are sentences about exemptions that do not hold.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        open_pairs: Mapping[str, int] | None = None,
        exemption_problems: Sequence[str] = (),
    ) -> None:
        """An index of ``resources``."""
        self.open_pairs = {} if open_pairs is None else open_pairs
        self.exemption_problems = exemption_problems
        self._by_type: dict[str, list[Resource]] = {}
        self._by_urn: dict[str, Resource] = {}
        for resource in resources:
            self._by_type.setdefault(resource.type, []).append(resource)
            self._by_urn[resource.urn] = resource

    def of(self, *types: str) -> list[Resource]:
        """The resources of ``types``, in the order of the stack."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    @property
    def name(self) -> str:
        """The name of the stack, empty without resources."""
        return self._part(0).removeprefix("urn:pulumi:")

    @property
    def project(self) -> str:
        """The name of the project, empty without resources."""
        return self._part(1)

    def _part(self, place: int) -> str:
        parts = next(iter(self._by_urn), "").split("::")
        return parts[place] if place < len(parts) else ""

    def all(self) -> Iterable[Resource]:
        """Every resource, in the order of the stack."""
        return self._by_urn.values()

    def by_urn(self, urn: str) -> Resource | None:
        """The resource with ``urn``, ``None`` if it is not of this stack."""
        return self._by_urn.get(urn)

    def behind(self, resource: Resource, key: str) -> list[Resource]:
        """The resources of this stack that the property ``key`` was made from."""
        urns = resource.property_dependencies.get(key, ())
        return [self._by_urn[urn] for urn in urns if urn in self._by_urn]


def type_of(urn: str) -> str:
    """The type token in a URN, without those of its parents, as rules know it."""
    return canonical(urn.split("::")[2].rpartition("$")[2])


def ancestors_of(urn: str) -> tuple[str, ...]:
    """The types of a resource's parents, the topmost first; without the root stack."""
    parts = urn.split("::")
    types = parts[2].split("$")[:-1] if len(parts) > 3 else []  # noqa: PLR2004 stack, project, types, name
    return tuple(types)


def names(resource: Resource, key: str, target: Resource, *, rivals: Sequence[str] = ()) -> Truth:
    """Whether the property ``key`` of ``resource`` holds the id of ``target``.

    Two known ids decide. Otherwise the dependencies of the property do: they are known at the
    first preview. A property made from others of the target's type, or of one of the types
    ``rivals`` whose ids may stand in the same place, names one of those.
    """
    value = View(resource.props).at(key)
    if not value.is_present:
        return Truth.NO
    identity = View(target.props).at("id")
    if value.is_known and identity.is_known:
        return truth(value.raw == identity.raw)
    made_from = resource.property_dependencies.get(key, ())
    if target.urn in made_from:
        return Truth.YES
    if any(type_of(urn) == target.type or type_of(urn) in rivals for urn in made_from):
        return Truth.NO
    # A known id cannot be that of a resource whose own id is still unknown.
    return Truth.NO if value.is_known and identity.is_present else Truth.UNKNOWN
