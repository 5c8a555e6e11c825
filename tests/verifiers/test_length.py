"""Length in characters, in the server's tokens, and in the student's."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.errors import ConfigError
from tracestill.verifiers.cascade import Cascade
from tracestill.verifiers.length import Length


@pytest.fixture
def tokenizer(tmp_path):
    """A folder with a tokenizer that takes a word for a token."""
    made = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "fields", "outcome"),
    [
        ({}, {}, "pass"),
        ({}, {"response": "2"}, "fail"),
        ({"min_characters": 0}, {"response": "2"}, "pass"),
        ({"max_characters": 20}, {}, "fail"),
        ({"max_characters": 30}, {"reasoning": "one and one are two"}, "fail"),
        ({"max_completion_tokens": 9}, {"completion_tokens": 10}, "fail"),
        ({"max_completion_tokens": 10}, {"completion_tokens": 10}, "pass"),
        ({"max_completion_tokens": 9}, {"completion_tokens": None}, "pass"),
    ],
)
def test_length_keeps_to_its_bounds(math_problem, candidate, settings, fields, outcome):
    assert Length(Length.Settings(**settings)).verify(math_problem, candidate(**fields)).outcome == outcome


@pytest.mark.parametrize("file", ["", "tokenizer.json"])
def test_a_named_tokenizer_counts_the_students_tokens(math_problem, candidate, tokenizer, file):
    named = str(tokenizer / file)
    judge = Length(Length.Settings(tokenizer=named, min_tokens=3, max_tokens=5))
    outcomes = [judge.verify(math_problem, candidate("eleven " * count)) for count in (2, 5, 6)]
    assert [found.outcome for found in outcomes] == ["fail", "pass", "fail"]
    assert [found.score for found in outcomes] == [2, 5, 6]
    assert outcomes[0].reason == "2 tokens, min_tokens is 3"
    assert outcomes[1].reason == f"5 tokens by {named}"


def test_without_a_tokenizer_the_score_is_in_characters(math_problem, candidate):
    found = Length(Length.Settings()).verify(math_problem, candidate("one and one make two"))
    assert (found.score, found.reason) == (20, "20 characters")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_tokens": 5}, r"verify\.math\.length\.tokenizer: .*name its tokenizer"),
        ({"tokenizer": "/nowhere"}, r"verify\.math\.length\.tokenizer: /nowhere: there is no tokenizer\.json there"),
        ({"tokenizer": "acme/absent"}, r"hf download acme/absent tokenizer\.json"),
    ],
)
def test_a_tokenizer_that_is_not_there_is_told_before_anything_runs(settings, message):
    with pytest.raises(ConfigError, match=message):
        Cascade(Verify(math={"length": settings}))


def test_a_file_that_is_no_tokenizer_is_named(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"tokenizer\.json: "):
        Length(Length.Settings(tokenizer=str(tmp_path)))
