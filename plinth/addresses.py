"""Tells which stack has which addresses, what overlaps and what is free."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Literal

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console

from plinth.operate import FAILED, OK, USER_ERRORS
from plinth.render.addresses import draw, plain, sections
from plinth.render.plain import PlainRenderer
from plinth.surroundings import Surroundings
from plinth.target import find_project
from stacks.address_report import AddressReport, Clash, FreeSpace, StackAddresses, report


class AddressesDocument(BaseModel):
    """The JSON document of ``addresses --json``; ``message`` says why there is no plan."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    command: Literal["addresses"] = "addresses"
    ok: bool
    message: str = ""
    stacks: tuple[StackAddresses, ...] = ()
    clashes: tuple[Clash, ...] = ()
    left_out: dict[str, str] = {}
    free: tuple[FreeSpace, ...] = ()


def tell_addresses(around: Surroundings, *, as_json: bool) -> int:
    """Print the address plan of the project; the exit code says whether ranges overlap."""
    out = PlainRenderer(sys.stdout)
    try:
        found = report(find_project(around.directory))
    except USER_ERRORS as error:
        typer.echo(f"Error: {error}", err=True)
        if as_json:
            out.say(AddressesDocument(ok=False, message=str(error)).model_dump_json(indent=2))
        return FAILED
    if as_json:
        out.say(_document(found).model_dump_json(indent=2))
    else:
        _print(found, out, on_terminal=around.on_terminal())
    return FAILED if found.clashes else OK


def _document(found: AddressReport) -> AddressesDocument:
    return AddressesDocument(
        ok=not found.clashes,
        stacks=found.stacks,
        clashes=found.clashes,
        left_out=dict(found.left_out),
        free=found.free,
    )


def _print(found: AddressReport, out: PlainRenderer, *, on_terminal: bool) -> None:
    console = Console(file=sys.stdout, force_terminal=True, highlight=False)
    for section in sections(found):
        if on_terminal:
            draw(section, console)
        else:
            for line in plain(section):
                out.say(line)
        out.say("")
    for line in _verdict(found):
        out.say(line)


def _verdict(found: AddressReport) -> Iterator[str]:
    if found.left_out:
        yield "Left out"
        for reason in found.left_out.values():
            yield from (f"  {line}" for line in reason.splitlines())
        yield ""
    if not found.clashes:
        yield "No ranges of different stacks overlap."
        return
    yield "Overlaps"
    for clash in found.clashes:
        yield f"  {clash.problem}"
