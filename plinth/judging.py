"""The rules of ``policies`` as an analyzer of a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from policies.judge import Finding, Judge, Resource
from policies.rule import Rule, Verdict
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Judged, Violation

# A rule that broke did not pass anything, so its resource counts as failed.
_FAILED: Final = frozenset({Verdict.FAIL, Verdict.DEFECT})


class RuleAnalyzer:
    """Judges by ``rules``, with the verdicts the packs give under the Pulumi engine."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Index ``rules`` by the types they judge."""
        self._judge = Judge(rules)

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        """Judge one resource's checked inputs."""
        return _analysis(self._judge.resource(_resource(resource)))

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        """Judge the finished stack."""
        return _analysis(self._judge.stack(map(_resource, resources)))

    def close(self) -> None:
        """Nothing is held."""


def _resource(resource: AnalyzedResource) -> Resource:
    return Resource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        props=resource.properties,
        property_dependencies=resource.property_dependencies,
    )


def _analysis(findings: Sequence[Finding]) -> Analysis:
    verdicts = [finding.verdict for finding in findings]
    return Analysis(
        violations=tuple(
            _violation(finding)
            for finding in findings
            if finding.verdict in _FAILED or finding.verdict is Verdict.UNDECIDED
        ),
        judged=Judged(
            passed=verdicts.count(Verdict.PASS),
            failed=sum(verdict in _FAILED for verdict in verdicts),
            undecided=verdicts.count(Verdict.UNDECIDED),
        ),
    )


def _violation(finding: Finding) -> Violation:
    return Violation(
        rule=finding.rule.id,
        pack=finding.rule.pack,
        level=finding.level,
        urn=finding.urn,
        message=finding.message,
        severity=finding.rule.severity.value,
        undecided=finding.verdict is Verdict.UNDECIDED,
    )
