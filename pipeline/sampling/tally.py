"""Counts what was sampled: for the result of a run, and for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..progress import Progress
from ..records import Trace


@dataclass
class Sampled:
    """What one teacher, or several, were asked in one run."""

    wanted: int = 0
    completions: int = 0
    failed: int = 0
    saved: int = 0
    """Samples that adaptive k made unnecessary."""
    judged: int = 0
    """Traces that were verified beside sampling; under adaptive k alone."""
    accepted: int = 0
    cost_usd: float = 0.0
    errors: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, trace: Trace) -> None:
        """Count one more trace."""
        self.cost_usd += trace.cost_usd or 0.0
        if trace.error is None:
            self.completions += 1
        else:
            self.failed += 1
            self.errors[trace.error] = self.errors.get(trace.error, 0) + 1

    def count_verdict(self, accepted: bool) -> None:
        """Count one more trace that was judged."""
        self.judged += 1
        self.accepted += accepted

    def add(self, other: Sampled) -> None:
        """Count another teacher's samples too."""
        for name in ("wanted", "completions", "failed", "saved", "judged", "accepted", "cost_usd"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, count in other.errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count


def show(trace: Trace, progress: Progress) -> None:
    """Let a progress line count one more trace."""
    if trace.error is not None:
        progress.count(f"failed {trace.error}")
    elif trace.completion_tokens:
        progress.count("tokens", trace.completion_tokens)
    if trace.cost_usd:
        progress.facts["USD"] = float(progress.facts.get("USD", 0.0)) + trace.cost_usd
    progress.advance()
