"""Several customers of one programme, each alone with the engine, and the post between them."""

from engine.effects import Effect
from engine.events import INTERNAL, Happening
from engine.outcome import Outcome
from rules.compiled import Rulebook
from tests.engine.shop import Shop, instant


class Town:
    """Customers by name. What the engine sends from one to another waits in `post` until `deliver`."""

    def __init__(self, book: Rulebook, start: str = "2026-01-10 10:00") -> None:
        self.book = book
        self.start = start
        self.shops: dict[str, Shop] = {}
        self.post: list[Effect] = []
        self.taken: dict[str, int] = {}

    def __getitem__(self, name: str) -> Shop:
        if name not in self.shops:
            self.shops[name] = Shop(self.book, self.start, forgetful=True, name=name)
        return self.shops[name]

    def deliver(self, at: str = "") -> None:
        """Hands over what waits, and what comes of it, until nothing does; at this time, else at once."""
        self.collect()
        while self.post:
            effect = self.post.pop(0)
            shop = self[effect.customer]
            recorded = instant(at, self.book.timezone) if at else max(shop.now_ms, effect.time_ms)
            shop.send(effect.data, effect.time_ms, event=effect.id, source="/tierline", recorded=recorded)  # type: ignore[arg-type]
            self.collect()

    def send(self, name: str, data: Happening, at: str = "", **event: object) -> Outcome:
        """What becomes of an event of a customer, after all post was handed over."""
        outcome = self[name].send(data, at, **event)  # type: ignore[arg-type]
        self.deliver()
        return outcome

    def tick(self, until: str) -> None:
        """Moves everybody's time, and hands over the post."""
        for shop in list(self.shops.values()):
            shop.tick(until)
        self.deliver()

    def collect(self) -> None:
        """Puts what customers have sent since into the post."""
        for name, shop in self.shops.items():
            first = self.taken.get(name, 0)
            self.post += [effect for effect in shop.effects[first:] if isinstance(effect.data, INTERNAL)]
            self.taken[name] = len(shop.effects)
