"""What every batch API does: take many requests at once, work them off within a day for less, hand out the results.

A client of one is the plug-in ``PROVIDER-batches``. Like a teacher it never retries and never waits; sampling/ does.
"""

from __future__ import annotations

import datetime
from abc import abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from ..errors import TeacherUnavailable
from .base import Completion, Connection, Request, SampleFailed

Result = Completion | SampleFailed | TeacherUnavailable
"""What came of one request. The last says that no request of this teacher can succeed."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch can be known by at the provider before it is known which id it was given."""

    key: str
    """Our own name for it."""
    count: int
    """Requests in it."""
    planned_at: datetime.datetime
    """When it was about to be made; UTC."""
    input_file: str | None = None
    """Id of the uploaded requests, where the provider takes them as a file."""


class BatchState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a batch is."""

    ended: bool
    done: int
    failed: int
    cancelled: bool = False
    refused: str | None = None
    """Why the provider turned the whole batch down, in its words; nothing of it was worked on."""


class BatchUnknown(Exception):
    """The provider knows no batch of this id, or not any more."""


class BatchClient(Connection):
    """A connection to the batch API of one teacher."""

    max_requests: int
    """Of one batch."""
    max_bytes: int
    """Of one batch's requests."""
    finds_surely: bool
    """Whether what ``find`` gives is the batch that is looked for; else its results have to show it."""

    @abstractmethod
    def line(self, custom_id: str, request: Request) -> bytes:
        """One request in the provider's form, as a line of JSON without its end."""

    async def upload(self, requests: Path) -> str | None:
        """Hand over a file of such lines before the batch is made; null where making it hands them over."""
        return None

    @abstractmethod
    async def create(self, ticket: Ticket, requests: Path) -> str:
        """Make a batch and give its id.

        Raises:
            SampleFailed: it was not made, or nobody knows whether it was.
            TeacherUnavailable: the server has no batch API, or refuses the key.
        """

    @abstractmethod
    async def find(self, ticket: Ticket) -> list[str]:
        """Ids of batches that may be the one of ``ticket``, the likeliest first.

        Raises:
            SampleFailed, TeacherUnavailable: as ``create`` says.
        """

    @abstractmethod
    async def state(self, batch_id: str) -> BatchState:
        """Look at a batch.

        Raises:
            BatchUnknown: there is none of this id.
            SampleFailed, TeacherUnavailable: as ``create`` says.
        """

    @abstractmethod
    async def cancel(self, batch_id: str) -> None:
        """Ask the provider to work on nothing more of a batch; one that has ended is left as it is.

        Raises:
            BatchUnknown, SampleFailed, TeacherUnavailable: as ``state`` says.
        """

    @abstractmethod
    def results(self, batch_id: str) -> AsyncIterator[tuple[str, Result]]:
        """The results of a batch that has ended, by the ids of its requests, in any order.

        Raises:
            SampleFailed: they broke off; what came is good.
            BatchUnknown, TeacherUnavailable: as ``state`` says.
        """


def no_batches(teacher_id: str, detail: str) -> TeacherUnavailable:
    """The error for a server that knows no batches."""
    return TeacherUnavailable(
        f"teacher {teacher_id}: the server has no batch API here ({detail}); "
        "check base_url, or give the command without --batch"
    )
