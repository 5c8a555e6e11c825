"""Runs programs and their tests, and gives the verdict. It executes nothing of either.

A program runs in a child of the candidate zygote. Where tests are code, they run in a child of the grader zygote, which
asks the program over a socket; where they are data, what the program answers or prints is compared here.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from .limits import Limits
from .plain import encode
from .runner import Ended, Runner, Tier
from .toolchains import Toolchain
from .turns import alone, among_others
from .watching import content_of, memory_file

T = TypeVar("T")

_STDIN, _STDOUT, _CHANNEL, _VERDICT = 0, 1, 3, 5
"""The places of descriptors in a child."""
_SLICE_S = 0.05
"""How often a scratch folder on disk is looked at."""


class Judged(NamedTuple):
    """What is said of a program."""

    outcome: str
    """``pass``, ``fail`` or ``undecided``; a fault of the sandbox is an exception. From ``judge`` also ``beside``, of
    tests that can only be run in the program's process: the reason says why."""
    reason: str
    is_weak: bool = False
    """Whether the program could have had a hand in the verdict."""


class Call(NamedTuple):
    """A call of a function with plain data."""

    args: Sequence[Any]
    kwargs: Mapping[str, Any]


class Done(NamedTuple):
    """What came of a run without a grader."""

    answers: list[dict[str, Any]]
    printed: bytes
    failure: str | None
    """Why the run counts as failed, whatever it answered or printed."""


