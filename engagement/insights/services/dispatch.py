"""The clock's part: what is due in each organisation's own time zone, and what a lost message forgot."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection

from engagement.scoring.models import RunRequest, ScoreRun
from tenants.scope import organisation_scope

# What waits, by kind: the task that does it and whether it takes the row's id. The kind of a job is its task's name.
_TASKS = {
    "batch": ("ingest.batch", True),
    "import": ("ingest.file_import", True),
    "run": ("insights.run", True),
    "preview": ("insights.preview", True),
    "yardstick": ("insights.yardstick", True),
    "breakdown": ("insights.breakdown", True),
    "erasure": ("ingest.erasure", True),
    "takeout": ("tenants.takeout", True),
    "definition": ("insights.definitions", False),
}
# What goes on in an organisation that rests: what came in is stored, and somebody is still erased.
_RESTLESS = frozenset({"batch", "import", "preview", "erasure", "takeout", "definition"})
_WAITING = """
    SELECT organisation_id, kind, id FROM (
        SELECT *, row_number() OVER (PARTITION BY organisation_id, kind ORDER BY id) AS turn FROM (
            SELECT organisation_id, kind, id FROM public.pending_work(%(now)s)
            UNION SELECT organisation_id, 'preview', id FROM public.pending_previews(%(now)s)
            UNION SELECT organisation_id, 'yardstick', id FROM public.pending_yardsticks(%(now)s)
            UNION SELECT organisation_id, 'breakdown', id FROM public.pending_breakdowns(%(now)s)
            UNION SELECT organisation_id, 'erasure', id FROM public.pending_erasures(%(now)s)
            UNION SELECT organisation_id, 'takeout', id FROM public.pending_takeouts(%(now)s)
            UNION SELECT organisation_id, kind, id FROM public.pending_jobs(%(now)s)
        ) AS waiting
    ) AS in_turn
    WHERE kind <> 'batch' OR turn = 1
    ORDER BY turn, organisation_id, kind LIMIT %(most)s
"""


def dispatch_due(*, now: datetime) -> int:
    """Ask for the scoring of every organisation whose hour has come and that has none for the day; returns how many."""
    due = _asked_of("SELECT organisation_id, as_of FROM public.due_organisations(%s)", now)
    for organisation_id, as_of in due:
        with organisation_scope(organisation_id):
            # A request of somebody's for the same day already waits: it becomes the scheduled one.
            waiting = RunRequest.objects.filter(as_of=as_of, state=RunRequest.State.WAITING, restatement=None)
            if not waiting.update(cause=ScoreRun.Cause.SCHEDULE):
                _ask(organisation_id, as_of, ScoreRun.Cause.SCHEDULE, now)
    return len(due)


def dispatch_intraday(*, now: datetime) -> int:
    """Ask for the scoring of every running day that is due again; returns how many. What waits already is enough."""
    due = _asked_of("SELECT organisation_id, as_of FROM public.due_intraday(%s)", now)
    for organisation_id, as_of in due:
        with organisation_scope(organisation_id):
            _ask(organisation_id, as_of, ScoreRun.Cause.INTRADAY, now)
    return len(due)


def _asked_of(statement: str, now: datetime) -> list[tuple[int, date]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [now])
        due = list(cursor.fetchall())
    resting = _suspended_organisations() if due else set()
    return [(organisation_id, as_of) for organisation_id, as_of in due if organisation_id not in resting]


def _ask(organisation_id: int, as_of: date, cause: ScoreRun.Cause, now: datetime) -> None:
    asked = RunRequest(organisation_id=organisation_id, as_of=as_of, cause=cause, requested_at=now)
    # Somebody may have asked for the same day a moment ago: that is as good.
    RunRequest.objects.bulk_create([asked], ignore_conflicts=True)


def sweep(*, now: datetime) -> int:
    """Send a message for what waits and that nobody holds a lease on, SWEEP_MOST of it; returns how many messages.

    What waits has a message already unless that was lost: in a backlog the sweeper must not add one for each row and
    minute. Organisations and kinds take turns, each its oldest first, so a neighbour's backlog hides nobody's work.
    Scorings of small organisations share messages, RUN_GROUP_SIZE of them each; requests of one organisation share one,
    because whoever works at some sends a message for the others. Tasks are idempotent, so one too many
    does no harm.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"now": now, "most": settings.SWEEP_MOST})
        waiting = cursor.fetchall()
        cursor.execute("SELECT organisation_id FROM public.due_packings(%s)", [now])
        packings = cursor.fetchall()
    resting = _suspended_organisations() if waiting else set()
    waiting = [(key, kind, row_id) for key, kind, row_id in waiting if kind in _RESTLESS or key not in resting]
    small = _small_organisations()
    runs = sorted((key, str(row_id)) for key, kind, row_id in waiting if kind == "run" and key in small)
    messages: set[tuple[str, tuple[Any, ...]]] = {
        (task, (organisation_id, str(row_id)) if takes_id else (organisation_id,))
        for organisation_id, kind, row_id in waiting
        for task, takes_id in [_TASKS.get(kind, (kind, True))]
        if kind != "run" or organisation_id not in small
    }
    size = settings.RUN_GROUP_SIZE
    messages |= {("insights.run_group", (tuple(runs[at : at + size]),)) for at in range(0, len(runs), size)}
    messages |= {("insights.pack", (organisation_id,)) for (organisation_id,) in packings}
    for task, arguments in sorted(messages):
        current_app.send_task(task, args=list(arguments))
    return len(messages)


def _suspended_organisations() -> set[int]:
    """Those that rest: what came in is still stored, and somebody is still erased; nothing is scored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.suspended_organisations()")
        return {organisation_id for (organisation_id,) in cursor.fetchall()}


def _small_organisations() -> set[int]:
    """Those with scorings that wait and with no more customers than a group takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.small_organisations(%s)", [settings.RUN_GROUP_CUSTOMERS])
        return {organisation_id for (organisation_id,) in cursor.fetchall()}


def dispatch_pruning() -> int:
    """Send a message for every organisation in which chunks were touched; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisations_with_touches()")
        found = [organisation_id for (organisation_id,) in cursor.fetchall()]
    for organisation_id in sorted(found):
        current_app.send_task("insights.prune", args=[organisation_id])
    return len(found)


def dispatch_thinning(*, now: datetime) -> int:
    """Send a message for every organisation that has runs older than it keeps all of; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisations_to_thin(%s) UNION SELECT public.intraday_to_thin(%s)", [now, now])
        found = [organisation_id for (organisation_id,) in cursor.fetchall()]
    for organisation_id in sorted(found):
        current_app.send_task("insights.thin", args=[organisation_id])
    return len(found)
