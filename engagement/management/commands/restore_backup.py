"""manage.py restore_backup FILE --admin-url URL: roles, the dump, and proof that everything is there."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import CommandError

from engagement.operating.backup import check_restored, restore_backup
from engagement.operating.facts import Facts, FactsError
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission
from tenants.roles import create_roles, plan_from_urls

_SHOWN = 50


class Command(NamedCommand):
    permission = Permission.SET_UP
    help = (
        "Make the roles and the database that DATABASE_URL, DATABASE_OWNER_URL and DATABASE_BACKUP_URL name, put a "
        "dump into it, and hold every row, policy, grant and constraint against the facts beside the dump."
    )
    requires_system_checks = []  # the database they would look at may not exist yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="rapport-….dump, with rapport-….facts.json beside it")
        parser.add_argument("--admin-url", required=True, help="postgres://… of a superuser; used now and not kept")
        parser.add_argument("--only-check", action="store_true", help="restore nothing: look at what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        dump: Path = options["file"]
        facts = _facts_beside(dump)
        env = environ.FileAwareEnv()
        if not settings.DATABASE_BACKUP_URL:
            raise CommandError("DATABASE_BACKUP_URL is not set: the restored database is looked at as rapport_backup.")
        with refusals():
            plan = plan_from_urls(
                database_url=env.str("DATABASE_URL", default=""),
                owner_url=env.str("DATABASE_OWNER_URL", default=""),
                backup_url=settings.DATABASE_BACKUP_URL,
            )
            if not options["only_check"]:
                create_roles(options["admin_url"], plan)
                restore_backup(
                    dump=dump, admin_url=options["admin_url"], database=plan.database, programs=settings.PG_BIN
                )
            found, wrong = check_restored(url=settings.DATABASE_BACKUP_URL, facts=facts)
        self.stdout.write(
            f"{len(found.rows)} tables, {sum(found.rows.values()):,} rows, {found.count:,} facts compared."
        )
        for line in wrong[:_SHOWN]:
            self.stdout.write(f"  {line}")
        if wrong:
            raise CommandError(f"{len(wrong)} differences: this is not what was backed up.")
        self.stdout.write("0 differences. Next: manage.py check --deploy --database default, then start the services.")


def _facts_beside(dump: Path) -> Facts:
    beside = dump.with_suffix(".facts.json")
    if not dump.is_file() or not beside.is_file():
        raise CommandError(f"{dump} and {beside.name} beside it are both needed.")
    try:
        return Facts.from_json(beside.read_text())
    except FactsError as error:
        raise CommandError(f"{beside}: {error}") from error
