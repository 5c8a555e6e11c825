"""A request in flight is an open file, and many systems allow 1,024 of them unless one asks for more."""

from __future__ import annotations

import resource
from collections.abc import Iterable

from ..config_teacher import Teacher
from ..errors import ConfigError

OTHERS = 256
"""Open files beside the connections: journals, segments, DuckDB, libraries."""


def make_room_for(teachers: Iterable[Teacher]) -> None:
    """Have the system allow as many open files as the teachers' limits need together.

    Raises:
        ConfigError: its hard limit is too low; says how many it allows.
    """
    needed = OTHERS + sum(
        replica.limits.concurrency for teacher in teachers if teacher.server for replica in teacher.replicas()
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigError(
            f"teachers[].limits.concurrency: the limits need {needed} open files together, the system allows {hard}; "
            f"lower them, or have it allow more (`ulimit -Hn {needed}`)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
