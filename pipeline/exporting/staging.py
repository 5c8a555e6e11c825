"""An export is made beside the former one and takes its place by two renames, so that no half of one is ever there.

While the new one is made it lies in ``.exports-new``. Then ``exports`` becomes ``.exports-old``, ``.exports-new``
becomes ``exports``, and the old one is deleted. So where ``.exports-old`` is there, the new one is whole and only the
renames have to be finished; where it is not, ``.exports-new`` is what a killed process left, and is deleted.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator
from pathlib import Path

from ..segments import sync
from ..workspace import Workspace

NEW, OLD = ".exports-new", ".exports-old"


@contextlib.contextmanager
def staged(workspace: Workspace) -> Generator[Path]:
    """An empty folder to write an export into, which takes the place of the former one when the block ends well."""
    settle(workspace)
    new = workspace.path / NEW
    new.mkdir()
    try:
        yield new
        for path in [*new.rglob("*"), new]:
            sync(path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    workspace.exports.rename(workspace.path / OLD)
    settle(workspace)


def settle(workspace: Workspace) -> None:
    """Finish, or take away, what a process that was killed in an export left."""
    new, old = workspace.path / NEW, workspace.path / OLD
    if old.exists():
        if new.exists():
            new.replace(workspace.exports)
            sync(workspace.path)
        shutil.rmtree(old)
    elif new.exists():
        shutil.rmtree(new)
