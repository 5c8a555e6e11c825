"""OpenAI's responses in batches."""

from __future__ import annotations

from typing import Any

import msgspec
from openai.types.responses import Response

from .base import Completion, Request
from .openai_batches import OpenAIBatches
from .openai_responses import arguments_of, completion_of

__all__ = ["OpenAIResponsesBatches"]


class OpenAIResponsesBatches(OpenAIBatches):
    """A client of batches of ``/v1/responses``."""

    endpoint = "/v1/responses"

    def line(self, custom_id: str, request: Request) -> bytes:
        """One response as it is asked for by itself."""
        arguments = arguments_of(self.teacher, request)
        body = arguments | arguments.pop("extra_body")
        return msgspec.json.encode({"custom_id": custom_id, "method": "POST", "url": self.endpoint, "body": body})

    def read(self, body: dict[str, Any], request_id: str | None) -> Completion:
        """The response with its summary or its encrypted items."""
        return completion_of(Response.construct(**body))
