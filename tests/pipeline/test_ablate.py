"""Students of different selections: what each arm sees, that nothing of the user's changes, and how it is resumed."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from teacher_server import TeacherServer, solve
from tiny_model import make_tiny_model, make_tiny_tokenizer
from tracestill.pipeline.ablations.arms import arms_of
from tracestill.pipeline.ablations.form import Ablation, built_in, load_ablation
from tracestill.pipeline.ablations.outlook import ArmOutlook, Chosen, outlook, share
from tracestill.pipeline.ablations.results import verdict
from tracestill.pipeline.ablations.running import Prepared, prepare
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import ConfigError, Interrupted, PreflightRefused, WorkspaceLocked
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.statistics import Estimate
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.training.examples import Turn, within
from tracestill.pipeline.workspace import Workspace
from training_project import training_project

pytest.importorskip("trl", reason="the train extra is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # a tokenizer is loaded in this process

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]
ARMS: dict[str, Any] = {
    "id": "filtered-or-not",
    "description": "Is verifying worth it?",
    "seeds": [0],
    "arms": {"verified": {}, "unfiltered": {"select.outcomes": "any", "select.prefer": "first"}},
}


@pytest.fixture
def config(teacher: TeacherServer, project: Project, tmp_path: Path) -> Path:
    """A verified workspace: of eight problems the odd ones were answered wrongly."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        right = solve(body)["content"]
        number = int(body["messages"][-1]["content"].split()[2])
        return {"content": f"I will guess this time.\nThe answer is \\boxed{{{number}}}." if number % 2 else right}

    teacher.answer = answer
    config = training_project(project, teacher, make_tiny_tokenizer(tmp_path / "tiny"), epochs=1, checkpoint_steps=1)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
    return config


def ablation_file(folder: Path, **changes: Any) -> Path:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(ARMS | changes, sort_keys=False))
    return path


def prepared(config: Path, ablation: Ablation) -> Prepared:
    plan = open_plan(config, ())
    with start(plan, Stop()) as job:
        return prepare(job, ablation, arms_of(ablation, config, (), plan))


def looks(config: Path, **changes: Any) -> dict[str, ArmOutlook]:
    found = prepared(config, load_ablation(str(ablation_file(config.parent, **changes))))
    return {look.arm: look for look in found.looks}


def test_arms_see_different_examples_of_as_many_tokens(config: Path) -> None:
    found = looks(config)
    verified, unfiltered = found["verified"], found["unfiltered"]
    assert (verified.available, unfiltered.available) == (4, 8)
    assert (verified.examples, verified.steps, verified.pending) == (4, 2, 0)
    inside = open_plan(config, [f"workspace={config.parent}/ws/ablations/filtered-or-not"])
    with start(inside, Stop()) as job, job.corpus() as corpus:
        rows = corpus.answer("SELECT curation_id, problem_id FROM ledger_examples")
    seen: dict[str, set[str]] = {
        look.arm: {row["problem_id"] for row in rows if row["curation_id"] == look.curation_id}
        for look in found.values()
    }
    assert seen == {"verified": {"p0", "p2", "p4", "p6"}, "unfiltered": {f"p{number}" for number in range(8)}}
    longest = len("I will guess this time.\nThe answer is \\boxed{7}.") + 1
    assert verified.tokens - longest < unfiltered.tokens <= verified.tokens
    assert looks(config) == found, "the same again"


@pytest.fixture
def chosen(project: Project, tmp_path: Path) -> Callable[..., tuple[Ablation, list[Chosen]]]:
    """Arms of an ablation over made-up examples: how many tokens each of them has, by arm."""

    def write(arms: dict[str, Any], sizes: dict[str, list[int]], **changes: Any) -> tuple[Ablation, list[Chosen]]:
        config = project(train={"model": "m", "epochs": 1}, evaluate={"problems": [{"path": "held_out.jsonl"}]})
        ablation = load_ablation(str(ablation_file(tmp_path, arms=arms, **changes)))
        turns = {
            name: [Turn(1, f"{place:03}", f"t{place}", f"p{place}", size) for place, size in enumerate(of_arm)]
            for name, of_arm in sizes.items()
        }
        made = arms_of(ablation, config, (), open_plan(config, ()))
        return ablation, [Chosen(arm, f"curation of {arm.name}", 0, turns[arm.name]) for arm in made]

    return write


