"""The Pulumi engine's events in the words of ``rehearsal.events``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from pulumi.automation.events import (
    DiagnosticEvent,
    EngineEvent,
    PolicyEvent,
    StepEventMetadata,
    SummaryEvent,
)

from rehearsal.analysis import AnalyzedResource, Analyzer
from rehearsal.events import (
    Diagnostic,
    Judged,
    Kind,
    Level,
    Listener,
    Op,
    Started,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
    Summary,
    Violation,
)
from rehearsal.packs import is_exempt, is_undecided
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, UNKNOWN_WIRE, Secret

STACK_TYPE: Final = "pulumi:pulumi:Stack"
MASKED: Final = "[secret]"
_COLOUR: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
# What our own packs are called; the rules are counted by themselves.
_OWN: Final = "plinth-"
# The rules of a pack that judge the whole stack share one policy; each message names its rule.
_ACROSS: Final = "-stack"
_STANDARD_ERROR: Final = "info#err"
_TRACEBACK: Final = "Traceback (most recent call last):"
_LEVEL: Final = {"warning": Level.WARNING, "error": Level.ERROR}


class Translator:
    """Tells ``listener`` what the Pulumi engine tells."""

    def __init__(self, kind: Kind, project: str, stack: str, listener: Listener) -> None:
        """Begin with nothing seen."""
        self.kind = kind
        self.outputs: Mapping[str, Any] = {}
        self._project = project
        self._stack = stack
        self._listener = listener
        self._begun: set[tuple[str, Op]] = set()
        self._done: set[tuple[str, Op]] = set()
        self._inputs: dict[str, AnalyzedResource] = {}
        self._counts: Counter[Op] = Counter()
        self._failed = False
        self._verdicts: Counter[str] = Counter()
        self._told_by_own_packs = 0
        self._said: set[tuple[str, str, str]] = set()
        self._mandatory = False
        self._last_error = ""
        self._traceback: list[Diagnostic] = []

    def begin(self) -> None:
        """Announce the operation."""
        self._listener(Started(self.kind, self._project, self._stack))

    def __call__(self, event: EngineEvent) -> None:
        """Translate one event of the engine; those without a counterpart are left out."""
        if event.resource_pre_event:
            self._pre(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._post(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._failed = True
            step = _step(event.res_op_failed_event.metadata)
            self._listener(StepFailed(step, self._last_error or "see the messages above"))
        elif event.diagnostic_event:
            self._diagnostic(event.diagnostic_event)
        elif event.policy_event:
            self._policy(event.policy_event)
        elif event.summary_event:
            self._summary(event.summary_event)

    def end(self, seconds: float, failure: str | None, analyzer: Analyzer | None) -> Summary:
        """Announce the end.

        Args:
            seconds: how long the operation took.
            failure: what the CLI said when it failed, maybe nothing; None if it did not fail.
            analyzer: the rules of the packs that were asked, to count the pairs there were to
                judge, for the engine tells only what failed or is undecided.
        """
        self._tell_traceback()
        message = failure
        if failure == "":
            message = "a mandatory policy is violated" if self._mandatory else self._last_error
        summary = Summary(
            kind=self.kind,
            ok=failure is None and not self._failed,
            counts=dict(self._counts),
            outputs=self.outputs,
            seconds=seconds,
            judged=self._judged(analyzer),
            message=message or "",
        )
        self._listener(summary)
        return summary

    def _tell_traceback(self) -> None:
        # An engine that stops early interrupts the program, whose traceback tells nobody anything.
        if not any(line.message == "KeyboardInterrupt" for line in self._traceback):
            for line in self._traceback:
                self._listener(line)

    def _judged(self, analyzer: Analyzer | None) -> Judged:
        told = Judged(
            0, *(self._verdicts[verdict] for verdict in ("failed", "undecided", "exempt"))
        )
        if analyzer is None:
            return told
        shown = list(self._inputs.values())
        answers = [*map(analyzer.analyze, shown), analyzer.analyze_stack(shown)]
        pairs = sum(
            a.judged.passed + a.judged.failed + a.judged.undecided + a.judged.exempt
            for a in answers
        )
        return told + Judged(passed=max(pairs - self._told_by_own_packs, 0))

    def _pre(self, metadata: StepEventMetadata) -> None:
        step = _step(metadata)
        if metadata.new is not None:
            self._inputs[step.urn] = AnalyzedResource(
                step.urn,
                step.type,
                step.name,
                metadata.new.inputs or {},
                parent=step.parent,
                protect=bool(metadata.new.protect),
            )
        if (step.urn, step.op) not in self._begun:
            self._begun.add((step.urn, step.op))
            self._listener(StepStarted(step))

    def _post(self, metadata: StepEventMetadata) -> None:
        step = _step(metadata)
        outputs = _marked((metadata.new.outputs if metadata.new else None) or {})
        if step.type == STACK_TYPE:
            self.outputs = outputs
        # A component's outputs come as a second event about the step that registered it.
        if (step.urn, step.op) not in self._done:
            self._done.add((step.urn, step.op))
            self._listener(StepDone(step, outputs=outputs))

    def _diagnostic(self, event: DiagnosticEvent) -> None:
        message = _plain(event.message)
        if event.ephemeral or event.severity == "debug" or not message:
            return
        level = _LEVEL.get(event.severity, Level.INFO)
        diagnostic = Diagnostic(level, message, event.urn or "")
        if level is Level.ERROR:
            self._last_error = message
        if event.severity == _STANDARD_ERROR and (self._traceback or message == _TRACEBACK):
            self._traceback.append(diagnostic)
        else:
            self._listener(diagnostic)

    def _policy(self, event: PolicyEvent) -> None:
        rule, message = event.policy_name, _plain(event.message)
        # Policy SDKs put a line with the policy's description before what a policy reports.
        message = message.partition("\n")[2] or message
        own = event.policy_pack_name.startswith(_OWN)
        if own and rule.endswith(_ACROSS):
            rule, _, message = message.partition(": ")
        # Each of our packs judges the exemptions, and says the same of those of one file.
        said = rule, event.resource_urn or "", message
        if own and said in self._said:
            return
        self._said.add(said)
        exempt = is_exempt(message)
        undecided = is_undecided(message) and not exempt
        self._mandatory |= event.enforcement_level == "mandatory" and not (undecided or exempt)
        self._verdicts["exempt" if exempt else "undecided" if undecided else "failed"] += 1
        self._told_by_own_packs += own
        self._listener(
            Violation(
                rule=rule,
                pack=event.policy_pack_name,
                level=event.enforcement_level,
                urn=event.resource_urn or "",
                message=message,
                undecided=undecided,
                exempt=exempt,
            )
        )

    def _summary(self, event: SummaryEvent) -> None:
        self._counts = Counter({Op(op): n for op, n in event.resource_changes.items()})


def _step(metadata: StepEventMetadata) -> Step:
    state = metadata.new or metadata.old
    changed = tuple(metadata.detailed_diff or metadata.diffs or ())
    return Step(
        op=Op(metadata.op.value),
        urn=metadata.urn,
        type=metadata.type,
        name=metadata.urn.split("::", 3)[3],
        parent=state.parent if state else "",
        changed=changed,
        replace_because=tuple(metadata.keys or ()),
    )


def _marked(value: Any) -> Any:
    if value == MASKED:
        return Secret(None)
    if value == UNKNOWN_WIRE:
        return UNKNOWN
    if isinstance(value, Mapping):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return Secret(None)
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return value


def _plain(message: str) -> str:
    return _COLOUR.sub("", message).strip("\n").rstrip()
