"""manage.py import_events ORG FILE [--replace-days]."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from engagement.ingest.management.files import add_file_arguments, take_in
from engagement.ingest.models import FileImport
from tenants.management.base import NamedCommand
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.IMPORT_DATA
    help = "Take in a CSV file of events, without a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_file_arguments(parser)
        parser.add_argument(
            "--replace-days",
            action="store_true",
            help="take out what earlier files brought for the days of this file (otherwise the same file adds nothing)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sameness = FileImport.Sameness.REPLACE_DAYS if options["replace_days"] else FileImport.Sameness.POSITION
        take_in(
            slug=options["organisation"],
            file=options["file"],
            kind=FileImport.Kind.EVENTS,
            sameness=sameness,
            say=self.stdout.write,
        )
