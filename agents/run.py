"""One run of records of one partition, from bytes to everything a commit needs. No I/O but reading state.

The worker, `replay` and the tests all come through here, so what is proven of one holds for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate
from typing import Any, Final

from agents.accounts import Reader, copy_of, earliest_ms
from agents.cabinet import Cabinet
from agents.chain import Chain
from agents.journal import APPLIED_KEY, Applied, applied_of, commit_bytes, encode
from agents.outbox import Outbox, by_customer, by_key
from agents.population import Crowd
from agents.tallies import as_mapping
from agents.views import Views
from agents.work import Record, Run, Work
from engine.effects import Effect
from engine.events import Event, TimerDue
from engine.outcome import Duplicate, Early, Outcome, Rejected
from engine.state import Account
from engine.step import step
from engine.timers import next_due
from engine.waiting import wait
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role
from topics.complaints import Undecodable
from topics.decode import TimeReached, decode
from topics.encode import packed
from topics.framing import Output
from topics.partitioner import home

TIMERS_PER_COMMIT: Final = 1_000
AFTER_RECORDS: Final = 1 << 60  # The place of what happens after the last record.
_NOTHING: Final[list[Output]] = []


class Partition:
    """The fold of one partition: its place in the inputs, its time, and the accounts in memory.

    `apply` computes a commit; `settle` adopts it once Kafka and the store have it. If `apply` or the
    commit fails the object must be thrown away. With `traced`, `Work.origins` is filled in.
    """

    def __init__(
        self, number: int, reader: Reader, catalogue: Catalogue, rulebook: Rulebook, clock: str = "wall"
    ) -> None:
        self.number = number
        self.reader = reader
        self.cabinet = Cabinet(reader)
        self.rulebook = rulebook
        self.clock = clock
        self.partitions = catalogue.partitions
        self.outbox = Outbox(number, catalogue)
        self.views = Views(number, catalogue, self.cabinet)
        self.crowd = Crowd(number, catalogue, reader, self.cabinet)
        self.roles = {catalogue.name(role): role for role in Role}
        stored = reader.get_many([APPLIED_KEY])[0]
        self.applied = applied_of(stored) if stored is not None else Applied(partitions=catalogue.partitions)
        self.timers_left = False
        self.traced = False

    @property
    def positions(self) -> dict[str, int]:
        """Topic name -> the next offset to apply."""
        return self.applied.positions

    @property
    def now_ms(self) -> int:
        """The partition's time; it never goes backwards."""
        return self.applied.now_ms

    @property
    def census(self) -> Mapping[str, Any]:
        """How many customers stand where, and the points that are out, see `agents.tallies`."""
        return as_mapping(self.cabinet.census)

    def apply(
        self, records: Sequence[Record], positions: dict[str, int], tick_ms: int | None = None
    ) -> Work | None:
        """The commit of one run, or None when there is nothing to commit.

        `records` are in the order to apply; `positions` are the inputs' positions after them. `tick_ms`
        moves the partition's time forward without a record.
        """
        try:
            run = self._run(records, tick_ms, careful=False)
        except Exception:  # Nothing of the run is kept; the bad event is then found one by one.
            run = self._run(records, tick_ms, careful=True)
        moved = any(self.positions.get(name, 0) != at for name, at in positions.items())
        if not (
            records or self.cabinet.rows or moved or self.crowd.changed
        ):  # A rulebook alone waits to be announced.
            return None
        return self._work(run, records, positions)

    def settle(self, work: Work) -> None:
        """Adopts a commit that Kafka and the store have."""
        self.applied = work.after
        self.timers_left = work.timers_left
        self.cabinet.adopt()
        self.crowd.adopt()

    def _run(self, records: Sequence[Record], tick_ms: int | None, careful: bool) -> Run:
        """Applies the records customer by customer, so that each is taken into hand once.

        No customer's decisions depend on another's: only what is sent has to be in the order of the records.
        """
        self.cabinet.begin()
        self.views.begin()
        self.crowd.begin()
        run = Run(Chain(self.applied.chain), now_ms=self.now_ms, cursor=self.applied.cursor)
        if self.rulebook.digest != self.applied.digest:
            self.outbox.announce(run, self.rulebook)
        first, run.outputs = run.outputs, []
        run.instants = list(accumulate([record.timestamp for record in records], max, initial=run.now_ms))
        run.end_ms = max(run.instants[-1], tick_ms or 0)
        run.slots = [_NOTHING] * len(records)
        places = by_key(records)
        if keyless := places.pop(None, None):
            self.crowd.take(run, records, keyless, self.rulebook)
        for some in by_customer(places):
            self._take_some(run, records, some, careful)
        run.now_ms = run.end_ms
        if self.traced:
            run.origins = [-1] * len(first) + [at for at, sent in enumerate(run.slots) for _ in sent]
        run.outputs = first
        for sent in run.slots:
            run.outputs += sent
        self.crowd.finish(run, self.rulebook, self._fire_due(run, careful))
        run.chain.add(run.outputs)
        return run

    def _take_some(self, run: Run, records: Sequence[Record], places: list[int], careful: bool) -> None:
        """Applies the records at these places; what each sends is in its slot."""
        decoded = [
            decode(self.roles[r.topic], r.key, r.value, r.headers) for r in [records[at] for at in places]
        ]
        events = [event for event in decoded if isinstance(event, Event)]
        self._meet(run, {event.customer: None for event in events})
        self.cabinet.bring(run.accounts, events)
        for at, event in zip(places, decoded, strict=True):
            record = records[at]
            run.now_ms, run.outputs, run.place = run.instants[at + 1], [], at
            if isinstance(event, Event):
                account = run.accounts.get(event.customer)
                if account is None:
                    self.outbox.forward(run, record)
                else:
                    self._take(run, record, event, account, careful)
            elif isinstance(event, Undecodable):
                self.outbox.bury(run, record, event.reason, event.message)
            else:
                assert isinstance(event, TimeReached)
                run.flow.outcome(record.topic, "time")
            run.slots[at] = run.outputs
        self._put_back(run)

    def _meet(self, run: Run, names: Iterable[str]) -> None:
        """Takes accounts into hand, and makes those of customers who belong here and are new."""
        for name, account in self.cabinet.take(names).items():
            if account is not None:
                run.accounts[name] = account
            elif home(name.encode(), self.partitions) == self.number:
                run.accounts[name] = self.cabinet.new(name)
        if self.rulebook.profiles:
            self.views.meet(run.accounts.values())

    def _put_back(self, run: Run) -> None:
        """Puts the accounts in hand back."""
        for name in run.changed:
            self.cabinet.put(run.accounts[name])
        if self.rulebook.profiles:
            self.views.see([run.accounts[name] for name in run.changed], self.rulebook, run.end_ms)
        run.changed.clear()
        run.accounts.clear()

    def _take(self, run: Run, record: Record, event: Event, account: Account, careful: bool) -> None:
        name, now_ms = event.customer, run.now_ms
        while account.due_ms and account.due_ms <= now_ms:
            account = self._fire(run, name, careful)
        if careful:
            outcome = self._step(run, name, event, careful)
        else:  # What `_step` does, without its call: every event comes along here.
            outcome = step(account, event, self.rulebook, now_ms)
        if isinstance(outcome, list):
            run.changed[name] = None
            if account.customer.timers:
                account.due_ms = earliest_ms(account.customer)
            self.outbox.add(run, outcome)
        else:
            self._not_yet(run, record, event, account, outcome)

    def _not_yet(self, run: Run, record: Record, event: Event, account: Account, outcome: Outcome) -> None:
        """Has an event wait for its order, if that is why it is not applied, and if it may."""
        if isinstance(outcome, Early):
            outcome = wait(account, event, packed(record), run.now_ms)
        if isinstance(outcome, list):
            run.flow.outcome(record.topic, "waiting")
            self._changed(run, event.customer, outcome)
        elif isinstance(outcome, Duplicate):
            run.flow.outcome(record.topic, "duplicate")
        elif isinstance(outcome, Rejected):
            self.outbox.bury(run, record, outcome.reason, outcome.message)

    def _step(self, run: Run, name: str, event: Event | TimerDue, careful: bool) -> Outcome:
        """One step; when careful, a defect leaves the customer as before and becomes a rejection."""
        account = run.accounts[name]
        if not careful:
            return step(account, event, self.rulebook, run.now_ms)
        before = copy_of(account)
        try:
            return step(account, event, self.rulebook, run.now_ms)
        except Exception as error:
            run.accounts[name] = before
            return Rejected("rule_error", f"{type(error).__name__}: {error}")

    def _changed(self, run: Run, name: str, effects: list[Effect]) -> None:
        account = run.accounts[name]
        run.changed[name] = None
        if account.customer.timers:
            account.due_ms = earliest_ms(account.customer)
        self.outbox.add(run, effects)

    def _fire(self, run: Run, name: str, careful: bool) -> Account:
        """Fires the account's earliest timer, as of its due instant; the account afterwards."""
        due_ms, kind = next_due(run.accounts[name].customer)
        outcome = self._step(run, name, TimerDue(kind, due_ms), careful)
        if isinstance(outcome, Rejected):  # Only a defect refuses a timer; it may not come again and again.
            run.accounts[name].customer.timers[kind].due_ms = 0
            self.outbox.bury_timer(run, name, kind, due_ms, outcome)
            outcome = []
        assert isinstance(outcome, list)
        run.flow.add("timer", kind)
        if run.place >= run.cursor_place:  # The last in the order of the records, not of the customers.
            run.cursor, run.cursor_place = (due_ms, name, kind), run.place
        self._changed(run, name, outcome)
        return run.accounts[name]

    def _fire_due(self, run: Run, careful: bool) -> int:
        """Fires a commit's worth of what is due, by (due, customer, kind); the first instant left, or 0."""
        waiting = self._waiting(run)
        heapify(waiting)
        run.place = run.cursor_place = AFTER_RECORDS
        fired = 0
        while waiting and fired < TIMERS_PER_COMMIT:
            _, name, _ = heappop(waiting)
            account = self._fire(run, name, careful)
            fired += 1
            if account.due_ms and account.due_ms <= run.now_ms:
                heappush(waiting, (account.due_ms, name, next_due(account.customer)[1]))
        run.timers_left = bool(waiting)
        self._put_back(run)
        return waiting[0][0] if waiting else 0

    def _waiting(self, run: Run) -> list[tuple[int, str, str]]:
        """The earliest timers due by now: of customers changed as they are, of others as the index says."""
        changed = self.cabinet.dues
        names = [name for name, due_ms in changed.items() if due_ms and due_ms <= run.now_ms]
        indexed = self.reader.due(run.now_ms, TIMERS_PER_COMMIT + 1 + len(changed))
        others = [name for _, key in indexed if (name := key.decode()) not in changed]
        names += list(dict.fromkeys(others))[: TIMERS_PER_COMMIT + 1]
        if not names:
            return []
        for name, account in self.cabinet.take(names).items():
            assert account is not None, f"the due index names {name}, who has no row"
            run.accounts[name] = account
        if self.rulebook.profiles:
            self.views.meet(run.accounts.values())
        return [
            (account.due_ms, name, next_due(account.customer)[1]) for name, account in run.accounts.items()
        ]

    def _work(self, run: Run, records: Sequence[Record], positions: dict[str, int]) -> Work:
        before = self.applied
        after = Applied(
            positions={**before.positions, **positions},
            seq=before.seq + 1,
            chain=run.chain.digest(),
            now_ms=run.now_ms,
            cursor=run.cursor,
            digest=self.rulebook.digest,
            partitions=self.partitions,
        )
        changelog = [*self.cabinet.changes(), *self.crowd.changes(), (APPLIED_KEY, encode(after))]
        topics = [record.topic for record in records]
        run.flow.settled(topics)
        journal = commit_bytes(before, after, topics)
        index = self.cabinet.changed_index()
        profiles, flow = self.views.outputs(run.end_ms), run.flow
        work = Work(run.outputs, changelog, journal, index, after, flow, run.timers_left, profiles)
        work.origins = run.origins
        return work
