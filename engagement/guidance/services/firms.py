"""What a firm says to its clients: kept in the firm, and written into each client in a scope of that client alone.

A client's people read nothing of the firm's rows, so what they are to read has to be theirs: the same way as the rows
that a common yardstick makes. A client that is made later gets what the firm says then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engagement.guidance.models import EntryVersion
from engagement.guidance.services.entries import keep_entry, recorded, withdraw_entry
from engagement.guidance.types import FIRMS, OWN, EntryWords
from tenants.actor import Actor
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, tenant

_WORDS = ("key", "language", "number", "is_withdrawn", "question", "text", "keywords", "explains", "evidence")


def keep_firms_entry(
    *, actor: Actor, firm: Organisation, words: EntryWords, based_on: int, user: User | None, now: datetime
) -> EntryVersion:
    """Keep a version in the firm and give it to every client; raises what keep_entry raises."""
    made = keep_entry(organisation=firm, words=words, based_on=based_on, user=user, now=now)
    _give(actor, firm)
    return made


def withdraw_firms_entry(
    *, actor: Actor, firm: Organisation, key: str, language: str, based_on: int, user: User | None, now: datetime
) -> EntryVersion:
    """Take a firm's entry back, at its clients too; raises what withdraw_entry raises."""
    made = withdraw_entry(
        organisation=firm, key=key, language=language, based_on=based_on, user=user, now=now
    )  # fmt: skip
    _give(actor, firm)
    return made


def _give(actor: Actor, firm: Organisation) -> None:
    """Bring every client that the actor reaches up to what the firm says now, whatever kept it behind before."""
    said = _said_now(firm.pk)
    for reach in actor.clients_of(firm.pk):
        with organisation_scope(reach.organisation_id):
            _put(said, organisation_id=reach.organisation_id)


def copy_to_client(*, firm_id: int, client: Organisation) -> int:
    """Give a new client, in whose writing scope this is, what its firm says now; returns how many entries."""
    with tenant(read=[firm_id]):
        kept = [version for version in _said_now(firm_id) if not version.is_withdrawn]
    return _put(kept, organisation_id=client.pk)


def _said_now(firm_id: int) -> list[EntryVersion]:
    """The firm's last version of each entry and language, those that were taken back among them."""
    rows = EntryVersion.objects.filter(organisation_id=firm_id, origin=OWN)
    return list(rows.order_by("key", "language", "-number").distinct("key", "language"))


def _put(versions: Iterable[EntryVersion], *, organisation_id: int) -> int:
    """Copies of what is not there yet, under the firm's numbers. Nobody of the firm is named in a client."""
    rows = EntryVersion.objects.filter(organisation_id=organisation_id, origin=FIRMS)
    there = set(rows.values_list("key", "language", "number"))
    copies = [
        EntryVersion(
            organisation_id=organisation_id, origin=FIRMS, written_by=None, written_at=version.written_at,
            **{name: getattr(version, name) for name in _WORDS},
        )
        for version in versions
        if (version.key, version.language, version.number) not in there
    ]  # fmt: skip
    EntryVersion.objects.bulk_create(copies, ignore_conflicts=True)
    for copy in copies:
        audit_append(
            act="guidance.received", object_kind="guidance_entry", object_id=copy.pk, new=recorded(copy),
            organisation_id=organisation_id,
        )  # fmt: skip
    return len(copies)
