"""What the settings of a training do, with the real trainer on a model of a few thousand weights."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import write_project
from teacher_server import TeacherServer, solve
from tiny_model import make_tiny_model
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import ConfigError, MissingExtra, PreflightRefused
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.train_sft import Looked, Trained, preflight, train_sft
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.teachers.model_files import load_model
from training_project import training_project

pytest.importorskip("trl", reason="the train extra is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight problems, a trace each with its reasoning apart, curated. Tests share it: each trains its own students."""
    folder = tmp_path_factory.mktemp("students")
    model = make_tiny_model(folder / "tiny")
    with TeacherServer() as server:
        server.answer = lambda body: {"reasoning": "I add\n\nboth numbers.", "content": solve(body)["content"]}
        config = training_project(partial(write_project, folder), server, model, epochs=1)
        with start(open_plan(config, ()), Stop()) as job:
            generate(job)
            filter_traces(job)
            curate(job)
    return config


def train(config: Path, *sets: str) -> Trained:
    with start(open_plan(config, sets), Stop()) as job:
        return train_sft(job)


def look(config: Path, *sets: str) -> Looked:
    with start(open_plan(config, sets), Stop()) as job:
        return preflight(job)


def folder(config: Path, trained: Trained) -> Path:
    return config.parent / "ws" / trained.adapter


def losses(config: Path, trained: Trained, name: str = "loss") -> list[float]:
    log = json.loads((folder(config, trained) / "log.json").read_bytes())
    return [entry[name] for entry in log if name in entry]


def test_all_weights_are_trained_where_there_is_no_adapter(config: Path) -> None:
    from safetensors.torch import load_file

    full = train(config, "train.lora=null")
    place = folder(config, full)
    assert not (place / "adapter_config.json").exists()
    before, after = (load_file(path / "model.safetensors") for path in (config.parent / "tiny", place))
    changed = {name for name in before if not before[name].equal(after[name])}
    assert changed == before.keys()
    asked: Any = load_model(str(config.parent / "tiny"), adapter=str(place)).model
    weight = asked.get_input_embeddings().weight
    assert weight.equal(after["model.embed_tokens.weight"].to(weight.dtype))
    assert full.train_id != train(config).train_id


