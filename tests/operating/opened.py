"""`python -m tests.operating.opened`: the application on the database of DATABASE_URL: is it there, does it work?

Prints JSON: what /readyz says, which scorecards open with which scores, and a new scoring beside the one in force. In a
process of its own, because settings name one database.
"""

from __future__ import annotations

import json
import os
from typing import Any


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    import django

    django.setup()
    print(json.dumps(look()))


def look() -> dict[str, Any]:
    from django.test import Client

    ready = Client().get("/readyz")
    return {"readyz": ready.status_code, "parts": ready.json(), "scorecards": _scorecards(), "runs": _runs()}


def _clients() -> list[tuple[int, str]]:
    """Organisations that have been scored, over the owner's connection."""
    from tenants.maintenance import maintenance

    with maintenance() as cursor:
        cursor.execute(
            "SELECT o.id, o.slug FROM tenants_organisation o WHERE EXISTS"
            " (SELECT 1 FROM scoring_runpointer p WHERE p.organisation_id = o.id) ORDER BY o.slug"
        )
        return [(int(key), str(slug)) for key, slug in cursor.fetchall()]


def _scorecards() -> dict[str, int]:
    """The status of each scored client's scorecard for its firm's consultant."""
    from django.test import Client

    from tenants.models import User
    from tests import signing_in  # noqa: F401  teaches the test client

    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(email__startswith="consultant"))
    return {slug: client.get(f"/o/{slug}/").status_code for _, slug in _clients()}


def _runs() -> list[dict[str, Any]]:
    """For each client its latest run, and the same day scored again now."""
    from django.utils import timezone

    from engagement.insights.services import score
    from engagement.scoring.models import RunPointer
    from tenants.scope import organisation_scope

    found = []
    for organisation_id, slug in _clients():
        with organisation_scope(organisation_id, write=False):
            before = RunPointer.objects.order_by("-as_of").select_related("run")[0].run
        again = score(organisation_id=organisation_id, as_of=before.as_of, cause="request", now=timezone.now())
        found.append(
            {
                "client": slug, "state": again.state, "number": again.number - before.number,
                "customers": [before.customers, again.customers], "sums": [_sums(before), _sums(again)],
            }
        )  # fmt: skip
    return found


def _sums(run: Any) -> list[list[Any]]:
    from engagement.insights.models import SegmentSnapshot
    from tenants.scope import organisation_scope

    with organisation_scope(run.organisation_id, write=False):
        rows = SegmentSnapshot.objects.filter(run=run).order_by("segment__key")
        return [[row.segment.key, row.n, str(row.sum_points), row.sum_score_millionths] for row in rows]


if __name__ == "__main__":
    main()
