"""The JSON document of ``--json``. Its ``version`` rises when a field changes or goes away."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from plinth.render.report import Report
from plinth.render.words import outcomes
from rehearsal.events import Diagnostic, Level, Op, StepDone, StepFailed, Violation
from rehearsal.values import mask


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineDocument(_Part):
    """Who ran the operation and why it was chosen."""

    name: str
    touches_cloud: bool
    reason: str


class StepDocument(_Part):
    """One step on one resource; ``error`` is empty when it ended well."""

    op: Op
    urn: str
    type: str
    name: str
    parent: str
    changed: tuple[str, ...]
    replace_because: tuple[str, ...]
    seconds: float
    error: str


class ViolationDocument(_Part):
    """A policy's finding."""

    rule: str
    pack: str
    level: str
    severity: str
    urn: str
    message: str
    undecided: bool
    exempt: bool


class PoliciesDocument(_Part):
    """How many pairs of rule and resource were judged, and what was found."""

    passed: int
    failed: int
    undecided: int
    exempt: int
    violations: tuple[ViolationDocument, ...]


class DiagnosticDocument(_Part):
    """A message about the operation or about one resource."""

    level: Level
    message: str
    urn: str


class Document(_Part):
    """An operation from beginning to end.

    ``counts`` has resources per outcome, a replacement counted once; ``operations`` has steps per
    operation of the engine. Secrets in ``outputs`` are the text ``[secret]``, unknown values
    ``[unknown]``. ``message`` says what went wrong when ``ok`` is false.
    """

    version: Literal[1] = 1
    command: str
    project: str
    stack: str
    engine: EngineDocument | None
    ok: bool
    message: str
    duration_seconds: float
    counts: dict[str, int]
    operations: dict[Op, int]
    steps: tuple[StepDocument, ...]
    policies: PoliciesDocument
    outputs: dict[str, Any]
    diagnostics: tuple[DiagnosticDocument, ...]


def document(
    report: Report,
    *,
    command: str,
    project: str,
    stack: str,
    engine: EngineDocument | None,
    message: str = "",
) -> Document:
    """The document of ``report``; without a summary the operation did not get that far."""
    summary = report.summary
    judged = summary.judged if summary else None
    return Document(
        command=command,
        project=project,
        stack=stack,
        engine=engine,
        ok=summary is not None and summary.ok and not message,
        message=message or (summary.message if summary else ""),
        duration_seconds=round(summary.seconds, 3) if summary else 0.0,
        counts=outcomes(summary.counts if summary else {}),
        operations=dict(summary.counts) if summary else {},
        steps=tuple(map(_step, (*report.done, *report.failed))),
        policies=PoliciesDocument(
            passed=judged.passed if judged else 0,
            failed=judged.failed if judged else 0,
            undecided=judged.undecided if judged else 0,
            exempt=judged.exempt if judged else 0,
            violations=tuple(map(_violation, report.violations)),
        ),
        outputs=mask(dict(summary.outputs)) if summary else {},
        diagnostics=tuple(map(_diagnostic, report.diagnostics)),
    )


def _step(event: StepDone | StepFailed) -> StepDocument:
    step = event.step
    return StepDocument(
        op=step.op,
        urn=step.urn,
        type=step.type,
        name=step.name,
        parent=step.parent,
        changed=step.changed,
        replace_because=step.replace_because,
        seconds=round(event.seconds, 3) if isinstance(event, StepDone) else 0.0,
        error=event.message if isinstance(event, StepFailed) else "",
    )


def _violation(found: Violation) -> ViolationDocument:
    return ViolationDocument(
        rule=found.rule,
        pack=found.pack,
        level=found.level,
        severity=found.severity,
        urn=found.urn,
        message=found.message,
        undecided=found.undecided,
        exempt=found.exempt,
    )


def _diagnostic(found: Diagnostic) -> DiagnosticDocument:
    return DiagnosticDocument(level=found.level, message=found.message, urn=found.urn)
