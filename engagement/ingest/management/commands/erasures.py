"""manage.py erasures: the list that a restored backup is put right with."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engagement.errors import RapportError
from engagement.ingest.management.organisations import clients
from engagement.ingest.services.replaying import read_line, remembered, replay
from tenants.management.base import NamedCommand
from tenants.permissions import Permission


class Command(NamedCommand):
    permission = Permission.ERASE_CUSTOMER
    help = "Write the list of erasures to a file, or erase again everybody on a list after a backup was restored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--export", metavar="FILE", help="write the erasures of every organisation to this file")
        way.add_argument("--replay", metavar="FILE", help="erase again whom a restored backup brought back")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"]:
            self._export(Path(options["export"]))
        else:
            self._replay(Path(options["replay"]))

    def _export(self, path: Path) -> None:
        lines = [line.to_json(slug) for slug, key in clients().items() for line in remembered(organisation_id=key)]
        # Whole or not at all: a list that breaks off in the middle would forget somebody.
        part = path.with_name(path.name + ".part")
        part.write_text("".join(f"{line}\n" for line in lines))
        part.replace(path)
        self.stdout.write(f"{len(lines):,} erasures written to {path}.")

    def _replay(self, path: Path) -> None:
        now, known, n, gone = timezone.now(), clients(), 0, []
        try:
            for text in path.read_text().splitlines():
                slug, line = read_line(text=text)
                if slug in known:
                    n += replay(organisation_id=known[slug], line=line, now=now)
                else:
                    gone.append(slug)
        except (RapportError, OSError) as error:
            raise CommandError(str(error)) from None
        for slug in sorted(set(gone)):
            self.stderr.write(f"There is no organisation “{slug}” here: nothing of it was replayed.")
        self.stdout.write(f"{n:,} customers came back and were erased again.")
