"""A firm, or a client of one, from the shell."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone

from engagement.errors import InvalidInputError
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tenants.selectors import find_organisation
from tenants.services import OrganisationSettings, create_client, create_firm


class Command(NamedCommand):
    permission = Permission.SET_UP
    help = "Create a firm, or a client of a firm; needs DATABASE_OWNER_URL. Prints the slug."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--kind", required=True, choices=Organisation.Kind.values)
        parser.add_argument("--firm", default="", help="slug of the firm that a client belongs to")
        parser.add_argument("--slug", default="", help="made from the name when left out")
        parser.add_argument(
            "--industry", default=Organisation.Industry.OTHER.value, choices=Organisation.Industry.values
        )
        parser.add_argument("--time-zone", default="UTC")
        parser.add_argument("--currency", default="EUR")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("name", "slug", "industry", "time_zone", "currency")
        settings = OrganisationSettings(**{name: options[name] for name in names})
        is_client = options["kind"] == Organisation.Kind.CLIENT
        with refusals():
            if is_client != bool(options["firm"]):
                raise InvalidInputError("A client needs --firm SLUG, and a firm has none.")
            if is_client:
                slug = _create_client(firm_slug=options["firm"], settings=settings, now=timezone.now())
            else:
                slug = _create_firm(settings=settings, now=timezone.now())
        self.stdout.write(slug)


def _create_client(*, firm_slug: str, settings: OrganisationSettings, now: datetime) -> str:
    firm = find_organisation(slug=firm_slug)
    if firm.kind != Organisation.Kind.FIRM:
        raise InvalidInputError(f"“{firm_slug}” is a client, not a firm.")
    with organisation_scope(firm.id):
        return create_client(firm_id=firm.id, settings=settings, now=now).slug


def _create_firm(*, settings: OrganisationSettings, now: datetime) -> str:
    firm_id = create_firm(settings=settings, now=now)
    with organisation_scope(firm_id, write=False):
        return Organisation.objects.get(pk=firm_id).slug
