"""A customer's local days: the newest in the row, older ones in blocks beside it.

So the row stays small however many days a customer came on. Every day in a block is older than all in the
row. Days more than 491 old are let go; they live on in the totals.
"""

from typing import Final

from engine.rows import day_values_in, days_from
from engine.state import Account, Block, Day, Totals

ROW_DAYS: Final = 16
LEAVING: Final = 8  # So many days leave a full row together.
BLOCK_BITS: Final = 5  # A block holds the days of one 32-day span, numbered by day >> 5.
KEEP_DAYS: Final = 491  # The longest window, as a late event may have it read.
_NOTHING: Final = Totals()


def bucket(account: Account, day: int) -> Day:
    """The record of a local day, made if need be, for editing."""
    days = account.customer.days
    if days:
        newest = days[-1]
        _edited(account, day)
        if newest.day == day:
            return newest
        if newest.day > day:
            return _earlier(account, day)
    made = Day(day)
    days.append(made)
    if len(days) > ROW_DAYS:
        _leave(account)
    _let_go(account, day)
    return made


def find(account: Account, day: int) -> Day | None:
    """The record of a local day, for editing; None when there is none or it was let go."""
    days = account.customer.days
    if not days or day < days[-1].day - KEEP_DAYS:
        return None
    _edited(account, day)
    if day >= days[0].day:
        return _of(days, day)
    found = _of(_block(account, day >> BLOCK_BITS), day)
    if found is not None:
        _open_block(account, day >> BLOCK_BITS)
    return found


def _edited(account: Account, day: int) -> None:
    """Forgets what was found of growth as of a day, if another day is edited."""
    life = account.customer.life
    if life is not None and life.growth and life.growth[0] != day:
        life.growth = []


def within(account: Account, first: int, end: int, whole: bool = True) -> tuple[list[Day], list[Totals]]:
    """The days [first, end): records, and sums of `whole` blocks. `first` is at most 491 days back."""
    customer = account.customer
    found = [d for d in customer.days if first <= d.day < end]
    sums: list[Totals] = []
    if customer.last_block >= 0 and first < customer.days[0].day:
        for number in range(max(first >> BLOCK_BITS, customer.first_block), customer.last_block + 1):
            if whole and first <= number << BLOCK_BITS and (number + 1) << BLOCK_BITS <= end:
                sums.append(_sum(account, number))
            else:
                found += [d for d in _block(account, number) if first <= d.day < end]
    return found, sums


def _sum(account: Account, number: int) -> Totals:
    """What the days of a block add up to."""
    block = _blocks(account).get(number)
    return _NOTHING if block is None else sums_of(block)


def sums_of(block: Block) -> Totals:
    """What the days of a block add up to; worked out when first asked for after a change."""
    if block.sums is None:
        block.sums = known = Totals()
        for d in days_of(block):
            known.spend_minor += d.spend_minor
            known.qualifying += d.qualifying
            known.orders += d.orders
            known.purchase_days += d.orders > 0
            known.engagement_points += d.engagement_points
    return block.sums


def days_of(block: Block) -> list[Day]:
    """The days of a block."""
    if block.days is None:
        block.days = days_from(day_values_in(block.packed))
    return block.days


def _earlier(account: Account, day: int) -> Day:
    """The record of a day before the newest."""
    customer = account.customer
    if customer.last_block < 0 or day >= customer.days[0].day:
        made = _in(customer.days, day)
        if len(customer.days) > ROW_DAYS:
            _leave(account)
        return made
    return _in(_open_block(account, day >> BLOCK_BITS), day)


def _leave(account: Account) -> None:
    """Moves the oldest days of the row into their blocks."""
    days = account.customer.days
    for old in days[:LEAVING]:
        _open_block(account, old.day >> BLOCK_BITS).append(old)
    del days[:LEAVING]


def _let_go(account: Account, today: int) -> None:
    """Drops the blocks, and the days of the row, that no window reaches any more."""
    customer, oldest = account.customer, today - KEEP_DAYS
    while customer.last_block >= 0 and (customer.first_block + 1) << BLOCK_BITS <= oldest:
        number = customer.first_block
        if _blocks(account).pop(number, None) is not None:
            account.changed_blocks = True
        if number == customer.last_block:
            customer.first_block = customer.last_block = -1
        else:
            customer.first_block = number + 1
    days = customer.days
    while days[0].day < oldest:
        days.pop(0)


def _blocks(account: Account) -> dict[int, Block]:
    """All blocks, read when first asked for."""
    if account.blocks is None:
        if account.customer.last_block < 0:
            account.blocks = {}
        else:
            assert account.vault is not None, "a customer with older days was stored"
            account.blocks = account.vault.blocks(account.customer.id)
    return account.blocks


def _block(account: Account, number: int) -> list[Day]:
    block = _blocks(account).get(number)
    return [] if block is None else days_of(block)


def _open_block(account: Account, number: int) -> list[Day]:
    """The days of a block for editing, made if need be."""
    customer, blocks = account.customer, _blocks(account)
    if customer.last_block < 0:
        customer.first_block = customer.last_block = number
    else:
        customer.first_block = min(customer.first_block, number)
        customer.last_block = max(customer.last_block, number)
    block = blocks.get(number)
    if block is None:
        block = blocks[number] = Block(None, b"", [])
    days = days_of(block)
    block.sums, block.packed, account.changed_blocks = None, b"", True
    return days


def _of(days: list[Day], day: int) -> Day | None:
    for each in reversed(days):
        if each.day <= day:
            return each if each.day == day else None
    return None


def _in(days: list[Day], day: int) -> Day:
    """The record of a day in rising `days`, made if need be."""
    at = len(days)
    while at > 0 and days[at - 1].day >= day:
        at -= 1
    if at == len(days) or days[at].day != day:
        days.insert(at, Day(day))
    return days[at]
