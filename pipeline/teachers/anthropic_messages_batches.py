"""Anthropic's message batches."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import anthropic
import httpx2
import msgspec
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from ..config_teacher import Teacher
from ..errors import TeacherUnavailable
from .anthropic_messages import SAMPLING_VERSION, arguments_of, completion_of
from .base import Completion, Request, SampleFailed
from .batches import BatchClient, BatchState, BatchUnknown, Result, Ticket, no_batches
from .http_faults import fault_of
from .sdk import sdk_fault, sdk_options

__all__ = ["AnthropicMessagesBatches"]

STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
"""HTTP statuses that the kinds of error in results stand for; every other one is 500."""
SLACK = datetime.timedelta(minutes=5)
"""By how much the provider's clock may differ from ours."""
OPENING, CLOSING = b'{"requests":[', b"]}"
FAILURES = (anthropic.APIError, httpx2.TransportError)


class AnthropicMessagesBatches(BatchClient):
    """A client of ``{base_url}/v1/messages/batches``."""

    max_requests = 100_000
    max_bytes = 256_000_000
    finds_surely = False

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._client = anthropic.AsyncAnthropic(**sdk_options(teacher, api_key))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    def line(self, custom_id: str, request: Request) -> bytes:
        """One message as it is asked for by itself, without what the whole batch says in its headers."""
        arguments = arguments_of(self.teacher, request)
        arguments.pop("extra_headers", None)
        params = arguments | arguments.pop("extra_body")
        return msgspec.json.encode({"custom_id": custom_id, "params": params})

    async def create(self, ticket: Ticket, requests: Path) -> str:
        """Make a batch; its requests are streamed from the file."""
        headers = self._headers(requests)
        try:
            batch = await self._client.post(
                "/v1/messages/batches", cast_to=MessageBatch, content=_body(requests), options={"headers": headers}
            )
        except FAILURES as error:
            raise self._fault(error) from error
        return batch.id

    async def find(self, ticket: Ticket) -> list[str]:
        """Batches of as many requests that were made about then: this API takes no name of ours."""
        found: list[tuple[datetime.timedelta, str]] = []
        planned_at = ticket.planned_at
        try:
            async for batch in self._client.messages.batches.list(limit=100):
                if batch.created_at < planned_at - SLACK:
                    break
                counts = batch.request_counts
                count = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
                if count == ticket.count:
                    found.append((abs(batch.created_at - planned_at), batch.id))
        except FAILURES as error:
            raise self._fault(error) from error
        return [batch_id for _, batch_id in sorted(found)]

    async def state(self, batch_id: str) -> BatchState:
        """Look at a batch."""
        batch = await self._retrieve(batch_id)
        counts = batch.request_counts
        return BatchState(
            ended=batch.processing_status == "ended",
            done=counts.succeeded,
            failed=counts.errored + counts.expired + counts.canceled,
            cancelled=batch.cancel_initiated_at is not None,
        )

    async def cancel(self, batch_id: str) -> None:
        """Ask the provider to stop."""
        if (await self._retrieve(batch_id)).processing_status != "in_progress":
            return
        try:
            await self._client.messages.batches.cancel(batch_id)
        except FAILURES as error:
            raise self._fault(error) from error

    async def results(self, batch_id: str) -> AsyncIterator[tuple[str, Result]]:
        """What came of each request."""
        self._check_place((await self._retrieve(batch_id)).results_url)
        try:
            async for entry in await self._client.messages.batches.results(batch_id):
                yield entry.custom_id, self._result(entry)
        except anthropic.NotFoundError as error:
            raise BatchUnknown(self.redact(error.message)) from error
        except FAILURES as error:
            raise self._fault(error) from error
        except ValueError as error:
            raise SampleFailed("invalid_json", f"a line of the results is no JSON: {error}", transient=True) from error

    def _headers(self, requests: Path) -> dict[str, str]:
        size = requests.stat().st_size + len(OPENING + CLOSING) - 1  # the last line has no comma
        headers = {"Content-Type": "application/json", "Content-Length": str(size)}
        sampling = self.teacher.sampling
        if sampling.temperature is not None or sampling.top_p is not None:
            headers["anthropic-version"] = SAMPLING_VERSION
        return headers

    def _check_place(self, url: str | None) -> None:
        """The SDK takes the key to whatever address the server names."""
        here, there = urlsplit(self.teacher.server or ""), urlsplit(url or "")
        if url is not None and (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise TeacherUnavailable(
                f"teacher {self.teacher.id}: the server keeps results elsewhere ({there.netloc}); other terms may hold "
                "there: put the final address into base_url"
            )

    async def _retrieve(self, batch_id: str) -> MessageBatch:
        try:
            return await self._client.messages.batches.retrieve(batch_id)
        except anthropic.NotFoundError as error:
            raise BatchUnknown(self.redact(error.message)) from error
        except FAILURES as error:
            raise self._fault(error) from error

    def _result(self, entry: MessageBatchIndividualResponse) -> Result:
        try:
            return self._completion(entry)
        except (SampleFailed, TeacherUnavailable) as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - an answer of another form than agreed is that sample's failure
            return SampleFailed("bad_answer", f"{type(error).__name__}: {error}", transient=True)

    def _completion(self, entry: MessageBatchIndividualResponse) -> Completion:
        result = entry.result
        if result.type == "succeeded":
            return completion_of(result.message)
        if result.type == "errored":
            error = result.error.error
            detail = self.redact(f"{error.type}: {error.message}")
            raise fault_of(STATUSES.get(error.type, 500), {}, detail, self.teacher.id)
        kind = "cancelled" if result.type == "canceled" else result.type
        raise SampleFailed(kind, "the provider did not work on the request", transient=True)

    def _fault(self, error: Exception) -> SampleFailed | TeacherUnavailable:
        if isinstance(error, anthropic.NotFoundError):
            return no_batches(self.teacher.id, f"HTTP 404: {self.redact(error.message)}")
        return sdk_fault(error, anthropic, self)


async def _body(requests: Path) -> AsyncIterator[bytes]:
    """The lines of the file as the JSON that a batch is made of."""
    parts = [OPENING]
    with requests.open("rb") as file:
        for line in file:
            parts += [line.rstrip(b"\n"), b","]
            if len(parts) > 500:
                last = parts.pop()
                yield b"".join(parts)
                parts = [last]
        parts[-1] = CLOSING
        yield b"".join(parts)
