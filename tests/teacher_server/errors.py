"""Refusals in the shapes of the two providers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """An error answer: a status, a body and headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def __or__(self, headers: dict[str, str]) -> Refusal:
        return Refusal(self.status, self.body, self.headers | headers)


OPENAI_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    404: "invalid_request_error",
    429: "requests",
    500: "server_error",
    503: "server_error",
    529: "server_error",
}
ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    529: "overloaded_error",
}


def openai_error(
    status: int, message: str, param: str | None = None, code: str | None = None, **headers: str
) -> Refusal:
    """As OpenAI answers."""
    code = "rate_limit_exceeded" if status == 429 and code is None else code
    error = {"message": message, "type": OPENAI_TYPES[status], "param": param, "code": code}
    return Refusal(status, {"error": error}, named(headers))


def anthropic_error(status: int, message: str, **headers: str) -> Refusal:
    """As Anthropic answers."""
    error = {"type": ANTHROPIC_TYPES[status], "message": message}
    return Refusal(status, {"type": "error", "error": error, "request_id": "req_loopback"}, named(headers))


def missing(name: str) -> Refusal:
    """OpenAI's answer to a body that lacks a field."""
    if name == "model":
        return openai_error(400, "you must provide a model parameter")
    return openai_error(400, f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def wrong_type(name: str, wanted: str) -> Refusal:
    """OpenAI's answer to a field of another type."""
    return openai_error(400, f"Invalid type for '{name}': expected {wanted}.", name, "invalid_type")


def refusal_for(path: str, status: int, message: str, **headers: str) -> Refusal:
    """The shape that the protocol of this path uses."""
    shape = anthropic_error if path.startswith("/v1/messages") else openai_error
    return shape(status, message, **headers)


def named(headers: dict[str, str]) -> dict[str, str]:
    """Header names from argument names."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
