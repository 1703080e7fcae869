"""What the documents say of files, settings, metrics, exits, reasons and results agrees with the code."""

import json
import re
from pathlib import Path

import pytest

from agents.exits import Exit
from agents.lines import read_lines
from agents.metrics import Metrics
from agents.metrics_page import page as metrics_page
from agents.replay import Replay, effect_lines
from agents.settings_page import page
from rules.load import load_rulebook, parse_rulebook
from topics.catalogue import Catalogue
from topics.complaints import REASONS

ROOT = Path(__file__).parent.parent
FOLDERS = ("rules", "engine", "topics", "agents", "demo", "benchmarks", "examples", "grafana")
SOURCES = sorted(
    str(path.relative_to(ROOT))
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "__init__.py"
)
PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ARCHITECTURE, OPERATIONS, SEMANTICS, README = (
    (ROOT / name).read_text()
    for name in ("ARCHITECTURE.md", "docs/operations.md", "docs/semantics.md", "README.md")
)
PLACE = re.compile(
    r"`((?:rules|engine|topics|agents|demo|benchmarks|grafana|docker|tests|docs)/[\w./-]*\w|[A-Z]+\.md|LICENSE)/?`"
)
REJECTED = re.compile(r'Rejected\(\s*"(\w+)"')


def blocks(language: str) -> list[str]:
    """The README's code blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def reasons() -> set[str]:
    """Every reason code that the reader, the engine or the worker may give."""
    texts = [(ROOT / path).read_text() for path in SOURCES if path.startswith(("engine/", "agents/"))]
    return {*REASONS, *(code for text in texts for code in REJECTED.findall(text))}


def replayed() -> list[dict[str, object]]:
    """The effects of the README's events under the default programme."""
    (events,) = blocks("jsonl")
    catalogue = Catalogue()
    replay = Replay(load_rulebook(ROOT / "rules/programs/default.yaml"), catalogue)
    outputs = replay.outputs(read_lines(events.encode().splitlines(), catalogue))
    return [json.loads(line) for line in effect_lines(outputs, catalogue)]


@pytest.mark.parametrize("path", SOURCES)
def test_the_file_map_names_every_source_file(path: str) -> None:
    assert f"`{path}`" in ARCHITECTURE.partition("## File map")[2]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = PLACE.findall((ROOT / page).read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_reference_of_settings_is_the_one_that_the_settings_give() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == page()


def test_the_page_of_the_metrics_is_what_the_code_says() -> None:
    assert (ROOT / "docs/metrics.md").read_text() == metrics_page()


def test_every_metric_has_a_row_of_the_page() -> None:
    families = [family for family in Metrics().registry.collect() if family.name.startswith("tierline")]
    shown = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert {spec.name for spec in Metrics().specs} == shown


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_metric_that_a_page_names_exists(path: Path) -> None:
    named = re.findall(r"\btierline_[a-z_]+[a-z]", (ROOT / path).read_text())
    known = {spec.name for spec in Metrics().specs}
    assert [name for name in named if re.sub(r"_(bucket|count|sum)$", "", name) not in known] == []


@pytest.mark.parametrize("code", Exit)
def test_operations_list_every_exit(code: Exit) -> None:
    assert f"\n| {code.value} | {code.name} |" in OPERATIONS


def test_semantics_list_every_reason_of_a_dead_letter_and_no_other() -> None:
    rows = re.findall(r"\n\| (`[^|]*) \|", SEMANTICS.partition("## Dead letters")[2])
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == reasons()


def test_the_readmes_events_give_the_effects_it_shows() -> None:
    shown = [
        line.split() for line in blocks("text")[2].splitlines()
    ]  # The two commands' output stands above.
    effects = replayed()
    told = [
        (effect["time"], effect["type"], str(data.get("qty", data.get("to", data.get("level")))))
        for effect in effects
        if isinstance(data := effect["data"], dict)
    ]
    assert told == [tuple(line) for line in shown]
    assert json.loads(blocks("json")[0]) in effects


def test_the_readmes_rulebook_can_be_used_and_has_the_digest_it_shows() -> None:
    rulebook = parse_rulebook(blocks("yaml")[0], "README.md")
    assert f"shop.yaml: good, digest {rulebook.digest}" in README
