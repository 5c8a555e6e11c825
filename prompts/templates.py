"""Loads prompt templates, renders them for a problem and hashes them.

A template is cut into turns before anything is rendered, and each turn is rendered with the problem as data. So
nothing that stands in a problem can open a turn or run as a template, and a reference answer is out of reach.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..pipeline.concern import Name
from ..pipeline.errors import ConfigError
from ..pipeline.records import Domain, Message, Problem, short_hash

Role = Literal["system", "user", "assistant"]

_FOLDER = Path(__file__).parent
_ROLES: tuple[Role, ...] = get_args(Role)
_MARK = re.compile(r"##[ \t]+(\S+)[ \t]*")
_USABLE = "a template can use problem.prompt and problem.domain, nothing else"


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """All that a template can see of a problem."""

    prompt: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a template: its role, its Jinja source, and the line where that starts."""

    role: Role
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt that can be rendered for any problem of its domain."""

    id: str
    version: int
    domain: Domain
    hash: str
    """Hash of id, version, domain and turns; the description and the layout of the file do not count."""
    text: str
    """The file as it was read."""
    path: Path
    turns: tuple[Turn, ...]

    def render(self, problem: Problem) -> list[Message]:
        """The conversation to send: the template's turns with the problem's text in place.

        Raises:
            ConfigError: the template fails on this problem; names the file and the line of the turn.
        """
        return _conversation(self, ShownProblem(problem.prompt, problem.domain))


class _FrontMatter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    version: int = Field(ge=1)
    domain: Domain
    description: str = Field(min_length=1)


def builtin_ids() -> list[str]:
    """The ids of the prompts that ship with Tracestill, sorted."""
    return sorted(_id_of(path) for path in _FOLDER.glob("*.md"))


def load_prompt(ref: str, base_dir: Path | None = None) -> PromptTemplate:
    """Read and check a template.

    Args:
        ref: The id of a built-in prompt such as ``math-cot``, or a path: it contains a slash or ends in ``.md``.
        base_dir: Folder to which a path is relative; the current one by default.

    Raises:
        ConfigError: no such prompt, or the file is not a template; names the file and the line or key.
    """
    path = _locate(ref, base_dir or Path())
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a prompt ({error}); it must be a UTF-8 text file") from error
    head, body, body_line = _split_front_matter(path, text)
    meta = _front_matter(path, head)
    turns = _split_turns(path, body, body_line)
    digest = short_hash(["prompt", meta.id, meta.version, meta.domain, [[turn.role, turn.source] for turn in turns]])
    template = PromptTemplate(meta.id, meta.version, meta.domain, digest, text, path, turns)
    _try_out(template)
    return template


def _locate(ref: str, base_dir: Path) -> Path:
    if "/" in ref or ref.endswith(".md"):
        path = base_dir / ref
        if not path.is_file():
            raise ConfigError(f"{path.resolve()}: no such prompt file; the path is relative to {base_dir.resolve()}")
        return path
    known = builtin_ids()
    if ref not in known:
        near = get_close_matches(ref, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigError(
            f"no prompt is called {ref!r}; {hint}Known ids: {', '.join(known)}. A file of your own is given as a path "
            "that ends in .md"
        )
    return _FOLDER / f"{ref.replace('-', '_')}.md"


def _id_of(path: Path) -> str:
    return path.stem.replace("_", "-")


def _split_front_matter(path: Path, text: str) -> tuple[str, list[str], int]:
    """The YAML text, the lines below it, and the number of the first of those."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise _flaw(path, 1, "a prompt starts with a line `---`, then id, version, domain and description, then `---`")
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:index]), lines[index + 1 :], index + 2
    raise _flaw(path, 1, "the front matter is not closed; put a line `---` below its last key")


