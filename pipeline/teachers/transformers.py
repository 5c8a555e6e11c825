"""A model in this process, through transformers: no server, no key.

Requests that wait at the same moment are drawn as one batch, so ``limits.concurrency`` is the batch size.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ..config_teacher import Teacher
from ..errors import ConfigError
from ..records import Message, valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient
from .reasoning import split_inline

if TYPE_CHECKING:
    from .decoding import Decoder
    from .model_files import LoadedModel

__all__ = ["Transformers"]

GATHER_SECONDS = 0.02
"""How long a batch waits for requests that are on their way."""


class _Wanted:
    def __init__(self, request: Request, loop: asyncio.AbstractEventLoop) -> None:
        self.request = request
        self.answer: asyncio.Future[Completion] = loop.create_future()


class Transformers(TeacherClient):
    """A causal language model with a chat template, loaded from a folder, a package or the Hub."""

    takes_schema = False

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._waiting: list[_Wanted] = []
        self._stopped = threading.Event()
        self._runner: asyncio.Task[None] | None = None
        self._loaded: LoadedModel | None = None
        self._decoder: Decoder | None = None

    async def sample(self, request: Request) -> Completion:
        """Draw one completion, in a batch with whatever else waits."""
        wanted = _Wanted(request, asyncio.get_running_loop())
        self._waiting.append(wanted)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run_batches())
        return await wanted.answer

    async def close(self) -> None:
        """Stop drawing and forget the model."""
        self._stopped.set()
        if self._runner is not None:
            await self._runner
        self._loaded = self._decoder = None

    async def _run_batches(self) -> None:
        while self._waiting and not self._stopped.is_set():
            await asyncio.sleep(GATHER_SECONDS)
            size = self.teacher.limits.concurrency
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            batch = [wanted for wanted in batch if not wanted.answer.done()]
            try:
                await asyncio.to_thread(self._draw, batch, asyncio.get_running_loop())
            except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
                for wanted in batch:
                    if not wanted.answer.done():
                        wanted.answer.set_exception(error)
        for wanted in self._waiting:
            wanted.answer.cancel()

    def _draw(self, batch: Sequence[_Wanted], loop: asyncio.AbstractEventLoop) -> None:
        decoder, loaded = self._ready()
        from .decoding import Draw

        tokenizer: Any = loaded.tokenizer
        draws: list[Draw] = []
        places: list[_Wanted] = []
        for wanted in batch:
            try:
                prompt = prompt_tokens(tokenizer, wanted.request.messages)
            except SampleFailed as failure:
                loop.call_soon_threadsafe(_fail, wanted.answer, failure)
                continue
            request = wanted.request
            draws.append(Draw(prompt, request.max_tokens, request.temperature, request.top_p, request.seed or 0))
            places.append(wanted)

        def finished(place: int, tokens: list[int], reason: str) -> None:
            text: str = tokenizer.decode(tokens, skip_special_tokens=True)
            completion = self._completion(text, reason, len(draws[place].prompt), len(tokens))
            loop.call_soon_threadsafe(_resolve, places[place].answer, completion)

        if draws:
            decoder.run(draws, finished, lambda: self._stopped.is_set() or all(w.answer.cancelled() for w in places))

    def _ready(self) -> tuple[Decoder, LoadedModel]:
        if self._loaded is None or self._decoder is None:
            from .model_files import load_model

            self._loaded = load_model(self.teacher.model, adapter=self.teacher.adapter)
            if not cast("Any", self._loaded.tokenizer).chat_template:
                raise ConfigError(
                    f"teacher {self.teacher.id}: the tokenizer of {self.teacher.model} has no chat template; "
                    "take an instruction-tuned model"
                )
            # Not earlier: load_model settles how torch's threads wait, which holds from torch's first import on.
            from .decoding import Decoder

            self._decoder = Decoder(self._loaded)
        return self._decoder, self._loaded

    def _completion(self, text: str, finish_reason: str, prompt_tokens: int, completion_tokens: int) -> Completion:
        split = split_inline(valid_unicode(text))
        return Completion(
            reasoning=split.reasoning,
            response=split.response,
            reasoning_kind=split.kind,
            reasoning_source=split.source,
            unclosed_think=split.unclosed,
            finish_reason=finish_reason,
            served_model=self.teacher.model,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )


def prompt_tokens(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """The chat as tokens, up to where the assistant speaks.

    Raises:
        SampleFailed: it is longer than the model reads.
    """
    chat = [{"role": turn.role, "content": turn.content} for turn in messages]
    tokens = cast("list[int]", tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False))
    if len(tokens) >= tokenizer.model_max_length:
        raise SampleFailed("context_too_long", f"{len(tokens)} tokens, the model reads {tokenizer.model_max_length}")
    return tokens


def _resolve(answer: asyncio.Future[Completion], completion: Completion) -> None:
    if not answer.done():
        answer.set_result(completion)


def _fail(answer: asyncio.Future[Completion], failure: SampleFailed) -> None:
    if not answer.done():
        answer.set_exception(failure)
