"""Repairs on Kubernetes.

A Pod and a Job cannot change in place and are left alone. Whatever else has a template starts new
pods in its own order.

Source: the validation of pods in ``pkg/apis/core/validation`` of kubernetes/kubernetes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.autofix import AutoFix, Configured
from policies.pods import TEMPLATES
from policies.rule import EVERYWHERE
from policies.subject import Environment

_UNCHANGEABLE: Final = ("kubernetes:core/v1:Pod", "kubernetes:batch/v1:Job")
_SPECS: Final = {
    type_: ".".join((*path, "spec"))
    for type_, path in TEMPLATES.items()
    if type_ not in _UNCHANGEABLE
}
_CONTAINERS: Final = ("containers.*", "initContainers.*")
_LABELS: Final = "metadata.labels[pod-security.kubernetes.io/{}]"


def _contexts(
    because: str,
    *,
    sets: Mapping[str, Any] | None = None,
    adds: Mapping[str, tuple[str, ...]] | None = None,
    where: Mapping[str, tuple[Any, ...]] | None = None,
    environments: frozenset[Environment] = EVERYWHERE,
    of: tuple[str, ...] = _CONTAINERS,
) -> tuple[AutoFix, ...]:
    """The repair of security contexts: those of containers, or of what ``of`` names in a pod."""
    return tuple(
        AutoFix(
            type=type_,
            sets=_below(spec, of, sets or {}),
            adds=_below(spec, of, adds or {}),
            where=where or {},
            environments=environments,
            because=because,
        )
        for type_, spec in _SPECS.items()
    )


def _below(spec: str, holders: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        ".".join(filter(None, (spec, holder, "securityContext", path))): value
        for holder in holders
        for path, value in values.items()
    }


KUBERNETES: Final[Mapping[str, tuple[AutoFix, ...]]] = {
    "k8s-pss-capabilities": _contexts(
        "In dev it shows which power a process really needs before others rely on it.",
        adds={"capabilities.drop": ("ALL",)},
        environments=frozenset({"dev"}),
    ),
    "k8s-pss-seccomp": _contexts(
        "The profile of the runtime refuses only calls that hardly any program makes.",
        sets={"seccompProfile.type": "RuntimeDefault"},
        # A profile of the node goes with no other type.
        where={"localhostProfile": (None,)},
        of=("", *_CONTAINERS),
    ),
    "k8s-pss-no-escalation": _contexts(
        "Processes keep the rights they start with.",
        sets={"allowPrivilegeEscalation": False},
        # The API refuses it of containers that are privileged or get more powers.
        where={
            "privileged": (None, False),
            "capabilities.add": (None, [], ["NET_BIND_SERVICE"]),
        },
    ),
    "k8s-no-token-automount": (
        *(
            AutoFix(
                type=type_,
                sets={f"{spec}.automountServiceAccountToken": False},
                because="Whatever calls the API of its cluster says why, and keeps its token.",
            )
            for type_, spec in _SPECS.items()
        ),
        AutoFix(
            type="kubernetes:core/v1:ServiceAccount",
            sets={"automountServiceAccountToken": False},
            because="Pods that ask for a token of the account still get one.",
        ),
    ),
    "k8s-ns-pss-label": (
        AutoFix(
            type="kubernetes:core/v1:Namespace",
            sets={_LABELS.format("enforce"): Configured("levels", "restricted")},
            # A level that somebody chose is not overruled.
            where={"[pod-security.kubernetes.io/enforce]": (None,)},
            because="Pods that run are left alone; the level is asked of new ones.",
        ),
        AutoFix(
            type="kubernetes:core/v1:Namespace",
            sets={_LABELS.format("enforce-version"): "v1.34"},
            because="A cluster that is older takes the newest version it knows.",
        ),
    ),
}
"""The repairs of the rules of the pack ``kubernetes``, by id."""
