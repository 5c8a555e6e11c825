"""What tests hold in place of a program's functions and objects: each use of one is asked of the program's process.

An answer is plain data, built anew. What is no plain data can be called and asked, but whoever compares it, takes its
truth or hashes it gets an exception, because the program would decide the outcome.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from . import plain

CHANNEL = 3
"""The descriptor of the socket to the program."""
_EXCEPTIONS = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}


class OpaqueValue(TypeError):
    """A value of the program that is no plain data was to be compared."""


class ProgramGone(BaseException):
    """The program's process ended or said something that is no answer. Tests that catch Exception do not catch it."""


class Link:
    """The way to the program. What breaks it once breaks it for good."""

    def __init__(self) -> None:
        self.uses = 0
        self.broken: str | None = None
        self.raised: dict[str, Any] | None = None
        """The last exception that came from the program."""

    def ask(self, do: str, target: str | int, *args: Any, **kwargs: Any) -> Any:
        """What the program answers.

        Raises:
            BaseException: the builtin exception next to what the program raised.
            NotPlain: an argument cannot cross.
            ProgramGone: there is no answer.
        """
        request = {
            "do": do,
            "target": target,
            "args": [plain.encode(item, _handle) for item in args],
            "kwargs": [[name, plain.encode(item, _handle)] for name, item in kwargs.items()],
        }
        self.uses += 1
        if self.broken is not None:
            raise ProgramGone(self.broken)
        try:
            plain.send(CHANNEL, request)
            answer = plain.receive(CHANNEL)
            if "value" in answer:
                return plain.decode(answer["value"], self._opaque)
            kinds, message = [str(kind) for kind in answer["raised"]], str(answer["message"])
        except (EOFError, OSError):
            self._break("the program ended before its tests did")
        except plain.TooLarge as error:
            raise plain.NotPlain(str(error)) from error
        except (ValueError, TypeError, LookupError, RecursionError, AttributeError) as error:
            self._break(f"the program's answer cannot be read: {error}"[:300])
        self.raised = answer
        raise _exception(kinds, message)

    def _break(self, why: str) -> NoReturn:
        self.broken = why
        raise ProgramGone(why) from None

    def _opaque(self, body: Any) -> Opaque:
        number, kind = body
        return Opaque(self, int(number), str(kind))


def _exception(kinds: list[str], message: str) -> BaseException:
    for kind in kinds:
        if kind in _EXCEPTIONS:
            try:
                return _EXCEPTIONS[kind](message)
            except TypeError:  # it wants more than a text
                continue
    return RuntimeError(message)


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
        return self._link.ask("contains", self._target, item) is True

    def __str__(self) -> str:
        return self._link.ask("text", self._target)

    def __repr__(self) -> str:
        return self._link.ask("repr", self._target)

    __eq__ = __ne__ = _refuse("==")
    __lt__ = __le__ = __gt__ = __ge__ = _refuse("<")
    __bool__ = _refuse("the truth")
    __hash__ = _refuse("the hash")


def _handle(value: Any) -> Any:
    """What stands for a value that an argument holds; the program's own goes back to it as itself."""
    if type(value) is Opaque:
        return {"object": [object.__getattribute__(value, "_target"), ""]}
    return plain.refuse(value)
