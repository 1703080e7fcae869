"""What a partition tells another one about its customers as a whole: records with a null key, and back."""

from typing import Final

from msgspec.json import Encoder

from engine.cutoffs import Counted, Cutoffs
from topics.complaints import Refused
from topics.framing import body_of
from topics.instants import format_ms
from topics.wire_population import OfPartition, PopulationCounted, PopulationCutoffs

COUNTED: Final = "population.counted"
CUTOFFS: Final = "population.cutoffs"
_json: Final = Encoder(order="deterministic").encode


def population_body(kind: str, id: str, time_ms: int, ruleversion: str, data: Counted | Cutoffs) -> bytes:
    """The body of a record of this type, as of a local midnight."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_source", b"/tierline"),
        ("ce_type", kind.encode()),
        ("ce_time", format_ms(time_ms)),
        ("ce_ruleversion", ruleversion.encode()),
        ("content-type", b"application/json"),
    ]
    return body_of(None, _json(data), headers)


def population_in(wired: OfPartition, key: bytes | None) -> Counted | Cutoffs:
    """What was told. Raises Refused for a record with a key: its place among others would be a customer's."""
    if key is not None:
        raise Refused("no_customer", "the record has a key; what partitions tell each other has none")
    if isinstance(wired, PopulationCounted):
        c = wired.data
        return Counted(c.partition, c.day, c.recency, c.money, c.frequency)
    assert isinstance(wired, PopulationCutoffs)
    d = wired.data
    return Cutoffs(d.version, d.day, d.window_days, d.recency, d.money, d.customers, d.partitions)
