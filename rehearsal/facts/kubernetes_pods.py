"""What an API server refuses in the pods of a workload although they fit the schema.

Source: kubernetes/kubernetes ``pkg/apis/{apps,batch,core}/validation/validation.go``, checked
2026-11-21.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rehearsal import paths
from rehearsal.checking import Failure
from rehearsal.facts import kubernetes_syntax as syntax

_TEMPLATES: Final = {
    "apps:DaemonSet": "spec.template",
    "apps:Deployment": "spec.template",
    "apps:StatefulSet": "spec.template",
    "batch:CronJob": "spec.jobTemplate.spec.template",
    "batch:Job": "spec.template",
}
_RESTARTS: Final = {"apps": ("Always",), "batch": ("OnFailure", "Never")}


def pod_failures(key: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """What is wrong with the pods of the workload ``key`` (``group:Kind``), if it is one."""
    where = _TEMPLATES.get(key)
    template = paths.get_path(inputs, where) if where else None
    if where is None or not isinstance(template, dict):
        return
    spec: Any = template.get("spec")
    if not isinstance(spec, dict):
        return
    yield from _selector(key, inputs, template, where)
    allowed = _RESTARTS[key.partition(":")[0]]
    policy = spec.get("restartPolicy", "Always")
    if isinstance(policy, str) and policy not in allowed:
        reason = f"{policy!r}: expected {' or '.join(allowed)}"
        yield Failure(f"{where}.spec.restartPolicy", reason)
    yield from _containers(inputs, spec, f"{where}.spec")


def _selector(
    key: str, inputs: Mapping[str, Any], template: Mapping[str, Any], where: str
) -> Iterator[Failure]:
    selected = paths.get_path(inputs, "spec.selector.matchLabels")
    metadata: Any = template.get("metadata", {})
    labels: Any = metadata.get("labels", {}) if isinstance(metadata, dict) else None
    if not (key.startswith("apps:") and isinstance(selected, dict) and isinstance(labels, dict)):
        return
    for name, value in selected.items():
        given = labels.get(name, "")
        if isinstance(value, str) and isinstance(given, str) and (given != value):
            reason = f"the selector asks for {value!r}, which its own pods do not have"
            yield Failure(paths.field(f"{where}.metadata.labels", name), reason)


def _rows(owner: Mapping[str, Any], name: str) -> list[tuple[int, Mapping[str, Any]]]:
    given: Any = owner.get(name)
    rows: list[Any] = given if isinstance(given, list) else []
    return [(index, row) for index, row in enumerate(rows) if isinstance(row, dict)]


def _containers(
    inputs: Mapping[str, Any], spec: Mapping[str, Any], where: str
) -> Iterator[Failure]:
    claims = paths.get_path(inputs, "spec.volumeClaimTemplates")
    templates: list[Any] = claims if isinstance(claims, list) else []
    volumes = [row.get("name") for _, row in _rows(spec, "volumes")]
    mountable = {*volumes, *(paths.get_path(claim, "metadata.name") for claim in templates)}
    # One that is not known may have any name, and a list that is secret holds anything.
    certain = all(isinstance(name, str) for name in mountable) and all(
        isinstance(spec.get(name, []), list) for name in ("volumes",)
    )
    for name, count in Counter(volumes).items():
        problem = syntax.dns_label(name) if isinstance(name, str) else ""
        if problem:
            yield Failure(f"{where}.volumes", f"{name!r}: expected {problem}")
        elif count > 1 and isinstance(name, str):
            yield Failure(f"{where}.volumes", f"two volumes are called {name!r}")
    names: Counter[str] = Counter()
    for group in ("initContainers", "containers"):
        for index, container in _rows(spec, group):
            place = f"{where}.{group}[{index}]"
            names[str(container.get("name"))] += 1
            yield from _container(container, place, mountable if certain else None)
    for name, count in names.items():
        if count > 1:
            yield Failure(f"{where}.containers", f"two containers are called {name!r}")


def _container(
    container: Mapping[str, Any], where: str, mountable: set[Any] | None
) -> Iterator[Failure]:
    name = container.get("name")
    problem = syntax.dns_label(name) if isinstance(name, str) else ""
    if problem:
        yield Failure(f"{where}.name", f"{name!r}: expected {problem}")
    mounted: Counter[str] = Counter()
    for index, mount in _rows(container, "volumeMounts"):
        volume, path = mount.get("name"), mount.get("mountPath")
        if mountable is not None and isinstance(volume, str) and volume not in mountable:
            listed = ", ".join(sorted(mountable)) or "no volumes"
            reason = f"{volume!r} not found among the volumes: {listed}"
            yield Failure(f"{where}.volumeMounts[{index}].name", reason)
        if isinstance(path, str):
            mounted[path] += 1
    for path, count in mounted.items():
        if count > 1:
            yield Failure(f"{where}.volumeMounts", f"{path!r} is mounted twice")
    for index, port in _rows(container, "ports"):
        problem = syntax.port(port["name"]) if isinstance(port.get("name"), str) else ""
        if problem:
            yield Failure(f"{where}.ports[{index}].name", f"{port['name']!r}: expected {problem}")
    yield from _resources(container.get("resources"), f"{where}.resources")


def _resources(resources: Any, where: str) -> Iterator[Failure]:
    if not isinstance(resources, dict):
        return
    requests, limits = resources.get("requests"), resources.get("limits")
    if not (isinstance(requests, dict) and isinstance(limits, dict)):
        return
    for name, wanted in requests.items():
        least, most = syntax.amount(wanted), syntax.amount(limits.get(name))
        if least is not None and most is not None and least > most:
            reason = f"{wanted!r}: expected at most the limit, {limits[name]!r}"
            yield Failure(paths.field(f"{where}.requests", name), reason)
