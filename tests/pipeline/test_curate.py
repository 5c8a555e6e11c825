"""Curation through the real command: what is left out, who stays, what is written about it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.curation.diversity import farthest_first
from tracestill.pipeline.job import Job
from tracestill.pipeline.stages.curate import curate as curate_examples
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]
Curate = Callable[..., dict[str, Any]]

RIVER = "Ann sails {} km/h down the river for {} hours and then walks {} km back to her old boat house. How far is it?"
SAME_RIVER = "Ann sails {} kilometers per hour down the river for {} hours and then walks {} km back to her boat house. How far is it?"  # noqa: E501
STEPS = (
    "First I look at how long the way down the river is, which is the speed times the hours that she sails. "
    "Then I take away what she walks back by the bank in the evening, since the house lies that much nearer. "
)


@pytest.fixture
def project_of(project: Project, teacher: TeacherServer, tmp_path: Path) -> Callable[..., Path]:
    """A configuration with problems (id: prompt) that are all solved by ``teacher.answer``."""

    def write(problems: dict[str, str], k: int = 1, **changes: Any) -> Path:
        config = project(teacher.url, k=k, **changes)
        write_problems(tmp_path / "problems.jsonl", problems)
        return config

    teacher.answer = lambda body: {"content": f"{STEPS} It is \\boxed{{7}}."}
    return write


@pytest.fixture
def curate(tracestill: Run) -> Curate:
    """Samples and verifies in this process, curates in its own; gives curate's result."""

    def run(config: Path, *sets: str, warned: bool = False) -> dict[str, Any]:
        with start(open_plan(config, sets), Stop()) as job:
            generate(job)
            filter_traces(job)
        settings = [part for one in sets for part in ("--set", one)]
        done = tracestill("curate", "-c", config, "--output", "json", *settings)
        assert done.returncode == 0, done.stderr
        assert ("warning" in done.stderr) == warned, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def write_problems(path: Path, problems: dict[str, str]) -> None:
    lines = [{"id": name, "domain": "math", "prompt": prompt, "answer": "7"} for name, prompt in problems.items()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def left_out(tmp_path: Path) -> dict[str, str]:
    """The reason for each problem's traces; of several traces the last one's."""
    lines = (tmp_path / "ws/reports/left-out.jsonl").read_text().splitlines()
    return {line["problem_id"]: line["reason"] for line in map(json.loads, lines)}


def certificate(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "ws/reports/decontamination.json").read_bytes())


def test_a_near_duplicate_problem_points_to_the_one_that_stays(
    project_of: Project, curate: Curate, tmp_path: Path
) -> None:
    config = project_of({"b": RIVER.format(9, 3, 5), "a": SAME_RIVER.format(9, 3, 5), "c": RIVER.format(9, 3, 6)})
    done = curate(config)
    assert (done["examples"], done["left"]) == (2, {"duplicate": 1})
    assert left_out(tmp_path) == {"b": "duplicate of a"}
    assert [row["problem_id"] for row in rows(config, "SELECT problem_id FROM examples ORDER BY ALL")] == ["a", "c"]


def test_the_problem_with_more_accepted_traces_stays(
    project_of: Project, curate: Curate, teacher: TeacherServer, tmp_path: Path
) -> None:
    seen: list[str] = []

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["messages"][-1]["content"]
        seen.append(prompt)
        right = "km/h" in prompt or seen.count(prompt) == 1
        return {"content": f"{STEPS} Try {len(seen)}: it is \\boxed{{{7 if right else 8}}}."}

    teacher.answer = answer
    config = project_of({"b": RIVER.format(9, 3, 5), "a": SAME_RIVER.format(9, 3, 5)}, k=2)
    done = curate(config, "select.duplicates.traces=null", "select.per_problem=2")
    assert (done["examples"], done["left"]) == (2, {"duplicate": 1})
    assert left_out(tmp_path) == {"a": "duplicate of b"}


def test_without_a_threshold_only_what_differs_in_white_space_is_one(
    project_of: Project, curate: Curate, tmp_path: Path
) -> None:
    problems = {"a": RIVER.format(9, 3, 5), "b": SAME_RIVER.format(9, 3, 5), "c": RIVER.format(9, 3, 5) + " "}
    off = ("select.duplicates.problems=null", "select.duplicates.traces=null")
    done = curate(project_of(problems), *off)
    assert (done["examples"], done["left"]) == (2, {"duplicate": 1})
    first = rows(tmp_path / "tracestill.yaml", "SELECT trace_id FROM traces WHERE problem_id = 'a'")[0]["trace_id"]
    assert left_out(tmp_path) == {"c": f"duplicate of {first}"}


