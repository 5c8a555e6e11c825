"""The report: what is planted comes out of it again, in all three forms."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from reading import rows
from report_forms import Forms, Table, read_forms
from teacher_server import TeacherServer, solve
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.curation.wording import words
from tracestill.pipeline.job import Job
from tracestill.pipeline.ledger import Ledger
from tracestill.pipeline.records import Review, Trace
from tracestill.pipeline.reporting import diversity
from tracestill.pipeline.reporting.charts import MAX_BARS
from tracestill.pipeline.reporting.shares import percentages
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.import_traces import import_traces
from tracestill.pipeline.stages.report import report
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.workspace import Workspace

Project = Callable[..., Path]
Answer = Callable[[dict[str, Any]], dict[str, Any]]

HOSTILE = "<script>alert('x')</script>|\"pears\" & `co` [link](javascript:1)"
TUNED, PLAIN = "HuggingFaceTB/SmolLM2-135M-Instruct", "HuggingFaceTB/SmolLM2-135M"
VERIFIERS: dict[str, dict[str, Any]] = {
    "truncation": {}, "refusal": {}, "format": {}, "length": {}, "repetition": {}, "step-arithmetic": {},
}  # fmt: skip
LOOP = "I count the red apples in the first basket and then the green pears in the second one, as before. "

PLANTED: dict[str, list[str]] = {
    TUNED: ["right"] * 9 + ["wrong"] * 4 + ["arithmetic"] * 2 + ["cut"] + ["refuses", "repeats", "fails"],
    PLAIN: ["right"] * 3 + ["wrong"] * 5 + ["arithmetic"] * 4 + ["cut"] * 3 + ["refuses"] * 2 + ["repeats", "fails"],
}
"""By model: what it does to the problem of a number, over and over."""
ENDS = {
    "wrong": "math-answer", "arithmetic": "step-arithmetic", "cut": "truncation", "refuses": "refusal",
    "repeats": "repetition",
}  # fmt: skip


def kind_of(model: str, number: int) -> str:
    return PLANTED[model][number % len(PLANTED[model])]


def planted_answer(body: dict[str, Any]) -> dict[str, Any]:
    """What the model does to the problem that it is asked."""
    number, one, other = map(int, re.findall(r"\d+", body["messages"][-1]["content"]))
    total = one + other
    right = f"{one} + {other} = {total}, so there are \\boxed{{{total}}}."
    return {
        "right": {"content": right, "completion_tokens": 10 + number},
        "wrong": {"content": f"{one} + {other + 1} = {total + 1}, so there are \\boxed{{{total + 1}}}."},
        "arithmetic": {"content": f"{one} + {other} = {total + 5}. No, there are \\boxed{{{total}}}."},
        "cut": {"content": f"There are {one} apples, which I", "finish_reason": "length"},
        "refuses": {"content": "I'm sorry, but I can't help with that."},
        "repeats": {"content": LOOP * 30 + right, "completion_tokens": 900},
        "fails": {"content": None},
    }[kind_of(body["model"], number)]


def baskets(path: Path, numbers: range, **columns: str) -> None:
    lines = [
        {
            "id": f"b{n}", "domain": "math", "answer": str(n * 3 + 9),
            "prompt": f"In basket {n} lie {n * 2 + 4} apples and {n + 5} pears. How many pieces of fruit are that?",
        } | columns
        for n in numbers
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def teachers(project: Project, teacher: TeacherServer, tmp_path: Path) -> Callable[..., Path]:
    """A configuration of two sources, two domains and two teachers, of which nobody's rate is another's."""

    def write(**changes: Any) -> Path:
        baskets(tmp_path / "apples.jsonl", range(61))
        baskets(tmp_path / "pears.jsonl", range(61, 90), source=HOSTILE)
        baskets(tmp_path / "open.jsonl", range(90, 97), source=HOSTILE, domain="open")
        problems = [{"path": f"{name}.jsonl", "source": name, "license": "own"} for name in ("apples", "pears", "open")]
        one = {
            "provider": "openai-chat", "base_url": teacher.url, "self_hosted": True,
            "prompts": {"math": "math-cot", "open": "open-cot"}, "sampling": {"k": 1, "max_tokens": 64},
            "limits": {"concurrency": 8}, "retries": {"max_attempts": 1},
            "price": {"input_per_mtok": 1, "output_per_mtok": 10},
        }  # fmt: skip
        verify = {
            "workers": 1, "math": VERIFIERS | {"math-answer": {}}, "open": VERIFIERS,
        }  # fmt: skip
        chosen = {
            "problems": problems, "verify": verify, "max_failed_share": 0.5,
            "teachers": [one | {"id": "tuned", "model": TUNED}, one | {"id": "plain", "model": PLAIN}],
        }  # fmt: skip
        config = project(teacher.url)
        config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | chosen | changes, sort_keys=False))
        return config

    teacher.answer = planted_answer
    return write


def run(config: Path, *stages: Callable[..., Any], sets: Sequence[str] = ()) -> Forms:
    """Runs stages in this process, and reads the report that the last of them should have written."""
    with start(open_plan(config, sets), Stop()) as job:
        for stage in stages:
            stage(job)
        report(job)
    return read_forms(config.parent / "ws/reports")


def table(tables: list[Table], *head: str) -> dict[str, dict[str, str]]:
    """The lines, by their first cell, of the table whose head holds these cells."""
    found = [one for one in tables if set(head) <= set(one[0])]
    assert len(found) == 1, (head, [one[0] for one in tables])
    return {line[0]: dict(zip(found[0][0][1:], line[1:], strict=True)) for line in found[0][1:]}


def planted_groups() -> dict[str, Counter[str]]:
    """How many traces of each group have which outcome; a rejection goes by its verifier."""
    groups: dict[str, Counter[str]] = {}
    for teacher, model in (("plain", PLAIN), ("tuned", TUNED)):
        for number in range(97):
            source, domain = "apples" if number < 61 else HOSTILE, "math" if number < 90 else "open"
            kind = kind_of(model, number)
            end = {"right": "accepted", "fails": "failed"}.get(kind) or ENDS[kind]
            # Nothing proves an answer to an open question, so what only its answer betrays is not found there.
            end = "undecided" if domain == "open" and kind in ("right", "wrong") else end
            for group in ("all", f"source: {source}", f"domain: {domain}", f"teacher: {teacher}"):
                groups.setdefault(group, Counter())[end] += 1
    return groups


def test_the_funnel_recovers_what_was_planted_in_each_group_and_form(teachers: Project) -> None:
    forms = run(teachers(), generate, filter_traces)
    planted = planted_groups()
    assert planted["all"].total() == 194
    assert len(set(planted["all"])) == 8, "every kind occurs"
    for tables in (forms.html_tables, forms.markdown_tables):
        counts = table(tables, "sampled", "accepted share")
        shares = table(tables, "rejected by math-answer")
        assert list(counts) == list(shares)
        assert sorted(counts) == sorted(planted)
        for group, ends in planted.items():
            rejected = sum(ends[name] for name in ENDS.values())
            line = counts[group]
            assert int(line["sampled"]) == ends.total()
            assert {name: int(line[name]) for name in ("accepted", "rejected", "undecided", "failed")} == {
                "accepted": ends["accepted"], "rejected": rejected, "undecided": ends["undecided"],
                "failed": ends["failed"],
            }  # fmt: skip
            assert sum(int(line[name]) for name in ("pending", "quarantined", "superseded")) == 0
            percent = {name.removeprefix("rejected by "): Decimal(share) for name, share in shares[group].items()}
            assert sum(percent.values()) == 100
            assert line["accepted share"] == f"{percent['accepted']}%"
            for end, share in percent.items():
                assert abs(share - Decimal(100 * ends[end]) / ends.total()) < Decimal("0.1"), (group, end)
    assert forms.html_tables == forms.markdown_tables


def test_the_machine_readable_form_has_the_same_numbers(teachers: Project) -> None:
    config = teachers()
    facts = run(config, generate, filter_traces).json
    assert facts["format"] == 1
    assert list(facts["groups"]) == ["source", "domain", "teacher"]
    found = {f"{grouping}: {one['group']}": one for grouping, many in facts["groups"].items() for one in many}
    assert found.keys() | {"all"} == planted_groups().keys()
    for group, ends in planted_groups().items():
        one = found.get(group, facts["total"])
        assert one["sampled"] == ends.total() == sum(one["outcomes"].values())
        assert sum(one["percent"].values()) == 100
        assert one["percent"]["rejected"] == sum(by["percent"] for by in one["rejected_by"].values())
        assert {name: by["traces"] for name, by in one["rejected_by"].items()} == {
            name: ends[name] for name in ENDS.values()
        }
        assert one["outcomes"]["accepted"] == ends["accepted"]
    # Not by the report's own way: straight from the ledger.
    asked = "SELECT teacher_id, count(*) AS n FROM outcomes WHERE outcome = 'accepted' GROUP BY ALL ORDER BY ALL"
    assert [row["n"] for row in rows(config, asked)] == [
        one["outcomes"]["accepted"] for one in facts["groups"]["teacher"]
    ]


def test_what_is_superseded_pending_quarantined_and_reviewed_is_in_the_sum(
    teachers: Project, teacher: TeacherServer
) -> None:
    config = teachers()
    run(config, generate, filter_traces)
    cut = sum(kind_of(model, number) == "cut" for model in PLANTED for number in range(97))
    teacher.answer = lambda body: planted_answer(body) | {"finish_reason": "stop"}
    longer = ["teachers.0.sampling.max_tokens=128", "teachers.1.sampling.max_tokens=128"]
    facts = run(config, generate, sets=longer).json["total"]
    assert (facts["outcomes"]["superseded"], facts["outcomes"]["pending"]) == (cut, cut)
    assert facts["sampled"] == 194 + cut
    accepted = rows(config, "SELECT trace_id FROM outcomes WHERE outcome = 'accepted' ORDER BY ALL", *longer)
    reviews = [
        Review(review_id=row["trace_id"], trace_id=row["trace_id"], reviewer="ann", verdict="reject", note="",
               created_at="2026-01-01T00:00:00") for row in accepted[:3]
    ]  # fmt: skip
    with Ledger(Workspace.open(config.parent / "ws")) as ledger:
        ledger.append("reviews", *reviews)
    forms = run(config, sets=longer)
    assert forms.json["total"]["rejected_by"]["review"]["traces"] == 3
    assert forms.json["total"]["outcomes"]["accepted"] == len(accepted) - 3
    teacher.served_model = "another-model"
    with pytest.raises(Exception, match="another-model"):
        run(config, generate, sets=[*longer, "teachers.0.sampling.k=2"])
    forms = run(config, sets=[*longer, "teachers.0.sampling.k=2"])
    quarantined = forms.json["total"]["outcomes"]["quarantined"]
    assert quarantined > 0
    for one in [forms.json["total"], *(one for many in forms.json["groups"].values() for one in many)]:
        assert one["sampled"] == sum(one["outcomes"].values())
        assert sum(one["percent"].values()) == 100
    for tables in (forms.html_tables, forms.markdown_tables):
        for shares in table(tables, "rejected by review").values():
            assert sum(map(Decimal, shares.values())) == 100


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_percentages_sum_to_100_and_each_is_within_a_tenth(counts: list[int]) -> None:
    shares = percentages(counts)
    printed = [Decimal(f"{share:.1f}") for share in shares]
    assert sum(printed) == (100 if sum(counts) else 0)
    for count, share in zip(counts, printed, strict=True):
        assert share >= 0
        assert count or not share
        assert not sum(counts) or abs(share - Decimal(100 * count) / sum(counts)) < Decimal("0.1")


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([1, 1, 1], [33.3, 33.3, 33.4]), ([2, 1], [66.7, 33.3]), ([1, 0, 1999], [0.0, 0.0, 100.0]), ([0, 0], [0.0, 0.0])],
)
def test_the_largest_remainder_is_rounded_up(counts: list[int], shares: list[float]) -> None:
    assert percentages(counts) == shares


def test_hostile_names_stay_text_in_page_and_table(teachers: Project) -> None:
    forms = run(teachers(), generate, filter_traces)
    assert "<script" not in forms.html
    assert "<script" not in forms.markdown
    assert f"source: {HOSTILE}" in table(forms.html_tables, "sampled", "accepted share")
    assert f"source: {HOSTILE}" in table(forms.markdown_tables, "sampled", "accepted share")
    assert forms.json["groups"]["source"][0]["group"] == HOSTILE
    (bars, *_) = forms.charts
    assert any(title.text == f"source: {HOSTILE}: 72 sampled" for title in bars.iter("title"))


def test_charts_need_nothing_but_the_page_and_say_what_they_show(teachers: Project) -> None:
    forms = run(teachers(), generate, filter_traces)
    assert len(forms.charts) == 3
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in forms.html
    assert not re.search(r"<(script|link|img|iframe|object|use)\b|\bon\w+=|url\(|@import|https?:", forms.html.lower())
    assert "prefers-color-scheme: dark" in forms.html
    ids = re.findall(r'\bid="([^"]+)"', forms.html)
    assert len(ids) == len(set(ids))
    styles = re.findall(r"\.([\w-]+)[^{}]*\{[^}]*fill: #", forms.html)
    for chart in forms.charts:
        assert chart.get("role") == "img"
        title, description = chart[0], chart[1]
        assert [title.tag, description.tag] == ["title", "desc"]
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text
        assert description.text
        assert not any("style" in part.attrib for part in chart.iter())
        _, _, width, height = map(float, chart.get("viewBox", "").split())
        boxes = list(chart.iter("rect"))
        assert boxes
        for box in boxes:
            x, y, w, h = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
            assert 0 <= x <= x + w <= width + 0.05
            assert 0 <= y <= y + h <= height
            assert box.get("class") in styles


def test_the_parts_of_a_bar_are_as_wide_as_their_shares(teachers: Project) -> None:
    forms = run(teachers(), generate, filter_traces)
    (bars, *_) = forms.charts
    whole = 760 - 170
    found = {(title.text or ""): float(box.get("width", "nan"))
             for title, box in ((part.find("title"), part.find("rect")) for part in bars.iter("g"))
             if title is not None and box is not None and box.get("y") == "3.0"}  # fmt: skip
    planted = planted_groups()["all"]
    widths = {re.sub(r": .*", "", name).removeprefix("rejected by "): width for name, width in found.items()}
    assert widths == pytest.approx({name: whole * count / 194 for name, count in planted.items()}, abs=0.01)


def test_more_groups_than_a_chart_holds_are_named_as_left_off(project: Project, teacher: TeacherServer) -> None:
    config = project(teacher.url, problems=0, k=1)
    lines = [{"id": f"p{n}", "prompt": f"What is {n} + 1?", "answer": str(n + 1), "source": f"s{n}"} for n in range(60)]
    (config.parent / "problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    forms = run(config, generate, filter_traces)
    assert f"{63 - MAX_BARS} more groups are in the tables." in forms.html
    assert len(table(forms.html_tables, "sampled", "accepted share")) == 63


# Lengths and pass rates.


def test_lengths_of_accepted_and_rejected_traces_fall_into_powers_of_two(teachers: Project) -> None:
    forms = run(teachers(), generate, filter_traces)
    accepted = [10 + n for model in PLANTED for n in range(90) if kind_of(model, n) == "right"]
    rejected = [900 if kind_of(model, n) == "repeats" else 20 for model in PLANTED for n in range(97)
                if kind_of(model, n) in ENDS and not (n >= 90 and kind_of(model, n) == "wrong")]  # fmt: skip
    bins = {(one["least"], one["most"]): (one["accepted"], one["rejected"]) for one in forms.json["lengths"]["bins"]}
    assert list(bins) == [(8, 15), (16, 31), (32, 63), (64, 127), (128, 255), (256, 511), (512, 1023)]
    for (least, most), counts in bins.items():
        within = [sum(least <= tokens <= most for tokens in some) for some in (accepted, rejected)]
        assert counts == tuple(within), (least, most)
    for tables in (forms.html_tables, forms.markdown_tables):
        shown = {tuple(map(int, name.split(" to "))): (int(line["accepted"]), int(line["rejected"]))
                 for name, line in table(tables, "tokens", "accepted").items()}  # fmt: skip
        assert shown == bins


def test_what_nobody_counted_is_measured_by_a_quarter_of_its_characters(
    project: Project, teacher: TeacherServer
) -> None:
    config = project(teacher.url, verify={"workers": 1, "math": {"math-answer": {}}})
    right, wrong = "two and two " * 20 + "\\boxed{4}", "\\boxed{5}" + " or not" * 200
    (config.parent / "r.jsonl").write_text(
        json.dumps({"problem": "What is 2 + 2?", "answer": "4", "uuid": "u1", "generations": [right, wrong]}) + "\n"
    )

    def take_in(job: Job) -> None:
        import_traces(job, config.parent / "r.jsonl", None, "openr1")

    forms = run(config, take_in, filter_traces)
    assert rows(config, "SELECT DISTINCT completion_tokens FROM traces") == [{"completion_tokens": None}]
    assert (len(right) // 4, len(wrong) // 4) == (62, 352)
    found = [(one["least"], one["accepted"], one["rejected"]) for one in forms.json["lengths"]["bins"]]
    assert found == [(32, 1, 0), (64, 0, 0), (128, 0, 0), (256, 0, 1)]


def test_pass_rates_have_never_and_always_apart(project: Project, teacher: TeacherServer) -> None:
    config = project(teacher.url, problems=11, k=10)
    asked: Counter[int] = Counter()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        number = int(re.findall(r"\d+", body["messages"][-1]["content"])[0])
        asked[number] += 1
        return solve(body) if asked[number] <= number else {"content": "I guess \\boxed{-1}."}

    teacher.answer = answer
    forms = run(config, generate, filter_traces)
    rates = forms.json["pass_rates"]
    assert (rates["never"], rates["always"], rates["unjudged"]) == (1, 1, 0)
    assert [one["problems"] for one in rates["bins"]] == [0, *[1] * 9]
    assert [(one["least"], one["below"]) for one in rates["bins"]] == [
        (Decimal(tenth) / 10, Decimal(tenth + 1) / 10) for tenth in range(10)
    ]
    for tables in (forms.html_tables, forms.markdown_tables):
        shown = table(tables, "pass rate", "problems")
        assert shown["exactly 0"] == shown["exactly 1"] == shown["from 0.9 to below 1.0"] == {"problems": "1"}
        assert shown["above 0.0 to below 0.1"] == {"problems": "0"}
        assert sum(int(line["problems"]) for line in shown.values()) == 11
    assert (forms.json["total"]["problems"], forms.json["total"]["problems_solved"]) == (11, 10)


def test_a_pass_rate_counts_what_is_undecided_and_not_what_failed_or_is_pending(
    project: Project, teacher: TeacherServer
) -> None:
    config = project(teacher.url, problems=3, k=4, max_failed_share=1)
    asked: Counter[int] = Counter()
    answers = ["right", "right", "fails", "refuses"]

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        number = int(re.findall(r"\d+", body["messages"][-1]["content"])[0])
        asked[number] += 1
        kind = answers[(asked[number] - 1) % 4] if number else "fails"
        return {"fails": {"content": None}, "refuses": {"content": "I cannot help with that."}}.get(kind) or solve(body)

    teacher.answer = answer
    once = ["teachers.0.retries.max_attempts=1"]
    rates = run(config, generate, filter_traces, sets=once).json["pass_rates"]
    # Two of three that did not fail; the first problem has none that did not.
    assert [one["problems"] for one in rates["bins"]] == [0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
    assert (rates["never"], rates["always"], rates["unjudged"]) == (0, 0, 1)
    more = [*once, "teachers.0.sampling.k=5"]
    assert run(config, generate, sets=more).json["pass_rates"] == rates, "what is pending says nothing yet"
    # Without anything that proves an answer, what passed before is undecided.
    unproven = [*more, "verify.math={refusal: {}}"]
    forms = run(config, filter_traces, sets=unproven)
    assert forms.json["total"]["outcomes"]["undecided"] == 6
    assert forms.json["pass_rates"]["never"] == 2
    asked_for = "SELECT min(trace_id) AS trace_id FROM outcomes WHERE outcome = 'undecided'"
    (one,) = rows(config, asked_for, *unproven)
    review = Review(
        review_id="r", trace_id=one["trace_id"], reviewer="ann", verdict="accept", note="", created_at="2026-01-01"
    )
    with Ledger(Workspace.open(config.parent / "ws")) as ledger:
        ledger.append("reviews", review)
    rates = run(config, sets=unproven).json["pass_rates"]
    assert [one["problems"] for one in rates["bins"]] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0], "one of four"


# From accepted traces to examples.


def test_what_curation_left_out_follows_acceptance(teachers: Project) -> None:
    config = teachers(select={"per_problem": 1, "duplicates": {"problems": None, "traces": None}})
    forms = run(config, generate, filter_traces)
    assert forms.json["curation"] is None
    assert "Nothing has been curated yet" in forms.html
    forms = run(config, curate)
    accepted = Counter(n for model in PLANTED for n in range(90) if kind_of(model, n) == "right")
    twice = sum(count == 2 for count in accepted.values())
    assert twice > 3
    assert forms.json["curation"] == {
        "examples": len(accepted), "unproven": {}, "accepted": accepted.total(), "left": {"duplicate": twice},
        "current": True,
    }  # fmt: skip
    for tables in (forms.html_tables, forms.markdown_tables):
        assert table(tables, "left out as") == {"duplicate": {"traces": str(twice)}}
        steps = table(tables, "problems asked")
        assert steps["all"]["problems asked"] == "97"
        assert (
            steps["all"]["solved"]
            == steps["all"]["examples"]
            == steps["all"]["problems with one"]
            == str(len(accepted))
        )
        assert sum(int(steps[f"teacher: {name}"]["examples"]) for name in ("tuned", "plain")) == len(accepted)
    assert "run curate again" not in forms.html + forms.markdown


def test_a_selection_that_no_longer_fits_what_is_accepted_says_so(project: Project, teacher: TeacherServer) -> None:
    config = project(teacher.url, problems=4, k=1)
    run(config, generate, filter_traces, curate)
    more = ["teachers.0.sampling.k=2"]
    forms = run(config, generate, filter_traces, sets=more)
    assert (forms.json["curation"]["current"], forms.json["curation"]["accepted"]) == (False, 4)
    assert "run curate again" in forms.html
    assert "run curate again" in forms.markdown
    assert run(config, curate, sets=more).json["curation"]["current"] is True
    (config.parent / "ws/reports/curation.json").unlink()
    forms = run(config, sets=more)
    assert (forms.json["curation"]["left"], forms.json["curation"]["examples"]) == (None, 4)
    assert "is not on record" in forms.markdown
    # As many accepted traces as before, but one of the examples is none of them any more.
    run(config, curate, sets=more)
    (chosen,) = rows(config, "SELECT min(trace_id) AS trace_id FROM examples", *more)
    review = Review(
        review_id="r", trace_id=chosen["trace_id"], reviewer="ann", verdict="reject", note="", created_at="2026-01-01"
    )
    with Ledger(Workspace.open(config.parent / "ws")) as ledger:
        ledger.append("reviews", review)
    assert run(config, sets=more).json["curation"]["current"] is False


# Cost.


def ask_for(config: Path, purpose: str, **columns: Any) -> None:
    """Puts a completion with another purpose on record, as it is kept of a teacher that answered."""
    workspace = Workspace.open(config.parent / "ws")
    (first,) = rows(config, "SELECT * FROM traces ORDER BY trace_id LIMIT 1")
    number = len(rows(config, "SELECT trace_id FROM traces"))
    other = {"trace_id": f"of-{purpose}-{number}", "slot_id": f"{number}", "recipe_id": purpose, "purpose": purpose}
    with Ledger(workspace) as ledger:
        ledger.append("traces", msgspec.convert(first | {"created_at": "2026-01-01T00:00:00"} | other | columns, Trace))


def test_a_judge_s_cost_stands_by_itself_and_in_the_cost_of_an_accepted_trace(
    project: Project, teacher: TeacherServer, edit: Callable[..., None]
) -> None:
    config = project(teacher.url, problems=4, k=1)
    edit(config, price={"input_per_mtok": 1, "output_per_mtok": 10})
    teacher.answer = lambda body: {"content": "It is \\boxed{2}."}  # right for one of the four
    run(config, generate, filter_traces)
    ask_for(config, "judge", prompt_tokens=700, completion_tokens=90, cost_usd=0.5)
    ask_for(config, "rewrite", prompt_tokens=7, completion_tokens=9, cost_usd=0.25)
    ask_for(config, "eval", prompt_tokens=1000, completion_tokens=2000, cost_usd=9.0)
    forms = run(config)
    cost = json.loads(json.dumps(forms.json["cost"], default=float))
    each = 40 * 1e-6 + 20 * 1e-5
    assert cost["by_purpose"] == {
        "train": {
            "traces": 4,
            "prompt_tokens": 160,
            "completion_tokens": 80,
            "usd": pytest.approx(4 * each),
            "unpriced": 0,
        },
        "judge": {"traces": 1, "prompt_tokens": 700, "completion_tokens": 90, "usd": 0.5, "unpriced": 0},
        "rewrite": {"traces": 1, "prompt_tokens": 7, "completion_tokens": 9, "usd": 0.25, "unpriced": 0},
        "eval": {"traces": 1, "prompt_tokens": 1000, "completion_tokens": 2000, "usd": 9.0, "unpriced": 0},
    }
    assert cost["per_accepted"] == {"usd": pytest.approx(4 * each), "completion_tokens": 80, "unpriced": 0}
    assert cost["per_accepted_in_all"] == {
        "usd": pytest.approx(4 * each + 0.75), "completion_tokens": 179, "unpriced": 0,
    }  # fmt: skip
    ask_for(config, "judge", completion_tokens=0, cost_usd=None)
    forms = run(config)
    for tables in (forms.html_tables, forms.markdown_tables):
        assert table(tables, "for")["judge"]["of unknown price"] == "1"
        by_kind = table(tables, "per accepted trace")
        assert by_kind["sampling alone"]["USD"] == f"{4 * each:.6f}"
        assert by_kind["with judges and rewriters"]["USD"] == f"at least {4 * each + 0.75:.6f}"


# Diversity.


def test_distinct_n_and_clusters_are_those_of_the_texts(project: Project, teacher: TeacherServer) -> None:
    config = project(teacher.url, problems=0, k=1, verify={"workers": 1, "math": {"math-answer": {}}})
    prompts = {
        "a": "Ann has a garden with nine red roses and seven white ones. How many roses are that?",
        "b": "Ann has a garden with nine red roses and seven white ones in it. How many roses are that?",
        "c": "A farmer owns nine cows, and his brother seven. How many cows do both own?",
        "d": "Of two ships one carries nine boats and the other seven. How many boats are carried?",
    }
    texts = {
        "a": "one two three four five six seven eight nine ten and so on until \\boxed{16}",
        "b": "one two three four five six seven eight nine ten and then again until \\boxed{16}",
        "c": "alpha beta gamma delta epsilon zeta eta theta iota kappa and so on until \\boxed{16}",
        "d": "\\boxed{16}",
    }
    lines = [{"id": name, "prompt": prompt, "answer": "16"} for name, prompt in prompts.items()]
    (config.parent / "problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    teacher.answer = lambda body: {
        "content": next(texts[name] for name, prompt in prompts.items() if prompt in body["messages"][-1]["content"])
    }
    found = run(config, generate, filter_traces, curate).json["diversity"]
    accepted = found["accepted"]
    assert (accepted["traces"], accepted["sampled"], accepted["problems"]) == (4, 4, 4)
    assert accepted["problem_clusters"] == 3, "a and b are the same problem to curation"
    assert accepted["opening_clusters"] == 3, "a and b begin alike"
    assert found["examples"]["traces"] == 3
    assert found["examples"]["problem_clusters"] == 3
    # By hand, from the words as curation reads them.
    read = [words(text) for text in texts.values()]
    assert accepted["words"] == sum(map(len, read))
    for n in range(1, 5):
        runs = [tuple(text[at : at + n]) for text in read for at in range(len(text) - n + 1)]
        assert float(accepted["distinct"][str(n)]) == pytest.approx(len(set(runs)) / len(runs))


def test_a_large_corpus_is_looked_at_in_a_sample_that_is_always_the_same(
    project: Project, teacher: TeacherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project(teacher.url, problems=12, k=2)
    whole = run(config, generate, filter_traces).json["diversity"]["accepted"]
    assert (whole["traces"], whole["sampled"]) == (24, 24)
    monkeypatch.setattr(diversity, "SAMPLE", 5)
    forms = run(config)
    sampled = forms.json["diversity"]["accepted"]
    assert (sampled["traces"], sampled["sampled"]) == (24, 5)
    assert sampled["words"] < whole["words"]
    assert run(config).json == forms.json
    for tables in (forms.html_tables, forms.markdown_tables):
        assert table(tables, "looked at")["accepted"]["looked at"] == "5"


# The whole.


def test_a_report_on_nothing_says_so(project: Project) -> None:
    forms = run(project())
    assert forms.json["total"]["sampled"] == 0
    assert forms.json["cost"]["per_accepted"] is None
    assert "No trace is accepted yet" in forms.html
    assert "No trace is accepted yet" in forms.markdown


def test_the_same_ledger_gives_the_same_report(teachers: Project) -> None:
    config = teachers()
    first = run(config, generate, filter_traces, curate)
    again = run(config)
    assert (again.html, again.markdown, again.json) == (first.html, first.markdown, first.json)


def test_every_key_of_the_machine_readable_form_is_documented(teachers: Project) -> None:
    facts = run(teachers(), generate, filter_traces, curate).json
    page = (Path(__file__).parents[2] / "docs/report.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(\w+)`", page))
    assert set(facts) <= documented
    shapes = ("total", "lengths", "pass_rates", "curation", "cost", "outside")
    nested = {key for shape in shapes for key in facts[shape]}
    nested |= set(facts["lengths"]["bins"][0]) | set(facts["pass_rates"]["bins"][0])
    nested |= set(facts["diversity"]["accepted"]) | set(facts["cost"]["by_purpose"]["train"])
    nested |= set(facts["cost"]["per_accepted"]) | set(facts["verifiers"][0]) | set(facts["reasons"][0])
    assert nested <= documented
