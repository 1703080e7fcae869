"""A headless Chromium, driven through its DevTools protocol."""

import asyncio
import base64
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.agents.worker_kit import until

PHONE, DESK = (390, 844), (1280, 900)


class Tab:
    """One open page; `complaints` are what its scripts raised or logged as errors."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.number = 0
        self.complaints: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command of the protocol."""
        self.number += 1
        await self.socket.send_json({"id": self.number, "method": method, "params": parameters})
        while True:
            told = await self.socket.receive_json(timeout=60)
            if told.get("id") == self.number:
                assert "error" not in told, told
                return dict(told["result"])
            self._listen(told)

    def _listen(self, told: dict[str, Any]) -> None:
        method, about = told.get("method"), told.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.complaints.append(about["entry"]["text"])

    async def value(self, script: str) -> Any:
        """What an expression comes to on the page."""
        told = await self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def holds(self, script: str) -> None:
        """Returns once an expression is true on the page."""
        await until(lambda: self.value(script), bool)

    async def text(self) -> str:
        """What a person reads on the page."""
        return str(await self.value("document.body.innerText"))

    async def sized(self, width: int, height: int) -> None:
        """A window of this size, a phone's if it is narrow."""
        await self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    async def shoot(self, path: Path) -> None:
        """A picture of the window as a PNG."""
        told = await self.do("Page.captureScreenshot", format="png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(told["data"]))


def chromium() -> str:
    """Where Chromium is. Fails the test, saying how to get it, when it is not there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, (
        "the staff page is tested in Chromium, which is not on the PATH: "
        "install it (Debian: apt-get install chromium fonts-noto-cjk)"
    )
    return found


@asynccontextmanager
async def browser(folder: Path, session: ClientSession) -> AsyncIterator[Tab]:
    """A browser with one empty tab; it is gone when the block ends."""
    process = subprocess.Popen(
        [
            chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--lang=en-GB",
            "--remote-debugging-port=0", f"--user-data-dir={folder / 'chromium'}", "about:blank",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = await until(lambda: _port(folder / "chromium" / "DevToolsActivePort"), bool)
        async with session.get(f"http://127.0.0.1:{told}/json") as answer:
            (page,) = [each for each in await answer.json() if each["type"] == "page"]
        async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=2**26) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Runtime", "Log"):
                await tab.do(f"{domain}.enable")
            yield tab
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


async def _port(file: Path) -> str:
    await asyncio.sleep(0)
    return file.read_text().splitlines()[0] if file.exists() and file.read_text().count("\n") else ""
