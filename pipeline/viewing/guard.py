"""Who may ask, and what a page may do: every text on it was written by a model, and may be made to harm.

Nothing is loaded or sent anywhere but here (Content-Security-Policy), a request names a host that is ours (against DNS
rebinding), a change comes from a page of ours (against forged requests), and beyond this machine a token is asked for.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "tracestill_view"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "connect-src 'self'; img-src 'self' data:"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without a referrer a form would not say where it comes from
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Stands before the pages.

    Args:
        app: the pages.
        token: what whoever asks must know; null on this machine alone.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on; either way with the headers that bind the page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def bound(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        answer = self._refusal(request) or self._introduction(request)
        await (answer or self._app)(scope, receive, bound)

    def _refusal(self, request: Request) -> PlainTextResponse | None:
        host = urlsplit(f"//{request.headers.get('host', '')}")
        if self._token is None and (host.hostname or "") not in LOOPBACK:
            return PlainTextResponse("this page answers to localhost and 127.0.0.1", 421)
        if request.method not in ("GET", "HEAD") and not _comes_from_here(request):
            return PlainTextResponse("a change has to come from a page of this server", 403)
        return None

    def _introduction(self, request: Request) -> RedirectResponse | PlainTextResponse | None:
        """Take the token once, out of the address; from then on a cookie shows it."""
        if self._token is None:
            return None
        given = parse_qs(request.url.query).get("token", [""])[0]
        if given and hmac.compare_digest(given.encode(), self._token.encode()):
            rest = {name: values for name, values in parse_qs(request.url.query).items() if name != "token"}
            answer = RedirectResponse(f"{request.url.path}?{urlencode(rest, doseq=True)}".rstrip("?"), 303)
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
            return answer
        cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        if cookie is not None and hmac.compare_digest(cookie.value.encode(), self._token.encode()):
            return None
        return PlainTextResponse("open the address with the token that `tracestill view` printed", 401)


def _comes_from_here(request: Request) -> bool:
    """Browsers say where a request comes from; what says nothing is none, and has to know the form's secret."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def new_secret() -> str:
    """A secret that pages of this process put into their forms."""
    return secrets.token_urlsafe(32)
