"""What stands in the way before any terms can be read: a host, model, licence or adapter that nobody knows."""

from __future__ import annotations

from .names import is_local_path
from .reading import Level, Reading

_OWN_TERMS = (
    "If you know the licence, put a terms file into the folder that policy.terms names, with {model!r} under "
    "matches.models (for a copy of a model that ships with terms, `like: ID` is enough); docs/policies.md shows how. "
    "For a model that you trained yourself, say under the teacher's lineage what it was made from."
)


def unknown_host(text: str, mend: str) -> Reading:
    """The server's terms are not known."""
    return Reading(Level.UNKNOWN, ("UNKNOWN_HOST",), text, mend=mend)


def claimed_host(text: str, mend: str) -> Reading:
    """A public address is claimed to be the user's own server, so that nobody knows whose it is."""
    return Reading(Level.UNKNOWN, ("SELF_HOSTED_PUBLIC_HOST", "UNKNOWN_HOST"), text, mend=mend)


def unknown_model(model: str) -> Reading:
    """No licence of the model is known."""
    text = f"No licence is known for the model {model!r}."
    if is_local_path(model):
        text = f"{model!r} is a folder or file: its name does not show under which licence its weights are."
    return Reading(Level.UNKNOWN, ("UNKNOWN_MODEL",), text, mend=_OWN_TERMS.format(model=model))


def unknown_adapter(adapter: str) -> Reading:
    """Nobody vouched for an adapter."""
    text = f"Nothing is known of where the adapter {adapter!r} comes from and what it was trained on."
    mend = "If nothing that it was trained on forbids these uses, list adapter_terms_known under policy.attest."
    return Reading(Level.UNKNOWN, ("UNKNOWN_ADAPTER",), text, mend=mend)


def unknown_licence(text: str) -> Reading:
    """The licence of a problem set is not known."""
    mend = "Name the licence as an SPDX expression, write `own` for problems of your own, or add a terms file for it."
    return Reading(Level.UNKNOWN, ("UNKNOWN_LICENCE",), text, mend=mend)


def unknown_terms(text: str) -> Reading:
    """Terms are named that no file holds."""
    mend = "Name terms that `tracestill policies list` shows, or add a file for them."
    return Reading(Level.UNKNOWN, ("UNKNOWN_TERMS",), text, mend=mend)
