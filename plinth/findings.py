"""What a look at something found."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Status(StrEnum):
    """Whether something needs attention. ``fail`` is what no command works without."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(BaseModel):
    """One thing looked at: what was seen and, unless all is well, what to do."""

    model_config = ConfigDict(frozen=True)

    status: Status
    subject: str
    seen: str
    advice: str = ""
