"""What later steps do when events are stored: imports run one way, so they listen.

The signals are sent inside the transaction that stores the events, so that a listener's own writes are kept or undone
together with them: that is how each event is counted exactly once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.dispatch import Signal


class StoredEvent(NamedTuple):
    """One event that was not there before and is now; a tuple, which is made in a third of a dataclass's time."""

    customer_number: int
    occurred_at: datetime
    day: date
    name: str
    properties: dict[str, object]
    occurrences: int
    message_id: str


# Arguments: organisation, events (tuple of StoredEvent, only the rows actually inserted).
events_stored = Signal()

# Arguments: counts (storing.Counts). After everything of one part of a request or file, in the same transaction.
items_stored = Signal()

# Arguments: organisation, days (tuple of local days whose events from files were deleted; what is inserted for them
# afterwards is told by events_stored). Sent with the organisation's storing lock held by the sender alone.
days_replaced = Signal()

# Before events that happened before an instant are deleted for good, in a transaction over the owner's connection as
# the maintenance role. A listener that still needs them returns False: they stay for the next round, and nothing of
# what other listeners wrote is kept. Arguments: organisation_id, before, cursor (of that transaction).
events_outlived = Signal()

# Sent when somebody has been erased, inside the transaction that says so. Arguments: organisation_id, numbers, now.
customer_erased = Signal()

# Before customers who only came with an import that is undone are taken out. Arguments: organisation_id, numbers. A
# listener returns the numbers of those of whom its step keeps something a person or another source said: they stay.
customers_kept = Signal()

# Which event names are counted by some action. Arguments: organisation, names. A listener returns those that are.
names_counted = Signal()
