"""Other sets of conversations that are blended into the training, so that a student keeps what it could do before."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from .. import logs
from ..config_train import Mixed, Train
from ..errors import ConfigError, PreflightRefused
from ..records import Message
from ..teachers.reasoning import split_inline
from .chat_template import ChatTemplate

ROLES = {"system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant"}
"""Roles by the names that they have in chat and in ShareGPT form."""


class Mixture:
    """The configured sets, read as conversations in an order that a seed fixes.

    Attributes:
        rows: how many of each set were taken, by its source.
    """

    def __init__(self, train: Train, base_dir: Path, template: ChatTemplate, cache: Path) -> None:
        self._train, self._base_dir, self._template, self._cache = train, base_dir, template, cache
        self.rows: dict[str, int] = {}

    def tokens(self, examples: int) -> Iterator[dict[str, list[int]]]:
        """The rows that go with a number of examples of the corpus, set after set.

        Raises:
            ConfigError: a set cannot be read, or its rows are no conversations.
            PreflightRefused: the chat template drops part of an answer.
        """
        for mixed in self._train.mix:
            wanted = math.ceil(mixed.weight * examples)
            taken = 0
            for tokens in self._of(mixed):
                if taken == wanted:
                    break
                taken += 1
                yield tokens
            self.rows[mixed.source] = taken
            if taken < wanted:
                logs.warning(
                    f"train.mix: {mixed.source} has {taken} conversations that fit into train.max_length, "
                    f"and a weight of {mixed.weight:g} asks for {wanted}; all of them are taken"
                )

    def _of(self, mixed: Mixed) -> Iterator[dict[str, list[int]]]:
        found = load(mixed, self._base_dir, self._cache).shuffle(seed=self._train.seed)
        for number, row in enumerate(found):
            name = f"{mixed.source}[{number}]"
            turns = conversation_of(row)
            if turns is None:
                raise ConfigError(
                    f"train.mix: {name} is no conversation; rows need `messages` or `conversations` that end with an "
                    f"answer, or `prompt` and `completion` (found: {', '.join(row)})"
                )
            said = split_inline(turns[-1].content)
            try:
                rendered = self._template.render(turns[:-1], said.reasoning, said.response or "", name)
            except PreflightRefused as error:
                raise PreflightRefused(f"train.mix: {error}") from error
            tokens = self._template.tokens(rendered)
            if len(tokens["input_ids"]) <= self._train.max_length:
                yield tokens


def load(mixed: Mixed, base_dir: Path, cache: Path) -> Any:
    """A set as a ``datasets.Dataset``: a file or folder here, or a data set of the Hub.

    Raises:
        ConfigError: there is no such set, or it cannot be read.
    """
    # Importing datasets takes a second that nothing else here should pay.
    library: Any = import_module("datasets")
    network: Any = import_module("httpx2")
    path = base_dir / mixed.path
    try:
        if path.is_file():
            form = {".jsonl": "json", ".json": "json", ".parquet": "parquet"}.get(path.suffix, path.suffix)
            return library.load_dataset(form, data_files=str(path), split="train", cache_dir=str(cache))
        name = str(path) if path.is_dir() else mixed.path
        return library.load_dataset(
            name, mixed.config, split=mixed.split, revision=mixed.revision, cache_dir=str(cache)
        )
    except (OSError, ValueError, library.exceptions.DatasetsError, network.HTTPError) as error:
        raise ConfigError(
            f"train.mix: {mixed.path} cannot be read ({str(error).strip().splitlines()[0]}); give a .jsonl or .parquet "
            "file, a folder of them, or the name of a data set on the Hub"
        ) from error


def conversation_of(row: Mapping[str, Any]) -> list[Message] | None:
    """The turns of a row in chat, ShareGPT or prompt-completion form, up to the last answer; null where it has none."""
    turns = row.get("messages") or row.get("conversations")
    if turns is None and row.get("prompt") and row.get("completion"):
        turns = [*_turns_of(row["prompt"], "user"), *_turns_of(row["completion"], "assistant")]
    spoken: list[Message] = []
    for one in cast("list[Any]", turns) if isinstance(turns, list) else ():
        if not isinstance(one, dict):
            return None
        turn = cast("dict[str, Any]", one)
        role = ROLES.get(turn.get("role") or turn.get("from") or "")
        content = turn.get("content") or turn.get("value")
        if role is None or not isinstance(content, str):
            return None
        spoken.append(Message(role=cast("Any", role), content=content))
    while spoken and spoken[-1].role != "assistant":
        spoken.pop()
    return spoken if len(spoken) > 1 else None


def _turns_of(part: str | Sequence[dict[str, Any]], role: str) -> Sequence[dict[str, Any]]:
    return [{"role": role, "content": part}] if isinstance(part, str) else part


def digest(path: Path) -> str | None:
    """Hash of a file or of all below a folder: other rows make another student. Null for what is not here."""
    if not path.exists():
        return None
    whole = hashlib.sha256()
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            with part.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
