"""Tokens per second and memory of `train-sft` against plain TRL with the same settings, and of preparing the rows.

    python benchmarks/training/against_trl.py --size toy           # a processor, a minute
    python benchmarks/training/against_trl.py --size 0.5b 7b       # a GPU

Weights are random, of the shapes of Qwen2.5; texts are made of syllables. Both train an adapter on the same
conversations, in turn, each in a process of its own; plain TRL gets them as prompt and completion and prepares them
itself. Speed leaves out the first step, and counts tokens without padding.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tracestill.pipeline.config_train import Train
from tracestill.pipeline.records import Message
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.training.assignment import FOLDER, Assignment, hand_out
from tracestill.pipeline.training.chat_template import ChatTemplate
from tracestill.pipeline.training.examples import Example, LeftOut, Turn, shuffled
from tracestill.pipeline.training.outlook import memory_held
from tracestill.pipeline.training.prepared import prepare
from tracestill.pipeline.training.watching import Speed, stopper
from tracestill.pipeline.training.worker import work

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_NAMES = ("hidden", "layers", "heads", "kv", "feed", "vocab", "batch", "words")
SIZES = {
    "toy": dict(zip(_NAMES, (128, 4, 4, 2, 384, 512, 8, 60), strict=True)),
    "0.5b": dict(zip(_NAMES, (896, 24, 14, 2, 4864, 151_936, 8, 300), strict=True)),
    "7b": dict(zip(_NAMES, (3584, 28, 28, 4, 18_944, 152_064, 4, 300), strict=True)),
}
"""Shapes, examples a step, and words of the median answer; a word is some six tokens of this tokenizer."""
EXAMPLES = 160


def make_model(folder: Path, size: str) -> None:
    """Write a model with random weights, a tokenizer with a token per byte, and its template."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as ByteLevelDecoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    shape = SIZES[size]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Tokenizer(BPE({token: n for n, token in enumerate(special + sorted(ByteLevel.alphabet()))}, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        additional_special_tokens=special[1:2], model_max_length=32768,
    )  # fmt: skip
    fast.chat_template = CHATML
    fast.save_pretrained(folder)
    config = Qwen2Config(
        vocab_size=shape["vocab"], hidden_size=shape["hidden"], num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"], num_key_value_heads=shape["kv"], intermediate_size=shape["feed"],
        eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        torch.set_default_dtype(torch.bfloat16)
        Qwen2ForCausalLM(config).save_pretrained(folder)


def conversations(size: str) -> Iterator[tuple[str, str]]:
    """Questions and answers; lengths are spread as those of reasoning are."""
    draw = random.Random(0)
    for number in range(EXAMPLES):
        words = min(SIZES[size]["words"] * 4, round(draw.lognormvariate(0, 0.6) * SIZES[size]["words"]))
        text = " ".join("".join(draw.choices(("ba", "ro", "te", "mi", "so"), k=2)) for _ in range(words))
        yield f"What comes of {number}?", f"<think>\n{text}\n</think>\n\nThe answer is {number}."


def settings(model: Path, size: str) -> Train:
    """What both train with."""
    return Train(model=str(model), epochs=1, batch_size=SIZES[size]["batch"], max_length=16384, checkpoint_steps=10_000)


def ours(model: Path, size: str, folder: Path) -> dict[str, Any]:
    """Train as the stage does, from prepared rows on."""
    from transformers import AutoTokenizer

    train = settings(model, size)
    tokenizer: Any = cast("Any", AutoTokenizer).from_pretrained(model)
    template = ChatTemplate.of(tokenizer, [], None, Path(), reasons=True)

    def rows() -> Iterator[Example]:
        for number, (question, answer) in enumerate(conversations(size)):
            reasoning, _, response = answer.removeprefix("<think>\n").partition("\n</think>\n\n")
            name = f"p{number:06}"
            tokens = template.tokens(
                template.render([Message(role="user", content=question)], reasoning, response, name)
            )  # fmt: skip
            yield Example(tokens, Turn(1, shuffled(name), name, name, len(tokens["labels"])))

    started = time.perf_counter()
    prepared = prepare(folder / FOLDER, train, rows(), lambda _: [], LeftOut())
    seconds = time.perf_counter() - started
    (folder / "workspace").mkdir()
    assignment = Assignment(
        settings=train.model_dump(mode="json"), workspace=str(folder / "workspace"), run_id="benchmark", rows=prepared,
        chat_template=tokenizer.chat_template, processes=1,
    )  # fmt: skip
    hand_out(folder, assignment)
    result = work(folder, Stop())
    return {
        "tokens_per_second": result.tokens_per_second, "memory": result.memory_bytes, "tokens": prepared.tokens,
        "prepared_per_second": prepared.tokens / seconds, "loss": result.history[-2].get("loss"),
    }  # fmt: skip


def plain(model: Path, size: str, folder: Path) -> dict[str, Any]:
    """Train with TRL alone: its own preparation, the same arguments."""
    import torch
    import trl
    from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]
    from peft import LoraConfig
    from tracestill.pipeline.teachers.model_files import load_model

    train = settings(model, size)
    lora = train.lora
    assert lora is not None
    on_gpu = torch.cuda.is_available()
    loaded = load_model(str(model), train=True)
    data = cast("Any", Dataset).from_list(
        [
            {"prompt": [{"role": "user", "content": asked}], "completion": [{"role": "assistant", "content": said}]}
            for asked, said in conversations(size)
        ]
    )
    arguments = cast("Any", trl).SFTConfig(
        output_dir=str(folder), num_train_epochs=1, per_device_train_batch_size=train.batch_size,
        learning_rate=train.learning_rate, lr_scheduler_type="cosine", warmup_steps=train.warmup_steps,
        use_cpu=not on_gpu, bf16=cast("Any", loaded.model).dtype == torch.bfloat16, gradient_checkpointing=on_gpu,
        max_length=None, logging_steps=1, save_strategy="no", report_to="none", seed=0, disable_tqdm=True,
    )  # fmt: skip
    adapter = LoraConfig(r=lora.r, lora_alpha=lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    started = time.perf_counter()
    trainer = cast("Any", trl).SFTTrainer(
        model=loaded.model, args=arguments, train_dataset=data, processing_class=loaded.tokenizer, peft_config=adapter
    )
    seconds = time.perf_counter() - started
    tokens = sum(len(row["input_ids"]) for row in trainer.train_dataset)
    speed = Speed(tokens)
    trainer.add_callback(stopper(Stop(), speed))
    trainer.train()
    return {
        "tokens_per_second": speed.tokens_per_second, "memory": memory_held(), "tokens": tokens,
        "prepared_per_second": tokens / seconds, "loss": trainer.state.log_history[-2].get("loss"),
    }  # fmt: skip


def measure(size: str, rounds: int) -> None:
    """Both in turn, several times; prints a row each and the ratio of the medians."""
    with tempfile.TemporaryDirectory() as place:
        model = Path(place) / "model"
        _apart("make", size, model, model)
        found: dict[str, list[dict[str, Any]]] = {"plain": [], "ours": []}
        for number in range(rounds):
            for who in found if number % 2 == 0 else reversed(found):
                folder = Path(place) / f"{who}-{number}"
                folder.mkdir()
                found[who].append(_apart(who, size, model, folder))
        for who, runs in found.items():
            speeds = ", ".join(f"{one['tokens_per_second']:,.0f}" for one in runs)
            memory, first = max(one["memory"] for one in runs) / 2**30, runs[0]
            print(
                f"{size} {who}: {speeds} tokens/s; {memory:.2f} GiB; {first['tokens']:,} tokens; "
                f"prepared {first['prepared_per_second']:,.0f}/s; loss {first['loss']}"
            )
        medians = {who: statistics.median(one["tokens_per_second"] for one in runs) for who, runs in found.items()}
        print(f"{size}: ours / plain {medians['ours'] / medians['plain']:.3f}", flush=True)


def _apart(who: str, size: str, model: Path, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--who", who, "--size", size, "--model", str(model), "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure the sizes that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["toy"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--who", choices=["make", "ours", "plain"], help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.who is None:
        for size in asked.size:
            measure(size, asked.rounds)
        return
    if asked.who == "make":
        make_model(asked.model, asked.size[0])
        print("{}")
        return
    print(json.dumps({"ours": ours, "plain": plain}[asked.who](asked.model, asked.size[0], asked.folder)))


if __name__ == "__main__":
    main()
