"""Every form of a data set as a trainer meets it: loaded with datasets, and held against what TRL makes of it."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import write_project
from reading import rows
from teacher_server import TeacherServer, solve
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.exporting import sorting
from tracestill.pipeline.exporting.base import Form
from tracestill.pipeline.plugins import plugin_ids
from tracestill.pipeline.segments import KINDS, arrow_schema, write_segment
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.export import Exported, export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.import_traces import import_traces
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

FORMS = plugin_ids("tracestill.pipeline.exporting", Form)
ALL = f"export.configs=[{','.join(FORMS)}]"
COLUMNS = {
    "openr1-math": "problem solution answer problem_type question_type source uuid is_reasoning_complete generations "
    "correctness_math_verify correctness_llama finish_reasons correctness_count messages",
    "mixture-of-thoughts": "messages num_tokens source",
    "openthoughts": "system conversations",
    "synthetic-1": "response_id problem_id source in_source_id hf_dataset_name task_type prompt "
    "gold_standard_solution llm_response verification_info score verification_result_info metadata messages",
    "s1k": "question solution cot_type source_type metadata thinking_trajectories attempt",
    "am": "messages",
    "alpaca": "instruction input output",
    "prompt-completion": "prompt completion",
    "dpo": "prompt chosen rejected problem_id source chosen_trace_id rejected_trace_id rejected_by rejected_reason",
    "sft": "messages problem answer reasoning response source domain uuid problem_id teacher_model teacher_license "
    "license finish_reason num_tokens score outcome verifier policy_decision policy_verdict",
    "generations": "problem answer problem_type source uuid trace_ids generations finish_reasons teacher_models "
    "is_reasoning_complete correctness correctness_math_answer accepted correctness_count messages",
}
"""What the data sets of that name have, and ours."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three samples for each of eight sums, one of them asked twice in other words.

    The first is right, the second wrong, the third cut off; of p0 all are right, of p7 none. The folder is the one of
    the configuration.
    """
    folder = tmp_path_factory.mktemp("made")
    asked: dict[str, int] = {}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        question = body["messages"][-1]["content"]
        turn = asked[question] = asked.get(question, -1) + 1
        if "0 + 0" in question or (turn == 0 and "7 + 7" not in question):
            return solve(body) | {"reasoning": f"I add them, for the {turn + 1}. time."}
        if turn == 2:
            return {"content": "<think>I go on and on", "finish_reason": "length"}
        return {"reasoning": "I guess.", "content": "It can only be this.\n\nThe answer is \\boxed{-1}."}

    with TeacherServer() as server:
        server.answer = answer
        config = write_project(folder, server.url, problems=8, k=3)
        with (folder / "problems.jsonl").open("a") as lines:
            lines.write('{"id": "again", "domain": "math", "prompt": "Say what is 3 + 3?", "answer": "6"}\n')
        with start(open_plan(config, ()), Stop()) as job:
            generate(job)
            filter_traces(job)
            curate(job)
    return folder


def exported(config: Path, *sets: str) -> Exported:
    with start(open_plan(config, sets), Stop()) as job:
        return export(job)


@pytest.fixture(scope="module")
def whole(made: Path) -> Path:
    """The folder of an export of every form."""
    return Path(exported(made / "tracestill.yaml", ALL).folder)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy for one test; gives the configuration."""
    return shutil.copytree(made, tmp_path / "copy") / "tracestill.yaml"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(folder: Path, form: str, split: str = "train") -> list[dict[str, Any]]:
    return [row for path in sorted((folder / form).glob(f"{split}-*")) for row in pq.read_table(path).to_pylist()]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Loads a configuration of an export as a user does, without a network and into a cache of its own."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()

    def run(folder: Path, form: str, split: str | None = "train") -> Any:
        return datasets.load_dataset(str(folder), form, split=split, cache_dir=str(tmp_path / "cache"))

    return run


class Template:
    """Stands in for a tokenizer: TRL asks it for the text of a conversation."""

    def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> str:
        return "".join(f"<{turn['role']}>{turn['content']}" for turn in messages)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_loads_with_its_columns(form: str, whole: Path, load: Callable[..., Any]) -> None:
    found = load(whole, form)
    assert len(found) == len(read(whole, form)) > 0
    if form in COLUMNS:
        assert found.column_names == COLUMNS[form].split()


