"""The numbers and words a rule may read: the vocabulary that rulebooks and the engine share.

Nothing here computes anything. The engine fills these in; `rules.compiled` reads them.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

MAIN: Final = "points"  # The wallet whose rules stand under `points`.


class Metric(StrEnum):
    """What a tier may ask for. Money in minor units, the rest are counts."""

    SPEND_NET = "spend_net"
    ORDERS = "orders"
    PURCHASE_DAYS = "purchase_days"
    QUALIFYING_POINTS = "qualifying_points"
    ENGAGEMENT_POINTS = "engagement_points"
    TENURE_DAYS = "tenure_days"
    REFERRALS = "referrals"
    ACTIVE_POINTS = "active_points"


class WindowKind(StrEnum):
    """The span of local days a metric looks back over."""

    LIFETIME = "lifetime"
    ROLLING = "rolling"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    ANNIVERSARY = "anniversary"
    SINCE_TIER_START = "since_tier_start"
    CYCLE = "cycle"
    NOW = "now"


class Boundary(StrEnum):
    """The local midnights that open a day, a month, a quarter, a half, a year, or the programme's cycle."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    CYCLE = "cycle"


class Period(StrEnum):
    """What a cap is for: a local calendar period, the last N days, or the thing an engagement is about."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    LIFETIME = "lifetime"
    ROLLING = "rolling"
    REF = "ref"
    ORDER = "order"
    ORDER_LINE = "order_line"
    SURVEY = "survey"


ENGAGEMENT_KINDS = (
    "signup",
    "login",
    "app_open",
    "checkin",
    "profile_completed",
    "review",
    "rating",
    "share",
    "referral_signup",
    "referral_purchase",
    "survey",
    "nps",
    "email_open",
    "email_click",
    "push_click",
    "wishlist",
    "event_attended",
    "ticket_opened",
    "ticket_resolved",
    "complaint",
    "unsubscribe",
)
"""What `engagement.<kind>` may be."""

SCOPE: Final = r"^(program|profiling|third_party|marketing\.[a-z0-9_]{1,32})$"
SCOPES_WANTED: Final = "program, profiling, third_party or marketing.<channel>"
"""What a customer may agree to, and that in words."""

REFERRAL_PURCHASE: Final = "referral_purchase"
"""The kind by which a shop tells of a friend's purchase, where the programme has no referrals of its own."""

PROFILING: Final = "profiling"
"""The scope of consent by which a customer agrees to be watched for staying away."""

CHURN_LEVELS = ("watch", "at_risk", "high", "lost")
"""The levels a churn alert may have, the mildest first."""


class OrderFacts(Protocol):
    """What an earn rule may read of an order."""

    @property
    def channel(self) -> str: ...
    @property
    def store_id(self) -> str: ...


class LineFacts(Protocol):
    """What an earn rule may read of one line of an order."""

    @property
    def sku(self) -> str: ...
    @property
    def category(self) -> Sequence[str]: ...
    @property
    def brand(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
