"""OpenAI's Responses API through its SDK: summaries or encrypted items, never raw reasoning of OpenAI's models."""

from __future__ import annotations

from typing import Any, cast

import httpx2
import openai
from openai.types.responses import Response

from ..config_teacher import Teacher
from ..records import ReasoningKind, valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient, token_count
from .reasoning import items_json
from .sdk import sdk_fault, sdk_options

__all__ = ["OpenAIResponses"]


class OpenAIResponses(TeacherClient):
    """A client of ``POST {base_url}/responses``. The API takes no seed."""

    takes_seed = False

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._client = openai.AsyncOpenAI(**sdk_options(teacher, api_key))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def sample(self, request: Request) -> Completion:
        """Ask for one response."""
        try:
            response = cast("Response", await self._client.responses.create(**arguments_of(self.teacher, request)))
        except (openai.APIError, httpx2.TransportError) as error:
            raise sdk_fault(error, openai, self) from error
        return completion_of(response)


def arguments_of(teacher: Teacher, request: Request) -> dict[str, Any]:
    """What the SDK's ``responses.create`` is given."""
    optional = {"temperature": request.temperature, "top_p": request.top_p}
    arguments: dict[str, Any] = {name: value for name, value in optional.items() if value is not None}
    reasoning = {"summary": "auto"}
    if teacher.reasoning.effort is not None:
        reasoning["effort"] = teacher.reasoning.effort
    if request.schema is not None:
        form = {"type": "json_schema", "name": "answer", "strict": True, "schema": request.schema}
        arguments["text"] = {"format": form}
    return arguments | {
        "model": teacher.model,
        "input": [{"role": turn.role, "content": turn.content} for turn in request.messages],
        "max_output_tokens": request.max_tokens,
        "reasoning": reasoning,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "extra_body": teacher.extra_body,
    }


def completion_of(response: Response) -> Completion:
    """The response as a completion; a summary is stored as a summary, never as chain of thought.

    Raises:
        SampleFailed: the response holds no text and was not cut off.
    """
    raw = summary = ""
    items: list[dict[str, object]] = []
    for item in response.output:
        if item.type == "reasoning":
            raw += "".join(part.text for part in item.content or [])
            summary += "".join(part.text for part in item.summary)
            if item.encrypted_content:
                items.append({"type": item.type, "id": item.id, "encrypted_content": item.encrypted_content})
    reasoning = raw or summary
    text = response.output_text
    cut = response.incomplete_details.reason if response.incomplete_details else None
    finish_reason = {"max_output_tokens": "length", None: "stop"}.get(cut, cut)
    if not text and finish_reason != "length":
        raise SampleFailed(
            "content_filter" if cut == "content_filter" else "empty_answer",
            f"no text; status {response.status}",
            transient=cut != "content_filter",
        )
    kind: ReasoningKind = "raw" if raw else "summary" if summary else "encrypted" if items else "none"
    usage = response.usage
    return Completion(
        reasoning=valid_unicode(reasoning) if reasoning else None,
        response=valid_unicode(text),
        reasoning_kind=kind,
        reasoning_source="reasoning_item" if kind != "none" else None,
        reasoning_items=items_json(items) if items else None,
        finish_reason=finish_reason,
        served_model=response.model,
        prompt_tokens=token_count(usage.input_tokens) if usage else None,
        completion_tokens=token_count(usage.output_tokens) if usage else None,
        reasoning_tokens=token_count(usage.output_tokens_details.reasoning_tokens) if usage else None,
        request_id=response.id,
    )
