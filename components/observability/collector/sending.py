"""An exporter with all that belongs to it, and how senders become pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from components.observability.collector.config import Exporter, Extension
from components.observability.destinations_spec import Signal
from components.observability.site import Secret
from components.workload import Egress


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One place that telemetry is sent to.

    Attributes:
        id: Id of the exporter.
        exporter: How it is sent.
        signals: What is sent.
        extensions: That sign requests in, by id.
        secret_files: Credentials by path.
        egress: The way there, where it is no workload of the stack.
        cloud_identity: Whether it asks who the pod is.
    """

    id: str
    exporter: Exporter
    signals: frozenset[Signal]
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    secret_files: Mapping[str, Secret] = field(default_factory=dict)
    egress: tuple[Egress, ...] = ()
    cloud_identity: bool = False


def only(sendings: Iterable[Sending], *signals: Signal) -> tuple[Sending, ...]:
    """What ``sendings`` send of ``signals``; those that send nothing else are left out."""
    return tuple(
        replace(each, signals=each.signals & set(signals))
        for each in sendings
        if each.signals & set(signals)
    )


def of(sendings: Iterable[Sending], signal: Signal) -> tuple[str, ...]:
    """Ids of the exporters of ``signal``."""
    return tuple(each.id for each in sendings if signal in each.signals)


def exporters_of(sendings: Iterable[Sending]) -> dict[str, Exporter]:
    """The exporters by id."""
    return {each.id: each.exporter for each in sendings}


def extensions(sendings: Iterable[Sending]) -> dict[str, Extension]:
    """The extensions that the exporters name, by id."""
    return {id_: each for sending in sendings for id_, each in sending.extensions.items()}


def secret_files(sendings: Iterable[Sending]) -> dict[str, Secret]:
    """The credentials by path."""
    return {path: each for sending in sendings for path, each in sending.secret_files.items()}


def ways(sendings: Iterable[Sending]) -> tuple[Egress, ...]:
    """The ways out, each once."""
    return tuple(dict.fromkeys(each for sending in sendings for each in sending.egress))
