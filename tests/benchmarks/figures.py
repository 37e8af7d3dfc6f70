"""What is measured: each figure compares answers first, and gives the lines of the table."""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import psycopg

from engagement.insights.selectors.preview import whole_preview
from engagement.scoring.blocks import CHUNK_SIZE
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.benchmarks import ours, peers
from tests.benchmarks.answers import Answer, Sums, compare, compare_written
from tests.benchmarks.definitions import AS_OF
from tests.benchmarks.pages import pages
from tests.benchmarks.preview import preview
from tests.benchmarks.progress import say
from tests.benchmarks.report import Line
from tests.benchmarks.timing import Spread, take_turns
from tests.benchmarks.works import works
from tests.benchmarks.world import TIMES, ZONE, World

_FLAT: Final = 1.25  # five times the customers, at most a quarter more memory
_ACTIVITY: Final = ("scoring_activity_open", "scoring_activity_block")  # the tables that hold what was counted
_BLOCKS: Final = ("scoring_count_block", "scoring_score_block", "scoring_member_block")
_PEERS: Final[Mapping[str, tuple[Callable[[peers.Case], Answer], str, str, float | None]]] = {
    "plain SQL": (peers.by_sql, "sql", "plain SQL over event rows", 0.1),
    "DuckDB": (peers.by_duckdb, "duckdb", "DuckDB over Parquet, written back", 1.0),
    "pandas": (peers.by_pandas, "pandas", "pandas over Parquet, written back", None),
}


def case_of(world: World) -> peers.Case:
    """The whole client as the peers are given it."""
    whole = world.whole
    files = peers.write_files(
        world.folder, events=world.events, customers=world.customers, n_actions=world.size.actions
    )
    window_from, window_to = peers.window(AS_OF, zone=ZONE)
    return peers.Case(
        admin=world.admin, organisation_id=whole.id, events=files[0], customers=files[1], specs=world.specs,
        segments=world.segments, window_from=window_from, window_to=window_to,
    )  # fmt: skip


def run(world: World) -> list[Line]:
    """A full run with its results written, against everybody else's."""
    case = case_of(world)
    score = partial(ours.score_all, organisation_ids=[case.organisation_id], as_of=AS_OF, workers=world.size.workers)
    score()
    _agree(case)
    rivals: dict[str, Callable[[], object]] = {"ours": score}
    rivals |= {name: partial(peer, case) for name, (peer, *_) in _PEERS.items()}
    times = take_turns(rivals=rivals, rounds=world.size.rounds)
    lines = [Line("full run, results written", times.of("ours"), "s")]
    return lines + [
        Line(f"the same by {name}", times.of(name), "s", times.ratio("ours", name), f"ours ÷ {against}", limit)
        for name, (_, _, against, limit) in _PEERS.items()
    ]


def _agree(case: peers.Case) -> None:
    answer = ours.answer_of(case.organisation_id, as_of=AS_OF)
    written = ours.written_by(case.organisation_id, as_of=AS_OF)
    for name, (peer, table, *_) in _PEERS.items():
        compare(peer=name, theirs=peer(case), ours=answer)
        compare_written(peer=name, theirs=peers.written_by(case.admin, table), ours=written)
        say(f"{name}: the same answer, and the same about each of {len(written.numbers):,} customers")


def history(world: World) -> list[Line]:
    """A run over the same window when two and four times as much lies behind it."""
    found = world.histories
    rivals = {
        f"{times}×": partial(ours.score_all, organisation_ids=[found[times]], as_of=AS_OF, workers=1) for times in TIMES
    }
    for rival in rivals.values():
        rival()
    first = ours.answer_of(found[TIMES[0]], as_of=AS_OF)
    for times in TIMES[1:]:
        compare(peer=f"a history of {times}×", theirs=ours.answer_of(found[times], as_of=AS_OF), ours=first)
    times_taken = take_turns(rivals=rivals, rounds=world.size.rounds)
    limits = {"2×": None, "4×": 1.3}
    lines = [Line(f"full run of {world.size.history_customers:,} customers", times_taken.of("1×"), "s")]
    return lines + [
        Line(
            f"with {name} the history",
            times_taken.of(name),
            "s",
            times_taken.ratio(name, "1×"),
            "1× the history",
            limit,
        )
        for name, limit in limits.items()
    ]


def tenants(world: World) -> list[Line]:
    """The whole in one client, and the same customers and events in many."""
    whole, many, workers = world.whole.id, world.many, world.size.workers
    one = partial(ours.score_all, organisation_ids=[whole], as_of=AS_OF, workers=workers)
    all_of_many = partial(ours.score_all, organisation_ids=many, as_of=AS_OF, workers=workers)
    one()
    all_of_many()
    together = _sum([ours.answer_of(organisation_id, as_of=AS_OF) for organisation_id in many])
    compare(peer=f"{len(many):,} organisations together", theirs=together, ours=ours.answer_of(whole, as_of=AS_OF))
    times = take_turns(rivals={"one": one, "many": all_of_many}, rounds=min(2, world.size.rounds))
    each = f"{len(many):,} organisations × {world.size.events // len(many):,} events"
    return [
        Line(f"one organisation × {world.size.events:,} events", times.of("one"), "s"),
        Line(each, times.of("many"), "s", times.ratio("many", "one"), "one organisation", 1.2),
    ]


