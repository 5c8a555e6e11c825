"""Whether the program in a response passes its problem's unit tests, run in the sandbox."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import field_validator

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed, undecided
from .code_extraction import helpers_of, program_of
from .sandbox.checkers import validate
from .sandbox.limits import Limits
from .sandbox.remote import known_address
from .sandbox.sandbox import Sandbox, SandboxFault

__all__ = ["CodeTests"]


class CodeTestsSettings(Settings, Limits):
    """What one run may use, and what it runs in."""

    isolation: Literal["namespaces", "landlock", "none"] | None = None
    """What programs run in; null takes the best that the machine gives, and refuses to run where none holds. `none`
    runs them with your own rights, and marks every verdict."""
    remote: str | None = None
    """A server that runs the programs instead: the address of SandboxFusion's `/run_code` or piston's `/execute`."""

    @field_validator("remote")
    @classmethod
    def _is_known(cls, address: str | None) -> str | None:
        return address if address is None else known_address(address)


class CodeTests(Verifier[CodeTestsSettings]):
    """Passes a trace whose program passes every test. A verdict that the program could have swayed is marked `weak`."""

    version = "2"
    cost = 40
    proves = True
    uses_reference = True
    Settings = CodeTestsSettings

    def __init__(self, settings: CodeTestsSettings) -> None:
        super().__init__(settings)
        self._sandbox = Sandbox(settings, settings.isolation, settings.remote)

    def prepare(self) -> None:
        """See that this machine can hold a program.

        Raises:
            NoIsolation: it cannot; says why, and what to do.
        """
        _ = self._sandbox.isolation

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Run the program of the response.

        Raises:
            NoIsolation: nothing here can hold it.
            SandboxFault: the sandbox failed twice.
        """
        if (lacking := self.unjudgeable(problem)) is not None:
            return undecided(lacking)
        tests = _tests(problem)
        found = program_of(candidate.response or "", tests.get("language") or "python", tests.get("entry_point"))
        if found.code is None:
            return failed(f"no program: {found.reason}")
        helpers = helpers_of(problem.prompt, tests["entry_point"]) if tests["kind"] == "check" else None
        try:
            judged = self._sandbox.grade(found.code, tests, helpers)
        except SandboxFault:
            judged = self._sandbox.grade(found.code, tests, helpers)
        details = json.dumps({"isolation": self._sandbox.isolation, "weak": judged.is_weak, "program": found.reason})
        match judged.outcome:
            case "pass":
                return passed(judged.reason, details=details)
            case "fail":
                return failed(judged.reason, details=details)
            case _:
                return undecided(judged.reason, details)

    def unjudgeable(self, problem: Problem) -> str | None:
        """Tests that are missing, or that name a checker that there is not."""
        if problem.tests is None:
            return "the problem has no tests"
        try:
            validate(_tests(problem).get("checker"))
        except ValueError as error:
            return str(error)
        return None

    def close(self) -> None:
        """End the processes of the sandbox."""
        self._sandbox.close()


def _tests(problem: Problem) -> dict[str, Any]:
    return json.loads(problem.tests or "{}")
