"""manage.py create_write_key ORG --name NAME."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.ingest.management.organisations import organisation_id_of
from engagement.ingest.services import create_write_key
from tenants.management.base import NamedCommand
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope


class Command(NamedCommand):
    permission = Permission.MANAGE_WRITE_KEYS
    help = "Make a write key and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", metavar="ORG", help="the last part of the organisation's address")
        parser.add_argument("--name", required=True, help="what sends with it, for example: web shop")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation_id = organisation_id_of(options["organisation"])
            with organisation_scope(organisation_id):
                organisation = Organisation.objects.get(pk=organisation_id)
                _, secret = create_write_key(
                    organisation=organisation, name=options["name"], user=None, now=timezone.now()
                )
        except RapportError as error:
            texts = [text for several in error.fields.values() for text in several]
            raise CommandError(" ".join(texts) or error.message) from error
        self.stdout.write(secret)
