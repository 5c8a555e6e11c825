"""What tests hold in place of a program's functions and objects: each use of one is asked of the program's process.

An answer is plain data, built anew. What is no plain data can be called and asked, but whoever compares it, takes its
truth or hashes it gets an exception, because the program would decide the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NoReturn, cast

from . import plain
from .exceptions import Raised
from .peer import ARITHMETIC, GOING_ON, OF_ONE, Peer

_MAY_KEEP = (FunctionType, BuiltinFunctionType, MethodType, partial)


class OpaqueValue(TypeError):
    """A value of the program that is no plain data was to be compared."""


class OwnComparison(TypeError):
    """Two objects of the program were to be compared: the tests may be sound, and cannot be asked here."""


class ProgramGone(BaseException):
    """The program's process ended or said something that is no answer. Tests that catch Exception do not catch it."""


class Link(Peer):
    """The tests' end of the channel. What breaks it once breaks it for good."""

    def __init__(self) -> None:
        super().__init__("tests", Opaque, GOING_ON, _may_keep, named={})
        self.uses = 0
        self.broken: str | None = None
        self.raised: Raised | None = None
        """The last exception that came from the program."""
        self.rebuilt: BaseException | None = None
        """What it became here."""
        self.is_weak = False
        """Whether the program was asked for what its own comparison decides."""

    def ask(self, do: str, target: int | str, *args: Any, **kwargs: Any) -> Any:
        """What the program answers.

        Raises:
            BaseException: the builtin exception next to what the program raised.
            NotPlain: an argument cannot cross.
            ProgramGone: there is no answer.
        """
        self.uses += 1
        if self.broken is not None:
            raise ProgramGone(self.broken)
        told = self.raised
        try:
            return super().ask(do, target, *args, **kwargs)
        except (StopIteration, StopAsyncIteration) as error:
            if do == "next":
                raise
            # As in a generator (PEP 479): it would end a loop of the tests before its time.
            raise RuntimeError(f"the program raised {type(error).__name__}") from error
        except plain.TooLarge as error:
            raise plain.NotPlain(str(error)) from error
        except (EOFError, OSError, ValueError, TypeError, LookupError, RecursionError, AttributeError) as error:
            if self.raised is not told or isinstance(error, plain.NotPlain):
                raise
            gone = isinstance(error, EOFError | OSError)
            self.broken = (
                "the program ended before its tests did"
                if gone
                else f"the program's answer cannot be read: {error}"[:300]
            )
            raise ProgramGone(self.broken) from None

    def exception(self, told: Raised) -> BaseException:
        """The exception that an answer tells of, which is remembered."""
        self.raised = told
        self.rebuilt = super().exception(told)
        return self.rebuilt


def _may_keep(value: Any) -> bool:
    """Functions and iterators may be called back; what else the tests have is out of the program's reach."""
    return isinstance(value, _MAY_KEEP) or hasattr(cast("type[Any]", type(value)), "__next__")


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Opaque, *_: object) -> NoReturn:
        kind = object.__getattribute__(self, "_type")
        raise OpaqueValue(f"the tests use {name} of a value of type {kind!r}, which is no plain data")

    return refuse


class Opaque:
    """A function or an object of the program."""

    __slots__ = ("_link", "_target", "_type")
    _link: Link
    _target: int | str
    _type: str

    def __init__(self, link: Link, target: int | str, kind: str) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_type", kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What it returns, or raises."""
        return self._link.ask("call", self._target, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return self._link.ask("attribute", self._target, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("set_attribute", self._target, name, value)

    def __len__(self) -> int:
        return self._link.ask("length", self._target)

    def __getitem__(self, key: Any) -> Any:
        return self._link.ask("item", self._target, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._link.ask("set_item", self._target, key, value)

    def __iter__(self) -> Iterator[Any]:
        return self._link.ask("iterator", self._target)

    def __next__(self) -> Any:
        return self._link.ask("next", self._target)

    def __contains__(self, item: Any) -> bool:
        self._link.is_weak = True
        return self._link.ask("contains", self._target, item) is True

    def __str__(self) -> str:
        return self._link.ask("text", self._target)

    def __repr__(self) -> str:
        return self._link.ask("repr", self._target)

    def __eq__(self, other: object) -> bool:
        if type(other) is Opaque:
            raise OwnComparison("the tests compare two objects of the program, and only the program could say how")
        _refuse("==")(self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __lt__ = __le__ = __gt__ = __ge__ = _refuse("<")
    __bool__ = _refuse("the truth")
    __hash__ = _refuse("the hash")


def _asking(do: str) -> Callable[..., Any]:
    def ask(self: Opaque, *others: object) -> Any:
        return self._link.ask(do, self._target, *others)  # pyright: ignore[reportPrivateUsage] - a method to be

    return ask


for _name in OF_ONE:
    setattr(Opaque, f"__{_name}__", _asking(_name))
for _name in ARITHMETIC:
    setattr(Opaque, f"__{_name.strip('_')}__", _asking(_name))
    setattr(Opaque, f"__r{_name.strip('_')}__", _asking(f"r{_name}"))
