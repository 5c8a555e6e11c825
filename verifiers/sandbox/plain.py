"""What crosses between a program and its tests: bounded JSON that stands for plain data, and nothing that has a will.

JSON's own values stand for themselves. Everything else is an object with one key that names the kind::

    {"tuple": [...]}  {"set": [...]}  {"dict": [[key, value], ...]}  {"int": "0x..."}  {"float": "nan"}  {"object": 7}

Whoever reads it builds exact builtins: no class, no method and no comparison of the sender's survives. A value that is
no plain data stays where it is and crosses as a number, by which it can be called and asked, but not compared.
"""

from __future__ import annotations

import builtins
import json
import os
from collections import deque
from collections.abc import Callable, ItemsView, Iterable, KeysView, Mapping, ValuesView
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any, cast

MAX_BYTES = 4 * 1024 * 1024
"""Of one message."""
MAX_DEPTH = 60
_MAX_READ_DEPTH = 3 * MAX_DEPTH
"""In JSON, where an entry of a dictionary is two levels."""
_PLAIN_INT = 1 << 62
_NAMED_TYPES: tuple[type[Any], ...] = (
    *(int, float, complex, bool, str, bytes, bytearray),
    *(list, tuple, set, frozenset, dict, range, object),
)
_VIEWS = ("dict_keys", "dict_values", "dict_items")
_COLLECTIONS: tuple[type[Any], ...] = (tuple, set, frozenset, deque)
_MAX_INT_BITS = 1 << 20


class TooLarge(Exception):
    """A value is too large or nests too deeply to cross."""


class NotPlain(TypeError):
    """A value of this type cannot cross."""


Keep = Callable[[Any], Any]
"""Gives what stands for a value that is no plain data."""


def refuse(value: Any) -> Any:
    """Keep nothing: a value that is no plain data may not cross.

    Raises:
        NotPlain: always.
    """
    raise NotPlain(f"a value of type {type(value).__name__} cannot cross to another process")


def encode(value: Any, keep: Keep = refuse, depth: int = 0) -> Any:
    """What stands for a value.

    Raises:
        TooLarge: it nests too deeply, or a number in it has too many digits.
        NotPlain: something in it is no plain data, and ``keep`` does not keep it.
    """
    kind = cast("type[Any]", type(value))
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if -_PLAIN_INT < value < _PLAIN_INT else _big(value)
    if kind is float:
        return value if isfinite(value) else {"float": repr(value)}
    if depth > MAX_DEPTH:
        raise TooLarge(f"the value nests more than {MAX_DEPTH} deep")
    if kind is list:
        return [encode(item, keep, depth + 1) for item in value]
    return _encode_tagged(value, keep, depth + 1)


def _encode_tagged(value: Any, keep: Keep, depth: int) -> Any:
    match value:
        case tuple() | set() | frozenset() | deque():
            name = next(base.__name__ for base in _COLLECTIONS if isinstance(value, base))
            return {name: [encode(item, keep, depth) for item in cast("Iterable[Any]", value)]}
        case list():
            return [encode(item, keep, depth) for item in cast("list[Any]", value)]
        case dict():
            pairs = cast("dict[Any, Any]", value).items()
            return {"dict": [[encode(key, keep, depth), encode(item, keep, depth)] for key, item in pairs]}
        case str():
            return str.__str__(value)
        case int():
            return encode(int.__index__(value), keep, depth)
        case float():
            return encode(float.__float__(value), keep, depth)
        case complex():
            return {"complex": [encode(value.real, keep, depth), encode(value.imag, keep, depth)]}
        case bytes() | bytearray():
            return {"bytes" if isinstance(value, bytes) else "bytearray": value.hex()}
        case range():
            return {"range": [encode(part, keep, depth) for part in (value.start, value.stop, value.step)]}
        case _:
            return _encode_rest(value, keep, depth)


