"""A server on loopback that speaks the providers' protocols, for tests (a thread) and for benchmarks (a process).

It speaks OpenAI's chat completions, responses, files and batches, and Anthropic's messages and message batches, with
their error shapes. It answers sums ("What is 3 + 3?") rightly, unless told otherwise, and keeps account of what it was
asked, what it produced (and so would have billed) and what it refused.

    with TeacherServer(delay=0.1, limits=Limits(requests_per_minute=60)) as server:
        ...  # server.url is the base URL of OpenAI's protocols, server.root that of Anthropic's
"""

from .accounts import Accounts, Seen
from .batches import BatchBehaviour
from .delays import Lognormal
from .faults import KINDS, Fault, RandomFaults, raw, reset, spoil, stall, status
from .limits import Limits
from .server import TeacherServer
from .voice import filler, solve

__all__ = [
    "KINDS",
    "Accounts",
    "BatchBehaviour",
    "Fault",
    "Limits",
    "Lognormal",
    "RandomFaults",
    "Seen",
    "TeacherServer",
    "filler",
    "raw",
    "reset",
    "solve",
    "spoil",
    "stall",
    "status",
]
