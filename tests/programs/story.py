"""Golden stories: what happens to one customer on the left, what the engine says of it on the right.

A story is a text file with the programme's name. A line of it is a local time, what happens, and after a bar
what comes of it; a line that begins with the bar goes on with that. Money is in major units; "until" is the
first instant after a level, with its time where that is no midnight. What happens is one of

    buy ORDER AMOUNT [field=value ...]      refund ORDER AMOUNT      cancel ORDER      delivered ORDER
    redeem|reverse|adjust|transfer|override|release field=value ...          nothing
    signup, review, ... (any engagement) [field=value ...]      profile|consent field=value ...
    profile attribute.NAME=value

of the one customer; after "@c2" it is another's, and what comes of it for them has the same in front.

`python -m tests.programs.story NAME` prints the story anew, with what comes of it today. Stories in `lives/`
are typical lives under the programme `looked_after` (`python -m tests.programs.story lives/NAME`).
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agents.lines import read_lines
from agents.replay import Replay, effect_lines
from rules.compiled import Rulebook
from rules.currencies import MINOR_DIGITS
from rules.fact_names import ATTRIBUTE
from rules.facts import ENGAGEMENT_KINDS
from rules.load import load_rulebook
from topics.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "rules" / "programs"
LIVES = "lives/"
WIDTH = 54
CUSTOMER = "c1"
COMMANDS = {
    "redeem": "points.redeem",
    "reverse": "points.redeem_reverse",
    "adjust": "points.adjust",
    "transfer": "points.transfer",
    "override": "tier.override",
    "release": "tier.release",
    "consent": "consent.set",
}
MONEY = ("order_discount", "shipping", "shipping_refunded")
ORDERS = {"buy": "completed", "refund": "refunded", "cancel": "cancelled", "delivered": "delivered"}


class Teller:
    """Tells a story to the engine, line by line."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.zone = ZoneInfo(rulebook.timezone)
        self.catalogue = Catalogue(partitions=1)
        self.replay = Replay(rulebook, self.catalogue)
        self.number = 0

    def tell(self, when: str, what: str) -> Iterator[str]:
        """What comes of it, one effect each: timers that fell due before come with their own time."""
        at = datetime.fromisoformat(when).replace(tzinfo=self.zone)
        self.number += 1
        lines = read_lines([json.dumps(event).encode() for event in self._events(at, what)], self.catalogue)
        for raw in effect_lines(self.replay.outputs(lines), self.catalogue):
            effect = json.loads(raw)
            said = in_words(effect, self.zone)
            if effect.get("subject", CUSTOMER) != CUSTOMER:
                said = f"@{effect['subject']} {said}"
            then = datetime.fromisoformat(effect["time"]).astimezone(self.zone) if "time" in effect else at
            yield said if then == at else f"{then:%Y-%m-%d %H:%M} {said}"

    def _events(self, at: datetime, what: str) -> list[dict[str, Any]]:
        word, *rest = what.split()
        subject = CUSTOMER
        if word.startswith("@"):
            subject, word, *rest = word[1:], *rest
        time = {"time": at.isoformat()}
        passed = {"type": "time.reached"} | time
        if word == "nothing":
            return [passed]
        plain = [each for each in rest if "=" not in each]
        named = [each.split("=", 1) for each in rest if "=" in each]
        fields = {name: self._minor(text) if name in MONEY else _value(text) for name, text in named}
        event = time | {"source": "story", "id": f"e{self.number}", "subject": subject}
        if word in ORDERS:
            return [event | {"type": f"purchase.{ORDERS[word]}", "data": self._order(word, plain) | fields}]
        if word in COMMANDS:
            return [event | {"type": f"command.{COMMANDS[word]}", "data": {"actor": "staff"} | fields}]
        if word == "profile":
            return [event | {"type": "profile.updated", "data": _profile(fields)}]
        assert word in ENGAGEMENT_KINDS, f"a story has no {word!r}"
        return [event | {"type": f"engagement.{word}", "data": fields}]

    def _order(self, word: str, plain: list[str]) -> dict[str, Any]:
        order, *amount = plain
        data: dict[str, Any] = {"order_id": order}
        if word == "refund":
            data["refund_id"] = f"r{self.number}"
        if word == "buy":
            data["currency"] = self.rulebook.currency
        if amount:
            data["amount"] = self._minor(amount[0])
        return data

    def _minor(self, amount: str) -> int:
        return int(Decimal(amount).scaleb(MINOR_DIGITS[self.rulebook.currency]))


