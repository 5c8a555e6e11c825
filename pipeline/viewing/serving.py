"""Serves the page until it is told to stop."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from urllib.parse import urlencode

import uvicorn

from ..errors import ConfigError
from ..sampling.keys import secret
from ..stopping import stop_on_signals
from ..view import View
from ..workspace import Workspace
from .app import make_app, prepare
from .guard import LOOPBACK, new_secret
from .index import Index
from .queue import Desk

TOKEN = "TRACESTILL_VIEW_TOKEN"


def serve(workspace: Workspace, view: View, host: str, port: int, *, read_only: bool) -> None:
    """Serve a workspace's page on ``host``.

    Raises:
        ConfigError: the address cannot be had.
    """
    token = None if host in LOOPBACK else secret(TOKEN) or new_secret()
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(host, port))
        index = stack.enter_context(Index(workspace, view, prepare))
        desk = None if read_only else stack.enter_context(Desk(workspace, view))
        name = "/".join(workspace.path.resolve().parts[-2:])
        app = make_app(workspace, index, desk, token=token, name=name)
        _tell(host, listener.getsockname()[1], token)
        # Its own log of requests would hold the token.
        settings = uvicorn.Config(
            app, access_log=False, log_level="warning", server_header=False, lifespan="off", timeout_graceful_shutdown=3
        )
        server = uvicorn.Server(settings)
        # uvicorn ends at a signal and raises it once more, for whoever called it: here that is no accident.
        with stop_on_signals():
            server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # whoever reads the address may ask at once
    except OSError as error:
        listener.close()
        raise ConfigError(f"--host {host} --port {port}: {error.strerror}; --port 0 takes a free one") from error
    return listener


def _tell(host: str, port: int, token: str | None) -> None:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    if token is not None:
        sys.stderr.write(f"open it once as {address}?{urlencode({'token': token})}\n")
