"""The command line: what can be asked for, and nothing of how it is done."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from plinth.doctor import diagnose
from plinth.operate import Operation, told_errors
from plinth.report_order import parse_orders
from plinth.signals import exit_code, treat_like_ctrl_c
from plinth.surroundings import Request, Surroundings
from rehearsal.events import Kind

app = typer.Typer(
    name="plinth",
    help="Bring a platform up, stack by stack: for real with Pulumi, or as a rehearsal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StackOption = Annotated[
    str, typer.Option("--stack", "-s", help="Which stack: the NAME of a Pulumi.NAME.yaml.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
RehearseOption = Annotated[
    bool, typer.Option("--rehearse", help="Use the rehearsal engine: no cloud, no credentials.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")
]
PackOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy-pack",
        metavar="DIR",
        resolve_path=True,
        help="Let the Pulumi policy pack in DIR judge too. Can be given several times.",
    ),
]
StateDirOption = Annotated[
    Path | None,
    typer.Option("--state-dir", hidden=True, help="Keep rehearsals here instead of .plinth."),
]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        envvar="PLINTH_FAULT",
        hidden=True,
        help="Let a rehearsal fail: KIND:MOMENT:OPERATION, such as kill:before:7.",
    ),
]


ReportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT=FILE",
        help="Write what the policies said: sarif, junit, markdown, json or html. Can be repeated.",
    ),
]

policies_app = typer.Typer(
    help="Judge a stack, or an exported state, by all rules. Nothing is changed.",
    invoke_without_command=True,
)
app.add_typer(policies_app, name="policies")


@app.callback()
def _surroundings(context: typer.Context) -> None:
    if context.obj is None:
        context.obj = Surroundings()


def _carry_out(context: typer.Context, request: Request) -> None:
    raise typer.Exit(Operation(request, context.obj).run())


@app.command()
def preview(
    context: typer.Context,
    stack: StackOption = "dev",
    rehearse: RehearseOption = False,
    as_json: JsonOption = False,
    policy_pack: PackOption = None,
    report: ReportOption = None,
    state_dir: StateDirOption = None,
) -> None:
    """Show what up would do, and what the policies say of it. Nothing is changed."""
    packs = tuple(policy_pack or ())
    with told_errors():
        orders = parse_orders(report or [])
    _carry_out(
        context,
        Request(
            Kind.PREVIEW, stack, False, rehearse, as_json, state_dir, packs=packs, reports=orders
        ),
    )


@app.command()
def up(
    context: typer.Context,
    stack: StackOption = "dev",
    yes: YesOption = False,
    rehearse: RehearseOption = False,
    as_json: JsonOption = False,
    policy_pack: PackOption = None,
    report: ReportOption = None,
    state_dir: StateDirOption = None,
    fault: FaultOption = None,
) -> None:
    """Make the stack what its settings say. On a terminal, shows it first and asks."""
    packs, faults = tuple(policy_pack or ()), tuple(fault or ())
    with told_errors():
        orders = parse_orders(report or [])
    _carry_out(
        context,
        Request(Kind.UP, stack, yes, rehearse, as_json, state_dir, packs, faults, orders),
    )


@app.command()
def down(
    context: typer.Context,
    stack: StackOption = "dev",
    yes: YesOption = False,
    rehearse: RehearseOption = False,
    as_json: JsonOption = False,
    state_dir: StateDirOption = None,
    fault: FaultOption = None,
) -> None:
    """Delete everything the stack owns. Asks first."""
    faults = tuple(fault or ())
    _carry_out(
        context, Request(Kind.DESTROY, stack, yes, rehearse, as_json, state_dir, faults=faults)
    )


@app.command()
def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look at this machine, the stack files and what rehearsals left, and say what to do."""
    raise typer.Exit(diagnose(context.obj, as_json=as_json))


@app.command()
def addresses(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show which stack has which addresses, what overlaps and what is free."""
    from plinth.addresses import tell_addresses  # noqa: PLC0415 nothing else needs what it imports

    raise typer.Exit(tell_addresses(context.obj, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the stack files."""
    from stacks.schema import schema_text  # noqa: PLC0415 nothing else needs what it imports

    typer.echo(schema_text(), nl=False)


@policies_app.callback()
def policies(
    context: typer.Context,
    stack: StackOption = "dev",
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Judge what `pulumi stack export` wrote, instead of a rehearsed preview.",
        ),
    ] = None,
    report: ReportOption = None,
    max_undecided: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEVERITY=NUMBER",
            help="Fail if more is undecided, such as critical=0. Can be repeated.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings of rules, as JSON or YAML."),
    ] = None,
    state_dir: StateDirOption = None,
) -> None:
    """Judge a stack, or an exported state, by all rules. Nothing is changed."""
    if context.invoked_subcommand is not None:
        return
    from plinth.policy_command import (  # noqa: PLC0415 nothing else needs what it imports
        Asked,
        judge,
        parse_limits,
    )
    from plinth.render.shown import Shown  # noqa: PLC0415

    with told_errors():
        asked = Asked(
            stack,
            state,
            parse_orders(report or []),
            parse_limits(max_undecided or []),
            config,
            state_dir,
        )
        with Shown(context.obj.on_terminal()) as shown:
            made = judge(asked, context.obj, shown.say, shown)
    raise typer.Exit(0 if made.ok else 1)


@policies_app.command("list")
def list_policies() -> None:
    """Name every rule, with its severity and title."""
    from plinth.policy_command import listing  # noqa: PLC0415

    for line in listing():
        typer.echo(line)


@policies_app.command()
def explain(rule: Annotated[str, typer.Argument(metavar="RULE")]) -> None:
    """Show what a rule demands, why, how to satisfy it, and what passes and fails."""
    from plinth.policy_command import explanation  # noqa: PLC0415

    with told_errors():
        typer.echo(explanation(rule))


@policies_app.command("coverage")
def show_coverage(framework: Annotated[str, typer.Argument(metavar="FRAMEWORK")]) -> None:
    """Show which items of a framework are decided, partly decided, or not decidable."""
    from plinth.policy_command import covered  # noqa: PLC0415

    with told_errors():
        typer.echo(covered(framework))


def main() -> None:
    """The console script."""
    treat_like_ctrl_c()
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character gets a question mark, not a traceback.
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt as interruption:
        sys.exit(exit_code(interruption))
    finally:
        _flush()


def _open_what_is_closed() -> None:
    # After `>&-` Python has no stream, and the next file that is opened, such as a state, would
    # get its number and whatever is printed to it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The system gives the lowest number that is free, which is the one that was closed.
            opened = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(opened, True)
            setattr(sys, name, os.fdopen(opened, mode))


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader left; without this the interpreter complains once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
