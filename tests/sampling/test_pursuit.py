"""Adaptive k: never more outstanding than is lacking, and an estimate of the pass rate without bias."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.records import Problem
from tracestill.pipeline.sampling.pursuit import Pursuit
from tracestill.pipeline.sampling.recipe import Slot

PROBLEM = Problem(problem_id="p", domain="math", prompt="What is 1 + 1?")


def slots(count: int) -> list[Slot]:
    same = {"problem": PROBLEM, "revision": PROBLEM.revision, "messages": (), "seed": None}
    return [Slot(slot_id=str(n), sample_index=n, **same) for n in range(count)]


def pursue(pursuit: Pursuit, outcomes: list[bool], order: random.Random, lacking: int) -> int:
    """Play it through, verdicts coming in any order; gives how many samples were asked for."""
    asked: list[Slot] = []
    waiting: list[Slot] = []
    while True:
        new = pursuit.next_slots()
        asked += new
        waiting += new
        assert len(waiting) <= lacking, "more in flight than could still be needed"
        if not waiting:
            return len(asked)
        slot = waiting.pop(order.randrange(len(waiting)))
        accepted = outcomes[slot.sample_index]
        lacking -= accepted
        pursuit.judged(accepted)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 6), st.integers(0, 6), st.integers(0, 2**32))
def test_it_stops_at_the_sample_that_brings_the_last_acceptance(
    outcomes: list[bool], stop_after: int, accepted: int, seed: int
) -> None:
    pursuit = Pursuit(slots(len(outcomes)), accepted, stop_after)
    lacking = max(0, stop_after - accepted)
    asked = pursue(pursuit, outcomes, random.Random(seed), lacking)
    needed = 0
    for count, outcome in enumerate(outcomes, start=1):
        if lacking and sum(outcomes[:count]) == lacking and outcome:
            needed = count
            break
    else:
        needed = len(outcomes) if lacking else 0
    assert asked == needed
    assert pursuit.is_over
    assert pursuit.saved == (len(outcomes) - asked if sum(outcomes[:asked]) == lacking else 0)


def test_the_estimate_of_the_pass_rate_is_without_bias() -> None:
    chance = random.Random(1)
    rate, stop_after, k, estimates = 0.4, 2, 12, []
    for _ in range(20_000):
        outcomes = [chance.random() < rate for _ in range(k)]
        sampled = pursue(Pursuit(slots(k), 0, stop_after), outcomes, chance, stop_after)
        accepted = sum(outcomes[:sampled])
        estimates.append((accepted - 1) / (sampled - 1) if accepted == stop_after else accepted / sampled)
    assert abs(sum(estimates) / len(estimates) - rate) < 0.01
