"""One end of the channel between a program and its tests. Either may ask the other, also while it is being asked.

Values that are no plain data stay with whoever has them; the other end gets a stand-in, which asks. Each end decides
what may be asked of what it keeps: a program's objects anything, the tests' functions and iterators only to go on.
"""

from __future__ import annotations

import operator
from _thread import RLock
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from . import plain
from .exceptions import Raised, raised, read

CHANNEL = 3
"""The descriptor of the channel, on both ends."""

Operations = Mapping[str, Callable[..., Any]]


def _call(target: Any, *args: Any, **kwargs: Any) -> Any:
    return target(*args, **kwargs)


def _get(target: Any) -> Any:
    return target


def _swapped(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda target, other: operation(other, target)


GOING_ON: Operations = {"call": _call, "iterator": iter, "next": next}
ARITHMETIC = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift"),
)
"""Operators of two values, by their names in ``operator``."""
OF_ONE = ("neg", "pos", "invert", "abs")
ANYTHING: Operations = {
    **GOING_ON,
    "get": _get,
    "attribute": getattr,
    "set_attribute": setattr,
    "length": len,
    "item": operator.getitem,
    "set_item": operator.setitem,
    "contains": operator.contains,
    "text": str,
    "repr": repr,
    **{name: getattr(operator, name) for name in (*ARITHMETIC, *OF_ONE)},
    **{f"r{name}": _swapped(getattr(operator, name)) for name in ARITHMETIC},
}


class Peer:
    """An end of the channel.

    Args:
        me: ``program`` or ``tests``.
        stand_in: the class of what stands for the other end's values; made of this, the value's number or name, and its
            type's name.
        operations: what the other end may ask.
        may_keep: which values, of those that are no plain data, the other end may get a stand-in for.
        named: values that it may ask for by name.
    """

    def __init__(
        self,
        me: str,
        stand_in: type[Any],
        operations: Operations,
        may_keep: Callable[[Any], bool],
        named: Mapping[str, Any],
    ) -> None:
        self.named = named
        self._me = me
        self._stand_in = stand_in
        self._operations = operations
        self._may_keep = may_keep
        self._kept: list[Any] = []
        self._lock = RLock()

    def ask(self, do: str, target: int | str, *args: Any, **kwargs: Any) -> Any:
        """What the other end answers; its own questions in between are answered.

        Raises:
            BaseException: the builtin exception next to what was raised there.
            NotPlain: an argument cannot cross.
            EOFError, OSError: the other end is gone.
            ValueError: what it says is no answer.
        """
        request = {
            "do": do,
            "target": target,
            "args": [self._encode(item) for item in args],
            "kwargs": [[name, self._encode(item)] for name, item in kwargs.items()],
        }
        with self._lock:
            plain.send(CHANNEL, request)
            while "do" in (message := self._message()):
                self.reply(message)
        if "value" in message:
            return plain.decode(message["value"], self._fetch)
        raise self.exception(read(message))

    def exception(self, told: Raised) -> BaseException:
        """The exception that an answer tells of."""
        return told.rebuilt()

    def reply(self, request: Mapping[str, Any]) -> None:
        """Answer one question."""
        answer = self.answer(request)
        try:
            plain.send(CHANNEL, answer)
        except plain.TooLarge as error:
            plain.send(CHANNEL, raised(error))

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What one question comes to, as it crosses."""
        try:
            target = self._find(request["target"])
            args = [plain.decode(item, self._fetch) for item in request.get("args", ())]
            kwargs = {name: plain.decode(item, self._fetch) for name, item in request.get("kwargs", ())}
            return {"value": self._encode(self._operations[request["do"]](target, *args, **kwargs))}
        except BaseException as error:  # noqa: BLE001 - whatever is raised is told to who asked
            return raised(error)

    def _message(self) -> dict[str, Any]:
        message = plain.receive(CHANNEL)
        if not isinstance(message, dict):
            raise ValueError("a message that is no object")  # noqa: TRY004 - as for every other message
        return cast("dict[str, Any]", message)

    def _encode(self, value: Any) -> Any:
        return plain.encode(value, self._keep)

    def _keep(self, value: Any) -> Any:
        if type(value) is self._stand_in:
            return {"object": ["", object.__getattribute__(value, "_target"), ""]}
        if not self._may_keep(value):
            return plain.refuse(value)
        self._kept.append(value)
        return {"object": [self._me, len(self._kept) - 1, type(value).__name__[:100]]}

    def _fetch(self, body: Any) -> Any:
        owner, target, kind = body
        if owner:
            return self._stand_in(self, target if isinstance(target, str) else int(target), str(kind))
        return self._find(target)

    def _find(self, target: Any) -> Any:
        if isinstance(target, str):
            if target not in self.named:
                raise NameError(f"name {target!r} is not defined")
            return self.named[target]
        return self._kept[target]


class Foreign:
    """A function or an iterator of the tests, in the hands of the program."""

    def __init__(self, peer: Peer, target: int | str, kind: str) -> None:
        self._peer = peer
        self._target = target
        self.__name__ = kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What it returns, or raises."""
        return self._peer.ask("call", self._target, *args, **kwargs)

    def __iter__(self) -> Iterator[Any]:
        return self._peer.ask("iterator", self._target)

    def __next__(self) -> Any:
        return self._peer.ask("next", self._target)