class _Starved(Exception):
    """A run hit the limit on the clock while it waited for a processor."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result
        """What is said if it happens again."""


class Supervisor:
    """Both zygotes in one tier. Not for several threads."""

    def __init__(self, tier: Tier, limits: Limits) -> None:
        self.tier: Tier = tier
        self.limits = limits
        self._candidate = Runner(tier, "candidate", limits.bounds)
        self._grader = Runner(tier, "grader", limits.bounds)
        self._pytest = Runner(tier, "pytest", limits.bounds, _folder_of_pytest())
        self._natives: dict[str, Runner] = {}

    def start(self) -> None:
        """Have both zygotes ready.

        Raises:
            SandboxFault: this machine does not let them enter the tier.
        """
        self._candidate.start()
        self._grader.start()

    def close(self) -> None:
        """End the zygotes; the next run starts new ones."""
        with ExitStack() as stack:
            for runner in (self._candidate, self._grader, self._pytest, *self._natives.values()):
                stack.callback(runner.close)

    def judge(self, program: str, tests: Mapping[str, Any]) -> Judged:
        """The verdict of tests that are code, in the form that ``grader.run`` reads.

        Raises:
            SandboxFault: the sandbox failed.
        """
        return self._again_if_starved(lambda: self._judge(program, tests))

    def call(self, program: str, name: str, calls: Sequence[Call]) -> Done:
        """What a function of the program answers to each call; fewer answers are a failure.

        Raises:
            TooLarge: an argument cannot be told.
            SandboxFault: the sandbox failed.
        """
        payload = {"program": program, "mode": "calls", "requests": requests(name, calls)}
        return self._again_if_starved(lambda: self._run(self._candidate, payload, b"", {}))

    def whole(self, program: str, stdin: str) -> Done:
        """Run the program from what it reads to what it prints.

        Raises:
            SandboxFault: the sandbox failed.
        """
        payload, given = {"program": program, "mode": "whole"}, stdin.encode("utf-8", "surrogateescape")
        done = self._again_if_starved(lambda: self._run(self._candidate, payload, given, {}))
        if done.failure is None and done.answers:
            return done._replace(failure=self.limits.told(done.answers[0]))
        return done

    def native(self, tools: Toolchain, payload: Mapping[str, Any], stdin: bytes, files: Mapping[int, int]) -> Done:
        """Run what is not Python (see ``native.run``), with ``files`` in further places of the process.

        Raises:
            SandboxFault: the sandbox failed.
        """
        if (runner := self._natives.get(tools.language)) is None:
            runner = Runner(self.tier, "native", self.limits.bounds, json.dumps(tools.visible))
            self._natives[tools.language] = runner
        return self._again_if_starved(lambda: self._run(runner, payload, stdin, files))

    def judge_alone(self, tests: Mapping[str, Any]) -> Judged:
        """The verdict of test code that asks no program, or has it in its own process.

        Raises:
            SandboxFault: the sandbox failed.
        """
        return self._again_if_starved(lambda: self._judge(None, tests))

    def _again_if_starved(self, run: Callable[[], T]) -> T:
        """Run beside others; and once more alone where the time ran out because the machine was busy."""
        try:
            try:
                with among_others():
                    return run()
            except _Starved:
                with alone():
                    return run()
        except _Starved as error:
            return error.result
        except BaseException:
            self.close()  # a run may be left half-way
            raise

    def _run(self, runner: Runner, payload: Mapping[str, Any], stdin: bytes, files: Mapping[int, int]) -> Done:
        with memory_file(stdin) as given, memory_file() as printed, memory_file() as channel:
            places = {_STDIN: given.fileno(), _STDOUT: printed.fileno(), _CHANNEL: channel.fileno()}
            runner.begin(payload, {**places, **files})
            self._wait(runner)
            ended = runner.end()
            said = content_of(channel, self.limits.bounds.output_bytes)
            text = content_of(printed, self.limits.bounds.output_bytes)
        if len(said) == self.limits.bounds.output_bytes and ended.limit is None:
            ended = ended._replace(limit="output")
        done = Done(_frames(said), text, self._failure(ended))
        if ended.is_starved:
            raise _Starved(done)
        return done

    def _judge(self, program: str | None, tests: Mapping[str, Any]) -> Judged:
        grader = self._pytest if tests["kind"] == "pytest" else self._grader
        ours, theirs = socket.socketpair()
        with memory_file() as printed, memory_file() as verdict:
            with ours, theirs:
                if program is not None:
                    payload = {"program": program, "mode": "serve"}
                    self._candidate.begin(payload, {_STDOUT: printed.fileno(), _CHANNEL: theirs.fileno()})
                grader.begin(tests, {_CHANNEL: ours.fileno(), _VERDICT: verdict.fileno()})
            self._wait(grader, *([self._candidate] if program is not None else []))
            graded = grader.end()
            if program is not None:
                self._candidate.stop(None)
                ended = self._candidate.end()
            else:
                ended = graded
            said = _frames(content_of(verdict, 65536))
        judged = self._judged(said[0] if said else None, ended, graded)
        if judged.outcome != "pass" and (ended.is_starved or graded.is_starved):
            raise _Starved(judged)
        return judged

    def _judged(self, said: dict[str, Any] | None, ended: Ended, graded: Ended) -> Judged:
        """The grader's verdict, with the limit behind it where one of the two processes hit one."""
        if said is not None and said["outcome"] != "fail":
            return Judged(said["outcome"], said["reason"], said["weak"])
        is_known = ended.limit is not None or said is None or ended.status not in (0, -signal.SIGKILL)
        if is_known and (failure := self._failure(ended)) is not None:
            return Judged("fail", failure)
        if said is not None:
            reason = said["reason"]
            return Judged("fail", f"{self.limits.passed(said['limit'])}: {reason}" if said["limit"] else reason)
        if graded.limit is not None:
            return Judged("fail", f"while its tests ran: {self.limits.passed(graded.limit)}")
        # Only tests choose an exit code; what ends them with a signal may come of an answer.
        outcome = "fail" if graded.status < 0 and graded is not ended else "undecided"
        return Judged(outcome, f"the tests ended without a verdict ({_way(graded.status)})")

    def _wait(self, awaited: Runner, *others: Runner) -> None:
        """Wait for the end of a run, and stop all that runs when the time is up or there is no room for its files."""
        poll = select.poll()
        poll.register(awaited.fileno(), select.POLLIN)
        deadline = time.monotonic() + self.limits.wall_s
        running = [*others, awaited]
        while not awaited.has_ended and not poll.poll(_SLICE_S * 1000):
            limit = "time" if time.monotonic() > deadline else None
            if limit is None and any(runner.overflows() for runner in running):
                limit = "files"
            if limit is not None:
                for runner in running:
                    runner.stop(limit)
                return

    def _failure(self, ended: Ended) -> str | None:
        if ended.limit is not None:
            return self.limits.passed(ended.limit)
        return f"the program was ended by {_way(ended.status)}" if ended.status < 0 else None


def requests(name: str, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Calls of a function as ``Peer.answer`` reads them.

    Raises:
        TooLarge: an argument cannot be told.
    """
    return [
        {
            "do": "call",
            "target": name,
            "args": [encode(value) for value in call.args],
            "kwargs": [[word, encode(value)] for word, value in call.kwargs.items()],
        }
        for call in calls
    ]


def _folder_of_pytest() -> str | None:
    found = find_spec("pytest")
    return str(Path(found.origin).parents[1]) if found is not None and found.origin is not None else None


def _way(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _frames(data: bytes) -> list[dict[str, Any]]:
    """The messages of ``plain.send`` in a file, up to the first that is none."""
    messages: list[dict[str, Any]] = []
    place = 0
    while place + 4 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        body = data[place + 4 : place + 4 + size]
        place += 4 + size
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            break
        if len(body) < size or not isinstance(message, dict):
            break
        messages.append(cast("dict[str, Any]", message))
    return messages
