"""The same scoring by others: plain SQL over event rows, DuckDB and pandas over Parquet files of them.

Each counts the events of the window, scores every customer, writes the scores into a table with a primary key, and adds
up the segments. The files are made before, and their making is not timed; the peers write less than a run does (no
counts, no medians, no spread): where a comparison cannot be even, it leans their way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from tests.benchmarks.answers import Answer, Sums, Written
from tests.benchmarks.copying import bigints, copy_in
from tests.benchmarks.definitions import (
    AS_OF,
    FULL_POINTS,
    TIME_ZONE,
    WINDOW_DAYS,
    ActionSpec,
    SegmentSpec,
    event_name,
    plan_name,
    region_name,
)
from tests.benchmarks.generate import N_PLANS, N_REGIONS, Customers, Events

GOOD, EXCELLENT = 70_000, 80_000  # thousandths; what an organisation begins with
_NO_CAP: Final = 2**62
_NEVER: Final = -1
_ROWS_IN_GROUP: Final = 1_000_000
_SQL: Final = Path(__file__).parent / "sql"
SCHEMA: Final = "bench"  # where their results lie, apart from the product's tables


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """What a peer is given: the organisation and its data, and what to score with."""

    admin: psycopg.Connection
    organisation_id: int
    events: Path
    customers: Path
    specs: Sequence[ActionSpec]
    segments: Sequence[SegmentSpec]
    window_from: datetime
    window_to: datetime
    as_of: date = AS_OF

    @property
    def parameters(self) -> dict[str, Any]:
        """Numbers that every statement takes."""
        return {
            "window_from": self.window_from, "window_to": self.window_to, "as_of": self.as_of, "zone": TIME_ZONE,
            "full": FULL_POINTS, "good": GOOD, "excellent": EXCELLENT,
        }  # fmt: skip

    @property
    def caps(self) -> list[int]:
        return [spec.cap or _NO_CAP for spec in self.specs]


def window(as_of: date, *, zone: Any) -> tuple[datetime, datetime]:
    """[from, to) of the window, computed here once more: the peers do not ask the product."""
    first = datetime.combine(as_of - timedelta(days=WINDOW_DAYS - 1), time.min, tzinfo=zone)
    return first.astimezone(UTC), datetime.combine(as_of + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def write_files(folder: Path, *, events: Events, customers: Customers, n_actions: int) -> tuple[Path, Path]:
    """Events and customers as Parquet files, as an export of the tables would make them."""
    names = pa.array([event_name(action) for action in range(n_actions + 1)])
    regions = pa.array([region_name(region) for region in range(N_REGIONS)])
    plans = pa.array([plan_name(plan) for plan in range(N_PLANS + 1)])
    of_events = pa.table(
        {
            "customer_number": pa.array(events.customer.astype(np.int64)),
            "name": pa.DictionaryArray.from_arrays(pa.array(events.action), names),
            "occurred_at": pa.array(events.at, type=pa.timestamp("us", tz="UTC")),
            "occurrences": pa.array(events.occurrences),
        }
    )
    of_customers = pa.table(
        {
            "number": pa.array(customers.numbers),
            "region": pa.DictionaryArray.from_arrays(pa.array(customers.region), regions),
            "plan": pa.DictionaryArray.from_arrays(pa.array(customers.plan), plans),
            "age": pa.array(customers.age),
        }
    )
    paths = folder / "events.parquet", folder / "customers.parquet"
    for table, path in zip((of_events, of_customers), paths, strict=True):
        pq.write_table(table, path, row_group_size=_ROWS_IN_GROUP)
    return paths


# ── plain SQL ────────────────────────────────────────────────────────────────────────────────────────────────


def by_sql(case: Case) -> Answer:
    """PostgreSQL over the event rows, with room to sort in and no policies in its way."""
    named = {
        "organisation_id": case.organisation_id,
        "names": [spec.name for spec in case.specs],
        "weights": [spec.weight for spec in case.specs],
        "caps": case.caps,
        "first_day": case.window_from.date(),
        "last_day": case.window_to.date(),
    }
    with case.admin.transaction(), psycopg.ClientCursor(case.admin) as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_cleared("sql"))
        cursor.execute((_SQL / "plain_sql.sql").read_text(), {**case.parameters, **named})
        cursor.execute("ALTER TABLE bench.sql ADD PRIMARY KEY (customer_number)")
        cursor.execute(
            _added_up(
                case.segments,
                "(SELECT s.points, s.score, s.band, s.days_since, c.traits ->> 'region' AS region,"
                " c.traits ->> 'plan' AS plan, (c.traits ->> 'age')::int AS age"
                " FROM bench.sql s JOIN ingest_customer c ON c.number = s.customer_number"
                f" AND c.organisation_id = {int(case.organisation_id)}) AS scored",
            )
        )
        answer = _answer(case.segments, cursor.fetchone() or ())
        _write_segments(cursor, "sql", answer)
    return answer


def _added_up(segments: Sequence[SegmentSpec], source: str) -> str:
    """One statement for the sums of all segments and the bands of everybody; predicates are ours, not anybody's."""
    parts = [
        f"count(*) FILTER (WHERE {part.predicate}), COALESCE(sum(points) FILTER (WHERE {part.predicate}), 0),"
        f" COALESCE(sum(score) FILTER (WHERE {part.predicate}), 0)"
        for part in segments
    ]
    parts += [f"count(*) FILTER (WHERE band = {code})" for code in range(3)]
    return f"SELECT {', '.join(parts)} FROM {source}"


