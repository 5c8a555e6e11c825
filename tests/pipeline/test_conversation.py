"""What a student is trained to say: the whole trace, or the trace's own final answer in the form that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tracestill.pipeline.conversation import answer_text, conversation, final_answer, load_prompts
from tracestill.pipeline.records import Message


def row(domain: str, response: str, reasoning: str | None = None, prompt: str = "What?") -> dict[str, Any]:
    return {"problem_id": "p", "domain": domain, "prompt": prompt, "reasoning": reasoning, "response": response}


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("3 + 4 = 7\nThe answer is \\boxed{7}.", "The final answer is \\boxed{7}."),
        ("<think>\n\\boxed{8}?\n</think>\n\n\\boxed{\\frac{1}{2}}", "The final answer is \\boxed{\\frac{1}{2}}."),
        ("So the answer is 12.", "The final answer is \\boxed{12}."),
        ("The answer is **No**.", "The final answer is \\boxed{No}."),
        ("#### 5", "The final answer is \\boxed{5}."),
        ("I do not know.", None),
        ("", None),
        ("<think>\nIt is \\boxed{8}", None),
    ],
)  # fmt: skip
def test_a_math_answer_stands_in_a_box(response: str, said: str | None) -> None:
    assert final_answer(row("math", response)) == said


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("First.\n```python\ndef f():\n    return 1\n```\nDone.", "```python\ndef f():\n    return 1\n```"),
        ("```cpp\nint main() {}\n```", "```cpp\nint main() {}\n```"),
        ("I cannot.", None),
    ],
)
def test_a_program_is_the_final_block(response: str, said: str | None) -> None:
    assert final_answer(row("code", response)) == said


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("For and against.\nAnswer:\nIt depends.\nOn much.", "It depends.\nOn much."),
        ("Hm.\n**Answer:** It depends.", "It depends."),
        ("<think>\nAnswer: no\n</think>\n\nI would say so.", None),
        ("The answer: it depends.", None),
        ("Answer:\n", None),
    ],
)
def test_an_open_answer_is_what_stands_below_the_line(response: str, said: str | None) -> None:
    assert final_answer(row("open", response)) == said


def test_a_whole_trace_keeps_its_reasoning_and_the_prompt_is_the_students() -> None:
    turns = conversation(row("math", "It is 7.", " because "), load_prompts({"math": "math-cot"}, Path()))
    assert turns[-1] == Message(role="assistant", content="<think>\nbecause\n</think>\n\nIt is 7.")
    assert [turn.role for turn in turns] == ["system", "user", "assistant"]
    assert answer_text(None, "It is 7.") == "It is 7."
