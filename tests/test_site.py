"""The documentation builds as a site with no broken link, and its quick start does what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.cli import COMMANDS, main
from topics.catalogue import Catalogue
from topics.describe import asyncapi
from topics.pages import topics_page

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.relative_to(ROOT) for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")])
COMMAND = re.compile(r"(?:^ {4}|`)tierline ([\w-]+)(?: (\w+))?", re.MULTILINE)
WITH_ACTIONS = ("broker", "topics", "schemas", "rules", "points", "tier", "dlq", "config")


def test_the_site_builds_with_no_warning(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(
        [*command, "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    for name in ("index.html", "topics/index.html", "configuration/index.html", "schemas/points.earned.json"):
        assert (tmp_path / "site" / name).is_file()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_that_a_page_names_exists(page, capsys):
    for command, action in set(COMMAND.findall((ROOT / page).read_text())):
        assert command in COMMANDS
        if action and command in WITH_ACTIONS:
            with pytest.raises(SystemExit) as ending:
                main([command, action, "--help"])
            assert ending.value.code == 0, f"tierline {command} {action}"
    capsys.readouterr()


def test_the_quick_starts_event_earns_points(tmp_path, capsys):
    (line,) = re.findall(r"```json\n(.*)\n```", (ROOT / "docs/quick-start.md").read_text())
    (tmp_path / "events.jsonl").write_text(line + "\n")
    rules = str(ROOT / "rules/programs/default.yaml")
    assert (
        main(["replay", str(tmp_path / "events.jsonl"), "--rules", rules, "--out", str(tmp_path / "out")])
        == 0
    )
    effects = [json.loads(each) for each in (tmp_path / "out").read_text().splitlines()]
    assert {"tier.enrolled", "points.pending"} & {each["type"] for each in effects}


def test_the_page_of_topics_has_every_topic_and_message():
    document, page = asyncapi(Catalogue()), topics_page()
    assert (ROOT / "docs/topics.md").read_text() == page, "run `tierline schemas page > docs/topics.md`"
    for channel in document["channels"].values():
        assert f"\n### {channel['address']}\n" in page
    for name in document["components"]["messages"]:
        assert f"\n#### {name}\n" in page
