"""The profiles that a run publishes: of each customer whose view it changed one, as it is after the run."""

from collections.abc import Iterable

from agents.cabinet import Cabinet
from engine.plan import plan_of
from engine.profile import profile_of
from engine.state import Account, Customer
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role
from topics.encode import encode_profile
from topics.framing import Output

Sums = tuple[int, int, int, int, int, int]


class Views:
    """The views of the customers of one partition that a run has changed so far."""

    def __init__(self, number: int, catalogue: Catalogue, cabinet: Cabinet) -> None:
        self.number = number
        self.topic = catalogue.name(Role.PROFILES)
        self.cabinet = cabinet
        self.former = Cabinet(cabinet.reader)  # The rows as they were before the run.
        self.begin()

    def begin(self) -> None:
        """Forgets what a run that was not committed has changed."""
        self.met: dict[str, Sums | None] = {}  # None: nothing was known of the customer.
        self.bodies: dict[str, bytes] = {}

    def meet(self, accounts: Iterable[Account]) -> None:
        """Takes note of customers before a run changes them."""
        met = self.met
        for account in accounts:
            customer = account.customer
            if customer.id not in met:
                met[customer.id] = _sums(customer) if customer.rev else None

    def see(self, accounts: Iterable[Account], rulebook: Rulebook, now_ms: int) -> None:
        """Makes the profiles of customers whom a run changed, unless they say what they said before it."""
        for account in accounts:
            customer = account.customer
            if not customer.rev:
                continue  # Only something that waits for its order came: there is nothing to say.
            profile = profile_of(account, rulebook, plan_of(rulebook), now_ms)
            before = self.met[customer.id]
            if before is not None and before == _sums(customer):
                past = self._before(customer.id)
                past.customer.rev = customer.rev
                if profile_of(past, rulebook, plan_of(rulebook), now_ms) == profile:
                    self.bodies.pop(customer.id, None)
                    continue
            self.bodies[customer.id] = encode_profile(profile)

    def outputs(self, now_ms: int) -> list[Output]:
        """The records to publish, one per customer, in the order in which they were first changed."""
        return [(self.topic, self.number, body, now_ms) for body in self.bodies.values()]

    def _before(self, name: str) -> Account:
        """The customer as before the run."""
        self.former.held = self.cabinet.held
        account = self.former.take([name])[name]
        assert account is not None, f"{name} was met with a row"
        return account


def _sums(customer: Customer) -> Sums:
    """What the profile shows as it is kept, and most events move: if one differs, so does the profile."""
    totals, wallet = customer.totals, customer.wallet
    return (
        totals.spend_minor,
        totals.orders,
        totals.engagement_points,
        wallet.active,
        wallet.pending,
        wallet.earned,
    )
