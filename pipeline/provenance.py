"""What an export came from, and what that asks of whoever passes it on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from ..policies.bundle import LicenceBundle, licence_bundle
from ..policies.library import TermsSet
from ..policies.outbound import Conflict, Outbound, Source, combine
from ..policies.owed import Binding
from ..verifiers.judge import VERSION
from .config import Use
from .corpus import Corpus
from .errors import PolicyRefused
from .job import Job
from .proof import unproven_examples, unproven_sentence
from .records import Decision

NOT_FOR_RELEASE = "LicenseRef-not-for-release"
"""In the place of a licence: the problems' licences do not go together, so the set stays in the house."""


@dataclass(frozen=True)
class Provenance:
    """Sources, models and terms behind the exported rows."""

    sources: tuple[Source, ...]
    models: tuple[str, ...]
    verifiers: tuple[str, ...]
    """Those that judged rows of the domains that are exported, with their versions."""
    outbound: Outbound
    bundle: LicenceBundle
    unproven: str
    """A sentence on the examples that are not proven right; empty where all are."""


def provenance(job: Job, corpus: Corpus, decisions: Sequence[Decision]) -> Provenance:
    """What stands behind every row of the configured forms, rejects and earlier configurations included.

    Args:
        job: the run.
        corpus: a reader of its ledger that holds the table ``exported``.
        decisions: what the gate decided now; what it decided when a trace was sampled counts beside it.

    Raises:
        PolicyRefused: the set is to be published, and the licences of two problem sets do not go together.
    """
    sources = tuple(Source(row["source"], row["license"]) for row in corpus.ask("exported_sources"))
    outbound = combine(sources)
    conflict: Conflict | None = None
    if isinstance(outbound, Conflict):
        if "dataset_release" in job.config.use.purposes:
            raise PolicyRefused(_refusal(outbound))
        # What stays in the house need not go together; the card says that it cannot leave.
        conflict, outbound = outbound, Outbound(NOT_FOR_RELEASE, ())
    stamped = [row["policy"] for row in corpus.ask("exported_policies")]
    bindings = _bindings(
        job.plan.gate.terms, [*stamped, *(name for one in decisions for name in one.policies)], outbound
    )
    uses: list[Use] = [*job.config.use.purposes, "dataset_release"]
    bundle = licence_bundle(outbound, sources, bindings, uses, job.config.policy.vouched())
    if conflict is not None:
        warning = f"These problems cannot be published together: {conflict.sentence}."
        bundle = replace(bundle, open_points=(warning, *bundle.open_points))
    return Provenance(
        sources=sources,
        models=tuple(row["model"] for row in corpus.ask("exported_models")),
        verifiers=_verifiers(job, {row["domain"] for row in corpus.ask("exported_domains")}),
        outbound=outbound,
        bundle=bundle,
        unproven=_unproven(corpus),
    )


def _unproven(corpus: Corpus) -> str:
    found = unproven_examples(corpus)
    return f"{unproven_sentence(found, corpus.ask('example_count')[0]['examples'])}." if found else ""


def _verifiers(job: Job, domains: Collection[str]) -> tuple[str, ...]:
    names = [f"{step.verifier} {step.version}" for step in job.plan.steps if step.domain in domains]
    if (jury := job.plan.jury) is not None and set(jury.rubrics) & set(domains):
        names.append(f"judge {VERSION} ({', '.join(judge.model for judge in jury.judges)})")
    return tuple(dict.fromkeys(names))


def _bindings(terms: TermsSet, policies: Iterable[str], outbound: Outbound) -> list[Binding]:
    """The terms that decisions name, and the licences under which the problems go out."""
    names = frozenset(policies)
    of_data = {one.id for licence in outbound.licences for one in terms.for_licence(licence)}
    # A decision may have looked at another option of an OR than the one that the whole set is under.
    named = {one.id for one in terms.named(names) if not one.matches.licences}
    return [Binding(one, opened=names) for one in terms.named(named | of_data)]


def _refusal(conflict: Conflict) -> str:
    return (
        f"{conflict.code}: the licences of the exported problems do not go together: {conflict.sentence}. "
        "Nothing was written. Export them from configurations of their own (a workspace for each, with the sources "
        "under `problems` divided between them), leave one source out, or get another licence for it"
    )
