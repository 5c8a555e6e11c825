"""The page in a real browser: hostile traces do nothing, keys work, mathematics is drawn, nobody is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from reading import rows

Serve = Callable[..., str]

VIEWING = Path(__file__).parents[2] / "pipeline/viewing"
pytestmark = pytest.mark.filterwarnings("default")  # playwright's own threads


class Visit:
    """One visitor, who notes whatever goes wrong."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.address = address
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.elsewhere: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", self._note_request)
        self.page.on("dialog", self._note_dialog)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def _note_request(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc and not request.url.startswith("data:"):
            self.elsewhere.append(request.url)

    def _note_dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, path: str) -> Any:
        self.page.goto(self.address + path)
        return self.page

    def is_unharmed(self) -> bool:
        return not self.elsewhere and not self.faults and self.page.evaluate("window.hacked === undefined")


@pytest.fixture
def visit(browser: Any, serve: Serve, project_copy: Path) -> Any:
    visitor = Visit(browser, serve(project_copy))
    yield visitor
    visitor.context.close()


def test_hostile_traces_do_nothing(visit: Visit, project_copy: Path) -> None:
    ids = [row["problem_id"] for row in rows(project_copy, "SELECT problem_id FROM problems ORDER BY problem_id")]
    for path in ["/", "/problems", "/review?outcome=any", *(f"/problems/{quote(one, safe='')}" for one in ids)]:
        page = visit.go(path)
        page.keyboard.press("e")
        page.wait_for_timeout(150)
        assert visit.is_unharmed(), (path, visit.faults, visit.elsewhere)
        assert page.evaluate("document.querySelectorAll('iframe, object, embed, a[href^=javascript]').length") == 0
        began = page.evaluate("performance.now()")
        page.evaluate("document.body.getBoundingClientRect()")
        assert page.evaluate("performance.now()") - began < 2000, "the page still answers"


def test_mathematics_and_code_are_drawn(visit: Visit) -> None:
    page = visit.go("/problems/p9")
    page.wait_for_selector(".trace .katex")
    assert page.locator(".trace").first.locator(".katex-html").count() >= 2
    assert page.locator(".trace pre code span.hljs-comment").first.text_content() == "# one"
    assert visit.is_unharmed(), visit.faults


def test_a_review_by_keys_goes_on_to_the_next_and_can_be_taken_back(visit: Visit, project_copy: Path) -> None:
    page = visit.go("/review?outcome=accepted")
    first = page.locator("input[name=trace]").get_attribute("value")
    page.fill("input[name=by]", "Ada")
    page.locator("h1").click()
    page.keyboard.press("t")
    page.keyboard.type("too short")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("r")
    second = page.locator("input[name=trace]").get_attribute("value")
    assert second != first
    assert page.locator("input[name=by]").input_value() == "Ada", "the name is kept"
    found = rows(project_copy, f"SELECT outcome, reason FROM outcomes WHERE trace_id = '{first}'")
    assert found == [{"outcome": "rejected", "reason": "review by Ada"}]
    with page.expect_navigation():
        page.keyboard.press("p")
    assert page.locator("input[name=trace]").get_attribute("value") == first
    with page.expect_navigation():
        page.keyboard.press("u")
    found = rows(project_copy, f"SELECT outcome FROM outcomes WHERE trace_id = '{first}'")
    assert found == [{"outcome": "accepted"}]
    assert visit.is_unharmed(), visit.faults


def test_two_traces_are_compared(visit: Visit) -> None:
    page = visit.go("/problems/p9")
    boxes = page.locator("[data-compare]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    with page.expect_navigation():
        page.click("text=Compare")
    assert page.locator("pre.difference").count() == 1
    assert visit.is_unharmed(), visit.faults


def test_keys_lead_around_and_the_scheme_stays(visit: Visit) -> None:
    page = visit.go("/")
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("p")
    assert urlsplit(page.url).path == "/problems"
    page.keyboard.press("j")
    assert page.locator(".item.here").count() == 1
    page.keyboard.press("/")
    page.keyboard.type("What is 7")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".item").count() == 1
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    page.click("[data-do=scheme]")
    chosen = page.evaluate("document.documentElement.dataset.scheme")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.scheme") == chosen
    assert visit.is_unharmed(), visit.faults


@pytest.mark.parametrize(("scheme", "width"), [("dark", 400), ("light", 2000)])
def test_everybody_can_read_it(browser: Any, serve: Serve, hostile_project: Path, scheme: str, width: int) -> None:
    """axe finds nothing serious, and nothing is wider than the window."""
    address = serve(hostile_project)
    visitor = Visit(browser, address, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    for path in ("/", "/problems", "/problems/p9", "/review?outcome=any"):
        page = visitor.go(path)
        page.add_script_tag(path=str(VIEWING / "assets-for-tests/axe.min.js"))
        found = page.evaluate("axe.run()")["violations"]
        serious = [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path
    visitor.context.close()
