"""What a file changed of customers: noted before it is, so that an undo can put it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec
from django.conf import settings

from engagement.ingest import queries
from engagement.ingest.models import FileImport
from engagement.ingest.services.customers import Identity, combined, identity_of
from engagement.ingest.signals import customers_kept
from engagement.ingest.types import TraitsIn
from tenants.tenancy import new_id

AT_ONCE: Final = 5_000


def undo_period() -> timedelta:
    """For how long after its end an import can be undone."""
    return timedelta(days=settings.UNDO_KEEP_DAYS)


def note_changes(*, row: FileImport, traits: Iterable[TraitsIn], numbers: Mapping[Identity, int]) -> None:
    """Note what the rows are about to change, in the transaction that changes it and before it does.

    Needs the organisation in scope for writing. The customers' rows are locked from here on, as the change needs them.
    """
    told = {patch["number"]: patch for patch in combined(traits=traits, numbers=numbers)}
    for item in traits:  # also whom a row names and says nothing of: the file may have brought them
        number = numbers.get(identity_of(item))
        if number is not None and number not in told:
            told[number] = {"number": number, "given": {}, "removed": [], "occurred_at": item.occurred_at}
    if not told:
        return
    queries.fetch("lock_customers", organisation_id=row.organisation_id, numbers=sorted(told))
    patches = [{"id": str(new_id()), **told[number]} for number in sorted(told)]
    queries.run(
        "note_changes",
        organisation_id=row.organisation_id,
        import_id=row.pk,
        since=row.created_at,
        told=msgspec.json.encode(patches).decode(),
    )


def put_back(*, row: FileImport, numbers: Sequence[int]) -> int:
    """Give the customers the traits they had before the import, and forget about it; returns how many were changed.

    Needs the organisation in scope for writing.
    """
    named = {"organisation_id": row.organisation_id, "import_id": row.pk, "numbers": list(numbers)}
    queries.fetch("lock_customers", organisation_id=row.organisation_id, numbers=list(numbers))
    return len(queries.fetch("put_back_traits", since=row.created_at, **named))


def take_out_newcomers(*, row: FileImport, numbers: Sequence[int]) -> int:
    """Take out those of the customers who came with the import, of whom nothing else is known; returns how many.

    Every step is asked whom it keeps something of (signals.customers_kept). Needs the organisation in scope for writing
    and its storing lock held alone.
    """
    named = {"organisation_id": row.organisation_id, "numbers": list(numbers)}
    found = queries.fetch("only_with_import", import_id=row.pk, since=row.created_at, **named)
    going = {number for (number,) in found}
    if going:
        answers = customers_kept.send(sender=FileImport, organisation_id=row.organisation_id, numbers=sorted(going))
        going -= {number for _, kept in answers for number in kept or ()}
    if going:
        queries.fetch("erase_customers", organisation_id=row.organisation_id, numbers=sorted(going))
    return len(going)
