"""Effects become CloudEvents in binary mode that fit the published models, and read back as they were."""

import types
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    cutoffs,
    effects,
    events,
    ledger_effects,
    life_effects,
    notice_effects,
    profile_parts,
    tier_effects,
)
from engine.effects import Effect
from engine.events import INTERNAL, Actor, Lot, ReferralClosed, ReferralOpened, TransferBack, TransferIn
from topics import fields_out, models_notices, models_out, models_profile, models_tiers
from topics.catalogue import Role
from topics.complaints import REASONS
from topics.decode import decode
from topics.encode import (
    EFFECT_ROLES,
    dead_letter,
    dead_letter_line,
    effect_line,
    encode_effect,
    line_bytes,
    line_of,
    parse_outgoing,
    roles_of,
)
from topics.fields_out import Outbound
from topics.framing import opened
from topics.models_out import OUTBOUND, DeadLetterHeaders, EffectHeaders

STRUCTS = {
    "points.earned": effects.PointsEarned,
    "points.clawed_back": effects.PointsClawedBack,
    "tier.enrolled": tier_effects.TierChanged,
    "tier.upgraded": tier_effects.TierChanged,
    "tier.downgraded": tier_effects.TierChanged,
    "tier.renewed": tier_effects.TierRenewed,
    "tier.grace_started": tier_effects.TierGraceStarted,
    "tier.downgrade_warning": tier_effects.TierWarning,
    "tier.progress": tier_effects.TierProgress,
    "tier.override_set": tier_effects.TierOverridden,
    "tier.override_released": tier_effects.TierReleased,
    "consent.recorded": effects.ConsentRecorded,
    "care.due": effects.CareDue,
    "referral.refused": effects.ReferralRefused,
    "churn.alert": effects.ChurnAlert,
    "churn.recovered": effects.ChurnRecovered,
    "command.rejected": effects.CommandRejected,
    "points.pending": effects.PointsEarned,
    "lifecycle.changed": life_effects.LifecycleChanged,
    **dict.fromkeys(("tag.added", "tag.removed", "tag.released"), life_effects.TagChanged),
    "rfm.cutoffs": cutoffs.Cutoffs,
    **{entry.TYPE: entry for entry in get_args(ledger_effects.LedgerData)},
    **{entry.TYPE: entry for entry in get_args(notice_effects.NoticeData)},
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def values_of(kind: Any) -> st.SearchStrategy:
    """Values of an annotation of engine.effects."""
    if kind is int:
        return st.integers(1, 10**15)
    if kind is str:
        return TEXT
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: values_of(hints[name]) for name in kind.__struct_fields__})
    if isinstance(kind, types.UnionType):
        return st.one_of(*map(values_of, get_args(kind)))
    if get_origin(kind) is tuple and Ellipsis in get_args(kind):
        return st.lists(values_of(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is tuple:
        return st.tuples(*map(values_of, get_args(kind)))
    if get_origin(kind) is dict:
        return st.dictionaries(*map(values_of, get_args(kind)), max_size=3)
    return st.from_type(kind)


@st.composite
def any_effect(draw: st.DrawFn) -> Effect:
    kind = draw(st.sampled_from(sorted(STRUCTS)))
    time_ms = draw(st.integers(0, 253_402_300_799_999))
    return Effect(
        draw(TEXT), kind, draw(TEXT), time_ms, draw(TEXT), draw(TEXT), draw(values_of(STRUCTS[kind]))
    )


def fields_of_struct(struct: type[msgspec.Struct]) -> dict[str, bool]:
    return {field.encode_name: field.required for field in msgspec.structs.fields(struct)}


def fields_of_model(model: type[Outbound]) -> dict[str, bool]:
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


PARTS = [
    (models_out, effects, ("Ref", "RuleShare", "LineShare")),
    (models_tiers, tier_effects, ("Reading", "NextTier")),
    (fields_out, events, ("Actor",)),
    (models_notices, notice_effects, ("Suggestion",)),
]


@pytest.mark.parametrize(
    ("published", "ours", "name"), [(room, ours, name) for room, ours, names in PARTS for name in names]
)
def test_the_parts_of_effects_have_the_fields_of_the_published_models(published, ours, name):
    assert fields_of_model(getattr(published, name)) == fields_of_struct(getattr(ours, name))


PROFILE_PARTS = [
    name
    for name, each in vars(profile_parts).items()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and name.endswith(("Shown", "Profile"))
] + ["Parcel", "TierAhead", "Lifetime"]


@pytest.mark.parametrize("name", PROFILE_PARTS)
def test_profiles_and_their_parts_have_the_fields_of_the_published_models(name):
    published, ours = getattr(models_profile, name), getattr(profile_parts, name)
    assert fields_of_model(published) == fields_of_struct(ours)


@pytest.mark.parametrize("name", ["Balance", "Batch"])
def test_the_parts_of_ledger_entries_have_the_fields_of_the_published_models(name):
    import topics.models_ledger as published

    assert fields_of_model(getattr(published, name)) == fields_of_struct(getattr(ledger_effects, name))


@pytest.mark.parametrize("kind", sorted(OUTBOUND))
def test_effects_have_the_fields_of_the_published_models(kind):
    assert fields_of_model(OUTBOUND[kind]) == fields_of_struct(STRUCTS[kind])


def test_every_kind_of_effect_is_published():
    unpublished = {*INTERNAL, effects.Parked}
    assert set(get_args(effects.EffectData)) - unpublished == set(STRUCTS.values())
    assert sorted(OUTBOUND) == sorted(STRUCTS) == sorted(EFFECT_ROLES)


@settings(max_examples=300, deadline=None)
@given(any_effect())
def test_an_encoded_effect_fits_its_published_models(effect):
    role, body = encode_effect(effect)
    key, value, headers = opened(body)
    assert role in roles_of(effect.type)
    assert key == effect.customer.encode()
    OUTBOUND[effect.type].model_validate_json(value)
    EffectHeaders.model_validate({name: text.decode() for name, text in headers})


@settings(max_examples=300, deadline=None)
@given(any_effect())
def test_an_effect_read_back_from_kafka_is_the_line_of_the_effect(effect):
    line = effect_line(effect)
    assert line_of(encode_effect(effect)[1]) == line
    assert msgspec.json.decode(line_bytes(line)) == line


POINTS = effects.PointsEarned(
    "points", 129, 129, ledger_effects.Balance(500), effects.Ref(order_id="o-1"), (), 7, lines=()
)
EARNED = Effect("5f0c3d0a", "points.earned", "顾客42", 1768014245678, "pos-7|e-1", "cdnow@1", POINTS)


def test_an_effect_is_a_binary_cloud_event():
    role, body = encode_effect(EARNED)
    assert role is Role.POINTS
    assert opened(body) == (
        "顾客42".encode(),
        b'{"wallet":"points","qty":129,"qualifying":129,"balance":{"active":500},"ref":{"order_id":"o-1"}'
        b',"rules":[],"rev":7}',
        [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"5f0c3d0a"),
            ("ce_source", b"/tierline"),
            ("ce_type", b"points.earned"),
            ("ce_subject", "顾客42".encode()),
            ("ce_time", b"2026-01-10T03:04:05.678Z"),
            ("ce_causationid", b"pos-7|e-1"),
            ("ce_ruleversion", b"cdnow@1"),
            ("content-type", b"application/json"),
        ],
    )


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("command.points.redeem", Role.POINTS),
        ("command.tier.release", Role.TIERS),
        ("command.consent.set", Role.LIFECYCLE),
    ],
)
def test_a_rejected_command_is_answered_on_the_topic_of_its_family(command, role):
    data = effects.CommandRejected(command, "unavailable", "no.", events.Actor("a"), 1)
    assert encode_effect(Effect("i", "command.rejected", "c", 0, "s|i", "v", data))[0] is role


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (
            "transfer.received",
            TransferIn(Actor("a", reason="gift"), "t-1", "c1", "points", (Lot(5, 9), Lot(1))),
        ),
        ("transfer.returned", TransferBack(Actor("a"), "t-1", "c3", "points", (Lot(5),), "unknown_wallet")),
        ("referral.opened", ReferralOpened("c1", ("0123456789abcdef",), ("card:fedcba9876543210",))),
        ("referral.closed", ReferralClosed("c1", "", ("card:fedcba9876543210",))),
    ],
)
def test_what_the_engine_sends_itself_is_read_back_as_it_was(kind, data):
    role, body = encode_effect(Effect("i-1", kind, "c2", 1768014245678, "s|i", "v@1", data))
    key, value, headers = opened(body)
    event = decode(role, key, value, headers)
    assert (event.type, event.source, event.id, event.customer) == (kind, "/tierline", "i-1", "c2")
    assert (event.occurred_ms, event.data) == (1768014245678, data)


