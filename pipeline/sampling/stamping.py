"""A trace with everything that it depended on: who was asked what, under which decision, and what came."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import msgspec

from ...policies.counterparty import pinned_upstream
from ...policies.served import mismatch
from ..config_teacher import Price, Teacher
from ..records import Decision, Trace
from ..teachers.base import Completion, Connection, Request, SampleFailed
from ..teachers.http_faults import excerpt
from ..workspace import utc_now
from .budget import cost_of
from .prices import Quote
from .recipe import Recipe, Slot

NOTHING = Completion(
    reasoning=None,
    response=None,
    reasoning_kind="none",
    reasoning_source=None,
    finish_reason=None,
    served_model=None,
)
"""What a failed sample holds of a completion."""


class Place(Protocol):
    """Where a sample is asked for, and who allowed it."""

    @property
    def client(self) -> Connection:
        """The connection to the server."""
        ...

    @property
    def host(self) -> str:
        """The server's name, with its port."""
        ...

    @property
    def decision(self) -> Decision:
        """The gate's word on it."""
        ...


def trace_of(
    slot: Slot,
    recipe: Recipe,
    request: Request,
    lane: Place,
    answer: Completion | SampleFailed,
    quote: Quote,
    seconds: float,
    run_id: str,
) -> Trace:
    """The trace that fills ``slot``.

    Args:
        slot: what was wanted.
        recipe: how it was asked for.
        request: what was sent.
        lane: the server that answered, or that failed last.
        answer: what came.
        quote: the price that its cost is reckoned by.
        seconds: from the request to the answer.
        run_id: the run that it belongs to.
    """
    teacher = lane.client.teacher
    return Trace(
        trace_id=slot.trace_id,
        slot_id=slot.slot_id,
        recipe_id=recipe.recipe_id,
        problem_id=slot.problem.problem_id,
        problem_revision=slot.revision,
        run_id=run_id,
        purpose=recipe.purpose,
        parent_id=slot.parent_id,
        sample_index=slot.sample_index,
        attempt=slot.attempt,
        teacher_id=teacher.id,
        provider=teacher.provider,
        host=lane.host,
        model=teacher.model,
        prompt_id=recipe.prompt.id,
        prompt_hash=recipe.prompt.hash,
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        seed=request.seed,
        extra=recipe.extra,
        decision_id=lane.decision.decision_id,
        policy_digest=lane.decision.policy_digest,
        latency_s=round(seconds, 4),
        **_columns_of(answer, lane.client, quote.price),
    )


def answered(blank: Trace, answer: Completion | SampleFailed, client: Connection, price: Price | None) -> Trace:
    """``blank``, which was made when the sample was asked for, with the answer that came much later."""
    return msgspec.structs.replace(blank, latency_s=None, **_columns_of(answer, client, price))


def _columns_of(answer: Completion | SampleFailed, client: Connection, price: Price | None) -> dict[str, Any]:
    """The columns of a trace that its answer alone decides."""
    failure = answer if isinstance(answer, SampleFailed) else None
    completion = NOTHING if isinstance(answer, SampleFailed) else answer
    return {
        "served_model": completion.served_model,
        "reasoning": completion.reasoning,
        "response": completion.response,
        "reasoning_kind": completion.reasoning_kind,
        "reasoning_source": completion.reasoning_source,
        "reasoning_items": completion.reasoning_items,
        "finish_reason": completion.finish_reason,
        "incomplete": _incomplete(completion),
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "reasoning_tokens": completion.reasoning_tokens,
        "tokens_estimated": completion.tokens_estimated,
        "cost_usd": None if failure else cost_of(price, completion),
        "request_id": completion.request_id,
        "created_at": utc_now(),
        "error": failure.kind if failure else None,
        "error_detail": excerpt(client.redact(failure.detail)) if failure else None,
        "quarantine": _stranger(client.teacher, completion),
    }


def _incomplete(completion: Completion) -> str | None:
    if completion.finish_reason == "length":
        return "length"
    return "unclosed_think" if completion.unclosed_think else None


def _stranger(teacher: Teacher, completion: Completion) -> str | None:
    """Why an answer may not be used that came from someone else than was judged."""
    pinned = pinned_upstream(teacher.extra_body)
    if _is_expected(teacher.model, completion.served_model, tuple(teacher.served_as), pinned, completion.routed_to):
        return None
    findings = mismatch(teacher.model, completion.served_model, teacher.served_as, pinned, completion.routed_to)
    return " ".join(finding.text for finding in findings)


@lru_cache(maxsize=64)
def _is_expected(
    asked: str, served: str | None, served_as: tuple[str, ...], pinned: str | None, routed: str | None
) -> bool:
    return not mismatch(asked, served, list(served_as), pinned, routed)