def test_the_adapter_is_merged_on_request(config: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    trained = train(config, "train.merge=true")
    assert trained.merged == f"{trained.adapter}/merged"
    merged: Any = AutoModelForCausalLM.from_pretrained(config.parent / "ws" / trained.merged)
    apart: Any = load_model(str(config.parent / "tiny"), adapter=str(folder(config, trained))).model
    tokens = torch.tensor([[5, 6, 7, 8]])
    assert torch.equal(merged.float()(tokens).logits, apart.float()(tokens).logits)
    assert AutoTokenizer.from_pretrained(config.parent / "ws" / trained.merged).chat_template


def test_an_adapter_is_trained_over_a_base_in_four_bits_and_merged_at_full_precision(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed (Linux on x86-64 alone)")
    from safetensors.torch import load_file

    trained = train(config, "train.load_in_4bit=true", "train.merge=true")
    assert losses(config, trained) != losses(config, train(config)), "a base in four bits answers otherwise"
    base, merged = (
        load_file(place / "model.safetensors") for place in (config.parent / "tiny", folder(config, trained) / "merged")
    )
    assert merged["model.embed_tokens.weight"].float().allclose(base["model.embed_tokens.weight"], atol=1e-2)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install bitsandbytes"):
        train(config, "train.load_in_4bit=true", "train.seed=1")


def test_packed_rows_teach_the_same_tokens_in_fewer_steps(config: Path) -> None:
    plain = train(config)
    packed = train(config, "train.packing=true", "train.batch_size=1")
    assert packed.trained_tokens == plain.trained_tokens
    assert packed.steps < 8 <= plain.steps * 2
    assert packed.train_id != plain.train_id


def test_a_document_in_a_packed_row_does_not_see_the_one_before(config: Path) -> None:
    """With the rate at zero the loss of all rows together is that of the rows by themselves."""
    still = ("train.learning_rate=1e-30", "train.batch_size=1")
    plain, packed = train(config, *still), train(config, *still, "train.packing=true")
    apart = losses(config, plain)
    assert len(apart) == 8
    together = losses(config, packed)
    low, high = min(apart), max(apart)
    assert all(low <= loss <= high for loss in together), (apart, together)


def test_the_loss_on_held_out_problems_is_watched_and_can_end_it(config: Path) -> None:
    watched = train(config, "train.held_out_share=0.4", "train.checkpoint_steps=1")
    assert watched.held_out > 0
    assert watched.examples + watched.held_out == 8
    measured = losses(config, watched, "eval_loss")
    assert len(measured) == watched.steps
    assert watched.held_out_loss == min(measured)
    ended = train(
        config, "train.held_out_share=0.4", "train.checkpoint_steps=1", "train.patience=1", "train.epochs=30",
        "train.learning_rate=0.5",
    )  # fmt: skip
    assert ended.steps < 30 * watched.steps
    with pytest.raises(ConfigError, match="held_out_share"):
        open_plan(config, ["train.patience=1"])
    with pytest.raises(PreflightRefused, match="held_out_share"):
        train(config, "train.held_out_share=0.000001")


def test_other_conversations_are_blended_in_by_weight(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"Say {n}."}, {"role": "assistant", "content": f"It is {n}."}]}
        for n in range(20)
    ]
    general = config.with_name("general.jsonl")
    general.write_text("".join(json.dumps(row) + "\n" for row in rows))
    mix = "train.mix=[{path: general.jsonl, source: chat, license: CC-BY-4.0, weight: 0.5}]"
    mixed = train(config, mix)
    assert (mixed.examples, mixed.mixed) == (8, {"chat": 4})
    assert mixed.trained_tokens > train(config).trained_tokens
    card = (folder(config, mixed) / "README.md").read_text()
    assert "| chat | CC-BY-4.0 | 4 |" in card
    assert train(config, mix) == mixed
    general.write_text(general.read_text().replace("Say 3.", "Say three."))
    assert train(config, mix).train_id != mixed.train_id, "other rows make another student"
    capsys.readouterr()
    assert train(config, mix.replace("0.5", "5")).mixed == {"chat": 20}
    assert "asks for 40" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"messages": [{"role": "user", "content": "No answer."}]}], r"chat\[0\] is no conversation"),
        ([{"text": "Once upon a time."}], r"found: text"),
        ([{"messages": ["Hello.", "Hi."]}], r"chat\[0\] is no conversation"),
        ([{"messages": "Hello."}], r"chat\[0\] is no conversation"),
        ([{"prompt": "Hello.", "completion": None}], r"chat\[0\] is no conversation"),
    ],
    ids=["no answer", "plain text", "turns of text", "no list", "no completion"],
)
def test_a_set_that_is_no_conversation_is_named(config: Path, rows: list[Any], message: str) -> None:
    config.with_name("general.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(ConfigError, match=message):
        train(config, "train.mix=[{path: general.jsonl, source: chat, license: CC-BY-4.0, weight: 1}]")


def test_what_was_exported_trains_the_same_student_tokens(config: Path) -> None:
    from_corpus = train(config)
    with pytest.raises(PreflightRefused, match="tracestill export"):
        train(config, "train.data=export")
    with start(open_plan(config, ()), Stop()) as job:
        export(job)
    exported = train(config, "train.data=export")
    assert (exported.examples, exported.trained_tokens) == (8, from_corpus.trained_tokens)
    assert losses(config, exported) == losses(config, from_corpus)
    with start(open_plan(config, ("export.test_share=0.5",)), Stop()) as job:
        export(job)
    part = train(config, "train.data=export")
    assert part.train_id != exported.train_id, "another export makes another student"
    assert 0 < part.examples < 8


def test_a_preflight_reckons_and_trains_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = look(config, "use.student.name=seen")
    assert "FLOP" in capsys.readouterr().err
    assert not (config.parent / "ws" / "models" / found.train_id).exists()
    outlook, rows = found.outlook, found.rows
    assert outlook.tokens == rows.tokens > rows.trained_tokens
    assert 0 < outlook.trained_parameters < outlook.parameters
    per_token = 4 * outlook.parameters + 2 * outlook.trained_parameters
    assert outlook.flop == per_token * outlook.tokens
    assert outlook.seconds == pytest.approx(outlook.tokens / outlook.tokens_per_second)
    assert outlook.memory_bytes > 8 * outlook.trained_parameters
    assert outlook.method.keys() == {"tokens", "flop", "seconds", "memory_bytes"}
    assert rows.lengths.median <= rows.lengths.p90 <= rows.lengths.p99 <= rows.lengths.longest
    assert found.command == ""
    assert "--nproc_per_node 2" in look(config, "train.processes=2").command


def test_looking_ahead_changes_nothing_of_what_is_learned(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracestill.pipeline.training import worker

    looked = losses(config, train(config, "train.lora.dropout=0.5"))
    seen = look(config, "use.student.name=other").outlook
    monkeypatch.setattr(worker, "look_ahead", lambda *_: seen)
    assert losses(config, train(config, "train.lora.dropout=0.5", "use.student.name=blind")) == looked


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["train.batch_size=3", "train.processes=2"], "batch_size: 3 examples do not divide among 2"),
        (["train.batch_size=4", "train.micro_batch_size=3"], "micro_batch_size: 3 does not go into"),
    ],
    ids=["processes", "micro batch"],
)
def test_sizes_of_a_step_go_into_one_another(config: Path, sets: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        train(config, *sets)


def test_a_step_in_parts_is_the_same_step(config: Path) -> None:
    whole = losses(config, train(config, "train.batch_size=4"))
    parts = losses(config, train(config, "train.batch_size=4", "train.micro_batch_size=1", "use.student.name=parts"))
    assert parts == pytest.approx(whole, rel=1e-3)


def test_large_teachers_and_synthetic_bases_are_warned_of(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = look(config, "teachers.0.lineage=[{type: data, ref: generated, policies: [own-data]}]")
    assert any("synthetic upon synthetic: teacher local" in one for one in found.cautions)
    assert "warning: synthetic upon synthetic" in capsys.readouterr().err


def test_the_card_of_a_student_says_what_it_is_made_of(config: Path) -> None:
    place = folder(config, train(config))
    card = (place / "README.md").read_text()
    for part in ("license: apache-2.0", "base_model_relation: adapter", "math-cot", "template hash", "What binds it"):
        assert part in card
    assert "Built upon" in (place / "NOTICE").read_text()
    assert (place / "LICENSES").is_dir()
    assert json.loads((place / "settings.json").read_bytes())["lora"]["r"] == 4
    assert not (place / "prepared").exists()


def test_two_processes_share_a_step_end_with_the_command_and_go_on_together(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    size = ["train.batch_size=2", "train.epochs=5"]
    sets = [*size, "train.processes=2", "use.student.name=pair"]
    command = [sys.executable, "-m", "tracestill", "train-sft", "-c", str(config)]
    run = subprocess.Popen(
        [*command, *(part for one in sets for part in ("--set", one))], stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not list((config.parent / "ws" / "models").glob("pair*/checkpoints/checkpoint-*/trainer_state.json")):
        assert time.monotonic() < deadline
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    run.kill()
    run.communicate(timeout=60)  # ends once the last process that writes there has ended
    assert not list((config.parent / "ws" / "models").glob("pair*/training.json"))
    together, alone = train(config, *sets), train(config, *size, "use.student.name=alone")
    assert together.steps == alone.steps == 20
    assert len(losses(config, together)) == 20, "no step twice"
    assert losses(config, together) == pytest.approx(losses(config, alone), rel=0.05)
    said = capfd.readouterr().err
    assert "--nproc_per_node 2 -m tracestill.pipeline.training.worker" in said
    assert said.count("of 20 steps") == 2, "each training is shown once"
