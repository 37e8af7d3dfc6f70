"""Data into the database: over the superuser's connection, because no time is taken of this.

`put_activity` is where activity goes in; everything that measures relies on it alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from engagement.scoring.activity_blocks import DayRows, occurrences_by_definition, pack_day
from engagement.scoring.blocks import CHUNK_BITS
from tests.benchmarks.copying import (
    EMPTY_OBJECT,
    Columns,
    bigints,
    copy_in,
    dates,
    every,
    instants,
    integers,
    message_ids,
)
from tests.benchmarks.definitions import NOW, event_name, plan_name, region_name
from tests.benchmarks.generate import N_PLANS, N_REGIONS, Activity, Customers, Events
from tests.benchmarks.progress import Steps

_RECEIVED: Final = int(NOW.timestamp()) * 1_000_000
_OPEN_DAYS: Final = 3
_SOURCE: Final = bytes(range(16))
_CONFIGURATION: Final = (
    "scoring_action",
    "scoring_actiondefinition",
    "scoring_weightset",
    "scoring_weight",
    "scoring_segmentset",
    "scoring_segment",
    "scoring_segmentdefinition",
)


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Which organisation each customer of the data belongs to, and the number they have there (entry i: customer i+1).

    One organisation with everybody, or many with equal shares of them.
    """

    organisation: NDArray[np.int64]
    number: NDArray[np.int64]

    @classmethod
    def of_one(cls, organisation_id: int, *, n: int) -> Places:
        return cls(np.full(n, organisation_id, dtype=np.int64), np.arange(1, n + 1, dtype=np.int64))

    @classmethod
    def of_many(cls, organisation_ids: Sequence[int], *, n: int) -> Places:
        """The first ⌈n/k⌉ customers to the first organisation, and so on."""
        each = -(-n // len(organisation_ids))
        at = np.arange(n, dtype=np.int64)
        return cls(np.array(organisation_ids, dtype=np.int64)[at // each], at % each + 1)


def put_customers(
    admin: psycopg.Connection, *, customers: Customers, places: Places, steps: Steps | None = None
) -> None:
    """Customers with their traits."""
    traits = _trait_texts()
    width = len(traits.reshape(-1)[0])
    table = traits.astype(f"V{width}")
    ages = np.frombuffer("".join(f"{age:02d}" for age in range(100)).encode(), dtype="V2")

    def columns(part: slice) -> Columns:
        numbers = places.number[part]
        text = np.array(table[customers.region[part], customers.plan[part]])
        text = text.view(np.uint8).reshape(-1, width).copy()
        text[:, -4:-2] = ages[customers.age[part]].view(np.uint8).reshape(-1, 2)
        return {
            "organisation_id": bigints(places.organisation[part]),
            "number": bigints(numbers),
            "external_id": _external_ids(numbers),
            "identified": every(value=True),
            "email_normalised": np.zeros((), dtype="V0"),
            "traits": text.view(f"V{width}").reshape(-1),
            "merged_into": None,
            "excluded": every(value=False),
            "created_at": instants(np.array(_RECEIVED)),
            "updated_at": instants(np.array(_RECEIVED)),
        }

    copy_in(admin, table="ingest_customer", rows=len(customers), columns=columns, told=_told(steps))


def _trait_texts() -> NDArray[Any]:
    """(region, plan) → the traits as jsonb, with room for two digits of age before the end."""
    texts = [
        [f'\x01{{"region": "{region_name(r)}", "plan": "{plan_name(p)}", "age": "00"}}' for p in range(N_PLANS + 1)]
        for r in range(N_REGIONS)
    ]
    return np.array([[text.encode() for text in line] for line in texts])


def _external_ids(numbers: NDArray[np.int64]) -> NDArray[Any]:
    digits = np.full((len(numbers), 10), ord("c"), dtype=np.uint8)
    rest = numbers.copy()
    for place in range(9, 0, -1):
        digits[:, place] = ord("0") + rest % 10
        rest //= 10
    return digits.view("V10").reshape(-1)


def put_events(
    admin: psycopg.Connection, *, organisation_id: int, events: Events, n_actions: int, steps: Steps | None = None
) -> None:
    """Events as they are stored when they come in."""
    width = len(event_name(0))
    names = np.array([event_name(action).encode() for action in range(n_actions + 1)], dtype=f"V{width}")

    def columns(part: slice) -> Columns:
        at = events.at[part]
        return {
            "organisation_id": every(organisation_id),
            "customer_number": bigints(events.customer[part]),
            "occurred_at": instants(at),
            "received_at": instants(np.array(_RECEIVED)),
            "occurrences": integers(events.occurrences[part]),
            "day": dates(at // 86_400_000_000),
            "source_id": every(_SOURCE),
            "from_file": every(value=False),
            "message_id": message_ids(at, np.arange(part.start, part.start + len(at), dtype=np.int64)),
            "name": names[events.action[part]],
            "properties": EMPTY_OBJECT,
        }

    copy_in(admin, table="ingest_event", rows=len(events), columns=columns, told=_told(steps))


def put_activity(
    admin: psycopg.Connection,
    *,
    activity: Activity,
    places: Places,
    definitions: Sequence[int],
    steps: Steps | None = None,
) -> None:
    """Activity as counting the events and packing leaves it: the newest days are rows, the others blocks.

    `definitions` are the numbers of the actions' definitions.
    """
    numbers = np.array(definitions, dtype=np.int32)
    newest = int(activity.day.max(initial=0))
    is_open = activity.day > newest - _OPEN_DAYS
    rows, customer = activity.day[is_open], activity.customer[is_open] - 1

    def columns(part: slice) -> Columns:
        return {
            "organisation_id": bigints(places.organisation[customer[part]]),
            "customer_number": bigints(places.number[customer[part]]),
            "value": every(0),
            "occurrences": bigints(activity.occurrences[is_open][part]),
            "day": dates(rows[part]),
            "definition": integers(numbers[activity.action[is_open][part]]),
        }

    copy_in(admin, table="scoring_activity_open", rows=len(rows), columns=columns, told=_told(steps))
    _put_blocks(admin, activity=activity, keep=~is_open, places=places, numbers=numbers)


def _put_blocks(
    admin: psycopg.Connection,
    *,
    activity: Activity,
    keep: NDArray[np.bool_],
    places: Places,
    numbers: NDArray[np.int32],
) -> None:
    customer = activity.customer[keep] - 1
    day, organisation, number = activity.day[keep], places.organisation[customer], places.number[customer]
    order = np.lexsort((number >> CHUNK_BITS, organisation, day))
    day, organisation, number = day[order], organisation[order], number[order]
    definition, occurrences = numbers[activity.action[keep][order]], activity.occurrences[keep][order]
    starts = np.flatnonzero(
        np.append(True, (np.diff(day) != 0) | (np.diff(organisation) != 0) | (np.diff(number >> CHUNK_BITS) != 0))
    ) if len(day) else np.zeros(0, dtype=np.int64)  # fmt: skip
    names = ("organisation_id", "day", "chunk", "n_rows", "version", "packed_at", "totals", "packed")
    with (
        admin.cursor() as cursor,
        cursor.copy(f"COPY scoring_activity_block ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for start, end in zip(starts, np.append(starts[1:], len(day)), strict=True):
            part = slice(start, end)
            rows = DayRows(
                number[part].astype(np.int64),
                definition[part].astype(np.int64),
                occurrences[part].astype(np.int64),
                np.zeros(end - start, dtype=np.int64),
            )
            local_day = date(1970, 1, 1) + timedelta(days=int(day[start]))
            chunk = int(number[start]) >> CHUNK_BITS
            totals = json.dumps(occurrences_by_definition(rows))
            copy.write_row((int(organisation[start]), local_day, chunk, len(rows), 1, NOW, totals, pack_day(rows)))


def _told(steps: Steps | None) -> Callable[[int], None]:
    return (lambda _rows: None) if steps is None else steps.at


def copy_organisation(admin: psycopg.Connection, *, source_id: int, n: int, name: str) -> list[int]:
    """n more organisations with the configuration of one, and nothing else; returns their ids."""
    ids = [int(row[0]) for row in admin.execute("SELECT next_organisation_id() FROM generate_series(1, %s)", [n])]
    rename: Mapping[str, str] = {"slug": f"{name}-", "name": f"{name} "}
    admin.execute(
        "INSERT INTO tenants_organisation SELECT made.* FROM unnest(%(ids)s::bigint[]) AS new (id), "
        "tenants_organisation o, LATERAL jsonb_populate_record(o, jsonb_build_object('id', new.id, "
        "'slug', %(slug)s || new.id, 'name', %(name)s || new.id)) AS made WHERE o.id = %(source)s",
        {"ids": ids, "source": source_id, **rename},
    )
    for table in _CONFIGURATION:
        admin.execute(
            sql.SQL(
                "INSERT INTO {table} SELECT made.* FROM unnest(%(ids)s::bigint[]) AS new (id), {table} t, "
                "LATERAL jsonb_populate_record(t, jsonb_build_object('organisation_id', new.id)) AS made "
                "WHERE t.organisation_id = %(source)s"
            ).format(table=sql.Identifier(table)),
            {"ids": ids, "source": source_id},
        )
    return ids


def settle(admin: psycopg.Connection, *tables: str) -> None:
    """What autovacuum does after a load in its own time: visible, counted, and nothing left to write."""
    for table in tables:
        admin.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    admin.execute("CHECKPOINT")
