"""Which part of a response is the program."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.verifiers.code_extraction import helpers_of, program_of

F = "def f(x):\n    return x\n"
G = "def g(x):\n    return f(x) + 1\n"


def fenced(code: str, language: str = "python", mark: str = "```") -> str:
    return f"{mark}{language}\n{code}{mark}\n"


@pytest.mark.parametrize(
    ("response", "entry_point", "code"),
    [
        (fenced(F), "f", F),
        (f"Here:\n\n{fenced(F)}\nDone.", None, F),
        (fenced(F, "Python3"), None, F),
        (fenced(F, "py", "~~~~"), None, F),
        (fenced(F, ""), None, F),
        ("   " + fenced(F), None, F),
        (fenced("a = 1\n") + fenced(F), None, F),
        (fenced(F) + fenced("pip install x\n", "bash"), None, F),
        (fenced(F) + fenced("3\n", ""), None, F),
        (fenced(F) + fenced("print(f(2))\n"), "f", F),
        (fenced(F) + fenced("assert f(2) == 2\n"), "f", F),
        (fenced(F) + fenced(G), "g", F + "\n" + G),
        (fenced("import math\n") + fenced("def f(x):\n    return math.pi\n"), "f", None),
        (fenced("def f(x):\n    return 0\n") + fenced(F), "f", F),
        ("<think>" + fenced("def f(x): return 9\n") + "</think>" + fenced(F), "f", F),
        (fenced(F) + "<|im_end|>" + fenced("def f(x): return 9\n"), "f", F),
        (F, "f", F),
        (fenced("text = '''\n``` no fence\n'''\n" + F, mark="````"), None, "text = '''\n``` no fence\n'''\n" + F),
        (fenced("f = lambda x: x\n") + fenced("print(f(1))\n"), "f", "f = lambda x: x\n"),
        (fenced(F) + fenced("from solution import f\nprint(f(2))\n"), "f", F),
        (fenced(F) + fenced("f: object\nprint(f(2))\n"), "f", F),
        (fenced(F) + fenced("if __name__ == '__main__':\n    print(f(2))\n"), "f", F),
        (fenced(F) + fenced("print(2)\n"), "g", "print(2)\n"),
        (fenced(F) + fenced("print(f(2))\n"), None, F + "\nprint(f(2))\n"),
        (fenced("def f(x): return 0\n") + fenced(F) + fenced(G), "g", F + "\n" + G),
        (fenced(G) + fenced(F) + fenced("print(g(1))\n"), None, G + "\n" + F + "\nprint(g(1))\n"),
        (
            fenced("n = 5\n") + fenced("xs = [n for n in range(3)]\n") + fenced("print(n)\n"),
            None,
            "n = 5\n\nprint(n)\n",
        ),
        (fenced("def f(x:\n") + fenced(G), "g", G),
        ("1. So:\n   ```python\n   def f(x):\n       return x\n   ```\n", "f", "def f(x):\n    return x\n"),
        ("Call\n```f(1)``` for one.\n\n" + fenced(F), "f", F),
        (fenced(F).replace("\n", "\r\n"), "f", F.replace("\n", "\r\n")),
        (fenced(F) + "\n```\n", "f", F),
        (F + "<|im_end|>", "f", F.rstrip()),
        ("print(1)", None, "print(1)"),
    ],
)
def test_the_program(response: str, entry_point: str | None, code: str | None):
    found = program_of(response, "python", entry_point).code
    if code is None:
        assert found == "import math\n\ndef f(x):\n    return math.pi\n"
    else:
        assert found == code


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("", "no code block"),
        ("I cannot do that.", "no code block"),
        ("The answer is 42", "no code block"),
        ("<think>" + fenced(F), "think block is not closed"),
        ("<think>" + fenced(F) + "</think>The answer is f.", "no code block"),
        ("```python\n" + F, "not closed"),
        (fenced(F) + "```python\n" + G, "not closed"),
        (fenced(F) + "```bash\npython solu", "not closed"),
        (fenced(F, mark="````").removesuffix("`\n"), "not closed"),
        (fenced(F).removesuffix("```\n") + "~~~\n", "not closed"),
        ("f(1)", "no code block"),
        (fenced("ls\n", "bash"), "no code block of python"),
    ],
)
def test_no_program(response: str, reason: str):
    found = program_of(response)
    assert found.code is None
    assert reason in found.reason


def test_other_languages():
    cpp = "int main() { return 0; }\n"
    assert program_of(fenced(F) + fenced(cpp, "C++"), "cpp").code == cpp
    assert program_of(fenced(cpp, "cpp"), "javascript").code is None


@given(st.text(alphabet=st.characters(exclude_characters="`~<|\r", exclude_categories=["Cs"])), st.integers(3, 6))
def test_a_block_comes_out_as_it_went_in(code: str, marks: int):
    body = code if code.endswith("\n") or not code else code + "\n"
    response = f"Before.\n{'`' * marks}python\n{body}{'`' * marks}\nAfter."
    assert program_of(response).code == body


@pytest.mark.parametrize("code", ["(" * 100_000 + "\n", "-" * 90_000 + "1\n", "f = 1\x00\n", "f = '\ud800'\n"])
def test_what_cannot_be_parsed_is_a_block_like_any_other(code: str):
    assert program_of(fenced(code), "python", "f").code == code
    assert program_of(fenced(code) + fenced(G), "python", "g").code == G


CHAIN = "".join(fenced(f"def f{at}():\n    return f{at - 1}()\n") for at in range(1, 5_000))


@pytest.mark.parametrize(
    "response",
    [
        "`" * 3_000_000,
        ("`" * 1_000 + "x\n") * 3_000,
        "```python\n" * 200_000,
        "```\n~~~\n" * 100_000,
        fenced("f = 1\n") * 50_000,
        fenced("x = 1\n" * 300_000),
        CHAIN,
    ],
    ids=["one run", "runs", "openings", "crossed", "blocks", "long", "chain"],
)
def test_hostile_responses_take_no_time(response: str):
    started = time.process_time()
    program_of(response, "python", "f")
    assert time.process_time() - started < 60, "it grows faster than its input"


def test_helpers_of_a_statement():
    prompt = "import math\n\ndef poly(xs):\n    return math.fsum(xs)\n\ndef f(xs):\n    '''Find it.'''\n"
    helpers = helpers_of(prompt, "f")
    assert helpers is not None
    assert "def poly" in helpers
    assert "def f" not in helpers
    assert helpers_of("Write a function f.", "f") is None
    assert helpers_of("def f(x):\n    pass\n", "f") is None
