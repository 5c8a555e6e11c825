"""How this process takes memory and finds garbage: hours of work need no more than minutes, and nothing stalls."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Generator

import pyarrow as pa

M_ARENA_MAX = -8
"""From glibc's malloc.h."""
ARENAS = 2


def keep_memory_small() -> None:
    """Have Arrow use the C library's allocator, and that one few arenas.

    Each thread's arena keeps its own high-water mark: sealing segments in a thread with Arrow's default
    pool leaves a run some 60 MB larger. Elsewhere than on glibc only the first half is done.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


@contextlib.contextmanager
def calm_collector() -> Generator[None]:
    """Look for reference cycles more rarely, and not among what is there already.

    Sampling makes hardly any cycles and holds many objects while requests are in flight; by default a third
    of its time would go into looking through them.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
