"""The pages and their addresses. Looking changes nothing; a review is the one thing that is written."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .. import logs
from ..errors import ConfigError
from ..reviewing import checked_note, reviewer_name
from ..workspace import Workspace
from .differences import differences
from .guard import Guard, new_secret
from .index import Index, Snapshot
from .listing import FACETS, PAGE, SORTS, Choice, facet_values
from .overview import overview, running
from .pages import Pages
from .queue import Conflict, Desk, Queue
from .traces import problem_page, trace_of, whole_text

STATIC = Path(__file__).parent / "static"
ASSETS = Path(__file__).parent / "assets"
"""Libraries for the browser; take_assets.py brings them."""
MAX_FORM = 100_000
"""Bytes of a form: a note has 10,000 characters at the most."""
REVIEWER = "tracestill_reviewer"


@dataclass(frozen=True)
class Site:
    """What all pages share."""

    workspace: Workspace
    index: Index
    desk: Desk | None
    """Takes reviews; null where the page is for reading alone."""
    pages: Pages
    secret: str

    def overview(self, request: Request) -> Response:
        """What the workspace holds."""
        snapshot = self.index.snapshot
        facts = snapshot.remember("overview", lambda: overview(snapshot))
        return self._page(request, "overview.html", **facts, job=running(self.workspace))

    def live(self, request: Request) -> Response:
        """The part of the overview that changes while a job runs."""
        return self._page(request, "live.html", job=running(self.workspace), made_at=self.index.snapshot.made_at)

    def problems(self, request: Request) -> Response:
        """The list of problems."""
        choice = Choice.of(request.query_params)
        snapshot = self.index.snapshot
        rows, matching = choice.find(snapshot)
        return self._page(
            request, "problems.html", choice=choice, rows=rows, matching=matching, pages=-(-matching // PAGE),
            facets=facet_values(snapshot), sorts=SORTS,
        )  # fmt: skip

    def problem(self, request: Request) -> Response:
        """One problem with its traces."""
        found = problem_page(self.index.snapshot, request.path_params["problem_id"])
        if found is None:
            return self._missing(request, "There is no such problem.")
        return self._page(request, "problem.html", **found, queue=None)

    def trace(self, request: Request) -> Response:
        """A trace's own address leads to its place beside the others."""
        found = trace_of(self.index.snapshot, request.path_params["trace_id"])
        if found is None:
            return self._missing(request, "There is no such trace.")
        return RedirectResponse(f"/problems/{quote(found['problem_id'], safe='')}#t-{found['trace_id']}", 303)

    def text(self, request: Request) -> Response:
        """All of a trace's text, as text."""
        found = trace_of(self.index.snapshot, request.path_params["trace_id"])
        if found is None:
            return PlainTextResponse("there is no such trace", 404)
        return PlainTextResponse(whole_text(found), headers={"Content-Security-Policy": "sandbox; default-src 'none'"})

    def compare(self, request: Request) -> Response:
        """What differs between two traces."""
        snapshot = self.index.snapshot
        one, other = (trace_of(snapshot, request.query_params.get(name, "")) for name in ("a", "b"))
        if one is None or other is None:
            return self._missing(request, "Choose two traces of a problem to compare.")
        pieces = differences(whole_text(one), whole_text(other))
        return self._page(request, "compare.html", one=one, other=other, pieces=pieces)

    def review(self, request: Request) -> Response:
        """The next trace to review, or the one that is asked for."""
        queue = Queue.of(request.query_params, self.index.snapshot)
        here = queue.at(request.query_params.get("trace"))
        if here is None:
            return self._page(request, "reviewed.html", queue=queue)
        found = problem_page(self.index.snapshot, here["problem_id"])
        assert found is not None
        found["traces"] = [one for one in found["traces"] if one["trace_id"] == here["trace_id"]]
        return self._page(request, "review.html", **found, queue=queue)

    async def put_review(self, request: Request) -> Response:
        """Put a person's word on record."""
        if self.desk is None:
            return PlainTextResponse("this page is for reading: it was started with --read-only", 403)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM:
                return PlainTextResponse("the note is too long", 413)
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if not hmac.compare_digest(form.get("secret", "").encode(), self.secret.encode()):
            return PlainTextResponse("the page is from before the server was started again: load it anew", 403)
        return await run_in_threadpool(self._take_in, request, form)

    def _take_in(self, request: Request, form: dict[str, str]) -> Response:
        assert self.desk is not None
        try:
            name = reviewer_name(form.get("by", ""))
            note = checked_note(form.get("note", ""))
            self.desk.put(form.get("trace", ""), form.get("verdict", ""), note, name, form.get("seen", ""))
        except Conflict as conflict:
            return self._page(request, "conflict.html", status=409, conflict=conflict, form=form)
        except ConfigError as error:
            return self._page(request, "mistake.html", status=400, said=str(error))
        self.index.refresh()
        answer = RedirectResponse(_safe(form.get("next", "")), 303)
        answer.set_cookie(REVIEWER, quote(name), max_age=365 * 86400, samesite="strict", httponly=True)
        return answer

    def _missing(self, request: Request, said: str) -> Response:
        return self._page(request, "mistake.html", status=404, said=said)

    def _page(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        facts |= {"secret": self.secret, "by": request.cookies.get(REVIEWER, ""), "may_review": self.desk is not None}
        facts |= {"has_assets": ASSETS.exists()}
        return HTMLResponse(self.pages.render(template, path=request.url.path, facets_known=FACETS, **facts), status)


def prepare(snapshot: Snapshot) -> None:
    """Ask a snapshot for what would keep somebody waiting."""
    snapshot.remember("overview", lambda: overview(snapshot))
    Queue.of({}, snapshot)


def make_app(workspace: Workspace, index: Index, desk: Desk | None, *, token: str | None, name: str) -> Guard:
    """Everything that is served, behind its guard."""
    site = Site(workspace, index, desk, Pages(name), new_secret())
    routes = [
        Route("/", site.overview),
        Route("/live", site.live),
        Route("/problems", site.problems),
        Route("/problems/{problem_id:path}", site.problem),
        Route("/traces/{trace_id}", site.trace),
        Route("/traces/{trace_id}/text", site.text),
        Route("/compare", site.compare),
        Route("/review", site.review),
        Route("/reviews", site.put_review, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    if ASSETS.exists():
        routes.append(Mount("/assets", StaticFiles(directory=ASSETS)))
    else:
        logs.warning(
            "view: mathematics and code are shown as text: the page's assets are missing; `make assets` takes them"
        )
    return Guard(Starlette(routes=routes), token)


def _safe(place: str) -> str:
    """Where a form may lead: an address of this page alone."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/review"
