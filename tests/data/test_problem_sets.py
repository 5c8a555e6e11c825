"""What holds for every problem set in data/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem
from tracestill.prompts.front_matter import builtin_ids
from tracestill.prompts.templates import load_prompt

DATA = Path(__file__).parents[2] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `problems/(\w+)\.jsonl` \| (\d+) \| (\w+) \|", README, re.MULTILINE)
HAND_WRITTEN = ("math", "code", "open")


def problems(name: str, split: str) -> list[Problem]:
    return list(read_problems(ProblemSet(path=f"problems/{name}.jsonl", split=split), DATA, print))


ALL = {name: problems(name, split) for name, _, split in ROWS}


def test_the_readme_lists_every_file() -> None:
    assert sorted(ALL) == sorted(path.stem for path in (DATA / "problems").iterdir())


@pytest.mark.parametrize(("name", "count", "split"), ROWS)
def test_the_readme_says_how_many_there_are(name: str, count: str, split: str) -> None:
    assert len(ALL[name]) == int(count)
    lines = (DATA / f"problems/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == int(count)
    assert all(f'"split": "{split}"' in line for line in lines)


def test_enough_are_written_by_hand() -> None:
    assert sum(len(ALL[name]) for name in HAND_WRITTEN) >= 60


def test_ids_and_prompts_are_unique() -> None:
    everything = [problem for found in ALL.values() for problem in found]
    assert len({problem.problem_id for problem in everything}) == len(everything)
    assert len({problem.prompt for problem in everything}) == len(everything)


@pytest.mark.parametrize("name", ALL)
def test_every_problem_says_what_it_is_and_how_it_is_judged(name: str) -> None:
    judged_by = {"code": "tests", "open": "rubric"}.get(name, "answer")
    for problem in ALL[name]:
        assert problem.domain == ("math" if name.startswith("arithmetic") else name)
        assert problem.license == "Apache-2.0"
        assert problem.source == f"tracestill-{name.removesuffix('_heldout')}"
        assert getattr(problem, judged_by)
        assert problem.prompt == problem.prompt.strip()


@pytest.mark.parametrize("name", ["arithmetic", "arithmetic_heldout"])
def test_the_snippet_in_the_readme_writes_the_generated_files_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snippet = README.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "data/problems").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    exec(snippet, {})
    file = f"problems/{name}.jsonl"
    assert (tmp_path / "data" / file).read_bytes() == (DATA / file).read_bytes()


def test_held_out_problems_are_as_hard_as_those_to_train_on() -> None:
    def share_of_two_steps(found: list[Problem]) -> float:
        return sum(len(re.findall(r"\d+", problem.prompt)) > 2 for problem in found) / len(found)

    def largest_answer(found: list[Problem]) -> int:
        return max(int(problem.answer or 0) for problem in found)

    train, held_out = ALL["arithmetic"], ALL["arithmetic_heldout"]
    assert abs(share_of_two_steps(train) - share_of_two_steps(held_out)) < 0.15
    assert largest_answer(held_out) <= largest_answer(train)


def test_no_example_in_a_prompt_is_a_problem() -> None:
    prompts = {problem.prompt for found in ALL.values() for problem in found}
    for prompt_id in builtin_ids():
        shown = load_prompt(prompt_id).render(Problem(problem_id="p", domain="open", prompt="Q"))
        assert prompts.isdisjoint(message.content for message in shown)
