"""A model in this process, through vLLM: no server, no key.

Requests go straight to its engine, which batches whatever is in flight; ``limits.concurrency`` bounds that.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

from ..config_teacher import Teacher
from ..records import valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient
from .reasoning import OPEN, split_inline
from .vllm_engine import GREEDY, chat_params, failure_of, sampling_params, start_engine

__all__ = ["VLLM"]

SHUTDOWN_SECONDS = 30.0
"""How long the engine's processes may take to end by themselves."""
OPENING_TOKENS = 8
"""How far back a prompt is read to see whether its template opened the reasoning."""


class VLLM(TeacherClient):
    """A model with a chat template that vLLM runs, from a folder, a package or the Hub."""

    takes_n = True
    takes_schema = False

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._starting: asyncio.Task[None] | None = None
        self._running: Any = None

    async def sample(self, request: Request) -> Completion:
        """Draw one completion."""
        (answer,) = await self._draw(request, 1)
        if isinstance(answer, SampleFailed):
            raise answer
        return answer

    async def sample_group(self, request: Request, n: int) -> list[Completion | SampleFailed]:
        """Draw ``n`` completions of one prompt; completion ``i`` has the seed of the request plus ``i``."""
        # vLLM refuses several where chance has no part: they would all be the same.
        greedy = request.temperature is not None and request.temperature < GREEDY
        return await self._draw(request, 1 if greedy else n)

    async def close(self) -> None:
        """Stop the engine and wait for its processes."""
        if self._starting is not None:
            with contextlib.suppress(Exception):  # whoever asked first has been told why it did not start
                await self._starting
            if self._running is not None and (handler := self._running.output_handler) is not None:
                # It would take the end of the processes for an accident and say so at length.
                handler.cancel()
                await asyncio.wait([handler])
            await asyncio.to_thread(self._stop)

    async def _engine(self) -> Any:
        if self._starting is None:
            self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        # A start cannot be taken back half way: a sample that is cancelled leaves it to close.
        await asyncio.shield(self._starting)
        return self._running

    def _start(self) -> None:
        self._running = start_engine(self.teacher)

    def _stop(self) -> None:
        # No one else may hold the engine: its own end fails noisily when the interpreter is half gone.
        engine, self._running = self._running, None
        if engine is not None:
            engine.shutdown(timeout=SHUTDOWN_SECONDS)

    async def _draw(self, request: Request, n: int) -> list[Completion | SampleFailed]:
        engine = await self._engine()
        params = sampling_params(self.teacher, request, n)
        templating = chat_params(self.teacher)
        chat: list[Any] = [{"role": turn.role, "content": turn.content} for turn in request.messages]
        try:
            _, (prompt,) = await engine.renderer.render_chat_async([chat], templating)
            result = await _only(engine.generate(prompt, params, uuid.uuid4().hex))
        except Exception as error:
            raise failure_of(error, self.teacher) from error
        tokens: list[int] = result.prompt_token_ids
        opened = engine.get_tokenizer().decode(tokens[-OPENING_TOKENS:]).rstrip().endswith(OPEN)
        return [self._answer(output, len(tokens), result.request_id, opened=opened) for output in result.outputs]

    def _answer(self, output: Any, prompt_tokens: int, request_id: str, *, opened: bool) -> Completion | SampleFailed:
        if output.finish_reason in ("abort", "error"):
            return SampleFailed("server_error", f"the engine gave up: {output.finish_reason}", transient=True)
        # A template that opens the block in the prompt leaves a cut answer without any mark of it.
        split = split_inline(valid_unicode(OPEN + output.text if opened else output.text))
        return Completion(
            reasoning=split.reasoning,
            response=split.response,
            reasoning_kind=split.kind,
            reasoning_source=split.source,
            unclosed_think=split.unclosed,
            finish_reason=output.finish_reason,
            served_model=self.teacher.model,
            prompt_tokens=prompt_tokens,
            completion_tokens=len(output.token_ids),
            request_id=request_id,
        )


async def _only(stream: Any) -> Any:
    """The finished result; a cancellation on the way aborts the request in the engine."""
    async with contextlib.aclosing(stream):
        return await anext(stream)
