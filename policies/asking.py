"""What every condition of a terms file has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from ..pipeline.concern import Concern
from .circumstances import Circumstances, State


class Asks(Concern, ABC):
    """Something that terms ask for in return."""

    outbound: ClassVar[bool] = False
    """Whether it binds the licence under which results are passed on, so that two of them can contradict."""

    of_itself: ClassVar[bool] = False
    """Whether it concerns the very thing that is used, so that nothing made from it inherits it."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The duty in words."""

    @property
    def statement(self) -> str | None:
        """Key of the statement that meets it, where one does."""
        return getattr(self, "key", None)

    @abstractmethod
    def state(self, facts: Circumstances) -> State:
        """How far it is met under the circumstances."""
