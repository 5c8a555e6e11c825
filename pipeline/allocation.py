"""How this process takes memory: what was sealed or answered is given back, so that hours of work need no more."""

from __future__ import annotations

import ctypes

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
