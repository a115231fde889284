"""What has to hold before anything is changed.

A mistake in the program or a violated policy leaves the stack as it was; and nothing that holds
data is deleted or replaced unless the stack file says that it may be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from plinth.runner import Runner
from rehearsal.events import (
    Diagnostic,
    Event,
    Kind,
    Listener,
    Op,
    Started,
    StepDone,
    StepFailed,
    Summary,
    Violation,
)
from stacks.day import today_utc
from stacks.losses import Approval, Loss, holds_data, refusal, refused

VERBS: Final = {
    Op.DELETE: "delete",
    Op.REPLACE: "replace",
    Op.CREATE_REPLACEMENT: "replace",
    Op.DELETE_REPLACED: "replace",
}


class GuardedRunner:
    """``runner``, whose previews fail where something would be lost without approval.

    An up is previewed first, unless that was just done, and not begun if the preview fails. A down
    deletes everything by intent: it asks, and what is protected stops it.
    """

    def __init__(
        self,
        runner: Runner,
        stack: str,
        approvals: Sequence[Approval],
        today: Callable[[], date] = today_utc,
    ) -> None:
        """Nothing is run yet."""
        self.runner = runner
        self.stack = stack
        self.approvals = approvals
        self.today = today
        self._proven = False

    def preview(self, listener: Listener) -> Summary:
        """Show what ``up`` would do, and refuse what it would lose."""
        losses: list[Loss] = []
        last: list[Summary] = []

        def judge(event: Event) -> None:
            if isinstance(event, Summary):
                event = self._judged(event, losses)
                last.append(event)
            elif isinstance(event, StepDone) and event.step.op in VERBS:
                step = event.step
                if holds_data(step.type, step.name):
                    losses.append(Loss(step.type, step.name, VERBS[step.op]))
            listener(event)

        self.runner.preview(judge)
        self._proven = last[-1].ok
        return last[-1]

    def up(self, listener: Listener) -> Summary:
        """Make the stack what its settings say, unless a preview finds a reason not to."""
        if not self._proven:
            heard: list[Event] = []
            planned = self.preview(heard.append)
            if not planned.ok:
                return _told(heard, planned, listener)
        return self.runner.up(listener)

    def down(self, listener: Listener) -> Summary:
        """Delete everything the stack owns."""
        return self.runner.down(listener)

    def _judged(self, summary: Summary, losses: Sequence[Loss]) -> Summary:
        today = self.today()
        found = refused(losses, self.approvals, today)
        if not found:
            return summary
        told = refusal(found, self.approvals, self.stack, today)
        message = "\n".join(filter(None, [summary.message, told]))
        return replace(summary, ok=False, message=message)


def _told(heard: Sequence[Event], planned: Summary, listener: Listener) -> Summary:
    """What an up that is refused tells of the preview that refused it."""
    for event in heard:
        if isinstance(event, Started):
            listener(replace(event, kind=Kind.UP))
        elif isinstance(event, Diagnostic | StepFailed | Violation):
            listener(event)
    summary = replace(
        planned,
        kind=Kind.UP,
        counts={},
        outputs={},
        message=f"{planned.message}\nA preview found this, so nothing was changed.",
    )
    listener(summary)
    return summary
