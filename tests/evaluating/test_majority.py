"""maj@k against drawing every subset, and calibration against what was planted."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.evaluating.calibration import calibration_of
from tracestill.pipeline.evaluating.majority import Ballot, Group, ballot_of, maj_at_k
from tracestill.pipeline.statistics import pass_at_k


def drawn(votes: list[str | None], k: int) -> float:
    """The chance by its definition: all subsets, a tie broken by lot. "R" is right, None no answer."""
    chances: list[float] = []
    for subset in itertools.combinations(votes, k):
        counts = Counter(vote for vote in subset if vote)
        top = [vote for vote, count in counts.items() if count == max(counts.values())]
        chances.append(("R" in top) / len(top) if top else 0.0)
    return sum(chances) / len(chances)


def ballot(votes: list[str | None]) -> Ballot:
    counts = Counter(vote for vote in votes if vote)
    return Ballot(len(votes), tuple(Group(count, vote == "R") for vote, count in counts.items()))


VOTES = st.lists(st.sampled_from(["R", "a", "b", "c", None]), min_size=1, max_size=9)


@given(VOTES, st.data())
def test_maj_at_k_is_the_mean_over_all_subsets(votes: list[str | None], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(votes)))
    assert maj_at_k(ballot(votes), k) == pytest.approx(drawn(votes, k))


@given(VOTES)
def test_a_majority_of_one_is_a_sample(votes: list[str | None]) -> None:
    assert maj_at_k(ballot(votes), 1) == pytest.approx(pass_at_k(len(votes), votes.count("R"), 1))


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="maj@3 needs 3 samples"):
        maj_at_k(ballot(["R", "a"]), 3)


def test_large_ballots_are_counted_exactly() -> None:
    halves = ballot(["R"] * 32 + ["a"] * 32)
    assert maj_at_k(halves, 16) == pytest.approx(0.5)
    assert maj_at_k(halves, 64) == 0.5


def test_answers_are_one_group_only_if_each_equals_the_other() -> None:
    equal = {("1/2", "0.5"), ("0.5", "1/2"), ("1/2", "0.500001")}
    found = ballot_of(2, ["1/2", "7", "0.5", "0.5", "0.500001"], 8, lambda one, other: (one, other) in equal)
    assert sorted((group.votes, group.right) for group in found.groups) == [
        (1, False), (1, False), (2, True), (3, False),
    ]  # fmt: skip
    assert found.share == 3 / 8


def test_calibration_finds_how_far_agreement_is_from_being_right() -> None:
    sure_and_wrong = [ballot(["a"] * 4)] * 3
    sure_and_right = [ballot(["R"] * 4)] * 1
    split = [ballot(["R", "R", "a", "b"])] * 4
    found = calibration_of([*sure_and_wrong, *sure_and_right, *split, ballot([None] * 4)])
    assert found is not None
    assert [(one.least, one.most, one.problems, one.share, one.right) for one in found.bins] == [
        (0.4, 0.5, 4, 0.5, 1.0), (0.9, 1.0, 4, 1.0, 0.25),
    ]  # fmt: skip
    assert found.error == pytest.approx((4 * 0.5 + 4 * 0.75) / 8)
    assert found.unanswered == 1
    assert calibration_of([ballot([None])]) is None


@given(st.lists(VOTES, min_size=1, max_size=12))
def test_every_answered_problem_is_in_one_bin(all_votes: list[list[str | None]]) -> None:
    ballots = [ballot(votes) for votes in all_votes]
    found = calibration_of(ballots)
    counted = sum(one.problems for one in found.bins) + found.unanswered if found else 0
    assert counted == (len(ballots) if found else 0)
    for one in found.bins if found else ():
        assert one.least < one.share <= one.most + 1e-12
    assert found is None or 0 <= found.error <= 1
