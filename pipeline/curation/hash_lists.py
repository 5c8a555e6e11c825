"""Evaluation sets as hashes: to decontaminate against a set without handing its texts around.

The first line of a file says what it is: version of the form, name, number of problems, and what the hashes were made
with. Each further line is a problem: ``id``; ``text``, the hash of all its words; ``run``, how many words its runs
have; ``runs`` and ``numbers``, hashes as base64 of little-endian 64-bit integers, sorted. No text can be read from it,
though one who guesses a problem can check the guess.

``python -m tracestill.pipeline.curation.hash_lists PROBLEM_SET OUT.jsonl`` makes one; PROBLEM_SET is an entry of
``problems`` as the configuration has it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import yaml
from pydantic import ValidationError

from ..config import DECONTAMINATION_LISTS, Decontaminate
from ..config_problems import ProblemSet
from ..errors import ConfigError
from ..problems.reading import read_problems
from .evaluation_sets import EvaluationSet, Fingerprint, evaluation_set
from .fingerprints import Hashes
from .wording import NORMALISATION

__all__ = ["FORMAT", "content_hash", "read_list", "write_list"]

FORMAT = 1
"""Version of the file's form."""


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    normalisation: int
    name: str
    ngram: int
    count: int


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str
    run: int
    runs: str
    numbers: str


def write_list(found: EvaluationSet, path: Path) -> None:
    """Write the hashes of a set."""
    header = _Header(FORMAT, NORMALISATION, found.name, found.ngram, len(found.problems))
    path.write_bytes(msgspec.json.encode(header) + b"\n" + b"".join(_lines(found.problems)))


def content_hash(problems: Iterable[Fingerprint]) -> str:
    """SHA-256 of the lines of a set's file below its first, whether or not there is such a file."""
    digest = hashlib.sha256()
    for line in _lines(problems):
        digest.update(line)
    return digest.hexdigest()


def read_list(name: str, base_dir: Path) -> EvaluationSet:
    """The set of a list that ships, by its name, or of a file.

    Raises:
        ConfigError: there is none, or it cannot be used; says why.
    """
    place = f"decontaminate.hashes: {name}"
    try:
        if name in DECONTAMINATION_LISTS:
            content = files(__package__ or "").joinpath("lists", f"{name}.jsonl").read_bytes()
        else:
            content = (base_dir / name).read_bytes()
    except OSError as error:
        known = ", ".join(DECONTAMINATION_LISTS)
        raise ConfigError(f"{place}: {error.strerror}; give the path of a list of hashes, or one of {known}") from error
    head, *lines = content.splitlines() or [b""]
    try:
        header = msgspec.json.decode(head, type=_Header)
        problems = tuple(map(_fingerprint, lines))
    except (msgspec.DecodeError, ValueError) as error:
        raise ConfigError(f"{place}: is no list of hashes ({error}); docs/curation.md says how to make one") from error
    if header.format > FORMAT or header.normalisation != NORMALISATION:
        raise ConfigError(
            f"{place}: has form {header.format} and normalisation {header.normalisation}, this version of Tracestill "
            f"uses {FORMAT} and {NORMALISATION}; make the list again from its problems"
        )
    if header.count != len(problems):
        raise ConfigError(f"{place}: says that it holds {header.count} problems and holds {len(problems)}")
    return EvaluationSet(header.name, header.ngram, problems)


def _lines(problems: Iterable[Fingerprint]) -> Iterator[bytes]:
    for one in problems:
        line = _Line(one.id, f"{one.text:016x}", one.run, _packed(one.runs), _packed(one.numbers))
        yield msgspec.json.encode(line) + b"\n"


def _fingerprint(line: bytes) -> Fingerprint:
    found = msgspec.json.decode(line, type=_Line)
    return Fingerprint(found.id, int(found.text, 16), found.run, _unpacked(found.runs), _unpacked(found.numbers))


def _packed(hashes: Hashes) -> str:
    return base64.b64encode(hashes.astype("<u8").tobytes()).decode()


def _unpacked(text: str) -> Hashes:
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64)


def main(problem_set: str, out: str) -> None:
    """Write the list of a problem set, given as YAML.

    Raises:
        ConfigError: it is no problem set.
    """
    try:
        wanted = ProblemSet.model_validate(yaml.safe_load(problem_set))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"{problem_set}: is no problem set ({error})") from error

    def stop(error: Exception) -> None:
        sys.stderr.write(f"skipped: {error}\n")

    problems = read_problems(wanted, Path(), stop)
    found = evaluation_set(wanted.source, problems, Decontaminate().ngram)
    write_list(found, Path(out))
    sys.stdout.write(json.dumps({"name": found.name, "count": len(found.problems)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
