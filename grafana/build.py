"""`python -m grafana.build` writes what Grafana and Prometheus read: dashboards and alert rules.

Grafana's own SDK makes the JSON, so that its fields are those that Grafana knows.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.alerts import rule_files
from grafana.loyalty import LOYALTY
from grafana.operations import OPERATIONS
from grafana.panels import Dashboard, Panel
from grafana.quality import QUALITY

ROOT: Final = Path(__file__).parents[1]
DASHBOARDS: Final = (OPERATIONS, LOYALTY, QUALITY)
VERSION: Final = "11.6.0"  # Of Grafana: what docker/compose.yaml runs.
METRIC: Final = "tierline_build_info"  # Every worker has it.
_SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_HEIGHT: Final = {"stat": 4, "table": 9}
_MAKERS: Final[dict[str, Any]] = {
    "timeseries": timeseries.Panel,
    "stat": stat.Panel,
    "bargauge": bargauge.Panel,
    "heatmap": heatmap.Panel,
    "table": table.Panel,
}


def _thresholds(panel: Panel) -> sdk.ThresholdsConfig:
    steps = [models.Threshold(color="green")]
    colors = ("red",) if len(set(panel.bounds)) == 1 else ("yellow", "red")
    steps += [models.Threshold(color=c, value=v) for c, v in zip(colors, panel.bounds, strict=False)]
    return sdk.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _panel(panel: Panel) -> Any:
    made = _MAKERS[panel.kind]().title(panel.title).description(panel.says).datasource(_SOURCE)
    made = made.span(panel.span).height(_HEIGHT.get(panel.kind, 8)).unit(panel.unit)
    made = made.thresholds(_thresholds(panel))
    if panel.decimals is not None:
        made = made.decimals(panel.decimals)
    for number, query in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query.expr).ref_id(chr(ord("A") + number)).datasource(_SOURCE)
        asked = asked.legend_format(query.legend or "__auto")
        if panel.kind == "table":
            asked = asked.instant().format(PromQueryFormat.TABLE)
        elif panel.kind == "heatmap":
            asked = asked.range().format(PromQueryFormat.HEATMAP).exemplar(True)
        else:
            asked = asked.range()
        made = made.with_target(asked)
    if panel.kind == "timeseries":
        made = (
            made.min(0)
            .fill_opacity(10)
            .legend(
                common.VizLegendOptions()
                .show_legend(True)
                .display_mode(common_models.LegendDisplayMode.LIST)
                .placement(common_models.LegendPlacement.BOTTOM)
                .calcs([])
            )
        )
    return made


def _label(name: str, above: str) -> Any:
    """A variable whose values are those of a label, among the jobs chosen above."""
    query = f"label_values({METRIC}{above}, {name})"
    return (
        sdk.QueryVariable(name)
        .label(name)
        .datasource(_SOURCE)
        .query({"query": query, "refId": "StandardVariableQuery"})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def dashboard_json(dashboard: Dashboard) -> str:
    """The dashboard as Grafana imports it."""
    source = sdk.DatasourceVariable("datasource").label("Data source").type("prometheus")
    made = (
        sdk.Dashboard(dashboard.title)
        .uid(dashboard.uid)
        .description(dashboard.says)
        .tags(["tierline"])
        .readonly()
        .timezone("browser")
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(sdk.DashboardLink("Tierline").type(models.DashboardLinkType.DASHBOARDS).tags(["tierline"]))
        .with_variable(source)
        .with_variable(_label("job", ""))
        .with_variable(_label("instance", '{job=~"$job"}'))
    )
    for row in dashboard.rows:
        made = made.with_row(sdk.Row(row.title))
        for panel in row.panels:
            made = made.with_panel(_panel(panel))
    return (
        json.dumps(json.loads(JSONEncoder(sort_keys=True).encode(made.build())), indent=2, sort_keys=True)
        + "\n"
    )


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file: its place and what belongs in it."""
    for dashboard in DASHBOARDS:
        name = dashboard.uid.removeprefix("tierline-")
        yield ROOT / "grafana" / "dashboards" / f"{name}.json", dashboard_json(dashboard)
    for place, text in rule_files().items():
        yield ROOT / place, text


def main() -> int:
    """Writes what differs, and says so."""
    for path, text in files():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
