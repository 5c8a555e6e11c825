# ruff: noqa: RUF001 - answers are written in many alphabets
"""What counts as the same answer: a specification by example, in cases of our own."""

from __future__ import annotations

import json

import pytest
from tracestill.verifiers.math_answer import MathAnswer



def table(rows: str) -> list[tuple[str, str]]:
    """Pairs of a reference and an answer: a row is a reference with answers behind it."""
    pairs: list[tuple[str, str]] = []
    for row in rows.strip().splitlines():
        reference, *answers = row.strip().split(" ~ ")
        pairs += [(reference, answer) for answer in answers]
    return pairs


EQUAL = table(
    r"""
    # integers, signs, thousands
    17 ~ 17 ~ +17 ~ 017 ~ 17.0 ~ 17.
    -17 ~ −17
    17 ~ １７
    52000 ~ 52,000 ~ 52{,}000 ~ 52\,000 ~ 52 000
    1,250,000 ~ 1250000
    # fractions, decimals, mixed numbers, powers
    3/8 ~ \frac{3}{8} ~ \dfrac38 ~ 0.375 ~ .375 ~ 6/16
    \frac{3}{8} ~ 3⁄8
    7/4 ~ 1\frac{3}{4} ~ 1 3/4 ~ 1¾
    -7/4 ~ -1\frac34
    9/2 ~ \frac{9}2
    2^{20} ~ 1048576
    2**5 ~ 32
    3.2\times 10^{-4} ~ 0.00032
    3.2e-4 ~ 0.00032
    5! ~ 120
    \frac{1}{40!} ~ 1/40!
    \frac{\frac{1}{3}}{2} ~ 1/6
    6^{-2} ~ 1/36
    # decoration, currency, percent, units
    17 ~ $17$ ~ \(17\) ~ \[17\] ~ **17** ~ \boxed{17} ~ \text{17}
    12.50 ~ \$12.50 ~ $12.50
    30\% ~ 30
    30 ~ 30 percent
    30\% ~ 30%
    17 ~ 17 apples
    17\text{ cm} ~ 17
    17 \mathrm{~cm} ~ 17 centimeters
    40^\circ ~ 40 degrees
    40° ~ 40
    9\text{ m}^2 ~ 9 \text{ square meters}
    # expressions
    \sqrt{7} ~ sqrt(7) ~ √7
    \sqrt7 ~ 7^{1/2}
    \sqrt{18} ~ 3\sqrt2
    288pi ~ 288\pi
    \frac{\sqrt{6}}{2} ~ \sqrt{\frac{3}{2}}
    \sqrt{11} ~ 3.3166247903554
    2\pi ~ 6.283185307179586
    x^2-1 ~ (x-1)(x+1)
    3*sin(pi*t/4)-2 ~ 3\sin\left(\frac{\pi t}{4}\right)-2
    a+b ~ b+a
    \cot x ~ \frac{\cos x}{\sin x}
    x^{3} ~ x³
    \ln(a^2) ~ 2\ln|a|
    \log_2 8 ~ 3
    2i+5 ~ 5+2i
    (1+i)^2 ~ 2i
    n(n+1)/2 ~ \frac{n^2+n}{2}
    \infty ~ ∞
    e^{2x} ~ \exp(2x)
    # labels, chains, equations, inequalities, intervals
    5 ~ x=5
    y = 2 ~ 2
    2 = y ~ y=2
    5 ~ x \approx 5
    8 ~ 2^3 = 8
    f(x)=3x ~ 3x
    9 ~ AB = 9
    2x+3y=6 ~ 4x+6y-12=0
    y=2x+1 ~ y = 1 + 2x
    x<3 ~ 3>x
    x \ge 2 ~ 2\le x
    -x<4 ~ x>-4
    x>2 ~ (2,\infty)
    0\le x<1 ~ [0,1)
    x\in(-1,4] ~ (-1,4]
    (-\infty,1)\cup[3,5) ~ [3,5)\cup(-\infty,1)
    [2,7] ~ [2.0, 7]
    (2,12)\cup(12,102) ~ (2,12) \cup (12,102)
    # lists, sets, tuples, matrices
    1, 5 ~ 5, 1
    1 and 5 ~ 1, 5
    \{1,5\} ~ {5,1}
    1, 5 ~ 1 or 5
    1;5 ~ 1,5
    \pm 3 ~ 3, -3
    2\pm\sqrt{3} ~ 2-\sqrt3, 2+\sqrt3
    (1,5) ~ (1, 5.0)
    (1;5) ~ (1,5)
    (x,y)=(1,5) ~ (1,5)
    (1,2),(3,4) ~ (3,4),(1,2)
    x=1,y=5 ~ y=5,x=1 ~ 1,5
    300, 400 ~ 300,400
    \begin{pmatrix}1&2\\3&4\end{pmatrix} ~ \begin{bmatrix} 1 & 2 \\ 3 & \frac{8}{2} \end{bmatrix}
    # text, choices, bases
    \text{hyperbola} ~ Hyperbola
    \text{(B)} ~ B
    B ~ (B) 12 ~ b ~ \textbf{(B)} ~ B. It is blue ~ I think it is (B).
    110_2 ~ 110_{2}
    \text{no solution} ~ No solution.
    """
)

