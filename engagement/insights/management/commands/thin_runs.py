"""`manage.py thin_runs --organisation SLUG`: lets go of old runs' packed results now; --dry-run only lists them."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.scoring.services.thinning import runs_past_keep, thin_runs
from tenants.management.base import NamedCommand
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tenants.selectors import find_organisation


class Command(NamedCommand):
    permission = Permission.KEEP_DATA
    help = (
        "Let go of the results per customer of runs that are older than the organisation keeps. Workers do the same "
        "every night. Runs and their sums per segment stay for ever."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="the last part of its address")
        parser.add_argument("--dry-run", action="store_true", help="list what would go, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            organisation_id = find_organisation(slug=options["organisation"]).id
            if options["dry_run"]:
                self._list(organisation_id, now)
                return
            done = thin_runs(organisation_id=organisation_id, now=now)
        except RapportError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{_runs(done.runs)} thinned, {done.bytes:,} bytes freed.")

    def _list(self, organisation_id: int, now: datetime) -> None:
        with organisation_scope(organisation_id, write=False):
            past = runs_past_keep(organisation=Organisation.objects.get(pk=organisation_id), now=now)
        for run in past:
            self.stdout.write(f"run {run.number} of {run.as_of}: {run.bytes:,} bytes")
        self.stdout.write(f"{_runs(len(past))} would be thinned, {sum(run.bytes for run in past):,} bytes freed.")


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
