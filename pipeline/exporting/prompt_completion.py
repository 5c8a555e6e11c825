"""TRL's conversational pairs of prompt and completion: the loss is on the completion alone."""

from __future__ import annotations

import pyarrow as pa

from ..corpus import Row
from .base import MESSAGES, ExampleForm

__all__ = ["PromptCompletion"]


class PromptCompletion(ExampleForm):
    """A conversation cut where the answer begins."""

    description = "An example a row, as prompt and completion, both conversations."
    schema = pa.schema([("prompt", MESSAGES), ("completion", MESSAGES)])

    def row(self, row: Row) -> Row:
        """The prompt's turns, and the answer as the one turn that follows."""
        *prompt, answer = self.context.turns(row)
        return {"prompt": prompt, "completion": [answer]}
