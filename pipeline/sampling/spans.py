"""Requests to teachers as OpenTelemetry spans, with the attribute names of its conventions for generative AI.

Those names are still in development there (https://opentelemetry.io/docs/specs/semconv/gen-ai/); they are spelled out
here, since the constants of the Python package move from version to version. Where spans go is the business of the
standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT. Prompts and answers stay out unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from ..config_teacher import Teacher
from ..config_telemetry import Telemetry
from ..errors import MissingExtra
from ..records import Message
from ..teachers.base import Completion, Request, SampleFailed

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

PROVIDERS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic", "api.deepseek.com": "deepseek",
             "api.mistral.ai": "mistral_ai", "openrouter.ai": "openrouter"}  # fmt: skip
"""What the conventions call who is behind a host."""

Value = str | int | float | Sequence[str]


class Spans:
    """Makes one span of every request."""

    def __init__(self, tracer: Tracer, run_id: str, *, content: bool) -> None:
        self._tracer = tracer
        self._run_id = run_id
        self._content = content

    async def around(
        self, teacher: Teacher, request: Request, count: int, sending: Awaitable[Sequence[Completion | SampleFailed]]
    ) -> Any:
        """Wait for the answers of one request within a span of its own; gives what ``sending`` gives."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        attributes = _of_request(teacher, request, count) | {"tracestill.run_id": self._run_id}
        if self._content:
            attributes["gen_ai.input.messages"] = _messages(request.messages)
        with self._tracer.start_as_current_span(
            f"chat {teacher.model}", kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            try:
                answers = await sending
            except SampleFailed as failure:
                # Not its text: a server may repeat what it was sent.
                span.set_attribute("error.type", failure.kind)
                span.set_status(Status(StatusCode.ERROR, failure.kind))
                raise
            self._note(span, [answer for answer in answers if isinstance(answer, Completion)])
            return answers

    def _note(self, span: Span, answers: Sequence[Completion]) -> None:
        if not answers:
            return
        span.set_attributes(_of_answers(answers))
        if self._content:
            said = [Message(role="assistant", content=answer.response or "") for answer in answers]
            span.set_attribute("gen_ai.output.messages", _messages(said))


@contextmanager
def spans_of(wanted: Telemetry, run_id: str) -> Generator[Spans | None]:
    """What makes spans, flushed at the end; null where none are wanted.

    Raises:
        MissingExtra: OpenTelemetry's SDK is not installed.
    """
    if not wanted.spans:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtra("telemetry.spans needs OpenTelemetry: pip install 'tracestill[otel]'") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "tracestill"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield Spans(provider.get_tracer("tracestill"), run_id, content=wanted.content)
    finally:
        provider.shutdown()


def _of_request(teacher: Teacher, request: Request, count: int) -> dict[str, Value]:
    server = urlsplit(teacher.server or "")
    found: Mapping[str, Value | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS.get(server.hostname or "", teacher.provider),
        "gen_ai.request.model": teacher.model,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.choice.count": count if count > 1 else None,
        "server.address": server.hostname,
        "server.port": server.port,
        "tracestill.teacher.id": teacher.id,
    }
    return {name: value for name, value in found.items() if value is not None}


def _of_answers(answers: Sequence[Completion]) -> dict[str, Value]:
    first = answers[0]
    found: Mapping[str, Value | None] = {
        "gen_ai.response.model": first.served_model,
        "gen_ai.response.id": first.request_id,
        "gen_ai.response.finish_reasons": [answer.finish_reason or "unknown" for answer in answers],
        "gen_ai.usage.input_tokens": first.prompt_tokens,
        "gen_ai.usage.output_tokens": _sum([answer.completion_tokens for answer in answers]),
        "gen_ai.usage.reasoning.output_tokens": _sum([answer.reasoning_tokens for answer in answers]),
    }
    return {name: value for name, value in found.items() if value is not None}


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _messages(turns: Sequence[Message]) -> str:
    parts = [{"role": turn.role, "parts": [{"type": "text", "content": turn.content}]} for turn in turns]
    return msgspec.json.encode(parts).decode()