def _sum(answers: Sequence[Answer]) -> Answer:
    keys = answers[0].segments
    segments = {key: Sums(*(sum(column) for column in zip(*map(_numbers(key), answers), strict=True))) for key in keys}
    poor, good, excellent = (sum(answer.bands[code] for answer in answers) for code in range(3))
    return Answer(segments, (poor, good, excellent))


def _numbers(key: str) -> Callable[[Answer], tuple[int, int, int]]:
    def numbers(answer: Answer) -> tuple[int, int, int]:
        sums = answer.segments[key]
        return sums.n, sums.points, sums.score

    return numbers


def storage(world: World) -> list[Line]:
    """Bytes with indexes, by the days on which a customer did something; of one run for what a run writes."""
    whole, admin, days = world.whole.id, world.admin, world.activity.customer_days
    ours.score_all(organisation_ids=[whole], as_of=AS_OF, workers=1)
    events = _bytes_of(admin, "ingest_event")
    parts: dict[str, tuple[float, int]] = {"an event": (events, len(world.events))}
    parts["events per customer and day"] = (events, days)
    for table in _ACTIVITY:
        parts[f"{table} per customer and day"] = (_share_of(whole, admin, table) * _bytes_of(admin, table), days)
    parts["a run's results per customer"] = (_bytes_of_run(world), world.size.customers)
    return [Line(f"storage: {name}", Spread.of([held / n]), "B") for name, (held, n) in parts.items()]


def _share_of(organisation_id: int, admin: psycopg.Connection, table: str) -> float:
    """How much of a table's rows are one organisation's, where others are stored as well."""
    row = admin.execute(
        f"SELECT count(*) FILTER (WHERE organisation_id = %s) / greatest(count(*), 1)::float8 FROM {table}",
        [organisation_id],
    ).fetchone()
    return float(row[0]) if row else 0.0


def _bytes_of(admin: psycopg.Connection, table: str) -> int:
    row = admin.execute(
        "SELECT COALESCE(sum(pg_total_relation_size(relid)) FILTER (WHERE isleaf), pg_total_relation_size(%(table)s))"
        " FROM pg_partition_tree(%(table)s::regclass)",
        {"table": table},
    ).fetchone()
    return int(row[0]) if row else 0


def _bytes_of_run(world: World) -> int:
    """The packed columns as they are stored, of the newest run of the whole."""
    total = 0
    for table in _BLOCKS:
        row = world.admin.execute(
            f"SELECT COALESCE(sum(pg_column_size(packed)), 0) FROM {table} WHERE organisation_id = %(id)s AND run_id = "
            "(SELECT run_id FROM scoring_runpointer WHERE organisation_id = %(id)s AND as_of = %(as_of)s)",
            {"id": world.whole.id, "as_of": AS_OF},
        ).fetchone()
        total += int(row[0]) if row else 0
    return total


def memory(world: World) -> list[Line]:
    """The peak of a fresh worker that scores a fifth of the customers, and all of them."""
    fifth = ours.score_apart(organisation_ids=[world.histories[1]], as_of=AS_OF)
    whole = ours.score_apart(organisation_ids=[world.whole.id], as_of=AS_OF)
    fewer = world.size.history_customers
    return [
        Line("memory of a worker before it scores", _megabytes(whole.before_bytes), "MB"),
        Line(f"its peak: {fewer:,} customers", _megabytes(fifth.peak_bytes), "MB"),
        Line(
            f"its peak: {world.size.customers:,} customers",
            _megabytes(whole.peak_bytes),
            "MB",
            Spread.of([whole.peak_bytes / fifth.peak_bytes]),
            f"{fewer:,} customers",
            _FLAT if fewer > CHUNK_SIZE else None,  # within one chunk it grows, and should
        ),
    ]


def _megabytes(number: int) -> Spread:
    return Spread.of([number / 1_000_000])


def profile(world: World) -> list[Line]:
    """Where the time of a full run and of a warm preview goes: tables on standard error; no line in ours."""
    world.draft(world.whole)
    scored = partial(ours.score_all, organisation_ids=[world.whole.id], as_of=AS_OF, workers=1)
    for work in (scored, partial(_previewed, world.whole)):
        work()
        watched = cProfile.Profile()
        watched.runcall(work)
        stats = pstats.Stats(watched, stream=sys.stderr)
        stats.sort_stats("tottime").print_stats(30)
        stats.sort_stats("cumulative").print_stats("engagement", 45)
    return []


def _previewed(organisation: Organisation) -> None:
    with organisation_scope(organisation.id, write=False):
        whole_preview(organisation=organisation, as_of=AS_OF)


FIGURES: Final[Mapping[str, Callable[[World], list[Line]]]] = {
    "run": run,
    "storage": storage,
    "history": history,
    "tenants": tenants,
    "preview": lambda world: preview(world, case_of(world)),
    "memory": memory,
    "works": works,
    "pages": pages,
    "profile": profile,
}


def measure(world: World) -> list[Line]:
    """All figures that the size asks for, in order; raises DifferentAnswersError."""
    lines: list[Line] = []
    try:
        for name in world.size.only:
            say(f"── {name}")
            lines += FIGURES[name](world)
    finally:
        ours.dismiss()
    return lines
