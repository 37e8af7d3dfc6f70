"""Erasures as a list that outlives the database: an older backup brings people back, the list takes them away again.

A line holds digests and numbers, and nobody's id. Keep the file beside the backups, as long as the oldest of them, and
replay it before anybody sends anything to a restored database: who begins anew there is told by when they began.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError
from engagement.ingest import queries
from engagement.ingest.models import Customer, CustomerCounter, ErasedCustomer, Erasure, WorkState
from engagement.ingest.services.erased import id_digest
from engagement.ingest.services.erasures import process_erasure
from tenants.scope import organisation_scope

REPLAYED: Final = gettext_noop("Erased before the backup was restored.")
_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """One erasure as the list has it: `customers` are (number, is a customer's own id, digest)."""

    erasure_id: UUID
    number: int
    salt: bytes
    requested_at: datetime
    erased_at: datetime
    customers: tuple[tuple[int | None, bool, bytes], ...]

    def to_json(self, slug: str) -> str:
        return json.dumps(
            {
                "organisation": slug,
                "erasure": str(self.erasure_id),
                "number": self.number,
                "salt": self.salt.hex(),
                "requested_at": self.requested_at.isoformat(),
                "erased_at": self.erased_at.isoformat(),
                "customers": [[number, identified, digest.hex()] for number, identified, digest in self.customers],
            }
        )


def read_line(*, text: str) -> tuple[str, Remembered]:
    """The slug and the erasure of a line; raises InvalidInputError for anything else."""
    try:
        data: Any = json.loads(text)
        found = Remembered(
            erasure_id=UUID(data["erasure"]),
            number=int(data["number"]),
            salt=bytes.fromhex(data["salt"]),
            requested_at=datetime.fromisoformat(data["requested_at"]),
            erased_at=datetime.fromisoformat(data["erased_at"]),
            customers=tuple(
                (None if number is None else int(number), bool(identified), bytes.fromhex(digest))
                for number, identified, digest in data["customers"]
            ),
        )
        return str(data["organisation"]), found
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"This is no line of a list of erasures: {text[:80]}") from error


def remembered(*, organisation_id: int) -> Iterator[Remembered]:
    """Every erasure of an organisation that has begun, the oldest first; in a scope of its own."""
    with organisation_scope(organisation_id, write=False):
        begun = Erasure.objects.filter(erased_at__isnull=False).order_by("requested_at").prefetch_related("customers")
        rows = list(begun)
        for row in rows:
            yield Remembered(
                erasure_id=UUID(str(row.pk)),
                number=row.number,
                salt=bytes(row.salt),
                requested_at=row.requested_at,
                erased_at=row.erased_at or row.requested_at,
                customers=tuple((one.number, one.identified, bytes(one.digest)) for one in row.customers.all()),
            )


def replay(*, organisation_id: int, line: Remembered, now: datetime) -> int:
    """Erase again whom a restored backup brought back; returns how many customers, 0 where none came back.

    Called outside any scope. The list of digests is made whole again in any case, so that nothing sent again brings
    them back either. A customer who began after the erasure, with the same id, is somebody new and stays.
    """
    with organisation_scope(organisation_id):
        queries.fetch("lock_storing_alone", organisation_id=organisation_id)
        back = list(_came_back(organisation_id, line))
        row = _row(organisation_id, line, back)
        _remember(row, line, {digest: number for number, digest in back})
    if back:
        process_erasure(organisation_id=organisation_id, erasure_id=line.erasure_id, now=now)
    return len(back)


def _came_back(organisation_id: int, line: Remembered) -> Iterator[tuple[int, bytes]]:
    """Customers whose id has one of the digests and who are older than the erasure."""
    wanted = {digest for _, _, digest in line.customers}
    rows = Customer.objects.filter(organisation_id=organisation_id, created_at__lte=line.erased_at)
    for number, external_id, identified in rows.values_list("number", "external_id", "identified").iterator(_AT_ONCE):
        digest = id_digest(salt=line.salt, identity=(external_id, identified))
        if digest in wanted:
            yield number, digest


def _row(organisation_id: int, line: Remembered, back: Sequence[tuple[int, bytes]]) -> Erasure:
    """The erasure's row, made if the backup is older; to be worked off again where somebody came back."""
    number = min((number for number, _ in back), default=line.number)
    row, _ = Erasure.objects.get_or_create(
        organisation_id=organisation_id,
        pk=line.erasure_id,
        defaults={
            "number": number,
            "salt": line.salt,
            "reason": REPLAYED,
            "state": WorkState.DONE,
            "requested_at": line.requested_at,
            "erased_at": line.erased_at,
            "finished_at": line.erased_at,
        },
    )
    if back:
        row.number, row.numbers = number, [number for number, _ in back]
        row.state, row.steps, row.erased_at, row.finished_at = WorkState.WAITING, {}, None, None
        row.attempts, row.failures, row.lease_until, row.error = 0, 0, None, ""
        row.save()
    return row


def _remember(row: Erasure, line: Remembered, now_held_by: Mapping[bytes, int]) -> None:
    """Every digest is known again, with its number where nobody else has it now; no number is given twice."""
    numbers = [number for number, _, _ in line.customers if number is not None]
    taken = set(Customer.objects.filter(number__in=numbers).values_list("number", flat=True))
    ErasedCustomer.objects.bulk_create(
        [
            ErasedCustomer(
                organisation_id=row.organisation_id,
                erasure=row,
                number=now_held_by.get(digest, None if number in taken else number),
                identified=identified,
                digest=digest,
                erased_at=line.erased_at,
            )
            for number, identified, digest in line.customers
        ],
        ignore_conflicts=True,
    )
    counter, _ = CustomerCounter.objects.get_or_create(organisation_id=row.organisation_id)
    following = max(numbers, default=0) + 1
    if counter.next_number < following:
        queries.run("move_counter", organisation_id=row.organisation_id, next_number=following)
