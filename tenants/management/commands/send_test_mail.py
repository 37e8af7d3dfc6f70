"""One mail, to see whether mails arrive."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from tenants.accounts import mails
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.SEND_MAIL
    help = "Send a test mail by EMAIL_URL, from MAIL_FROM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            mails.send("test", to=options["address"])
        self.stdout.write(f"Handed over to {settings.EMAIL_BACKEND}, from {settings.DEFAULT_FROM_EMAIL}.")
