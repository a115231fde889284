"""Measures what has a budget; ``python -m tools.bench policies`` measures a part of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tools import bench_policies, bench_rehearsal
from tools.bench_report import Figures

PARTS: Final[Mapping[str, Callable[[Figures], None]]] = {
    "policies": bench_policies.measure,
    "rehearsal": bench_rehearsal.measure,
}


def main(words: Sequence[str]) -> int:
    """Print the figures of the parts that are named, of all without any.

    Returns:
        1 if a figure is over its budget, 2 if there is no such part.
    """
    if set(words) - set(PARTS):
        print(f"Name what to measure, of {', '.join(PARTS)}.", file=sys.stderr)  # noqa: T201
        return 2
    figures = Figures()
    begun = time.monotonic()
    for part in words or PARTS:
        PARTS[part](figures)
    print(f"measured in {time.monotonic() - begun:.0f} s")  # noqa: T201
    return 1 if figures.over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
