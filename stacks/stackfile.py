"""A Pulumi stack file as plain data, with the line of everything in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stacks.marked_yaml import read_marked
from stacks.problem import Place, Problem, SettingsError, suggestion

PREFIX: Final = "Pulumi."
SUFFIX: Final = ".yaml"
OWN: Final = "plinth:"
DEFAULT_PROVIDERS_KEY: Final = "pulumi:disable-default-providers"
SETTINGS_KEY: Final = "plinth:settings"
SETTINGS_PLACE: Final[Place] = ("config", SETTINGS_KEY)
# The Pulumi CLI writes these beside the configuration when it keeps secrets of its own.
WRITTEN_BY_PULUMI: Final = {
    "secretsprovider": "The service that encrypts the secrets of this stack; written by Pulumi.",
    "encryptedkey": "The encrypted key of the secrets of this stack; written by Pulumi.",
    "encryptionsalt": "The salt of the passphrase of this stack; written by Pulumi.",
}


@dataclass(frozen=True, slots=True)
class StackFile:
    """The content of one stack file.

    ``document`` is the whole file; ``lines`` holds the line, counted from 1, of each key and item
    by its place; ``problems`` what is wrong with the file as YAML, short of being unreadable.
    """

    path: Path
    document: dict[str, Any]
    lines: Mapping[Place, int]
    problems: tuple[Problem, ...]

    @property
    def stack(self) -> str:
        """The name of the stack, from the name of the file."""
        return self.path.name.removeprefix(PREFIX).removesuffix(SUFFIX)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets among the configuration, without ``plinth:``, sorted."""
        return tuple(
            sorted(
                key.removeprefix(OWN)
                for key, value in self.config.items()
                if key.startswith(OWN) and is_encrypted(value)
            )
        )

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, values by full key (``plinth:settings``)."""
        config = self.document.get("config")
        return config if isinstance(config, dict) else {}


def is_encrypted(value: object) -> bool:
    """Whether ``value`` is a secret as the Pulumi CLI writes it: ``{secure: …}``."""
    return isinstance(value, dict) and value.keys() == {"secure"}


def stack_names(root: Path) -> list[str]:
    """The stacks that have a file in ``root``."""
    files = root.glob(f"{PREFIX}*{SUFFIX}")
    return sorted(f.name.removeprefix(PREFIX).removesuffix(SUFFIX) for f in files)


def stack_path(root: Path, stack: str) -> Path:
    """The file of ``stack`` in ``root``.

    Raises:
        SettingsError: there is none; the message lists the stacks that have one.
    """
    path = root / f"{PREFIX}{stack}{SUFFIX}"
    if stack not in stack_names(root):
        raise _no_stack(root, stack)
    return path


def _no_stack(root: Path, stack: str) -> SettingsError:
    return SettingsError(
        f'There is no stack "{stack}": {PREFIX}{stack}{SUFFIX} does not exist. '
        f"{suggestion(stack, stack_names(root))} Name a stack that has a file, or write the file."
    )


def read(path: Path) -> StackFile:
    """Read the stack file at ``path``.

    Raises:
        SettingsError: the file is missing or is not YAML; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _no_stack(path.parent, StackFile(path, {}, {}, ()).stack) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"{path.name} cannot be read: {reason}. Check the file.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    marked = read_marked(path.name, text)
    if not isinstance(marked.value, dict):
        raise SettingsError(
            f"{path.name} is not a stack file: it must be a mapping with the key config."
        )
    return StackFile(path, marked.value, marked.lines, marked.problems)


def check(file: StackFile, credentials: Collection[str] = ()) -> Iterator[Problem]:
    """What is wrong with ``file`` around the settings; the settings have their own check.

    Args:
        file: the stack file.
        credentials: names of the secrets that the settings ask for.
    """
    yield from file.problems
    for key in sorted(file.document.keys() - {"config", *WRITTEN_BY_PULUMI}):
        hint = suggestion(key, ["config", *WRITTEN_BY_PULUMI])
        yield Problem((key,), f"is not a part of a stack file. {hint} Correct or remove it.")
    if not isinstance(file.document.get("config", {}), dict):
        yield Problem(("config",), "must be a mapping from configuration keys to values.")
    for key in sorted(file.config.keys() - {DEFAULT_PROVIDERS_KEY, SETTINGS_KEY}):
        name = key.removeprefix(OWN)
        if name in file.secrets:
            continue
        if key.startswith(OWN) and name in credentials:
            yield Problem(
                ("config", key),
                "is a credential in plain text, so take it for known to others; set a new one with"
                f" `pulumi config set --secret {key}`, which asks for the value.",
            )
            continue
        hint = suggestion(key, [DEFAULT_PROVIDERS_KEY, SETTINGS_KEY])
        yield Problem(("config", key), f"is not read by this project. {hint} Correct or remove it.")
    if file.config.get(DEFAULT_PROVIDERS_KEY) != ["*"]:
        yield Problem(
            ("config", DEFAULT_PROVIDERS_KEY),
            'must be ["*"], so that no resource falls back on a default provider.',
        )
