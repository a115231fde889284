"""Google Cloud relational databases: the flags that decide what is on record and what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.controls import cis_gcp
from policies.rule import Check, Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth, View, some, truth

_INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"

_ALL_LEVELS: Final = ("debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flag:
    """What a flag must be.

    ``by_default`` is whether the engine does so without it, ``problem`` what is wrong otherwise.
    """

    name: str
    allowed: frozenset[str]
    by_default: bool
    problem: str


def _flag(name: str, *allowed: str, by_default: bool = False, problem: str) -> _Flag:
    return _Flag(name=name, allowed=frozenset(allowed), by_default=by_default, problem=problem)


FLAGS_OF: Final[Mapping[str, tuple[_Flag, ...]]] = {
    "POSTGRES": (
        _flag("log_error_verbosity", "default", by_default=True, problem="details errors wrongly"),
        _flag("log_connections", "on", problem="does not record who connects"),
        _flag("log_disconnections", "on", problem="does not record who leaves"),
        _flag(
            "log_min_messages",
            *_ALL_LEVELS,
            by_default=True,
            problem="does not record what the server warns of",
        ),
        _flag(
            "log_min_error_statement",
            *_ALL_LEVELS,
            "error",
            by_default=True,
            problem="does not record the statements that fail",
        ),
        _flag(
            "log_min_duration_statement",
            "-1",
            by_default=True,
            problem="records slow statements with the data in them",
        ),
        _flag("cloudsql.enable_pgaudit", "on", problem="keeps no audit log"),
    ),
    "MYSQL": (
        _flag("skip_show_database", "on", problem="shows everybody all databases"),
        # Without it only the newer versions refuse.
        _flag("local_infile", "off", problem="lets clients load files"),
    ),
}
"""The flags of each engine, which is the beginning of its version.

