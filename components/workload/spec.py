"""The parts of a workload: plain values, known before preview."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.network.plan import Tier

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
AbsolutePath = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$")]

HOST: Final = "@host"
"""As the source of a flow: people and programs on the machine itself."""

NEIGHBOURS: Final = "@neighbours"
"""As the source of a flow: every workload on the tier."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Port(_Part):
    """A port the process listens on."""

    number: Annotated[int, Field(ge=1, le=65_535)] = Field(description="TCP port number.")


class Flow(_Part):
    """``source`` calls ``target`` on its port ``port``, across the network of ``tier``.

    There is no connection without a flow: a workload joins the networks of its flows and no
    others, and a port is published only by a flow from ``HOST``.
    """

    source: Name | Literal["@host", "@neighbours"] = Field(
        description="Pulumi name of the calling workload, HOST or NEIGHBOURS."
    )
    target: Name = Field(description="Pulumi name of the workload that is called.")
    port: Name = Field(description="Key of the port in the target's ``ports``.")
    tier: Tier = Field(description="Network the call crosses.")
    published_port: Annotated[int, Field(ge=1024, le=65_535)] | None = Field(
        default=None, description="Port on the host's loopback address; with source HOST only."
    )

    @model_validator(mode="after")
    def _publishes_what_the_host_calls(self) -> Self:
        if (self.source == HOST) != (self.published_port is not None):
            message = (
                f"published_port is {self.published_port} with source {self.source}: a flow from "
                f"{HOST} needs it, every other flow must leave it out"
            )
            raise ValueError(message)
        if self.source == HOST and self.tier is not Tier.PUBLIC:
            message = f"tier is {self.tier}: only the tier {Tier.PUBLIC} can be reached from {HOST}"
            raise ValueError(message)
        return self


class Health(_Part):
    """A command that tells whether the process serves; exit status 0 is healthy."""

    command: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Program and arguments, run inside the container without a shell."
    )
    interval_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        default=10, description="Time between two checks."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = Field(
        default=5, description="Time after which one check has failed."
    )
    retries: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="Failures in a row that make the workload unhealthy."
    )
    start_seconds: Annotated[int, Field(ge=0, le=900)] = Field(
        default=30, description="Time to start in, during which failures do not count."
    )

    @property
    def deadline_seconds(self) -> int:
        """Time after which a workload that is not yet healthy has failed."""
        return self.start_seconds + self.retries * (self.interval_seconds + self.timeout_seconds)


class Resources(_Part):
    """What one replica may use."""

    cpus: Annotated[float, Field(ge=0.05, le=64)] = Field(description="CPU limit, cores.")
    memory_mib: Annotated[int, Field(ge=16, le=1_048_576)] = Field(
        description="Memory limit, MiB; the process is killed above it."
    )


class Volume(_Part):
    """Storage that outlives the container.

    A new Docker volume takes owner and mode of what the image has at ``path``, so the image must
    let the workload's user write there.
    """

    path: AbsolutePath = Field(description="Where the storage is mounted.")
    protected: bool = Field(default=False, description="Refuse deletion in Pulumi.")