Made = Callable[..., tuple[Ablation, list[Chosen]]]


def test_passes_count_against_the_budget(chosen: Made, tmp_path: Path) -> None:
    arms = {"often": {"train.epochs": 4}, "once": {"select.outcomes": "any"}}
    ablation, found = chosen(arms, {"often": [10] * 5, "once": [20] * 50})
    amount = share(ablation, found)
    assert amount == 200, "four passes over fifty tokens"
    often, once = (outlook(ablation, one, amount, Workspace(tmp_path)) for one in found)
    assert (often.examples, often.tokens, often.all_tokens, often.steps) == (5, 50, 200, 4)
    assert (once.examples, once.tokens, once.all_tokens, once.steps) == (10, 200, 200, 2)
    assert len({*often.students, *once.students}) == 2


def test_an_example_that_does_not_fit_ends_an_arm(chosen: Made, tmp_path: Path) -> None:
    ablation, found = chosen({"a": {}, "b": {}}, {"a": [40, 40], "b": [30, 60, 5]})
    assert share(ablation, found) == 80
    assert outlook(ablation, found[1], 80, Workspace(tmp_path)).tokens == 30, "what comes later is not drawn forward"


def test_more_than_an_arm_has_is_refused_and_said(chosen: Made, tmp_path: Path) -> None:
    ablation, found = chosen({"a": {}, "b": {}}, {"a": [10, 10], "b": [10, 30]}, tokens=30)
    with pytest.raises(PreflightRefused, match=r"asks for 30 tokens .*\(a 20, b 40\); set `tokens` to 20 at most"):
        share(ablation, found)
    with pytest.raises(PreflightRefused, match="arm a: 3 tokens do not hold one example"):
        outlook(ablation, found[0], 3, Workspace(tmp_path))


def test_bounds_take_the_best_of_every_problem_first() -> None:
    turns = [Turn(rank, problem, f"{problem}{rank}", problem, 10) for problem in "ab" for rank in (1, 2)]
    assert {turn.trace_id for turn in within(turns, 30, None)} == {"a1", "b1", "a2"}
    assert {turn.trace_id for turn in within(turns, None, 1)} == {"a1", "a2"}
    assert {turn.trace_id for turn in within(turns, 10, 2)} == {"a1"}
    assert within(turns, None, None) == set(turns)


def test_arms_can_have_the_same_problems_instead(config: Path) -> None:
    arms = {"reasoning": {}, "answer-only": {"train.target": "answer"}}
    found = looks(config, arms=arms, problems=3)
    assert [(look.examples, look.problems) for look in found.values()] == [(3, 3), (3, 3)]
    first = sorted((0, 2, 4, 6), key=lambda number: hashlib.md5(f"p{number}".encode()).hexdigest())[:3]
    said = [f"The final answer is \\boxed{{{2 * number}}}." for number in first]
    assert found["answer-only"].tokens == sum(len(text) + 1 for text in said), "a token a character, and the turn's end"
    assert found["reasoning"].tokens > found["answer-only"].tokens


def test_what_cannot_be_compared_ends_before_anything_is_trained(config: Path) -> None:
    with start(open_plan(config, ()), Stop()), pytest.raises(WorkspaceLocked):
        looks(config)
    (stop := Stop()).ask()
    plan = open_plan(config, ())
    mine = load_ablation(str(ablation_file(config.parent)))
    with pytest.raises(Interrupted) as stopped, start(plan, stop) as job:
        prepare(job, mine, arms_of(mine, config, (), plan))
    assert stopped.value.exit_code == 130
    strict = {"strict": {"verify.math.length.max_characters": 17}, "as-is": {}}
    with pytest.raises(PreflightRefused, match=r"arm strict: .*8 are not verified yet"):
        looks(config, arms=strict)
    leak = {"id": "leak", "domain": "math", "prompt": "What is 1 + 1?", "answer": "2", "split": "test"}
    (config.parent / "held_out.jsonl").write_text(json.dumps(leak) + "\n")
    with pytest.raises(PreflightRefused, match=r"trained on some of them \(leak\)"):
        looks(config)  # the verified arm does not hold it, the other one does


