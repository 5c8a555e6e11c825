"""Traces before the judges: each deliberation is taken as far as the ledger holds replies, and tells what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from ..verifiers.judge import LASTING, Ask, Deliberation, Heard, deliberate
from .corpus import Corpus, Row
from .jury import Jury
from .records import Finding, Message, Problem
from .sampling.recipe import Slot

BATCH = 200
"""Traces that are deliberated over at a time; bounds memory whatever their number."""


class Asking(NamedTuple):
    """What one judge is asked."""

    judge: str
    slot: Slot


@dataclass
class Case:
    """One trace that waits for a verdict."""

    jury: Jury
    problem: Problem
    trace_id: str
    attempt: int
    """Of the verdict: one more than the last that ended in error, or 0."""
    run_id: str
    deliberation: Deliberation
    asks: list[Asking] = field(default_factory=list[Asking])
    lacking: list[Asking] = field(default_factory=list[Asking])
    """What has to be asked before it can go on."""
    waits: bool = False
    """Whether a reply is missing, to be asked for here or underway for another trace of the same text."""
    finding: Finding | None = None

    @classmethod
    def of(cls, jury: Jury, row: Row, run_id: str) -> Case:
        """The case of one row of ``unjudged_texts``."""
        problem = Problem(**{name: row[name] for name in Problem.__struct_fields__})
        rubric = jury.rubrics[problem.domain]

        def show(reference_first: bool) -> list[Message]:
            return rubric.show(problem, row["reasoning"], row["response"], reference_first=reference_first)

        case = cls(jury, problem, row["trace_id"], row["attempt"], run_id, deliberate(jury.panel, show))
        case.asks = case._askings(next(case.deliberation))
        return case

    def go_on(self, known: Mapping[str, Row]) -> None:
        """Hear the replies that are there; if all are, deliberate further.

        Args:
            known: what came of each slot, as ``replies_to`` gives it.
        """
        heard = [self._heard(asking, known[asking.slot.slot_id]) for asking in self.asks]
        replies = [one for one in heard if one is not None]
        if len(replies) < len(heard):
            self.waits = True
            return
        try:
            self.asks = self._askings(self.deliberation.send(replies))
        except StopIteration as end:
            self.finding = end.value

    def _askings(self, asks: Sequence[Ask]) -> list[Asking]:
        askings: list[Asking] = []
        for ask in asks:
            recipe = self.jury.recipes[ask.judge][self.problem.domain]
            askings.append(Asking(recipe.teacher.id, recipe.slot(self.problem, ask.messages, ask.vote)))
        return askings

    def _heard(self, asking: Asking, row: Row) -> Heard | None:
        """What came of an asking; null where it has to be waited for."""
        if row["trace_id"] is None:
            if not row["underway"]:
                self.lacking.append(asking)
            return None
        longest = self.jury.max_tokens[asking.judge]
        may_pass = row["error"] is not None and row["error"] not in LASTING and row["run_id"] != self.run_id
        if may_pass or (row["finish_reason"] == "length" and row["max_tokens"] < longest):
            again = msgspec.structs.replace(asking.slot, attempt=row["attempt"] + 1)
            self.lacking.append(Asking(asking.judge, again))
            return None
        return Heard(row["trace_id"], row["response"], row["error"])


def open_cases(jury: Jury, corpus: Corpus, run_id: str) -> Iterator[list[Case]]:
    """Every trace that waits for a judge, some at a time, each taken as far as the ledger answers."""
    texts = corpus.cursor()
    for _ in texts.pieces("traces"):
        for rows in texts.stream("unjudged_texts", size=BATCH):
            cases = [Case.of(jury, row, run_id) for row in rows]
            going = cases
            while going:
                ids = {asking.slot.slot_id for case in going for asking in case.asks}
                corpus.bind_column("asked_slots", "slot_id", ids)
                known = {row["slot_id"]: row for row in corpus.ask("replies_to")}
                for case in going:
                    case.go_on(known)
                going = [case for case in going if case.finding is None and not case.waits]
            yield cases
