"""What becomes of a trace, from whatever verdicts the ledger has of it: the views against the rule in Python."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tracestill.pipeline.corpus import Corpus
from tracestill.pipeline.ledger import Ledger
from tracestill.pipeline.records import Outcome, Problem, StoredProblem, Trace, Verdict
from tracestill.pipeline.view import RequiredVerifier, View
from tracestill.pipeline.workspace import Workspace

WHEN = "2026-01-02T03:04:05.000006"
PROBLEM = Problem(problem_id="p", domain="math", prompt="What is 6 times 7?", answer="42")
NULLABLE = {"served_model", "temperature", "top_p", "seed", "reasoning", "reasoning_source", "prompt_tokens",
            "completion_tokens", "reasoning_tokens", "cost_usd", "latency_s", "request_id", "error", "error_detail",
            "quarantine"}  # fmt: skip


class Asked(NamedTuple):
    """A verifier of the configuration."""

    required: bool
    proves: bool


class Given(NamedTuple):
    """The verdicts of one verifier on the trace, each an attempt."""

    errors: int
    end: Outcome | None
    stale: bool


given_verdicts = st.builds(
    Given, st.integers(0, 2), st.sampled_from([None, "pass", "pass", "fail", "undecided"]), st.booleans()
)
verifiers = st.lists(st.tuples(st.builds(Asked, st.booleans(), st.booleans()), given_verdicts), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(verifiers)
def test_the_outcome_follows_from_the_verdicts(cases: list[tuple[Asked, Given]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder))
        with Ledger(workspace) as ledger:
            _fill(ledger, cases)
        with Corpus(workspace, View(_required(cases))) as corpus:
            assert corpus.answer("SELECT outcome, reason FROM outcomes") == [_expected(cases)]
            lacking = corpus.answer("SELECT have, failed FROM unverified_traces")
    ends = [_end(one) for _, one in cases]
    if not any(end is None or end == "error" for end in ends):
        assert lacking == []
        return
    (row,) = lacking
    assert sorted(tuple(one.values()) for one in row["have"] or ()) == [
        (f"v{place}", end, cases[place][1].errors - (end == "error")) for place, end in enumerate(ends) if end
    ]
    assert row["failed"] == any(asked.required and _end(one) == "fail" for asked, one in cases)


def test_records_that_come_again_after_they_were_sealed_count_once(tmp_path: Path) -> None:
    cases = [(Asked(True, True), Given(1, "pass", False)), (Asked(True, False), Given(0, "pass", False))]
    workspace = Workspace.create(tmp_path)
    with Ledger(workspace) as ledger:
        _fill(ledger, cases)
    with Ledger(workspace) as ledger:
        _fill(ledger, cases)
        with Corpus(workspace, View(_required(cases))) as corpus:
            assert [row["outcome"] for row in corpus.answer("SELECT outcome FROM outcomes")] == ["accepted"]
            assert corpus.answer("SELECT verdict_id FROM verdicts ORDER BY ALL") == [
                {"verdict_id": name} for name in ("0-0", "0-1", "1-0")
            ]


def _end(one: Given) -> Outcome | None:
    if one.stale:
        return None
    return one.end or ("error" if one.errors else None)


def _expected(cases: list[tuple[Asked, Given]]) -> dict[str, str]:
    """The rule as docs/design.md has it: a failure decides, then what is missing, then whether any proves it."""
    required = [(place, one, _end(one)) for place, (asked, one) in enumerate(cases) if asked.required]
    for place, _, end in required:
        if end == "fail":
            return {"outcome": "rejected", "reason": f"v{place}: says fail"}
    for place, one, end in required:
        if end is None:
            return {"outcome": "pending", "reason": f"v{place}: has not run"}
        if end == "error":
            return {"outcome": "pending", "reason": f"v{place}: says error {one.errors - 1}"}
    if all(end == "pass" for *_, end in required) and any(asked.proves and _end(one) == "pass" for asked, one in cases):
        return {"outcome": "accepted", "reason": "every required verifier passed"}
    for place, _, end in required:
        if end == "undecided":
            return {"outcome": "undecided", "reason": f"v{place}: says undecided"}
    return {"outcome": "undecided", "reason": "no verifier that proves correctness is configured for its domain"}


def _required(cases: list[tuple[Asked, Given]]) -> list[RequiredVerifier]:
    return [
        RequiredVerifier(
            domain="math", verifier=f"v{place}", version="1", settings_hash="s", position=place,
            required=asked.required, proves=asked.proves, uses_reference=asked.proves,
        )
        for place, (asked, _) in enumerate(cases)
    ]  # fmt: skip


def _fill(ledger: Ledger, cases: list[tuple[Asked, Given]]) -> None:
    """One problem, one trace, and the verdicts."""
    ledger.append("problems", _stored_problem())
    ledger.append("traces", _trace())
    for place, (asked, one) in enumerate(cases):
        ends: list[Outcome] = ["error"] * one.errors + ([one.end] if one.end else [])
        for attempt, end in enumerate(ends):
            ledger.append("verdicts", _verdict(place, asked, attempt, end, one.stale))


def _stored_problem() -> StoredProblem:
    fields = {name: getattr(PROBLEM, name) for name in Problem.__struct_fields__}
    return StoredProblem(
        key="k", content_hash=PROBLEM.content_hash, revision=PROBLEM.revision, reference_hash=PROBLEM.reference_hash,
        run_id="r", created_at=WHEN, **fields,
    )  # fmt: skip


def _trace() -> Trace:
    fields = {field.name: None if field.name in NULLABLE else field.name for field in msgspec.structs.fields(Trace)}
    numbers = {"sample_index": 0, "attempt": 0, "max_tokens": 9}
    own = {
        "trace_id": "t", "problem_id": "p", "problem_revision": PROBLEM.revision, "purpose": "train",
        "reasoning_kind": "none", "tokens_estimated": False, "created_at": WHEN, "incomplete": None,
    }  # fmt: skip
    return msgspec.convert({**fields, **numbers, **own}, Trace)


def _verdict(place: int, asked: Asked, attempt: int, end: Outcome, stale: bool) -> Verdict:
    return Verdict(
        verdict_id=f"{place}-{attempt}", trace_id="t", verifier=f"v{place}", version="1",
        settings_hash="of yesterday" if stale else "s",
        reference_hash=PROBLEM.reference_hash if asked.proves else "", attempt=attempt, outcome=end, score=None,
        reason=f"says error {attempt}" if end == "error" else f"says {end}", details=None, seconds=0.0, run_id="r",
        created_at=WHEN,
    )  # fmt: skip
