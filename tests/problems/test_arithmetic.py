from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.problems.arithmetic_held_out import HELD_OUT
from tracestill.pipeline.problems.arithmetic_templates import NAMES, TRAINING
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem

seeds = st.integers(min_value=0, max_value=2**31 - 1)


def problems(seed: int, count: int, held_out: bool = False) -> list[Problem]:
    options = {"seed": seed, "count": count, "held_out": held_out}
    return list(read_problems(ProblemSet(format="arithmetic", options=options), Path(), print))


def reachable(numbers: list[int]) -> set[int]:
    """What one or two steps make of the numbers of a problem, in any order."""

    def steps(a: int, b: int) -> Iterator[int]:
        yield from (a + b, a - b, a * b)
        if b and a % b == 0:
            yield a // b

    one = {result for a, b in permutations(numbers, 2) for result in steps(a, b)}
    two = {
        end
        for a, b, c in permutations(numbers, 3)
        for middle in steps(a, b)
        for end in (*steps(middle, c), *steps(c, middle))
    }
    return one | two


def numbers_in(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)] + ([2] if "half" in text else [])


@given(seed=seeds, count=st.integers(min_value=1, max_value=120), held_out=st.booleans())
def test_the_answer_follows_from_the_numbers_in_one_or_two_steps(seed: int, count: int, held_out: bool) -> None:
    for problem in problems(seed, count, held_out):
        assert problem.answer is not None
        assert int(problem.answer) > 0
        numbers = numbers_in(problem.prompt)
        assert all(number > 1 for number in numbers[:2])
        if "twice" in problem.prompt:
            assert int(problem.answer) == 3 * numbers[0]
        else:
            assert int(problem.answer) in reachable(numbers)


@given(seed=seeds, held_out=st.booleans())
def test_no_two_problems_of_a_seed_are_alike(seed: int, held_out: bool) -> None:
    made = problems(seed, 300, held_out)
    assert len({problem.prompt for problem in made}) == len({problem.problem_id for problem in made}) == 300


@given(seed=seeds, count=st.integers(min_value=1, max_value=50), more=st.integers(min_value=0, max_value=50))
def test_a_larger_count_only_adds_problems(seed: int, count: int, more: int) -> None:
    assert problems(seed, count + more)[:count] == problems(seed, count)


@given(seed=seeds)
def test_texts_are_whole_sentences(seed: int) -> None:
    for held_out in (False, True):
        for problem in problems(seed, 40, held_out):
            assert re.fullmatch(r"[A-Z0-9][^{}]*\?", problem.prompt)
            assert "  " not in problem.prompt
            assert problem.prompt.count("?") == 1


def test_other_seeds_give_other_problems() -> None:
    assert {problem.prompt for problem in problems(1, 200)} != {problem.prompt for problem in problems(2, 200)}


def masked(problem: Problem) -> str:
    return re.sub(r"\d+", "0", re.sub("|".join(NAMES), "Name", problem.prompt))


def test_held_out_wordings_are_none_of_those_to_train_on() -> None:
    assert len(set(TRAINING)) == 30
    assert len(set(HELD_OUT)) == 10
    assert not set(TRAINING) & set(HELD_OUT)
    to_train_on = set(map(masked, problems(9, 5000)))
    to_measure_on = set(map(masked, problems(9, 5000, held_out=True)))
    assert not to_train_on & to_measure_on


@pytest.mark.parametrize(
    "options", [{"seed": -1}, {"count": 0}, {"count": 1_000_000}, {"held_out": "maybe"}, {"level": 3}]
)
def test_other_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"options\.\w+: .*known options: seed, count, held_out"):
        read_problems(ProblemSet(format="arithmetic", options=options), Path(), print)


@pytest.mark.parametrize("held_out", [False, True])
def test_the_largest_count_can_be_met(held_out: bool) -> None:
    assert len({problem.prompt for problem in problems(0, 100_000, held_out)}) == 100_000


def test_problems_say_where_they_come_from() -> None:
    (problem,) = problems(3, 1)
    assert (problem.source, problem.license, problem.split) == ("tracestill-arithmetic", "Apache-2.0", "train")
