"""The one place where a sample is asked for again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from ..config import Retries
from ..teachers.base import Completion, Request, SampleFailed


async def sample_with_retries(
    ask: Callable[[Request], Awaitable[Completion]],
    request: Request,
    retries: Retries,
    on_retry: Callable[[SampleFailed], None],
) -> Completion:
    """Ask until a usable answer comes or the attempts are used up.

    The pause is what the server asked for, else random up to an exponentially growing bound ("full
    jitter"), so that clients that were refused together do not come back together.

    Raises:
        SampleFailed: the last failure, or the first that no retry can mend.
        TeacherUnavailable: the teacher refuses every request of this run.
    """
    try:
        return await ask(request)
    except SampleFailed as failure:
        if not failure.transient:
            raise
        # Retry machinery costs more than a request: it is made only now, and told of the first attempt.
        pending: list[SampleFailed] = [failure]

    async def attempt() -> Completion:
        if pending:
            raise pending.pop()
        return await ask(request)

    jitter = wait_random_exponential(multiplier=0.5, max=retries.max_wait_s)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, SampleFailed):
            on_retry(error)
            if error.retry_after is not None:
                return error.retry_after
        return jitter(state)

    retrying = AsyncRetrying(
        stop=stop_after_attempt(retries.max_attempts),
        wait=wait,
        retry=retry_if_exception(lambda error: isinstance(error, SampleFailed) and error.transient),
        reraise=True,
    )
    return await retrying(attempt)
