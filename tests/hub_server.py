"""A Hub on loopback: repositories with commits, large files by their hash, the routes that the real client asks for.

It keeps what the real one keeps: a commit names the one that it stands on, large files have to be there before a
commit names them, and their content is held against their hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_loopback"
LARGE = (".parquet", ".safetensors")
"""Endings that go the way of large files; so does whatever is longer than 10 MB there."""


@dataclass
class File:
    """A file of a commit."""

    content: bytes
    large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def described(self, path: str) -> dict[str, Any]:
        blob = b"blob %d\0" % len(self.content) + self.content
        facts: dict[str, Any] = {"type": "file", "path": path, "size": len(self.content)}
        if self.large:
            facts["lfs"] = {"oid": self.sha256, "size": len(self.content), "pointerSize": 134}
        return facts | {"oid": hashlib.sha1(blob, usedforsecurity=False).hexdigest()}


@dataclass
class Repo:
    """A repository: its commits, each with the whole tree."""

    private: bool
    commits: list[tuple[str, str, dict[str, File]]] = field(default_factory=list)

    def commit(self, message: str, files: dict[str, File]) -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {message}".encode(), usedforsecurity=False).hexdigest()
        self.commits.append((oid, message, files))
        return oid

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def files(self) -> dict[str, File]:
        return self.commits[-1][2]


class HubServer:
    """Use as a context manager. ``fault`` may refuse a request: it gets its method and path, and gives a status."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.fault: Callable[[str, str], int | None] = lambda method, path: None
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def dataset(self, name: str) -> Repo:
        return self.repos["dataset", name]

    def model(self, name: str) -> Repo:
        return self.repos["model", name]


