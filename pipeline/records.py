"""The records that flow through the river: frozen, typed, without behaviour beyond their identity.

Fields are flat (numbers, text, lists of text) so that a journal line, a Parquet column and a Python
attribute are the same thing. What has no fixed shape is JSON text in a field of its own.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, cast, get_args

import msgspec

Domain = Literal["math", "code", "open"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
Purpose = Literal["train", "judge", "rewrite", "eval", "synthesis"]
ReasoningKind = Literal["raw", "summary", "encrypted", "none"]
Outcome = Literal["pass", "fail", "undecided", "error"]
ReviewVerdict = Literal["accept", "reject", "defer", "withdraw"]


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation as every chat protocol knows it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question with what is needed to tell a right answer from a wrong one."""

    problem_id: str
    domain: Domain
    prompt: str
    answer: str | None = None
    """Reference answer (math, open)."""
    tests: str | None = None
    """Unit tests of a code problem, as JSON text of one of the five kinds that docs/design.md lists."""
    rubric: str | None = None
    source: str = "unknown"
    license: str | None = None
    split: str = "train"
    difficulty: str | None = None
    """How hard its source says that it is, in the source's own words."""

    @property
    def revision(self) -> str:
        """Hash of what the teacher is shown; a mended reference leaves it, a new wording does not."""
        return short_hash(["problem", self.domain, self.prompt])

    @property
    def reference_hash(self) -> str:
        """Hash of what an answer is held against: reference, tests and rubric."""
        return short_hash(["reference", self.answer, self.tests, self.rubric])

    @property
    def content_hash(self) -> str:
        """Hash of every field; a difficulty counts where there is one, so that problems recorded without stay known."""
        fields = [getattr(self, name) for name in self.__struct_fields__ if name != "difficulty"]
        return short_hash(["content", *fields, *([] if self.difficulty is None else [self.difficulty])])


class StoredProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as the ledger keeps it. The latest row of a problem_id is the problem of today."""

    key: str
    content_hash: str
    """Hash of every field of the problem, its licence and split included."""
    problem_id: str
    revision: str
    reference_hash: str
    domain: Domain
    prompt: str
    answer: str | None
    tests: str | None
    rubric: str | None
    source: str
    license: str | None
    split: str
    run_id: str
    created_at: str
    difficulty: str | None = None

    def problem(self) -> Problem:
        """The problem without its ledger columns."""
        return Problem(**{name: getattr(self, name) for name in Problem.__struct_fields__})


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One sample: a completion, or the failure to get one (``error`` is set)."""

    trace_id: str
    slot_id: str
    """trace_id without the attempt: what was wanted. The last attempt of a slot is what counts."""
    recipe_id: str
    """Hash of teacher, model, prompt template and sampling parameters except k and max_tokens."""
    problem_id: str
    problem_revision: str
    run_id: str
    purpose: Purpose
    sample_index: int
    attempt: int
    teacher_id: str
    provider: str
    host: str
    model: str
    served_model: str | None
    prompt_id: str
    prompt_hash: str
    temperature: float | None
    top_p: float | None
    max_tokens: int
    seed: int | None
    extra: str
    """Further sampling parameters as canonical JSON (reasoning, extra_body)."""
    decision_id: str
    """The policy decision under which this was sampled."""
    policy_digest: str
    reasoning: str | None
    response: str | None
    reasoning_kind: ReasoningKind
    reasoning_source: str | None
    """Where the reasoning stood in the answer: the field's name, or ``inline`` for a think block."""
    reasoning_items: str | None = None
    """What the provider gave beside the text to take the turn up again, as JSON: signatures, encrypted items."""
    finish_reason: str | None
    incomplete: str | None = None
    """Why a completion is not whole: ``length``, or ``unclosed_think``; null for one that ended by itself."""
    prompt_tokens: int | None
    completion_tokens: int | None
    reasoning_tokens: int | None
    tokens_estimated: bool
    cost_usd: float | None
    latency_s: float | None
    request_id: str | None
    created_at: str
    error: str | None
    error_detail: str | None
    parent_id: str | None = None
    """The trace that this one rewrites."""
    quarantine: str | None
    """Why a completion that arrived may not be used (a model that was not asked for), else null."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier says about one trace."""

    outcome: Outcome
    reason: str
    score: float | None = None
    """How much, where the verifier has a number to give: a share between 0 and 1, or a count."""
    details: str | None = None
    """Further facts as JSON text (the extracted answer, the wrong equations)."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with everything it depended on."""

    verdict_id: str
    trace_id: str
    verifier: str
    version: str
    settings_hash: str
    reference_hash: str
    attempt: int
    """0, or one more than the verdict before it that ended in ``error``; the highest one counts."""
    outcome: Outcome
    score: float | None
    reason: str
    details: str | None
    seconds: float
    run_id: str
    created_at: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy gate said about one teacher, model or data set at one stage."""

    decision_id: str
    stage: str
    subject: str
    """What was judged: ``teacher:ID``, ``student:ID`` or ``dataset:SOURCE``."""
    host: str | None
    model: str | None
    uses: list[str]
    verdict: Literal["allowed", "conditional", "prohibited", "unknown"]
    blocked: bool
    reason_codes: list[str]
    policies: list[str]
    conditions: list[str]
    """What remains to be honoured, as sentences."""
    clauses: list[str]
    """The clauses that were read, each with its section, document and day of reading."""
    attested: list[str]
    """The statements that meet a condition, each with who vouched for it."""
    overrides: list[str]
    """Ids of the agreements that it rests on."""
    explanation: str
    policy_digest: str
    run_id: str
    created_at: str


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A trace that curation chose for the corpus."""

    example_id: str
    curation_id: str
    trace_id: str
    problem_id: str
    rank: int
    reason: str
    run_id: str
    created_at: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on a trace that is held against the verifiers; a person's latest one outranks them."""

    review_id: str
    trace_id: str
    reviewer: str
    verdict: ReviewVerdict
    note: str
    created_at: str
    draw_id: str | None = None
    """The draw of an audit that asked for it, of somebody who knew no verdict; null for a review by itself."""
    by_model: bool = False
    """Whether a model said it, which counts in an audit's figures and changes no outcome."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the workspace and is no record of the other kinds."""

    event_id: str
    run_id: str
    kind: str
    subject: str
    details: str
    created_at: str


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and numbers normalised, so that 1 and 1.0 hash alike.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    return _canonical.encode(_normalised(value))


def short_hash(value: Any) -> str:
    """128 bits of SHA-256 over canonical JSON, as 32 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:32]


def valid_unicode(text: str) -> str:
    """Text that every UTF-8 reader takes: surrogate pairs joined, lone surrogates replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
"""Made once: ``json.dumps`` makes one for every call."""


def _normalised(value: Any) -> Any:
    if value is None or type(value) is str or type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {str(key): item if type(item) is str else _normalised(item) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [item if type(item) is str else _normalised(item) for item in cast("list[Any]", value)]
    return value
