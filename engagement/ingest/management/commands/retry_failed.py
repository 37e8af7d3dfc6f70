"""manage.py retry_failed ORG."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from engagement.errors import RapportError
from engagement.ingest.management.organisations import organisation_id_of
from engagement.ingest.services import retry_failed
from tenants.management.base import NamedCommand
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope


class Command(NamedCommand):
    permission = Permission.IMPORT_DATA
    help = "Let the requests of an organisation that failed be worked at again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", metavar="ORG", help="the last part of the organisation's address")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation_id = organisation_id_of(options["organisation"])
            with organisation_scope(organisation_id):
                retried = retry_failed(organisation=Organisation.objects.get(pk=organisation_id))
        except RapportError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{retried:,} requests wait for a worker again.")