_NAME = r"(?P<name>[\w.-]+/[\w.-]+)"
_API = rf"/api/(?P<kind>dataset|model)s/{_NAME}"
_ROUTES = [
    ("POST", r"/api/repos/create", "create"),
    ("POST", r"/api/validate-yaml", "validate"),
    ("GET", rf"{_API}(/revision/[^/]+)?", "info"),
    ("GET", rf"{_API}/tree/[^/]+(?P<below>/.*)?", "tree"),
    ("POST", rf"{_API}/paths-info/[^/]+", "paths"),
    ("POST", rf"{_API}/preupload/[^/]+", "preupload"),
    ("POST", rf"{_API}/commit/[^/]+", "commit"),
    ("POST", rf"/(?P<prefix>datasets/)?{_NAME}\.git/info/lfs/objects/batch", "batch"),
    ("PUT", r"/blobs/(?P<oid>[0-9a-f]{64})", "blob"),
    ("GET", rf"/(?P<prefix>datasets/)?{_NAME}/resolve/[^/]+/(?P<path>.+)", "resolve"),
]


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.hub.requests.append((method, path))
        if (status := self.hub.fault(method, path)) is not None:
            self._say(status, {"error": "asked to fail"})
            return
        if method != "PUT" and self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._say(401, {"error": "Invalid credentials"})
            return
        for wanted, pattern, name in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found is not None and wanted == ("GET" if method == "HEAD" else method):
                getattr(self, f"_{name}")(found.groupdict(), body)
                return
        self._missing("EntryNotFound")

    def _create(self, at: dict[str, str], body: bytes) -> None:
        wanted = json.loads(body)
        name = f"{wanted['organization']}/{wanted['name']}"
        key = wanted.get("type", "model"), name
        prefix = "datasets/" if key[0] == "dataset" else ""
        facts = {"url": f"{self.hub.url}/{prefix}{name}", "name": name, "id": name}
        if key in self.hub.repos:
            self._say(409, facts | {"error": "You already created this repo"})
            return
        repo = self.hub.repos[key] = Repo(private=bool(wanted.get("private")) or wanted.get("visibility") == "private")
        repo.commit("initial commit", {".gitattributes": File(b"*.parquet filter=lfs\n", large=False)})
        self._say(200, facts)

    def _validate(self, at: dict[str, str], body: bytes) -> None:
        self._say(200, {"errors": [], "warnings": []})

    def _info(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo(at["kind"], at["name"])
        if repo is not None:
            siblings = [{"rfilename": path} for path in sorted(repo.files)]
            facts = {"id": at["name"], "sha": repo.head, "private": repo.private, "siblings": siblings, "tags": []}
            self._say(200, facts | {"downloads": 0, "likes": 0})

    def _tree(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo(at["kind"], at["name"])
        if repo is None:
            return
        below = (at["below"] or "").strip("/")
        recursive = "recursive=true" in urlsplit(self.path).query.lower()
        within = {path: file for path, file in repo.files.items() if not below or path.startswith(f"{below}/")}
        if below and not within:
            self._missing("EntryNotFound")
            return
        start = len(below) + 1 if below else 0
        folders = sorted({path[: path.index("/", start)] for path in within if "/" in path[start:]})
        rows = [{"type": "directory", "path": one, "oid": "0" * 40, "size": 0} for one in folders]
        rows += [file.described(path) for path, file in within.items() if recursive or "/" not in path[start:]]
        self._say(200, rows)

    def _paths(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo(at["kind"], at["name"])
        if repo is not None:
            wanted = json.loads(body)["paths"]
            self._say(200, [repo.files[path].described(path) for path in wanted if path in repo.files])

    def _preupload(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo(at["kind"], at["name"])
        if repo is None:
            return
        answers: list[dict[str, Any]] = []
        for one in json.loads(body)["files"]:
            large = one["path"].endswith(LARGE) or one["size"] > 10_000_000
            answer = {"path": one["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
            answers.append(answer)
        self._say(200, {"files": answers})

    def _batch(self, at: dict[str, str], body: bytes) -> None:
        objects = [
            {"oid": one["oid"], "size": one["size"]}
            | ({} if one["oid"] in self.hub.blobs else {"actions": {"upload": self._upload(one["oid"])}})
            for one in json.loads(body)["objects"]
        ]
        self._say(200, {"transfer": "basic", "objects": objects})

    def _upload(self, oid: str) -> dict[str, Any]:
        return {"href": f"{self.hub.url}/blobs/{oid}", "header": {}}

    def _blob(self, at: dict[str, str], body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != at["oid"]:
            self._say(400, {"error": "the content is not what its hash says"})
            return
        self.hub.blobs[at["oid"]] = body
        self._say(200, {})

    def _commit(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo(at["kind"], at["name"])
        if repo is None:
            return
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        if header.get("parentCommit") not in (None, repo.head):
            self._say(412, {"error": "A commit has happened since"})
            return
        files = dict(repo.files)
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = File(base64.b64decode(value["content"]), large=False)
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.blobs:
                    self._say(400, {"error": "a large file is named that is not there"})
                    return
                files[value["path"]] = File(self.hub.blobs[value["oid"]], large=True)
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        oid = repo.commit(header["summary"], files)
        self._say(200, {"commitUrl": f"{self.hub.url}/{at['name']}/commit/{oid}", "commitOid": oid, "success": True})

    def _resolve(self, at: dict[str, str], body: bytes) -> None:
        repo = self._repo("dataset" if at["prefix"] else "model", at["name"])
        if repo is None:
            return
        file = repo.files.get(at["path"])
        if file is None:
            self._missing("EntryNotFound")
            return
        content, status = file.content, 200
        headers = {"ETag": f'"{file.sha256}"', "X-Repo-Commit": repo.head, "Accept-Ranges": "bytes"}
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or ""):
            start, end = int(asked[1]), int(asked[2] or len(content) - 1)
            headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
            content, status = content[start : end + 1], 206
        self._send(status, content, "application/octet-stream", headers)

    def _repo(self, kind: str, name: str) -> Repo | None:
        repo = self.hub.repos.get((kind, name))
        if repo is None:
            self._missing("RepoNotFound")
        return repo

    def _missing(self, code: str) -> None:
        self._send(404, b"{}", "application/json", {"X-Error-Code": code})

    def _say(self, status: int, answer: Any) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json", {})

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
