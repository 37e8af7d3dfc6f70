"""manage.py maintain: to be run once a day, with DATABASE_OWNER_URL."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils import timezone

from engagement.ingest.services import maintain
from tenants.management.base import NamedCommand
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.KEEP_DATA
    help = "Make partitions ahead, index closed months, delete requests, files and events that are no longer kept."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = maintain(now=timezone.now())
        except DatabaseError as error:
            raise CommandError(f"The upkeep stopped and can be repeated: {error}".strip()) from error
        self.stdout.write(
            f"{len(done.partitions)} partitions made, {len(done.indexes)} months indexed, "
            f"{done.batches:,} requests, {done.files:,} files and {done.events:,} events deleted, "
            f"{len(done.years)} empty years joined, {done.rejected:,} rejected rows, {done.imports:,} records "
            f"of files, {done.changes:,} changes by files, {done.exports:,} exports "
            f"and {done.organisations:,} organisations deleted."
        )
