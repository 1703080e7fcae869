"""Referrals across two partitions on a real broker: exactly once over kill -9, and the ledger's law holds."""

import asyncio
import json
import signal
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

from aiokafka import AIOKafkaProducer

from agents.accounts import CUSTOMER, account_of
from agents.exits import Exit
from agents.store import Store
from engine.ledger import wallets
from engine.wallet import wallet_mistake
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_proof import commits
from tests.agents.support_verify import in_cluster, verify
from tests.agents.worker_kit import until, worker
from topics.catalogue import Role
from topics.instants import format_ms
from topics.partitioner import home

PARTITIONS, PAIRS, KILLS = 2, 120, 5
START_MS = 1_768_000_000_000
DAY_MS = 86_400_000
BOOK = """\
programme: friends
version: 1
timezone: Asia/Shanghai
currency: CNY
earn:
  rules: [{id: base, points: 1, per: 1.00}]
tiers:
  levels: [{code: member, name: Member}]
referral: {points: 200, after_days: 14, cap: {count: 20, per: year}}
"""


def event(kind: str, id: str, customer: str, at_ms: int, data: dict) -> tuple[bytes, bytes, int]:
    """(key, value, timestamp) of an input."""
    value = {"type": kind, "source": "shop", "id": id, "subject": customer}
    value |= {"time": format_ms(at_ms).decode(), "data": data}
    return customer.encode(), json.dumps(value).encode(), at_ms


def lives() -> list[tuple[Role, tuple[bytes, bytes, int]]]:
    """Pairs of a referrer and a friend: the signup, the first purchase, and of every third a refund."""
    records = []
    for number in range(PAIRS):
        referrer, friend, at_ms = f"r{number % 30}", f"f{number}", START_MS + number * 60_000
        order = {"order_id": f"o-{number}", "currency": "CNY", "amount": 5_000}
        told = event("engagement.referral_signup", f"s-{number}", referrer, at_ms, {"referee_id": friend})
        bought = event("purchase.completed", f"p-{number}", friend, at_ms + DAY_MS, order)
        records += [(Role.ENGAGEMENTS, told), (Role.PURCHASES, bought)]
        if number % 3 == 0:
            back = {"order_id": f"o-{number}"}
            cancelled = event("purchase.cancelled", f"c-{number}", friend, at_ms + 2 * DAY_MS, back)
            records.append((Role.PURCHASES, cancelled))
    return sorted(records, key=lambda each: each[1][2])


async def send(settings, records: Iterable[tuple[Role, tuple[bytes, bytes, int]]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await producer.start()
    for role, (key, value, at_ms) in records:
        topic, number = settings.catalogue.name(role), home(key, PARTITIONS)
        await producer.send_and_wait(topic, value, key, partition=number, timestamp_ms=at_ms)
    await producer.stop()


async def pass_time(settings, until_ms: int) -> None:
    """Moves the clock of every partition."""
    value = json.dumps({"type": "time.reached", "time": format_ms(until_ms).decode()}).encode()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await producer.start()
    topic = settings.catalogue.name(Role.COMMANDS)
    for number in range(PARTITIONS):
        await producer.send_and_wait(topic, value, partition=number, timestamp_ms=until_ms)
    await producer.stop()


async def rewards(settings) -> list[tuple[str, str, int]]:
    """(customer, the other, points) of every entry of a referral."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.POINTS))
    entries = [(record.key.decode(), json.loads(record.value)) for record in records]
    return [
        (customer, entry["ref"]["ref_id"], entry["qty"])
        for customer, entry in entries
        if entry.get("ref", {}).get("engagement") == "referral"
    ]


async def refusals(settings) -> list[tuple[str, str, str]]:
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.LIFECYCLE))
    entries = [(record.key.decode(), json.loads(record.value)) for record in records]
    return [(customer, entry["referee"], entry["why"]) for customer, entry in entries if "referee" in entry]


async def committed(settings) -> int:
    return sum(len(each) for each in await commits(settings))


async def test_referrals_across_partitions_count_once_over_kills_and_every_wallet_obeys_the_law(
    broker, tmp_path, capsys
):
    book = tmp_path / "friends.yaml"
    book.write_text(BOOK)
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS, clock="log", run_records=20)
    settings = settings.model_copy(update={"rules": book})
    pairs = [(f"r{number % 30}", f"f{number}") for number in range(PAIRS)]
    crossing = [home(a.encode(), PARTITIONS) != home(b.encode(), PARTITIONS) for a, b in pairs]
    assert 30 < sum(crossing) < 90
    records, chance = lives(), Random(5)
    for kill in range(KILLS):
        await send(settings, records[kill * len(records) // KILLS : (kill + 1) * len(records) // KILLS])
        if kill == KILLS - 1:
            await pass_time(settings, START_MS + 40 * DAY_MS)
        wanted = await committed(settings) + chance.randint(1, 2)
        with worker(settings, tmp_path / "log") as process:
            await until(lambda: committed(settings), lambda count, wanted=wanted: count >= wanted)
            assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    stood = [pair for number, pair in enumerate(pairs) if number % 3]
    back = [pair for number, pair in enumerate(pairs) if number % 3 == 0]
    await pass_time(settings, START_MS + 41 * DAY_MS)
    before = await committed(settings)
    with worker(settings, tmp_path / "log") as process:
        await until(lambda: committed(settings), lambda count: count > before)
        await until(lambda: rewards(settings), lambda found: len(found) >= 2 * len(stood))
        await until(lambda: refusals(settings), lambda found: len(found) >= len(back))
        assert process.stop() == Exit.STOPPED
    wanted = Counter([(a, b, 200) for a, b in stood] + [(b, a, 200) for a, b in stood])
    assert Counter(await rewards(settings)) == wanted
    assert Counter(await refusals(settings)) == Counter((a, b, "returned") for a, b in back)
    assert wallets_of(settings, tmp_path / "state") == expected(stood, back)
    code, said = await asyncio.to_thread(verify, capsys, *in_cluster(settings))
    assert (code, "first difference" in said) == (0, False), said


def wallets_of(settings, folder) -> dict[str, int]:
    """The active points of every customer as stored; each wallet obeys the ledger's law."""
    found = {}
    for number in range(PARTITIONS):
        store = Store(folder / settings.app_id / f"partition-{number}")
        for key, row in store.scan(CUSTOMER):
            customer = account_of(key[1:].decode(), row).customer
            for _, wallet in wallets(customer):
                assert not wallet_mistake(wallet), (customer.id, wallet_mistake(wallet))
            assert home(customer.id.encode(), PARTITIONS) == number
            found[customer.id] = customer.wallet.active
        store.close()
    return found


def expected(stood, back) -> dict[str, int]:
    """Points by hand: 50 for a purchase that stood, 200 for each side of a referral that did."""
    points: defaultdict[str, int] = defaultdict(int)
    for referrer, friend in stood:
        points[referrer] += 200
        points[friend] += 250
    for referrer, friend in back:
        points[referrer] += 0
        points[friend] += 0
    return dict(points)
