"""A user's version of a shipped terms file: it may tighten what ships or fill it in, never loosen it."""

from __future__ import annotations

from typing import get_args

from ..pipeline.config import Use
from ..pipeline.errors import ConfigError
from .terms import Rule, Terms, Verdict

READ_WHOLE = ("primary", "stored-copy")
"""Evidence that lets a user's file settle what a shipped one leaves to be read."""
_STRICTNESS: dict[Verdict, int] = {"allowed": 0, "conditional": 1, "unknown": 2, "prohibited": 3}


def tightened(shipped: Terms, own: Terms, where: str) -> Terms:
    """The user's file in place of the shipped one.

    A newer reading with a later ``review_by`` is no loosening: it is what a review is for.

    Raises:
        ConfigError: something in it is more lenient than what ships; the message names the key.
    """
    if looser := _looser(shipped, own):
        raise ConfigError(
            f"{where}: {looser[0]}: is more lenient than the terms {shipped.id} that ship with Tracestill; a file of "
            "yours may only tighten them. If you hold an agreement with the other side, use policy.overrides."
        )
    return own


def _looser(shipped: Terms, own: Terms) -> list[str]:
    before, after = shipped.matches, own.matches
    checks = {
        "kind": own.kind == shipped.kind,
        "matches.hosts": set(after.hosts) >= set(before.hosts),
        "matches.models": set(after.models) >= set(before.models),
        "matches.exclude_models": set(after.exclude_models) <= set(before.exclude_models),
        "matches.publishers": _narrower(before.publishers, after.publishers),
        "matches.licences": set(after.licences) >= set(before.licences),
        "matches.datasets": set(after.datasets) >= set(before.datasets),
        "matches.revisions": not after.revisions
        or (bool(before.revisions) and set(after.revisions) >= set(before.revisions)),
        "matches.exclude_revisions": set(after.exclude_revisions) <= set(before.exclude_revisions),
        "lineage": {parent.policy for parent in own.lineage} >= {parent.policy for parent in shipped.lineage},
        "superseded": own.superseded == shipped.superseded,
        "matches.requires_self_hosted": after.requires_self_hosted or not before.requires_self_hosted,
        "matches.follows_model": after.follows_model or not before.follows_model,
        "matches.covers_own_models": before.covers_own_models
        or not after.covers_own_models
        or (shipped.missing is not None and not shipped.rules),
        "exceptions": all(exemption in shipped.exceptions for exemption in own.exceptions),
        "review.review_by": _holds_no_longer(shipped, own),
    }
    if after.covers_own_models and before.covers_own_models:
        # Here a longer list of models would be the lenient one: it would do without their licences.
        checks["matches.models"] = set(after.models) == set(before.models)
        checks["matches.exclude_models"] = set(after.exclude_models) == set(before.exclude_models)
    looser = [key for key, holds in checks.items() if not holds]
    uses: tuple[Use, ...] = get_args(Use)
    left: list[Use] = [use for use in uses if not _fills_in(shipped, own, use)]
    return looser + [f"rules.{use}" for use in left if not _as_strict(shipped.rule(use), own.rule(use))]


def _fills_in(shipped: Terms, own: Terms, use: Use) -> bool:
    """Whether the user read what nobody had read for us: knowledge that is added loosens nothing."""
    rule = own.rules.get(use)
    if use in shipped.rules or shipped.missing is None or rule is None or rule.clause is None:
        return False
    return own.document(rule.clause).evidence in READ_WHOLE


def _as_strict(before: Rule, after: Rule) -> bool:
    if after.overridable and not before.overridable:
        return False
    if _STRICTNESS[after.verdict] < _STRICTNESS[before.verdict]:
        return False
    kept = all(condition in after.conditions for condition in before.conditions)
    return after.verdict in {"unknown", "prohibited"} or (
        kept and all(condition in after.as_base for condition in before.as_base)
    )


def _narrower(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    # No publishers at all means that every match is known.
    return not before or (bool(after) and set(after) <= set(before))


def _holds_no_longer(shipped: Terms, own: Terms) -> bool:
    if shipped.review.review_by is None or own.review.reviewed > shipped.review.reviewed:
        return True
    return own.review.review_by is not None and own.review.review_by <= shipped.review.review_by