def test_it_goes_on_after_a_kill_and_changes_nothing_of_the_users(config: Path, tracestill: Run) -> None:
    make_tiny_model(config.parent / "tiny")
    with start(open_plan(config, ()), Stop()) as job:
        curate(job)
        export(job)
    workspace = config.parent / "ws"
    before = _tree(workspace)
    file = ablation_file(config.parent)
    models = workspace / "ablations/filtered-or-not/models"
    _kill(config, file, lambda: any(models.glob("*/training.json")))
    first = {path: path.stat().st_mtime_ns for path in models.glob("*/training.json")}
    assert len(first) == 1
    done = tracestill("ablate", file, "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert len(list(models.glob("*/training.json"))) == 2
    assert all(path.stat().st_mtime_ns == changed for path, changed in first.items()), "nothing is trained twice"
    _assert_complete(result, workspace)
    assert _tree(workspace) == before
    with start(open_plan(config, ()), Stop()) as job:
        export(job)
    assert _tree(workspace / "exports", everything=True) == _tree_of(before, "exports/")


def _assert_complete(result: dict[str, Any], workspace: Path) -> None:
    assert result["stage"] == "ablate"
    assert [(arm["arm"], arm["epochs"]) for arm in result["arms"]] == [("verified", 1.0), ("unfiltered", 1.0)]
    assert (result["held_out"], result["k"], result["covers"]) == (3, 2, "problems")
    assert [one["contestant"] for one in result["others"]] == ["base", "base-few-shot"]
    assert [(one["arm"], one["against"]) for one in result["comparisons"]] == [("unfiltered", "verified")]
    assert "another seed may come out otherwise" in result["comparisons"][0]["said"]
    stored = json.loads((workspace / "reports/ablation-filtered-or-not.json").read_bytes())
    assert {"stage": "ablate"} | stored == result
    page = (workspace / "reports/ablation-filtered-or-not.md").read_text()
    assert result["comparisons"][0]["said"] in page
    assert "`select.outcomes=any`" in page
    for arm in result["arms"]:
        card = (workspace / "ablations/filtered-or-not/models" / arm["students"][0] / "README.md").read_text()
        assert ("not proven right" in card) == (arm["arm"] == "unfiltered")
        kept = json.loads((workspace / "ablations/filtered-or-not/arms" / arm["arm"] / "curation.json").read_bytes())
        assert kept["outcomes"] == ("any" if arm["arm"] == "unfiltered" else "accepted")


def _kill(config: Path, file: Path, moment: Callable[[], bool]) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "ablate", str(file), "-c", str(config)], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 240
    while not moment():
        assert time.monotonic() < deadline
        assert run.poll() is None, run.communicate()
        time.sleep(0.005)
    run.kill()
    run.communicate(timeout=240)
    assert run.returncode == -signal.SIGKILL


def _tree(folder: Path, *, everything: bool = False) -> dict[str, str]:
    """Hash of every file that an ablation has no business with."""
    own = ("ablations/", "reports/ablation-", "journal/", "lock", "status.json")
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in found.items()
        if everything or not name.startswith(own)
    }


def _tree_of(tree: dict[str, str], folder: str) -> dict[str, str]:
    return {name.removeprefix(folder): digest for name, digest in tree.items() if name.startswith(folder)}


