"""For somebody who has lost every second factor: they set up a new one when they sign in next."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission
from tenants.services import remove_second_factors


class Command(NamedCommand):
    permission = Permission.MANAGE_ACCOUNTS
    help = "Remove passkeys, app and recovery codes of a person, and end their sessions. First make sure it is them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            removed = remove_second_factors(email=options["email"])
        self.stdout.write(f"{removed} removed.")
