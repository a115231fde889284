"""Whether what alerts, SLOs and dashboards ask for exists in the same stack."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final, TypeVar

from components.observability.alert import Alert, Group, Recording
from components.observability.dashboard import Dashboard, Source
from components.observability.grafana.dashboards.slo import slo_dashboards
from components.observability.metric_names import OWN_SERIES
from components.observability.promql import (
    Matcher,
    Selector,
    check_log_query,
    for_dashboard,
    selectors_of,
)
from components.observability.promql_labels import kept, lost_labels
from components.observability.provenance_catalogue import Catalogue
from components.observability.slo import Slo
from components.observability.slo_indicator import counted
from components.observability.slo_rules import slo_groups
from components.observability.target import Target

_Thing = TypeVar("_Thing")

_TEMPLATE_LABEL: Final = re.compile(
    r"\$?\b[Ll]abels\.(\w+)|index\s+(?:\$labels|\.Labels)\s+\"(\w+)\""
)
_LEGEND_LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def check_provenance(
    targets: Iterable[Target],
    groups: Iterable[Group],
    dashboards: Iterable[Dashboard],
    slos: Iterable[Slo],
) -> list[str]:
    """Everything that is asked for and does not exist, one sentence each; empty if all is well.

    The rules and dashboards of the targets and of the SLOs are checked with the others; what is
    given twice counts once.
    """
    watched = tuple(targets)
    promised = tuple(slos)
    own_groups = [group for target in watched for group in target.groups]
    own_pages = [page for target in watched for page in target.dashboards]
    rules = _once([*own_groups, *groups, *(g for slo in promised for g in slo_groups(slo))])
    pages = _once([*own_pages, *dashboards, *slo_dashboards(promised)])
    unparsable = [problem for group in rules for problem in _unparsable(group)]
    if unparsable:
        return unparsable
    catalogue = Catalogue(watched, rules)
    unmeasured = {slo.name: [*_slo_problems(slo, catalogue)] for slo in promised}
    # What is made of an SLO has the same problems many times over.
    made = [(slo_groups(slo), slo_dashboards([slo])) for slo in promised if unmeasured[slo.name]]
    rules = tuple(each for each in rules if not any(each in groups for groups, _ in made))
    pages = tuple(each for each in pages if not any(each in pages_ for _, pages_ in made))
    problems = [
        *_twice("targets have the job", (target.job for target in watched)),
        *_mixed(watched),
        *_twice("groups of rules have the name", (group.name for group in rules)),
        *_twice("alerts have the name", (a.name for group in rules for a in group.alerts)),
        *_twice("dashboards have the uid", (page.uid for page in pages)),
        *(problem for found in unmeasured.values() for problem in found),
        *(problem for group in rules for problem in _group_problems(group, catalogue)),
        *(problem for page in pages for problem in _page_problems(page, catalogue)),
    ]
    return list(dict.fromkeys(problems))


def _once(things: Iterable[_Thing]) -> tuple[_Thing, ...]:
    found: list[_Thing] = []
    for thing in things:
        if thing not in found:
            found.append(thing)
    return tuple(found)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{count} {what} {name!r}: rename all but one"


def _mixed(targets: Collection[Target]) -> Iterator[str]:
    """Targets whose series have the job of another thing, by a label of their own."""
    count = Counter(target.job for target in targets)
    by_job = {target.job: target for target in targets if count[target.job] == 1}
    for target in targets:
        other = by_job.get(target.labels.get("job", ""))
        if other is not None and other.metrics != target.metrics:
            yield (
                f"the target {target.job} has the label job {other.job!r}, which is the job of"
                f" {other.workload}: rename that"
            )


def _slo_problems(slo: Slo, catalogue: Catalogue) -> Iterator[str]:
    count = counted(slo.spec.indicator, "5m")
    for expression in (count.total, count.good):
        yield from _expression_problems(f"slos.{slo.name}.indicator", expression, catalogue)


def _title(rule: Alert | Recording) -> str:
    return f"alert {rule.name}" if isinstance(rule, Alert) else f"recording {rule.record}"


def _unparsable(group: Group) -> Iterator[str]:
    for rule in group.rules:
        try:
            selectors_of(rule.expression)
        except ValueError as error:
            yield f"{_title(rule)} of group {group.name}: {error}"


def _group_problems(group: Group, catalogue: Catalogue) -> Iterator[str]:
    for rule in group.rules:
        who = f"{_title(rule)} of group {group.name}"
        yield from _expression_problems(who, rule.expression, catalogue)
        if isinstance(rule, Alert):
            result = kept(rule.expression, catalogue.recorded)
            for text in (rule.summary, rule.description):
                for label in _template_labels(text):
                    if not result.has(label):
                        yield (
                            f"{who} says $labels.{label}, but its expression drops the label"
                            f" {label}: keep it with by ({label}), or leave it out of the text"
                        )


def _page_problems(page: Dashboard, catalogue: Catalogue) -> Iterator[str]:
    who = f"dashboard {page.uid}"
    for variable in page.variables:
        yield from _metric_problems(
            f"variable {variable.name} of {who}", Selector(variable.metric, ()), catalogue
        )
    for row in page.rows:
        for panel in row.panels:
            where = f"panel {panel.title!r} of {who}"
            for query in panel.queries:
                if query.source is Source.METRICS:
                    yield from _query_problems(where, query.expression, query.legend, catalogue)
                elif query.source is Source.LOGS:
                    yield from _log_problems(where, query.expression)


def _log_problems(who: str, expression: str) -> Iterator[str]:
    try:
        check_log_query(expression)
    except ValueError as error:
        yield f"{who}: {error}"


def _query_problems(who: str, expression: str, legend: str, catalogue: Catalogue) -> Iterator[str]:
    question = for_dashboard(expression)
    try:
        result = kept(question, catalogue.recorded)
    except ValueError as error:
        yield f"{who}: {error}"
        return
    yield from _expression_problems(who, question, catalogue)
    for label in _LEGEND_LABEL.findall(legend):
        if not result.has(label):
            yield (
                f"{who} has the legend {legend!r}, but its expression drops the label {label}:"
                f" keep it with by ({label}), or leave it out of the legend"
            )


def _expression_problems(who: str, expression: str, catalogue: Catalogue) -> Iterator[str]:
    for selector in selectors_of(expression):
        yield from _job_problems(who, selector, catalogue)
        yield from _metric_problems(who, selector, catalogue)
    for lost in lost_labels(expression, catalogue.recorded):
        yield (
            f"{who} uses the label {lost.label} in `{lost.clause}`, but an aggregation inside it"
            f" dropped {lost.label}: keep it there, or do without it"
        )


def _job_problems(who: str, selector: Selector, catalogue: Catalogue) -> Iterator[str]:
    for matcher in selector.on("job"):
        for job in matcher.words or ():
            if job not in catalogue.by_job:
                yield (
                    f'{who} selects job="{job}", but no target has that job'
                    f"{_nearest(job, catalogue.by_job)}: correct it, or pass the target"
                )
        if _is_pattern(matcher) and not any(map(matcher.accepts, catalogue.by_job)):
            yield (
                f"{who} selects job{matcher.operator}{matcher.value!r}, but no target's job is"
                " like that: correct it, or pass the target"
            )


def _is_pattern(matcher: Matcher) -> bool:
    return matcher.words is None and matcher.operator == "=~" and "$" not in matcher.value


def _metric_problems(who: str, selector: Selector, catalogue: Catalogue) -> Iterator[str]:
    jobs = _jobs(selector, catalogue)
    for metric in selector.metrics:
        if metric in catalogue.recorded or metric in OWN_SERIES:
            continue
        if metric not in catalogue.names:
            yield (
                f"{who} uses the metric {metric}, which no target exposes and no rule records"
                f"{_nearest(metric, catalogue.names)}: correct it, pass its target, or name it in"
                " the target's extra_metrics"
            )
        elif jobs and not any(metric in catalogue.by_job[job] for job in jobs):
            yield (
                f"{who} selects {metric} of job {' or '.join(jobs)}, which does not expose it"
                f"{_nearest(metric, _exposed(jobs, catalogue))};"
                f" {' and '.join(_exposing(metric, catalogue))} does: correct the metric or the job"
            )


def _jobs(selector: Selector, catalogue: Catalogue) -> tuple[str, ...]:
    """The jobs that a selector which names jobs allows; empty if it names none."""
    matchers = [m for m in selector.on("job") if "$" not in m.value]
    if not matchers:
        return ()
    return tuple(job for job in catalogue.by_job if all(m.accepts(job) for m in matchers))


def _exposed(jobs: Iterable[str], catalogue: Catalogue) -> frozenset[str]:
    return frozenset(name for job in jobs for name in catalogue.by_job[job])


def _exposing(metric: str, catalogue: Catalogue) -> list[str]:
    return sorted(job for job, names in catalogue.by_job.items() if metric in names)


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f" (the nearest is {found[0]})" if found else ""


def _template_labels(text: str) -> tuple[str, ...]:
    pairs = _TEMPLATE_LABEL.findall(text)
    return tuple(dict.fromkeys(dotted or indexed for dotted, indexed in pairs))
