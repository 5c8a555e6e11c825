"""Brings a workspace of an earlier form up to the form that this code writes; each step is one change of the form.

A run does it once, under its lock. Readers understand every form up to their own, so a workspace that is only read is
left as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import logs
from ..workspace import FORMAT, Workspace


def _to_2(workspace: Workspace) -> None:
    """Segments may be merged, pages carry checksums, and a review may be withdrawn.

    Rows stay as they are: what was written before is read as before. The number keeps versions away that would count
    rows twice while segments are merged.
    """


STEPS: dict[int, Callable[[Workspace], None]] = {2: _to_2}
"""By the form that a step leads to."""


def migrate(workspace: Workspace) -> None:
    """Go from the form that is there to today's, a step at a time; the caller holds the workspace."""
    found = workspace.form()
    for form in range(found + 1, FORMAT + 1):
        STEPS[form](workspace)
        workspace.set_form(form)
    if found < FORMAT:
        logs.info(f"{workspace.path}: brought from form {found} to form {FORMAT}")
