"""The rules of Grafana's dashboard-linter, by their names, over a dashboard's JSON.

Each gives sentences; none is good. What a rule may let pass is in `.lint` beside the dashboards.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

Board = dict[str, Any]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"short", "cps", "percentunit", "s", "bytes"}  # Of Grafana's list, those in use here.
RANGES = re.compile(r"\b(rate|irate|increase)\s*\(([^()]*?)\[([^\]]*)\]")
METRIC = re.compile(r"\b(?:tierline_\w+|process_\w+|up)\b(\{[^}]*\})?")
COUNTER = re.compile(r"\w+_total\b|\w+_(?:bucket|count|sum)\b")


def panels(board: Board) -> list[Any]:
    """All panels that show something, also those of rows that are folded."""
    every = [each for panel in board["panels"] for each in (panel, *panel.get("panels", ()))]
    return [panel for panel in every if panel["type"] != "row"]


def targets(board: Board) -> Iterator[tuple[str, str]]:
    """(panel's title, expression) of every query."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def variable(board: Board, name: str) -> Any:
    """The variable of this name, {} for none."""
    return next((each for each in board["templating"]["list"] if each["name"] == name), {})


def template_datasource(board: Board) -> Iterator[str]:
    sources = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    if [(each["name"], each["label"], each["query"]) for each in sources] != [
        ("datasource", "Data source", "prometheus")
    ]:
        yield f"there is not one data source variable: {sources}"


def _label_variable(board: Board, name: str) -> Iterator[str]:
    found = variable(board, name)
    wanted = {"label": name, "datasource": SOURCE, "multi": True, "allValue": ".+", "type": "query"}
    if {key: found.get(key) for key in wanted} != wanted:
        yield f"variable {name} is {found}"


def template_job(board: Board) -> Iterator[str]:
    yield from _label_variable(board, "job")


def template_instance(board: Board) -> Iterator[str]:
    yield from _label_variable(board, "instance")


def template_label_promql(board: Board) -> Iterator[str]:
    for each in board["templating"]["list"]:
        if each["type"] == "query" and not re.fullmatch(
            r"label_values\(\w+(\{[^}]*\})?, \w+\)", each["query"]["query"]
        ):
            yield f"variable {each['name']} asks {each['query']}"


def template_on_time_change_reload(board: Board) -> Iterator[str]:
    for each in board["templating"]["list"]:
        if each["type"] == "query" and each["refresh"] != 2:
            yield f"variable {each['name']} is not reloaded on a change of time"


def panel_datasource(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if panel["datasource"] != SOURCE or any(each["datasource"] != SOURCE for each in panel["targets"]):
            yield f"{panel['title']}: another data source"


def panel_title_description(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"{panel.get('title')}: no title or no description"


def panel_units(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            yield f"{panel['title']}: no unit"


def panel_no_targets(board: Board) -> Iterator[str]:
    for panel in panels(board):
        if not panel.get("targets"):
            yield f"{panel['title']}: it asks nothing"


def target_rate_interval(board: Board) -> Iterator[str]:
    for title, expr in targets(board):
        for function, _, window in RANGES.findall(expr):
            if window != "$__rate_interval":
                yield f"{title}: {function} over {window}"


def _matcher(board: Board, label: str) -> Iterator[str]:
    for title, expr in targets(board):
        for matchers in METRIC.findall(re.sub(r"by \([^)]*\)", "", expr)):
            if f'{label}=~"${label}"' not in matchers:
                yield f"{title}: no {label} in {expr}"


def target_job(board: Board) -> Iterator[str]:
    yield from _matcher(board, "job")


def target_instance(board: Board) -> Iterator[str]:
    yield from _matcher(board, "instance")


def target_counter_agg(board: Board) -> Iterator[str]:
    for title, expr in targets(board):
        bare = RANGES.sub("", expr)
        if COUNTER.search(bare):
            yield f"{title}: a counter without rate or increase in {expr}"


def uneditable_dashboard(board: Board) -> Iterator[str]:
    if board.get("editable") is not False:
        yield "it can be edited"


RULES: dict[str, Callable[[Board], Iterator[str]]] = {
    f"{rule.__name__.replace('_', '-')}-rule": rule
    for rule in (
        template_datasource,
        template_job,
        template_instance,
        template_label_promql,
        template_on_time_change_reload,
        panel_datasource,
        panel_title_description,
        panel_units,
        panel_no_targets,
        target_rate_interval,
        target_job,
        target_instance,
        target_counter_agg,
        uneditable_dashboard,
    )
}