def _encode_rest(value: Any, keep: Keep, depth: int) -> Any:
    """What is met less often."""
    kind = cast("type[Any]", type(value))
    match value:
        case type() if _TYPES.get(value.__name__) is value:
            return {"type": value.__name__}
        case Decimal():
            return {"Decimal": Decimal.__str__(value)}
        case KeysView() | ValuesView() | ItemsView() if kind.__module__ == "builtins" and kind.__name__ in _VIEWS:
            return {kind.__name__: [encode(item, keep, depth) for item in cast("Iterable[Any]", value)]}
        case timedelta():
            return {"timedelta": [value.days, value.seconds, value.microseconds]}
        case datetime() if value.tzinfo is None or type(value.tzinfo) is timezone:
            return {"datetime": datetime.isoformat(value)}
        case time() if value.tzinfo is None or type(value.tzinfo) is timezone:
            return {"time": time.isoformat(value)}
        case date() if not isinstance(value, datetime):
            return {"date": date.isoformat(value)}
        case Fraction():
            return {"Fraction": [encode(value.numerator, keep, depth), encode(value.denominator, keep, depth)]}
        case _:
            return keep(value)


def _big(value: int) -> Any:
    if value.bit_length() > _MAX_INT_BITS:
        raise TooLarge("a number has too many digits")
    return {"int": hex(value)}


_BUILD: Mapping[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": deque,
    "dict": dict,
    "complex": lambda parts: complex(*parts),
    "range": lambda parts: range(*parts),
    "Fraction": lambda parts: Fraction(*parts),
    "timedelta": lambda parts: timedelta(*parts),
    "dict_keys": lambda keys: dict.fromkeys(keys).keys(),
    "dict_values": lambda values: dict(enumerate(values)).values(),
    "dict_items": lambda pairs: dict(pairs).items(),
}
_TYPES = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and (issubclass(kind, BaseException) or kind in _NAMED_TYPES)
}
_READ: Mapping[str, Callable[[str], Any]] = {
    "int": lambda text: int(text, 16),
    "float": lambda text: {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}[text],
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "type": _TYPES.__getitem__,
}


def decode(data: Any, fetch: Callable[[Any], Any], depth: int = 0) -> Any:
    """The value that ``data`` stands for; ``fetch`` gives what stands for a kept one.

    Raises:
        ValueError: ``data`` stands for nothing, or nests too deeply.
    """
    if depth > _MAX_READ_DEPTH:
        raise ValueError(f"a value that nests more than {_MAX_READ_DEPTH} deep")
    if isinstance(data, list):
        return [decode(item, fetch, depth + 1) for item in cast("list[Any]", data)]
    if not isinstance(data, dict):
        return data
    try:
        [(name, body)] = cast("dict[str, Any]", data).items()
        if name in _READ:
            return _READ[name](body)
        if name == "object":
            return fetch(body)
        return _BUILD[name]([decode(item, fetch, depth + 1) for item in body])
    except (TypeError, KeyError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"no value: {error}") from error


def send(descriptor: int, message: Any) -> None:
    """Write one message.

    Raises:
        TooLarge: it has more than MAX_BYTES.
        OSError: nobody reads any more.
    """
    text = json.dumps(message, separators=(",", ":")).encode()
    if len(text) > MAX_BYTES:
        raise TooLarge(f"the value takes more than {MAX_BYTES >> 20} MB")
    left = memoryview(len(text).to_bytes(4, "big") + text)
    while left:
        left = left[os.write(descriptor, left) :]


def receive(descriptor: int) -> Any:
    """Read one message.

    Raises:
        EOFError: nobody writes any more.
        ValueError: it is no message.
    """
    size = int.from_bytes(_read(descriptor, 4), "big")
    if size > MAX_BYTES:
        raise ValueError(f"a message of {size} bytes")
    try:
        return json.loads(_read(descriptor, size))
    except RecursionError as error:
        raise ValueError("a message nests too deeply") from error


def _read(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