@pytest.mark.parametrize(
    ("form", "detected"),
    [
        *((form, {"text"}) for form in ("sft", "mixture-of-thoughts", "openr1-math", "openthoughts", "am")),
        ("prompt-completion", {"prompt", "completion"}),
        ("dpo", {"prompt", "chosen", "rejected"}),
    ],
)
def test_trl_takes_a_form_as_it_is(form: str, detected: set[str], whole: Path, load: Callable[..., Any]) -> None:
    trl = pytest.importorskip("trl.data_utils", reason="the train extra is not installed")
    for row in load(whole, form):
        example = trl.maybe_convert_to_chatml(row) if trl.is_conversational_from_value(row) else row
        assert trl.is_conversational(example)
        # Whether a column is one half of a pair is told by its name alone: a stray one would send all down that path.
        assert ("prompt" in example) == bool(detected - {"text"})
        assert set(trl.apply_chat_template(example, Template())) == detected


@pytest.mark.parametrize(("form", "columns"), [("synthetic-1", ["messages"]), ("generations", ["messages"])])
def test_trl_takes_the_conversations_of_what_holds_more(
    form: str, columns: list[str], whole: Path, load: Callable[..., Any]
) -> None:
    trl = pytest.importorskip("trl.data_utils", reason="the train extra is not installed")
    found = load(whole, form).filter(lambda row: row["messages"] is not None).select_columns(columns)
    assert len(found) > 0
    assert all(trl.is_conversational(row) for row in found)


@pytest.mark.parametrize("form", ["alpaca", "s1k", "traces"])
def test_what_has_no_turns_is_no_conversation_to_trl(form: str, whole: Path, load: Callable[..., Any]) -> None:
    trl = pytest.importorskip("trl.data_utils", reason="the train extra is not installed")
    assert not any(trl.is_conversational(row) for row in load(whole, form))


def test_an_example_says_who_wrote_and_who_proved_it(whole: Path) -> None:
    found = read(whole, "sft")
    assert [row["problem_id"] for row in found] == sorted(row["problem_id"] for row in found)
    assert {row["problem_id"] for row in found} < {f"p{n}" for n in range(7)} | {"again"}
    first = next(row for row in found if row["problem_id"] == "p0")
    facts = ("score", "outcome", "verifier", "teacher_license", "policy_verdict", "license")
    assert [first[name] for name in facts] == [1.0, "accepted", "math-answer", "Apache-2.0", "allowed", "own"]
    assert first["messages"][-1]["content"].startswith("<think>\nI add them")
    assert first["problem"] == "What is 0 + 0?"


def test_generations_are_aligned_and_null_where_nothing_was_said(whole: Path) -> None:
    found = {row["uuid"]: row for row in read(whole, "generations")}
    assert len(found) == 9
    lists = [name for name, value in found["p1"].items() if isinstance(value, list) and name != "messages"]
    assert all(len(row[name]) == 3 for row in found.values() for name in lists)
    assert found["p0"]["correctness_math_answer"] == [True] * 3
    assert sorted(map(str, found["p1"]["correctness_math_answer"])) == ["False", "None", "True"]
    assert found["p1"]["correctness"] == found["p1"]["correctness_math_answer"]
    cut = found["p1"]["is_reasoning_complete"].index(False)
    assert found["p1"]["correctness"][cut] is None, "what was cut off is not wrong"
    assert found["p1"]["finish_reasons"][cut] == "length"
    assert (found["p1"]["correctness_count"], found["p7"]["messages"]) == (1, None)


def test_lists_of_a_verifier_that_ran_nowhere_are_null(copy: Path) -> None:
    # With a setting that no verdict was made with, the answer check has not run.
    stricter = "verify.math={math-answer: {percent: value}}"
    folder = Path(exported(copy, "export.configs=[generations,openr1-math]", stricter).folder)
    for row in read(folder, "openr1-math"):
        assert row["correctness_math_verify"] is row["correctness_llama"] is None
    for row in read(folder, "generations"):
        assert row["correctness_math_answer"] is None
        assert row["correctness"] == [None] * 3


def test_a_pair_is_an_example_and_what_was_found_wrong(whole: Path, made: Path) -> None:
    pairs = read(whole, "dpo")
    outcomes = {
        row["trace_id"]: row
        for row in rows(made / "tracestill.yaml", "SELECT * FROM outcomes JOIN traces USING (trace_id, problem_id)")
    }
    examples = {row["uuid"] for row in read(whole, "sft")}
    assert len(pairs) == len(examples) - 1, "all answers to p0 are right"
    for pair in pairs:
        chosen, rejected = outcomes[pair["chosen_trace_id"]], outcomes[pair["rejected_trace_id"]]
        assert chosen["problem_id"] == rejected["problem_id"] == pair["problem_id"]
        assert (chosen["outcome"], rejected["outcome"]) == ("accepted", "rejected")
        assert pair["chosen_trace_id"] in examples
        assert (pair["rejected_by"], rejected["finish_reason"]) == ("math-answer", "stop")
        assert "-1" in pair["rejected"][0]["content"]
        assert pair["rejected_reason"]
        assert [turn["role"] for turn in pair["prompt"]] == ["system", "user"]


