"""Does a program pass its problem's tests? The one door to the sandbox."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from typing import Any

from .checkers import check, is_custom, validate
from .comparison import equals, same
from .languages import Language
from .limits import Limits
from .literal_cases import Case, cases_of
from .plain import TooLarge
from .remote import Remote
from .runner import SandboxFault, Tier
from .supervisor import Call, Done, Judged, Supervisor
from .tiers import best
from .toolchains import COMPILERS, NotCallable, toolchain

__all__ = ["Judged", "Sandbox", "SandboxFault"]

Runs = Supervisor | Remote | Language
_VALUE_CHARACTERS = 120
_BRIEF = reprlib.Repr()
_BRIEF.maxlist = _BRIEF.maxdict = 30
_BRIEF.maxstring = _BRIEF.maxlong = _VALUE_CHARACTERS
_REASON_CHARACTERS = 600


class Sandbox:
    """Warm processes that run programs and tests, started on first use. Not for several threads."""

    def __init__(self, limits: Limits, tier: Tier | None = None, remote: str | None = None) -> None:
        """Take the limits, and what to run in: a tier, a server (see ``remote``), else the best tier of this machine.

        Raises:
            ValueError: the address is of no server that is known.
        """
        self._limits = limits
        self._wanted: Tier | None = tier
        self._remote = Remote(remote, limits) if remote is not None else None
        self._supervisor: Supervisor | None = None

    @property
    def isolation(self) -> str:
        """The tier that programs run in, or ``remote``.

        Raises:
            NoIsolation: this machine gives none, or not the wanted one.
        """
        return self._ready().tier

    def grade(self, program: str, tests: Mapping[str, Any], helpers: str | None = None) -> Judged:
        """The verdict on a program.

        Args:
            program: its source.
            tests: one of the five forms of docs/problems.md, and sound.
            helpers: code of the problem's own statement, whose names ``check`` tests may use.

        Raises:
            NoIsolation: this machine gives no isolation.
            SandboxFault: the sandbox failed, and another try may not.
        """
        judged = _grade(self._ready(), program, tests, helpers)
        # Words of the program may be in it, and no encoding has half a surrogate pair.
        return judged._replace(reason=_cut(judged.reason, _REASON_CHARACTERS).encode(errors="replace").decode())

    def close(self) -> None:
        """End every process of the sandbox."""
        if self._remote is not None:
            self._remote.close()
        if self._supervisor is not None:
            self._supervisor.close()
            self._supervisor = None

    def _ready(self) -> Supervisor | Remote:
        if self._remote is not None:
            return self._remote
        if self._supervisor is None:
            self._supervisor = best(self._limits, self._wanted)
        return self._supervisor


def _grade(supervisor: Supervisor | Remote, program: str, tests: Mapping[str, Any], helpers: str | None) -> Judged:
    match tests["kind"]:
        case _ if (language := tests.get("language") or "python") != "python":
            return _of_language(supervisor, language, program, tests)
        case "function":
            return _of_function(supervisor, program, tests)
        case "stdio":
            return _of_stdio(supervisor, supervisor, program, tests)
        case "pytest":
            return _of_pytest(supervisor, program, tests)
        case _:
            literal = cases_of(tests)
            judged = _of_literals(supervisor, program, *literal) if literal is not None else None
            return judged or supervisor.judge(program, {**tests, "helpers": helpers})


def _of_language(supervisor: Supervisor | Remote, name: str, program: str, tests: Mapping[str, Any]) -> Judged:
    if isinstance(supervisor, Remote):
        return Judged("undecided", "a remote sandbox is asked to run Python only")
    if (tools := toolchain(name)) is None:
        return Judged("undecided", f"programs in {name} need {COMPILERS[name]}, which is not installed here")
    with closing(Language(supervisor, tools)) as runs:
        if tests["kind"] == "function":
            return _of_function(runs, program, tests)
        return _of_stdio(runs, supervisor, program, tests)


def _of_literals(supervisor: Supervisor | Remote, program: str, name: str, cases: Sequence[Case]) -> Judged | None:
    """The verdict on calls that must equal literals; null where comparing them needs a process of its own."""
    try:
        done = supervisor.call(program, name, [Call(case.args, case.kwargs) for case in cases])
    except TooLarge:
        return None
    for case, answer in zip(cases, done.answers, strict=False):
        if "value" not in answer:
            return Judged("fail", f"{_cut(case.source, _VALUE_CHARACTERS)}: {supervisor.limits.told(answer)}")
        try:
            is_same = same(case.expected, answer["value"])
        except (ValueError, TypeError, RecursionError):
            return Judged("fail", "the program's answer cannot be read")
        if is_same is None:
            return None
        if not is_same:
            shown = _shown(answer["value"])
            return Judged("fail", f"{_cut(case.source, _VALUE_CHARACTERS)}: it returned {shown}")
    return _ended(done, len(cases)) or Judged("pass", "all tests passed")


def _ended(done: Done, cases: int) -> Judged | None:
    """What is wrong with how a run ended, whatever it answered."""
    if done.failure is not None:
        return Judged("fail", done.failure)
    if len(done.answers) < cases:
        return Judged("fail", f"the program ended at case {len(done.answers) + 1} of {cases}")
    return None


def _of_function(supervisor: Runs, program: str, tests: Mapping[str, Any]) -> Judged:
    cases: list[Mapping[str, Any]] = tests["cases"]
    try:
        calls = [Call(case["args"], case.get("kwargs") or {}) for case in cases]
        done = supervisor.call(program, tests["entry_point"], calls)
    except (TooLarge, NotCallable) as error:
        return Judged("undecided", f"the tests cannot be asked across processes: {error}")
    for number, (case, answer) in enumerate(zip(cases, done.answers, strict=False), start=1):
        if "value" not in answer:
            return Judged("fail", f"case {number}: {supervisor.limits.told(answer)}")
        if not equals(case["expected"], answer["value"]):
            return Judged(
                "fail", f"case {number}: returned {_shown(answer['value'])} and not {_shown(case['expected'])}"
            )
    return _ended(done, len(cases)) or Judged("pass", f"all {len(cases)} cases")


def _of_pytest(supervisor: Supervisor | Remote, program: str, tests: Mapping[str, Any]) -> Judged:
    """Held apart from the program where the tests can be; else beside it, which is weak, and only if they tell."""
    if find_spec("pytest") is None:
        return Judged("undecided", "tests for pytest need pytest: pip install 'tracestill[pytest]'")
    judged = supervisor.judge(program, tests)
    if judged.outcome != "beside":
        return judged
    stub, own = (supervisor.judge_alone({**tests, "program": program, "is_stub": is_stub}) for is_stub in (True, False))
    if stub.outcome != "fail":
        return Judged("undecided", f"the tests do not tell a program from one that only raises: {stub.reason}")
    return own._replace(is_weak=True, reason=f"{own.reason}; in the program's own process, because of {judged.reason}")


def _of_stdio(runs: Runs, supervisor: Supervisor | Remote, program: str, tests: Mapping[str, Any]) -> Judged:
    cases: list[Mapping[str, Any]] = tests["cases"]
    checker: str | None = tests.get("checker")
    try:
        validate(checker)
    except ValueError as error:
        return Judged("undecided", str(error))
    for number, case in enumerate(cases, start=1):
        done = runs.whole(program, case["stdin"])
        if done.failure is not None:
            return Judged("fail", f"case {number}: {done.failure}")
        printed = done.printed.decode("utf-8", errors="replace")
        if is_custom(checker):
            asked = {"kind": "checker", "code": checker, "case": [case["stdin"], case["stdout"], printed]}
            if (judged := supervisor.judge_alone(asked)).outcome != "pass":
                return judged._replace(reason=f"case {number}: {judged.reason}")
        elif (difference := check(checker, case["stdout"], printed)) is not None:
            return Judged("fail", f"case {number}: {difference}")
    return Judged("pass", f"all {len(cases)} cases")


def _shown(value: Any) -> str:
    return _cut(_BRIEF.repr(value), _VALUE_CHARACTERS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "..."
