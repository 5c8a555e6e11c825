"""Anthropic's message batches: made in one request, looked at, fetched as JSONL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import messages
from .batches import BODY, Job, page
from .errors import Refusal, anthropic_error
from .faults import refused

if TYPE_CHECKING:
    from .server import TeacherServer

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DAY = 86_400
NAMES = {"failed": "errored", "cancelled": "canceled"}
"""Outcomes in Anthropic's words, where they differ."""


class AnthropicBatches:
    """Message batches of one server."""

    def __init__(self, server: TeacherServer) -> None:
        self._server = server
        self.jobs: dict[str, Job] = {}

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [
            web.post("/v1/messages/batches", self._create),
            web.get("/v1/messages/batches", self._list),
            web.get("/v1/messages/batches/{id}", self._retrieve),
            web.delete("/v1/messages/batches/{id}", self._delete),
            web.get("/v1/messages/batches/{id}/results", self._results),
            web.post("/v1/messages/batches/{id}/cancel", self._cancel),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        body = request[BODY]
        if (wrong := check(body)) is not None:
            return refused(wrong)
        job = Job(
            id=f"msgbatch_{self._server.number()}",
            requests=[(asked["custom_id"], asked["params"]) for asked in body["requests"]],
            behaviour=self._server.batches,
            version=request.headers.get("anthropic-version", ""),
        )
        self.jobs[job.id] = job
        return web.json_response(batch_object(job, request))

    async def _list(self, request: web.Request) -> web.Response:
        newest = list(reversed(self.jobs.values()))
        shown = [batch_object(job, request) for job in newest]
        asked = request.query
        limit = int(asked.get("limit", 20))
        ids = [job.id for job in newest]
        return web.json_response(page(shown, ids, limit, asked.get("after_id"), asked.get("before_id")))

    async def _retrieve(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request))
        if job.poll():
            self._finish(job)
        return web.json_response(batch_object(job, request))

    async def _delete(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request))
        if job.ended is None:
            return refused(anthropic_error(400, "A batch that is in progress cannot be deleted; cancel it first."))
        del self.jobs[job.id]
        return web.json_response({"id": job.id, "type": "message_batch_deleted"})

    async def _results(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request))
        if job.ended is None:
            return refused(anthropic_error(400, "The batch has not ended; its results are not available yet."))
        text = "".join(json.dumps(line) + "\n" for line in job.results)
        return web.Response(text=text, content_type="application/x-jsonl")

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request))
        job.cancel()
        return web.json_response(batch_object(job, request))

    def _finish(self, job: Job) -> None:
        for custom_id, params, outcome in job.outcomes():
            result = self._result(job, params, outcome)
            job.results.append({"custom_id": custom_id, "result": result})
            job.counts[result["type"]] += 1

    def _result(self, job: Job, params: dict[str, Any], outcome: str) -> dict[str, Any]:
        if outcome in ("expired", "cancelled"):
            return {"type": NAMES.get(outcome, outcome)}
        wrong = anthropic_error(500, "Internal server error") if outcome == "failed" else None
        wrong = wrong or messages.check(self._server, params, {"anthropic-version": job.version})
        if wrong is not None:
            return {"type": "errored", "error": wrong.body}
        self._server.bill(params)
        message = messages.reply(self._server, params).body
        return {"type": "succeeded", "message": message | {"usage": message["usage"] | {"service_tier": "batch"}}}


def check(body: dict[str, Any]) -> Refusal | None:
    """What is wrong with a batch; its single requests are only checked once they run."""
    requests: Any = body.get("requests")
    if not isinstance(requests, list):
        return anthropic_error(400, "requests: Field required")
    if not requests:
        return anthropic_error(400, "requests: List should have at least 1 item after validation, not 0")
    seen: set[str] = set()
    for index, asked in enumerate(requests):
        for name in ("custom_id", "params"):
            if name not in asked:
                return anthropic_error(400, f"requests.{index}.{name}: Field required")
        if not CUSTOM_ID.fullmatch(asked["custom_id"]):
            message = f"requests.{index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"
            return anthropic_error(400, message)
        if asked["custom_id"] in seen:
            return anthropic_error(400, f"requests.{index}.custom_id: duplicate of another request's")
        seen.add(asked["custom_id"])
    return None


def batch_object(job: Job, request: web.Request) -> dict[str, Any]:
    """The batch as it is shown."""
    status = "ended" if job.ended is not None else "canceling" if job.cancelled else "in_progress"
    names = ("succeeded", "errored", "canceled", "expired")
    counts = {name: job.counts[name] for name in names}
    return {
        "id": job.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": counts | {"processing": 0 if job.ended is not None else len(job.requests)},
        "created_at": moment(job.created),
        "expires_at": moment(job.created + DAY),
        "ended_at": moment(job.ended),
        "cancel_initiated_at": moment(job.cancelled),
        "archived_at": None,
        "results_url": f"{request.url.origin()}/v1/messages/batches/{job.id}/results" if status == "ended" else None,
    }


def moment(seconds: float | None) -> str | None:
    """A time as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds is not None else None


def no_batch(request: web.Request) -> Refusal:
    """There is no such batch."""
    return anthropic_error(404, f"No message batch with the id {request.match_info['id']}.")
