"""OpenAI's chat completions, and every server that speaks them: vLLM, SGLang, DeepSeek, OpenRouter, llama.cpp.

A plain POST on aiohttp: at the concurrency that sampling needs, its connection pool is several times
cheaper than that of the SDK.
"""

from __future__ import annotations

import json
from typing import Any, cast

import aiohttp

from ..config import Teacher
from ..records import valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient, token_count
from .http_faults import fault_of
from .reasoning import split_message

__all__ = ["OpenAIChat"]


class OpenAIChat(TeacherClient):
    """A client of ``POST {base_url}/chat/completions``, one choice per request."""

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._url = f"{(teacher.server or '').rstrip('/')}/chat/completions"
        headers = dict(teacher.headers)
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=teacher.timeouts.total_s, sock_connect=teacher.timeouts.connect_s),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def sample(self, request: Request) -> Completion:
        """Ask for one completion."""
        try:
            async with self._session.post(self._url, json=self._body(request), allow_redirects=False) as answer:
                content = await answer.read()
                status, headers = answer.status, answer.headers
        except TimeoutError as error:
            raise SampleFailed(
                "timeout", f"no answer within {self.teacher.timeouts.total_s} s", transient=True
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise SampleFailed("unreachable", str(error), transient=True, unreachable=True) from error
        except aiohttp.ClientError as error:
            raise SampleFailed("connection_lost", f"{type(error).__name__}: {error}", transient=True) from error
        if status != 200:
            raise fault_of(status, headers, self.redact(content.decode(errors="replace")), self.teacher.id)
        return parse_completion(content, headers.get("x-request-id"))

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.teacher.model,
            "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
            self._max_tokens_field: request.max_tokens,
        }
        optional = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
        body |= {name: value for name, value in optional.items() if value is not None}
        if self.teacher.reasoning.effort is not None:
            body["reasoning_effort"] = self.teacher.reasoning.effort
        return body | self.teacher.extra_body

    @property
    def _max_tokens_field(self) -> str:
        # OpenAI itself refuses max_tokens for its reasoning models; older servers know nothing else.
        return "max_completion_tokens" if self.teacher.base_url is None else "max_tokens"


def parse_completion(content: bytes, request_id: str | None) -> Completion:
    """The one completion of an answer's body, checked before it counts.

    Raises:
        SampleFailed: the body is cut off, holds no choice, or the choice holds no text.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SampleFailed("invalid_json", f"the answer is no JSON: {error}", transient=True) from error
    if not isinstance(answer, dict):
        raise SampleFailed("invalid_json", "the answer is no JSON object", transient=True)
    body = cast("dict[str, Any]", answer)
    choice = _first_choice(body)
    finish_reason = _string(choice.get("finish_reason"))
    message = choice.get("message")
    split = split_message(cast("dict[str, Any]", message) if isinstance(message, dict) else {})
    if not split.response and not split.reasoning:
        if finish_reason == "content_filter":
            raise SampleFailed("content_filter", "the provider withheld the answer")
        if finish_reason != "length":
            raise SampleFailed("empty_answer", f"no text; finish_reason {finish_reason}", transient=True)
    usage = _object(body.get("usage"))
    return Completion(
        reasoning=_valid(split.reasoning),
        response=_valid(split.response),
        reasoning_kind=split.kind,
        reasoning_source=split.source,
        finish_reason=finish_reason,
        served_model=_string(body.get("model")),
        prompt_tokens=token_count(usage.get("prompt_tokens")),
        completion_tokens=token_count(usage.get("completion_tokens")),
        reasoning_tokens=token_count(_object(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        request_id=request_id or _string(body.get("id")),
    )


def _first_choice(body: dict[str, Any]) -> dict[str, Any]:
    if error := body.get("error"):
        raise SampleFailed("server_error", f"HTTP 200 with an error: {error}", transient=True)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise SampleFailed("no_choices", "the answer holds no choice", transient=True)
    return _object(cast("list[Any]", choices)[0])


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _string(value: Any) -> str | None:
    return valid_unicode(value) if isinstance(value, str) else None


def _valid(text: str | None) -> str | None:
    return None if text is None else valid_unicode(text)
