"""Putting a folder on the Hugging Face Hub: one commit with what differs, or none where nothing does."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Collection, Generator, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec

from .errors import ConfigError, HubUnavailable
from .sampling.keys import secret

TOKEN = "HF_TOKEN"
Kind = Literal["dataset", "model"]
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the Hub now."""

    url: str
    commit: str
    """The commit that holds it."""
    changed: bool
    """Whether that commit was made now; false where everything was there already."""
    files: int
    """That were sent."""
    removed: int
    """That an earlier push had put there and that are no more."""


class Hub:
    """The Hub that ``HF_ENDPOINT`` names, as the holder of a token."""

    def __init__(self) -> None:
        """Connect to nothing yet.

        Raises:
            ConfigError: there is no token.
        """
        self._library: Any = import_module("huggingface_hub")
        token = secret(TOKEN) or self._library.get_token()
        if token is None:
            raise ConfigError(
                f"no token for the Hub: set {TOKEN} to one that may write, or {TOKEN}_FILE to a file that holds it, "
                "or run `hf auth login`"
            )
        utils: Any = import_module("huggingface_hub.utils")
        utils.disable_progress_bars()
        self._api: Any = self._library.HfApi(token=token)

    def push(
        self,
        files: Mapping[str, Path],
        repo: str,
        kind: Kind,
        *,
        public: bool,
        message: str,
        beside: Collection[str] = (),
        ours: re.Pattern[str],
    ) -> Pushed:
        """Make the repository hold these files, in one commit on top of what is there.

        What was sent before a push broke off need not be sent again: large files lie there by their hash.

        Args:
            files: path in the repository to the file here.
            repo: its name, as ``ORG/NAME``; it is made where it is missing.
            kind: what it is.
            public: whether everybody may see it. One that is public already is written to only where this is asked.
            message: of the commit.
            beside: paths that are sent along with a change and are none themselves, such as reports with a date.
            ours: paths that a push puts there: those that are in the repository and not in ``files`` are removed.

        Raises:
            ConfigError: the name is none, or the repository is public.
            HubUnavailable: the Hub cannot be reached, refuses the token, or somebody else changed it meanwhile.
        """
        if _REPO.fullmatch(repo) is None:
            raise ConfigError(f"--push {repo}: write the name as ORG/NAME, in letters, digits, dots, dashes")
        with self._faults(repo):
            head = self._made(repo, kind, public=public)
            there = {one.path: one for one in self._tree(repo, kind)}
            differing = [path for path, place in files.items() if not _same(place, there.get(path))]
            gone = [path for path in there if ours.fullmatch(path) and path not in files]
            if not [path for path in differing if path not in beside] and not gone:
                return Pushed(url=self._url(repo, kind), commit=head, changed=False, files=0, removed=0)
            operations = [self._library.CommitOperationAdd(path, str(files[path])) for path in sorted(differing)]
            operations += [self._library.CommitOperationDelete(path) for path in sorted(gone)]
            done = self._api.create_commit(repo, operations, commit_message=message, repo_type=kind, parent_commit=head)
        return Pushed(url=self._url(repo, kind), commit=done.oid, changed=True, files=len(differing), removed=len(gone))

    def _made(self, repo: str, kind: str, *, public: bool) -> str:
        """The newest commit of the repository, made where it is missing."""
        self._api.create_repo(repo, repo_type=kind, private=not public, exist_ok=True)
        info = self._api.repo_info(repo, repo_type=kind)
        if not info.private and not public:
            raise ConfigError(
                f"--push {repo}: is public, and everybody would see what is pushed; add --public if that is meant, "
                "or name a repository of its own"
            )
        return info.sha

    def _tree(self, repo: str, kind: str) -> Iterable[Any]:
        found = self._api.list_repo_tree(repo, recursive=True, repo_type=kind)
        return [one for one in found if hasattr(one, "blob_id")]

    def _url(self, repo: str, kind: str) -> str:
        return f"{self._api.endpoint}/{'datasets/' if kind == 'dataset' else ''}{repo}"

    @contextlib.contextmanager
    def _faults(self, repo: str) -> Generator[None]:
        network: Any = import_module("httpx2")
        errors: Any = import_module("huggingface_hub.errors")
        try:
            yield
        except errors.HfHubHTTPError as error:
            status = error.response.status_code
            raise HubUnavailable(f"the Hub answers {status} about {repo}: {_WHY.get(status, _OTHER)}") from error
        except (network.HTTPError, OSError, RuntimeError) as error:
            raise HubUnavailable(
                f"the Hub ({self._api.endpoint}) cannot be reached or broke off ({type(error).__name__}); nothing is "
                "half there: run the command again, and it sends what is missing"
            ) from error


_OTHER = "nothing is half there; run the command again"
_WHY = {
    401: f"it does not know the token; set {TOKEN} to one that is valid",
    403: "the token may not write there; make one with write access to this name",
    404: "there is no such name, or the token may not see it",
    409: "somebody else changed it meanwhile; run the command again",
    412: "somebody else changed it meanwhile; run the command again",
    429: "it is asked too often; run the command again later",
}


def _same(place: Path, there: Any) -> bool:
    """Whether the file is what the repository holds: by its SHA-256 where it is a large one, else as git names it."""
    if there is None or there.size != place.stat().st_size:
        return False
    if there.lfs is not None:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == there.lfs.sha256
    content = place.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == there.blob_id


def files_below(folder: Path, without: Collection[str] = ()) -> dict[str, Path]:
    """Every file below a folder by its path there; hidden ones and those of some folders left out."""
    found: dict[str, Path] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in without and not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                path = Path(place) / name
                found[path.relative_to(folder).as_posix()] = path
    return found