DIFFERENT = table(
    r"""
    17 ~ 71 ~ -17 ~ 17x ~ 1,7 ~ [17,18]
    1234 ~ 12,34
    3/8 ~ 3/7
    1/3 ~ 0.33 ~ 0.3333333333
    0.5 ~ 0.05
    7/4 ~ 1\frac{1}{4}
    \pi ~ 3.14
    # nothing is equal because it is small or large
    1/2004! ~ 1/2006!
    2^{-99} ~ 2^{-98}
    1e-7 ~ 2e-7
    10^{30} ~ 10^{30}+1
    3^{2000} ~ 3^{2001}
    \sqrt{10^{20}+1} ~ \sqrt{10^{20}}
    \frac{\pi}{10^{9}} ~ \frac{e}{10^{9}}
    1/0 ~ 1
    \infty ~ 1/0
    4 ~ 4\sqrt(2) ~ 3 \approx 4
    3 ~ \pm 3
    0 ~ payload or 0
    2 ~ eval('1+1')
    0 ~ (lambda: 1)() or 0
    5 \text{ cm} ~ 5 \text{ m} ~ 5 \text{ cm}^2
    \sqrt{2} ~ 1.41421356
    x ~ y ~ X
    x^2-1 ~ x^2+1
    \sqrt{x^2} ~ x
    2k ~ 2
    \sin x=\frac12 ~ \cos x=\frac12
    x=3 ~ y=3
    2x+z=1 ~ 1
    x<3 ~ x>3 ~ x\le 3
    -x<4 ~ x<-4
    2x+3y=6 ~ 2x+3y=7
    (0,1) ~ [0,1] ~ (0,1]
    x>2 ~ [2,\infty)
    1, 5 ~ 1
    1 ~ 1, 5
    1, 5 ~ 1, 5, 5 ~ 1, 6
    (1,5) ~ (5,1) ~ \{1,5\}
    3 ~ 3 or 4
    x=1,y=5 ~ x=5,y=1 ~ 5,1
    (1,2),(3,4) ~ (1,3),(2,4)
    1234 ~ 1, 234
    \begin{pmatrix}1&2\\3&4\end{pmatrix} ~ \begin{pmatrix}1&3\\2&4\end{pmatrix}
    \begin{pmatrix}1&2\end{pmatrix} ~ \begin{pmatrix}1\\2\end{pmatrix}
    \text{hyperbola} ~ parabola
    B ~ A ~ A or B ~ B, C ~ 1.2
    110_2 ~ 110_3
    tac ~ cat
    evil ~ live
    3 ~ {3 ~ \frac{3} ~ x
    25 ~ ٢٦
    x+1 ~ х+2
    """
)

