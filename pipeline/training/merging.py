"""The whole model with a student's adapter in it, for programs that take no adapter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

from ..config_train import Train

MERGED = "merged"


def merge(student: Path, train: Train) -> None:
    """Write the folder ``merged`` of a student, under a temporary name until it is complete.

    The base is loaded anew: one that was held in 4 bits for training is merged at its full precision.
    """
    from ..teachers.model_files import load_model

    temporary = student / f".{MERGED}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    loaded = load_model(train.model, adapter=str(student))
    cast("Any", loaded.model).save_pretrained(str(temporary))
    cast("Any", loaded.tokenizer).save_pretrained(str(temporary))
    shutil.rmtree(student / MERGED, ignore_errors=True)
    temporary.rename(student / MERGED)
