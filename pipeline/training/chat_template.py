"""How a student's chat template writes a trace: what is asked, what is learned, and whether all of it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import TemplateError

from ..conversation import answer_text
from ..errors import ConfigError, PreflightRefused
from ..records import Message, short_hash

THINKING_ON = "{%- set enable_thinking = true %}\n"
"""Put before a template that asks without reasoning unless it is told otherwise."""
_REASONING, _ANSWER = "First of all, 17 and 25 make 42.", "They have 42."


class Rendered(NamedTuple):
    """A conversation as text, cut where the assistant begins to speak."""

    asked: str
    """What is read at inference: the template up to where the assistant speaks."""
    learned: str
    """What the loss covers: the assistant's text and its end-of-turn token."""


@dataclass(frozen=True)
class ChatTemplate:
    """A tokenizer's template with the way in which it takes reasoning."""

    tokenizer: Any
    separate: bool
    """Whether reasoning goes into a field of its own, ``reasoning_content``; else it stands in the text."""
    stops: tuple[str, ...]
    """Tokens at which the model stops to speak."""
    mend: str = field(default="", compare=False)
    """What to do where this template loses reasoning."""

    @classmethod
    def of(
        cls, tokenizer: Any, stops: Iterable[str], chosen: str | None, base_dir: Path, *, reasons: bool
    ) -> ChatTemplate:
        """The template that a student is trained with; it becomes the tokenizer's own.

        Args:
            tokenizer: the student's.
            stops: tokens at which it stops to speak, beside the tokenizer's own end token.
            chosen: a file, or the name of a template that TRL ships; null takes the tokenizer's own.
            base_dir: where relative paths start.
            reasons: whether there is reasoning to be learned. A template that asks without it unless it is told
                otherwise is then told, for good: what is trained is what will be asked.

        Raises:
            ConfigError: there is no such template, or the model has none.
        """
        if chosen is not None:
            tokenizer.chat_template = read_template(chosen, base_dir)
        if not tokenizer.chat_template:
            raise ConfigError("train.model: has no chat template; give one as `train.chat_template`")
        own = tuple(dict.fromkeys(stop for stop in [tokenizer.eos_token, *stops] if stop))
        if not reasons or _keeps_reasoning(tokenizer, tokenizer.chat_template, own):
            return cls(tokenizer, _reads_separately(tokenizer), own)
        if _keeps_reasoning(tokenizer, THINKING_ON + tokenizer.chat_template, own):
            tokenizer.chat_template = THINKING_ON + tokenizer.chat_template
            return cls(tokenizer, _reads_separately(tokenizer), own)
        return cls(tokenizer, _reads_separately(tokenizer), own, _mend(tokenizer, own))

    @property
    def hash(self) -> str:
        """Hash of its text."""
        return short_hash(["chat template", self.tokenizer.chat_template])

    def render(self, turns: Sequence[Message], reasoning: str | None, response: str, name: str) -> Rendered:
        """A conversation as text, checked: the learned part is the whole answer and nothing of the prompt.

        Args:
            turns: what comes before the answer.
            reasoning: the answer's reasoning, where it is apart from the response.
            response: what is answered.
            name: the example's, for messages.

        Raises:
            PreflightRefused: the template fails, changes the prompt, drops text or sets no end of turn.
        """
        before = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            asked: str = self.tokenizer.apply_chat_template(before, tokenize=False, add_generation_prompt=True)
            said = self._assistant(reasoning, response)
            whole: str = self.tokenizer.apply_chat_template([*before, said], tokenize=False)
        except TemplateError as error:
            raise PreflightRefused(f"example {name}: the chat template fails ({error}); {_OTHER}") from error
        if not whole.startswith(asked):
            self._refuse_other_prompt(whole, [reasoning, response], name)
        learned = whole[len(asked) :].rstrip("\n")
        if lost := [part for part in (reasoning, response) if part and part.strip() not in learned]:
            raise PreflightRefused(
                f"example {name}: the chat template drops part of the answer (reasoning, most likely): "
                f"of {lost[0].strip()[:60]!r} it keeps {learned[:60]!r}; {self.mend or _OTHER}"
            )
        if not learned.endswith(self.stops):
            raise PreflightRefused(
                f"example {name}: the template does not end the answer with {' or '.join(map(repr, self.stops))}, "
                f"so the student would never learn to stop; {_OTHER}"
            )
        return Rendered(asked, learned)

    def tokens(self, rendered: Rendered) -> dict[str, list[int]]:
        """``input_ids`` and ``labels`` of a conversation; a label of -100 is not trained on."""
        head: list[int] = self.tokenizer(rendered.asked, add_special_tokens=False)["input_ids"]
        tail: list[int] = self.tokenizer(rendered.learned, add_special_tokens=False)["input_ids"]
        return {"input_ids": head + tail, "labels": [-100] * len(head) + tail}

    def _assistant(self, reasoning: str | None, response: str) -> dict[str, str]:
        if reasoning and self.separate:
            return {"role": "assistant", "content": response.strip(), "reasoning_content": reasoning.strip()}
        return {"role": "assistant", "content": answer_text(reasoning, response)}

    def _refuse_other_prompt(self, whole: str, parts: Sequence[str | None], name: str) -> None:
        if any(part and part.strip() not in whole for part in parts):
            raise PreflightRefused(
                f"example {name}: the chat template drops part of the answer (reasoning, most likely), "
                f"and renders the prompt differently once an answer follows; {self.mend or _OTHER}"
            )
        raise PreflightRefused(
            f"example {name}: the chat template renders the prompt differently once an answer follows, "
            f"so what is trained is not what is asked later; {self.mend or _OTHER}"
        )


