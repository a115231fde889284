"""What the command asks of an engine."""

from typing import Protocol

from rehearsal.events import Listener, Summary


class Runner(Protocol):
    """Carries one stack through an operation, telling ``listener`` what happens.

    The last event is the returned summary. A summary that is not ``ok`` is an operation that ran
    and failed; a ``PlinthError`` or a ``RehearsalError`` is one that could not begin.
    """

    def preview(self, listener: Listener) -> Summary:
        """Show what ``up`` would do; nothing is changed."""
        ...

    def up(self, listener: Listener) -> Summary:
        """Make the stack what its settings say."""
        ...

    def down(self, listener: Listener) -> Summary:
        """Delete everything the stack owns."""
        ...
