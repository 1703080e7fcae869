"""What a commit was given, checked against the journal: its rulebook, and its records in their order."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from agents.errors import UserError
from agents.journal import Commit
from agents.sources import counts, lacking
from agents.verify_words import Difference, Message, cause_of, message, output_of
from agents.work import Record
from rules.compiled import Rulebook
from rules.load import RuleError, parse_rulebook
from topics.catalogue import Catalogue


class Rulebooks:
    """The rulebooks of the installation, read when a commit first names them."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self.texts = texts
        self.read: dict[str, Rulebook] = {}

    def of(self, digest: str, where: str) -> Rulebook:
        """The rulebook. Raises Difference when it is not there or is not what its digest says."""
        if digest not in self.read:
            name, text = f"rulebook {digest[:12]}", self.texts.get(digest)
            if text is None:
                raise Difference(f"{where}: {name}, which it obeyed, is not among the rulebooks")
            if sha256(text).hexdigest() != digest:
                raise Difference(f"{where}: the text of {name} is another one than the digest says")
            try:
                self.read[digest] = parse_rulebook(text.decode(), name)
            except RuleError as error:
                raise UserError(f"{where}: this version cannot use {error}") from None
        return self.read[digest]


def ill_formed(commit: Commit, catalogue: Catalogue) -> str:
    """What of the journal record cannot be, in words; "" when all can."""
    try:
        taken = counts(commit)
    except ValueError:
        taken = []
    if not taken or any(not 0 <= at < len(taken) or count < 1 for at, count in commit.order):
        return "its lists do not belong together"
    for topic, start, end, count in taken:
        if topic not in catalogue.inputs or not 0 <= count <= end - start:
            return f"it took {count} records of {topic} from offset {start} up to {end}"
    return ""


def of_commit(commit: Commit, records: Sequence[Record]) -> list[Record]:
    """Those of the records that lie where the commit read."""
    spans = {topic: range(start, end) for topic, start, end, _ in counts(commit)}
    return [each for each in records if each.offset in spans.get(each.topic, ())]


def wrong_inputs(
    catalogue: Catalogue, commit: Commit, records: Sequence[Record], begins: Mapping[str, int]
) -> Message | None:
    """What is wrong with the records of a commit, and whose it is, if a record tells.

    `begins` says where the inputs begin by now, if they lost records.
    """
    lack, misplaced = lacking(commit, records), _misplaced(commit, records)
    gone = any(begins.get(topic, 0) > start for topic, start in zip(commit.topics, commit.start, strict=True))
    if lack and (gone or misplaced is None or len(records) < sum(count for _, count in commit.order)):
        return Message("", "", lack)
    if misplaced is None:
        return None
    what = f"the record at offset {misplaced.offset} of {misplaced.topic} is not in its place in the order"
    return Message((misplaced.key or b"").decode(errors="replace"), cause_of(catalogue, misplaced), what)


def unexplained(catalogue: Catalogue, records: Sequence[Record], outputs: Sequence[Record]) -> Message | None:
    """The first of the outputs that none of the input records caused, and no timer."""
    known = {cause_of(catalogue, each) for each in records}
    told = (message(output_of(each)) for each in outputs)
    return next((each for each in told if each.cause not in known and each.cause[:6] != "timer|"), None)


def _misplaced(commit: Commit, records: Sequence[Record]) -> Record | None:
    """The first record that is not where the journal says."""
    topics = [commit.topics[at] for at, count in commit.order for _ in range(count)]
    lowest = dict(zip(commit.topics, commit.start, strict=True))
    ends = dict(zip(commit.topics, commit.end, strict=True))
    for at, record in enumerate(records):
        topic = topics[at] if at < len(topics) else ""
        if record.topic != topic or not lowest[topic] <= record.offset < ends[topic]:
            return record
        lowest[topic] = record.offset + 1
    return None
