"""What a form of a data set is: which traces it is made from, and what its rows hold.

A form is one file here, called like its name in ``export.configs``, that exports one subclass of ``Form``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from ...prompts.templates import PromptTemplate
from ..conversation import conversation, question
from ..corpus import Row
from ..plugins import plugin_class, plugin_ids
from ..records import Message

__all__ = ["Context", "ExampleForm", "Form", "form_class", "form_names", "hold_rejects"]

Scope = Literal["examples", "completions", "everything"]
"""examples: what curation chose; completions: every answer that counts, wrong ones too; everything: failures too."""

TEXTS = pa.list_(pa.string())
TRUTHS = pa.list_(pa.bool_())
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
CONTENT_FIRST = pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())]))
"""Messages as the data sets of open-r1 nest them."""


@dataclass(frozen=True)
class Context:
    """What rows need to know beside the ledger."""

    prompts: Mapping[str, PromptTemplate]
    """By domain: what a row's user turn is made with."""
    provers: tuple[str, ...]
    """Verifiers of the exported domains whose pass says that an answer is right, in the order of the cascade."""
    licences: Mapping[str, str]
    """Name of a model's licence, by the id of its terms."""
    hub_names: Mapping[str, str]
    """Name on the Hub, by source, of the problem sets that were read from there."""

    def turns(self, row: Row) -> list[dict[str, str]]:
        """The conversation of a trace: the prompt's turns and the answer, with its reasoning inline."""
        return plain(conversation(row, self.prompts))

    def question(self, row: Row) -> list[dict[str, str]]:
        """The prompt's turns alone."""
        return plain(question(row, self.prompts))

    def licence(self, policies: Sequence[str] | None) -> str | None:
        """What a teacher's text comes under: its model's licence, or the terms of the service where it has none."""
        policies = policies or ()
        models = [self.licences[name] for name in policies if name in self.licences]
        return ", ".join(models or policies) or None


class Form(ABC):
    """A shape of rows. Its file's name is its name; it never depends on when or where it is written."""

    scope: ClassVar[Scope]
    description: ClassVar[str]
    """A sentence that says what a row is."""
    schema: pa.Schema
    """Names and types of the columns."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """The rows of one problem.

        Args:
            samples: its traces in the form's scope with the columns of ``export_rows``, in the order of their ids.
        """


class ExampleForm(Form):
    """A form with one example a row."""

    scope = "examples"

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """A row for each example of the problem."""
        return map(self.row, samples)

    @abstractmethod
    def row(self, row: Row) -> Row:
        """The row of one example."""


def form_class(name: str) -> type[Form]:
    """The form of that name.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    return plugin_class(__package__ or "tracestill.pipeline.exporting", name, Form)


def form_names() -> list[str]:
    """Every form that there is."""
    return plugin_ids(__package__ or "tracestill.pipeline.exporting", Form)


def hold_rejects(names: Iterable[str]) -> bool:
    """Whether one of these forms is made from more than the examples, so that its licences and terms count too."""
    return any(form_class(name).scope != "examples" for name in names)


def strings(*names: str) -> list[tuple[str, Any]]:
    """Columns of text."""
    return [(name, pa.string()) for name in names]


def plain(turns: Iterable[Message]) -> list[dict[str, str]]:
    """Messages as a column holds them."""
    return [{"role": turn.role, "content": turn.content} for turn in turns]
