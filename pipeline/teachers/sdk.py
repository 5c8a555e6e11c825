"""What the SDKs of OpenAI and Anthropic have in common: they are generated alike, on httpx2."""

from __future__ import annotations

from typing import Any

import httpx2

from ..config_teacher import Teacher
from .base import Connection, SampleFailed
from .http_faults import fault_of


def sdk_options(teacher: Teacher, api_key: str | None) -> dict[str, Any]:
    """Arguments of either SDK's client. It retries nothing itself and follows no redirect."""
    timeout = httpx2.Timeout(teacher.timeouts.total_s, connect=teacher.timeouts.connect_s)
    return {
        "api_key": api_key or "none",
        "base_url": teacher.server,
        "timeout": timeout,
        "max_retries": 0,
        "default_headers": teacher.headers,
        "http_client": httpx2.AsyncClient(timeout=timeout, follow_redirects=False),
    }


def sdk_fault(error: Exception, sdk: Any, client: Connection) -> SampleFailed:
    """What an error of the module ``sdk``, or of its transport, means for one sample.

    Raises:
        TeacherUnavailable: no request of this run can succeed.
    """
    if isinstance(error, sdk.APITimeoutError):
        return SampleFailed("timeout", f"no answer within {client.teacher.timeouts.total_s} s", transient=True)
    if isinstance(error, sdk.APIConnectionError):
        unreachable = isinstance(error.__cause__, httpx2.ConnectError)
        kind = "unreachable" if unreachable else "connection_lost"
        return SampleFailed(kind, str(error.__cause__ or error), transient=True, unreachable=unreachable)
    if isinstance(error, sdk.APIStatusError):
        status: Any = error
        return fault_of(status.status_code, status.response.headers, client.redact(status.message), client.teacher.id)
    return SampleFailed("connection_lost", f"the answer broke off: {client.redact(str(error))}", transient=True)
