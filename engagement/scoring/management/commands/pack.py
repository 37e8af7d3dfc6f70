"""`manage.py pack --organisation SLUG`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.scoring.services.packing import pack_closed_days
from tenants.management.base import NamedCommand
from tenants.permissions import Permission
from tenants.selectors import find_organisation


class Command(NamedCommand):
    permission = Permission.KEEP_DATA
    help = "Pack the closed days of an organisation now, which otherwise happens every night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="the last part of its address")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation_id = find_organisation(slug=options["organisation"]).id
            days = pack_closed_days(organisation_id=organisation_id, now=timezone.now(), progress=self._say)
        except RapportError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{days} days packed.")

    def _say(self, done: int, total: int) -> None:
        if done % 25 == 0 and done < total:
            self.stdout.write(f"{done} of {total} days")
