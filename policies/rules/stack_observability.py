"""Whether somebody is told when a cluster fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from policies.examples import example
from policies.pods import TEMPLATES
from policies.rule import PROD, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_OBJECT, UNKNOWN_STRING, Truth, View, some

_EKS: Final = "aws:eks/cluster:Cluster"
_GKE: Final = "gcp:container/cluster:Cluster"
_REFERENCE: Final = "pulumi:pulumi:StackReference"
_ADDON: Final = "aws:eks/addon:Addon"
_CHARTS: Final = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
_NAME_LABELS: Final = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app")

_METRICS: Final = "metrics"
_LOGS: Final = "logs"
_ALERTS: Final = "alerts"
_PROBLEMS: Final[Mapping[str, str]] = {
    _METRICS: "has nothing beside it that keeps metrics",
    _LOGS: "has nothing beside it that keeps or ships logs",
    _ALERTS: "has nothing beside it that routes alerts",
}

# The last part of the name of an image, or the name of a chart or add-on.
_PROGRAMS: Final[Mapping[str, frozenset[str]]] = {
    "prometheus": frozenset({_METRICS}),
    "thanos": frozenset({_METRICS}),
    "mimir": frozenset({_METRICS}),
    "victoria-metrics": frozenset({_METRICS}),
    "victoria-metrics-single": frozenset({_METRICS}),
    "vmstorage": frozenset({_METRICS}),
    "cortex": frozenset({_METRICS}),
    "loki": frozenset({_LOGS}),
    "loki-stack": frozenset({_LOGS}),
    "fluent-bit": frozenset({_LOGS}),
    "aws-for-fluent-bit": frozenset({_LOGS}),
    "fluentd": frozenset({_LOGS}),
    "vector": frozenset({_LOGS}),
    "promtail": frozenset({_LOGS}),
    "filebeat": frozenset({_LOGS}),
    "opensearch": frozenset({_LOGS}),
    "alertmanager": frozenset({_ALERTS}),
    "vmalert": frozenset({_ALERTS}),
    "alloy": frozenset({_METRICS, _LOGS}),
    "amazon-cloudwatch-observability": frozenset({_METRICS, _LOGS}),
    "datadog": frozenset({_METRICS, _LOGS, _ALERTS}),
    "datadog-operator": frozenset({_METRICS, _LOGS, _ALERTS}),
    "kube-prometheus-stack": frozenset({_METRICS, _ALERTS}),
}
_SERVICES: Final[Mapping[str, frozenset[str]]] = {
    "aws:amp/workspace:Workspace": frozenset({_METRICS}),
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": frozenset({_ALERTS}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": frozenset({_ALERTS}),
    "gcp:monitoring/alertPolicy:AlertPolicy": frozenset({_ALERTS}),
}

_Seen = Mapping[str, Truth]
_SEEN: Final[WeakKeyDictionary[Stack, _Seen]] = WeakKeyDictionary()


def _observed(cluster: Subject, stack: Stack) -> Iterator[Demand]:
    elsewhere = some(_watches(each, cluster) for each in stack.of(_REFERENCE))
    if stack not in _SEEN:
        _SEEN[stack] = _seen_in(stack)
    for signal, problem in _PROBLEMS.items():
        own = _built_in(cluster, signal)
        yield Demand(_SEEN[stack][signal] | elsewhere | own, cluster, problem)


def _built_in(cluster: Subject, signal: str) -> Truth:
    """Whether the cluster itself sends the signal to a service of its cloud."""
    if signal == _LOGS:
        components = cluster.at("loggingConfig", "enableComponents")
        return some(each.is_one_of("WORKLOADS") for each in components.elements())
    if signal == _METRICS:
        return cluster.at("monitoringConfig", "managedPrometheus", "enabled").is_true()
    return Truth.NO


def _watches(reference: Resource, cluster: Subject) -> Truth:
    """Whether the name of a stack that is referred to is that of one that watches others."""
    names = cluster.configured["stacks"]
    return View(reference.props).at("name").matches(lambda text: _is_named(text, names))


def _is_named(text: str, names: tuple[str, ...]) -> bool:
    return text in names or any(part in names for part in text.split("/"))


def _seen_in(stack: Stack) -> _Seen:
    seen = dict.fromkeys(_PROBLEMS, Truth.NO)
    for type_, signals in _SERVICES.items():
        if stack.of(type_):
            for signal in signals:
                seen[signal] = Truth.YES
    for programs in _programs(stack):
        for view in programs:
            signals = _signals_of(view.raw) if isinstance(view.raw, str) else ()
            for signal in signals:
                seen[signal] = Truth.YES
            if not view.is_known and view.is_present:
                # Any program may be behind a name that is not known.
                seen = {signal: held | Truth.UNKNOWN for signal, held in seen.items()}
    return seen


def _programs(stack: Stack) -> Iterator[Iterator[View]]:
    """The names of what runs in the stack: of images, labels, charts and add-ons."""
    for type_, path in TEMPLATES.items():
        for workload in stack.of(type_):
            yield _of_workload(View(workload.props).at(*path))
    for chart in stack.of(*_CHARTS):
        yield iter((View(chart.props).at("chart"),))
    for addon in stack.of(_ADDON):
        yield iter((View(addon.props).at("addonName"),))


def _of_workload(template: View) -> Iterator[View]:
    labels = template.at("metadata", "labels")
    named = [labels.at(key) for key in _NAME_LABELS]
    yield from named
    known = any(_signals_of(each.raw) for each in named if isinstance(each.raw, str))
    for container in template.at("spec", "containers").elements():
        image = container.at("image")
        # What a label tells for certain needs no image.
        if image.is_known or not known:
            yield image


@lru_cache(maxsize=4096)
def _signals_of(text: str) -> frozenset[str]:
    """What a program, by its image, chart or name, does for those who watch."""
    program = text.lower().partition("@")[0].rpartition("/")[2].partition(":")[0]
    return _PROGRAMS.get(program, frozenset())


def _cluster(type_: str = _EKS, **props: Any) -> Resource:
    return example(type_, "apps", props)


def _runs(
    *images: Any, labels: Any = None, type_: str = "kubernetes:apps/v1:Deployment"
) -> Resource:
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"image": image} for image in images]},
    }
    return example(type_, "watch", {"spec": {"template": template}})


_ALL_IMAGES: Final = ("quay.io/prometheus/prometheus:v3", "grafana/loki", "alertmanager@sha256:00")
_READS: Final = {
    _EKS: (),
    _GKE: ("loggingConfig.enableComponents", "monitoringConfig.managedPrometheus.enabled"),
    _ADDON: ("addonName",),
    _REFERENCE: (),
    **dict.fromkeys(_SERVICES, ()),
    **dict.fromkeys(_CHARTS, ("chart",)),
    **{
        type_: tuple(
            ".".join((*path, each)) for each in ("metadata.labels", "spec.containers.image")
        )
        for type_, path in TEMPLATES.items()
    },
}


def _check(type_: str) -> StackCheck:
    cluster = _cluster(type_)
    everything: dict[str, dict[str, tuple[Resource, ...]]] = {
        "good": {
            "programs by their images": (cluster, _runs(*_ALL_IMAGES)),
            "programs by their labels": (
                cluster,
                _runs(UNKNOWN_STRING, labels={"app": "prometheus"}),
                _runs(UNKNOWN_STRING, labels={"app.kubernetes.io/name": "loki"}),
                _runs(UNKNOWN_STRING, labels={"k8s-app": "alertmanager"}),
            ),
            "agents and charts": (
                cluster,
                _runs("fluent/fluent-bit:3", type_="kubernetes:apps/v1:DaemonSet"),
                example(_CHARTS[0], "watch", {"chart": "kube-prometheus-stack"}),
            ),
            "services": (
                cluster,
                example("aws:amp/workspace:Workspace", "watch"),
                example("aws:cloudwatch/metricAlarm:MetricAlarm", "watch"),
                example(_ADDON, "watch", {"addonName": "amazon-cloudwatch-observability"}),
            ),
            "another stack": (
                cluster,
                example(_REFERENCE, "watch", {"name": "acme/observability/prod"}),
            ),
        },
        "bad": {
            "nothing": (cluster,),
            "no metrics": (cluster, _runs(*_ALL_IMAGES[1:])),
            "no logs": (cluster, _runs(_ALL_IMAGES[0], _ALL_IMAGES[2])),
            "no alerts": (cluster, _runs(*_ALL_IMAGES[:2])),
            "other programs of the same makers": (
                cluster,
                _runs("quay.io/prometheus/node-exporter", "grafana/grafana", "loki/web"),
            ),
            "a stack of another kind": (
                cluster,
                example(_REFERENCE, "watch", {"name": "acme/core/prod"}),
            ),
        },
        "undecided": {
            "images not known": (cluster, _runs(UNKNOWN_STRING)),
            "workloads not known": (
                cluster,
                example("kubernetes:core/v1:Pod", "watch", {"spec": UNKNOWN_OBJECT}),
            ),
            "containers not known": (
                cluster,
                example("kubernetes:core/v1:Pod", "watch", {"spec": {"containers": UNKNOWN_ARRAY}}),
            ),
            "a chart not known": (cluster, example(_CHARTS[0], "watch", {"chart": UNKNOWN_STRING})),
            "a stack not known": (
                cluster,
                example(_REFERENCE, "watch", {"name": UNKNOWN_STRING}),
            ),
        },
    }
    if type_ == _GKE:
        alerts = example("gcp:monitoring/alertPolicy:AlertPolicy", "watch")
        logging = {"enableComponents": ["SYSTEM_COMPONENTS", "WORKLOADS"]}
        monitoring = {"managedPrometheus": {"enabled": True}}
        built_in = _cluster(_GKE, loggingConfig=logging, monitoringConfig=monitoring)
        everything["good"]["services of the cloud"] = (built_in, alerts)
        everything["bad"]["services of the cloud without alerts"] = (built_in,)
        everything["bad"]["logs of the system alone"] = (
            _cluster(
                _GKE,
                loggingConfig={"enableComponents": ["SYSTEM_COMPONENTS"]},
                monitoringConfig=monitoring,
            ),
            alerts,
        )
    return StackCheck(
        type=type_,
        demand="Beside a cluster there is what keeps metrics and logs and what routes alerts.",
        reads=_READS,
        absent="Nothing of the kind violates, unless a stack that watches others is referred to.",
        judge=_observed,
        environments=PROD,
        good=everything["good"],
        bad=everything["bad"],
        undecided=everything["undecided"],
    )


OBSERVABILITY_PRESENT: Final = Rule(
    id="stack-observability-present",
    title="A cluster of production has metrics, logs and somebody who is told",
    reason=(
        "A cluster that nobody watches fails in silence: customers notice first, and afterwards "
        "nothing says what happened."
    ),
    severity=Severity.LOW,
    theme=Theme.LOGGING,
    controls=(),
    fix=(
        "Run what keeps metrics and logs and what routes alerts in the stack, use the services of "
        "the cloud, or refer to the stack that watches this one."
    ),
    source="https://docs.aws.amazon.com/eks/latest/userguide/eks-observe.html",
    settings=(
        Setting(
            name="stacks",
            description=(
                "Names of stacks that watch others, or of their projects: one that is referred to "
                "is enough."
            ),
            default=("observability", "monitoring"),
        ),
    ),
    stack_checks=(_check(_EKS), _check(_GKE)),
)