_OTHER = "give a template that keeps all of it as `train.chat_template`"


def read_template(chosen: str, base_dir: Path) -> str:
    """The text of a template file, or of the template of that name that TRL ships.

    Raises:
        ConfigError: there is neither, or the file is no text.
    """
    path = base_dir / chosen
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ConfigError(f"train.chat_template: {path} is no text in UTF-8") from error
    shipped = _shipped()
    if chosen not in shipped:
        raise ConfigError(
            f"train.chat_template: {chosen!r} is no file, and no template that TRL ships"
            + (f" ({', '.join(sorted(shipped))})" if shipped else "")
        )
    return shipped[chosen].read_text(encoding="utf-8")


def _shipped() -> dict[str, Path]:
    """Templates that TRL ships, by name."""
    import trl

    return {path.stem: path for path in (Path(trl.__file__).parent / "chat_templates").glob("*.jinja")}


def _mend(tokenizer: Any, stops: tuple[str, ...]) -> str:
    """Where TRL knows this template and has one for training that keeps what it drops, the name of that."""
    shipped = _shipped()
    for name, path in shipped.items():
        training = shipped.get(f"{name}_training")
        if training is None or path.read_text(encoding="utf-8") != tokenizer.chat_template:
            continue
        if _keeps_reasoning(tokenizer, training.read_text(encoding="utf-8"), stops):
            return f"TRL ships one for training that keeps it: set `train.chat_template` to {training.stem}"
    return ""


def _keeps_reasoning(tokenizer: Any, template: str, stops: tuple[str, ...]) -> bool:
    """Whether reasoning that a template is given is learned, after the prompt that is asked later."""
    own, tokenizer.chat_template = tokenizer.chat_template, template
    try:
        found = ChatTemplate(tokenizer, _reads_separately(tokenizer), stops)
        found.render([Message(role="user", content="How many?")], _REASONING, _ANSWER, "probe")
    except PreflightRefused:
        return False
    finally:
        tokenizer.chat_template = own
    return True


def _reads_separately(tokenizer: Any) -> bool:
    """Whether the template writes what stands in the field for reasoning."""
    answer = {"role": "assistant", "content": _ANSWER, "reasoning_content": _REASONING}
    try:
        text: str = tokenizer.apply_chat_template([{"role": "user", "content": "How many?"}, answer], tokenize=False)
    except TemplateError:
        return False
    return _REASONING in text