def test_the_survivor_of_alike_traces_is_the_one_that_is_preferred(
    project_of: Project, curate: Curate, teacher: TeacherServer, tmp_path: Path
) -> None:
    asked: list[int] = []

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(1)
        return {"content": f"{STEPS}{' So be it.' * len(asked)} It is \\boxed{{7}}."}

    teacher.answer = answer
    config = project_of({"a": RIVER.format(9, 3, 5)}, k=3)
    sizes = "SELECT length(t.response) AS size FROM examples e JOIN traces t USING (trace_id)"
    curate(config)
    every = [row["size"] for row in rows(config, "SELECT length(response) AS size FROM traces ORDER BY 1")]
    assert len(set(every)) == 3
    assert [row["size"] for row in rows(config, sizes)] == every[:1]
    assert left_out(tmp_path)["a"].startswith("duplicate of ")
    done = curate(config, "select.prefer=longest", "select.per_problem=3")
    assert (done["examples"], done["left"]) == (1, {"duplicate": 2})
    assert [row["size"] for row in rows(config, sizes)] == every[-1:]


def test_what_holds_a_problem_of_an_evaluation_set_is_left_out_and_certified(
    project_of: Project, curate: Curate, teacher: TeacherServer, tmp_path: Path
) -> None:
    exam = {"e1": RIVER.format(9, 3, 5), "e2": RIVER.format(20, 4, 11), "e3": "What is 2 + 5?"}
    write_problems(tmp_path / "exam.jsonl", exam)

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        quoted = exam["e2"] if "quote" in body["messages"][-1]["content"] else ""
        return {"content": f"{STEPS} {quoted} It is \\boxed{{7}}."}

    teacher.answer = answer
    problems = {
        "a": SAME_RIVER.format(9, 3, 5), "b": "Please quote what you know, and say what 3 + 4 is.",
        "c": "what is  2+5", "d": RIVER.format(9, 3, 6), "f": "How much is 1 + 6?",
        "g": "A day and six days are how many days?", "h": "Add up 3 and 4 for me.",
    }  # fmt: skip
    config = project_of(problems, decontaminate={"against": [{"path": "exam.jsonl", "source": "exam"}]})
    done = curate(config)
    assert done["left"] == {"contaminated": 3}
    assert done["contaminated"] == {"exam": 3}
    assert left_out(tmp_path) == {
        "a": "contaminated by exam/e1", "b": "contaminated by exam/e2", "c": "contaminated by exam/e3",
    }  # fmt: skip
    found = certificate(tmp_path)
    assert found["curation_id"] == done["curation_id"]
    assert found["looked_at"] == {"problems": 7, "traces": 7}
    assert found["left_out"] == 3
    sets = {one["name"]: one for one in found["sets"]}
    assert {name: one["count"] for name, one in sets.items()} == {
        "exam": 3, "gsm8k-test": 1319, "humaneval": 164, "mbpp-sanitized": 427,
    }  # fmt: skip
    (trace,) = rows(config, "SELECT trace_id FROM traces WHERE problem_id = 'b'")
    assert sets["exam"]["hits"] == [
        {"id": "e1", "problems": ["a"], "traces": []},
        {"id": "e2", "problems": [], "traces": [trace["trace_id"]]},
        {"id": "e3", "problems": ["c"], "traces": []},
    ]
    assert all(one["hits"] == [] for name, one in sets.items() if name != "exam")


def test_a_set_that_is_trained_on_does_not_vanish_in_silence(
    project_of: Project, curate: Curate, tracestill: Run, tmp_path: Path
) -> None:
    config = project_of({"a": RIVER.format(9, 3, 5), "b": RIVER.format(20, 4, 11)})
    own = "decontaminate.against=[{path: problems.jsonl, source: exam}]"
    done = curate(config, own, warned=True)
    assert (done["examples"], done["contaminated"]) == (0, {"exam": 2})
    assert len(done["warnings"]) == 1
    assert done["warnings"][0].startswith("problems (sums): 2 of 2 accepted traces are left out")
    assert "exam" in done["warnings"][0]
    told = tracestill("curate", "-c", config, "--set", own)
    assert f"warning: {done['warnings'][0]}" in told.stderr
    assert curate(config)["examples"] == 2


