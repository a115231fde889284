"""The whole configuration of a stack as one typed document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, cast

import pulumi
from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from components.audit.spec import GROUNDS as AUDITED
from components.audit.spec import AuditSpec
from components.bucket.spec import BucketSpec
from components.cache.spec import CacheSpec
from components.cluster.spec import ClusterSpec
from components.database.spec import DatabaseSpec
from components.dns.spec import DnsSpec
from components.environment import Environment
from components.ground import GroundSpec
from components.identity.spec import IdentitySpec
from components.keys.spec import KeysSpec
from components.namespace.spec import NamespaceSpec
from components.network.spec import NetworkSpec
from components.observability.site import AGENTS_NAMESPACE, NAMESPACE
from components.observability.spec import ObservabilitySpec
from components.ownership import Ownership
from components.registry.spec import RegistrySpec
from components.spec import Spec
from stacks import stackfile
from stacks.address_plan import clashes
from stacks.carrying import uncarried
from stacks.contradictions import find_contradictions
from stacks.credentials import find_unread, find_unset, secret_names
from stacks.day import today_utc
from stacks.explain import find_problems
from stacks.offers import find_endings, find_unoffered
from stacks.problem import Place, Problem, SettingsError, settings_error
from stacks.stackfile import PREFIX, SETTINGS_KEY, SETTINGS_PLACE, SUFFIX

# Names of the components that a stack has once; nothing else can have the same.
KEYS: Final = "keys"
AUDIT: Final = "audit"
NETWORK: Final = "core"
IMAGES: Final = "images"
CLUSTER: Final = "apps"
EYES: Final = "eyes"
EYES_LOGS: Final = "eyes-logs"
FIXED_NAMES: Final = (
    *(KEYS, AUDIT, NETWORK, IMAGES, CLUSTER),
    *(EYES, EYES_LOGS, NAMESPACE, AGENTS_NAMESPACE),
)
APPLICATION: Final = "platform"

LogicalName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=30)]
Owner = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@/-]{0,62}$")]


class ApprovedLossSpec(Spec):
    """A resource that holds data and may be deleted or replaced."""

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*:[A-Za-z0-9/.-]+:[A-Za-z0-9]+$")] = Field(
        description="Type token of the resource, as a preview shows it."
    )
    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Name of the resource, as a preview shows it."
    )
    reason: Annotated[str, Field(min_length=10, max_length=500)] = Field(
        description="Why nobody needs it any more, for those who read the file later."
    )
    until: date = Field(
        description='The last day the approval holds, in quotes, such as "2026-12-05".'
    )


class Settings(Spec):
    """Every chapter of a stack; the keys of the mappings are names of components."""

    environment: SkipJsonSchema[Environment] = Field(
        description="Where the stack stands on the way to its users; the name of the stack."
    )
    owner: Owner = Field(description="Team that answers for the stack; a tag on every resource.")
    cost_centre: Owner = Field(description="Who pays for the stack; a tag on every resource.")
    ground: GroundSpec = Field(description="What the stack stands on.")
    keys: KeysSpec = Field(
        # Read like an asked document, so that the environment loosens it.
        default=cast("KeysSpec", {}),
        validate_default=True,
        description="Keys that encrypt what the stack stores.",
    )
    audit: AuditSpec | None = Field(
        default=None,
        description="Who did what, on record; as the environment needs it where the ground can.",
    )
    network: NetworkSpec = Field(description="Addresses and ways in and out.")
    registry: RegistrySpec = Field(description="Where container images are kept.")
    cluster: ClusterSpec | None = Field(
        default=None, description="Where containers run, on a cloud; unset: no cluster."
    )
    namespaces: dict[LogicalName, NamespaceSpec] = Field(
        default={},
        max_length=100,
        description="Namespaces of the cluster by name; with one goes everything in it.",
    )
    databases: dict[LogicalName, DatabaseSpec] = Field(
        default={},
        max_length=64,
        description="PostgreSQL servers by name; a name is kept for the life of the database.",
    )
    caches: dict[LogicalName, CacheSpec] = Field(
        default={}, max_length=64, description="Valkey servers by name."
    )
    buckets: dict[LogicalName, BucketSpec] = Field(
        default={},
        max_length=64,
        description="Places for objects by name; a name is kept for the life of the bucket.",
    )
    zones: dict[LogicalName, DnsSpec] = Field(
        default={}, max_length=16, description="Public DNS zones and their certificates by name."
    )
    identities: dict[LogicalName, IdentitySpec] = Field(
        default={},
        max_length=128,
        description="Workloads and pipelines by name, and what each may do in this stack.",
    )
    observability: ObservabilitySpec | None = Field(
        default=None,
        description="Metrics, logs, traces, dashboards and alerts of all that; unset: none.",
    )
    approved_losses: tuple[ApprovedLossSpec, ...] = Field(
        default=(),
        max_length=100,
        description="What holds data and may be deleted or replaced; anything else that would be"
        " is refused in a preview.",
    )

    @model_validator(mode="before")
    @classmethod
    def _audits_where_it_can(cls, document: Any) -> Any:
        ground = document.get("ground") if isinstance(document, Mapping) else None
        kind = ground.get("kind") if isinstance(ground, Mapping) else None
        if isinstance(kind, str) and kind in AUDITED and "audit" not in document:
            return {**document, "audit": {}}
        return document

    @property
    def names(self) -> list[str]:
        """The names of all components, each as often as it is asked for."""
        return [*FIXED_NAMES, *(name for place, name, _ in self.parts() if len(place) > 1)]

    def parts(self) -> Iterator[tuple[Place, str, Spec]]:
        """What is asked of each component: its place in the document, its name, its spec."""
        single = {
            "keys": (KEYS, self.keys),
            "audit": (AUDIT, self.audit),
            "network": (NETWORK, self.network),
            "registry": (IMAGES, self.registry),
            "cluster": (CLUSTER, self.cluster),
            "observability": (EYES, self.observability),
        }
        for chapter, (name, spec) in single.items():
            if spec is not None:
                yield (chapter,), name, spec
        named: Mapping[str, Mapping[str, Spec]] = {
            "namespaces": self.namespaces,
            "databases": self.databases,
            "caches": self.caches,
            "buckets": self.buckets,
            "zones": self.zones,
            "identities": self.identities,
        }
        for chapter, specs in named.items():
            for name, spec in specs.items():
                yield (chapter, name), name, spec

    @property
    def ownership(self) -> Ownership:
        """What everything that can carry tags or labels bears."""
        return Ownership(
            application=APPLICATION,
            environment=self.environment.value,
            owner=self.owner,
            cost_centre=self.cost_centre,
        )


def load() -> Settings:
    """Read the configuration of the current stack, inside a Pulumi program.

    Raises:
        pulumi.RunError: the stack is not an environment, or a setting is missing, unknown or out
            of bounds; every problem is listed at once.
    """
    stack = pulumi.get_stack()
    try:
        asked = pulumi.Config("plinth").get_object("settings")
    except pulumi.ConfigTypeError:
        raise pulumi.RunError(
            f"{SETTINGS_KEY} of the stack {stack} is not a mapping. "
            f"Write it as one in {PREFIX}{stack}{SUFFIX}."
        ) from None
    try:
        settings = parse(stack, asked)
        if unset := list(find_unset(settings, _secrets_set(settings))):
            raise settings_error(f"{PREFIX}{stack}{SUFFIX}", unset)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in find_endings(settings, today_utc()):
        pulumi.log.warn(warning.text({}))
    return settings


def parse(stack: str, asked: Any, today: date | None = None) -> Settings:
    """``load`` without Pulumi: the settings of ``stack`` from the value of ``plinth:settings``.

    Args:
        stack: name of the stack.
        asked: the document.
        today: the day by which support of versions is judged; unset: the day it is.

    Raises:
        SettingsError: the same problems as those of ``load``.
    """
    settings, problems = _read(stack, asked, today or today_utc())
    if settings is None:
        raise settings_error(f"{PREFIX}{stack}{SUFFIX}", problems)
    return settings


def read_stack_file(path: Path) -> Settings:
    """The settings in the stack file at ``path``, checked against the stack files beside it.

    Raises:
        SettingsError: the file is missing or not YAML; or everything that is wrong with its
            content, each with its line.
    """
    file = stackfile.read(path)
    settings, problems = _read(file.stack, file.config.get(SETTINGS_KEY), today_utc())
    credentials = secret_names(settings)
    problems += [*stackfile.check(file, credentials), *clashes(file)]
    if settings is not None:
        # A credential in plain text is a problem of its own.
        there = [name for name in credentials if f"{stackfile.OWN}{name}" in file.config]
        problems += [*find_unset(settings, [*file.secrets, *there])]
        problems += [*find_unread(settings, file.secrets)]
    if settings is None or problems:
        raise settings_error(path.name, problems, file.lines)
    return settings


def _secrets_set(settings: Settings) -> list[str]:
    config = pulumi.Config("plinth")
    return [name for name in secret_names(settings) if config.get_secret(name) is not None]


def _read(stack: str, asked: Any, today: date) -> tuple[Settings | None, list[Problem]]:
    if stack not in [*Environment]:
        return None, [Problem((), _no_environment(stack))]
    if not isinstance(asked, Mapping) or not asked:
        return None, [Problem(SETTINGS_PLACE, "is missing; write the settings of the stack there.")]
    environment = Environment(stack)
    document = {**asked, "environment": environment}
    problems = [*uncarried(asked, environment), *find_problems(Settings, environment, document)]
    if "environment" in asked:
        problems.append(Problem(("environment",), "is the name of the stack; remove the line."))
    settings = None if problems else Settings.resolve(environment, document)
    if settings is not None:
        problems = [
            *find_contradictions(settings),
            *find_unoffered(settings, today),
            *_unprotected(settings, today),
        ]
    if settings is None or problems:
        return None, [Problem((*SETTINGS_PLACE, *p.place), p.message) for p in problems]
    return settings, []


def _unprotected(settings: Settings, today: date) -> Iterator[Problem]:
    """What production leaves without protection although its loss is not approved."""
    if settings.environment is not Environment.PROD:
        return
    approved = [each.name for each in settings.approved_losses if each.until >= today]
    for place, name, part in settings.parts():
        if getattr(part, "protected", True) or any(
            each == name or each.startswith(f"{name}-") for each in approved
        ):
            continue
        yield Problem(
            (*place, "protected"),
            "is false, and prod protects what it holds; remove the line, or approve the loss of"
            f" {name} in approved_losses.",
        )


def _no_environment(stack: str) -> str:
    return f'"{stack}" is not an environment; name the file after one of {", ".join(Environment)}.'
