"""A judge: a model that reads a trace where no exact check decides. Here is what its replies come to.

Deliberating over one trace is a generator: it yields what it wants to ask, is sent what was answered, and returns a
finding. So it knows nothing of servers, can be taken up again from the ledger at any moment, and is tested by itself.
The judges are shown texts alone, never who wrote them. Only a reply that could be read counts, and only ``pass``
passes: a judge that times out, lies in JSON or obeys the trace is never a pass by default.

Sources: majority vote over several judges, Verga et al. 2024 (arXiv:2404.18796); both orders of a pair, Zheng et al.
2023 (arXiv:2306.05685); asking a judge about rejects alone, Xu et al. 2025 (arXiv:2505.14625).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..pipeline.config_judge import VoteRule
from ..pipeline.records import Finding, Message, Outcome
from .judgement import HIGHEST_SCORE, REPAIR, Judgement, UnreadableReply, read_reply

VERSION = "1"
"""Raised whenever a verdict may come out otherwise from the same replies."""

LASTING = frozenset({"content_filter", "context_too_long", "bad_request", "answer_too_large"})
"""Failures that asking again does not mend: such a vote stays undecided."""


class Ask(NamedTuple):
    """One thing that is asked of one judge."""

    judge: int
    """Which judge, counted from 0."""
    vote: int
    messages: tuple[Message, ...]


class Heard(NamedTuple):
    """What became of an ask: a reply, or the kind of failure."""

    trace_id: str
    reply: str | None
    failure: str | None


Deliberation = Generator[list[Ask], list[Heard], Finding]


class Vote(NamedTuple):
    """What one judge says one time."""

    judge: str
    outcome: Outcome
    reason: str
    score: int | None
    trace_id: str
    """The trace that holds the reply."""


@dataclass(frozen=True)
class Panel:
    """Who judges, and how their votes are counted."""

    judges: Sequence[str]
    """Their ids: one, or two and perhaps a third who decides where they disagree."""
    votes: int
    rule: VoteRule
    min_score: int


Show = Callable[[bool], list[Message]]
"""The conversation that shows the trace, with the reference before it or after."""


def deliberate(panel: Panel, show: Show) -> Deliberation:
    """What the panel finds of one trace.

    ``error`` says that a judge could not be reached, and is tried again; ``undecided`` that the judges cannot tell.
    """
    votes = yield from _hear(panel, range(min(2, len(panel.judges))), show)
    opinions: list[Outcome] = [_opinion(panel, votes, judge) for judge in panel.judges[:2]]
    if len(panel.judges) == 3 and opinions[0] != opinions[1] and "error" not in opinions:
        votes += yield from _hear(panel, [2], show)
        opinions.append(_opinion(panel, votes, panel.judges[2]))
    return _finding(votes, opinions)


def _hear(panel: Panel, judges: Sequence[int], show: Show) -> Generator[list[Ask], list[Heard], list[Vote]]:
    """Every vote of some judges; what cannot be read is asked for once more, with what is wrong with it."""
    # Half of the votes see the reference first and half see it last.
    asks = [Ask(judge, vote, tuple(show((judge + vote) % 2 == 0))) for judge in judges for vote in range(panel.votes)]
    votes: dict[int, Vote] = {}
    again: dict[int, Ask] = {}
    for place, heard in enumerate((yield asks)):
        try:
            votes[place] = _vote(panel, asks[place], heard)
        except UnreadableReply as error:
            again[place] = asks[place]._replace(messages=_with_repair(asks[place].messages, error))
    if again:
        for place, heard in zip(again, (yield list(again.values())), strict=True):
            try:
                votes[place] = _vote(panel, again[place], heard)
            except UnreadableReply as error:
                judge = panel.judges[again[place].judge]
                votes[place] = Vote(judge, "undecided", f"unreadable twice: {error}", None, heard.trace_id)
    return [votes[place] for place in sorted(votes)]


def _with_repair(messages: Sequence[Message], flaw: UnreadableReply) -> tuple[Message, ...]:
    """The same conversation, with what was wrong last time; the reply itself may quote the trace, outside its fence."""
    *before, last = messages
    return (*before, Message(last.role, f"{last.content}\n\n{REPAIR.format(flaw=flaw)}"))


def _vote(panel: Panel, ask: Ask, heard: Heard) -> Vote:
    judge = panel.judges[ask.judge]
    if heard.failure is not None:
        outcome: Outcome = "undecided" if heard.failure in LASTING else "error"
        return Vote(judge, outcome, f"no reply: {heard.failure}", None, heard.trace_id)
    judgement = read_reply(heard.reply or "")
    outcome = _outcome_of(judgement, panel.min_score)
    return Vote(judge, outcome, judgement.reason, judgement.score, heard.trace_id)


def _outcome_of(judgement: Judgement, min_score: int) -> Outcome:
    if judgement.verdict == "unsure":
        return "undecided"
    return "pass" if judgement.verdict == "pass" and judgement.score >= min_score else "fail"


def _opinion(panel: Panel, votes: Sequence[Vote], judge: str) -> Outcome:
    """What the votes of one judge come to."""
    own = [vote for vote in votes if vote.judge == judge]
    outcomes: list[Outcome] = [vote.outcome for vote in own]
    if "error" in outcomes:
        return "error"
    if panel.rule == "unanimous":
        return outcomes[0] if len(set(outcomes)) == 1 else "undecided"
    if panel.rule == "mean":
        scores = [vote.score for vote in own if vote.score is not None]
        if len(scores) < len(own):
            return "undecided"
        return "pass" if sum(scores) >= panel.min_score * len(scores) else "fail"
    return majority(outcomes)


def majority(outcomes: Sequence[Outcome]) -> Outcome:
    """What more than half of them say; ``undecided`` where nothing has more than half."""
    most = max(set(outcomes), key=outcomes.count)
    return most if 2 * outcomes.count(most) > len(outcomes) else "undecided"


def _finding(votes: Sequence[Vote], opinions: Sequence[Outcome]) -> Finding:
    outcome: Outcome = "error" if "error" in opinions else majority(opinions)
    scores = [vote.score for vote in votes if vote.score is not None]
    score = sum(scores) / len(scores) / HIGHEST_SCORE if scores else None
    details = json.dumps({"votes": [vote._asdict() for vote in votes]}, ensure_ascii=False)
    return Finding(outcome=outcome, reason=_reason(votes, outcome), score=score, details=details)


def _reason(votes: Sequence[Vote], outcome: Outcome) -> str:
    """The reason of the first vote that says what came out; where none does, how they were divided."""
    for vote in votes:
        if vote.outcome == outcome:
            return f"{vote.judge}: {vote.reason}" if vote.reason else f"{vote.judge} gives no reason"
    counts: dict[Literal["pass", "fail", "undecided", "error"], int] = {}
    for vote in votes:
        counts[vote.outcome] = counts.get(vote.outcome, 0) + 1
    return "the votes are divided: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
