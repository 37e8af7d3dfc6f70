"""manage.py roll_back RELEASE: the database as that release left it, rows and all; run it with the newer code."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from engagement.operating.releases import find_release, way_back
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.SET_UP
    help = (
        "Undo the migrations that came after a release of releases.toml, over the owner's connection. Stop web, worker "
        "and beat before, and install that release's code afterwards. What only newer tables hold is lost: back up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release", help="for example 0.3.0")
        parser.add_argument("--plan", action="store_true", help="say what would be undone, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            release = find_release(options["release"])
            apps = MigrationExecutor(connections["owner"]).loader.migrated_apps
            for app, target in way_back(release, apps=apps):
                if not _is_ahead(app, target):
                    continue
                call_command(
                    "migrate", app, target, database="owner", plan=options["plan"], interactive=False,
                    skip_checks=True, verbosity=options["verbosity"] if options["plan"] else 0,
                )  # fmt: skip
        if not options["plan"]:
            self.stdout.write(f"The database is as {release.tag} left it. Install that release's code, then start it.")


def _is_ahead(app: str, target: str) -> bool:
    """Whether something of the app came after it; asked anew each time, because going back takes others along."""
    executor = MigrationExecutor(connections["owner"])
    return bool(executor.migration_plan([(app, None if target == "zero" else target)]))