EXTRACTED = [
    ("It is \\boxed{12}.", "12", "boxed"),
    ("First \\boxed{3}, but rather \\boxed{12}.", "12", "boxed"),
    ("\\boxed {\\frac{1}{\\sqrt{2}}} done", "\\frac{1}{\\sqrt{2}}", "boxed"),
    ("\\fbox{12}", "12", "boxed"),
    ("$\\boxed 7$", "7", "boxed"),
    ("\\boxed{12} and then \\boxed{7", "12", "boxed"),
    ("\\boxed{1}, \\boxed{2} and \\boxed{3}", "1, 2, 3", "boxed"),
    ("$x = \\boxed{1}$ and $y = \\boxed{2}$", "1, 2", "boxed"),
    ("So \\boxed{12}. I say \\boxed{12}", "12", "boxed"),
    ("<think>\\boxed{3}?</think>It is \\boxed{12}.", "12", "boxed"),
    ("It is \\boxed{4}, not \\boxed{3}.", "4", "boxed"),
    ("<answer> 12 </answer>", "12", "answer tag"),
    ("3 * 4 = 12\n#### 12", "12", "####"),
    ("The answer is 3. Wait, the answer is 12.", "12", "cue"),
    ("**Final Answer:** 12\n", "12", "cue"),
    ("Answer: $12$", "$12$", "cue"),
    ("The final answer is\n\\[ 12 \\]", "12", "cue"),
    ("Therefore it is **12**.", "12", "bold"),
    ("So we have \\[ x^2 \\]", "x^2", "display"),
    ("We find that $x > 4$.", "x > 4", "number"),
    ("That makes 12 apples for 3.5 friends.", "3.5", "number"),
    ("It is \\boxed{12}<|im_end|><|im_start|>user \\boxed{4}", "12", "boxed"),
]

REFUSED = [
    ("", "no answer"),
    ("no conclusion was reached", "no answer"),
    ("\\boxed{}", "empty"),
    ("I have 3 apples, so \\boxed{ }", "empty"),
    ("The answer is not \\boxed{3}", "negated"),
    ("x \\neq \\boxed{3}", "negated"),
    ("The answer is not 3.", "negated"),
    ("The answer is either 3 or 4.", "hedged"),
    ("It is maybe 3.", "hedged"),
    ("<think>so \\boxed{3}</think> I gave it above.", "inside the thinking"),
    ("<think>so \\boxed{3}</think> That took 3 steps.", "inside the thinking"),
    ("<think>so \\boxed{3}, let me check", "never closed"),
    ("<think>a</think> b <think> \\boxed{3}", "never closed"),
    ("You want it as in \\boxed{3}", "prompt's own"),
]
PROMPT = "What is 1 + 1? Put it into a box. You want it as in \\boxed{3}"


@pytest.fixture(scope="module")
def judge():
    verifier = MathAnswer(MathAnswer.Settings(timeout_s=3))
    yield verifier
    verifier.close()


@pytest.mark.parametrize(("reference", "answer"), EQUAL)
def test_is_the_same_answer_both_ways(judge, reference, answer):
    for first, second in ((reference, answer), (answer, reference), (reference, reference)):
        finding = judge.grade_answer(first, second).finding
        assert (
            finding.outcome == "pass" or "cannot be read" in finding.reason or first == answer == "I think it is (B)."
        )


@pytest.mark.parametrize(("reference", "answer"), DIFFERENT)
def test_is_another_answer(judge, reference, answer):
    assert judge.grade_answer(reference, answer).finding.outcome != "pass"
    if answer.strip():
        assert judge.grade_answer(answer, reference).finding.outcome != "pass"


@pytest.mark.parametrize(("response", "answer", "method"), EXTRACTED)
def test_finds_the_answer_in_a_response(judge, response, answer, method):
    graded = judge.grade("1", response)
    assert graded.extracted is not None
    assert graded.extracted.strip() == answer
    assert json.loads(graded.finding.details)["method"] == method


@pytest.mark.parametrize(("response", "reason"), REFUSED)
def test_refuses_with_its_own_reason(judge, response, reason):
    graded = judge.grade("3", response, PROMPT)
    assert graded.finding.outcome == "fail"
    assert reason in graded.finding.reason


def test_an_answer_that_the_prompt_also_shows_is_no_echo_when_it_is_derived(judge):
    assert judge.grade("3", "1 + 2 is three, so it comes to \\boxed{3}", PROMPT).finding.outcome == "pass"
