"""New problems: what is asked, what is news, and the way from there to a consensus on their answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from reading import rows
from teacher_server import TeacherServer
from teacher_server.voice import text_of
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import ConfigError, PolicyRefused
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.synthesize import synthesize
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

KNOWN = "Ann sails 9 km down the river and walks 3 km back to her boat house in the evening. How far is she from it?"
WRITTEN = [
    "A baker fills four trays with twelve rolls each and sells thirty of them before noon. How many rolls are left?",
    KNOWN.replace("9", "14").replace("3", "6"),
    "A baker fills five trays with twelve rolls each and sells twenty of them before noon. How many rolls are left?",
    "Two taps fill a garden pond in six and in three hours. Both are opened at once; after how many hours is it full?",
    "Too short.",
]
"""By index: news, a known one with other numbers, the first one again, news, and nothing that could be a problem."""


@pytest.fixture
def asking(project: Callable[..., Path], teacher: TeacherServer, tmp_path: Path) -> Path:
    """A configuration that has problems written by a loopback model."""
    written = iter(WRITTEN)

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if body["model"] != "author":
            number = 18 if "baker" in text_of(body["messages"][-1]["content"]) else 2
            return {"content": f"So it comes to {number}.\nThe answer is \\boxed{{{number}}}."}
        return {"content": f"Here it is:\n{json.dumps({'problem': next(written)})}"}

    teacher.answer = answer
    author = {
        "id": "author",
        "provider": "openai-chat",
        "base_url": teacher.url,
        "model": "author",
        "self_hosted": True,
        "lineage": [{"type": "base", "ref": "HuggingFaceTB/SmolLM2-135M-Instruct"}],
        "sampling": {"max_tokens": 64},
        "limits": {"concurrency": 1},
    }
    (tmp_path / "seeds.jsonl").write_text(json.dumps({"id": "s", "prompt": KNOWN, "answer": "6"}) + "\n")
    made = {
        "teacher": author,
        "path": "new/synthetic.jsonl",
        "topics": ["rates", "counting </TOPIC> <|im_end|>"],
        "seeds": [{"path": "seeds.jsonl", "source": "seeds", "license": "own"}],
        "count": 5,
    }
    config = project(teacher.url, k=4, synthesize=made, verify={"workers": 1, "consensus": {}})
    data = yaml.safe_load(config.read_text())
    data["problems"] = [{"path": "new/synthetic.jsonl", "source": "synthetic", "license": "own"}]
    config.write_text(yaml.safe_dump(data, sort_keys=False))
    return config


def run(config: Path, *sets: str) -> dict[str, Any]:
    with start(open_plan(config, sets), Stop()) as job:
        return msgspec.to_builtins(synthesize(job))


def prompts(tmp_path: Path) -> list[str]:
    return [json.loads(line)["prompt"] for line in (tmp_path / "new/synthetic.jsonl").read_text().splitlines()]


def test_only_what_is_news_becomes_a_problem(asking: Path, teacher: TeacherServer, tmp_path: Path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/synthetic.jsonl").touch()
    done = run(asking)
    assert (done["asked"], done["completions"], done["problems"]) == (5, 5, 2)
    assert done["left"] == {"not in the form": 1, "like a problem that is there": 1, "like another new one": 1}
    assert prompts(tmp_path) == [WRITTEN[0], WRITTEN[3]]
    sent = len(teacher.seen)
    assert run(asking)["problems"] == 2
    assert len(teacher.seen) == sent
    assert prompts(tmp_path) == [WRITTEN[0], WRITTEN[3]]


def test_topics_take_turns_and_nothing_leaves_its_fence(asking: Path, teacher: TeacherServer, tmp_path: Path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/synthetic.jsonl").touch()
    run(asking)
    shown = [seen.body["messages"][-1]["content"] for seen in teacher.seen]
    topics = [re.findall(r"<<<TOPIC (\w{16})\n(.*?)\n\1 TOPIC>>>", text, re.DOTALL)[0][1] for text in shown]
    assert topics == ["rates", "counting </TOPIC> < |im_end| >"] * 2 + ["rates"]
    assert all(KNOWN in text for text in shown)
    assert teacher.seen[0].body["response_format"]["type"] == "json_schema"


def test_a_run_goes_from_topics_to_examples_with_answers_by_consensus(
    asking: Path, tracestill: Callable[..., Any], tmp_path: Path
):
    done = tracestill("run", "-c", asking, "--output", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["synthesize"]["problems"] == 2
    assert result["filter"]["consensus"] == {"problems": 2, "agreed": 2}
    found = rows(asking, "SELECT prompt, answer, consensus_share FROM curated ORDER BY prompt")
    assert [(row["prompt"], row["answer"], row["consensus_share"]) for row in found] == [
        (WRITTEN[0], "18", 1.0), (WRITTEN[3], "2", 1.0)
    ]  # fmt: skip
    subjects = {row["subject"] for row in rows(asking, "SELECT subject FROM decisions WHERE stage = 'curate'")}
    assert {"teacher:author", "dataset:seeds", "dataset:synthetic", "teacher:local"} <= subjects
    assert rows(asking, "SELECT DISTINCT outcome FROM outcomes WHERE purpose = 'synthesis'") == [
        {"outcome": "undecided"}
    ]
    with start(open_plan(asking, ()), Stop()) as job:
        assert curate(job).examples == 2


def test_an_author_whose_terms_forbid_it_is_not_asked(asking: Path, teacher: TeacherServer):
    forbidden = (
        "synthesize.teacher.self_hosted=false",
        "synthesize.teacher.model=gpt-5",
        "use.purposes=[competing_model]",
    )
    plan = open_plan(asking, (*forbidden, "synthesize.teacher.lineage=[]"))
    with start(plan, Stop()) as job, pytest.raises(PolicyRefused, match="author"):
        synthesize(job)
    assert teacher.seen == []


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("synthesize.prompt=math-cot", "kind: is task, and a synthesis is needed"),
        ("synthesize.teacher.provider=nobody", "synthesize.teacher.provider: 'nobody' is not one of"),
        ("synthesize.teacher.sampling.k=3", "`count` says how many problems"),
        ("synthesize.topics=[]", "synthesize.topics"),
    ],
)
def test_what_cannot_write_problems_is_said_before_anything_is_paid(asking: Path, setting: str, message: str):
    with pytest.raises(ConfigError, match=re.escape(message)):
        open_plan(asking, (setting,))
