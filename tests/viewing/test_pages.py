"""The page over HTTP: what it shows, who may ask, and what a review does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from reading import rows

Serve = Callable[..., str]


class Answer:
    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text


def ask(address: str, path: str = "/", form: dict[str, str] | None = None, **headers: str) -> Answer:
    """One request as it goes over the wire; nothing is followed."""
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None
    if form is not None:
        body = urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if form is None else "POST", path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)


def form_of(address: str, trace_id: str, **fields: str) -> dict[str, str]:
    """The review form of a trace as the page has it, filled in."""
    page = ask(address, f"/review?outcome=any&trace={trace_id}").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {**{name: hidden[name] for name in ("secret", "trace", "seen")}, "by": "Ada", "next": "/review", **fields}


def one_trace(config: Path, where: str = "true") -> str:
    return rows(config, f"SELECT trace_id FROM outcomes WHERE {where} ORDER BY trace_id LIMIT 1")[0]["trace_id"]


def outcome(config: Path, trace_id: str) -> tuple[str, str]:
    row = rows(config, f"SELECT outcome, reason FROM outcomes WHERE trace_id = '{trace_id}'")[0]
    return row["outcome"], row["reason"]


def test_every_page_is_there_and_binds_the_browser(hostile_project: Path, serve: Serve) -> None:
    address = serve(hostile_project)
    trace = one_trace(hostile_project)
    other = rows(hostile_project, f"SELECT trace_id FROM traces WHERE trace_id > '{trace}' LIMIT 1")[0]["trace_id"]
    paths = ["/", "/live", "/problems", "/problems?outcome=accepted&sort=hardest&q=What", "/problems/p0", "/review",
             f"/review?outcome=any&trace={trace}", f"/traces/{trace}/text", f"/compare?a={trace}&b={other}",
             "/static/page.css"]  # fmt: skip
    for path in paths:
        answer = ask(address, path)
        assert answer.status == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy or policy.startswith("sandbox")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(address, f"/traces/{trace}").headers["location"].endswith(f"#t-{trace}")
    assert ask(address, "/problems/none").status == 404
    assert ask(address, "/traces/none").status == 404


def test_nothing_that_a_model_wrote_is_markup(hostile_project: Path, serve: Serve) -> None:
    address = serve(hostile_project)
    ids = [row["problem_id"] for row in rows(hostile_project, "SELECT problem_id FROM problems")]
    for path in ["/", "/problems", *(f"/problems/{quote(one, safe='')}" for one in ids)]:
        page = ask(address, path)
        assert page.status == 200, path
        assert not re.search(r"<script(?! src=\"/(static|assets)/)", page.text), path
        assert "<iframe" not in page.text
        assert "<b>" not in page.text
        assert "49" not in re.findall(r"\{\{ 7 \* 7 \}\}|\b49\b", page.text)
        assert len(page.text) < 400_000, "a long text is cut"
    long = one_trace(hostile_project, "problem_id = 'p8'")
    assert len(ask(address, f"/traces/{long}/text").text) > 5_000_000


def test_the_overview_counts_as_the_report_does(hostile_project: Path, serve: Serve) -> None:
    page = ask(serve(hostile_project), "/").text
    counts = rows(hostile_project, "SELECT count(*) AS n, count(*) FILTER (outcome = 'accepted') AS a FROM outcomes")[0]
    assert re.search(rf"<dt>sampled</dt><dd>{counts['n']}</dd>", page)
    assert re.search(rf"<dt>accepted</dt><dd>{counts['a']} ", page)


def test_a_list_is_narrowed_searched_and_sorted_by_its_address(hostile_project: Path, serve: Serve) -> None:
    address = serve(hostile_project)

    def prompts(query: str) -> list[str]:
        return re.findall(r'class="prompt"[^>]*>([^<]*)', ask(address, f"/problems?{query}").text)

    assert len(prompts("")) == 10
    assert len(prompts("q=what+is+7")) == 1
    assert prompts("outcome=failed") == []
    assert len(prompts("teacher=local&domain=math")) == 10
    assert len(prompts("source=%3Cb%3Esums%3C%2Fb%3E")) == 10
    assert ask(address, "/problems?page=99&sort=nonsense").status == 200


def test_a_review_is_put_on_record_and_taken_back(project_copy: Path, serve: Serve) -> None:
    address = serve(project_copy)
    trace = one_trace(project_copy, "outcome = 'accepted'")
    answer = ask(address, "/reviews", form_of(address, trace, verdict="reject", note="wrong <b>step</b>"))
    assert (answer.status, answer.headers["location"]) == (303, "/review")
    assert outcome(project_copy, trace) == ("rejected", "review by Ada")
    answer = ask(address, "/reviews", form_of(address, trace, verdict="withdraw"))
    assert answer.status == 303, answer.text
    assert outcome(project_copy, trace)[0] == "accepted"
    said = rows(project_copy, "SELECT verdict, note FROM reviews ORDER BY created_at")
    assert said == [{"verdict": "reject", "note": "wrong <b>step</b>"}, {"verdict": "withdraw", "note": ""}]


def test_two_reviewers_do_not_overwrite_each_other(project_copy: Path, serve: Serve) -> None:
    address = serve(project_copy)
    trace = one_trace(project_copy, "outcome = 'accepted'")
    mine = form_of(address, trace, verdict="accept", by="Grace")
    assert ask(address, "/reviews", form_of(address, trace, verdict="reject", note="no")).status == 303
    conflict = ask(address, "/reviews", mine)
    assert conflict.status == 409
    assert "Ada has said reject meanwhile" in conflict.text
    assert outcome(project_copy, trace) == ("rejected", "review by Ada")
    seen = re.search(r'name="seen" value="([^"]+)"', conflict.text)
    assert seen is not None
    assert ask(address, "/reviews", mine | {"seen": seen[1]}).status == 303
    assert outcome(project_copy, trace) == ("accepted", "review by Grace")
    withdrawn = form_of(address, trace, verdict="withdraw", by="Grace", seen=seen[1])
    assert ask(address, "/reviews", withdrawn).status == 303
    assert outcome(project_copy, trace) == ("rejected", "review by Ada"), "only her own word is taken back"


def test_a_change_comes_from_a_page_of_ours(project_copy: Path, serve: Serve) -> None:
    address = serve(project_copy)
    trace = one_trace(project_copy)
    form = form_of(address, trace, verdict="reject")
    assert ask(address, "/reviews", form, Origin="http://evil.example").status == 403
    assert ask(address, "/reviews", form, Sec_Fetch_Site="cross-site").status == 403
    assert ask(address, "/reviews", form | {"secret": "guess"}).status == 403
    assert ask(address, "/reviews").status == 405, "looking changes nothing"
    assert ask(address, "/", Host="evil.example").status == 421, "no other name leads here"
    assert ask(address, "/reviews", form | {"verdict": "delete"}).status == 400
    assert ask(address, "/reviews", form | {"by": " "}).status == 400
    assert ask(address, "/reviews", form | {"note": "x" * 200_000}).status == 413
    assert rows(project_copy, "SELECT count(*) AS n FROM reviews") == [{"n": 0}]
    away = ask(address, "/reviews", form | {"next": "//evil.example"})
    assert away.headers["location"] == "/review"


def test_read_only_takes_no_review(hostile_project: Path, serve: Serve) -> None:
    address = serve(hostile_project, "--read-only")
    form = form_of(address, one_trace(hostile_project), verdict="reject")
    assert ask(address, "/reviews", form).status == 403


def test_beyond_this_machine_a_token_is_asked_for(hostile_project: Path, tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "token").write_text("let-me-in\n")
    command = [
        sys.executable,
        "-m",
        "tracestill",
        "view",
        "-c",
        str(hostile_project),
        "--host",
        "0.0.0.0",
        "--port",
        "0",
    ]

    environment = os.environ | {"TRACESTILL_VIEW_TOKEN_FILE": str(tmp_path / "token")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().strip()).port
        address = f"http://127.0.0.1:{port}"
        assert ask(address, "/").status == 401
        assert ask(address, "/?token=guess").status == 401
        welcome = ask(address, "/problems?token=let-me-in&q=x")
        assert (welcome.status, welcome.headers["location"]) == (303, "/problems?q=x")
        cookie = welcome.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert ask(address, "/", Cookie=cookie.partition(";")[0]).status == 200
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "/problems" not in said, "requests are not logged, nor the token with them"


def test_a_workspace_that_grows_is_followed(project_copy: Path, serve: Serve) -> None:
    address = serve(project_copy)
    trace = one_trace(project_copy, "outcome = 'accepted'")
    done = subprocess.run(
        [sys.executable, "-m", "tracestill", "review", trace, "reject", "--by", "Bob", "-c", str(project_copy)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    deadline = time.monotonic() + 20
    while "review by Bob" not in ask(address, f"/review?outcome=any&trace={trace}").text:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_what_is_wrong_is_said_before_anything_is_served(hostile_project: Path, tmp_path: Path, serve: Serve) -> None:
    port = urlsplit(serve(hostile_project)).port
    command = [sys.executable, "-m", "tracestill", "view", "-c", str(hostile_project), "--port", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "--port 0 takes a free one" in done.stderr) == (2, True)
