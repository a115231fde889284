"""Whether what is asked fits into what it is given: disks, by an estimate, and CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from pydantic import model_validator

from components.spec import Spec

FILLED_PERCENT: Final = 80
"""How much of a volume the data may take; compaction and peaks need the rest."""


class Reserving(Spec):
    """A part with ``cpus``, the most it may use, and ``cpus_reserved``, what is kept free for it."""

    if TYPE_CHECKING:
        cpus: float
        cpus_reserved: float

    @model_validator(mode="after")
    def _reserves_what_it_may_use(self) -> Self:
        if self.cpus_reserved > self.cpus:
            raise ValueError(
                f"cpus_reserved is {self.cpus_reserved:g}, more than cpus, {self.cpus:g}: lower it,"
                " or raise cpus"
            )
        return self


def refuse_overfull(
    *, retention_days: int, gib_per_day: float, stored_share: float, volume_gib: int
) -> None:
    """Refuse a retention that the volume cannot hold.

    Args:
        retention_days: How long data is kept, days.
        gib_per_day: Expected intake before compression, GiB a day.
        stored_share: What is left of it on disk, index included; 0.25 is a quarter.
        volume_gib: Size of the volume, GiB.

    Raises:
        ValueError: The data would take more than ``FILLED_PERCENT`` of the volume.
    """
    a_day = gib_per_day * stored_share
    room = volume_gib * FILLED_PERCENT / 100
    needed = retention_days * a_day
    if needed <= room:
        return
    longest = int(room / a_day)
    remedy = (
        f"set retention_days to {longest} at most"
        if longest
        else "not even one day fits, so lower gib_per_day"
    )
    raise ValueError(
        f"retention_days is {retention_days}, and at a gib_per_day of {gib_per_day:g} that is about"
        f" {needed:.1f} GiB stored; a volume_gib of {volume_gib} holds {room:.1f}: {remedy}, or"
        f" volume_gib to {int(needed * 100 / FILLED_PERCENT) + 1}"
    )
