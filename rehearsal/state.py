"""What a stack is known to consist of, as Pulumi writes it: deployment JSON, version 3.

Source: pulumi/pulumi ``sdk/go/common/apitype/core.go`` (ResourceV3, DeploymentV3), checked 2026-11-21.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from rehearsal.secrets import Passphrase
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, UNKNOWN_WIRE, Secret

DEPLOYMENT_VERSION: Final = 3
STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"


@dataclass(eq=False)
class ResourceState:
    """One resource as the state remembers it. Compared by identity: two may share a URN."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    delete: bool = False
    dependencies: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    source_position: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Any = None
    fragment: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return urn_name(self.urn)

    @property
    def provider_urn(self) -> str:
        """The URN of the provider, without its id."""
        return self.provider.rpartition("::")[0]

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider resource."""
        return self.type.startswith(PROVIDER_PREFIX)

    def edges(self) -> Iterable[str]:
        """URNs of everything that has to exist as long as this resource does."""
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns
        for urn in (self.parent, self.provider_urn, self.deleted_with):
            if urn:
                yield urn

    def touch(self) -> None:
        """Forget the rendered text after a change."""
        self.fragment = None

    def to_json(self, secrets: Passphrase) -> dict[str, Any]:
        """The resource as ``ResourceV3``; empty fields are left out, as Pulumi does."""
        optional: dict[str, Any] = {
            "delete": self.delete,
            "id": self.id,
            "type": self.type,
            "inputs": seal_values(self.inputs, secrets),
            "outputs": seal_values(self.outputs, secrets),
            "parent": self.parent,
            "protect": self.protect,
            "external": self.external,
            "dependencies": list(self.dependencies),
            "provider": self.provider,
            "propertyDependencies": {k: list(v) for k, v in self.property_dependencies.items()},
            "pendingReplacement": self.pending_replacement,
            "additionalSecretOutputs": list(self.additional_secret_outputs),
            "customTimeouts": self.custom_timeouts,
            "importID": self.import_id,
            "retainOnDelete": self.retain_on_delete,
            "deletedWith": self.deleted_with,
            "replaceWith": list(self.replace_with),
            "created": self.created,
            "modified": self.modified,
            "sourcePosition": self.source_position,
            "ignoreChanges": list(self.ignore_changes),
            "replaceOnChanges": list(self.replace_on_changes),
        }
        if self.replacement_trigger is not None:
            optional["replacementTrigger"] = seal_values(self.replacement_trigger, secrets)
        kept = {key: value for key, value in optional.items() if value}
        return {"urn": self.urn, "custom": self.custom, **kept}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], secrets: Passphrase) -> ResourceState:
        """The resource that ``to_json``, or Pulumi itself, wrote.

        Raises:
            KeyError, TypeError: the data is not a resource.
        """
        return cls(
            urn=data["urn"],
            type=data["type"],
            custom=bool(data["custom"]),
            id=data.get("id", ""),
            inputs=unseal_values(data.get("inputs") or {}, secrets),
            outputs=unseal_values(data.get("outputs") or {}, secrets),
            parent=data.get("parent", ""),
            protect=data.get("protect", False),
            external=data.get("external", False),
            delete=data.get("delete", False),
            dependencies=tuple(data.get("dependencies") or ()),
            provider=data.get("provider", ""),
            property_dependencies={
                key: tuple(urns or ())
                for key, urns in (data.get("propertyDependencies") or {}).items()
            },
            pending_replacement=data.get("pendingReplacement", False),
            additional_secret_outputs=tuple(data.get("additionalSecretOutputs") or ()),
            custom_timeouts=dict(data.get("customTimeouts") or {}),
            import_id=data.get("importID", ""),
            retain_on_delete=data.get("retainOnDelete", False),
            deleted_with=data.get("deletedWith", ""),
            replace_with=tuple(data.get("replaceWith") or ()),
            created=data.get("created", ""),
            modified=data.get("modified", ""),
            source_position=data.get("sourcePosition", ""),
            ignore_changes=tuple(data.get("ignoreChanges") or ()),
            replace_on_changes=tuple(data.get("replaceOnChanges") or ()),
            replacement_trigger=unseal_values(data.get("replacementTrigger"), secrets),
        )


@dataclass(eq=False)
class PendingOperation:
    """A step that had begun when the state was last written."""

    resource: ResourceState
    type: str

    def to_json(self, secrets: Passphrase) -> dict[str, Any]:
        """The operation as ``OperationV2``."""
        return {"resource": self.resource.to_json(secrets), "type": self.type}


def now() -> str:
    """The present moment as Pulumi writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal_values(value: Any, secrets: Passphrase) -> Any:
    """``value`` as the state holds it: secrets encrypted, unknowns as their marker."""
    if isinstance(value, Secret):
        plaintext = json.dumps(_unmarked(value.value), separators=(",", ":"))
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": secrets.encrypt(plaintext)}
    if isinstance(value, dict):
        return {key: seal_values(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [seal_values(item, secrets) for item in value]
    return UNKNOWN_WIRE if value is UNKNOWN else value


def unseal_values(value: Any, secrets: Passphrase) -> Any:
    """The values that ``seal_values`` wrote."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return Secret(_marked(json.loads(secrets.decrypt(value["ciphertext"]))))
        return {key: unseal_values(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [unseal_values(item, secrets) for item in value]
    return UNKNOWN if value == UNKNOWN_WIRE else value


def _unmarked(value: Any) -> Any:
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _unmarked(value.value)}
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    return UNKNOWN_WIRE if value is UNKNOWN else value


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return Secret(_marked(value["value"]))
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return UNKNOWN if value == UNKNOWN_WIRE else value


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource of ``type_`` called ``name`` under ``parent``.

    The root stack leaves no mark in its children's URNs.
    """
    qualified = type_
    if parent:
        parent_type = urn_qualified_type(parent)
        if parent_type != STACK_TYPE:
            qualified = f"{parent_type}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def urn_qualified_type(urn: str) -> str:
    """The chain of types in ``urn``."""
    return urn.split("::", 3)[2]


def urn_type(urn: str) -> str:
    """The resource's own type in ``urn``."""
    return urn_qualified_type(urn).rpartition("$")[2]


def urn_name(urn: str) -> str:
    """The logical name in ``urn``; it may itself hold ``::``."""
    return urn.split("::", 3)[3]