def _front_matter(path: Path, head: str) -> _FrontMatter:
    try:
        meta = _FrontMatter.model_validate(yaml.safe_load(head) or {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise _flaw(path, line, f"the front matter is not YAML ({error.problem}); write `key: value` lines") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "front matter"
        keys = "the keys are id, version, domain (math, code or open) and description"
        raise _flaw(path, 1, f"{key}: {first['msg']}; {keys}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _flaw(path, 1, f"the front matter is not YAML ({error}); write `key: value` lines") from error
    if meta.id != _id_of(path):
        raise _flaw(path, 1, f"id: is {meta.id!r}, but a prompt is called like its file; write `id: {_id_of(path)}`")
    return meta


def _split_turns(path: Path, lines: list[str], first_line: int) -> tuple[Turn, ...]:
    roles: list[Role | None] = [_role(path, first_line + index, line) for index, line in enumerate(lines)]
    marks: list[tuple[int, Role]] = [(index, role) for index, role in enumerate(roles) if role]
    end = marks[0][0] if marks else len(lines)
    for index, line in enumerate(lines[:end]):
        if line.strip():
            raise _flaw(path, first_line + index, "text outside a turn; put a line such as `## user` above it")
    bounds = [*(index for index, _ in marks), len(lines)]
    turns = tuple(
        _turn(path, role, lines[start + 1 : stop], first_line + start + 1)
        for (start, role), stop in zip(marks, bounds[1:], strict=True)
    )
    _check_order(path, first_line, turns)
    return turns


def _role(path: Path, number: int, line: str) -> Role | None:
    found = _MARK.fullmatch(line)
    if not found:
        return None
    word = found[1]
    for role in _ROLES:
        if word == role:
            return role
    if near := get_close_matches(word.lower(), _ROLES, n=1, cutoff=0.75):
        raise _flaw(path, number, f"`## {word}` is no role; write `## {near[0]}`")
    return None


def _turn(path: Path, role: Role, lines: list[str], first_line: int) -> Turn:
    """The turn without the blank lines round it, which serve only the reader of the file."""
    source = "\n".join(lines).strip()
    if not source:
        raise _flaw(path, first_line, f"the {role} turn is empty; write its text or remove it")
    blank = next(index for index, line in enumerate(lines) if line.strip())
    return Turn(role, source, first_line + blank)


def _check_order(path: Path, first_line: int, turns: tuple[Turn, ...]) -> None:
    talk = turns[1:] if turns and turns[0].role == "system" else turns
    if not talk:
        raise _flaw(path, first_line, "no user turn; put `## user` above the text that holds {{ problem.prompt }}")
    for index, turn in enumerate(talk):
        wanted = "assistant" if index % 2 else "user"
        if turn.role != wanted:
            raise _flaw(path, turn.line, f"`## {turn.role}` where `## {wanted}` belongs; they alternate, user first")
    if talk[-1].role != "user":
        raise _flaw(path, talk[-1].line, "the last turn is the assistant's; end with `## user`, {{ problem.prompt }}")


def _try_out(template: PromptTemplate) -> None:
    """Fail at loading, not at the first of a thousand problems."""
    # Digits: a filter that changes the case of the text leaves them as they are.
    sample = ShownProblem("0123456789", template.domain)
    last = _conversation(template, sample)[-1]
    if sample.prompt not in last.content:
        raise _flaw(template.path, template.turns[-1].line, "the last user turn must hold {{ problem.prompt }}")


_PROMPT = re.compile(r"\{\{ *problem\.prompt *\}\}")
_MARKS = ("{{", "{%", "{#")
"""What a text must hold to be more than itself."""


@lru_cache(maxsize=256)
def _plain_pieces(source: str) -> list[str] | None:
    """What stands around the problem's text, where nothing else is asked for: joining is ten times as fast."""
    pieces = _PROMPT.split(source)
    return None if any(mark in piece for piece in pieces for mark in _MARKS) else pieces


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    # Nothing is escaped: the text goes to a model, and a problem's < must stay one.
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)


def _conversation(template: PromptTemplate, shown: ShownProblem) -> list[Message]:
    return [Message(turn.role, _rendered(turn, shown, template.path)) for turn in template.turns]


def _rendered(turn: Turn, shown: ShownProblem, path: Path) -> str:
    if (pieces := _plain_pieces(turn.source)) is not None:
        return shown.prompt.join(pieces)
    try:
        return _compiled(turn.source).render(problem=shown)
    except TemplateSyntaxError as error:
        raise _flaw(path, turn.line + error.lineno - 1, f"not a template: {error.message}; {_USABLE}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise _flaw(path, turn.line, f"the {turn.role} turn cannot be rendered: {error}; {_USABLE}") from error


def _flaw(path: Path, line: int, problem: str) -> ConfigError:
    return ConfigError(f"{path}:{line}: {problem}")
