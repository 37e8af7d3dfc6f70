"""Somebody erased vanishes from among those who have no contact yet. Who is in a list is kept at the vendor alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_noop as noop

from engagement.connections.models import ListPush
from engagement.connections.services.list_unmatched import Unmatched
from engagement.ingest.erasers import Eraser, Person, register_eraser
from tenants.scope import organisation_scope


def erase_unmatched(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Take them out of every list's; a worker that is at one keeps nothing more, and the next one goes on there."""
    lists = 0
    with organisation_scope(person.organisation_id):
        for push in ListPush.objects.filter(unmatched__isnull=False).select_for_update():
            lists += _erase_from(push, person=person)
    return {noop("lists that wait for a contact"): lists}


def _erase_from(push: ListPush, *, person: Person) -> bool:
    unmatched = Unmatched(push.unmatched)
    was_in = unmatched.drop(person.numbers)
    if was_in or push.lease_until is not None:
        push.unmatched = unmatched.to_bytes()
        push.attempts, push.lease_until = push.attempts + 1, None
        push.save(update_fields=["unmatched", "attempts", "lease_until"])
    return was_in


def register() -> None:
    register_eraser(Eraser("connections.lists", erase_unmatched, frozenset({"connections_listpush.unmatched"})))
