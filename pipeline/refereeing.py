"""Verifies traces while others are being sampled, over a pool of processes, so that sampling never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from ..verifiers.base import Candidate
from ..verifiers.cascade import Judged
from ..verifiers.pool import JudgePool, Task
from .job import Job
from .records import Problem, Trace
from .verification import verdict_of

CHUNK = 8
"""Traces that a process is given at a time: enough to pay for the way there, few enough to come back soon."""


class _Case(NamedTuple):
    task: Task
    verdict: asyncio.Future[bool]


class PoolReferee:
    """Takes traces as they arrive and puts their verdicts into the ledger."""

    def __init__(self, job: Job, pool: JudgePool) -> None:
        self._job = job
        self._pool = pool
        self._cases: asyncio.Queue[_Case] = asyncio.Queue()

    def submit(self, problem: Problem, trace: Trace) -> asyncio.Future[bool]:
        """Have a completion judged; the future tells whether it was accepted."""
        candidate = Candidate(
            trace_id=trace.trace_id,
            reasoning=trace.reasoning,
            response=trace.response,
            finish_reason=trace.finish_reason,
            completion_tokens=trace.completion_tokens,
        )
        case = _Case(Task(problem, candidate, {}), asyncio.get_running_loop().create_future())
        self._cases.put_nowait(case)
        return case.verdict

    async def work(self) -> None:
        """Feed one process of the pool for as long as this is not cancelled."""
        while True:
            chunk = [await self._cases.get()]
            while len(chunk) < CHUNK and not self._cases.empty():
                chunk.append(self._cases.get_nowait())
            try:
                judged = await asyncio.wrap_future(self._pool.submit([case.task for case in chunk]))
            except Exception as error:  # noqa: BLE001 - whoever waits for the verdicts gets it
                for case in chunk:
                    case.verdict.set_exception(error)
                continue
            for case, findings in zip(chunk, judged, strict=True):
                trace_id = case.task.candidate.trace_id
                for finding in findings:
                    self._job.ledger.append("verdicts", verdict_of(self._job.run_id, trace_id, finding, 0))
                case.verdict.set_result(self._is_accepted(case.task.problem, findings))

    def _is_accepted(self, problem: Problem, findings: Sequence[Judged]) -> bool:
        """As the view ``outcomes`` has it: every required verifier passed, and one that proves did."""
        passed = {judged.verifier for judged in findings if judged.finding.outcome == "pass"}
        steps = [step for step in self._job.plan.steps if step.domain == problem.domain]
        return all(step.verifier in passed for step in steps if step.required) and any(
            step.verifier in passed for step in steps if step.proves
        )


@contextlib.asynccontextmanager
async def refereeing(job: Job) -> AsyncGenerator[PoolReferee]:
    """A referee with its processes; what it has not judged at the end, ``filter`` will."""
    with JudgePool(job.config.verify) as pool:
        referee = PoolReferee(job, pool)
        workers = [asyncio.create_task(referee.work()) for _ in range(pool.workers)]
        try:
            yield referee
        finally:
            for worker in workers:
                worker.cancel()
