"""OpenAI's chat completions in batches."""

from __future__ import annotations

from typing import Any

import msgspec

from .base import Completion, Request, SampleFailed
from .openai_batches import OpenAIBatches
from .openai_chat import body_of, choices_of

__all__ = ["OpenAIChatBatches"]


class OpenAIChatBatches(OpenAIBatches):
    """A client of batches of ``/v1/chat/completions``."""

    endpoint = "/v1/chat/completions"

    def line(self, custom_id: str, request: Request) -> bytes:
        """One chat completion as it is asked for by itself."""
        body = body_of(self.teacher, request)
        return msgspec.json.encode({"custom_id": custom_id, "method": "POST", "url": self.endpoint, "body": body})

    def read(self, body: dict[str, Any], request_id: str | None) -> Completion:
        """The first choice."""
        (choice,) = choices_of(body, request_id, most=1)
        if isinstance(choice, SampleFailed):
            raise choice
        return choice
