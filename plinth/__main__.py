"""``python -m plinth``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; an interruption while its modules are still being loaded is no crash."""
    try:
        from plinth.cli import main as run  # noqa: PLC0415 loading takes long enough for a Ctrl-C

        run()
    except KeyboardInterrupt as interruption:
        from plinth.signals import exit_code  # noqa: PLC0415

        sys.exit(exit_code(interruption))


if __name__ == "__main__":
    main()
