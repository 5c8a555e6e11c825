"""OpenAI's files and batches, which its chat completions and its responses share."""

from __future__ import annotations

import datetime
from abc import abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal, cast

import httpx2
import msgspec
import openai

from ..config_teacher import Teacher
from ..errors import TeacherUnavailable
from .base import Completion, SampleFailed
from .batches import BatchClient, BatchState, BatchUnknown, Result, Ticket, no_batches
from .http_faults import fault_of
from .openai_chat import decode_object
from .sdk import sdk_fault, sdk_options

TAG = "tracestill"
"""Name of our key among a batch's metadata."""
ENDED = frozenset({"completed", "expired", "cancelled", "failed"})
SLACK = datetime.timedelta(hours=1)
"""By how much the provider's clock may lag behind ours."""
FAILURES = (openai.APIError, httpx2.TransportError)


class OpenAIBatches(BatchClient):
    """A client of ``{base_url}/files`` and ``{base_url}/batches``."""

    max_requests = 50_000
    max_bytes = 200_000_000
    finds_surely = True
    endpoint: Literal["/v1/chat/completions", "/v1/responses"]

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._client = openai.AsyncOpenAI(**sdk_options(teacher, api_key))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    @abstractmethod
    def read(self, body: dict[str, Any], request_id: str | None) -> Completion:
        """The completion in the body of one answer.

        Raises:
            SampleFailed: it holds none.
        """

    async def upload(self, requests: Path) -> str:
        """Hand the requests over as a file."""
        try:
            with requests.open("rb") as file:
                return (await self._client.files.create(file=file, purpose="batch")).id
        except FAILURES as error:
            raise self._fault(error) from error

    async def create(self, ticket: Ticket, requests: Path) -> str:
        """Make a batch of the uploaded file; our key is among its metadata."""
        try:
            batch = await self._client.batches.create(
                input_file_id=ticket.input_file or "",
                endpoint=self.endpoint,
                completion_window="24h",
                metadata={TAG: ticket.key},
            )
        except FAILURES as error:
            raise self._fault(error) from error
        return batch.id

    async def find(self, ticket: Ticket) -> list[str]:
        """The batch with our key or our file."""
        since = (ticket.planned_at - SLACK).timestamp()
        try:
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get(TAG) == ticket.key or batch.input_file_id == ticket.input_file:
                    return [batch.id]
                if batch.created_at < since:
                    break
        except FAILURES as error:
            raise self._fault(error) from error
        return []

    async def state(self, batch_id: str) -> BatchState:
        """Look at a batch."""
        batch = await self._retrieve(batch_id)
        counts = batch.request_counts
        errors: list[Any] = (batch.errors and batch.errors.data) or []
        said = "; ".join(str(error.message or error.code) for error in errors[:3])
        return BatchState(
            ended=batch.status in ENDED,
            done=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            cancelled=batch.status == "cancelled",
            refused=(said or "it does not say why") if batch.status == "failed" else None,
        )

    async def cancel(self, batch_id: str) -> None:
        """Ask the provider to stop."""
        if (await self._retrieve(batch_id)).status in ENDED:
            return
        try:
            await self._client.batches.cancel(batch_id)
        except openai.ConflictError:
            return  # it has ended meanwhile
        except openai.BadRequestError:
            return
        except FAILURES as error:
            raise self._fault(error) from error

    async def results(self, batch_id: str) -> AsyncIterator[tuple[str, Result]]:
        """What stands in the file of outputs and in that of errors."""
        batch = await self._retrieve(batch_id)
        for file_id in (batch.output_file_id, batch.error_file_id):
            if file_id is None:
                continue
            async for line in self._lines(file_id):
                entry = decode_object(line)
                yield str(entry.get("custom_id")), self._result(entry)

    async def _retrieve(self, batch_id: str) -> Any:
        try:
            return await self._client.batches.retrieve(batch_id)
        except openai.NotFoundError as error:
            raise BatchUnknown(self.redact(error.message)) from error
        except FAILURES as error:
            raise self._fault(error) from error

    async def _lines(self, file_id: str) -> AsyncIterator[bytes]:
        """The lines of a file as they come; split at line feeds alone, since JSON may hold Unicode's other ends."""
        rest = b""
        try:
            async with self._client.files.with_streaming_response.content(file_id) as answer:
                async for piece in answer.iter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in filter(bytes.strip, whole):
                        yield line
        except openai.NotFoundError as error:
            raise BatchUnknown(self.redact(error.message)) from error
        except FAILURES as error:
            raise self._fault(error) from error
        if rest.strip():
            yield rest

    def _result(self, entry: dict[str, Any]) -> Result:
        try:
            return self._completion(entry)
        except (SampleFailed, TeacherUnavailable) as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - an answer of another form than agreed is that sample's failure
            return SampleFailed("bad_answer", f"{type(error).__name__}: {error}", transient=True)

    def _completion(self, entry: dict[str, Any]) -> Completion:
        if error := cast("dict[str, Any] | None", entry.get("error")):
            code, message = str(error.get("code")), self.redact(str(error.get("message")))
            kind = {"batch_expired": "expired", "batch_cancelled": "cancelled"}.get(code, "server_error")
            raise SampleFailed(kind, f"{code}: {message}", transient=True)
        response: dict[str, Any] = entry["response"]
        status, body = response["status_code"], response["body"]
        if status != 200:
            raise fault_of(status, {}, self.redact(msgspec.json.encode(body).decode()), self.teacher.id)
        return self.read(body, response.get("request_id"))

    def _fault(self, error: Exception) -> SampleFailed | TeacherUnavailable:
        if isinstance(error, openai.NotFoundError):
            return no_batches(self.teacher.id, f"HTTP 404: {self.redact(error.message)}")
        return sdk_fault(error, openai, self)
