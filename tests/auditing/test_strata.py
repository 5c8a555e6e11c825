"""How a sample is divided among strata."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.auditing.strata import FEW, Name, Stratum
from tracestill.pipeline.auditing.strata import allocate as allocate_settled

OUTCOMES = ("accepted", "rejected", "undecided")


def stratum(verifier: str, outcome: str, size: int, labelled: int = 0, errors: int = 0) -> Stratum:
    return Stratum(
        domain="math", outcome=outcome, verifier=verifier, size=size, labelled=labelled, decided=labelled, errors=errors
    )


def allocate(strata: list[Stratum], wanted: int) -> dict[Name, int]:
    """Where what is labelled is settled."""
    return allocate_settled(strata, wanted, {one.name: one.labelled for one in strata})


several = st.lists(
    st.tuples(st.sampled_from(OUTCOMES), st.integers(1, 300), st.integers(0, 20), st.integers(0, 20)),
    min_size=1, max_size=8,
).map(
    lambda rows: [
        stratum(f"v{place}", outcome, size, min(size, labelled), min(size, labelled, errors))
        for place, (outcome, size, labelled, errors) in enumerate(rows)
    ]
)  # fmt: skip


@given(several, st.integers(1, 600), st.integers(0, 200))
def test_a_sample_has_its_size_and_a_larger_one_holds_it(strata: list[Stratum], wanted: int, more: int) -> None:
    given_ = allocate(strata, wanted)
    labelled, there = sum(one.labelled for one in strata), sum(one.size for one in strata)
    assert sum(given_.values()) == min(max(wanted, labelled), there)
    assert all(one.labelled <= given_[one.name] <= one.size for one in strata)
    if wanted >= labelled + FEW * len(strata):
        assert all(given_[one.name] >= min(FEW, one.size) for one in strata)
    larger = allocate(strata, wanted + more)
    assert all(larger[name] >= count for name, count in given_.items())


@given(several, st.integers(1, 300))
def test_the_order_of_strata_changes_nothing(strata: list[Stratum], wanted: int) -> None:
    shuffled = list(strata)
    random.Random(0).shuffle(shuffled)
    assert allocate(shuffled, wanted) == allocate(strata, wanted)


def test_accepted_and_rejected_traces_get_their_intervals_equally_narrow() -> None:
    given_ = allocate(
        [
            stratum("math-answer", "accepted", 90_000),
            stratum("math-answer", "rejected", 9000),
            stratum("length", "rejected", 1000),
            stratum("math-answer", "undecided", 50_000),
        ],
        200,
    )
    accepted, undecided = given_["math", "accepted", "math-answer"], given_["math", "undecided", "math-answer"]
    rejected = given_["math", "rejected", "math-answer"] + given_["math", "rejected", "length"]
    assert abs(accepted - rejected) <= FEW
    assert undecided == FEW, "it is in no rate"
    assert given_["math", "rejected", "math-answer"] > 5 * given_["math", "rejected", "length"]


def test_labels_send_the_next_draw_to_where_they_disagree() -> None:
    certain, doubtful = stratum("a", "rejected", 5000, 30, 0), stratum("b", "rejected", 5000, 30, 12)
    given_ = allocate([certain, doubtful], 200)
    assert given_[doubtful.name] > 2 * given_[certain.name]
    proportional = 100
    assert _variance(0.4, given_[doubtful.name]) + _variance(0.02, given_[certain.name]) < (
        _variance(0.4, proportional) + _variance(0.02, proportional)
    )


def _variance(share: float, number: int) -> float:
    return share * (1 - share) / number


def test_a_sample_that_is_smaller_than_the_strata_are_many_begins_with_the_large_ones() -> None:
    given_ = allocate([stratum(f"v{size}", "accepted", size) for size in (10, 30, 20)], 2)
    assert given_ == {("math", "accepted", "v10"): 0, ("math", "accepted", "v20"): 1, ("math", "accepted", "v30"): 1}
