"""What can go wrong in a rehearsal, as messages meant for the user.

RehearsalError
├── ProviderError   a simulated cloud refused
└── StateError      a state file, a lock or a passphrase is in the way
"""


class RehearsalError(Exception):
    """An expected failure; its text says what was wrong and what to do."""


class ProviderError(RehearsalError):
    """A simulated provider refused an operation, as a cloud would."""


class StateError(RehearsalError):
    """The stack's state cannot be used; nothing was changed."""