def test_forgetting_takes_ablations_along(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=2, k=1)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        above = Workspace.create(job.workspace.ablations / "one")
        above.put_above(job.workspace)
    asked = tracestill("query", "SELECT count(*) AS n FROM traces", "-c", config, "--set", f"workspace={above.path}",
                       "--output", "json")  # fmt: skip
    assert json.loads(asked.stdout) == {"rows": [{"n": 2}]}, "it shows the ledger beneath"
    done = tracestill("forget", "--problem", "p1", "--yes", "-c", config)
    assert done.returncode == 0, done.stderr
    assert not above.path.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arm": {}}, "arm: there is no such key (keys here: id, description,"),
        ({"arms": {"one": {}}}, "arms: "),
        ({"arms": {"a": {}, "b": {"evaluate.sampling.k": 9}}}, "arms: b: evaluate.sampling.k: an arm sets single keys"),
        ({"arms": {"a": {}, "b": {"select": {}}}}, "arms: b: select: an arm sets single keys"),
        ({"arms": {"a": {}, "b": {"train.model": "x"}}}, "arms: b: train.model: it would change what the evaluation"),
        ({"arms": {"a": {}, "b": {"train.prompts.math": "x"}}}, "arms: b: train.prompts.math: it would change"),
        ({"arms": {"a": {}, "b": {"train.seed": 1}}}, "arms: b: train.seed: the ablation sets it itself"),
        ({"tokens": 5, "problems": 5}, "tokens and problems are both given"),
        ({"tokens": 0}, "give a number above 0, or smallest"),
        ({"tokens": "largest"}, "tokens"),
        ({"seeds": [1, 1]}, "seeds: give seeds that differ"),
        ({"id": "a/b"}, "id: "),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = ablation_file(tmp_path, **changes)
    with pytest.raises(ConfigError) as refused:
        load_ablation(str(path))
    assert str(path) in str(refused.value)
    assert message in str(refused.value)


def test_a_wrong_value_names_the_arm_and_the_key(project: Project, tmp_path: Path) -> None:
    config = project(train={"model": "m"}, evaluate={"problems": [{"path": "held_out.jsonl"}]})
    ablation = load_ablation(str(ablation_file(tmp_path, arms={"a": {}, "b": {"select.outcome": "any"}})))
    with pytest.raises(ConfigError, match=r"(?s)arm b of filtered-or-not: .*select.outcome: .*did you mean 'outcomes'"):
        arms_of(ablation, config, (), open_plan(config, ()))
    with pytest.raises(ConfigError, match="needs the sections `train` and `evaluate`"):
        arms_of(ablation, (bare := project()), (), open_plan(bare, ()))


def test_what_ships_can_be_planned(project: Project) -> None:
    config = project(train={"model": "m"}, evaluate={"problems": [{"path": "held_out.jsonl"}]})
    assert list(built_in()) == ["answer-or-reasoning", "few-verified-or-many-unfiltered"]
    for name in built_in():
        ablation = load_ablation(name)
        assert ablation.id == name
        arms = arms_of(ablation, config, (), open_plan(config, ()))
        assert len(arms) == len(ablation.arms)
        assert len(ablation.seeds) >= 3
    with pytest.raises(ConfigError, match="did you mean 'answer-or-reasoning'"):
        load_ablation("answers-or-reasoning")


def test_the_list_and_the_help_of_no_name(tracestill: Run) -> None:
    listed = tracestill("ablate", "--list", "--output", "json")
    assert [one["id"] for one in json.loads(listed.stdout)["ablations"]] == list(built_in())
    assert all(one["sources"] and one["arms"] for one in json.loads(listed.stdout)["ablations"])
    nameless = tracestill("ablate")
    assert nameless.returncode == 2
    assert "--list" in nameless.stderr


@pytest.mark.parametrize(
    ("difference", "seeds", "said"),
    [
        (Estimate(0.05, -0.02, 0.12), 1, "No difference between b and a is proven on 40 problems (+5.0 points of "),
        (Estimate(0.05, 0.01, 0.09), 3, "b is better than a, proven on 40 problems and 3 trainings an arm (+5.0 "),
        (Estimate(-0.05, -0.09, -0.01), 3, "b is worse than a, proven on 40 problems and 3 trainings an arm (-5.0 "),
        (Estimate(0.0, 0.0, 0.0), 3, "No difference between b and a is proven"),
    ],
)  # fmt: skip
def test_a_difference_is_said_in_words(difference: Estimate, seeds: int, said: str) -> None:
    sentence = verdict("b", "a", difference, 40, seeds)
    assert sentence.startswith(said)
    assert ("another seed may come out otherwise" in sentence) == (seeds == 1)