def _answer(segments: Sequence[SegmentSpec], row: Sequence[Any]) -> Answer:
    numbers = [int(value) for value in row]
    sums = {part.key: Sums(*numbers[3 * at : 3 * at + 3]) for at, part in enumerate(segments)}
    poor, good, excellent = numbers[-3:]
    return Answer(sums, (poor, good, excellent))


# ── DuckDB ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_duckdb(case: Case, *, write: bool = True) -> Answer:
    """DuckDB over the Parquet files; its scores go back into PostgreSQL by COPY."""
    with duckdb.connect(config={"threads": os.cpu_count() or 1}) as connection:
        actions = {
            "name": np.array([spec.name for spec in case.specs], dtype=object),
            "weight": np.array([spec.weight for spec in case.specs], dtype=np.int64),
            "cap": np.array(case.caps, dtype=np.int64),
        }
        connection.register("action", pd.DataFrame(actions))
        files = {"events": str(case.events), "customers": str(case.customers)}
        connection.execute((_SQL / "duckdb.sql").read_text(), {**case.parameters, **files})
        row = connection.execute(_added_up(case.segments, "scored")).fetchone()
        answer = _answer(case.segments, row or ())
        if write:
            names = "customer_number, points, score, band, COALESCE(days_since, -1) AS days_since"
            found = connection.execute(f"SELECT {names} FROM scored ORDER BY customer_number").fetchnumpy()
            _write_back(case.admin, "duckdb", found, answer)
    return answer


# ── pandas ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_pandas(case: Case) -> Answer:
    """pandas over the Parquet files; its scores go back into PostgreSQL by COPY."""
    scored = _scored_by_pandas(case)
    columns: list[int] = []
    for part in case.segments:
        inside = part.mask(scored)
        columns += [inside.sum(), scored["points"][inside].sum(), scored["score"][inside].sum()]
    columns += [(scored["band"] == code).sum() for code in range(3)]
    answer = _answer(case.segments, columns)
    found = {name: scored[name].to_numpy() for name in ("points", "score", "band")}
    found["customer_number"] = scored.index.to_numpy()
    found["days_since"] = scored["days_since"].fillna(_NEVER).to_numpy().astype(np.int64)
    _write_back(case.admin, "pandas", found, answer)
    return answer