def test_presets_hold_thought_and_answer_where_their_readers_look(whole: Path) -> None:
    (_, thoughts, *_), (_, am, *_), (_, s1k, *_) = (read(whole, form) for form in ("openthoughts", "am", "s1k"))
    assert [turn["from"] for turn in thoughts["conversations"]] == ["user", "assistant"]
    said = thoughts["conversations"][1]["value"]
    assert said.startswith("<|begin_of_thought|>\n\nI add them, for the ")
    assert said.endswith("\\boxed{0}.\n\n<|end_of_solution|>")
    assert "<|begin_of_thought|>" in thoughts["system"]
    *_, asked, answered = am["messages"]
    assert asked["info"]["reference_answer"] == "0"
    notes = answered["info"]
    assert answered["content"] == f"<think>{notes['think_content']}</think><answer>{notes['answer_content']}</answer>"
    assert s1k["thinking_trajectories"][0].startswith("I add them")
    assert (s1k["question"], s1k["solution"], json.loads(s1k["metadata"])["problem_id"]) == (
        "What is 0 + 0?",
        "0",
        "p0",
    )
    scores = {row["score"] for row in read(whole, "synthetic-1")}
    assert scores == {0.0, 1.0, None}


def test_rejects_come_with_reason_and_usage(whole: Path) -> None:
    found = read(whole, "traces")
    assert len(found) == 27
    for row in found:
        assert bool(row["reject_reason"]) == (row["outcome"] == "rejected")
        assert row["completion_tokens"] > 0


def test_examples_can_be_taken_in_again(copy: Path, whole: Path) -> None:
    (file,) = (whole / "sft").iterdir()
    with start(open_plan(copy, ["workspace=other"]), Stop()) as job:
        taken = import_traces(job, file, None, None)
    assert (taken.rows, taken.traces) == (len(read(whole, "sft")),) * 2


def test_a_form_of_examples_rests_on_examples_alone(copy: Path) -> None:
    (copy.parent / "problems.jsonl").write_text(
        '{"id": "p7", "domain": "math", "prompt": "What is 7 + 7?", "answer": "14", "license": "CC-BY-4.0"}\n'
    )
    with start(open_plan(copy, ()), Stop()) as job:
        generate(job)
    assert exported(copy, "export.configs=[alpaca,am]").licence == "LicenseRef-own"
    assert exported(copy, "export.configs=[alpaca,dpo]").licence == "CC-BY-4.0"


def test_an_unknown_form_and_a_form_twice_are_refused(copy: Path) -> None:
    with pytest.raises(ConfigError, match=r"export.configs: 'open-thoughts' is not one of: .*did you mean 'openthoug"):
        open_plan(copy, ["export.configs=[open-thoughts]"])
    with pytest.raises(ConfigError, match="'sft' is given twice"):
        open_plan(copy, ["export.configs=[sft,sft]"])


# Splits, files, bytes.


def test_a_problem_and_what_is_nearly_the_same_are_on_one_side(copy: Path, load: Callable[..., Any]) -> None:
    shares: dict[float, set[str]] = {}
    for share in (0.3, 0.8):
        folder = Path(
            exported(copy, "export.configs=[sft,generations,traces,dpo]", f"export.test_share={share}").folder
        )
        sides = {split: {row["problem_id"] for row in read(folder, "traces", split)} for split in ("train", "test")}
        assert not sides["train"] & sides["test"]
        assert ("p3" in sides["test"]) == ("again" in sides["test"])
        assert len(sides["train"] | sides["test"]) == 9
        for form, column in (("generations", "uuid"), ("dpo", "problem_id"), ("sft", "problem_id")):
            assert {row[column] for row in read(folder, form, "test")} <= sides["test"]
        shares[share] = sides["test"]
    assert shares[0.3] < shares[0.8], "who is held out stays held out"
    front = yaml.safe_load((folder / "README.md").read_text().split("---")[1])
    assert {part["split"] for one in front["configs"] for part in one["data_files"]} == {"train", "test"}
    assert set(load(folder, "traces", None)) == {"train", "test"}
    described = json.loads((folder / "croissant.json").read_text())
    assert {"traces", "traces-test"} <= {one["@id"] for one in described["recordSet"]}


