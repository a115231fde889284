"""What can go wrong in the command, as messages meant for the user."""


class PlinthError(Exception):
    """An expected failure; its text says what was wrong and what to do."""


class UsageError(PlinthError):
    """The command was called in a way it does not allow."""


class CalledOff(PlinthError):  # noqa: N818 the user's decision, not an error of theirs
    """The user was asked and said no."""
