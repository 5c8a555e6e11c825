"""What every teacher does: answer one request with one completion, or say why not.

A teacher never retries and never waits for a rate limit; sampling/ does both, for all of them alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Self

import msgspec

from ..config_teacher import Teacher
from ..records import Message, ReasoningKind


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One sample that is wanted."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None
    top_p: float | None
    seed: int | None
    schema: dict[str, Any] | None = None
    """JSON schema that the answer shall follow, where the server can be told so."""


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, as it came."""

    reasoning: str | None
    response: str | None
    reasoning_kind: ReasoningKind
    reasoning_source: str | None
    finish_reason: str | None
    served_model: str | None
    routed_to: str | None = None
    """Provider that an aggregator says has answered."""
    unclosed_think: bool = False
    """Whether the text breaks off within its think block."""
    reasoning_items: str | None = None
    """Signatures and encrypted items of the provider, as JSON."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    tokens_estimated: bool = False
    request_id: str | None = None


MAYBE_BILLED = frozenset(
    {"timeout", "connection_lost", "invalid_json", "no_choices", "empty_answer", "content_filter", "bad_answer"}
)
"""Failures after which the provider may have written, and will charge for, an answer that never got here whole."""


class SampleFailed(Exception):
    """No usable answer came. It is data, not an accident: the sampler retries it or records it.

    Attributes:
        kind: one word for the report, such as ``rate_limited`` or ``content_filter``.
        transient: whether the same request may succeed later.
        unreachable: whether the server was not there at all.
        retry_after: seconds that the server asked to wait, if it did.
        maybe_billed: whether the provider may charge for it all the same.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        transient: bool = False,
        unreachable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.transient = transient
        self.unreachable = unreachable
        self.retry_after = retry_after
        self.maybe_billed = kind in MAYBE_BILLED


class Connection(ABC):  # noqa: B024 - what it can ask is its subclasses' business
    """A connection to one teacher. Use as an asynchronous context manager.

    The gate has allowed the teacher before one of these is made, and the key is read here, not earlier.
    """

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        self.teacher = teacher
        self._api_key = api_key

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def redact(self, text: str) -> str:
        """``text`` without the key, which some servers echo when they refuse it."""
        return text.replace(self._api_key, "[key]") if self._api_key else text

    async def close(self) -> None:  # noqa: B027 - a teacher that holds nothing needs none
        """Give back what the connection holds."""


class TeacherClient(Connection):
    """A connection that answers at once."""

    takes_seed: bool = True
    """Whether a request may carry a seed."""
    takes_n: bool = False
    """Whether one request may ask for several completions."""
    takes_schema: bool | None = None
    """Whether the server takes a JSON schema; null until it has answered, or refused, a request that has one."""

    @abstractmethod
    async def sample(self, request: Request) -> Completion:
        """Ask once.

        Raises:
            SampleFailed: no usable answer came.
            TeacherUnavailable: no request of this run can succeed (key refused, model unknown).
        """

    def without_refused_schema(self, request: Request) -> Request:
        """``request``, without a schema where the server does not take one."""
        return msgspec.structs.replace(request, schema=None) if self.takes_schema is False else request

    def refuses_schema(self, request: Request, failure: SampleFailed) -> bool:
        """Whether it may be the schema of ``request`` that failed; none is sent from then on.

        llama.cpp's server answers 500 to it. A server that has answered a request with a schema takes one.
        """
        if request.schema is None or self.takes_schema or failure.kind not in ("bad_request", "server_error"):
            return False
        self.takes_schema = False
        return True

    async def sample_group(self, request: Request, n: int) -> list[Completion | SampleFailed]:
        """Ask once for ``n`` completions, where ``takes_n`` says that the protocol knows it; else for one.

        Returns:
            What came, at most ``n``. A server that does not know ``n`` answers with one: the caller asks
            for the others by themselves.

        Raises:
            SampleFailed: no choice came that could be looked at.
            TeacherUnavailable: no request of this run can succeed.
        """
        return [await self.sample(request)]


def token_count(value: object) -> int | None:
    """A count of tokens as a server gave it; null where it is none that a 64-bit column holds."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
