"""manage.py queue: what waits for a worker, by kind, with its age."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from engagement.operating.waiting import packings_due, queue_age_seconds, waiting_by_organisation, waiting_work
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission

_ORGANISATIONS = 10


class Command(NamedCommand):
    permission = Permission.WATCH
    help = "Print what waits for a worker, by kind: free, in a worker's hands, age of the oldest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisations", action="store_true", help="also the ids of those for whom most waits")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            self._print_kinds()
            age = queue_age_seconds()
            self.stdout.write(f"{packings_due()} clients with days to pack.")
            self.stdout.write(
                f"The oldest is {duration(age)} old; /readyz fails above {duration(settings.QUEUE_AGE_LIMIT_SECONDS)}."
            )
            if options["organisations"]:
                for organisation_id, rows in waiting_by_organisation(limit=_ORGANISATIONS):
                    self.stdout.write(f"organisation {organisation_id}: {rows:,}")

    def _print_kinds(self) -> None:
        self.stdout.write(f"{'kind':<12}{'waiting':>10}{'in hand':>10}{'oldest':>14}")
        for kind in waiting_work():
            oldest = "–" if kind.oldest_seconds is None else duration(kind.oldest_seconds)
            self.stdout.write(f"{kind.kind:<12}{kind.waiting:>10,}{kind.in_hand:>10,}{oldest:>14}")


def duration(seconds: int) -> str:
    """Whole hours, minutes and seconds, the two largest of them: "2 h 5 min"."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if number]
    return " ".join(parts[:2]) or "0 s"
