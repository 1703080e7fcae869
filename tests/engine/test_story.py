"""Any story of a customer ends as the slow model says, whether the account is held or rebuilt each time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.events import Cancel, RefundLine
from engine.outcome import Duplicate
from rules.facts import CHURN_LEVELS
from tests.engine.model import DAY_MS, STORY, Model, proportional
from tests.engine.shop import HOUR_MS, Shop, line

YOUNG_MS = 250 * DAY_MS
Money = st.one_of(st.integers(0, 12000), st.sampled_from([0, 1, 99, 100, 10000, 30000]))
Lines = st.lists(st.tuples(Money, st.booleans()), min_size=1, max_size=3)
Late = st.one_of(st.just(0), st.integers(0, 20 * DAY_MS))


class Story(RuleBasedStateMachine):
    """Buys, refunds, engages, resends and lets time pass, in the shop and in the model."""

    @initialize(forgetful=st.booleans(), day=st.integers(0, 360))
    def begin(self, forgetful: bool, day: int) -> None:
        self.shop = Shop(STORY, "2025-06-01 00:00", forgetful=forgetful)
        self.shop.now_ms += day * DAY_MS
        self.model = Model(self.shop.now_ms)

    @rule(hours=st.one_of(st.integers(1, 48), st.integers(1, 30 * 24)))
    def wait(self, hours: int) -> None:
        until = self.shop.now_ms + hours * HOUR_MS
        self.shop.tick(until)
        self.model.advance(until)

    @rule(lines=Lines, late=Late)
    def buy(self, lines: list[tuple[int, bool]], late: int) -> None:
        self.model.advance(self.shop.now_ms)  # What is due comes before any event.
        order, at = f"o{len(self.model.orders)}", self.shop.now_ms - late
        named = {str(place): (money, 2 if vinyl else 1) for place, (money, vinyl) in enumerate(lines)}
        sent = [
            line(name, money, category=("vinyl",) if factor == 2 else ())
            for name, (money, factor) in named.items()
        ]
        assert isinstance(self.shop.buy(sent, at, recorded=self.shop.now_ms, order=order, event=order), list)
        self.model.buy(at, order, named)

    @precondition(lambda self: self.young())
    @rule(data=st.data(), amount=Money)
    def refund_an_amount(self, data: st.DataObject, amount: int) -> None:
        self.model.advance(self.shop.now_ms)
        order = data.draw(st.sampled_from(self.young()))
        assert isinstance(self.shop.refund(order, amount), list)
        self.model.take_back(order, proportional(amount, self.left(order)))

    @precondition(lambda self: self.young())
    @rule(data=st.data(), amount=st.one_of(st.none(), Money))
    def refund_a_line(self, data: st.DataObject, amount: int | None) -> None:
        self.model.advance(self.shop.now_ms)
        order = data.draw(st.sampled_from(self.young()))
        left = self.left(order)
        name = data.draw(st.sampled_from(sorted(left)))
        assert isinstance(self.shop.refund(order, lines=(RefundLine(name, amount=amount),)), list)
        self.model.take_back(order, {name: left[name] if amount is None else min(amount, left[name])})

    @precondition(lambda self: self.young())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.model.advance(self.shop.now_ms)
        order = data.draw(st.sampled_from(self.young()))
        outcome = self.shop.send(Cancel(order))
        if outcome != Duplicate("refund"):
            self.model.take_back(order, self.left(order))

    @rule(kind=st.sampled_from(["checkin", "share"]), late=Late)
    def engage(self, kind: str, late: int) -> None:
        self.model.advance(self.shop.now_ms)
        at = self.shop.now_ms - late
        assert isinstance(self.shop.engage(kind, at, recorded=self.shop.now_ms), list)
        self.model.engage(at, kind)

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data(), same_event=st.booleans())
    def send_an_order_again(self, data: st.DataObject, same_event: bool) -> None:
        self.model.advance(self.shop.now_ms)
        order = data.draw(st.sampled_from(sorted(self.model.orders)))
        bought = self.model.orders[order]
        lines = [
            line(name, money, category=("vinyl",) if factor == 2 else ())
            for name, (money, factor) in bought.lines.items()
        ]
        event = order if same_event else ""
        outcome = self.shop.buy(lines, bought.at_ms, recorded=self.shop.now_ms, order=order, event=event)
        assert isinstance(outcome, Duplicate)

    @invariant()
    def the_shop_is_as_the_model_says(self) -> None:
        shop, model = self.shop, self.model
        wallet, totals = shop.customer.wallet, shop.customer.totals
        assert wallet.active == wallet.earned - wallet.clawed == model.points >= 0
        assert wallet.earned == model.earned
        assert shop.tier == model.tier
        assert totals.spend_minor == model.reading("spend_net", "lifetime")
        assert totals.orders == model.reading("orders", "lifetime")
        assert totals.purchase_days == model.reading("purchase_days", "lifetime")
        assert totals.qualifying == model.reading("qualifying_points", "lifetime")
        said = [(effect.data.level, effect.data.crossed_ms) for effect in shop.said("churn.alert")]
        assert said == model.alerts
        level = shop.customer.rhythm.level if shop.customer.rhythm else 0
        assert (CHURN_LEVELS[level - 1] if level else "") == model.raised

    def young(self) -> list[str]:
        """Orders whose day the row still holds."""
        oldest = self.shop.now_ms - YOUNG_MS
        return [name for name, order in self.model.orders.items() if order.at_ms > oldest]

    def left(self, order: str) -> dict[str, int]:
        bought = self.model.orders[order]
        return {name: money - bought.back[name] for name, (money, _) in bought.lines.items()}


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=40, stateful_step_count=30)
