"""Secrets and personal data are found and never repeated; mathematics, placeholders and reserved names are none.

Whatever looks like a secret here is put together from parts, so that nobody takes this file for leaked.
"""

from __future__ import annotations

import gzip
import json
import random
import string
import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.leak import Leak, masked
from tracestill.verifiers.leak_detectors import DETECTORS, find_leaks, has_check_digit

CHECK = Leak(Leak.Settings())
CHANCE = random.Random(5)


def signs(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(CHANCE.choices(alphabet, k=count))


def with_check_digit(digits: str) -> str:
    return next(digits + last for last in string.digits if has_check_digit(digits + last))


def card_number(prefix: str, length: int) -> str:
    return with_check_digit(prefix + signs(length - len(prefix) - 1, "123456789"))


def account(country: str, rest: str) -> str:
    number = int("".join(str(int(sign, 36)) for sign in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02}{rest}"


def in_fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


TOKENS = [
    "AK" + "IA" + signs(16, string.ascii_uppercase),
    "gh" + "p_" + signs(36),
    "github" + "_pat_" + signs(40),
    "s" + "k-" + signs(48),
    "s" + "k-proj-" + signs(60) + "_" + signs(20),
    "s" + "k-ant-" + "api03-" + signs(90),
    "xo" + "xb-" + signs(12, string.digits) + "-" + signs(24),
    "AI" + "za" + signs(35),
    "sk" + "_live_" + signs(24),
    "h" + "f_" + signs(34),
    "gl" + "pat-" + signs(20),
    "ey" + "J" + signs(20) + ".ey" + "J" + signs(40) + "." + signs(43),
]
PEM = "-----BEGIN " + "RSA PRIVATE" + " KEY-----\n" + signs(64) + "\n" + signs(64) + "\n-----END"
CARD = card_number("45", 16)
LEAKS = [
    *(("token", token) for token in TOKENS),
    ("private-key", PEM),
    ("private-key", PEM.replace("RSA ", "")),
    ("password", "postgres" + "://admin:" + "hunter2" + "zq@db.internal.net/main"),
    ("password", "https" + "://anna:" + "tr0ub4dor" + "@files.acme.com"),
    ("email", "anna.schmidt" + "@" + "gmail.com"),
    ("email", "w.chen+news" + "@" + "mail.tsinghua.edu.cn"),
    ("phone", "+49 " + "171 3920174"),
    ("phone", "+" + "4917139201742"),
    ("phone", "+1 (" + "415) 702-3391"),
    ("phone", "+1-" + "415-702-3391"),
    ("phone", "(" + "415) 702-3391"),
    ("phone", "415-" + "702-3391"),
    ("phone", "06 " + "12 39 47 80"),
    ("phone", "030 " + "4729 1835"),
    ("card", in_fours(CARD)),
    ("card", in_fours(CARD).replace(" ", "-")),
    ("card", in_fours(card_number("6011", 16))),
    ("iban", account("DE", signs(18, string.digits))),
    ("iban", in_fours(account("FR", signs(23, string.digits)))),
    ("iban", in_fours(account("GB", "NWBK" + signs(14, string.digits)))),
]


@pytest.mark.parametrize(("kind", "secret"), LEAKS)
@pytest.mark.parametrize("form", ["{}", "First.\n\nIt is {}, I think.", "(see {})", 'x = "{}"\n'])
def test_a_leak_fails_with_its_kind_and_line_and_is_not_repeated(math_problem, candidate, kind, secret, form):
    text = form.format(secret)
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "fail"
    assert finding.score == 1.0
    line = text.count("\n", 0, text.index(secret)) + 1
    assert finding.reason.startswith(f"1 found, first in line {line}: {kind} ")
    assert json.loads(finding.details)["leaks"][0]["kind"] == kind
    for told in (finding.reason, finding.details):
        assert not any(secret[at : at + 5] in told for at in range(len(secret) - 4))


@pytest.mark.parametrize(
    "text",
    [
        "1-2-3",
        "20! = 2432902008176640000 and 18! = 6402373705728000",
        "2^62 = 4611686018427387904 and 2^52 = 4503599627370496",
        "4503599627370496 + 4503599627370496 = 9007199254740992",
        "pi = 3.14159 26535 89793 23846 02643 38327 95028 84197",
        "0.4111 1111 1111 1111",
        "555-1234 = -679",
        "So 900-300-1500 = -900.",
        "800-200-1000=-400",
        "x = 500-250-1000",
        "ISBN 978-3-16-148410-0 and 0-306-40615-2",
        "On 2024-05-17 at 10:30, or 17.05.2024",
        "The numbers are 05 10 15 20 25 and 01 02 03 04 05.",
        "05 10 15 20 25",
        "In binary: 0110 1011 0001 1110",
        "The phone number of the film is (555) 555-0123, or +1 212-555-0147.",
        "Add +12 -5 +100 -3000 +45.",
        "It is +1000000000 and then +10000000000000.",
        "10,000,000,000 dollars",
        "(212) (345) 6789",
        "1234-5678-9012-3456",
        "Card 4111 1111 1111 1111 is a test number.",
        "DE89 3704 0044 0532 0130 00",
        "AB12 3456 7890 1234 5678",
        "user@example.com, ann@mail.example.org, x@y.test",
        "user@domain.com, john.doe@company.com, git@github.com, noreply@acme.com",
        "y = A@B.T and W@x.shape and a@b.dot(c)",
        "@app.route('/') and @media",
        "s" + "k-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AK" + "IAIOSFODNN7EXAMPLE",
        "api_key = 's" + "k-your-key-here'",
        "task-learning-to-rank-with-many-words-in-it",
        "-----BEGIN " + "PRIVATE KEY----- begins a key",
        "postgres://user:password@localhost/db and https://user:${TOKEN}@host.com and http://host:8080/a@b",
        "redis://:secret@cache:6379",
        "https://www.acme.com/@anna/posts",
        "3 x 4 = 12; 100 000 000; 12 345 678 901 234",
        "1 4 9 16 25 36 49 64 81 100 121 144 169",
        "f(2) 2222 4444 6666 8888",
        "",
    ],
)
def test_what_only_looks_like_one_passes(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert (finding.outcome, finding.score) == ("pass", 0.0), finding.details


def test_a_card_number_in_one_piece_is_one_only_after_a_word_for_it(math_problem, candidate):
    number = card_number("53", 16)
    assert CHECK.verify(math_problem, candidate(f"My visa is {number}.")).outcome == "fail"
    assert CHECK.verify(math_problem, candidate(f"The sum is {number}.")).outcome == "pass"


def test_what_stands_in_the_problem_is_no_leak(candidate):
    address, number = "anna.schmidt" + "@" + "gmail.com", "(" + "415) 702-3391"
    problem = Problem(problem_id="p", domain="open", prompt=f"Who is {address}?", answer=number)
    assert CHECK.verify(problem, candidate(f"{address} has 415" + "-702-3391")).outcome == "pass"
    assert CHECK.verify(problem, candidate("It is berta.schmidt" + "@" + "gmail.com")).outcome == "fail"


def test_only_the_kinds_that_are_asked_for_count(math_problem, candidate):
    text = f"{TOKENS[0]} {in_fours(CARD)}"
    both = CHECK.verify(math_problem, candidate(text, reasoning="one\ntwo"))
    assert (both.outcome, both.score) == ("fail", 2.0)
    assert [leak["line"] for leak in json.loads(both.details)["leaks"]] == [4, 4]
    assert Leak(Leak.Settings(kinds=["card"])).verify(math_problem, candidate(text)).score == 1.0
    assert Leak(Leak.Settings(kinds=["email"])).verify(math_problem, candidate(text)).outcome == "pass"


def test_a_finding_lists_a_bounded_number(math_problem, candidate):
    text = "\n".join(f"person{number}.name" + "@" + "gmail.com" for number in range(5_000))
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.score == 1_000.0
    assert len(json.loads(finding.details)["leaks"]) == 20


@given(st.text("123456789", min_size=14, max_size=14), st.integers(0, 15), st.integers(1, 9))
def test_a_changed_digit_is_no_card(middle, at, by):
    number = with_check_digit(f"4{middle}")
    assume(number not in ("4111111111111111", "4242424242424242"))
    changed = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert not list(find_leaks(f"card {in_fours(changed)}", frozenset({"card"})))


@given(st.text("0123456789", min_size=18, max_size=18), st.integers(2, 21), st.integers(1, 9))
def test_a_changed_digit_is_no_account(rest, at, by):
    number = account("DE", rest)
    changed = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert not list(find_leaks(changed, frozenset({"iban"})))


@given(st.text(min_size=6, max_size=300))
def test_a_mask_never_shows_more_than_a_third(secret):
    shown = masked(secret).partition("…")[0]
    assert len(shown) <= min(4, len(secret) // 3)
    assert masked(secret).encode("utf-8")


@given(st.text(max_size=300))
def test_no_text_raises(text):
    problem = Problem(problem_id="p", domain="open", prompt="?")
    made = Candidate(trace_id="t", reasoning=None, response=text, finish_reason=None)
    assert CHECK.verify(problem, made).reason.encode("utf-8")


UNITS = ["ey" + "J", "a", "a@", "a.", "1", "1 ", "12-", "+1 ", "(212) ", "://a:", "a://", "AB12 ", "-----BEGIN ", "\n0"]


def test_a_megabyte_of_hostile_text_takes_little_time():
    started = time.process_time()
    for unit in UNITS:
        list(find_leaks(unit * (1_000_000 // len(unit)), frozenset(DETECTORS)))
    assert time.process_time() - started < len(UNITS)


def test_published_problems_and_solutions_pass(candidate, cases: Path):
    findings = []
    for name in ("gsm8k_train", "gsm8k_test"):
        with (cases / f"problems/{name}.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                problem = Problem(problem_id="p", domain="math", prompt="?")
                findings.append(CHECK.verify(problem, candidate(row["question"], reasoning=row["answer"])))
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        codes = [(task["prompt"], task["canonical_solution"]) for task in map(json.loads, lines)]
    tasks = json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))
    codes += [("\n".join((task["prompt"], *task["test_list"])), task["code"]) for task in tasks]
    for prompt, code in codes:
        problem = Problem(problem_id="p", domain="code", prompt=prompt)
        findings.append(CHECK.verify(problem, candidate(code)))
    assert [finding.reason for finding in findings if finding.outcome != "pass"] == []
