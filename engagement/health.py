"""Whether the process is there (/healthz) and can serve (/readyz: database, migrations, age of the oldest work)."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from engagement.errors import UnavailableError
from tenants.access import public_view


@public_view
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public_view
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when this process can do its work, 503 with the failing part otherwise."""
    try:
        parts = _parts()
    except DatabaseError:
        parts = {"database": "the database does not answer"}
    failing = {name: text for name, text in parts.items() if text != "ok"}
    body = {"status": "not ready" if failing else "ok", **parts}
    if not failing:
        return JsonResponse(body)
    again = {"Retry-After": str(UnavailableError.retry_after_seconds)}
    return JsonResponse(body, status=UnavailableError.status, headers=again)


def _parts() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.queue_age()")
        row = cursor.fetchone()
    age_seconds = int(row[0] or 0) if row else 0
    waiting = f"the oldest waiting work is {age_seconds} s old, more than {settings.QUEUE_AGE_LIMIT_SECONDS} s"
    executor = MigrationExecutor(connection)
    missing = [f"{app}.{name}" for (app, name) in executor.loader.graph.leaf_nodes()
               if (app, name) not in executor.loader.applied_migrations]  # fmt: skip
    return {
        "database": "ok",
        "migrations": f"not applied: {', '.join(missing)}" if missing else "ok",
        "queue": waiting if age_seconds > settings.QUEUE_AGE_LIMIT_SECONDS else "ok",
    }
