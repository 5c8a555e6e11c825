"""OpenAI's chat completions, and every server that speaks them: vLLM, SGLang, DeepSeek, OpenRouter, llama.cpp.

A plain POST on aiohttp: at the concurrency that sampling needs, its connection pool is several times
cheaper than that of the SDK.
"""

from __future__ import annotations

import json
from typing import Any, cast

import aiohttp
import msgspec

from ..config_teacher import Teacher
from ..records import valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient, token_count
from .http_faults import fault_of
from .reasoning import SplitAnswer, split_message

__all__ = ["OpenAIChat"]

LARGEST_ANSWER = 2**27
"""Bytes of an answer at the most: nothing that a model writes is that long, and memory is not the server's."""

Choice = Completion | SampleFailed


class OpenAIChat(TeacherClient):
    """A client of ``POST {base_url}/chat/completions``."""

    takes_n = True

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._url = f"{(teacher.server or '').rstrip('/')}/chat/completions"
        headers = {"Content-Type": "application/json"} | teacher.headers
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
        (choice,) = parse_choices(*await self._post(body_of(self.teacher, request)), most=1)
        if isinstance(choice, SampleFailed):
            raise choice
        return choice

    async def sample_group(self, request: Request, n: int) -> list[Choice]:
        """Ask for ``n`` completions at once; a server that does not know ``n`` gives one."""
        return parse_choices(*await self._post(body_of(self.teacher, request) | {"n": n}), most=n)

    async def _post(self, body: dict[str, Any]) -> tuple[bytes, str | None]:
        """The body of a good answer, and the request's id."""
        try:
            async with self._session.post(self._url, data=msgspec.json.encode(body), allow_redirects=False) as answer:
                content = await _read(answer)
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
        return content, headers.get("x-request-id")


def body_of(teacher: Teacher, request: Request) -> dict[str, Any]:
    """The body of a request for one completion."""
    # OpenAI itself refuses max_tokens for its reasoning models; older servers know nothing else.
    max_tokens = "max_completion_tokens" if teacher.base_url is None else "max_tokens"
    body: dict[str, Any] = {"model": teacher.model, "messages": request.messages, max_tokens: request.max_tokens}
    optional = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    body |= {name: value for name, value in optional.items() if value is not None}
    if teacher.reasoning.effort is not None:
        body["reasoning_effort"] = teacher.reasoning.effort
    if teacher.reasoning.budget_tokens is not None:
        # OpenRouter's form, which it translates for each model; vLLM and OpenAI know efforts only.
        body["reasoning"] = {"max_tokens": teacher.reasoning.budget_tokens}
    if request.schema is not None:
        form = {"name": "answer", "strict": True, "schema": request.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body | teacher.extra_body


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if answer.content_length is not None and answer.content_length <= LARGEST_ANSWER:
        return await answer.read()
    content = bytearray()
    async for part in answer.content.iter_any():
        content += part
        if len(content) > LARGEST_ANSWER:
            answer.close()
            raise SampleFailed("answer_too_large", f"the answer has more than {LARGEST_ANSWER} bytes")
    return bytes(content)


def parse_choices(content: bytes, request_id: str | None, most: int) -> list[Choice]:
    """The choices of an answer's content, each checked before it counts; at least one, at most ``most``.

    Raises:
        SampleFailed: the content is cut off or holds no choice.
    """
    return choices_of(decode_object(content), request_id, most)


def choices_of(body: dict[str, Any], request_id: str | None, most: int) -> list[Choice]:
    """The choices of an answer's body, as ``parse_choices`` gives them.

    Raises:
        SampleFailed: the body holds no choice.
    """
    if error := body.get("error"):
        raise SampleFailed("server_error", f"HTTP 200 with an error: {error}", transient=True)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise SampleFailed("no_choices", "the answer holds no choice", transient=True)
    read = [_read_choice(_object(choice)) for choice in cast("list[Any]", choices)[:most]]
    usage = _object(body.get("usage"))
    details = _object(usage.get("completion_tokens_details"))
    lengths = [len(split.reasoning or "") + len(split.response or "") for split, _ in read]
    # The prompt is charged once for all choices; what each wrote is reckoned by its length.
    prompt = _shares(token_count(usage.get("prompt_tokens")), [1] * len(read))
    written = _shares(token_count(usage.get("completion_tokens")), lengths)
    thought = _shares(token_count(details.get("reasoning_tokens")), lengths)
    made: list[Choice] = []
    for place, (split, finish_reason) in enumerate(read):
        if (failure := _no_good(split, finish_reason)) is not None:
            made.append(failure)
            continue
        made.append(
            Completion(
                reasoning=_valid(split.reasoning),
                response=_valid(split.response),
                reasoning_kind=split.kind,
                reasoning_source=split.source,
                reasoning_items=split.items,
                unclosed_think=split.unclosed,
                finish_reason=finish_reason,
                served_model=_string(body.get("model")),
                routed_to=_string(body.get("provider")),
                tokens_estimated=len(read) > 1,
                request_id=request_id or _string(body.get("id")),
                prompt_tokens=prompt[place],
                completion_tokens=written[place],
                reasoning_tokens=thought[place],
            )
        )
    return made


def _shares(count: int | None, weights: list[int]) -> list[int | None]:
    """A count that the server gives for all choices together, split by weight; the sum stays."""
    if count is None or len(weights) == 1:
        return [count for _ in weights]
    total = sum(weights)
    shares: list[int | None] = []
    given = seen = 0
    for place, weight in enumerate(weights, start=1):
        seen += weight
        upto = count * seen // total if total else count * place // len(weights)
        shares.append(upto - given)
        given = upto
    return shares


def _read_choice(choice: dict[str, Any]) -> tuple[SplitAnswer, str | None]:
    message = choice.get("message")
    split = split_message(cast("dict[str, Any]", message) if isinstance(message, dict) else {})
    return split, _string(choice.get("finish_reason"))


def _no_good(split: SplitAnswer, finish_reason: str | None) -> SampleFailed | None:
    if split.response or split.reasoning or finish_reason == "length":
        return None
    if finish_reason == "content_filter":
        return SampleFailed("content_filter", "the provider withheld the answer")
    return SampleFailed("empty_answer", f"no text; finish_reason {finish_reason}", transient=True)


def decode_object(content: bytes) -> dict[str, Any]:
    """The JSON object that ``content`` is.

    Raises:
        SampleFailed: it is none.
    """
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        answer = _decode_slowly(content)
    if not isinstance(answer, dict):
        raise SampleFailed("invalid_json", "the answer is no JSON object", transient=True)
    return cast("dict[str, Any]", answer)


def _decode_slowly(content: bytes) -> object:
    """What the fast decoder refuses may still be an answer: a lone surrogate, an integer beyond 64 bits, NaN."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SampleFailed("invalid_json", f"the answer is no JSON: {error}", transient=True) from error


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _string(value: Any) -> str | None:
    return valid_unicode(value) if isinstance(value, str) else None


def _valid(text: str | None) -> str | None:
    return None if text is None else valid_unicode(text)
