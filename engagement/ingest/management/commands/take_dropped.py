"""manage.py take_dropped [--watch SECONDS]."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from engagement.ingest.management.organisations import clients
from engagement.ingest.services.dropping import take_dropped
from tenants.management.base import NamedCommand
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.IMPORT_DATA
    help = "Start the import of files that lie in the organisations' folders under DROP_ROOT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--watch", type=int, metavar="SECONDS", help="look again every so many seconds, for ever")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DROP_ROOT:
            raise CommandError("No folder is watched. Set DROP_ROOT to a folder that holds one for each organisation.")
        self._look(settings.DROP_ROOT)
        while options["watch"]:
            time.sleep(max(options["watch"], 1))
            self._look(settings.DROP_ROOT)

    def _look(self, root: Path) -> None:
        for taken in take_dropped(root=root, organisations=clients(), now=timezone.now()):
            self.stdout.write(f"{taken.slug}: {taken.name}: {taken.error or 'is being imported'}")
