"""The card of an exported data set, computed from the ledger: what it is, where it came from, what binds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from ..policies.hub_licences import hub_licence
from ..policies.licences import OWN
from ..policies.notice import CHANGES, MACHINE_WRITTEN, licence_words
from ..policies.outbound import Source
from ..policies.plain_text import one_line
from .bundle_words import bundle_words
from .config import Config
from .corpus import Corpus
from .exporting.base import form_class
from .exporting.writing import Written
from .markdown import escaped, listed, sentence, table
from .provenance import Provenance
from .records import Decision

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
"""The Hub's categories of size, each with the number of rows that it stays below."""


def title(config: Config) -> str:
    """The data set's name for people."""
    return f"Reasoning traces for {config.use.student.name}"


def dataset_card(
    config: Config, written: Sequence[Written], corpus: Corpus, decisions: Sequence[Decision], origin: Provenance
) -> str:
    """README.md of the data set, with the front matter that the Hub reads."""
    first = _default(written)
    sections = [
        f"---\n{yaml.safe_dump(_front_matter(config, written, origin), sort_keys=False, width=10_000).strip()}\n---",
        f"# {title(config)}",
        " ".join(["Sampled, verified and chosen with Tracestill.", *_about_rows(config, origin)]),
        "## Rows\n\n" + table(["configuration", "a row", "split", "rows"], _rows(config, written)),
        "## What was sampled\n\n"
        + table(
            ["outcome", "traces"],
            [[row["outcome"], str(row["traces"])] for row in corpus.ask("outcome_counts", purpose="train")],
        ),
        "## Where it came from\n\n"
        + table(
            ["teacher", "model", "prompt", "traces"],
            [[row["teacher_id"], row["model"], row["prompt_id"], str(row["traces"])] for row in corpus.ask("lineage")],
        ),
        "## Licence and notices\n\n" + "\n\n".join(_licence_and_notices(config, origin)),
        "## What the policy gate decided\n\n" + _decided(config, decisions),
        "## Limits\n\n" + listed(_limits(config, origin)),
        "## How to load it\n\n```python\nfrom datasets import load_dataset\n\n"
        f'rows = load_dataset("{config.export.repo_id or "FOLDER_OR_NAME"}", "{first}", split="train")\n```\n\n'
        "`croissant.json` says the same for machines.",
    ]
    return "\n\n".join(sections) + "\n"


def _rows(config: Config, written: Sequence[Written]) -> Iterator[list[str]]:
    for name in config.export.configs:
        splits = [one for one in written if one.form == name]
        for one in splits:
            yield [f"`{name}`", one.description, one.split, str(one.rows)]
        if not splits:
            yield [f"`{name}`", form_class(name).description, "none", "0"]


def _default(written: Sequence[Written]) -> str:
    """The configuration that is loaded where none is named: sft where it is there."""
    names = [one.form for one in written]
    return "sft" if "sft" in names or not names else names[0]


def _about_rows(config: Config, origin: Provenance) -> Iterator[str]:
    """What stands behind the rows."""
    forms = {name: form_class(name) for name in config.export.configs}
    examples = ", ".join(f"`{name}`" for name, form in forms.items() if form.scope == "examples")
    if origin.unproven:
        yield f"**{examples or 'What was chosen'} is not a verified set: {origin.unproven}**"
    elif examples:
        judged = config.verify.judge is not None
        accepted = ", or that a judge or a person accepted" if judged else ", or that a person accepted"
        yield f"Every row of {examples} is a trace that all required verifiers passed{accepted}."
    for name, form in forms.items():
        if form.scope == "everything":
            yield (f"`{name}` holds what was sampled, rejects too, with what became of it, and no text in quarantine.")
        if form.scope == "completions":
            yield f"`{name}` holds wrong answers too."
    if config.export.test_share:
        yield (
            "Splits divide problems, not traces: all rows of a problem, and of problems that are nearly the same, are "
            "in one of them."
        )


