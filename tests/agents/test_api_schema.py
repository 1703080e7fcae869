"""The HTTP interface keeps what its OpenAPI document says, whatever schemathesis thinks of asking."""

import asyncio
import sys

from tests.agents.support_api import serving
from tests.agents.test_api import bought
from tests.agents.worker_kit import until

NOT_ASKED = ["/v1/live"]  # It never ends.


async def test_nothing_that_schemathesis_asks_gets_an_answer_that_the_document_does_not_have(
    broker, tmp_path
):
    async with serving(broker.bootstrap, tmp_path, api_rate=100_000, scopes=("read", "simulate")) as asking:
        await asking.buys([bought(name, f"e-{name}", 12_300) for name in ("c1", "c2", "c3")])
        await until(lambda: asking.get("/v1/customers/c3"), lambda got: got[0] == 200)
        url = f"http://127.0.0.1:{asking.settings[0].web_port}"
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json",
            "--header", f"Authorization: Bearer {asking.keys['read']}",
            "--max-examples", "12", "--seed", "7", "--generation-deterministic", "--no-color",
            *[word for path in NOT_ASKED for word in ("--exclude-path", path)],
            "--exclude-checks", "positive_data_acceptance",  # What events must agree on, no schema can say.
            "--suppress-health-check", "all",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await run.communicate()
        assert run.returncode == 0, said.decode()[-6000:]
        for at in (0, 1):
            log = (tmp_path / f"worker-{at}.log").read_text()
            assert "A defect answered" not in log
            assert "Traceback" not in log
