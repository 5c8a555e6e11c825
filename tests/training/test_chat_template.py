"""Templates of real models, as TRL ships them: what a student would learn through each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_model import make_tiny_tokenizer
from tracestill.pipeline.errors import ConfigError, PreflightRefused
from tracestill.pipeline.records import Message
from tracestill.pipeline.training.chat_template import THINKING_ON, ChatTemplate

trl = pytest.importorskip("trl", reason="the train extra is not installed")
SHIPPED = {path.stem: path for path in (Path(trl.__file__).parent / "chat_templates").glob("*.jinja")}

ENDS = {
    "cohere": "<|END_OF_TURN_TOKEN|>", "deepseek": "<｜end▁of▁sentence｜>",  # noqa: RUF001
    "diffusion_gemma": "<turn|>",
    "gemma4": "<turn|>", "gemma": "<end_of_turn>", "glm4moe": "<|user|>", "gptoss": "<|return|>",
    "llama3": "<|eot_id|>", "muse": "<|eot|>", "idefics3": "<end_of_utterance>", "smolvlm": "<end_of_utterance>",
}  # fmt: skip
"""End of turn by the beginning of a template's name; the others end with <|im_end|>."""
LOSE_REASONING = {"deepseek_r1_distill", "deepseekv3", "deepseekv3_training"}
TAKE_NO_TEXT = {name for name in SHIPPED if name.startswith(("idefics3", "smolvlm", "llava_next"))}
"""Templates of models that see: a turn is a list of parts."""
SET_NO_END = {"glm4moe"}
"""The next turn's first token ends the answer, and only the training template writes it."""
NEED_THE_FIELD = {"gptoss", "gptoss_training", "gemma4_v5", "diffusion_gemma", "diffusion_gemma_training"}
"""Inline tags would stand as plain text where the answer belongs."""
QUESTION = [Message(role="user", content="What is 2 + 2?")]
REASONING, RESPONSE = "Two and two\n\nmake four.", "The answer is \\boxed{4}."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def template(tokenizer: Any, name: str, *, reasons: bool = True, chosen: str | None = None) -> ChatTemplate:
    end = next((end for start, end in ENDS.items() if name.startswith(start)), "<|im_end|>")
    tokenizer.add_special_tokens({"bos_token": "<|start|>", "eos_token": end})
    tokenizer.chat_template = SHIPPED[name].read_text(encoding="utf-8")
    return ChatTemplate.of(tokenizer, [], chosen, Path(), reasons=reasons)


@pytest.mark.parametrize("name", sorted(SHIPPED.keys() - LOSE_REASONING - TAKE_NO_TEXT - SET_NO_END))
def test_a_template_that_keeps_reasoning_teaches_all_of_the_answer_and_nothing_else(tokenizer: Any, name: str) -> None:
    found = template(tokenizer, name)
    rendered = found.render(QUESTION, REASONING, RESPONSE, "t1")
    tokens = found.tokens(rendered)
    learned = tokenizer.decode([label for label in tokens["labels"] if label != -100])
    assert REASONING in learned
    assert RESPONSE in learned
    assert learned.index(REASONING) < learned.index(RESPONSE)
    assert learned.endswith(tokenizer.eos_token)
    assert "2 + 2" not in learned
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": QUESTION[0].content}], tokenize=False, add_generation_prompt=True
    )
    assert tokenizer.decode(tokens["input_ids"]).startswith(asked), "what is trained is what is asked later"
    assert ("<think>\n" + REASONING[:3] not in learned) or name not in NEED_THE_FIELD


@pytest.mark.parametrize("name", sorted(LOSE_REASONING | TAKE_NO_TEXT | SET_NO_END))
def test_a_template_that_loses_something_is_refused_with_a_mend(tokenizer: Any, name: str) -> None:
    found = template(tokenizer, name)
    with pytest.raises(PreflightRefused) as refused:
        found.render(QUESTION, REASONING, RESPONSE, "t1")
    said = str(refused.value)
    assert "t1" in said
    assert "train.chat_template" in said
    if name in LOSE_REASONING:
        assert "reasoning" in said
    assert ("to deepseek_r1_distill_training" in said) == (name == "deepseek_r1_distill")


@pytest.mark.parametrize("name", sorted(NEED_THE_FIELD | {"qwen3", "glm4moe_training", "lfm2_2_5"}))
def test_reasoning_goes_where_the_template_wants_it(tokenizer: Any, name: str) -> None:
    assert template(tokenizer, name).separate


def test_a_training_template_can_be_chosen_by_its_name_or_as_a_file(tokenizer: Any, tmp_path: Path) -> None:
    found = template(tokenizer, "deepseek_r1_distill", chosen="deepseek_r1_distill_training")
    assert REASONING in found.render(QUESTION, REASONING, RESPONSE, "t1").learned
    mine = tmp_path / "mine.jinja"
    mine.write_text(SHIPPED["qwen3"].read_text(encoding="utf-8"))
    earlier = found.hash
    assert ChatTemplate.of(tokenizer, ["<|im_end|>"], "mine.jinja", tmp_path, reasons=True).hash != earlier
    mine.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no text in UTF-8"):
        template(tokenizer, "qwen3", chosen=str(mine))
    mine.write_text("{{ messages[0]['content'] }")
    broken = template(tokenizer, "qwen3", chosen=str(mine))
    with pytest.raises(PreflightRefused, match="the chat template fails"):
        broken.render(QUESTION, REASONING, RESPONSE, "t1")
    with pytest.raises(ConfigError, match="no template that TRL ships"):
        template(tokenizer, "qwen3", chosen="qwen33")


def test_a_template_that_asks_without_reasoning_is_told_to_ask_with_it(tokenizer: Any) -> None:
    found = template(tokenizer, "qwen3_5_nothink")
    assert tokenizer.chat_template.startswith(THINKING_ON)
    rendered = found.render(QUESTION, REASONING, RESPONSE, "t1")
    assert rendered.asked.endswith("<think>\n")
    plain = template(tokenizer, "qwen3_5_nothink", reasons=False)
    assert plain.render(QUESTION, None, RESPONSE, "t1").asked.endswith("</think>\n\n"), "steps in the text need none"


def test_a_system_turn_that_the_template_forbids_is_named(tokenizer: Any) -> None:
    found = template(tokenizer, "gemma")
    with pytest.raises(PreflightRefused, match=r"t1: the chat template fails \(System role"):
        found.render([Message(role="system", content="Think."), *QUESTION], None, RESPONSE, "t1")


def test_a_model_without_a_template_says_what_to_give(tokenizer: Any) -> None:
    tokenizer.chat_template = None
    with pytest.raises(ConfigError, match=r"train\.chat_template"):
        ChatTemplate.of(tokenizer, [], None, Path(), reasons=True)


def test_a_turn_ends_with_any_token_at_which_the_model_stops(tokenizer: Any) -> None:
    tokenizer.add_special_tokens({"bos_token": "<bos>", "eos_token": "<eos>"})
    tokenizer.chat_template = SHIPPED["gemma"].read_text(encoding="utf-8")
    plain = ChatTemplate.of(tokenizer, [], None, Path(), reasons=True)
    with pytest.raises(PreflightRefused, match="never learn to stop"):
        plain.render(QUESTION, REASONING, RESPONSE, "t1")
    told = ChatTemplate.of(tokenizer, ["<end_of_turn>"], None, Path(), reasons=True)
    assert told.render(QUESTION, REASONING, RESPONSE, "t1").learned.endswith("<end_of_turn>")
