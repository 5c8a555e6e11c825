"""Problems of evaluation sets in other texts, and the lists of hashes that stand for such sets."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plants
import pytest
from tracestill.pipeline.config import DECONTAMINATION_LISTS, Decontaminate
from tracestill.pipeline.curation.contamination import Contamination, Hit
from tracestill.pipeline.curation.evaluation_sets import EvaluationSet, evaluation_set
from tracestill.pipeline.curation.hash_lists import content_hash, read_list, write_list
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.records import Problem

LONG = (
    "Ann walks along the river to the old mill and counts the boats that lie there on the bank, then she tells "
    "her brother about all of them in the evening at home."
)
PLAIN = "Write a function to find the shared elements from the given lists."


def the_set(prompts: Sequence[str], name: str = "exam") -> EvaluationSet:
    problems = (Problem(problem_id=f"e{n}", domain="math", prompt=prompt) for n, prompt in enumerate(prompts))
    return evaluation_set(name, problems, Decontaminate().ngram)


def search(prompts: Sequence[str], text: str, *, whole: bool = False, share: float = 0.5) -> list[str]:
    hits = Contamination([the_set(prompts)], share).search([("other", "Nothing of it."), ("t", text)], whole=whole)
    return [hit.problem_id for hit in hits if hit.text_id == "t"]


def test_planted_copies_are_found_and_look_alikes_are_not(cases: Path):
    texts = plants.problems(cases, "test")
    wanted = Contamination([the_set(texts)], Decontaminate().share)
    for changes, low, high in ((plants.SAME, 0.95, 1.0), (plants.OTHER, 0.0, 0.01)):
        for kind, change in changes.items():
            after = [text for _, _, text in plants.changed(texts, {kind: change}, 5)]
            for framed in ("{}", "Let me read it again. {} First, I think of 77 and 1234.5 and go on from there."):
                planted = ((str(n), framed.format(text)) for n, text in enumerate(after))
                hits = set(wanted.search(planted, whole=framed == "{}"))
                share = len({hit.text_id for hit in hits if hit.problem_id == f"e{hit.text_id}"}) / len(texts)
                assert low <= share <= high, (kind, framed, share)


def test_other_real_problems_are_not_taken_for_the_ones_of_a_set(cases: Path):
    wanted = Contamination([the_set(plants.problems(cases, "test", 2000))], Decontaminate().share)
    others = plants.problems(cases, "train", 8000)
    hits = {hit.text_id for hit in wanted.search(((str(n), text) for n, text in enumerate(others)), whole=True)}
    assert len(others) > 7000
    assert len(hits) <= 0.001 * len(others)


def test_runs_do_not_go_on_into_the_next_text():
    words = LONG.split()[:20]
    halves = [("a", " ".join(words[:10])), ("b", ""), ("c", " ".join(words[10:]))]
    wanted = Contamination([the_set([" ".join(words)])], 0.01)
    assert list(wanted.search(halves, whole=False)) == []
    assert len(list(wanted.search([("a", " ".join(words))], whole=False))) == 1


def test_a_share_of_the_runs_is_needed():
    words = LONG.split()
    half = " ".join(words[: 12 + (len(words) - 12) // 2 + 1])
    less = " ".join(words[: 12 + (len(words) - 12) // 2 - 2])
    assert search([LONG], f"Well, {half}") == ["e0"]
    assert search([LONG], f"Well, {less}") == []
    assert search([LONG], f"Well, {less}", share=0.2) == ["e0"]


def test_a_problem_that_is_shorter_than_a_run_must_be_there_as_a_whole():
    assert search([PLAIN], f"The task says: {PLAIN} I begin with a set.") == ["e0"]
    assert search([PLAIN], PLAIN.replace("lists", "tuples")) == []


def test_a_very_short_problem_is_looked_for_among_problems_only():
    assert search(["What is 2 + 2?"], "What is  2+2", whole=True) == ["e0"]
    assert search(["What is 2 + 2?"], "I ask myself: what is 2 + 2? It is 4.") == []
    assert search(["What is 2 + 2?"], "I ask myself: what is 2 + 2?", whole=True) == []


def test_the_numbers_of_a_problem_must_be_there():
    text = f"{LONG} There are 5 boats and 12 oars."
    assert search([text], text.replace("12", "13")) == []
    assert search([text], f"{text} And 13 more.") == ["e0"]


def test_a_problem_without_words_is_found_nowhere():
    assert search(["???"], "!!!", whole=True) == []


def test_hits_name_their_set():
    sets = [the_set([LONG], "one"), the_set([PLAIN, LONG], "two")]
    assert list(Contamination(sets, 0.5).search([("t", LONG)], whole=True)) == [
        Hit("t", "one", "e0"), Hit("t", "two", "e1"),
    ]  # fmt: skip


def test_a_list_comes_back_as_it_was_and_holds_no_text(tmp_path: Path):
    written = the_set([LONG, PLAIN, "5 + 5?", "???"])
    write_list(written, tmp_path / "exam.jsonl")
    read = read_list("exam.jsonl", tmp_path)
    assert (read.name, read.ngram) == (written.name, written.ngram)
    assert content_hash(read.problems) == content_hash(written.problems)
    content = (tmp_path / "exam.jsonl").read_bytes()
    assert hashlib.sha256(content.partition(b"\n")[2]).hexdigest() == content_hash(written.problems)
    assert b"river" not in content
    assert b"shared" not in content
    assert [hit.problem_id for hit in Contamination([read], 0.5).search([("t", LONG)], whole=False)] == ["e0"]


def test_the_hashes_are_those_of_the_documentation(tmp_path: Path):
    write_list(the_set(["Find 5 km"]), tmp_path / "exam.jsonl")
    line = json.loads((tmp_path / "exam.jsonl").read_text().splitlines()[1])
    size = 2**64

    def word(text: str) -> int:
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

    def mix(value: int) -> int:
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % size
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB % size
        return value ^ (value >> 31)

    folded = 0
    for text in ("find", "5", "kilometer"):
        folded = (folded * 0x9E3779B97F4A7C15 + word(text)) % size
    whole = mix((folded + 3) % size)
    assert int(line["text"], 16) == whole
    assert np.frombuffer(base64.b64decode(line["runs"]), "<u8").tolist() == [whole]
    assert np.frombuffer(base64.b64decode(line["numbers"]), "<u8").tolist() == [word("5 0")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:-1], "says that it holds 2 problems and holds 1"),
        (lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]], "has form 2"),
        (lambda lines: [lines[0].replace('"normalisation":1', '"normalisation":0'), *lines[1:]], "normalisation 0"),
        (lambda lines: [*lines[:-1], "{}"], "is no list of hashes"),
        (lambda lines: [*lines[:-1], lines[-1].replace('"runs":"', '"runs":"!')], "is no list of hashes"),
        (lambda lines: [], "is no list of hashes"),
    ],
)
def test_a_damaged_list_is_refused_by_name(tmp_path: Path, change, message: str):
    write_list(the_set([LONG, PLAIN]), tmp_path / "exam.jsonl")
    lines = (tmp_path / "exam.jsonl").read_text().splitlines()
    (tmp_path / "exam.jsonl").write_text("\n".join(change(lines)))
    with pytest.raises(ConfigError, match=message) as refused:
        read_list("exam.jsonl", tmp_path)
    assert "decontaminate.hashes: exam.jsonl" in str(refused.value)


def test_a_list_that_is_not_there_names_those_that_are(tmp_path: Path):
    with pytest.raises(ConfigError, match="gsm8k-test, humaneval, mbpp-sanitized"):
        read_list("gsm8k", tmp_path)


def test_the_lists_that_ship_can_be_read():
    sets = {name: read_list(name, Path()) for name in DECONTAMINATION_LISTS}
    assert {name: (found.name, len(found.problems)) for name, found in sets.items()} == {
        "gsm8k-test": ("gsm8k-test", 1319), "humaneval": ("humaneval", 164), "mbpp-sanitized": ("mbpp-sanitized", 427),
    }  # fmt: skip


def test_the_list_of_gsm8k_is_made_from_its_test_set_by_the_documented_command(tmp_path: Path, cases: Path):
    problem_set = f"{{path: {cases}/problems/gsm8k_test.jsonl, format: gsm8k, source: gsm8k-test}}"
    command = [
        sys.executable,
        "-m",
        "tracestill.pipeline.curation.hash_lists",
        problem_set,
        str(tmp_path / "out.jsonl"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"name": "gsm8k-test", "count": 1319}
    shipped = read_list("gsm8k-test", Path())
    assert content_hash(read_list("out.jsonl", tmp_path).problems) == content_hash(shipped.problems)
