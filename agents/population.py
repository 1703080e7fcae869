"""The part of a partition's fold that is of no customer: its counts, those of all partitions, the cut-offs.

At each local midnight a partition tells its counts to partition 0, as a record among the commands; there they
are added up, and the cut-offs that come of them go to the commands of every partition in the same way. All of
it are inputs and outputs of commits like any other, so that a replay finds the same.
"""

from collections.abc import Sequence
from typing import Final

from agents.accounts import Change, Reader
from agents.cabinet import Cabinet
from agents.outbox import Outbox
from agents.tallies import (
    CUTOFFS_KEY,
    GATHERING_KEY,
    POPULATION_KEY,
    cutoffs_in,
    cutoffs_row,
    gathered_key,
    gathered_row,
    gathering_in,
    gathering_row,
    population_in,
    population_row,
)
from agents.work import Record, Run
from engine.cutoffs import Counted, Cutoffs, InForce
from engine.effects import Effect
from engine.gathering import PATIENCE_MS
from engine.ids import digest_of_timer, effect_id
from engine.plan import plan_of
from engine.population import midnight_day
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role
from topics.complaints import Undecodable
from topics.decode import decode
from topics.population import COUNTED, CUTOFFS, population_body

GATHERS: Final = 0  # The partition in which counts come together.
_PUBLISHED: Final = "rfm.cutoffs"


