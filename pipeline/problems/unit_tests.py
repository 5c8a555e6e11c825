"""The five forms in which a code problem can bring its tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

__all__ = ["tests_text"]

Text = Annotated[str, Field(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Call(_Form):
    args: list[Any]
    kwargs: dict[str, Any] | None = None
    expected: Any


class _Dialogue(_Form):
    stdin: str
    stdout: str


Language = Literal["python", "cpp", "javascript"]


class _Function(_Form):
    kind: Literal["function"]
    language: Language | None = None
    entry_point: Text
    cases: list[_Call] = Field(min_length=1)


class _Asserts(_Form):
    kind: Literal["asserts"]
    setup: str | None = None
    asserts: list[Text] = Field(min_length=1)


class _Check(_Form):
    kind: Literal["check"]
    entry_point: Text
    code: Text


class _Stdio(_Form):
    kind: Literal["stdio"]
    language: Language | None = None
    cases: list[_Dialogue] = Field(min_length=1)
    checker: str | None = None


class _Pytest(_Form):
    kind: Literal["pytest"]
    code: Text


_Tests = Annotated[_Function | _Asserts | _Check | _Stdio | _Pytest, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[_Tests] = TypeAdapter(_Tests)


def tests_text(tests: object) -> str:
    """Tests, given as an object or as its JSON text, as JSON text on one line.

    Numbers and the order of keys stay as they are: to the code under test, 2.0 is not 2.

    Raises:
        ValueError: they have none of the five forms; names the key.
    """
    found = _object(tests)
    # A column of structs gives every row the keys of all rows.
    form = {key: value for key, value in found.items() if value is not None}
    try:
        _ADAPTER.validate_python(form)
        return json.dumps(form, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(["tests", *map(str, first["loc"])])
        raise ValueError(f"{key}: {first['msg']}; docs/problems.md shows the five kinds of tests") from error
    except (TypeError, RecursionError) as error:
        raise ValueError(f"tests: hold what JSON cannot ({error}); use numbers, text, lists and objects") from error


def _object(tests: object) -> Mapping[str, Any]:
    if isinstance(tests, str):
        try:
            tests = cast("object", json.loads(tests))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"tests: not JSON ({error}); give an object or its JSON text") from error
    if not isinstance(tests, dict):
        raise ValueError(f"tests: must be an object, not {type(tests).__name__}; it has a kind and what goes with it")  # noqa: TRY004
    return cast("dict[str, Any]", tests)
