"""Accounts through their stored form, for tests that want a customer as the next run finds them."""

from agents.cabinet import Cabinet
from agents.memory import MemoryStore
from engine.state import Account


def stored(account: Account, store: MemoryStore) -> Account:
    """The account after it was written and read again."""
    writer = Cabinet(store)
    writer.put(account)
    store.write(list(writer.rows.items()))
    again = Cabinet(store).take([account.customer.id])[account.customer.id]
    assert again is not None
    return again
