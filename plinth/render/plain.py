"""One line per step, for logs, pipes and ``grep``."""

from __future__ import annotations

from typing import Protocol, TextIO

from plinth.render.words import verdict_of
from rehearsal.events import (
    Diagnostic,
    Event,
    Level,
    Step,
    StepDone,
    StepFailed,
    Violation,
)


class Renderer(Protocol):
    """A listener with a surface, which exists between ``begin`` and ``end``."""

    def begin(self) -> None:
        """Take the surface."""
        ...

    def end(self) -> None:
        """Leave what is to stay."""
        ...

    def __call__(self, event: Event) -> None:
        """Show ``event``."""
        ...

    def say(self, text: str, style: str = "") -> None:
        """Show a line that is not an event."""
        ...


class PlainRenderer:
    """Lines without colour: the operation, the type, the name.

    A reader that goes away (``| head``) ends the output, not the operation.
    """

    def __init__(self, file: TextIO | None) -> None:
        """Write to ``file``; without one nothing is shown, for a document says it all later."""
        self.file = file

    def begin(self) -> None:
        """Nothing to prepare."""

    def end(self) -> None:
        """Nothing to leave."""

    def __call__(self, event: Event) -> None:
        """Write the lines of ``event``."""
        for line in lines(event):
            self.say(line)

    def say(self, text: str, style: str = "") -> None:
        """Write ``text``; ``style`` belongs to terminals."""
        del style
        if self.file is None:
            return
        try:
            self.file.write(f"{text}\n")
            self.file.flush()
        except BrokenPipeError:
            self.file = None


def lines(event: Event) -> list[str]:
    """What a log shows of ``event``; most of it is shown when a step ends."""
    match event:
        case StepDone(step):
            return [f"{step.op:<10} {step.type} {step.name}{reason(step)}"]
        case StepFailed(step, message):
            return [f"{'failed':<10} {step.type} {step.name}: {step.op}: {message}"]
        case Diagnostic(level, message, urn):
            shown = "note" if level is Level.INFO else str(level)
            about = f"{urn.rpartition('::')[2]}: " if urn else ""
            return [f"{shown:<10} {about}{message}"]
        case Violation():
            return [
                f"{verdict_of(event):<10} {event.rule} {event.urn.rpartition('::')[2]} ({event.level})"
            ]
        case _:
            return []


def reason(step: Step) -> str:
    """Why a step is taken: changed property paths, never values."""
    if step.replace_because:
        return f" (replaced because of {', '.join(step.replace_because)})"
    if step.changed:
        return f" (changed: {', '.join(step.changed)})"
    return ""