def test_a_large_form_is_written_in_several_files(copy: Path, whole: Path, load: Callable[..., Any]) -> None:
    folder = Path(exported(copy, "export.configs=[traces]", "export.shard_mb=0.003").folder)
    names = sorted(path.name for path in (folder / "traces").iterdir())
    assert len(names) > 1
    assert names == [f"train-{number:05d}-of-{len(names):05d}.parquet" for number in range(len(names))]
    found = load(folder, "traces")["trace_id"]
    assert list(found) == [row["trace_id"] for row in read(whole, "traces")]


def test_parquet_has_what_the_viewer_and_the_hub_look_for(whole: Path) -> None:
    for path in whole.rglob("*.parquet"):
        column = pq.ParquetFile(path).metadata.row_group(0).column(0)
        assert (column.compression, column.has_offset_index, column.has_column_index) == ("ZSTD", True, True)


def test_json_lines_hold_the_same_rows(copy: Path, whole: Path, load: Callable[..., Any]) -> None:
    folder = Path(exported(copy, ALL, "export.format=jsonl").folder)
    assert not list(folder.rglob("*.parquet"))
    for form in FORMS:
        (path,) = (folder / form).iterdir()
        assert path.name == "train-00000-of-00001.jsonl"
        assert [json.loads(line) for line in path.read_text().splitlines()] == read(whole, form)
        assert len(load(folder, form)) == len(read(whole, form))


def test_the_same_corpus_gives_the_same_bytes_however_its_ledger_lies(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = (ALL, "export.test_share=0.5", "export.shard_mb=0.003")
    folder = Path(exported(copy, *sets).folder)
    before = contents(folder)
    exported(copy, *sets)
    assert contents(folder) == before
    _lay_out_anew(copy.parent / "ws")
    monkeypatch.setattr(sorting, "BUCKET_CHARACTERS", 200)  # a bucket for every problem or two
    exported(copy, *sets)
    assert contents(folder) == before


def _lay_out_anew(workspace: Path) -> None:
    """Puts the ledger's rows into segments of another order and size."""
    for journal in (workspace / "journal").iterdir():
        journal.unlink()
    for kind in KINDS:
        segments = sorted((workspace / "ledger" / kind).glob("*.parquet"))
        found = pa.concat_tables([pq.read_table(path) for path in segments]).cast(arrow_schema(kind))
        order = list(range(found.num_rows))
        random.Random(7).shuffle(order)
        for path in segments:
            path.unlink()
        shuffled = found.take(pa.array(order, pa.int64()))
        for number in range(3):
            part = shuffled.slice(number * len(order) // 3, (number + 1) * len(order) // 3 - number * len(order) // 3)
            write_segment(part, workspace / "ledger" / kind / f"{number}.parquet")


# Kills.


def killed(*moments: str, sets: tuple[str, ...]) -> list[str]:
    """The changes to the disk that a process tells of which exports, killed before the given one."""
    script = Path(__file__).parents[1] / "killed_export.py"
    done = subprocess.run([sys.executable, script, *moments, *sets], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_kill_at_any_moment_leaves_the_old_set_or_the_new_one(copy: Path) -> None:
    exports = copy.parent / "ws/exports"
    exported(copy, "export.configs=[sft]")
    (exports / "LICENSES").mkdir()
    (exports / "LICENSES/ours.txt").write_text("A text that somebody added.\n")
    old = contents(exports)
    untouched = shutil.copytree(copy.parent, copy.parent.with_name("untouched"))
    sets = ("export.configs=[sft,dpo]", "export.shard_mb=0.001")
    changes = killed(f"{copy}:-1", sets=sets)
    new = contents(exports)
    assert new["LICENSES/ours.txt"] == old["LICENSES/ours.txt"]
    away, back = changes.index("os.rename exports"), changes.index("os.rename .exports-new")
    assert 10 < away < back < len(changes) - 2
    moments = [away // 2, away, back, len(changes) - 1]
    places = {
        number: shutil.copytree(untouched, copy.parent.with_name(f"killed-{number}")) / copy.name for number in moments
    }
    killed(*(f"{place}:{number}" for number, place in places.items()), sets=sets)
    for number, place in places.items():
        found = place.parent / "ws/exports"
        assert contents(found) == {} if number == back else contents(found) == (old if number <= away else new)
        with start(open_plan(place, ()), Stop()):
            pass
        assert contents(found) == (old if number <= away else new), "the next command of any kind finishes it"
        assert not list((place.parent / "ws").glob(".exports*"))
    exported(places[moments[0]], *sets)
    assert contents(places[moments[0]].parent / "ws/exports") == new
