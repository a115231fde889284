"""Everything an operation told, kept for the summary and the document."""

from __future__ import annotations

from dataclasses import dataclass, field

from rehearsal.events import (
    Diagnostic,
    Event,
    Kind,
    Op,
    Started,
    StepDone,
    StepFailed,
    StepStarted,
    Summary,
    Violation,
)


@dataclass
class Report:
    """A listener that remembers."""

    started: Started | None = None
    done: list[StepDone] = field(default_factory=list)
    failed: list[StepFailed] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    summary: Summary | None = None

    def __call__(self, event: Event) -> None:
        """Keep ``event``."""
        match event:
            case Started():
                self.started = event
            case StepStarted():
                pass
            case StepDone():
                self.done.append(event)
            case StepFailed():
                self.failed.append(event)
            case Diagnostic():
                self.diagnostics.append(event)
            case Violation():
                self.violations.append(event)
            case Summary():
                self.summary = event

    @property
    def kind(self) -> Kind:
        """The operation; a preview as long as nothing was started."""
        return self.started.kind if self.started else Kind.PREVIEW

    @property
    def changes(self) -> bool:
        """Whether any step changes, or in a preview would change, something."""
        return any(done.step.op not in {Op.SAME, Op.READ, Op.REFRESH} for done in self.done)
