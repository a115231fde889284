"""The rules of ``policies`` as an analyzer of a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from policies.exemptions import Exemptions
from policies.judge import Finding, Judge, Resource
from policies.rule import Rule, Verdict
from policies.settings import Configuration
from policies.subject import Provider
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.events import Judged, Violation

# A rule that broke did not pass anything, so its resource counts as failed.
_FAILED: Final = frozenset({Verdict.FAIL, Verdict.DEFECT})


class RuleAnalyzer:
    """Judges by ``rules``, with the verdicts the packs give under the Pulumi engine.

    It keeps what it found and what it was shown, for a report.

    Attributes:
        rules: What it judges by.
        exemptions: What does not bind whom, and which of that was used.
        shown: Every resource, by URN.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        exemptions: Exemptions | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        """Index ``rules`` by the types they judge.

        Raises:
            ValueError: the configuration names a rule or setting that is not there.
        """
        self.rules = tuple(rules)
        self.exemptions = exemptions or Exemptions()
        self.shown: dict[str, AnalyzedResource] = {}
        self._found: dict[tuple[str, str], list[Finding]] = {}
        self._across: list[Finding] = []
        self._judge = Judge(self.rules, configuration, exemptions=self.exemptions)

    @property
    def findings(self) -> list[Finding]:
        """The last verdict on each pair of rule and resource, those that pass too."""
        single = [finding for found in self._found.values() for finding in found]
        return [*single, *self._across]

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        """Judge one resource's checked inputs."""
        self.shown[resource.urn] = resource
        # An engine does not tell packs what a resource was made from before it judges the stack.
        alone = replace(resource, dependencies=(), property_dependencies={})
        found = self._judge.resource(as_rules_see(alone))
        self._found[resource.urn, resource.type] = found
        return _analysis(found)

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        """Judge the finished stack."""
        self._across = self._judge.stack(map(as_rules_see, resources))
        return _analysis(self._across)

    def close(self) -> None:
        """Nothing is held."""


def as_rules_see(resource: AnalyzedResource) -> Resource:
    """``resource`` as rules are shown it."""
    return Resource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        props=resource.properties,
        property_dependencies=resource.property_dependencies,
        dependencies=resource.dependencies,
        parent=resource.parent,
        protect=resource.protect,
        provider=_provider(resource),
        secrets=resource.secrets,
    )


def _provider(resource: AnalyzedResource) -> Provider | None:
    if not resource.provider_urn:
        return None
    return Provider(
        type=resource.provider_type,
        urn=resource.provider_urn,
        name=resource.provider_urn.rpartition("::")[2],
        props=resource.provider_properties,
    )


def _analysis(findings: Sequence[Finding]) -> Analysis:
    counts: Mapping[str, int] = {
        outcome: sum(_outcome(finding) == outcome for finding in findings)
        for outcome in ("passed", "failed", "undecided", "exempt")
    }
    return Analysis(
        violations=tuple(
            _violation(finding) for finding in findings if finding.verdict is not Verdict.PASS
        ),
        judged=Judged(**counts),
    )


def _outcome(finding: Finding) -> str:
    if finding.verdict is Verdict.PASS:
        return "passed"
    if finding.exemption is not None:
        return "exempt"
    return "failed" if finding.verdict in _FAILED else "undecided"


def _violation(finding: Finding) -> Violation:
    return Violation(
        rule=finding.rule.id,
        pack=finding.rule.pack,
        level=finding.level,
        urn=finding.urn,
        message=finding.told,
        severity=finding.rule.severity.value,
        undecided=_outcome(finding) == "undecided",
        exempt=finding.exemption is not None,
    )
