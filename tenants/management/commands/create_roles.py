"""Roles, database and grants on any PostgreSQL 16 or newer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import environ

from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission
from tenants.roles import create_roles, plan_from_urls


class Command(NamedCommand):
    permission = Permission.SET_UP
    help = (
        "Make or update the four roles, the database and its grants. Passwords and database come from DATABASE_URL and "
        "DATABASE_OWNER_URL, and from DATABASE_BACKUP_URL where it is given. Running it again changes nothing."
    )
    requires_system_checks = []  # the database they would look at may not exist yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--admin-url", required=True, help="postgres://… of somebody who may make roles; used now and not kept"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        env = environ.FileAwareEnv()
        with refusals():
            plan = plan_from_urls(
                database_url=env.str("DATABASE_URL", default=""),
                owner_url=env.str("DATABASE_OWNER_URL", default=""),
                backup_url=env.str("DATABASE_BACKUP_URL", default=""),
            )
            create_roles(options["admin_url"], plan)
        self.stdout.write(f"Roles and grants are in place on {plan.database}. Next: manage.py migrate --database owner")
