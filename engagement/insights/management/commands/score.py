"""`manage.py score ORG --as-of DAY`, or each day of a span with --from and --to."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.insights.services import score_now
from engagement.scoring.models import ScoreRun
from tenants.management.base import NamedCommand
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tenants.selectors import find_organisation


class Command(NamedCommand):
    permission = Permission.RUN_SCORES
    help = "Score everybody of an organisation as of one day, or of each day of a span; by default as of yesterday."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="slug of the organisation")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the last day of the window, like 2026-02-28")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first day of a span")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last day of a span")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            organisation_id = find_organisation(slug=options["organisation"]).id
            with organisation_scope(organisation_id, write=False):
                today = Organisation.objects.get(pk=organisation_id).today(now)
            for day in _days(options, today):
                cause = ScoreRun.Cause.REQUEST if day == today - timedelta(days=1) else ScoreRun.Cause.HISTORY
                run = score_now(organisation_id=organisation_id, as_of=day, cause=cause, now=timezone.now())
                self.stdout.write(f"{day}: run {run.number}, {run.customers:,} customers")
        except RapportError as error:
            raise CommandError(error.message) from None


def _days(options: dict[str, Any], today: date) -> list[date]:
    first, last = options["first"], options["last"]
    if (first is None) != (last is None):
        raise CommandError("Give --from and --to together.")
    if first is None:
        return [options["as_of"] or today - timedelta(days=1)]
    if options["as_of"] is not None:
        raise CommandError("Give either --as-of, or --from and --to.")
    if last < first or last > today:
        raise CommandError(f"The span must not be empty and must not end after {today}.")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
