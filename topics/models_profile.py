"""The published contract of the profiles, as in `engine.profile_parts`; defaults are left out of the JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from topics.fields_out import Actor, Fraction, Minor, Ms, Outbound, Rev

Points = Annotated[int, Field(ge=0, description="Points.")]


class OrderShown(Outbound):
    """One of the newest orders, its instant to the second."""

    order_id: str = Field(description="The order.")
    eligible_minor: Minor
    occurred_ms: Ms
    returned_minor: Minor = 0


class TicketShown(Outbound):
    """One of the newest tickets and complaints, their instants to the second."""

    ref_id: str = Field(description="What the sender calls it.")
    kind: str = Field(description="ticket_opened or complaint.")
    opened_ms: Ms
    closed_ms: int = Field(0, description="When it was resolved, UTC milliseconds since 1970; 0: open.")


class Parcel(Outbound):
    """So many points that expire, or become active, at one instant."""

    qty: Points
    at_ms: int = Field(0, description="When, UTC milliseconds since 1970; 0: not known yet.")


class WalletShown(Outbound):
    """One wallet: what there is, what came and went, and what changes by time alone."""

    active: int = Field(description="Points that can be spent.")
    pending: int = Field(0, description="Points that cannot be spent yet.")
    debt: int = Field(0, description="Points owed; what comes in repays them first.")
    earned: int = Field(0, description="Points earned in all.")
    adjusted: int = Field(0, description="Points by hand in all, given less taken.")
    received: int = Field(0, description="Points from other customers in all.")
    sent: int = Field(0, description="Points to other customers in all.")
    redeemed: int = Field(0, description="Points spent in all, less those given back.")
    expired: int = Field(0, description="Points that lapsed in all.")
    clawed_back: int = Field(0, description="Points taken back after returns in all.")
    expiring: list[Parcel] = Field([], description="Active points by when they expire, the next first.")
    expiring_later: int = Field(0, description="Active points that expire after those.")
    activating: list[Parcel] = Field([], description="Pending points by when they become active.")
    activating_later: int = Field(0, description="Pending points that become active after those.")


class OverrideShown(Outbound):
    """A level by hand."""

    tier: str = Field(description="Code of the level.")
    mode: str = Field(description="At least this level (floor), or exactly it (pin).")
    own: str = Field(description="Code of the level without it.")
    by: Actor
    until_ms: int = Field(0, description="Until when, UTC milliseconds since 1970; 0: until released.")


class TierAhead(Outbound):
    """The next level up."""

    tier: str = Field(description="Its code.")
    name: str = Field(description="Its name.")
    percent: int = Field(ge=0, le=100, description="Of every condition the customer has as much.")
    missing: dict[str, int] = Field(description="What is still missing, by condition.")


class TierShown(Outbound):
    """The customer's level in one set."""

    tier: str = Field(description="Its code.")
    name: str = Field(description="Its name.")
    rank: int = Field(ge=0, description="Its place in the set, 0 for the lowest.")
    since_ms: Ms
    valid_until_ms: int = Field(0, description="When it is reviewed, UTC milliseconds; 0: never.")
    grace_until_ms: int = Field(0, description="When its grace ends, UTC milliseconds; 0: it is in none.")
    rises_to: str = Field("", description="Code of a level that is reached and begins later.")
    rises_ms: int = Field(0, description="When that begins, UTC milliseconds.")
    override: OverrideShown | None = Field(None, description="A level by hand, if there is one.")
    ahead: TierAhead | None = Field(None, description="The next level up; left out for the highest.")


class Lifetime(Outbound):
    """Sums over the whole life."""

    spend_minor: Minor = 0
    orders: int = Field(0, description="Orders that were not returned as a whole.")
    purchase_days: int = Field(0, description="Local days with such an order.")
    qualifying: int = Field(0, description="Points that count toward levels.")
    engagement_points: int = Field(0, description="Points for engagements.")
    referrals: int = Field(0, description="Purchases by customers that this one referred.")


class RhythmShown(Outbound):
    """The customer's own rhythm."""

    expected_gap_days: Fraction = Field(description="The expected interval, [numerator, denominator] days.")
    level: str = Field("", description='The churn level raised; "" if none.')
    suggested_action: str = Field("", description="What the strategy suggests, by the action's id.")
    risk_ppm: int | None = Field(None, description="Of no purchase within the horizon, parts per million.")
    p_alive_ppm: int | None = Field(None, description="Of being a customer still, parts per million.")
    clv_minor: int | None = Field(None, description="What the customer is worth ahead, minor units.")


class TagShown(Outbound):
    """A tag the customer has."""

    tag: str = Field(description="Its name.")
    dimension: str = Field(description="What it is about.")
    since_ms: Ms
    until_ms: int = Field(0, description="Until when, UTC milliseconds; 0: as long as it holds.")
    group: str = Field("", description="The group of which only one is held.")
    actor: str = Field("", description="Who gave it by hand.")


class Profile(Outbound):
    """The whole view of a customer, the newest record of the key."""

    customer: str = Field(description="Customer id, as the key.")
    rev: Rev
    computed_ms: Ms
    currency: str = Field(description="ISO 4217 code of all money in it.")
    ruleversion: str = Field(description="Rulebook and version it was computed with.")
    enrolled_ms: int = Field(description="When the customer joined, UTC milliseconds; -1: not yet.")
    tiers: dict[str, TierShown] = Field(description="The level in each set, by the set's id.")
    wallets: dict[str, WalletShown] = Field(description="The wallets, by id.")
    lifetime: Lifetime
    last_purchase_ms: int = Field(0, description="When the last purchase was, UTC milliseconds; 0: none.")
    rhythm: RhythmShown | None = Field(None, description="Where the rulebook has `churn`, after a purchase.")
    facts: dict[str, int | str] = Field({}, description="What is known beyond sums, by the facts' names.")
    person: dict[str, str | int | list[str]] = Field({}, description="What was told of the customer.")
    consents: dict[str, bool] = Field({}, description="What the customer said about each scope.")
    tags: list[TagShown] = Field([], description="The tags, by name.")
    orders: list[OrderShown] = Field([], description="The newest orders, at most 3, the newest first.")
    tickets: list[TicketShown] = Field([], description="The newest tickets, at most 3, the newest first.")


class ProfileHeaders(BaseModel):
    """Kafka headers of a profile. All values are UTF-8 text."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)

    content_type: Literal["application/json"] = Field(alias="content-type")
