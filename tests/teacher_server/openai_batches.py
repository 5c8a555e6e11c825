"""OpenAI's files and batches: upload a JSONL file, make a batch of it, look at it, fetch what it wrote."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import chat, responses
from .batches import BODY, Job, page
from .errors import Refusal, missing, openai_error
from .faults import refused

if TYPE_CHECKING:
    from .server import TeacherServer

ENDPOINTS: dict[str, Any] = {"/v1/chat/completions": chat, "/v1/responses": responses}
NOT_DONE = {
    "expired": ("batch_expired", "This request could not be executed before the completion window expired."),
    "cancelled": ("batch_cancelled", "This request was not executed because the batch was cancelled."),
}
DAY = 86_400


class OpenAIBatches:
    """Files and batches of one server."""

    def __init__(self, server: TeacherServer) -> None:
        self._server = server
        self._files: dict[str, dict[str, Any]] = {}
        self._contents: dict[str, bytes] = {}
        self.jobs: dict[str, Job] = {}

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [
            web.post("/v1/files", self._upload),
            web.get("/v1/files", self._list_files),
            web.get("/v1/files/{id}", self._file),
            web.delete("/v1/files/{id}", self._delete_file),
            web.get("/v1/files/{id}/content", self._content),
            web.post("/v1/batches", self._create),
            web.get("/v1/batches", self._list),
            web.get("/v1/batches/{id}", self._retrieve),
            web.post("/v1/batches/{id}/cancel", self._cancel),
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        if request.content_type != "multipart/form-data":
            return refused(openai_error(400, "Expected a multipart form.", "file"))
        form = await request.post()
        uploaded, purpose = form.get("file"), form.get("purpose")
        if not isinstance(uploaded, web.FileField):
            return refused(missing("file"))
        if not isinstance(purpose, str):
            return refused(missing("purpose"))
        return web.json_response(self._store(uploaded.file.read(), uploaded.filename, purpose))

    def _store(self, content: bytes, name: str, purpose: str) -> dict[str, Any]:
        file_id = f"file-{self._server.number()}"
        self._contents[file_id] = content
        self._files[file_id] = {
            "id": file_id,
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
            "expires_at": None,
        }
        return self._files[file_id]

    async def _list_files(self, request: web.Request) -> web.Response:
        newest = list(reversed(self._files.values()))
        ids = [held["id"] for held in newest]
        limit = int(request.query.get("limit", 10_000))
        return web.json_response({"object": "list"} | page(newest, ids, limit, request.query.get("after")))

    async def _file(self, request: web.Request) -> web.Response:
        held = self._files.get(request.match_info["id"])
        return refused(no_file(request.match_info["id"])) if held is None else web.json_response(held)

    async def _delete_file(self, request: web.Request) -> web.Response:
        file_id = request.match_info["id"]
        if self._files.pop(file_id, None) is None:
            return refused(no_file(file_id))
        del self._contents[file_id]
        return web.json_response({"id": file_id, "object": "file", "deleted": True})

    async def _content(self, request: web.Request) -> web.Response:
        content = self._contents.get(request.match_info["id"])
        if content is None:
            return refused(no_file(request.match_info["id"]))
        return web.Response(body=content, content_type="application/octet-stream")

    async def _create(self, request: web.Request) -> web.Response:
        body = request[BODY]
        if (wrong := self._check(body)) is not None:
            return refused(wrong)
        lines, errors = requests_of(self._contents[body["input_file_id"]], body["endpoint"])
        job = Job(
            id=f"batch_{self._server.number()}",
            requests=lines,
            behaviour=self._server.batches,
            endpoint=body["endpoint"],
            input_file=body["input_file_id"],
            window=body["completion_window"],
            metadata=body.get("metadata"),
            errors=errors,
        )
        self.jobs[job.id] = job
        return web.json_response(batch_object(job))

    def _check(self, body: dict[str, Any]) -> Refusal | None:
        for name in ("input_file_id", "endpoint", "completion_window"):
            if not body.get(name):
                return missing(name)
        if body["endpoint"] not in ENDPOINTS:
            return openai_error(400, "Invalid value: 'endpoint'.", "endpoint", "invalid_value")
        if body["completion_window"] != "24h":
            return openai_error(400, "Invalid value: 'completion_window'.", "completion_window", "invalid_value")
        held = self._files.get(body["input_file_id"])
        if held is None:
            return openai_error(400, f"No such File object: {body['input_file_id']}", "input_file_id")
        if held["purpose"] != "batch":
            return openai_error(400, "The file's purpose is not 'batch'.", "input_file_id")
        return None

    async def _list(self, request: web.Request) -> web.Response:
        newest = list(reversed(self.jobs.values()))
        limit = int(request.query.get("limit", 20))
        listed = page([batch_object(job) for job in newest], [j.id for j in newest], limit, request.query.get("after"))
        return web.json_response({"object": "list"} | listed)

    async def _retrieve(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request.match_info["id"]))
        if job.poll() and not job.errors:
            self._finish(job)
        return web.json_response(batch_object(job))

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return refused(no_batch(request.match_info["id"]))
        if job.ended is not None:
            message = f"Cannot cancel a batch with status '{state_of(job)}'."
            return refused(openai_error(400, message))
        job.cancel()
        return web.json_response(batch_object(job))

    def _finish(self, job: Job) -> None:
        written: dict[str, list[str]] = {"output": [], "error": []}
        for custom_id, body, outcome in job.outcomes():
            line = self._line(job, body, outcome) | {"custom_id": custom_id}
            done = line["error"] is None and line["response"]["status_code"] == 200
            written["output" if done else "error"].append(json.dumps(line))
            job.counts.update([outcome, "completed" if done else "erroneous"])
        for name, lines in written.items():
            if lines:
                content = ("\n".join(lines) + "\n").encode()
                job.files[name] = self._store(content, f"{job.id}_{name}.jsonl", "batch_output")["id"]

    def _line(self, job: Job, body: dict[str, Any], outcome: str) -> dict[str, Any]:
        number = self._server.number()
        line: dict[str, Any] = {"id": f"batch_req_{number}", "response": None, "error": None}
        if outcome in NOT_DONE:
            code, message = NOT_DONE[outcome]
            return line | {"error": {"code": code, "message": message}}
        protocol = ENDPOINTS[job.endpoint]
        wrong = openai_error(500, "Something went wrong.") if outcome == "failed" else None
        wrong = wrong or protocol.check(self._server, body, {})
        if wrong is None:
            self._server.bill(body)
        answered = protocol.reply(self._server, body).body if wrong is None else wrong.body
        code = 200 if wrong is None else wrong.status
        return line | {"response": {"status_code": code, "request_id": f"req_{number}", "body": answered}}


def requests_of(content: bytes, endpoint: str) -> tuple[list[tuple[str, dict[str, Any]]], list[dict[str, Any]]]:
    """The requests of an input file, and what is wrong with it."""
    found: dict[str, dict[str, Any]] = {}
    errors: list[dict[str, Any]] = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            asked = json.loads(line)
            custom_id, url, body = asked["custom_id"], asked["url"], asked["body"]
        except (ValueError, KeyError, TypeError):
            errors.append(complaint("invalid_json_line", "This line is not parseable as a request.", number))
            continue
        if url != endpoint:
            errors.append(complaint("mismatched_url", "The url does not match the batch's endpoint.", number))
        if custom_id in found:
            errors.append(complaint("duplicate_custom_id", f"The custom_id {custom_id} occurs twice.", number))
        found[custom_id] = body
    if not found and not errors:
        errors.append(complaint("empty_file", "The input file is empty.", None))
    return list(found.items()), errors


def complaint(code: str, message: str, line: int | None) -> dict[str, Any]:
    """An error of an input file."""
    return {"code": code, "message": message, "line": line, "param": None}


def state_of(job: Job) -> str:
    """The batch's status in OpenAI's words."""
    if job.errors:
        return "failed" if job.polled else "validating"
    if job.ended is None:
        return "cancelling" if job.cancelled else "in_progress" if job.polled else "validating"
    if job.cancelled:
        return "cancelled"
    return "expired" if job.counts["expired"] else "completed"


def batch_object(job: Job) -> dict[str, Any]:
    """The batch as it is shown."""
    state, ended = state_of(job), int(job.ended) if job.ended else None
    return {
        "id": job.id,
        "object": "batch",
        "endpoint": job.endpoint,
        "errors": {"object": "list", "data": job.errors} if state == "failed" else None,
        "input_file_id": job.input_file,
        "completion_window": job.window,
        "status": state,
        "output_file_id": job.files.get("output"),
        "error_file_id": job.files.get("error"),
        "created_at": int(job.created),
        "in_progress_at": int(job.created) if job.polled and not job.errors else None,
        "expires_at": int(job.created) + DAY,
        "finalizing_at": ended,
        "completed_at": ended if state == "completed" else None,
        "failed_at": ended if state == "failed" else None,
        "expired_at": ended if state == "expired" else None,
        "cancelling_at": int(job.cancelled) if job.cancelled else None,
        "cancelled_at": ended if state == "cancelled" else None,
        "request_counts": {
            "total": 0 if job.errors else len(job.requests),
            "completed": job.counts["completed"],
            "failed": job.counts["erroneous"],
        },
        "metadata": job.metadata,
    }


def no_file(file_id: str) -> Refusal:
    """There is no such file."""
    return openai_error(404, f"No such File object: {file_id}", "id")


def no_batch(batch_id: str) -> Refusal:
    """There is no such batch."""
    return openai_error(404, f"No batch found with id '{batch_id}'.", "id")
