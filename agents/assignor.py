"""Which worker owns a partition, and which keep copies of it, as the group's leader decides.

Without standbys Faust's assignor decides. It can assign standbys too, but then leaves a newcomer without
partitions, and may put all copies of one worker's partitions in the same place. So the leader works out
here who should have what, and tells Faust's assignor that they have it: it moves no more than it has to.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from faust.assignor.client_assignment import ClientAssignment, ClientMetadata
from faust.assignor.partition_assignor import PartitionAssignor


@dataclass
class Share:
    """What a worker has: partitions of its own, and copies of others'."""

    owned: set[int] = field(default_factory=set)
    copies: set[int] = field(default_factory=set)


class Assignor(PartitionAssignor):
    """Faust's assignor, which is told of a balanced share for each worker when there are standbys."""

    def _perform_assignment(self, cluster: Any, member_metadata: Mapping[str, Any]) -> Any:
        if self.replicas and len({frozenset(each.subscription) for each in member_metadata.values()}) == 1:
            member_metadata = self._as_if_shared(member_metadata)
        return super()._perform_assignment(cluster, member_metadata)

    def _as_if_shared(self, members: Mapping[str, Any]) -> dict[str, ConsumerProtocolMemberMetadata]:
        partitions = int(self.app.conf.topic_partitions)
        known = {name: self._get_client_metadata(each) for name, each in members.items()}
        shares = shared_out(
            {name: _share(each, partitions) for name, each in known.items()}, partitions, self.replicas
        )
        return {
            name: ConsumerProtocolMemberMetadata(
                each.version, each.subscription, _told(known[name], each.subscription, shares[name])
            )
            for name, each in members.items()
        }


def _share(metadata: ClientMetadata, partitions: int) -> Share:
    """What a member says it has; all its topics have the same partitions."""
    owned, copies = (
        {number for numbers in topics.values() for number in numbers if number < partitions}
        for topics in (metadata.assignment.actives, metadata.assignment.standbys)
    )
    return Share(owned, copies - owned)


def _told(metadata: ClientMetadata, topics: list[str], share: Share) -> bytes:
    assignment = ClientAssignment(
        actives={topic: sorted(share.owned) for topic in topics},
        standbys={topic: sorted(share.copies) for topic in topics},
    )
    told = ClientMetadata(
        assignment=assignment,
        url=metadata.url,
        changelog_distribution=metadata.changelog_distribution,
        external_topic_distribution=metadata.external_topic_distribution,
        topic_groups=metadata.topic_groups,
    )
    return bytes(told.dumps())


def shared_out(has: Mapping[str, Share], partitions: int, standbys: int) -> dict[str, Share]:
    """New shares: as many partitions for each, moved only if they have to be, and to a copy if there is one.

    A copy stays where it is, else goes to a former owner, else to whoever has fewest of that owner's
    copies, so that what one worker leaves behind falls to many.
    """
    shares = {name: Share() for name in sorted(has)}
    _own(has, shares, partitions)
    for _ in range(min(standbys, len(has) - 1)):
        _copy(has, shares, partitions)
    return shares


def _own(has: Mapping[str, Share], shares: dict[str, Share], partitions: int) -> None:
    least, more = divmod(partitions, len(shares))
    ranked = sorted(shares, key=lambda name: (-len(has[name].owned), name))
    room = {name: least + (at < more) for at, name in enumerate(ranked)}
    orphans = set(range(partitions))
    copied = {number for name in ranked if len(has[name].owned) < room[name] for number in has[name].copies}
    for name in ranked:  # Whoever has too many gives up what somebody with room has a copy of.
        kept = sorted(has[name].owned & orphans, key=lambda number: (number in copied, number))[: room[name]]
        shares[name].owned.update(kept)
        orphans.difference_update(kept)

    def places(number: int) -> list[str]:
        """Who has a copy and room."""
        return [n for n in ranked if number in has[n].copies and len(shares[n].owned) < room[n]]

    while orphans:
        chosen = min(orphans, key=lambda number: (len(places(number)) or partitions, number))
        free = places(chosen) or [n for n in ranked if len(shares[n].owned) < room[n]]
        shares[min(free, key=lambda n: (len(shares[n].owned) - room[n], n))].owned.add(chosen)
        orphans.remove(chosen)


def _copy(has: Mapping[str, Share], shares: dict[str, Share], partitions: int) -> None:
    """One more copy of each partition. What does not fit is left to Faust's assignor."""
    limit = -(-partitions // len(shares))
    owner = {number: name for name, share in shares.items() for number in share.owned}
    given: dict[str, int] = defaultdict(int)
    for number in range(partitions):

        def cost(name: str, number: int = number) -> tuple[bool, bool, int, int, str]:
            share = shares[name]
            theirs = sum(owner[each] == owner[number] for each in share.copies)
            warm = number not in has[name].copies, number not in has[name].owned
            return *warm, theirs, len(share.copies), name

        free = [
            name
            for name, share in shares.items()
            if number not in share.owned | share.copies and given[name] < limit
        ]
        if free:
            chosen = min(free, key=cost)
            shares[chosen].copies.add(number)
            given[chosen] += 1
