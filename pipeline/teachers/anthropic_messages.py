"""Anthropic's Messages API through its SDK, streamed so that long answers are not cut by idle timeouts."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
from anthropic.types import Message as AnthropicMessage

from ..config_teacher import Teacher
from ..records import ReasoningKind, valid_unicode
from .base import Completion, Request, SampleFailed, TeacherClient, token_count
from .reasoning import items_json
from .sdk import sdk_fault, sdk_options

__all__ = ["AnthropicMessages"]

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
"""Anthropic's stop reasons in the words of chat completions; others stay as they are."""

THOUGHT = ("thinking", "redacted_thinking")
"""Blocks of reasoning; their signatures and encrypted data are kept, so that a turn can be taken up again."""

SAMPLING_VERSION = "2023-06-01"
"""Newer API versions refuse temperature and top_p; this one takes them."""


SHOWN = {"display": "summarized"}
"""Some models leave thinking out unless they are asked to show it."""


class AnthropicMessages(TeacherClient):
    """A client of ``POST {base_url}/v1/messages``. The API takes no seed."""

    takes_seed = False

    def __init__(self, teacher: Teacher, api_key: str | None) -> None:
        super().__init__(teacher, api_key)
        self._client = anthropic.AsyncAnthropic(**sdk_options(teacher, api_key))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def sample(self, request: Request) -> Completion:
        """Ask for one message."""
        try:
            async with self._client.messages.stream(**arguments_of(self.teacher, request)) as stream:
                message = await stream.get_final_message()
        except (anthropic.APIError, httpx2.TransportError) as error:
            raise sdk_fault(error, anthropic, self) from error
        return completion_of(message)


def arguments_of(teacher: Teacher, request: Request) -> dict[str, Any]:
    """What the SDK's ``messages.stream`` is given."""
    turns = [{"role": turn.role, "content": turn.content} for turn in request.messages if turn.role != "system"]
    system = "\n\n".join(turn.content for turn in request.messages if turn.role == "system")
    optional = {"temperature": request.temperature, "top_p": request.top_p}
    extra = {name: value for name, value in optional.items() if value is not None}
    arguments: dict[str, Any] = {
        "model": teacher.model,
        "max_tokens": request.max_tokens,
        "messages": turns,
        "extra_body": extra | teacher.extra_body,
    }
    if extra:
        arguments["extra_headers"] = {"anthropic-version": SAMPLING_VERSION}
    if system:
        arguments["system"] = system
    reasoning = teacher.reasoning
    if reasoning.budget_tokens is not None:
        arguments["thinking"] = {"type": "enabled", "budget_tokens": reasoning.budget_tokens} | SHOWN
    elif reasoning.effort is not None:
        arguments["thinking"] = {"type": "adaptive"} | SHOWN
    output: dict[str, Any] = {}
    if reasoning.effort is not None:
        output["effort"] = reasoning.effort
    if request.schema is not None:
        output["format"] = {"type": "json_schema", "schema": request.schema}
    if output:
        arguments["output_config"] = output
    return arguments


def completion_of(message: AnthropicMessage) -> Completion:
    """The message as a completion.

    Thinking may be a summary of what was billed as thinking; it is called raw only where the API says
    that nothing was left out, which it does not, so it is stored as a summary.

    Raises:
        SampleFailed: the message holds no text at all.
    """
    thinking = "".join(block.thinking for block in message.content if block.type == "thinking")
    redacted = any(block.type == "redacted_thinking" for block in message.content)
    items = [block.model_dump(exclude={"thinking"}) for block in message.content if block.type in THOUGHT]
    response = "".join(block.text for block in message.content if block.type == "text")
    finish_reason = FINISH_REASONS.get(message.stop_reason or "", message.stop_reason)
    if not response and not thinking and finish_reason not in ("length", "refusal"):
        raise SampleFailed("empty_answer", f"no text; stop_reason {message.stop_reason}", transient=True)
    kind: ReasoningKind = "summary" if thinking else "encrypted" if redacted else "none"
    usage = message.usage
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    details = usage.output_tokens_details
    return Completion(
        reasoning=valid_unicode(thinking) if thinking else None,
        response=valid_unicode(response),
        reasoning_kind=kind,
        reasoning_source="thinking" if thinking or redacted else None,
        reasoning_items=items_json(items) if items else None,
        finish_reason=finish_reason,
        served_model=message.model,
        prompt_tokens=token_count(usage.input_tokens + cached),
        completion_tokens=token_count(usage.output_tokens),
        reasoning_tokens=token_count(details.thinking_tokens) if details else None,
        request_id=message.id,
    )
