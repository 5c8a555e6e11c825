"""The child that becomes another program: a compiler, a compiled program, an interpreter of another language."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from . import kernel
from .seccomp import EXECUTABLE

PRODUCT = 7
"""The descriptor that what a compiler made is copied to."""
PRODUCED = "program"
"""Its name in the scratch folder."""


def prepare(payload: dict[str, Any]) -> None:
    """Have the executable and its path in their places, before everything is given up."""
    if payload["path"] is not None:
        opened = os.open(payload["path"], os.O_RDONLY)
        os.dup2(opened, EXECUTABLE)
        os.close(opened)
    os.set_inheritable(EXECUTABLE, False)
    os.setpgid(0, 0)
    payload["empty"] = kernel.empty_text()


def run(payload: dict[str, Any]) -> NoReturn:
    """Become ``payload["argv"]``."""
    kernel.execute(EXECUTABLE, payload["empty"], payload["argv"], payload["environment"])
    os._exit(70)
