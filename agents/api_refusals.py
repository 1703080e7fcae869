"""Answers over HTTP that are no results: one shape, one sentence, never a traceback."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

BODY_MAX: Final = 256 * 1024
BODY_S: Final = 10.0
SAFE: Final = {
    "Server": "tierline",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
}
"""Headers of every answer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("tierline.http")
encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """An answer that is no result: status, a code for programs, one sentence for people."""

    def __init__(self, status: int, code: str, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.wait_s = wait_s


def answer(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(body=encode(value), status=status, content_type="application/json")


def not_yet(status: str) -> web.Response:
    """The answer of a worker that is not there yet."""
    return answer({"status": status}, 503)


async def body_of(request: web.Request) -> bytes:
    """The whole body. Raises Refused when it takes too long."""
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except TimeoutError:
        raise Refused(408, "slow", f"the body did not come within {BODY_S:.0f} s") from None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer; whatever goes wrong is one sentence."""
    try:
        response = await handler(request)
    except Refused as refused:
        response = refusal(refused)
    except web.HTTPException as error:
        response = refusal(_of_http(request, error))
        if isinstance(error, web.HTTPMethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    except (asyncio.CancelledError, ConnectionResetError):
        raise
    except Exception:
        log.exception("A defect answered %s %s.", request.method, _route(request))
        response = refusal(Refused(500, "defect", "this request met a defect; the worker's log has it"))
    if not response.prepared:
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)
    return response


def _route(request: web.Request) -> str:
    """The path as the routes have it: what was asked for may name a customer."""
    resource = request.match_info.route.resource
    return "an unknown path" if resource is None else resource.canonical


def _of_http(request: web.Request, error: web.HTTPException) -> Refused:
    """What aiohttp refuses, in our words."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Refused(413, "too_large", f"the body may have {BODY_MAX} bytes at most")
    if isinstance(error, web.HTTPNotFound):
        return Refused(404, "no_such_path", f"there is nothing at {request.path}")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refused(405, "method", f"{request.path} answers to {allowed} only")
    return Refused(error.status, "http", error.reason)


def refusal(refused: Refused) -> web.Response:
    """A refusal as it is answered."""
    response = answer({"error": {"code": refused.code, "message": str(refused)}}, refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refused.wait_s:
        response.headers["Retry-After"] = str(max(1, round(refused.wait_s)))
    return response
