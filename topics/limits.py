"""Bounds of inbound values, shared by the published models and the fast decoder."""

MONEY_MAX = 10**12  # Minor units, each amount.
ORDER_MAX = 10**13  # Minor units, sum of unit_price * qty over an order.
SUM_MAX = 2 * 10**18  # Minor units, of a year.
QTY_MAX = 10**6
LINES_MAX = 1000
COUNT_MAX = 10**9  # Any other count or score.
ID_MAX = 256  # Characters of an identifier.
WORD_MAX = 256  # Characters of a code a rule may compare.
GROUPS_MAX = 10_000  # Numbers that something is counted by.
DAY_MAX = 10**7  # Days since 1970, either way.
WORDS_MAX = 100  # Codes in a list.
TEXT_MAX = 2000  # Characters of a remark.
TIME_TEXT_MAX = 64  # Characters of a time.

YEAR_MIN = 1971  # As written in a time, before its zone is applied.
YEAR_MAX = 9998
MS_MAX = 253_402_300_799_999  # The last millisecond of the year 9999, UTC.

TIME_WANTED = "RFC 3339 time with zone, of the years 1971 to 9998, is expected, like 2026-01-10T03:04:05.678Z"
CURRENCY = r"^[A-Z]{3}$"
NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]*$"
DECIMAL = r"^[0-9]{1,12}(\.[0-9]{1,12})?$"
RFC3339 = (
    r"^(197[1-9]|19[89][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

ATTRIBUTES_MAX = 32  # Attributes in one update of a profile.
ATTRIBUTE_MAX = 64  # Characters of an attribute's text.
HASHES_MAX = 8  # Hashes of one kind.
HASH_KEPT = 16  # Of the hexadecimal digits of a hash so many are kept: enough to tell that two are the same.
ATTRIBUTE = r"^[a-z][a-z0-9_]{0,31}$"
HASH = r"^[0-9a-f]{32,128}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
BIRTHDAY = (
    r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"
)
DATE = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
MARK = r"^[0-9a-f]{16}$"  # Of a customer, in a line of referrers.
KINDED_HASH = r"^(phone|device|card):[0-9a-f]{16}$"
LINE_MAX = 16
PROFILE_TYPE = "profile.updated"

PURCHASE_TYPES = ("purchase.completed", "purchase.refunded", "purchase.cancelled", "purchase.delivered")
COMMAND_TYPES = (
    "command.points.redeem",
    "command.points.redeem_reverse",
    "command.points.adjust",
    "command.points.transfer",
    "command.tier.override",
    "command.tier.release",
    "command.consent.set",
    "command.tag.add",
    "command.tag.remove",
    "command.tag.release",
    "transfer.received",
    "transfer.returned",
    "referral.opened",
    "referral.closed",
    "population.counted",
    "population.cutoffs",
    "time.reached",
)
