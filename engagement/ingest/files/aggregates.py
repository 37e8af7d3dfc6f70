"""A file of counts: a row says how often a customer did something on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from engagement.errors import InvalidInputError
from engagement.ingest.files.columns import EVENT_COLUMNS
from engagement.ingest.files.events import Sameness, read_events
from engagement.ingest.files.mappings import Mapping
from engagement.ingest.files.opening import table_of
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.files.tables import Table
from engagement.ingest.types import EventIn, Rejection
from engagement.language import noop

AGGREGATE_COLUMNS = EVENT_COLUMNS
_NOBODY = noop(
    "Counts without a customer cannot be scored: a segment's score is the mean of its customers' scores. "
    "Export the counts by customer."
)


def read_aggregates(
    table: Table | ByteSource,
    mapping: Mapping | None = None,
    *,
    time_zone: ZoneInfo,
    received_at: datetime,
    file_digest: str,
    sameness: Sameness = "by_position",
    after: int = 0,
) -> Iterator[EventIn | Rejection]:
    """As read_events, where every row has to say a count; rows about the same customer, event and day add up.

    Raises InvalidInputError at once for a file without a column of customers: there is nobody to score.
    """
    opened = table_of(table)
    try:
        return read_events(
            opened, mapping, time_zone=time_zone, received_at=received_at, file_digest=file_digest, sameness=sameness,
            after=after, needs_count=True,
        )  # fmt: skip
    except InvalidInputError as error:
        if "customer" not in error.fields:
            raise
        raise InvalidInputError(f"{error.message} {_NOBODY}", fields=error.fields) from error
