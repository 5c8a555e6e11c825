"""Python functions in the form of HumanEval: a signature with its docstring, and a ``check(candidate)``.

Chen et al. 2021, Evaluating Large Language Models Trained on Code, arXiv:2107.03374.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .huggingface import HubOptions
from .published import Published

__all__ = ["Humaneval"]

TASK = "Complete this program:\n\n```python\n{}\n```"
"""The set was made for models that continue a text; one that chats has to be told what to do with it. In few words:
what is looked for in training data is the task, and these would be a part of it."""


class Humaneval(Published[HubOptions]):
    """The program's beginning as the task, and the set's own tests."""

    Options = HubOptions
    needed = ("task_id", "prompt", "entry_point", "test")

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The task with its tests."""
        for column in self.needed:
            if not isinstance(values.get(column), str) or not values[column].strip():
                raise ValueError(f"{column}: is missing or no text; this form has {', '.join(self.needed)}")
        return {
            "id": values["task_id"],
            "domain": "code",
            "prompt": TASK.format(values["prompt"].strip("\n")),
            "tests": {"kind": "check", "entry_point": values["entry_point"], "code": values["test"]},
        }