def test_a_list_of_hashes_does_what_its_problems_do(
    project_of: Project, curate: Curate, tracestill: Run, tmp_path: Path
) -> None:
    from tracestill.pipeline.curation.hash_lists import main

    write_problems(tmp_path / "exam.jsonl", {"e1": RIVER.format(9, 3, 5)})
    main(f"{{path: {tmp_path}/exam.jsonl, source: exam}}", str(tmp_path / "exam.hashes"))
    problems = {"a": SAME_RIVER.format(9, 3, 5), "b": RIVER.format(20, 4, 11), "c": "What is 1 + 6?"}
    config = project_of(problems, decontaminate={"against": [{"path": "exam.jsonl", "source": "exam"}], "hashes": []})
    curate(config)
    with_problems = certificate(tmp_path)
    (tmp_path / "exam.jsonl").unlink()
    done = curate(config, "decontaminate.against=[]", "decontaminate.hashes=[exam.hashes]")
    assert done["contaminated"] == {"exam": 1}
    assert certificate(tmp_path) == with_problems
    off = curate(config, "decontaminate.against=[]", "decontaminate.hashes=[]")
    assert (off["examples"], off["contaminated"], certificate(tmp_path)["sets"]) == (3, {}, [])


def test_a_problem_of_gsm8k_s_test_set_is_found_by_the_list_that_ships(
    project_of: Project, curate: Curate, cases: Path, tmp_path: Path
) -> None:
    with (cases / "problems/gsm8k_test.jsonl").open() as lines:
        first = json.loads(next(lines))["question"]
    config = project_of({"a": f"Please solve:  {first}", "b": RIVER.format(9, 3, 5), "c": "What is 1 + 6?"})
    assert curate(config)["contaminated"] == {"gsm8k-test": 1}
    assert left_out(tmp_path)["a"].startswith("contaminated by gsm8k-test/")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("decontaminate.hashes=[nothing.jsonl]", "decontaminate.hashes: nothing.jsonl"),
        ("decontaminate.against=[{path: nothing.jsonl}]", "nothing.jsonl"),
        ("decontaminate.against=[{path: problems.jsonl, source: humaneval}]", "two sets are called 'humaneval'"),
    ],
)
def test_a_set_that_cannot_be_read_is_a_wrong_configuration(
    project_of: Project, tracestill: Run, setting: str, message: str
) -> None:
    config = project_of({"a": RIVER.format(9, 3, 5)})
    done = tracestill("curate", "-c", config, "--set", setting)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_same_selection_is_the_same_bytes(project_of: Project, curate: Curate, tmp_path: Path) -> None:
    config = project_of({f"p{n}": RIVER.format(9, 3, 5 + n // 2) for n in range(6)}, k=2)
    first = curate(config)
    files = [tmp_path / "ws/reports" / name for name in ("left-out.jsonl", "decontamination.json")]
    before = [path.read_bytes() for path in files]
    assert curate(config) == first
    assert [path.read_bytes() for path in files] == before
    assert len(rows(config, "SELECT * FROM events WHERE kind = 'curated'")) == 1
    assert yaml.safe_load(config.read_text())["workspace"] == "ws"


# Difficulty, quotas and the token budget.


@pytest.fixture
def of_known_rates(project_of: Callable[..., Path], teacher: TeacherServer) -> Callable[..., Path]:
    """Problems whose traces are accepted at a known rate: of four samples each, always, half, one and never."""
    turns: dict[str, int] = {}
    right = {"always": 4, "half": 2, "once": 1, "never": 0}
    prompts = {name: f"How many wheels has the {name} painted red waggon of our old neighbour Ann?" for name in right}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        asked = body["messages"][-1]["content"]
        name = next(name for name in right if f"the {name} painted" in asked)
        turns[name] = turns.get(name, 0) + 1
        given = 7 if turns[name] <= right[name] else 8
        return {"content": f"{STEPS} Look {turns[name]} of {name}. It is \\boxed{{{given}}}."}

    def write(**changes: Any) -> Path:
        config = project_of(prompts, k=4, **changes)
        teacher.answer = answer
        return config

    return write


def chosen(config: Path, view: str = "problem_id") -> list[str]:
    return sorted(row["of"] for row in rows(config, f"SELECT {view} AS of FROM curated"))


NEVER_ALIKE = "select.duplicates={problems: null, traces: null}"


def test_what_is_always_or_hardly_ever_solved_is_left_out(of_known_rates, curate: Curate) -> None:
    config = of_known_rates()
    done = curate(config, NEVER_ALIKE, "select.difficulty={min_pass_rate: 0.3, max_pass_rate: 0.9}")
    assert chosen(config) == ["half"]
    assert done["left"] == {"too easy": 4, "too hard": 1, "enough of this problem": 1}
    lines = (config.parent / "ws/reports/left-out.jsonl").read_text().splitlines()
    reasons = {json.loads(line)["reason"] for line in lines}
    assert {"too easy: pass rate 1.0", "too hard: pass rate 0.25"} <= reasons


def test_the_middle_comes_first_where_a_quota_leaves_some_out(of_known_rates, curate: Curate) -> None:
    config = of_known_rates()
    limits = (NEVER_ALIKE, "select.quotas={source: {default: 1}}")
    curate(config, *limits, "select.difficulty={middle_first: true}")
    assert chosen(config) == ["half"]
    done = curate(config, *limits, "select.per_problem=2", "select.quotas={source: {sums: 3, default: 0}}")
    # The best of every problem comes before the second of any.
    assert chosen(config) == ["always", "half", "once"]
    assert done["left"]["enough of this source"] == 2


def test_quotas_of_domain_and_teacher_and_the_token_budget_hold_one_after_the_other(
    of_known_rates, curate: Curate
) -> None:
    config = of_known_rates()
    done = curate(config, NEVER_ALIKE, "select.quotas={domain: {math: 2}, teacher: {local: 1}}")
    assert (done["examples"], done["left"]["enough of this domain"], done["left"]["enough of this teacher"]) == (
        1,
        1,
        1,
    )
    done = curate(config, NEVER_ALIKE, "select.max_tokens=45")  # the loopback teacher counts 20 tokens an answer
    assert (done["examples"], done["left"]["token budget is spent"]) == (2, 1)
    assert sum(done["left"].values()) + done["examples"] == 7


def test_a_range_of_difficulty_that_leaves_nothing_is_refused(project_of, tracestill: Run) -> None:
    config = project_of({"p": "What is 3 + 4?"}, select={"difficulty": {"min_pass_rate": 0.9, "max_pass_rate": 0.1}})
    done = tracestill("plan", "-c", config)
    assert done.returncode == 2
    assert "min_pass_rate is above max_pass_rate" in done.stderr


def begun(job: Job, config: Path) -> list[str]:
    curate_examples(job)
    sql = "SELECT t.response FROM examples e JOIN traces t USING (trace_id) ORDER BY e.rank"
    return [row["response"].split(":")[0] for row in rows(config, sql)]


def test_diverse_takes_what_is_least_like_what_was_taken(project_of: Project, teacher: TeacherServer) -> None:
    ways = [
        "Short: I add the two numbers that are given here at once, and it is done.",
        "Alike: I add the two numbers that are given here at once, then it is done as well.",
        "Other: Counting backwards from twenty by the difference of both leads to this value in the end, slowly.",
        "Mixed: I add the two numbers that are given here, counting backwards from twenty by the difference.",
    ]
    answers = iter(ways)
    teacher.answer = lambda body: {"content": f"{next(answers)} It is \\boxed{{7}}."}
    config = project_of({"a": "What is 3 + 4?"}, k=4)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
    sets = ("select.prefer=diverse", "select.per_problem=2", "select.duplicates.traces=null")
    with start(open_plan(config, sets), Stop()) as job:
        assert begun(job, config) == ["Short", "Other"]
    with start(open_plan(config, (*sets[1:], "select.prefer=shortest")), Stop()) as job:
        assert begun(job, config) == ["Short", "Alike"]


sketches = st.lists(
    st.sets(st.integers(0, 30), min_size=1, max_size=12).map(lambda one: np.array(sorted(one), np.uint64)),
    min_size=1,
    max_size=7,
)


@given(sketches)
def test_every_next_one_is_farthest_from_those_before(sets: list[Any]) -> None:
    order = farthest_first(sets)
    assert sorted(order) == list(range(len(sets)))
    assert order[0] == 0
    for place in range(1, len(order)):
        nearest = {one: max(jaccard(sets[one], sets[taken]) for taken in order[:place]) for one in order[place:]}
        assert nearest[order[place]] == pytest.approx(min(nearest.values()))


def jaccard(first: Any, second: Any) -> float:
    return len(set(first) & set(second)) / len(set(first) | set(second))
