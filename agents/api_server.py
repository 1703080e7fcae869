"""Who may connect to the HTTP interface and for how long, and what is answered to what is no HTTP.

aiohttp answers a malformed request in its own words and lets a silent client stay for an hour; these do not.
"""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from agents.api_refusals import SAFE, Refused, refusal

CONNECTIONS_MAX: Final = 500  # Each takes a file descriptor, which state and Kafka need too.
IDLE_S: Final = 20.0  # For a whole head of a request, and between two requests.
FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
)


class Connection(RequestHandler):
    """A client that is connected."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no request, in one sentence; the client is let go."""
        if status < 500:
            refused = Refused(status, "not_http", "this is no HTTP request that can be read")
        else:
            self.log_exception("A defect answered a request.", exc_info=exc)
            refused = Refused(status, "defect", "this request met a defect; the worker's log has it")
        response = refusal(refused)
        response.headers.update(SAFE)
        response.force_close()
        return response


class Full(asyncio.Protocol):
    """A client too many: told so, and let go."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answers whatever will be asked."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(FULL)
        transport.close()


async def listening(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Serves the runner's application at the address. Raises OSError when it cannot be had."""
    loop, server = asyncio.get_running_loop(), runner.server
    assert server is not None, "the runner is set up"

    def connected() -> asyncio.Protocol:
        if len(server.connections) >= CONNECTIONS_MAX:
            return Full()
        return Connection(server, loop=loop, access_log=None, keepalive_timeout=IDLE_S)  # type: ignore[arg-type]

    return await loop.create_server(connected, host, port)
