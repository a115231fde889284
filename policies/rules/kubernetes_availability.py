"""How services outlive a node and an update: several pods, apart, moved one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.examples import example
from policies.expected import not_below
from policies.namespaces import are_together, beside
from policies.pods import DEPLOYMENT, SINGLE_REPLICA, STATEFUL_SET, states
from policies.rule import PROD, Check, Demand, Props, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, every, some, truth

_DOCS: Final = "https://kubernetes.io/docs"
_SCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"


def _is_scaled(workload: Resource, stack: Stack) -> Truth:
    """Whether an autoscaler keeps at least two pods of ``workload``."""
    return some(
        _scales(scaler, workload) & not_below(View(scaler.props).at("spec", "minReplicas"), 2)
        for scaler in stack.of(_SCALER)
    )


def _scales(scaler: Resource, workload: Resource) -> Truth:
    target = View(scaler.props).at("spec", "scaleTargetRef", "name")
    name = View(workload.props).at("metadata", "name")
    if target.is_known and name.is_known:
        return truth(target.raw == name.raw) & are_together(scaler, workload)
    made_from = scaler.property_dependencies.get("spec", ())
    if workload.urn in made_from:
        return Truth.YES
    return Truth.UNKNOWN if target.is_present else Truth.NO


def _several(workload: Subject, stack: Stack) -> Iterator[Demand]:
    replicas = workload.at("spec", "replicas", absent=1)
    enough = not_below(replicas, 2)
    if enough is not Truth.YES:
        enough |= states(workload, SINGLE_REPLICA) | _is_scaled(workload.resource, stack)
        yield Demand(enough, replicas, "is one, so that an update or a lost node stops it")


def _spread(workload: Subject) -> Iterator[Demand]:
    single = states(workload, SINGLE_REPLICA)
    if single is Truth.YES:
        return
    spec = workload.at("spec", "template", "spec")
    spread = spec.at("topologySpreadConstraints")
    apart = spec.at("affinity", "podAntiAffinity").is_given()
    yield Demand(~spread.is_empty() | apart | single, spread, "lets all pods share one node")
    strategy = workload.at("spec", "strategy", "type", absent="RollingUpdate")
    yield Demand(~strategy.is_one_of("Recreate") | single, strategy, "stops every pod at once")


def _deployed(because: str = "", strategy: Any = None, **spec: Any) -> Props:
    annotations = {"annotations": {SINGLE_REPLICA: because}} if because else {}
    return {
        "metadata": {"name": "web", "namespace": "shop", **annotations},
        "spec": {"strategy": strategy, "template": {"spec": spec}},
    }


_SPREAD: Final[dict[str, Any]] = {
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
        }
    ]
}


def _workload(
    type_: str = DEPLOYMENT,
    replicas: int | str | None = None,
    *,
    name: str | None = "web",
    because: str = "",
    labels: Props | None = None,
) -> Resource:
    annotations = {"annotations": {SINGLE_REPLICA: because}} if because else {}
    props = {
        "metadata": {"name": name, "namespace": "shop", **annotations},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": labels or {"app": "web", "version": "2"}}},
        },
    }
    return example(type_, "web", props)


def _scaler(target: str = "web", least: int | None = 2, **made_from: list[Resource]) -> Resource:
    props = {
        "metadata": {"namespace": "shop"},
        "spec": {"scaleTargetRef": {"name": target}, "minReplicas": least},
    }
    return example(_SCALER, "web", props, made_from=made_from)


_UNNAMED: Final = _workload(name=UNKNOWN_STRING)
_REASON: Final = "two of them would count twice"

REPLICAS_AND_SPREAD: Final = Rule(
    id="k8s-replicas-and-spread",
    title="In production services have several pods, on several nodes, and never stop as a whole",
    reason="Nodes are replaced every few weeks; what runs once, or on one node, stops with them.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=(),
    fix=(
        "Set replicas to 2 or more, or add an autoscaler with min_replicas 2, and add "
        "topology_spread_constraints. What must not run twice says why in the annotation "
        f"{SINGLE_REPLICA}."
    ),
    source=f"{_DOCS}/concepts/scheduling-eviction/topology-spread-constraints/",
    checks=(
        Check(
            type=DEPLOYMENT,
            demand=(
                "Pods are spread, or kept apart, and not stopped together; unless there must be "
                "one only, for a reason that is told."
            ),
            reads=(
                "spec.template.spec.topologySpreadConstraints",
                "spec.template.spec.affinity.podAntiAffinity",
                "spec.strategy.type",
                "metadata.annotations",
            ),
            absent=(
                "Neither constraints nor anti-affinity violates. type left out is RollingUpdate "
                "and satisfies. No annotation is no reason."
            ),
            judge=_spread,
            environments=PROD,
            good={
                "spread": _deployed(**_SPREAD),
                "kept apart": _deployed(affinity={"podAntiAffinity": {}}, strategy={}),
                "one only, for a reason": _deployed(_REASON, {"type": "Recreate"}),
            },
            bad={
                "left out": _deployed(affinity={}),
                "no constraints": _deployed(topologySpreadConstraints=[]),
                "stopped together": _deployed("", {"type": "Recreate"}, **_SPREAD),
                "one only, without a reason": _deployed("no"),
            },
            undecided={
                "not known": {"metadata": UNKNOWN_STRING, "spec": UNKNOWN_STRING},
                "constraints not known": _deployed(topologySpreadConstraints=UNKNOWN_STRING),
                "strategy not known": _deployed("", {"type": UNKNOWN_STRING}, **_SPREAD),
                "reason not known": _deployed(UNKNOWN_STRING),
            },
        ),
    ),
    stack_checks=(
        StackCheck(
            type=DEPLOYMENT,
            demand="There are two replicas or more, by number or by an autoscaler.",
            reads={
                DEPLOYMENT: (
                    "spec.replicas",
                    "metadata.name",
                    "metadata.namespace",
                    "metadata.annotations",
                ),
                _SCALER: (
                    "metadata.namespace",
                    "spec.scaleTargetRef.name",
                    "spec.minReplicas",
                ),
            },
            absent="replicas left out is 1. minReplicas left out is 1.",
            judge=_several,
            environments=PROD,
            good={
                "two": (_workload(replicas=2),),
                "an autoscaler": (_workload(), _scaler()),
                "an autoscaler of what has no name yet": (
                    _UNNAMED,
                    _scaler(UNKNOWN_STRING, spec=[_UNNAMED]),
                ),
                "one only, for a reason": (_workload(because=_REASON),),
            },
            bad={
                "one": (_workload(replicas=1),),
                "left out": (_workload(),),
                "an autoscaler that goes down to one": (_workload(), _scaler(least=None)),
                "an autoscaler of another": (_workload(), _scaler("api")),
            },
            undecided={
                "number not known": (_workload(replicas=UNKNOWN_NUMBER),),
                "whose autoscaler not known": (_workload(), _scaler(UNKNOWN_STRING)),
            },
        ),
    ),
)


def _leaves_room(budget: Subject) -> Iterator[Demand]:
    spec = budget.at("spec")
    most, least = spec.at("maxUnavailable"), spec.at("minAvailable")
    if most.is_present:
        yield Demand(~_is(most, "0%", 0), most, "lets no pod be moved")
    if least.is_present:
        yield Demand(~_is(least, "100%", None), least, "lets no pod be moved")


def _is(view: View, share: str, number: int | None) -> Truth:
    if not view.is_known:
        return Truth.UNKNOWN
    return truth(view.raw == share or (number is not None and view.number() == number))


def _budgeted(workload: Subject, stack: Stack) -> Iterator[Demand]:
    replicas = workload.at("spec", "replicas", absent=1)
    several = not_below(replicas, 2)
    if several is not Truth.YES:
        several |= _is_scaled(workload.resource, stack)
    if several is Truth.NO:
        return
    labels = workload.at("spec", "template", "metadata", "labels")
    budgets = [
        (View(budget.props), found) for budget, found in beside(workload.resource, stack, _BUDGET)
    ]
    matches = [(budget, found & _selects(budget, labels)) for budget, found in budgets]
    yield Demand(
        ~several | some(found for _, found in matches), workload, "has no disruption budget"
    )
    # Without a number an autoscaler has it, and keeps more than the least.
    asked = workload.at("spec", "replicas")
    for budget, found in matches:
        least = budget.at("spec", "minAvailable")
        if asked.is_present and least.is_present:
            yield Demand(~found | _is_below(least, asked), asked, "is what its budget keeps")


def _is_below(least: View, asked: View) -> Truth:
    if not least.is_known or not asked.is_known:
        return Truth.UNKNOWN
    fewest, number = least.number(), asked.number()
    # A share that is not a number is judged with the budget.
    return truth(fewest is None or number is None or fewest < number)


def _selects(budget: View, labels: View) -> Truth:
    selector = budget.at("spec", "selector")
    if not selector.is_present:
        return Truth.NO
    wanted = selector.at("matchLabels")
    by_labels = Truth.UNKNOWN if wanted.is_present else Truth.YES
    if isinstance(wanted.raw, dict):
        by_labels = every(_equal(wanted.at(key), labels.at(key)) for key in wanted.raw)
    return by_labels & (selector.at("matchExpressions").is_empty() | Truth.UNKNOWN)


def _equal(one: View, other: View) -> Truth:
    if not other.is_present:
        return Truth.NO
    return truth(one.raw == other.raw) if one.is_known and other.is_known else Truth.UNKNOWN


def _budget(
    selector: Props | str | None = None, namespace: str = "shop", **spec: int | str
) -> Resource:
    props = {
        "metadata": {"namespace": namespace},
        "spec": {"selector": {"matchLabels": selector or {"app": "web"}}, **spec},
    }
    return example(_BUDGET, "web", props)


def _budget_check(type_: str) -> StackCheck:
    two = _workload(type_, 2)
    budget = _budget(maxUnavailable=1)
    return StackCheck(
        type=type_,
        demand="What has several pods has a budget that covers them and lets one of them go.",
        reads={
            type_: (
                "spec.replicas",
                "spec.template.metadata.labels",
                "metadata.name",
                "metadata.namespace",
            ),
            _SCALER: ("metadata.namespace", "spec.scaleTargetRef.name", "spec.minReplicas"),
            _BUDGET: (
                "metadata.namespace",
                "spec.minAvailable",
                "spec.selector.matchLabels",
                "spec.selector.matchExpressions",
            ),
        },
        absent="No budget violates. replicas left out is 1, which needs none.",
        judge=_budgeted,
        environments=PROD,
        good={
            "a budget": (two, budget),
            "one pod": (_workload(type_),),
            "an autoscaler and a budget": (_workload(type_), _scaler(), _budget(minAvailable=1)),
            "a share of them": (two, _budget(minAvailable="50%")),
        },
        bad={
            "no budget": (two,),
            "a budget of others": (two, _budget({"app": "api"}, maxUnavailable=1)),
            "a budget elsewhere": (two, _budget(namespace="bank", maxUnavailable=1)),
            "an autoscaler and no budget": (_workload(type_), _scaler()),
            "a budget that keeps them all": (two, _budget(minAvailable=2)),
        },
        undecided={
            "number not known": (_workload(type_, UNKNOWN_NUMBER),),
            "whose budget not known": (two, _budget(UNKNOWN_STRING, maxUnavailable=1)),
            "where the budget is not known": (
                two,
                _budget(namespace=UNKNOWN_STRING, maxUnavailable=1),
            ),
        },
    )


PDB_PRESENT_AND_SANE: Final = Rule(
    id="k8s-pdb-present-and-sane",
    title="A node is drained one pod of a service at a time, and can be drained",
    reason=(
        "Without a budget an upgrade of nodes stops all pods of a service at once; a budget that "
        "lets none go stops the upgrade."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=(),
    fix=(
        "Add a PodDisruptionBudget with the labels of the pods and max_unavailable 1, or "
        "min_available below the number of replicas."
    ),
    source=f"{_DOCS}/tasks/run-application/configure-pdb/",
    checks=(
        Check(
            type=_BUDGET,
            demand="The budget lets at least one pod go.",
            reads=("spec.maxUnavailable", "spec.minAvailable"),
            absent="What is left out is not limited and satisfies.",
            judge=_leaves_room,
            good={
                "one may go": {"spec": {"maxUnavailable": 1}},
                "one must stay": {"spec": {"minAvailable": 1}},
                "a half must stay": {"spec": {"minAvailable": "50%"}},
                "left out": {"spec": {}},
            },
            bad={
                "none may go": {"spec": {"maxUnavailable": 0}},
                "no share may go": {"spec": {"maxUnavailable": "0%"}},
                "all must stay": {"spec": {"minAvailable": "100%"}},
            },
            undecided={
                "not known": {"spec": {"maxUnavailable": UNKNOWN_STRING}},
                "nothing known": {"spec": UNKNOWN_STRING},
            },
        ),
    ),
    stack_checks=(_budget_check(DEPLOYMENT), _budget_check(STATEFUL_SET)),
)
