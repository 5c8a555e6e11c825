"""Groups of alike texts: what is found, what is not, over the real tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import plants
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.config_select import Duplicates
from tracestill.pipeline.corpus import Corpus
from tracestill.pipeline.curation.duplicates import problem_text, trace_text
from tracestill.pipeline.curation.grouping import Groups
from tracestill.pipeline.curation.minhash import Banding
from tracestill.pipeline.curation.near import Text, group_alike
from tracestill.pipeline.reporting.clusters import clusters
from tracestill.pipeline.workspace import Workspace

Group = Callable[..., dict[str, int]]


def made_up(start: str, count: int) -> list[str]:
    """Words that are none; a digit in them would be a number."""
    return [f"{start}{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count)]


WORDS = made_up("word", 40)


@pytest.fixture
def group(tmp_path: Path) -> Group:
    """Groups texts; gives the group of each one that is not alone."""

    def run(texts: dict[str, Text], threshold: float = 0.75) -> dict[str, int]:
        with Corpus(Workspace.create(tmp_path / "ws")) as corpus:
            corpus.create("sought", pa.table({"id": list(texts)}))

            def read() -> Iterator[Text]:
                yield from (texts[row["id"]] for row in corpus.answer("SELECT id FROM sought"))

            group_alike(corpus, read, threshold)
            return {row["id"]: row["leader"] for row in corpus.answer("SELECT id, leader FROM grouped")}

    return run


def problems(prompts: dict[str, str], answer: str | None = None) -> dict[str, Text]:
    return {name: problem_text(name, prompt, answer) for name, prompt in prompts.items()}


def found(groups: dict[str, int], kind: str, count: int) -> float:
    """Share of the planted texts of a kind that are in the group of their original."""
    together = [f"t{n}" in groups and groups[f"t{n}"] == groups.get(f"{kind}{n}") for n in range(count)]
    return sum(together) / count


def test_planted_copies_are_found_and_look_alikes_are_not(group: Group, cases: Path):
    texts = plants.problems(cases, count=1500)
    planted = {f"t{n}": text for n, text in enumerate(texts)}
    planted |= {f"s{n}": after for n, (_, _, after) in enumerate(plants.changed(texts, plants.SAME, 1))}
    planted |= {f"o{n}": after for n, (_, _, after) in enumerate(plants.changed(texts, plants.OTHER, 2))}
    groups = group(problems(planted), Duplicates().problems)
    assert found(groups, "s", len(texts)) >= 0.97
    assert found(groups, "o", len(texts)) <= 0.01
    assert len({groups[f"t{n}"] for n in range(len(texts)) if f"t{n}" in groups}) >= 0.97 * len(texts), (
        "originals apart"
    )


def test_every_kind_of_copy_is_found_by_itself(group: Group, cases: Path):
    for kind, change in plants.SAME.items():
        texts = plants.problems(cases, count=400)
        planted = {f"t{n}": text for n, text in enumerate(texts)}
        planted |= {f"s{n}": after for n, (_, _, after) in enumerate(plants.changed(texts, {kind: change}, 3))}
        assert found(group(problems(planted)), "s", len(texts)) >= 0.95, kind


def test_another_number_makes_another_problem(group: Group):
    text = "Ann has {} apples and buys {} more every day of the week. How many does she have on Friday?"
    assert group(problems({"a": text.format(3, 7), "b": text.format(3, 8)})) == {}
    assert group(problems({"a": text.format(3, 7), "b": text.format("three", 7)})).keys() == {"a", "b"}


def test_answers_that_are_known_and_differ_make_other_problems(group: Group):
    one = "Ann has 3 apples more than Bob, who has 7 of them. How many apples does Ann have today?"
    other = "Ann has 3 apples less than Bob, who has 7 of them. How many apples does Ann have today?"
    known = problems({"a": one}, "10") | problems({"b": other}, "4")
    assert group(known) == {}
    assert group(problems({"a": one}, "$10") | problems({"b": other}, "10 dollars")).keys() == {"a", "b"}
    assert group(problems({"a": one}, "10") | problems({"b": other}, None)).keys() == {"a", "b"}
    assert group(problems({"a": one}, "10") | problems({"b": f"{one} "}, "11")).keys() == {"a", "b"}, "a wrong label"


def test_groups_are_connected(group: Group):
    """The first and the last are too far apart, but for what lies between."""
    chain = {f"c{n}": " ".join([*WORDS[n * 4 :], *made_up("new", n * 4)]) for n in range(5)}
    groups = group(problems(chain))
    assert groups.keys() == chain.keys()
    assert len(set(groups.values())) == 1
    assert group(problems({"c0": chain["c0"], "c4": chain["c4"]})) == {}


def test_the_threshold_is_counted_and_not_estimated(group: Group):
    """39 words of 52 in common are 0.75; 37 of 50 are 0.74."""
    one, other = made_up("p", 6), made_up("q", 7)
    just = {"a": " ".join([*WORDS[:39], *one]), "b": " ".join([*WORDS[:39], *other])}
    less = {"a": " ".join([*WORDS[:37], *one]), "b": " ".join([*WORDS[:37], *other])}
    assert group(problems(just), 0.75).keys() == {"a", "b"}
    assert group(problems(less), 0.75) == {}
    assert group(problems(less), 0.74).keys() == {"a", "b"}


def test_a_large_bucket_is_one_group(group: Group):
    """Far more texts than each one is compared with."""
    same = {f"p{n}": " ".join([*WORDS[:38], end]) for n, end in enumerate(made_up("end", 300))}
    groups = group(problems(same))
    assert groups.keys() == same.keys()
    assert len(set(groups.values())) == 1


def test_texts_without_a_word_are_told_apart(group: Group):
    assert group(problems({"a": "!!!", "b": "???", "c": " !!!"})).keys() == {"a", "c"}


def test_traces_are_compared_within_a_problem(group: Group):
    text = " ".join(WORDS)
    traces = {"a": trace_text("a", "p", text, "5"), "b": trace_text("b", "p", f"{text} so", "5")}
    assert group(traces, 0.8).keys() == {"a", "b"}
    assert group(traces | {"b": trace_text("b", "q", f"{text} so", "5")}, 0.8) == {}
    assert group(traces | {"b": trace_text("b", "p", " ".join(reversed(WORDS)), "5")}, 0.8) == {}, "order counts"


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.75, 0.8, 0.9, 0.99, 1.0])
def test_bands_miss_few_pairs_at_the_threshold(threshold: float):
    banding = Banding(threshold)
    assert (1 - threshold**banding.rows) ** banding.bands <= 0.005
    assert banding.rows * banding.bands <= 128


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_groups_are_what_can_be_reached(pairs: list[tuple[int, int]]):
    groups = Groups(12)
    reached = {number: {number} for number in range(12)}
    for one, other in pairs:
        groups.join(one, other)
        together = reached[one] | reached[other]
        reached |= dict.fromkeys(together, together)
    assert {number: groups.of(number) for number in range(12)} == {n: min(found) for n, found in reached.items()}
    assert dict(groups.joined()) == {n: min(found) for n, found in reached.items() if n != min(found)}


def test_a_few_texts_in_memory_fall_into_as_many_groups_as_in_the_tables(group: Group, cases: Path):
    texts = plants.problems(cases, count=300)
    prompts = {f"t{n}": text for n, text in enumerate(texts)}
    prompts |= {
        f"c{n}": after for n, (_, _, after) in enumerate(plants.changed(texts, plants.SAME | plants.OTHER, seed=5))
    }
    read = problems(prompts)
    for threshold in (0.5, 0.75, 1.0):
        groups = group(read, threshold)
        alone = len(read) - len(groups)
        assert 150 < alone < len(read), "some are alike and some are not"
        assert clusters(list(read.values()), threshold) == alone + len(set(groups.values()))


def test_problems_with_other_answers_and_texts_under_other_keys_are_clusters_of_their_own():
    one, same, other = (problem_text(name, "How many are 3 and 4 apples?", answer) for name, answer in
                        (("a", "7"), ("b", "$7"), ("c", "8")))  # fmt: skip
    assert clusters([one, same], 0.75) == 1
    assert clusters([one, other], 0.75) == 1, "the wording is the same to the letter"
    near = problem_text("d", "How many are 3 and 4 green apples?", "8")
    assert clusters([one, near], 0.75) == 2
    assert clusters([one, problem_text("e", "How many are 3 and 5 apples?", "7")], 0.75) == 2
    assert clusters([], 0.75) == 0
    assert clusters([one], 0.75) == 1