def _scored_by_pandas(case: Case) -> Any:
    table = pq.read_table(
        case.events, read_dictionary=["name"],
        filters=[("occurred_at", ">=", case.window_from), ("occurred_at", "<", case.window_to)],
    )  # fmt: skip
    weights = {spec.name: spec.weight for spec in case.specs}
    caps = dict(zip(weights, case.caps, strict=True))
    events = table.to_pandas()
    events = events[events["name"].isin(list(weights))]
    grouped = events.groupby(["customer_number", "name"], observed=True, sort=False)
    counted = grouped.agg(n=("occurrences", "sum"), last_at=("occurred_at", "max")).reset_index()
    capped = np.minimum(counted["n"].to_numpy(), counted["name"].map(caps).to_numpy(dtype=np.int64))
    counted["points"] = capped * counted["name"].map(weights).to_numpy(dtype=np.int64)
    summed = counted.groupby("customer_number").agg(points=("points", "sum"), last_at=("last_at", "max"))
    scored = pd.read_parquet(case.customers).set_index("number").join(summed)
    scored["points"] = scored["points"].fillna(0).astype(np.int64)
    clipped = scored["points"].clip(0, FULL_POINTS)
    scored["score"] = (200_000_000 * clipped + FULL_POINTS) // (2 * FULL_POINTS)
    scored["band"] = (100_000 * clipped >= GOOD * FULL_POINTS).astype(np.int64)
    scored["band"] += (100_000 * clipped > EXCELLENT * FULL_POINTS).astype(np.int64)
    local_day = scored["last_at"].dt.tz_convert(TIME_ZONE).dt.tz_localize(None).dt.normalize()
    scored["days_since"] = (pd.Timestamp(case.as_of) - local_day).dt.days
    return scored


# ── results into the database ────────────────────────────────────────────────────────────────────────────────


def _cleared(name: str) -> sql.Composed:
    """The tables of one peer are made anew each time."""
    return sql.SQL("CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS {}, {}").format(
        sql.Identifier(SCHEMA, name), sql.Identifier(SCHEMA, f"{name}_segments")
    )


def _write_back(admin: psycopg.Connection, name: str, found: Mapping[str, Any], answer: Answer) -> None:
    """The scores as a fresh table with its key, which is the fastest way to write them as rows."""
    table, small = sql.Identifier(SCHEMA, name), ("band", "days_since")
    with admin.transaction(), psycopg.ClientCursor(admin) as cursor:
        cursor.execute(_cleared(name))
        cursor.execute(
            sql.SQL(
                "CREATE TABLE {} (customer_number bigint, points bigint, score bigint, band smallint,"
                " days_since smallint)"
            ).format(table)
        )
        copy_in(
            admin, table=f"{SCHEMA}.{name}", rows=len(found["score"]),
            columns=lambda part: {
                column: values[part].astype(">i2") if column in small else bigints(values[part])
                for column, values in found.items()
            },
        )  # fmt: skip
        cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (customer_number)").format(table))
        _write_segments(cursor, name, answer)


def _write_segments(cursor: psycopg.ClientCursor[Any], name: str, answer: Answer) -> None:
    table = sql.Identifier(SCHEMA, f"{name}_segments")
    cursor.execute(
        sql.SQL("CREATE TABLE {} (key text PRIMARY KEY, n bigint, points numeric, score numeric)").format(table)
    )
    cursor.executemany(
        sql.SQL("INSERT INTO {} VALUES (%s, %s, %s, %s)").format(table),
        [(key, sums.n, sums.points, sums.score) for key, sums in answer.segments.items()],
    )


def written_by(admin: psycopg.Connection, name: str) -> Written:
    """What a peer has written about each customer."""
    table = sql.Identifier(SCHEMA, name)
    statement = sql.SQL("SELECT customer_number, points, score FROM {} ORDER BY 1").format(table)
    rows = np.array(admin.execute(statement).fetchall(), dtype=np.int64).reshape(-1, 3)
    return Written(numbers=rows[:, 0], points=rows[:, 1], scores=rows[:, 2])
