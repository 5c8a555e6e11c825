"""The card of an exported data set, computed from the ledger: what it is, where it came from, what binds it."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from .config import Config
from .corpus import Corpus
from .lineage import obligations
from .records import Decision


def dataset_card(config: Config, rows: dict[str, int], corpus: Corpus, decisions: Sequence[Decision]) -> str:
    """README.md of the data set, with the front matter that the Hub reads."""
    front = {
        "license": _licence(corpus, decisions),
        "task_categories": ["text-generation"],
        "tags": ["reasoning", "chain-of-thought", "synthetic", "tracestill"],
        "configs": [
            {"config_name": name, "data_files": [{"split": "train", "path": f"{name}/train-*.parquet"}]}
            | ({"default": True} if name == "sft" else {})
            for name in rows
        ],
    }
    if front["license"] == "other":
        front |= {"license_name": "see-policy-decisions"}
    sections = [
        f"---\n{yaml.safe_dump(front, sort_keys=False).strip()}\n---",
        f"# Reasoning traces for {config.use.student.name}",
        "Sampled, verified and chosen with Tracestill. Every row of `sft` is a trace that all required verifiers "
        "passed; `traces` holds everything that was sampled, with what became of it.",
        "## Rows\n\n" + _table(["configuration", "rows"], [[name, str(count)] for name, count in rows.items()]),
        "## What was sampled\n\n"
        + _table(
            ["outcome", "traces"],
            [[row["outcome"], str(row["traces"])] for row in corpus.ask("outcome_counts", purpose="train")],
        ),
        "## Where it came from\n\n"
        + _table(
            ["teacher", "model", "prompt", "traces"],
            [[row["teacher_id"], row["model"], row["prompt_id"], str(row["traces"])] for row in corpus.ask("lineage")],
        ),
        "## What binds it\n\n" + _obligations(config, decisions),
        "## How to load it\n\n```python\nfrom datasets import load_dataset\n\n"
        'examples = load_dataset("FOLDER_OR_NAME", "sft", split="train")\n```',
    ]
    return "\n\n".join(sections) + "\n"


def _licence(corpus: Corpus, decisions: Sequence[Decision]) -> str:
    """The problems' licence where it is the only one and nothing else binds; ``other`` says to read on."""
    licences = {row["license"] for row in corpus.ask("curated_sources")}
    unbound = all(decision.verdict == "allowed" and not decision.conditions for decision in decisions)
    found = licences.pop() if len(licences) == 1 else None
    return found.lower() if unbound and found else "other"


def _obligations(config: Config, decisions: Sequence[Decision]) -> str:
    uses = ", ".join(f"`{use}`" for use in config.use.purposes)
    digest = decisions[0].policy_digest if decisions else "none"
    return (
        f"Declared uses: {uses}. The policy gate decided as follows (terms digest `{digest}`). "
        "It states a reading of the terms and is no legal advice.\n\n" + obligations(decisions)
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
