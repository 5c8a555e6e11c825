"""The one place where a sample is asked for again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from ..config_teacher import Retries
from ..teachers.base import SampleFailed

T = TypeVar("T")


async def ask_with_retries(
    ask: Callable[[], Awaitable[T]], retries: Retries, on_retry: Callable[[SampleFailed], None]
) -> T:
    """Ask until a usable answer comes or the attempts are used up.

    The pause is what the server asked for, else random up to an exponentially growing bound ("full
    jitter"), so that clients that were refused together do not come back together.

    Raises:
        SampleFailed: the last failure, or the first that no retry can mend.
        TracestillError: what makes every further request pointless.
    """
    try:
        return await ask()
    except SampleFailed as failure:
        if not failure.transient:
            raise
        # Retry machinery costs more than a request: it is made only now, and told of the first attempt.
        pending: list[SampleFailed] = [failure]

    async def attempt() -> T:
        if pending:
            raise pending.pop()
        return await ask()

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