class Crowd:
    """Counts, days that are gathered, and cut-offs: as committed, and as the run in hand has them."""

    def __init__(self, number: int, catalogue: Catalogue, reader: Reader, cabinet: Cabinet) -> None:
        self.number = number
        self.partitions = catalogue.partitions
        self.commands = catalogue.name(Role.COMMANDS)
        self.roles = {catalogue.name(role): role for role in Role}
        self.cabinet = cabinet
        self.outbox = Outbox(number, catalogue)
        population, cutoffs, gathering = reader.get_many([POPULATION_KEY, CUTOFFS_KEY, GATHERING_KEY])
        self.population = population_in(population)
        self.cutoffs = cutoffs_in(cutoffs)
        self.gathering = gathering_in(gathering, reader)
        self.begin()

    def begin(self) -> None:
        """Forgets what a run that was not committed has changed."""
        self.run_population = self.population
        self.run_gathering = self.gathering
        self.cabinet.cutoffs = self.run_cutoffs = self.cutoffs

    @property
    def changed(self) -> bool:
        """Whether the run has changed anything of it."""
        return bool(
            self.run_population is not self.population
            or self.run_gathering is not self.gathering
            or self.run_cutoffs is not self.cutoffs
        )

    def adopt(self) -> None:
        """The run's changes are in Kafka and in the store."""
        self.population, self.gathering = self.run_population, self.run_gathering
        self.cutoffs = self.run_cutoffs

    def take(self, run: Run, records: Sequence[Record], places: list[int], rulebook: Rulebook) -> None:
        """Takes the records without a key, before all others: what they say holds from their instants on."""
        for at in places:
            record = records[at]
            run.now_ms, run.outputs, run.place = run.instants[at + 1], [], at
            told = decode(self.roles[record.topic], None, record.value, record.headers)
            if isinstance(told, Undecodable):
                self.outbox.bury(run, record, told.reason, told.message)
            elif isinstance(told, Counted):
                self._gather(run, told, rulebook)
            elif isinstance(told, Cutoffs):
                self._put_in_force(run, told)
            else:
                run.flow.outcome(record.topic, "time")
            run.slots[at] = run.outputs

    def finish(self, run: Run, rulebook: Rulebook, left_ms: int) -> None:
        """Counts what the run has moved, and tells what a midnight has closed.

        `left_ms` is the earliest instant for which a timer is still to fire, 0 for none.
        """
        plan = plan_of(rulebook)
        if plan.rfm is None:
            return
        days, moves = plan.days, self.cabinet.moves
        if moves:
            if self.run_population is self.population:
                self.run_population = self.population.copy()
            if self.run_population.day == 0:
                self.run_population.day = midnight_day(days, min([at_ms for at_ms, _, _ in moves]))
            for at_ms, before, after in moves:
                self.run_population.move(midnight_day(days, at_ms), before, after)
        while self.run_population.day:
            midnight_ms = days.start_ms(self.run_population.day)
            if midnight_ms >= run.now_ms or 0 < left_ms <= midnight_ms:
                break
            self._tell(run, rulebook, midnight_ms)
        self._overdue(run, rulebook)

    def changes(self) -> list[Change]:
        """The rows that the run has changed."""
        rows: list[Change] = []
        if self.run_population is not self.population:
            rows.append((POPULATION_KEY, population_row(self.run_population)))
        if self.run_cutoffs is not self.cutoffs:
            rows.append((CUTOFFS_KEY, cutoffs_row(self.run_cutoffs)))
        if self.run_gathering is not self.gathering:
            before, after = self.gathering.days, self.run_gathering.days
            for day in sorted({*before, *after}):
                if day not in after:
                    rows.append((gathered_key(day), None))
                elif before.get(day) is not after[day]:
                    rows.append((gathered_key(day), gathered_row(after[day])))
            rows.append((GATHERING_KEY, gathering_row(self.run_gathering)))
        return rows

    def _tell(self, run: Run, rulebook: Rulebook, midnight_ms: int) -> None:
        """Sends the counts as of a midnight that is over; cut-offs from before it are needed no more."""
        if self.run_population is self.population:
            self.run_population = self.population.copy()
        told = self.run_population.close(self.number)
        digest = digest_of_timer("", "population", midnight_ms, self.number)
        id = effect_id(digest, COUNTED, 0)
        body = population_body(COUNTED, id, midnight_ms, rulebook.ruleversion, told)
        run.outputs.append((self.commands, GATHERS, body, run.now_ms))
        old = [each for each in self.run_cutoffs if each.from_ms <= midnight_ms]
        if len(old) > 1:
            self.run_cutoffs = self.run_cutoffs[len(old) - 1 :]

    def _gather(self, run: Run, told: Counted, rulebook: Rulebook) -> None:
        """Takes the counts of a partition in; the last one's make the cut-offs of that day."""
        plan = plan_of(rulebook)
        if plan.rfm is None or self.number != GATHERS or not 0 <= told.partition < self.partitions:
            return
        self._overdue(run, rulebook)
        gathering = self.run_gathering.copy()
        if gathering.take(told):
            self.run_gathering = gathering
            day = gathering.complete(self.partitions)
            if day:
                self._announce(run, gathering.finish(day, plan.rfm.window_days), rulebook)

    def _overdue(self, run: Run, rulebook: Rulebook) -> None:
        """Makes do with what was told of the days whose time is up."""
        plan = plan_of(rulebook)
        while plan.rfm is not None and self.run_gathering.days:
            day = min(self.run_gathering.days)
            if plan.days.start_ms(day) + PATIENCE_MS > run.now_ms:
                return
            self.run_gathering = self.run_gathering.copy()
            self._announce(run, self.run_gathering.finish(day, plan.rfm.window_days), rulebook)

    def _announce(self, run: Run, cutoffs: Cutoffs | None, rulebook: Rulebook) -> None:
        """Sends new cut-offs to every partition, and to whoever else wants to know."""
        if cutoffs is None:
            return
        midnight_ms = plan_of(rulebook).days.start_ms(cutoffs.day)
        digest = digest_of_timer("", "cutoffs", midnight_ms, cutoffs.version)
        id, version = effect_id(digest, CUTOFFS, 0), rulebook.ruleversion
        body = population_body(CUTOFFS, id, midnight_ms, version, cutoffs)
        for partition in range(self.partitions):
            run.outputs.append((self.commands, partition, body, run.now_ms))
        cause = f"timer||cutoffs|{midnight_ms}|{cutoffs.version}"
        id = effect_id(digest, _PUBLISHED, 1)
        self.outbox.publish(run, Effect(id, _PUBLISHED, _PUBLISHED, midnight_ms, cause, version, cutoffs))

    def _put_in_force(self, run: Run, told: Cutoffs) -> None:
        """Uses the cut-offs for all that happens after this instant of the partition."""
        if not self.run_cutoffs or told.version > self.run_cutoffs[-1].cutoffs.version:
            self.run_cutoffs = (*self.run_cutoffs, InForce(run.now_ms + 1, told))
            self.cabinet.cutoffs = self.run_cutoffs
