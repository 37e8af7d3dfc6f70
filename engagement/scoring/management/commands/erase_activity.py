"""`manage.py erase_activity --organisation SLUG NUMBER …`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.scoring.services.erasing import erase_activity
from tenants.management.base import NamedCommand
from tenants.permissions import Permission
from tenants.selectors import find_organisation


class Command(NamedCommand):
    permission = Permission.ERASE_ACTIVITY
    help = "Erase the events and all activity of customers, and of everybody merged into them, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="the last part of its address")
        parser.add_argument("numbers", nargs="+", type=int, metavar="NUMBER", help="numbers of customers")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = sorted(set(options["numbers"]))
        if not options["yes"]:
            asked = input(f"Erase all activity of {len(numbers)} customers of {options['organisation']}? Type yes: ")
            if asked.strip().lower() != "yes":
                raise CommandError("Nothing was erased.")
        try:
            organisation_id = find_organisation(slug=options["organisation"]).id
            done = erase_activity(organisation_id=organisation_id, numbers=numbers, now=timezone.now())
        except RapportError as error:
            raise CommandError(error.message) from None
        self.stdout.write(
            f"{len(done.numbers)} customers: {done.events:,} events and {done.open_rows:,} open rows erased, "
            f"{done.blocks:,} blocks written anew."
        )
