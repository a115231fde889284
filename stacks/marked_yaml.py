"""YAML as plain data, with the line of everything in it.

Read the way the Pulumi CLI reads it (YAML 1.2 words for booleans), so that one file means the same
to both. What YAML readers disagree about is refused instead of guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

from stacks.problem import Place, Problem, SettingsError

PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")
)
TEXT_TAG: Final = "tag:yaml.org,2002:str"
AMBIGUOUS_TAG: Final = "!ambiguous"


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            problem = "aliases are not used in stack files: write the value out"
            raise ComposerError(None, None, problem, mark)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    # Octal or decimal, a grouped number, a date: readers differ (an account id may begin with 0).
    (
        AMBIGUOUS_TAG,
        (
            r"[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9]+_[0-9_]*"
            r"|[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"
        ),
        "-+0123456789",
    ),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, slots=True)
class Marked:
    """A value, the line (counted from 1) of each key and item in it, and what YAML leaves open."""

    value: Any
    lines: Mapping[Place, int]
    problems: tuple[Problem, ...]


def read_marked(name: str, text: str) -> Marked:
    """Read the one document in ``text``, the content of the file ``name``.

    Raises:
        SettingsError: ``text`` is not YAML; the message has the line and quotes none of it.
    """
    reader = _Reader()
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        value = reader.value(loader, node, ()) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        reason = ", ".join(filter(None, [error.context, error.problem]))
        raise SettingsError(
            f"{name} is not valid YAML: {where}{reason}. Correct it there."
        ) from None
    except ReaderError as error:
        raise SettingsError(
            f"{name} is not valid YAML: {error.reason} (character {error.position + 1}). "
            "Remove that character."
        ) from None
    except RecursionError:
        raise SettingsError(f"{name} is nested too deeply. Write it flatter.") from None
    return Marked(value, reader.lines, tuple(reader.problems))


class _Reader:
    """Turns nodes into plain data, noting lines and what YAML leaves open."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def value(self, loader: _Loader, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {
                key: self.value(loader, item, (*place, key))
                for key, item in self._entries(node, place)
            }
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[*place, index] = item.start_mark.line + 1
            return [self.value(loader, item, (*place, i)) for i, item in enumerate(node.value)]
        return self._scalar(loader, node, place)

    def _scalar(self, loader: _Loader, node: yaml.Node, place: Place) -> Any:
        if node.tag == AMBIGUOUS_TAG:
            message = "may be read as a number or as a date; put the value in quotes."
        elif node.tag not in PLAIN_TAGS:
            message = f"the tag {node.tag} is not used in stack files; remove it."
        else:
            try:
                return loader.construct_object(node)
            except (ValueError, KeyError):
                message = "is not what its tag says, or too long a number; write it plainly."
        self.problems.append(Problem(place, message))
        return node.value

    def _entries(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, yaml.Node]]:
        first: dict[str, int] = {}
        for key_node, item in node.value:
            line: int = key_node.start_mark.line + 1
            key = str(key_node.value)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != TEXT_TAG:
                self.problems.append(
                    Problem(place, f"line {line} has a key that is not text; put it in quotes.")
                )
                continue
            if key in first:
                again = (*place, key)
                message = f"is given twice, in lines {first[key]} and {line}; keep one."
                self.problems.append(Problem(again, message))
            first[key] = line
            self.lines[*place, key] = line
            yield key, item