Source: CIS Google Cloud Platform Foundation v5.0.0, 6.1.2, 6.1.3, 6.2.1-6.2.8; the defaults are
those of PostgreSQL and MySQL.
"""

_STATEMENTS: Final = "log_statement"
_AUDITED: Final = "pgaudit.log"
_CHANGES: Final = frozenset({"ddl", "mod", "all"})
_AUDITED_CHANGES: Final = frozenset({"ddl", "all"})


def _set(instance: Subject) -> Iterator[Demand]:
    version = instance.at("databaseVersion")
    flags = instance.at("settings", "databaseFlags")
    for engine, expected in FLAGS_OF.items():
        meant = version.matches(lambda text, engine=engine: text.startswith(engine))
        if meant is Truth.NO:
            continue
        for flag in expected:
            yield Demand(~meant | _is_as_expected(flags, flag), flags, flag.problem)
        if engine == "POSTGRES":
            recorded = _is_given(flags, _STATEMENTS, _CHANGES.__contains__)
            # The audit log leaves passwords out, which the other one records.
            audited = _is_given(flags, _AUDITED, _audits_changes)
            yield Demand(~meant | recorded | audited, flags, "does not record changes of tables")


def _is_as_expected(flags: View, flag: _Flag) -> Truth:
    given = some(each.at("name").is_one_of(flag.name) for each in flags.elements())
    by_default = truth(flag.by_default) & ~given
    return by_default | _is_given(flags, flag.name, flag.allowed.__contains__)


def _is_given(flags: View, name: str, allowed: Callable[[str], bool]) -> Truth:
    return some(
        each.at("name").is_one_of(name)
        & each.at("value").matches(lambda text: allowed(text.lower()))
        for each in flags.elements()
    )


def _audits_changes(classes: str) -> bool:
    return not _AUDITED_CHANGES.isdisjoint(each.strip() for each in classes.split(","))


def _database(version: str, flags: Mapping[str, Any]) -> Props:
    listed = [{"name": name, "value": value} for name, value in flags.items()]
    return {"databaseVersion": version, "settings": {"databaseFlags": listed}}


_POSTGRES: Final = "POSTGRES_17"
_MYSQL: Final = "MYSQL_8_4"
_MADE: Final = {
    "log_connections": "on",
    "log_disconnections": "on",
    "cloudsql.enable_pgaudit": "on",
    "pgaudit.log": "ddl,role",
}
_MADE_OF_MYSQL: Final = {"skip_show_database": "on", "local_infile": "off"}


def _postgres(**changed: Any) -> Props:
    flags = {**_MADE, **changed}
    return _database(_POSTGRES, {name: value for name, value in flags.items() if value is not None})


def _without(flags: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in flags.items() if key != name}


_WITHOUT_AUDIT: Final = _without(_MADE, _AUDITED)

FLAGS: Final = Rule(
    id="gcp-sql-flags",
    title="Databases record who connects and what changes, and show nobody more than is theirs",
    reason=(
        "After an attack the log of the database is the only witness; what it leaves out, or tells "
        "with the data in it, cannot be mended then."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=cis_gcp(
        v5=(
            "6.1.2",
            "6.1.3",
            "6.2.1",
            "6.2.2",
            "6.2.3",
            "6.2.4",
            "6.2.5",
            "6.2.6",
            "6.2.7",
            "6.2.8",
        )
    ),
    fix=(
        'For PostgreSQL set the flags log_connections="on", log_disconnections="on", '
        'cloudsql.enable_pgaudit="on" and pgaudit.log="ddl,role", and leave log_error_verbosity, '
        "log_min_messages, log_min_error_statement and log_min_duration_statement out; for MySQL "
        'set skip_show_database="on" and local_infile="off".'
    ),
    source="https://cloud.google.com/sql/docs/postgres/flags",
    checks=(
        Check(
            type=_INSTANCE,
            demand="The flags are as the engine's table has them.",
            reads=(
                "databaseVersion",
                "settings.databaseFlags.name",
                "settings.databaseFlags.value",
            ),
            absent=(
                "A flag left out is as the engine has it: log_connections, log_disconnections, "
                "log_statement, cloudsql.enable_pgaudit, skip_show_database and local_infile "
                "violate, the others satisfy. databaseVersion left out is no engine and satisfies."
            ),
            judge=_set,
            good={
                "PostgreSQL": _postgres(),
                "PostgreSQL, with all of them": _postgres(
                    log_error_verbosity="DEFAULT",
                    log_min_messages="NOTICE",
                    log_min_error_statement="ERROR",
                    log_min_duration_statement="-1",
                    log_statement="ddl",
                ),
                **{
                    f"PostgreSQL, statements {kind}": _database(
                        _POSTGRES, {**_WITHOUT_AUDIT, _STATEMENTS: kind}
                    )
                    for kind in sorted(_CHANGES)
                },
                "PostgreSQL, everything audited": _postgres(**{_AUDITED: "read, ALL"}),
                **{
                    f"PostgreSQL, messages {level}": _postgres(
                        log_min_messages=level, log_min_error_statement=level
                    )
                    for level in _ALL_LEVELS
                },
                "MySQL": _database(_MYSQL, _MADE_OF_MYSQL),
                "SQL Server": {"databaseVersion": "SQLSERVER_2022_STANDARD"},
                "left out": {},
            },
            bad={
                "PostgreSQL, no flags": {"databaseVersion": _POSTGRES},
                **{
                    f"PostgreSQL, no {name}": _database(_POSTGRES, _without(_MADE, name))
                    for name in _MADE
                },
                **{
                    f"PostgreSQL, {name} {value}": _postgres(**{name: value})
                    for name, value in (
                        ("log_connections", "off"),
                        ("log_disconnections", "off"),
                        ("cloudsql.enable_pgaudit", "off"),
                        ("log_error_verbosity", "terse"),
                        ("log_error_verbosity", "verbose"),
                        ("log_min_messages", "error"),
                        ("log_min_error_statement", "fatal"),
                        ("log_min_duration_statement", "0"),
                    )
                },
                "PostgreSQL, roles audited only": _postgres(**{_AUDITED: "role"}),
                "PostgreSQL, no statements": _database(
                    _POSTGRES, {**_WITHOUT_AUDIT, _STATEMENTS: "none"}
                ),
                "PostgreSQL, no value": {
                    "databaseVersion": _POSTGRES,
                    "settings": {"databaseFlags": [{"name": name} for name in _MADE]},
                },
                "PostgreSQL, no name": {
                    "databaseVersion": _POSTGRES,
                    "settings": {"databaseFlags": [{"value": "on"}]},
                },
                **{
                    f"MySQL, no {name}": _database(_MYSQL, _without(_MADE_OF_MYSQL, name))
                    for name in _MADE_OF_MYSQL
                },
                "MySQL, files": _database(_MYSQL, {**_MADE_OF_MYSQL, "local_infile": "on"}),
                "MySQL, databases": _database(
                    _MYSQL, {**_MADE_OF_MYSQL, "skip_show_database": "off"}
                ),
            },
            undecided={
                "engine not known": {"databaseVersion": UNKNOWN_STRING},
                "flags not known": {
                    "databaseVersion": _POSTGRES,
                    "settings": {"databaseFlags": UNKNOWN_ARRAY},
                },
                "one name not known": _postgres(**{UNKNOWN_STRING: "on"}),
                "one value not known": _postgres(log_connections=UNKNOWN_STRING),
            },
        ),
    ),
)