def _profile(fields: dict[str, Any]) -> dict[str, Any]:
    """A profile's fields, those named attribute.NAME among its attributes."""
    names = [name for name in fields if name.startswith(ATTRIBUTE)]
    plain = {name: value for name, value in fields.items() if name not in names}
    attributes = {name.removeprefix(ATTRIBUTE): fields[name] for name in names}
    return plain | {"attributes": attributes} if attributes else plain


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.removeprefix("-").isdigit() else text


def in_words(effect: dict[str, Any], zone: ZoneInfo) -> str:
    """An effect's type and the numbers that matter to a reader."""
    if effect["type"] == "dead_letter":
        return f"dead letter {effect['reason']}: {effect['message']}"
    data = effect["data"]
    if "intent" in data:
        return _notice(effect["type"], data, zone)
    shown = ("tag", "kind", "qty", "level", "ratio", "why", "message", "scope")
    parts = [str(data[name]) for name in shown if data.get(name) not in (None, "")]
    if "to" in data and "tier_set" in data:
        parts.insert(0, f"{data['from']} > {data['to']}" if data.get("from") else data["to"])
        parts.append(data["reason"])
    elif "axis" in data:
        parts.insert(0, f"{data['axis']} {data['from']} > {data['to']}".replace("  > ", " "))
    elif "tier_set" in data:
        parts.insert(0, f"{data['tier']}, {data['days_left']} days" if "days_left" in data else data["tier"])
    if until_ms := data.get("grace_until_ms") or data.get("valid_until_ms"):
        until = f"{datetime.fromtimestamp(until_ms / 1000, zone):%Y-%m-%d %H:%M}"
        parts.append(f"until {until.removesuffix(' 00:00')}")
    if "balance" in data:
        parts.append(", ".join(f"{name} {value}" for name, value in data["balance"].items()))
    if data.get("capped_from"):
        parts.append(f"capped from {data['capped_from']}")
    if data.get("qualifying"):
        parts.append(f"qualifying {data['qualifying']}")
    return f"{effect['type']} {'; '.join(parts)}".rstrip()


def _notice(kind: str, data: dict[str, Any], zone: ZoneInfo) -> str:
    """What a customer is told, or why not."""
    said = [data["intent"], data.get("text") or data["cause"], "/".join(data.get("channels", ()))]
    if data.get("held_by"):
        said.append(f"from {datetime.fromtimestamp(data['not_before_ms'] / 1000, zone):%Y-%m-%d %H:%M}")
    return f"{kind} {'; '.join(word for word in said if word)}"


def retold(name: str) -> str:
    """The story's file as it is, with what comes of each line today."""
    teller = Teller(load_rulebook(PROGRAMS / f"{programme_of(name)}.yaml"))
    lines: list[str] = []
    for line in story_file(name).read_text().splitlines():
        left = line.partition("|")[0].rstrip()
        if not left or left.startswith("#"):
            if "|" not in line:
                lines.append(line)
            continue
        came = list(teller.tell(left[:16], left[16:].strip())) or [""]
        lines.append(f"{left:{WIDTH}}| {came[0]}".rstrip())
        lines += [f"{'':{WIDTH}}| {each}" for each in came[1:]]
    return "\n".join(lines) + "\n"


def programme_of(name: str) -> str:
    """The programme that a story is of."""
    return "looked_after" if name.startswith(LIVES) else name


def story_file(name: str) -> Path:
    """Where the story of a programme is."""
    return Path(__file__).parent / f"{name}.story"


if __name__ == "__main__":
    print(retold(sys.argv[1]), end="")
