"""manage.py verify_record [ORG …] [--expect ORG:NUMBER:HASH …]: fails where a record does not hold."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError

from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.permissions import Permission
from tenants.record.verifying import Verified, verify_record
from tenants.selectors import all_organisations, find_organisation

_HASH_BYTES = 32
Noted = tuple[str, int, bytes]


class Command(NamedCommand):
    permission = Permission.WATCH
    help = (
        "Compute every link of the record anew and name the first that is broken; of all organisations when none is "
        "named. Prints where each record ends: keep the line elsewhere, and give it back with --expect. Needs "
        "DATABASE_OWNER_URL to find organisations."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisations", nargs="*", metavar="ORG", help="the last part of its address")
        parser.add_argument(
            "--expect", action="append", default=[], type=noted, metavar="ORG:NUMBER:HASH", help="an end kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kept: dict[str, dict[int, bytes]] = {}
        for slug, number, digest in options["expect"]:
            kept.setdefault(slug, {})[number] = digest
        with refusals():
            named = sorted({*options["organisations"], *kept}) if options["organisations"] or kept else None
            ids = all_organisations() if named is None else {slug: find_organisation(slug=slug).id for slug in named}
        broken = 0
        for slug, organisation_id in sorted(ids.items()):
            found = verify_record(organisation_id=organisation_id, expected=kept.get(slug))
            self.stdout.write(_told(slug, found))
            broken += found.broken is not None
        if broken:
            raise CommandError(f"{broken} of {len(ids)} records do not hold.")


def noted(text: str) -> Noted:
    """What --expect takes: ("fennel-grocers", 12, 32 bytes)."""
    slug, _, rest = text.partition(":")
    number, _, digest = rest.partition(":")
    try:
        found = slug, int(number), bytes.fromhex(digest)
    except ValueError:
        found = "", 0, b""
    if not found[0] or found[1] < 1 or len(found[2]) != _HASH_BYTES:
        raise ArgumentTypeError("write it as this command printed it, like fennel-grocers:12:9f86d0…")
    return found


def _told(slug: str, found: Verified) -> str:
    held = f"{slug}:{found.end.number}:{found.end.hash.hex()}" if found.end else f"{slug}: nothing is on record"
    if found.broken is None:
        return held
    broken = found.broken
    return f"{slug}: broken at entry {broken.number} ({broken.wrong}). {broken.text} It holds up to {held}"
