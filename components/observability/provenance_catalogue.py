"""The series that exist in a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from components.observability.alert import Group
from components.observability.metric_names import EVERY_JOB, OWN_SERIES, known_metrics
from components.observability.promql_kept import Kept
from components.observability.promql_labels import kept
from components.observability.target import Target


@dataclass(frozen=True)
class Catalogue:
    """The series of a stack: what its targets expose, and what its rules record."""

    targets: Sequence[Target]
    groups: Sequence[Group]

    @cached_property
    def by_job(self) -> Mapping[str, frozenset[str]]:
        """What each job exposes."""
        found: dict[str, frozenset[str]] = {}
        for target in self.targets:
            names = known_metrics(*target.metrics) | target.extra_metrics | EVERY_JOB
            job = target.labels.get("job", target.job)
            found[job] = found.get(job, frozenset()) | names
        return found

    @cached_property
    def recorded(self) -> Mapping[str, Kept]:
        """The labels of each recorded series."""
        labels: dict[str, Kept] = {}
        for group in self.groups:
            for rule in group.recordings:
                found = kept(rule.expression, labels).adding(rule.labels)
                known = labels.get(rule.record)
                labels[rule.record] = found if known is None else known.both(found)
        return labels

    @cached_property
    def names(self) -> frozenset[str]:
        """Every series there is."""
        scraped = (name for names in self.by_job.values() for name in names)
        return frozenset(scraped) | frozenset(self.recorded) | OWN_SERIES | EVERY_JOB
