"""What an HTTP status of a model provider means for one sample, and when to ask again."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Mapping

from ..errors import TeacherUnavailable
from .base import SampleFailed

TRANSIENT_STATUSES = frozenset({408, 409, 425, 429, 529})

LONGEST_PAUSE = 600.0
"""Seconds; a server that asks for more would hold up a run for good."""

_EXHAUSTED = ("insufficient_quota", "billing_hard_limit", "credit balance")


def fault_of(status: int, headers: Mapping[str, str], body: str, teacher_id: str) -> SampleFailed:
    """The failure that an HTTP status other than 200 stands for.

    Raises:
        TeacherUnavailable: the status says that no request of this run can succeed.
    """
    detail = f"HTTP {status}: {excerpt(body)}"
    if status in (401, 403):
        raise TeacherUnavailable(f"teacher {teacher_id}: the server refuses the key ({detail}); check api_key_env")
    if status == 402 or (status == 429 and any(word in body for word in _EXHAUSTED)):
        raise TeacherUnavailable(f"teacher {teacher_id}: the account has no credit left ({detail})")
    if status == 404:
        raise TeacherUnavailable(
            f"teacher {teacher_id}: the server does not know the model or the path ({detail}); check model and base_url"
        )
    if 300 <= status < 400:
        raise TeacherUnavailable(
            f"teacher {teacher_id}: the server sends requests elsewhere ({detail}); redirects are not followed, "
            "since other terms may hold there: put the final address into base_url"
        )
    if status in TRANSIENT_STATUSES or status >= 500:
        kind = "rate_limited" if status == 429 else "overloaded" if status in (503, 529) else "server_error"
        return SampleFailed(kind, detail, transient=True, retry_after=retry_after(headers))
    if "content_filter" in body or "content management policy" in body:
        return SampleFailed("content_filter", detail)
    if "context" in body and ("length" in body or "window" in body):
        return SampleFailed("context_too_long", detail)
    return SampleFailed("bad_request", detail)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: milliseconds, seconds or a date (RFC 9110, section 10.2.3)."""
    try:
        seconds = _asked_seconds(headers)
    except (ValueError, TypeError, OverflowError):
        return None
    return None if seconds is None or math.isnan(seconds) else min(max(0.0, seconds), LONGEST_PAUSE)


def _asked_seconds(headers: Mapping[str, str]) -> float | None:
    if milliseconds := headers.get("retry-after-ms"):
        return float(milliseconds) / 1000
    value = headers.get("retry-after")
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()


def excerpt(body: str, length: int = 300) -> str:
    """The start of a body on one line, for a message."""
    line = " ".join(body.split())
    return line if len(line) <= length else f"{line[:length]}..."
