"""One POST to the webhook, and what its answer means."""

import hashlib
import hmac
import random
from dataclasses import dataclass

import aiohttp

from examples.notifier.store import Notice

FIRST_PAUSE_S = 1.0
LAST_PAUSE_S = 300.0
ASK_AGAIN = frozenset({408, 409, 425, 429})  # All other 4xx say that this very message is not wanted.


@dataclass(frozen=True)
class Answer:
    """`state` is "delivered", "refused" or "again"; then `pause_s` says after how long."""

    state: str
    said: str
    pause_s: float = 0.0


class Webhook:
    """Where notices go. With a `secret`, each is signed, so that the receiver knows from whom it is."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str, timeout_s: float) -> None:
        self.session = session
        self.url = url
        self.secret = secret.encode()
        self.timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def post(self, notice: Notice) -> Answer:
        """The webhook's answer; never an exception of the network."""
        try:
            async with self.session.post(
                self.url, data=notice.body, headers=self.headers(notice), timeout=self.timeout
            ) as response:
                return answer(response.status, response.headers.get("Retry-After", ""), notice.tries)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Answer("again", type(error).__name__, pause_s(notice.tries))

    def headers(self, notice: Notice) -> dict[str, str]:
        """The id of the effect is the key by which the receiver drops a repeat."""
        told = {"Content-Type": "application/json", "Idempotency-Key": notice.id}
        if notice.trace:
            told["traceparent"] = notice.trace
        if self.secret:
            told["Tierline-Signature"] = hmac.new(self.secret, notice.body, hashlib.sha256).hexdigest()
        return told


def answer(status: int, retry_after: str, tries: int) -> Answer:
    """What an HTTP status means for a notice that was posted so often before."""
    if 200 <= status < 300:
        return Answer("delivered", str(status))
    if 400 <= status < 500 and status not in ASK_AGAIN:
        return Answer("refused", str(status))
    wanted_s = float(retry_after) if retry_after.isdecimal() else 0.0
    return Answer("again", str(status), max(pause_s(tries), min(wanted_s, LAST_PAUSE_S)))


def pause_s(tries: int) -> float:
    """Seconds until the next try: doubled each time up to a bound, and spread out by chance."""
    bound = min(FIRST_PAUSE_S * 2 ** min(tries, 16), LAST_PAUSE_S)
    return bound * random.uniform(0.5, 1.0)
