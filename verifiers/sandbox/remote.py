"""Programs run by somebody else's sandbox, judged here: SandboxFusion's ``/run_code`` and piston's ``/execute``.

The server is told what to run and what to feed it, and never what is expected; what it gives back is text that a
program wrote, and is read like any other. Functions are called by a few lines of ours around the program, which print
the answers behind a word that changes with every run. A program may find it and print answers of its own; that helps
as little as returning them.
"""

from __future__ import annotations

import inspect
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from . import plain
from .limits import Limits
from .runner import SandboxFault
from .supervisor import Call, Done, Judged, requests

if TYPE_CHECKING:
    import httpx2

_FUSION, _PISTON = "/run_code", "/execute"
_SPARE_S = 30.0
"""Seconds that an answer may take beyond the limit of the run: the server may have a queue."""
_CALLS = """
import sys as _sys, types as _types
_word, _program, _requests = {word!r}, {program!r}, {requests!r}
_plain = _types.ModuleType("plain")
_sys.modules["plain"] = _plain
exec({plain!r}, _plain.__dict__)
_module = _types.ModuleType("solution")
_sys.modules["solution"] = _module
_write = _sys.stdout.write
def _answer(request):
    try:
        args = [_plain.decode(item, _plain.refuse) for item in request["args"]]
        kwargs = {{name: _plain.decode(item, _plain.refuse) for name, item in request["kwargs"]}}
        return {{"value": _plain.encode(_module.__dict__[request["target"]](*args, **kwargs))}}
    except BaseException as error:
        return {{"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)[:500]}}
try:
    exec(compile(_program, "solution.py", "exec"), _module.__dict__)
except BaseException as error:
    _failed = {{"raised": [type(error).__name__], "message": str(error)[:500]}}
else:
    _failed = None
import json as _json
for _request in _json.loads(_requests):
    _write("\\n" + _word + _json.dumps(_failed or _answer(_request)) + "\\n")
"""


def known_address(address: str) -> str:
    """The address of a server that can be asked.

    Raises:
        ValueError: it ends in nothing that is known.
    """
    address = address.rstrip("/")
    if not address.startswith(("http://", "https://")) or not address.endswith((_FUSION, _PISTON)):
        raise ValueError(f"{address} is no address that ends in {_FUSION} (SandboxFusion) or {_PISTON} (piston)")
    return address


class Remote:
    """A server that runs programs. Same questions as to ``Supervisor``; those that need test code are not asked.

    Args:
        address: of a SandboxFusion ``/run_code`` or a piston ``/execute``.
        limits: of a run; the server may have stricter ones.

    Raises:
        ValueError: the address ends in nothing that is known.
    """

    tier = "remote"

    def __init__(self, address: str, limits: Limits) -> None:
        self._address = known_address(address)
        self.limits = limits
        self._client: httpx2.Client | None = None

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def call(self, program: str, name: str, calls: Sequence[Call]) -> Done:
        """What a function of the program answers to each call; fewer answers are a failure.

        Raises:
            TooLarge: an argument cannot be told.
            SandboxFault: the server cannot be reached, or gives no result.
        """
        word = secrets.token_hex()
        code = _CALLS.format(
            word=word, program=program, requests=json.dumps(requests(name, calls)), plain=inspect.getsource(plain)
        )
        done = self.whole(code, "")
        answers: list[dict[str, Any]] = []
        for line in done.printed.decode(errors="replace").split("\n"):
            if line.startswith(word):
                try:
                    answer = json.loads(line.removeprefix(word))
                except (ValueError, RecursionError):
                    break
                if isinstance(answer, dict):
                    answers.append(cast("dict[str, Any]", answer))
        return done._replace(answers=answers)

    def whole(self, program: str, stdin: str) -> Done:
        """Run the program from what it reads to what it prints.

        Raises:
            SandboxFault: the server cannot be reached, or gives no result.
        """
        is_fusion = self._address.endswith(_FUSION)
        asked = self._fusion(program, stdin) if is_fusion else self._piston(program, stdin)
        answer = self._post(asked)
        try:
            printed, failure = _of_fusion(answer) if is_fusion else _of_piston(answer)
        except (KeyError, TypeError, AttributeError) as error:
            raise SandboxFault(f"{self._address} gave no result: {str(answer)[:300]}") from error
        return Done([], printed.encode(errors="replace"), self.limits.passed("time") if failure == "time" else failure)

    def judge(self, program: str, tests: Mapping[str, Any]) -> Judged:
        """Undecided: tests that are code ask as they go, and a remote run is asked once."""
        del program
        return Judged("undecided", f"tests of the kind {tests['kind']!r} cannot be asked of a remote sandbox")

    def judge_alone(self, tests: Mapping[str, Any]) -> Judged:
        """Undecided: test code would have to run here, without isolation."""
        del tests
        return Judged("undecided", "a checker of the problem's own cannot be run with a remote sandbox")

    def _fusion(self, program: str, stdin: str) -> dict[str, Any]:
        return {"code": program, "language": "python", "stdin": stdin, "run_timeout": self.limits.wall_s}

    def _piston(self, program: str, stdin: str) -> dict[str, Any]:
        return {
            "language": "python",
            "version": "3",
            "files": [{"name": "solution.py", "content": program}],
            "stdin": stdin,
            "run_timeout": int(self.limits.wall_s * 1000),
            "run_memory_limit": self.limits.bounds.memory_bytes,
        }

    def _post(self, asked: dict[str, Any]) -> Any:
        import httpx2

        if self._client is None:
            self._client = httpx2.Client(timeout=self.limits.wall_s + _SPARE_S)
        try:
            response = self._client.post(self._address, json=asked)
            if response.status_code != 200:
                raise SandboxFault(f"{self._address} answers {response.status_code}: {response.text[:300]}")
            return response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise SandboxFault(f"{self._address}: {error or type(error).__name__}") from error


def _of_fusion(answer: Any) -> tuple[str, str | None]:
    """What was printed, and why the run counts as failed."""
    if answer["status"] == "SandboxError" or answer["run_result"] is None:
        raise KeyError
    run = answer["run_result"]
    return run["stdout"] or "", "time" if run["status"] == "TimeLimitExceeded" else _raised(run["stderr"], run)


def _of_piston(answer: Any) -> tuple[str, str | None]:
    run = answer["run"]
    if run.get("status") == "TO" or run.get("signal") == "SIGKILL":
        return run["stdout"], "time"
    if run.get("signal"):
        return run["stdout"], f"the program was ended by {run['signal']}"
    return run["stdout"], _raised(run["stderr"], run)


def _raised(stderr: str | None, run: Mapping[str, Any]) -> str | None:
    """An exit code is no verdict; a traceback at the end is an exception that nobody caught."""
    code = run.get("return_code", run.get("code"))
    lines = (stderr or "").rstrip().split("\n")
    if code == 1 and any(line.startswith("Traceback ") for line in lines):
        return f"the program raised {lines[-1][:300]}"
    return None
