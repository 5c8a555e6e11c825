"""The head of a prompt's file, and where the file is: what teachers' prompts and judges' rubrics have in common."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..pipeline.concern import Name
from ..pipeline.errors import ConfigError
from ..pipeline.records import Domain

Kind = Literal["task", "rubric", "judging", "rewriting", "synthesis"]
"""task: shows a problem to a teacher or a student. rubric: what a judge goes by. judging: how a judge is asked.
rewriting: shows a trace to be put in another form. synthesis: asks for a new problem."""

_FOLDER = Path(__file__).parent
_KEYS = "the keys are id, version, domain (math, code or open), description, and kind where it is no task"


class FrontMatter(BaseModel):
    """What the head of a prompt's file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    version: int = Field(ge=1)
    kind: Kind = "task"
    domain: Domain | None = None
    description: str = Field(min_length=1)
    shows: Literal["trace", "answer"] = "trace"
    """What of a trace a rubric's judge is shown: all of it, or no reasoning that stands apart from the answer."""


class PromptFile(NamedTuple):
    """A prompt's file, cut into its head and its body."""

    path: Path
    text: str
    head: FrontMatter
    body: list[str]
    """The lines below the head."""
    body_line: int
    """Number of the first of them."""


def builtin_ids(kind: Kind = "task") -> list[str]:
    """The ids of the prompts of a kind that ship with Tracestill, sorted."""
    return sorted(_id_of(path) for path in _FOLDER.glob("*.md") if _kind_of(path) == kind)


def read_prompt_file(ref: str, base_dir: Path, kind: Kind) -> PromptFile:
    """Find a prompt by its id or path, and read its head.

    Raises:
        ConfigError: there is no such prompt of this kind, or its head is wrong; names the file and the line or key.
    """
    path = _locate(ref, base_dir, kind)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a prompt ({error}); it must be a UTF-8 text file") from error
    head_text, body, body_line = _split(path, text)
    head = _parse(path, head_text)
    if head.kind != kind:
        raise flaw(path, 1, f"kind: is {head.kind}, and a {kind} is needed here; known ones: {_known(kind)}")
    if head.domain is None and kind in ("task", "rubric"):
        raise flaw(path, 1, f"domain: is missing; {_KEYS}")
    return PromptFile(path, text, head, body, body_line)


def flaw(path: Path, line: int, problem: str) -> ConfigError:
    """The error that a prompt's file is wrong at a line."""
    return ConfigError(f"{path}:{line}: {problem}")


def _known(kind: Kind) -> str:
    return ", ".join(builtin_ids(kind))


def _kind_of(path: Path) -> Kind:
    head_text, _, _ = _split(path, path.read_text(encoding="utf-8"))
    return _parse(path, head_text).kind


def _locate(ref: str, base_dir: Path, kind: Kind) -> Path:
    if "/" in ref or ref.endswith(".md"):
        path = base_dir / ref
        if not path.is_file():
            raise ConfigError(f"{path.resolve()}: no such prompt file; the path is relative to {base_dir.resolve()}")
        return path
    known = [_id_of(path) for path in _FOLDER.glob("*.md")]
    if ref not in known:
        near = get_close_matches(ref, builtin_ids(kind), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigError(
            f"no prompt is called {ref!r}; {hint}Known ids: {_known(kind)}. A file of your own is given as a path "
            "that ends in .md"
        )
    return _FOLDER / f"{ref.replace('-', '_')}.md"


def _id_of(path: Path) -> str:
    return path.stem.replace("_", "-")


def _split(path: Path, text: str) -> tuple[str, list[str], int]:
    """The YAML text, the lines below it, and the number of the first of those."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise flaw(path, 1, "a prompt starts with a line `---`, then id, version, domain and description, then `---`")
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:index]), lines[index + 1 :], index + 2
    raise flaw(path, 1, "the front matter is not closed; put a line `---` below its last key")


def _parse(path: Path, head_text: str) -> FrontMatter:
    try:
        head = FrontMatter.model_validate(yaml.safe_load(head_text) or {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise flaw(path, line, f"the front matter is not YAML ({error.problem}); write `key: value` lines") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "front matter"
        raise flaw(path, 1, f"{key}: {first['msg']}; {_KEYS}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise flaw(path, 1, f"the front matter is not YAML ({error}); write `key: value` lines") from error
    if head.id != _id_of(path):
        raise flaw(path, 1, f"id: is {head.id!r}, but a prompt is called like its file; write `id: {_id_of(path)}`")
    return head
