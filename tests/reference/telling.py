"""What is told of a random customer as a person: profiles, and referrals from both sides."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.events import Engagement, Profile, ProfileValue, ReferralClosed, ReferralOpened

if TYPE_CHECKING:
    from tests.reference.histories import History

ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Shanghai", "America/New_York", None)
FRIENDS = ("c77", "c77", "c78", "c42", "")
HASHES = ((), (), ("card:aa",), ("phone:aa", "device:bb"))


def personal(history: "History") -> Any:
    """A profile with some new fields, or a referral: by this customer, of this customer, or decided."""
    chance = history.chance
    match chance.randrange(9):
        case 0 | 1 | 2 | 3 | 4:
            return Profile(tuple((name, _field(history, name)) for name in _names(history)))
        case 5 | 6:
            return ReferralOpened(chance.choice(("c77", "c78")), (), chance.choice(HASHES))
        case 7:
            return Engagement("referral_signup", referee_id=chance.choice(FRIENDS))
        case _:
            why = chance.choice(("", "", "returned"))
            return ReferralClosed(chance.choice(("c77", "c78")), why, chance.choice(HASHES))


def _names(history: "History") -> list[str]:
    names = ["zone", "birthday", "joined_on", "phone", "card", "birthday"]
    return sorted(set(history.chance.sample(names, history.chance.randint(1, 3))))


def _field(history: "History", name: str) -> ProfileValue:
    chance = history.chance
    if chance.random() < 0.1:
        return None
    if name == "zone":
        return chance.choice(ZONES)
    if name in ("phone", "card"):
        return chance.choice(((), ("aa",), ("aa", "cc"), ("dd",)))
    if chance.random() < 0.15:
        return "02-29" if name == "birthday" else "2020-02-29"
    day = history.clock.day(history.now_ms) + timedelta(days=chance.randrange(-20, 60))
    if name == "birthday":
        return f"{day:%m-%d}"
    return f"{day.replace(year=day.year - chance.randint(0, 4), day=min(day.day, 28))}"
