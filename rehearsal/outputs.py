"""What a provider computes: plausible values that are always the same for the same object."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rehearsal.facts import Facts, Recipe
from rehearsal.inner_fields import fill_in, inner_paths
from rehearsal.plausible import Inventor
from rehearsal.provider_config import ProviderConfig
from rehearsal.sdk import ResourceType
from rehearsal.values import UNKNOWN, Secret, contains_secret, reveal

_WORD: Final = re.compile(r"\{(\w+)\}")
_DRAWN: Final = re.compile(r"(hex|HEX|digits|alpha)(\d+)")
_ALPHABETS: Final = {
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": "0123456789",
    "alpha": "abcdefghijklmnopqrstuvwxyz0123456789",
}


class _Watched(Mapping[str, Any]):
    """Inputs in clear that remember whether a secret one was read."""

    def __init__(self, marked: Mapping[str, Any]) -> None:
        self.read_secret = False
        self._clear = {name: reveal(value) for name, value in marked.items()}
        self._secret = {name for name, value in marked.items() if contains_secret(value)}

    def __getitem__(self, name: str) -> Any:
        value = self._clear[name]
        self.read_secret |= name in self._secret
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._clear)

    def __len__(self) -> int:
        return len(self._clear)


class Maker:
    """Makes the id and the outputs of one object (the ``Making`` that facts see).

    Args:
        urn: the object's URN.
        generation: how many objects the URN had, with this one; a replacement differs in it.
        inputs: checked inputs, with their marks.
        known: what the SDK says of the type; ``None`` for a type that no SDK lists.
        facts: what else is known of it.
        config: the provider's configuration.
    """

    def __init__(
        self,
        token: str,
        urn: str,
        generation: int,
        inputs: Mapping[str, Any],
        known: ResourceType | None,
        facts: Facts,
        config: ProviderConfig,
    ) -> None:
        """Nothing is made before it is asked for."""
        self._watched = _Watched(inputs)
        self.inputs: Mapping[str, Any] = self._watched
        self._token = token
        self._marked = inputs
        self._known = known
        self._facts = facts
        self._config = config
        self.logical = urn.rpartition("::")[2]
        self._seed = f"{urn}\n{token}\n{generation}\n".encode()
        self._made: dict[str, Any] = {}
        self._secret: set[str] = set()

    @property
    def kind(self) -> str:
        """The last part of the type token."""
        return self._token.rpartition(":")[2]

    @property
    def module(self) -> str:
        """The module part of the type token."""
        return self._token.split(":")[1].split("/", maxsplit=1)[0]

    @property
    def has_read_secret(self) -> bool:
        """Whether what was made so far used a secret input."""
        return self._watched.read_secret

    def id(self) -> str:
        """The provider's id of the object."""
        return str(self._once("id", self._id))

    def _id(self) -> str:
        shape = self._facts.id
        made = shape(self) if callable(shape) else self.text(shape or "{hex20}", "id")
        return made or self.text("{hex20}", "id")

    def outputs(self) -> dict[str, Any]:
        """Inputs and every computed output; secret ones carry the mark."""
        known = self._known
        outputs = {name: value for name, value in self._marked.items() if value is not None}
        if known is not None:
            self._add_computed(outputs, known)
        for path in inner_paths(self._facts):
            # Computed at once: nothing keeps the function.
            fill_in(outputs, path, lambda: self._inner(path))  # noqa: B023
        return outputs

    def _add_computed(self, outputs: dict[str, Any], known: ResourceType) -> None:
        for name in computed_names(known, self._facts, self._marked):
            value = self.output(name)
            if value is not None:
                secret = name in known.secret_outputs or name in self._secret
                # Pulumi has no secret ids.
                outputs[name] = Secret(value) if secret and name != "id" else value
        for name in known.secret_outputs & outputs.keys():
            if not isinstance(outputs[name], Secret):
                outputs[name] = Secret(outputs[name])

    def _inner(self, path: str) -> Any:
        made = self._once(path, lambda: self._make(self._facts.outputs[path], path))
        return Secret(made) if path in self._secret else made

    def output(self, name: str) -> Any:
        """One computed output in clear, but for the marks inside ``tagsAll``."""
        return self._once(name, lambda: self._output(name))

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` makes; what is made from a secret, at whatever remove, is one too."""
        before, self._watched.read_secret = self._watched.read_secret, False
        if name not in self._made:
            self._made[name] = make()
            if self._watched.read_secret:
                self._secret.add(name)
        self._watched.read_secret = before or name in self._secret
        return self._made[name]

    def _output(self, name: str) -> Any:
        recipe = self._facts.outputs.get(name)
        if recipe is not None:
            return self._make(recipe, name)
        if name == "tagsAll":
            # The marked ones: each tag stays as secret as it was given.
            return self._marked.get("tags") or {}
        declared = self._known.outputs.get(name) if self._known else None
        if declared is None:
            return None
        invent = self._known is not None and name not in self._known.inputs
        return Inventor(self.text, invent=invent).value(declared, name, name)

    def _make(self, recipe: Recipe, purpose: str) -> Any:
        if callable(recipe):
            return recipe(self)
        if isinstance(recipe, str):
            return self.text(recipe, purpose)
        if isinstance(recipe, list):
            return [self._make(item, f"{purpose}[{index}]") for index, item in enumerate(recipe)]
        if isinstance(recipe, dict):
            return {key: self._make(item, f"{purpose}.{key}") for key, item in recipe.items()}
        return recipe

    def text(self, template: str, purpose: str) -> str:
        """A template filled in; ``purpose`` seeds the drawn words."""
        parts = _WORD.split(template)
        for index in range(1, len(parts), 2):
            parts[index] = self._word(parts[index], f"{purpose}#{index}")
        return "".join(parts)

    def draw(self, purpose: str, count: int) -> bytes:
        """Bytes that are always the same for this object and purpose."""
        return hashlib.shake_128(self._seed + purpose.encode()).digest(count)

    def _word(self, word: str, purpose: str) -> str:
        drawn = _DRAWN.fullmatch(word)
        if drawn:
            alphabet = _ALPHABETS[drawn.group(1)]
            size = len(alphabet)
            return "".join(alphabet[b % size] for b in self.draw(purpose, int(drawn.group(2))))
        fixed = _WORDS.get(word)
        if fixed is not None:
            return fixed(self, purpose)
        given = self.inputs.get(word)
        if given is None:
            given = getattr(self._config, word, None)
        if given is None and (word in self._facts.outputs or self._is_output(word)):
            given = self.output(word)
        return "" if given is None else str(given)

    def _is_output(self, name: str) -> bool:
        return self._known is not None and name in self._known.outputs


def computed_names(known: ResourceType, facts: Facts, inputs: Mapping[str, Any]) -> list[str]:
    """The outputs that the provider adds to the given inputs."""
    return [
        name
        for name in known.outputs
        if inputs.get(name) is None
        and (
            (name in known.certain and not facts.echoes)
            or name in facts.outputs
            or name not in known.inputs
        )
    ]


def planned_outputs(
    known: ResourceType | None, facts: Facts, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """What a preview shows: the inputs, and every computed output unknown."""
    outputs = {name: value for name, value in inputs.items() if value is not None}
    if known is None:
        return outputs
    for name in known.secret_outputs & outputs.keys():
        if not isinstance(outputs[name], Secret):
            outputs[name] = Secret(outputs[name])
    for path in () if facts.echoes else inner_paths(facts):
        fill_in(outputs, path, lambda: UNKNOWN)
    outputs.update(dict.fromkeys(computed_names(known, facts, inputs), UNKNOWN))
    return outputs


def _uuid(maker: Maker, purpose: str) -> str:
    return str(uuid.UUID(bytes=maker.draw(purpose, 16), version=4))


def _octet(maker: Maker, purpose: str) -> str:
    return str(1 + maker.draw(purpose, 1)[0] % 254)


def _purpose(_: Maker, purpose: str) -> str:
    name = re.split(r"[.#\[]", purpose)
    return next(part for part in reversed(name[:-1]) if part and not part.endswith("]"))


_WORDS: Final[Mapping[str, Callable[[Maker, str], str]]] = {
    "uuid": _uuid,
    "octet": _octet,
    "purpose": _purpose,
    "id": lambda maker, _: maker.id(),
    "logical": lambda maker, _: maker.logical,
    "module": lambda maker, _: maker.module,
}
