"""manage.py backup: a dump of everything and, beside it, what it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from engagement.operating.backup import prune, take_backup
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.KEEP_DATA
    help = "Dump the database as rapport_backup into BACKUP_ROOT, with the facts that a restore is held against."
    requires_system_checks = []  # it needs DATABASE_BACKUP_URL and nothing else of the product

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_BACKUP_URL:
            raise CommandError("DATABASE_BACKUP_URL is not set: postgres://rapport_backup:…@host/rapport.")
        now = timezone.now()
        with refusals():
            backup = take_backup(
                url=settings.DATABASE_BACKUP_URL, folder=settings.BACKUP_ROOT, at=now, programs=settings.PG_BIN
            )
        gone = prune(folder=settings.BACKUP_ROOT, before=now - timedelta(days=settings.BACKUP_KEEP_DAYS))
        rows = sum(backup.facts.rows.values())
        self.stdout.write(
            f"{backup.dump}: {len(backup.facts.rows)} tables, {rows:,} rows, {backup.bytes:,} bytes, "
            f"{backup.facts.count:,} facts. {len(gone)} old backups deleted."
        )
