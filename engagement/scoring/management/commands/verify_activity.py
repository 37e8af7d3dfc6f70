"""`manage.py verify_activity --organisation SLUG [--repair]`; fails where something is wrong and stays so."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.scoring.services.verifying import Verified, verify_activity
from tenants.management.base import NamedCommand
from tenants.permissions import Permission
from tenants.selectors import find_organisation


class Command(NamedCommand):
    permission = Permission.KEEP_DATA
    help = "Count all days anew from their events and prove that what is stored, packed or not, is the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="the last part of its address")
        parser.add_argument("--repair", action="store_true", help="write the days that differ anew")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation_id = find_organisation(slug=options["organisation"]).id
            found = verify_activity(
                organisation_id=organisation_id, now=timezone.now(), repair=options["repair"], progress=self._say
            )
        except RapportError as error:
            raise CommandError(error.message) from None
        self._report(found)
        if found.wrong_days and not found.repaired:
            raise CommandError(
                f"{len(found.wrong_days)} days are not what their events say. --repair writes them anew."
            )

    def _say(self, done: int, total: int) -> None:
        if total > 1:
            self.stdout.write(f"{done} of {total} spans of days compared")

    def _report(self, found: Verified) -> None:
        if found.countable_from is not None:
            self.stdout.write(f"Days before {found.countable_from} were not compared: their events are not kept.")
        for text in found.damaged:
            self.stdout.write(f"Damaged block of {text}")
        if found.first is not None:
            one = found.first
            self.stdout.write(
                f"{found.n_differing:,} rows differ. The first: {one.day}, customer {one.customer}, definition "
                f"{one.definition}: stored {one.stored[0]} times, value {one.stored[1]}; from events "
                f"{one.from_events[0]} times, value {one.from_events[1]}."
            )
        if found.repaired:
            self.stdout.write(f"{len(found.repaired)} days written anew, {found.repaired[0]} to {found.repaired[-1]}.")
        if found.is_right:
            self.stdout.write(f"{found.days:,} days with {found.rows:,} rows are what their events say.")
