"""Showing resources to the policies and acting on what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rehearsal.analysis import Analysis, AnalyzedResource, Analyzer
from rehearsal.events import Judged
from rehearsal.operation import Operation, Stopped
from rehearsal.state import ResourceState
from rehearsal.values import Properties, secret_paths, to_plain

MANDATORY = "mandatory"


class Verdicts:
    """Asks every analyzer, shows every finding, counts all."""

    def __init__(self, operation: Operation, analyzers: Sequence[Analyzer]) -> None:
        """Nothing is judged yet."""
        self._operation = operation
        self._analyzers = analyzers
        self.judged = Judged()

    def judge(self, state: ResourceState, inputs: Properties) -> None:
        """Judge one resource before anything happens to it.

        Raises:
            Stopped: it violates a mandatory policy, and this is no preview.
        """
        if not self._analyzers:
            return
        shown = self._shown(state, inputs)
        blocked = [self._take(analyzer.analyze(shown)) for analyzer in self._analyzers]
        if any(blocked) and not self._operation.preview:
            raise Stopped(f"{state.urn} violates a mandatory policy")

    def judge_stack(self, states: Iterable[ResourceState]) -> None:
        """Judge the finished stack."""
        resources = [self._shown(state, state.outputs) for state in states]
        for analyzer in self._analyzers:
            self._take(analyzer.analyze_stack(resources))

    def _take(self, analysis: Analysis) -> bool:
        """Count and show an analysis; whether it forbids going on."""
        with self._operation.order:
            self.judged += analysis.judged
        blocked = False
        for violation in analysis.violations:
            self._operation.emit(violation)
            if violation.level == MANDATORY and not (violation.undecided or violation.exempt):
                blocked = True
                self._operation.record_failure(
                    f"{violation.rule}: {violation.urn}: {violation.message}"
                )
        return blocked

    def _shown(self, state: ResourceState, properties: Properties) -> AnalyzedResource:
        provider = self._operation.registry.state(state.provider_urn)
        return AnalyzedResource(
            urn=state.urn,
            type=state.type,
            name=state.name,
            properties=to_plain(properties),
            parent=state.parent,
            provider_urn=provider.urn if provider else "",
            provider_type=provider.type if provider else "",
            provider_properties=to_plain(provider.inputs) if provider else {},
            protect=state.protect,
            options={
                "protect": state.protect,
                "ignoreChanges": list(state.ignore_changes),
                "additionalSecretOutputs": list(state.additional_secret_outputs),
            },
            dependencies=state.dependencies,
            property_dependencies=state.property_dependencies,
            secrets=frozenset(secret_paths(properties)),
            source_position=state.source_position,
        )
