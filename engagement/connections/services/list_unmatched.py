"""Who of a segment has no contact at the vendor yet: kept from set to set, so that whoever gets one is put in once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.connections.models import ListPush
from engagement.connections.queries import STATEMENTS
from engagement.connections.vendors import connector_of
from engagement.insights.selectors.membership import Numbers
from engagement.scoring.blocks import pack_masks, unpack
from tenants.arrays import integer_array

_NOBODY: Final = np.zeros(0, dtype=np.int64)


class Unmatched:
    """One bit for each number of a customer, and one for whether a kept contact was asked for in vain.

    A million customers are 250 KB, whoever of them has no contact.
    """

    def __init__(self, packed: bytes | memoryview | None = None, *, among: Numbers | None = None) -> None:
        """Those of a packed set; with `among` only who is among these, and with room for all of these."""
        known = np.zeros((2, 0), dtype=np.bool_) if packed is None else _masks_in(packed)
        size = known.shape[1]
        room = size if among is None or not len(among) else max(size, int(among[-1]) + 1)
        self._masks = np.zeros((2, room), dtype=np.bool_)
        self._masks[:, :size] = known
        if among is not None:
            self._masks &= np.isin(np.arange(room), among, assume_unique=True)

    def __len__(self) -> int:
        return int(self._masks[0].sum())

    @property
    def numbers(self) -> Numbers:
        return np.flatnonzero(self._masks[0])

    @property
    def unasked(self) -> Numbers:
        """Those of whom no contact was kept when they were sent."""
        return np.flatnonzero(self._masks[0] & ~self._masks[1])

    def add(self, numbers: Iterable[int], *, asked: Collection[int]) -> None:
        """Members only, there is room for these; of whom a contact is kept is among the `asked`."""
        new = list(numbers)
        self._masks[0, new] = True
        self._masks[1, new] = [number in asked for number in new]

    def drop(self, numbers: Iterable[int]) -> bool:
        """Whether somebody of them was in it."""
        known = [number for number in numbers if number < self._masks.shape[1]]
        had_some = bool(self._masks[0, known].any())
        self._masks[:, known] = False
        return had_some

    def to_bytes(self) -> bytes:
        return pack_masks(list(self._masks))


def come_late(push: ListPush, *, inside: Numbers, is_newer: bool) -> Numbers:
    """Members who had no contact when they were sent, and of whom one is kept now, ascending.

    Every contact is fetched with the customer it is, so nobody else needs to be asked for. With a newer run those are
    among them whose kept contact was not there the last time: it may be another one by now.
    """
    connector = connector_of(push.connection.vendor)
    lists = connector.lists() if connector else None
    if push.unmatched is None or lists is None:
        return _NOBODY
    unmatched = Unmatched(push.unmatched, among=inside)
    waiting = unmatched.numbers if is_newer else unmatched.unasked
    rows = STATEMENTS.fetch(
        "contacts_come", organisation_id=push.organisation_id, numbers=integer_array(waiting.tolist()),
        trait=lists.kept_as,
    )  # fmt: skip
    return np.array([number for (number,) in rows], dtype=np.int64)


def _masks_in(packed: bytes | memoryview) -> NDArray[np.bool_]:
    columns = [column.astype(np.uint8) for column in unpack(packed)]
    return np.array([np.unpackbits(column) for column in columns], dtype=np.bool_)
