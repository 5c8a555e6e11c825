# ruff: noqa: E501, RUF001 - sentences in other scripts, one a line
"""A trace in its problem's language passes in ten languages; another language, or another script within it, fails."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.cascade import Cascade
from tracestill.verifiers.language import Language

CHECK = Language(Language.Settings())

PROBLEMS = {
    "en": "Anna has three baskets with twelve apples each. She gives nine apples to her brother. How many are left?",
    "de": "Anna hat drei Körbe mit je zwölf Äpfeln. Sie gibt ihrem Bruder neun Äpfel. Wie viele Äpfel bleiben ihr übrig?",
    "fr": "Anna a trois paniers de douze pommes chacun. Elle donne neuf pommes à son frère. Combien lui en reste-t-il ?",
    "es": "Ana tiene tres cestas con doce manzanas cada una. Le da nueve manzanas a su hermano. ¿Cuántas le quedan?",
    "pt": "A Ana tem três cestos com doze maçãs cada um. Ela dá nove maçãs ao irmão. Com quantas maçãs é que ela fica?",
    "it": "Anna ha tre cesti con dodici mele ciascuno. Dà nove mele a suo fratello. Quante mele le rimangono?",
    "ru": "У Анны три корзины по двенадцать яблок в каждой. Девять яблок она отдала брату. Сколько яблок осталось?",
    "zh": "安娜有三个篮子，每个篮子里有十二个苹果。她把九个苹果给了弟弟。请问她还剩下多少个苹果？",
    "ja": "アンナさんはりんごが十二個ずつ入ったかごを三つ持っています。弟に九個あげました。りんごはいくつ残っていますか。",
    "ko": "안나는 사과가 열두 개씩 들어 있는 바구니를 세 개 가지고 있습니다. 동생에게 아홉 개를 주었습니다. 몇 개가 남았습니까?",
    "ar": "لدى آنا ثلاث سلال في كل منها اثنتا عشرة تفاحة. أعطت أخاها تسع تفاحات. كم تفاحة بقيت لديها؟",
}
TRACES = {
    "en": "First we find out how many apples there are in all baskets together: $3 \\cdot 12 = 36$.\n"
    "Then she gives nine of these apples away, so we subtract: 36 - 9 = 27.\nSo she has \\boxed{27} apples left.",
    "de": "Zuerst berechnen wir, wie viele Äpfel in allen Körben zusammen liegen: $3 \\cdot 12 = 36$.\n"
    "Dann gibt sie neun davon ihrem Bruder, also ziehen wir ab: 36 - 9 = 27.\nIhr bleiben also \\boxed{27} Äpfel übrig.",
    "fr": "D'abord, nous calculons le nombre de pommes dans tous les paniers : $3 \\cdot 12 = 36$.\n"
    "Ensuite elle en donne neuf à son frère, donc nous soustrayons : 36 - 9 = 27.\nIl lui reste donc \\boxed{27} pommes.",
    "es": "Primero calculamos cuántas manzanas hay en todas las cestas juntas: $3 \\cdot 12 = 36$.\n"
    "Después le da nueve a su hermano, así que restamos: 36 - 9 = 27.\nPor lo tanto le quedan \\boxed{27} manzanas.",
    "pt": "Primeiro calculamos quantas maçãs há em todos os cestos juntos: $3 \\cdot 12 = 36$.\n"
    "Depois ela dá nove ao irmão, por isso subtraímos: 36 - 9 = 27.\nPortanto ela fica com \\boxed{27} maçãs.",
    "it": "Per prima cosa calcoliamo quante mele ci sono in tutti i cesti insieme: $3 \\cdot 12 = 36$.\n"
    "Poi ne dà nove a suo fratello, quindi sottraiamo: 36 - 9 = 27.\nLe rimangono quindi \\boxed{27} mele.",
    "ru": "Сначала посчитаем, сколько яблок лежит во всех корзинах вместе: $3 \\cdot 12 = 36$.\n"
    "Затем она отдаёт девять яблок брату, поэтому вычитаем: 36 - 9 = 27.\nЗначит, у неё осталось \\boxed{27} яблок.",
    "zh": "首先我们计算所有篮子里一共有多少个苹果：$3 \\cdot 12 = 36$。\n"
    "然后她把其中九个给了弟弟，所以我们做减法：36 - 9 = 27。\n因此她还剩下 \\boxed{27} 个苹果，设为 x。",
    "ja": "まず、すべてのかごに入っているりんごの数を計算します。$3 \\cdot 12 = 36$ です。\n"
    "次に、弟に九個あげたので引き算をします。36 - 9 = 27 です。\nしたがって、残りは \\boxed{27} 個です。",
    "ko": "먼저 모든 바구니에 들어 있는 사과의 개수를 계산합니다: $3 \\cdot 12 = 36$.\n"
    "그다음 동생에게 아홉 개를 주었으므로 뺄셈을 합니다: 36 - 9 = 27.\n따라서 남은 사과는 \\boxed{27}개입니다.",
    "ar": "أولا نحسب عدد التفاحات الموجودة في جميع السلال معا: $3 \\cdot 12 = 36$.\n"
    "ثم تعطي أخاها تسع تفاحات منها، لذلك نطرح: 36 - 9 = 27.\nإذن بقي لديها \\boxed{27} تفاحة.",
}


def problem(prompt: str) -> Problem:
    return Problem(problem_id="p", domain="math", prompt=prompt)


@pytest.mark.parametrize("language", PROBLEMS)
def test_the_same_language_passes(candidate, language):
    finding = CHECK.verify(problem(PROBLEMS[language]), candidate(TRACES[language]))
    assert (finding.outcome, finding.score) == ("pass", 0.0), finding.reason


@pytest.mark.parametrize(("asked", "told"), [(a, b) for a in PROBLEMS for b in TRACES if a != b])
def test_any_other_language_fails(candidate, asked, told):
    finding = CHECK.verify(problem(PROBLEMS[asked]), candidate(TRACES[told]))
    assert finding.outcome == "fail", finding.reason
    assert finding.score is not None
    assert finding.score > 0.2 or "script" in finding.reason


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", TRACES["en"].replace("so we subtract", "所以 we subtract")),
        ("en", TRACES["en"].replace("Then she", "Затем she")),
        ("en", "The sum is 因此 thirty-six, and so there are twenty-seven of them left in the end."),
        ("de", TRACES["de"].replace("Dann gibt", "然后 gibt")),
        ("ko", TRACES["ko"].replace("따라서", "所以")),
        ("ru", TRACES["ru"].replace("Значит", "所以")),
        ("zh", TRACES["zh"].replace("因此", "したがって")),
    ],
)
def test_another_script_within_a_sentence_fails_and_is_quoted(candidate, language, text):
    finding = CHECK.verify(problem(PROBLEMS[language]), candidate(text))
    assert finding.outcome == "fail"
    assert "script, not the problem's: " in finding.reason


@pytest.mark.parametrize("told", ["de", "fr", "es"])
def test_a_part_in_another_language_fails_once_it_is_large(candidate, told):
    mostly = "\n".join([TRACES["en"]] * 8 + [TRACES[told].splitlines()[0]])
    half = "\n".join([TRACES["en"], TRACES[told]])
    assert CHECK.verify(problem(PROBLEMS["en"]), candidate(mostly)).outcome == "pass"
    finding = CHECK.verify(problem(PROBLEMS["en"]), candidate(half))
    assert finding.outcome == "fail"
    assert f"is in {told}, not in en" in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "27",
        "\\boxed{27}",
        "$$\\int_0^1 x^2 \\, dx = \\frac{1}{3}, \\quad \\sum_{i=1}^n i = \\frac{n(n+1)}{2}$$",
        "α + β = γ, where Σ runs over λ and μ, and so the angle between the two lines is θ.",
        "```python\n# 计算总数\ndef gesamt(körbe, äpfel):\n    return körbe * äpfel\n```",
        "Karl-Heinz Müller, Jean-Pierre Lefèvre and José García each get nine of the apples that are in the basket.",
        "| x | y |\n|---|---|\n| 1 | 2 |",
        "x = 3*12 - 9\nprint(x)\nfor i in range(3): total_sum += apples[i]\nassert total_sum == 36",
        "",
    ],
)
def test_formulas_code_and_names_do_not_disturb(candidate, text):
    finding = CHECK.verify(problem(PROBLEMS["en"]), candidate(text))
    assert finding.outcome == "pass", finding.reason


def test_what_the_problem_shows_may_be_quoted(candidate):
    asked = problem(
        "What do the Chinese characters 苹果 mean, and how often does each of them stand in 苹果树上有苹果?"
    )
    assert CHECK.verify(asked, candidate("The word 苹果 means apple, and it stands there twice.")).outcome == "pass"


@pytest.mark.parametrize(
    ("prompt", "text", "outcome", "reason"),
    [
        ("2 + 2 = ?", TRACES["de"], "pass", "too few words"),
        ("Compute 2 + 2.", TRACES["de"], "pass", "too short to tell its language"),
        ("Compute 2 + 2.", TRACES["zh"], "fail", "Han script"),
        ("计算二加二。", TRACES["en"], "fail", "is in Latin, not in Han script"),
        ("计算二加二。", TRACES["zh"], "pass", "Han script"),
    ],
)
def test_a_short_problem_goes_by_its_script(candidate, prompt, text, outcome, reason):
    finding = CHECK.verify(problem(prompt), candidate(text))
    assert finding.outcome == outcome, finding.reason
    assert reason in finding.reason


def test_the_language_can_be_set(candidate):
    german = Language(Language.Settings(language="de"))
    assert german.verify(problem(PROBLEMS["en"]), candidate(TRACES["de"])).outcome == "pass"
    assert german.verify(problem(PROBLEMS["en"]), candidate(TRACES["en"])).outcome == "fail"


@pytest.mark.parametrize(
    "fields", [{"reasoning": TRACES["zh"]}, {"response": f"<think>{TRACES['zh']}</think>{TRACES['en']}"}]
)
def test_the_reasoning_can_be_left_out(candidate, fields):
    made = candidate(**{"response": TRACES["en"]} | fields)
    assert CHECK.verify(problem(PROBLEMS["en"]), made).outcome == "fail"
    answer_only = Language(Language.Settings(reasoning=False))
    assert answer_only.verify(problem(PROBLEMS["en"]), made).outcome == "pass"


def test_an_unknown_language_is_named_with_its_key():
    with pytest.raises(ConfigError, match=r"verify\.math\.language\.language: 'klingon' is not one of: .*\ben\b"):
        Cascade(Verify(math={"language": {"language": "klingon"}}))


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=100))
def test_no_text_raises(text, prompt):
    made = Candidate(trace_id="t", reasoning=None, response=text, finish_reason=None)
    finding = CHECK.verify(problem(prompt), made)
    assert finding.reason.encode("utf-8")
    assert 0 <= finding.score <= 1 if finding.score is not None else True


def test_a_megabyte_of_hostile_text_takes_little_time(candidate):
    started = time.process_time()
    units = (
        "a",
        "a ",
        "因",
        "``` ",
        "$",
        "$a ",
        "\\[",
        "\\(",
        "_",
        "a_",
        "a(",
        "https://",
        "<a",
        "`",
        "\\begin{a",
        "И\n",
    )
    for unit in units:
        CHECK.verify(problem(PROBLEMS["en"]), candidate(unit * (1_000_000 // len(unit))))
    assert time.process_time() - started < 3 * len(units)


def test_published_problems_and_solutions_pass(candidate, cases: Path):
    findings = []
    for name in ("gsm8k_train", "gsm8k_test"):
        with (cases / f"problems/{name}.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                findings.append(CHECK.verify(problem(row["question"]), candidate(row["answer"])))
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        codes = [(task["prompt"], task["canonical_solution"]) for task in map(json.loads, lines)]
    tasks = json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))
    codes += [(task["prompt"], task["code"]) for task in tasks]
    findings += [CHECK.verify(problem(prompt), candidate(code)) for prompt, code in codes]
    assert [finding.reason for finding in findings if finding.outcome != "pass"] == []
