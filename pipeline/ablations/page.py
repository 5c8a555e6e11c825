"""An ablation as a page in Markdown, which is also what the terminal shows."""

from __future__ import annotations

from collections.abc import Sequence

from ..markdown import table
from ..statistics import Estimate
from .outlook import ArmOutlook
from .results import Ablated, ArmResult

TRAINED_ON = ["arm", "examples", "problems", "tokens a pass", "passes", "tokens in all", "steps"]


def page(result: Ablated) -> str:
    """The whole result."""
    seeds = f"seed{'s' * (len(result.seeds) > 1)} {', '.join(map(str, result.seeds))}"
    sections = [
        f"# Ablation {result.ablation}",
        result.description,
        *([f"Sources: {'; '.join(result.sources)}."] if result.sources else []),
        f"Every arm was trained on {result.amount} {result.equal}{_short_of(result)}, with {seeds}, "
        f"and measured on {result.held_out} held-out problems with {result.k} samples each.",
        results_table(result),
        differences_table(result),
        "\n".join(f"- {one.said}" for one in result.comparisons),
        f"Intervals are 95% and cover {result.covers}. Each comparison stands by itself; of twenty without a "
        "difference one would look proven.",
        "## What each arm sets",
        "\n".join(f"- {arm.arm}: {_settings(arm.settings)}" for arm in result.arms),
    ]
    return "\n\n".join(sections) + "\n"


def _short_of(result: Ablated) -> str:
    return " in all passes together, or up to one example a pass fewer" if result.equal == "tokens" else ""


def results_table(result: Ablated) -> str:
    """A row per arm, then those that nothing was trained for."""
    rows = [[*_trained_on(arm), _score(arm.pass_at_1), _score(arm.pass_at_k)] for arm in result.arms]
    rows += [
        [one.contestant, *["" for _ in TRAINED_ON[1:]], _score(one.pass_at_1), _score(one.pass_at_k)]
        for one in result.others
    ]
    return table([*TRAINED_ON, "pass@1", f"pass@{result.k}"], rows)


def differences_table(result: Ablated) -> str:
    """A row per arm but the first: its difference from that, in points."""
    rows = [
        [f"{one.arm} - {one.against}", _difference(one.pass_at_1), _difference(one.pass_at_k)]
        for one in result.comparisons
    ]
    return table(["difference", "pass@1", f"pass@{result.k}"], rows)


def outlook_page(looks: Sequence[ArmOutlook]) -> str:
    """What would be trained, a row per arm, and what each of them sets."""
    rows = [
        [*_trained_on(look), str(look.available), str(look.pending), str(len(look.students) - look.trained)]
        for look in looks
    ]
    sets = "\n".join(f"{look.arm}: {', '.join(look.settings) or 'as configured'}" for look in looks)
    return f"{table([*TRAINED_ON, 'examples there are', 'not verified yet', 'to train'], rows)}\n\n{sets}"


def _trained_on(arm: ArmResult | ArmOutlook) -> list[str]:
    counts = [arm.examples, arm.problems, arm.tokens, f"{arm.epochs:g}", arm.all_tokens, arm.steps]
    return [arm.arm, *map(str, counts)]


def _settings(settings: Sequence[str]) -> str:
    return ", ".join(f"`{one}`" for one in settings) or "as configured"


def _score(found: Estimate) -> str:
    return f"{100 * found.value:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _difference(found: Estimate) -> str:
    return f"{100 * found.value:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