def _front_matter(config: Config, written: Sequence[Written], origin: Provenance) -> dict[str, Any]:
    others = any(not _is_own(source) for source in origin.sources)
    return {
        "pretty_name": title(config),
        **hub_licence(origin.outbound, origin.bundle),
        "task_categories": ["text-generation"],
        "tags": ["reasoning", "chain-of-thought", "synthetic", "tracestill"],
        "annotations_creators": ["machine-generated"],
        # Answers are written by models; problems of others are found.
        "language_creators": ["machine-generated", *(["found"] if others else [])],
        "size_categories": [size_category(max((one.rows for one in written), default=0))],
        "source_datasets": list(dict.fromkeys(_named_on_the_hub(config, source) for source in origin.sources)),
        "configs": [_files(name, written) for name in dict.fromkeys(one.form for one in written)],
    }


def _files(name: str, written: Sequence[Written]) -> dict[str, Any]:
    """Where the splits of a configuration lie."""
    splits = [{"split": one.split, "path": one.pattern} for one in written if one.form == name]
    return {"config_name": name, "data_files": splits} | ({"default": True} if name == _default(written) else {})


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    return next((name for bound, name in SIZES if rows < bound), "n>1T" if rows >= 10**12 else "1B<n<10B")


def _is_own(source: Source) -> bool:
    return (source.licence or "").strip().casefold() == OWN


def _named_on_the_hub(config: Config, source: Source) -> str:
    """A data set by its name there, where the configuration read it from there; one's own is original."""
    for one in config.problems:
        if one.source == source.name and one.format == "huggingface" and one.path is not None:
            return one_line(one.path)
    return "original" if _is_own(source) else one_line(source.name)


def _licence_and_notices(config: Config, origin: Provenance) -> Iterator[str]:
    bundle = origin.bundle
    yield f"Licence of this data set (SPDX): `{origin.outbound.expression}`. [NOTICE](NOTICE) says it in full."
    if "dataset_release" not in config.use.purposes:
        yield (
            "`dataset_release` is not among the declared uses, so nothing says that this data set may be passed on. "
            "Declare it and export again before you do."
        )
    yield table(["problems", "licence"], [[one.name, licence_words(one)] for one in origin.sources])
    yield CHANGES
    yield f"{MACHINE_WRITTEN} They come from {', '.join(map(escaped, origin.models)) or 'no model'}."
    yield from bundle_words(bundle, "this data set is")


def _limits(config: Config, origin: Provenance) -> Iterator[str]:
    looked_for = [*config.decontaminate.hashes, *(one.source for one in config.decontaminate.against)]
    yield (
        f"Proven means: passed by {', '.join(map(escaped, origin.verifiers)) or 'no verifier'}. They hold answers "
        "against references and look at form; a right answer can follow from wrong steps."
    )
    yield "Answers carry the errors and biases of the models that wrote them, and the language of their problems."
    yield (
        f"Examples that hold a problem of {', '.join(map(escaped, looked_for))} were left out, as far as runs of words "
        "and equal wording show it. A paraphrase is not found, and rows that are no examples were not looked at."
        if looked_for
        else "Nobody looked whether examples hold problems of evaluation sets."
    )
    yield "Nobody looked through problems and answers for personal data."


def _decided(config: Config, decisions: Sequence[Decision]) -> str:
    uses = ", ".join(f"`{use}`" for use in config.use.purposes)
    digest = decisions[0].policy_digest if decisions else "none"
    lines = [
        f"{escaped(decision.subject)}{f' ({escaped(decision.model)})' if decision.model else ''}: {decision.verdict}, "
        f"by {', '.join(decision.policies) or 'no terms'}"
        + "".join(f"\n  - {sentence(text)}" for text in decision.conditions)
        for decision in decisions
    ]
    return (
        f"Declared uses: {uses}. The policy gate decided as follows (terms digest `{digest}`). "
        "It states a reading of the terms and is no legal advice.\n\n" + listed(lines)
    )
