"""One example of each type that is said about stages, segments and tags, as the documents show them."""

from engine.events import Actor
from engine.life_effects import Criterion, LifecycleChanged, LifeData, TagChanged

_SILENT = (Criterion("days_since_interaction >= 90", 90, True),)
_BY = Actor("li.na", "service", "asked at the till")

LIFE_EXAMPLES: dict[str, LifeData] = {
    "lifecycle.changed": LifecycleChanged(
        axis="stage",
        from_="at_risk",
        to="dormant",
        criteria=(
            Criterion("gap_ratio >= 3", 3_000_000, True),
            Criterion("days_since_engagement < 90", None, False),
        ),
        tier="silver",
        rev=9,
        days=27,
    ),
    "tag.added": TagChanged("silent-90", "behaviour", "rule", 9, criteria=_SILENT),
    "tag.removed": TagChanged("web", "channel", "replaced", 12, group="channel"),
    "tag.released": TagChanged("vip", "manual", "given", 13, until_ms=1798732800000, by=_BY),
}
