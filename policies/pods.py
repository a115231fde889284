"""Pods wherever they are described: on their own, or as the template of what starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from policies.rule import EVERYWHERE, Check, Demand, Props, Setting
from policies.subject import Environment, Subject
from policies.view import UNKNOWN_STRING, Truth, View, is_reason

POD: Final = "kubernetes:core/v1:Pod"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"
DAEMON_SET: Final = "kubernetes:apps/v1:DaemonSet"
REPLICA_SET: Final = "kubernetes:apps/v1:ReplicaSet"
REPLICATION_CONTROLLER: Final = "kubernetes:core/v1:ReplicationController"

_TEMPLATE: Final = ("spec", "template")
TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    POD: (),
    DEPLOYMENT: _TEMPLATE,
    STATEFUL_SET: _TEMPLATE,
    DAEMON_SET: _TEMPLATE,
    REPLICA_SET: _TEMPLATE,
    REPLICATION_CONTROLLER: _TEMPLATE,
    "kubernetes:batch/v1:Job": _TEMPLATE,
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", *_TEMPLATE),
    "kubernetes:core/v1:PodTemplate": ("template",),
}
"""Where each type holds ``metadata`` and ``spec`` of its pods."""

CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")

HOST_ACCESS: Final = "plinth.dev/host-access-because"
"""Annotation of a pod, and of its namespace, that says why the pod needs its node."""

API_ACCESS: Final = "plinth.dev/api-access-because"
"""Annotation of a pod that says why it calls the API of its cluster."""

SINGLE_REPLICA: Final = "plinth.dev/single-replica-because"
"""Annotation of a Deployment that says why there must not be two of its pods."""


RESTRICTED: Final = Setting(
    name="restricted",
    description="Whether the level restricted is demanded, rather than baseline alone.",
    default=True,
)

Judge = Callable[[Subject, View], Iterable[Demand]]
_Examples = Mapping[str, Props]


def states(holder: View, annotation: str) -> Truth:
    """Whether ``holder`` gives a reason, not just a word, in ``annotation``."""
    return holder.at("metadata", "annotations", annotation).matches(is_reason)


def containers(spec: View, kinds: Iterable[str] = CONTAINERS) -> list[View]:
    """Each container of ``kinds``."""
    held = spec.raw
    if isinstance(held, dict):
        # Most pods have one kind only, and every rule about pods asks for all three.
        kinds = [kind for kind in kinds if kind in held]
    return [container for kind in kinds for container in spec.at(kind).elements()]


def runs_windows(spec: View) -> Truth:
    """Whether a pod says that its containers are those of Windows."""
    return spec.at("os", "name").is_one_of("windows")


def maps_users(spec: View) -> Truth:
    """Whether root of a pod is nobody on its node."""
    return ~spec.at("hostUsers", absent=True).is_true()


def of_each(*paths: str, kinds: Iterable[str] = CONTAINERS) -> tuple[str, ...]:
    """``paths`` of a container as paths of each kind of container in a pod."""
    return tuple(f"spec.{kind}.{path}" for kind in kinds for path in paths)


def pod(*, because: Mapping[str, str] | None = None, **spec: Any) -> Props:
    """An example of a pod, with the annotations ``because``."""
    metadata = {"metadata": {"annotations": dict(because)}} if because else {}
    return {**metadata, "spec": spec}


def one_of_each(container: Props) -> Props:
    """An example of a pod with a container, an init and an ephemeral container, all alike."""
    return {"spec": {kind: [container] for kind in CONTAINERS}}


def secured(**context: Any) -> Props:
    """An example of a container with a security context."""
    return {"securityContext": context}


def secured_pod(*contexts: Props, **spec: Any) -> Props:
    """An example of a pod with a container for each of the security contexts."""
    return pod(containers=[{"securityContext": context} for context in contexts], **spec)


def pod_checks(
    demand: str,
    *,
    reads: tuple[str, ...],
    absent: str,
    judge: Judge,
    good: Mapping[str, Props],
    bad: Mapping[str, Props],
    undecided: Mapping[str, Props] | None = None,
    types: Sequence[str] = tuple(TEMPLATES),
    environments: frozenset[Environment] = EVERYWHERE,
) -> tuple[Check, ...]:
    """The check of pods for each of the types that describe them.

    Args:
        demand: The requirement, one sentence.
        reads: Paths read below what holds ``metadata`` and ``spec`` of the pod.
        absent: How a left-out property reads.
        judge: The demands, of the resource and of what holds the pod in it.
        good: Pods that satisfy. The first type is shown them all, the others the fewest that do.
        bad: Pods that violate.
        undecided: Pods it cannot decide, beside one of which nothing is known.
        types: Where the pods are.
        environments: Where the demand holds.
    """

    def check(type_: str, good: _Examples, bad: _Examples, undecided: _Examples) -> Check:
        path = TEMPLATES[type_]
        return Check(
            type=type_,
            demand=demand,
            reads=tuple(".".join((*path, each)) for each in reads),
            absent=absent,
            judge=_judge(judge, path),
            environments=environments,
            good=_held(good, path),
            bad=_held(bad, path),
            undecided=_held(undecided, path),
        )

    nothing_known = {"nothing known": {"metadata": UNKNOWN_STRING, "spec": UNKNOWN_STRING}}
    first, *others = types
    fewest = _fewest(good, bad, reads)
    return (
        check(first, good, bad, {**(undecided or {}), **nothing_known}),
        *(check(each, *fewest, nothing_known) for each in others),
    )


def _judge(judge: Judge, path: tuple[str, ...]) -> Callable[[Subject], Iterable[Demand]]:
    def judge_at(subject: Subject) -> Iterable[Demand]:
        return judge(subject, subject.at(*path))

    return judge_at


def _held(examples: _Examples, path: Sequence[str]) -> _Examples:
    """``examples`` of pods as examples of what holds a pod below ``path``."""
    held = examples
    for key in reversed(path):
        held = {name: {key: each} for name, each in held.items()}
    return held


def _fewest(
    good: _Examples, bad: _Examples, reads: Iterable[str]
) -> tuple[dict[str, Props], dict[str, Props]]:
    """An example of either verdict, and those that leave out what these do not."""
    few_good, few_bad = dict([*good.items()][:1]), dict([*bad.items()][:1])
    shown = [*few_good.values(), *few_bad.values()]
    for path in reads:
        if any(_leaves_out(each, path.split(".")) for each in shown):
            continue
        for few, examples in ((few_good, good), (few_bad, bad)):
            found = [name for name in examples if _leaves_out(examples[name], path.split("."))]
            if found:
                few[found[0]] = examples[found[0]]
                shown.append(examples[found[0]])
                break
    return few_good, few_bad


def _leaves_out(value: Any, path: Sequence[str]) -> bool:
    if isinstance(value, list):
        return any(_leaves_out(each, path) for each in value)
    if not isinstance(value, Mapping):
        return False
    key, *rest = path
    return _leaves_out(value.get(key), rest) if rest else value.get(key) is None
