"""Loads prompt templates, renders them for a problem and hashes them.

A template is cut into turns before anything is rendered, and each turn is rendered with the problem as data. So
nothing that stands in a problem can open a turn or run as a template, and a reference answer is out of reach.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Literal, get_args

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from ..pipeline.records import Domain, Message, Problem, short_hash
from .front_matter import Kind, PromptFile, flaw, read_prompt_file

Role = Literal["system", "user", "assistant"]

_FOLDER = Path(__file__).parent
_ROLES: tuple[Role, ...] = get_args(Role)
_MARK = re.compile(r"##[ \t]+(\S+)[ \t]*")
TASK = ("problem.prompt",)
"""What a prompt that shows a task must hold."""
_SAMPLE = "0123456789"
"""Digits: a filter that changes the case of a text leaves them as they are."""


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
    needed: tuple[str, ...] = TASK
    """What it is filled with."""
    given: tuple[tuple[str, str], ...] = ()
    """Texts that are in place already, by name."""

    @property
    def variants(self) -> int:
        """How many system turns it has to choose from; at least one, also where it has none."""
        return max(1, sum(turn.role == "system" for turn in self.turns))

    def render(self, problem: Problem, variant: int = 0) -> list[Message]:
        """The conversation to send: a task's turns with the problem's text in place.

        Args:
            problem: what is asked.
            variant: which of several system turns opens it.

        Raises:
            ConfigError: the template fails on this problem; names the file and the line of the turn.
        """
        shown = ShownProblem(problem.prompt, problem.domain)
        systems = [turn for turn in self.turns if turn.role == "system"]
        turns = [*systems[variant : variant + 1], *(turn for turn in self.turns if turn.role != "system")]
        return [Message(turn.role, self._shown(turn, shown)) for turn in turns]

    def fill(self, **texts: str) -> list[Message]:
        """The conversation to send: the turns with ``texts`` in place by their names.

        Raises:
            ConfigError: the template fails on these texts; names the file and the line of the turn.
        """
        return [Message(turn.role, _rendered(self, turn, **dict(self.given), **texts)) for turn in self.turns]

    @property
    def usable(self) -> str:
        """The names that its turns can use."""
        names = ("problem.prompt", "problem.domain") if self.needed == TASK else self.needed
        return " and ".join(names)

    def _shown(self, turn: Turn, shown: ShownProblem) -> str:
        if (pieces := _plain_pieces(turn.source)) is not None:
            return shown.prompt.join(pieces)
        return _rendered(self, turn, problem=shown)


def load_prompt(ref: str, base_dir: Path | None = None) -> PromptTemplate:
    """Read and check a template.

    Args:
        ref: The id of a built-in prompt such as ``math-cot``, or a path: it contains a slash or ends in ``.md``.
        base_dir: Folder to which a path is relative; the current one by default.

    Raises:
        ConfigError: no such prompt, or the file is not a template; names the file and the line or key.
    """
    return _load(read_prompt_file(ref, base_dir or Path(), "task"), "problem.prompt")


def load_frame(ref: str, kind: Kind, *needed: str, base_dir: Path | None = None) -> PromptTemplate:
    """Read and check a template that is filled with texts by name, every one of ``needed`` among them.

    Raises:
        ConfigError: the file is not a template of this kind, or leaves out a text; names the file and the line or key.
    """
    return _load(read_prompt_file(ref, base_dir or Path(), kind), *needed)


def _load(file: PromptFile, *needed: str) -> PromptTemplate:
    head = file.head
    turns = _split_turns(file.path, file.body, file.body_line)
    domain = head.domain or "open"
    digest = short_hash(["prompt", head.id, head.version, domain, [[turn.role, turn.source] for turn in turns]])
    template = PromptTemplate(head.id, head.version, domain, digest, file.text, file.path, turns, needed)
    _try_out(template)
    return template


def _split_turns(path: Path, lines: list[str], first_line: int) -> tuple[Turn, ...]:
    roles: list[Role | None] = [_role(path, first_line + index, line) for index, line in enumerate(lines)]
    marks: list[tuple[int, Role]] = [(index, role) for index, role in enumerate(roles) if role]
    end = marks[0][0] if marks else len(lines)
    for index, line in enumerate(lines[:end]):
        if line.strip():
            raise flaw(path, first_line + index, "text outside a turn; put a line such as `## user` above it")
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
        raise flaw(path, number, f"`## {word}` is no role; write `## {near[0]}`")
    return None


def _turn(path: Path, role: Role, lines: list[str], first_line: int) -> Turn:
    """The turn without the blank lines round it, which serve only the reader of the file."""
    source = "\n".join(lines).strip()
    if not source:
        raise flaw(path, first_line, f"the {role} turn is empty; write its text or remove it")
    blank = next(index for index, line in enumerate(lines) if line.strip())
    return Turn(role, source, first_line + blank)


def _check_order(path: Path, first_line: int, turns: tuple[Turn, ...]) -> None:
    systems = sum(1 for _ in takewhile(lambda turn: turn.role == "system", turns))
    talk = turns[systems:]
    if not talk:
        raise flaw(path, first_line, "no user turn; put `## user` above the text that holds {{ problem.prompt }}")
    for index, turn in enumerate(talk):
        wanted = "assistant" if index % 2 else "user"
        if turn.role != wanted:
            raise flaw(path, turn.line, f"`## {turn.role}` where `## {wanted}` belongs; they alternate, user first")
    if talk[-1].role != "user":
        raise flaw(path, talk[-1].line, "the last turn is the assistant's; end with `## user`, {{ problem.prompt }}")


def _try_out(template: PromptTemplate) -> None:
    """Fail at loading, not at the first of a thousand problems."""
    values = {name: f"{place}{_SAMPLE}" for place, name in enumerate(template.needed)}
    if template.needed == TASK:
        sample = Problem(problem_id="", domain=template.domain, prompt=values["problem.prompt"])
        turns = [template.render(sample, variant)[-1] for variant in range(template.variants)]
    elif template.variants > 1:
        raise flaw(template.path, template.turns[1].line, "only a prompt of kind task has several system turns")
    else:
        turns = template.fill(**values)
    for name, value in values.items():
        if not any(value in turn.content for turn in turns):
            raise flaw(template.path, template.turns[-1].line, f"the last user turn must hold {{{{ {name} }}}}")


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


def _rendered(template: PromptTemplate, turn: Turn, **values: object) -> str:
    path, usable = template.path, f"a template of this kind can use {template.usable}, nothing else"
    try:
        return _compiled(turn.source).render(values)
    except TemplateSyntaxError as error:
        raise flaw(path, turn.line + error.lineno - 1, f"not a template: {error.message}; {usable}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise flaw(path, turn.line, f"the {turn.role} turn cannot be rendered: {error}; {usable}") from error