def test_a_line_has_sorted_keys_and_utf8():
    assert line_bytes(effect_line(EARNED)).startswith(b'{"causationid":"pos-7|e-1","data":{"balance"')
    assert "顾客42".encode() in line_bytes(effect_line(EARNED))


def letter(key, value, headers, reason="schema", message="$.id: expected str, got int"):
    role, body = dead_letter("loyalty.purchases", 3, 17, 1768014245678, key, value, headers, reason, message)
    assert role is Role.DEAD_LETTERS
    return opened(body)


def test_a_dead_letter_keeps_the_record_and_says_why():
    key, value, headers = letter(b"\xff", b"\xfe{", [("trace", b"\xfd"), ("ce_id", b"\xfc")])
    assert (key, value) == (b"\xff", b"\xfe{")
    assert headers[:2] == [("trace", b"\xfd"), ("ce_id", b"\xfc")]
    added = {name: text.decode() for name, text in headers[2:]}
    assert added == {
        "__connect.errors.topic": "loyalty.purchases",
        "__connect.errors.partition": "3",
        "__connect.errors.offset": "17",
        "__connect.errors.timestamp": "1768014245678",
        "__connect.errors.stage": "VALUE_CONVERTER",
        "__connect.errors.class.name": "topics.decode",
        "__connect.errors.exception.class.name": "Undecodable",
        "__connect.errors.exception.message": "$.id: expected str, got int",
        "tierline.reason": "schema",
    }
    DeadLetterHeaders.model_validate(added)


def test_a_dead_letter_of_a_null_value_stays_null():
    assert letter(b"c42", None, ())[1] is None


@pytest.mark.parametrize("reason", [*REASONS, "unknown_order", "too_late"])
def test_a_dead_letter_tells_reading_from_applying(reason):
    headers = dict(letter(b"c42", b"{}", (), reason)[2])
    read = headers["__connect.errors.stage"] == b"VALUE_CONVERTER"
    assert read == (reason in REASONS) == (headers["__connect.errors.class.name"] == b"topics.decode")


@given(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=9), TEXT)
def test_a_dead_letter_read_back_is_its_line(key, value, message):
    line = dead_letter_line("loyalty.purchases", key, value, "schema", message)
    sent_key, sent_value, headers = letter(key, value, [("ce_id", b"\xff"), ("x", None)], message=message)
    assert parse_outgoing(headers, sent_value, sent_key) == line
    assert msgspec.json.decode(line_bytes(line)) == line


def test_a_dead_letter_sent_in_again_and_refused_again_names_the_new_reason():
    key, value, headers = letter(b"c42", b"{", ())
    again = letter(key, value, headers, "no_customer", "the record has no key")[2]
    assert parse_outgoing(again, value, key)["reason"] == "no_customer"
