"""manage.py import_customers ORG FILE."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from engagement.ingest.management.files import add_file_arguments, take_in
from engagement.ingest.models import FileImport
from tenants.management.base import NamedCommand
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.IMPORT_DATA
    help = "Take in a CSV file of customers and their traits, without a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_file_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        take_in(
            slug=options["organisation"],
            file=options["file"],
            kind=FileImport.Kind.CUSTOMERS,
            sameness=FileImport.Sameness.POSITION,
            say=self.stdout.write,
        )
