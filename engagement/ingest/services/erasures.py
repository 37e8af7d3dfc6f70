"""Erasing somebody from beginning to end: asked for, worked off step by step, and put on record.

First the customer's rows go, under the lock of storing, and digests of the ids take their place: from then on nothing
about them is stored. Then every eraser takes away what its step keeps. What breaks off goes on where it broke off.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, RapportError
from engagement.ingest import queries
from engagement.ingest.erasers import NotYetError, Person, erasers
from engagement.ingest.models import Customer, ErasedCustomer, Erasure, WorkState
from engagement.ingest.services.erased import id_digest, salts_of
from engagement.ingest.services.leases import LeaseLostError, claim, hold, is_passing, lease_end, note_failure, put_back
from engagement.ingest.signals import customer_erased
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake

log = structlog.get_logger(__name__)
REASON_LIMIT: Final = 500
LOOK_AGAIN: Final = timedelta(seconds=30)
_SALT_BYTES: Final = 32
# What `error` says while an erasure waits, kept in English and looked up where it is shown: "Waits: …." with a reason.
_WAITS: Final = (
    gettext_noop("Waits: a worker reads a request that names them."),
    gettext_noop("Waits: an uploaded file waits to be read."),
    gettext_noop("Waits: an export of the organisation is being written."),
    gettext_noop("Waits: a scoring that began before is under way."),
)
_SHORTEST_EMAIL: Final = 6  # a@b.cd: anything shorter would be found in texts of others


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────


def ask_erasure(*, organisation: Organisation, number: int, reason: str, user: User | None, now: datetime) -> Erasure:
    """Ask that a customer, and everybody merged with them, be erased; needs the organisation in scope for writing.

    Raises NotFoundError for an unknown customer, InvalidInputError without a reason, ConflictError where they are being
    erased already.
    """
    said = reason.strip()
    if not said or len(said) > REASON_LIMIT:
        raise InvalidInputError(fields={"reason": [_("Say why, in at most {n} characters.").format(n=REASON_LIMIT)]})
    if not Customer.objects.filter(organisation=organisation, number=number).exists():
        raise NotFoundError
    if Erasure.objects.filter(organisation=organisation, number=number, state=WorkState.WAITING).exists():
        raise ConflictError(_("This customer is being erased already."))
    erasure = Erasure.objects.create(
        organisation=organisation,
        number=number,
        reason=said,
        salt=_salt(organisation.pk),
        requested_by=user,
        requested_at=now,
    )
    audit_append(
        act="customer.erasure_asked",
        object_kind="customer",
        object_id=number,
        new={"erasure": erasure.pk},  # the reason stays in its row: somebody may have named the person in it
        organisation_id=organisation.pk,
    )
    wake("ingest.erasure", organisation.pk, erasure.pk)
    return erasure


def retry_erasure(*, organisation: Organisation, erasure_id: UUID, now: datetime) -> Erasure:
    """Go on with an erasure that failed, where it broke off; raises NotFoundError, ConflictError for any other."""
    erasure = Erasure.objects.filter(organisation=organisation, pk=erasure_id).first()
    if erasure is None:
        raise NotFoundError
    failed = Erasure.objects.filter(pk=erasure_id, state=WorkState.FAILED)
    if not failed.update(state=WorkState.WAITING, attempts=0, failures=0, error="", lease_until=None, finished_at=None):
        raise ConflictError(_("Only an erasure that failed can be tried again."))
    new = {"erasure": erasure_id}
    audit_append(act="customer.erasure_retried", object_kind="customer", object_id=erasure.number, new=new)
    wake("ingest.erasure", organisation.pk, erasure.pk)
    erasure.refresh_from_db()
    return erasure


def _salt(organisation_id: int) -> bytes:
    """The organisation's own, made with its first erasure."""
    known = salts_of(organisation_id=organisation_id)
    return known[0] if known else secrets.token_bytes(_SALT_BYTES)


# ── working it off ───────────────────────────────────────────────────────────────────────────────────────────


def process_erasure(*, organisation_id: int, erasure_id: UUID, now: datetime) -> bool:
    """Erase, or go on with it; True when it is done by this call. Called outside any scope.

    An unexpected exception is raised; it is tried again when the lease ends, and has failed after five attempts.
    """
    row = claim(Erasure, organisation_id=organisation_id, row_id=erasure_id, now=now)
    if row is None:
        return False
    try:
        _forget_customers(row, now=now)
        _call_erasers(row, now=now)
        _finish(row, now=now)
    except LeaseLostError:
        return False
    except NotYetError as error:
        _wait(row, why=str(error), until=now + LOOK_AGAIN)
        return False
    except Exception as error:
        if is_passing(error):
            put_back(row)
            return False
        log.exception("erasure_failed", erasure_id=str(row.pk), attempt=row.attempts)
        said = error.message if isinstance(error, RapportError) else gettext_noop("Something went wrong on our side.")
        note_failure(row, now=now, error=said)
        raise
    return True


def person_of(*, row: Erasure) -> Person:
    """Who an erasure is about, as its erasers are told."""
    kept: Mapping[str, Any] = row.identity
    if row.erased_at is None:
        raise ValueError("nobody is named before the customers are forgotten")
    return Person(
        organisation_id=row.organisation_id,
        numbers=tuple(row.numbers),
        ids=frozenset((external_id, identified) for external_id, identified in kept.get("ids", [])),
        emails=frozenset(kept.get("emails", [])),
        erased_at=row.erased_at,
    )


def _forget_customers(row: Erasure, *, now: datetime) -> None:
    """The rows of the person go and digests take their place, while nobody stores anything of the organisation."""
    if row.erased_at is not None:
        return
    with organisation_scope(row.organisation_id):
        queries.run("limit_waiting")
        hold(row)
        queries.fetch("lock_storing_alone", organisation_id=row.organisation_id)
        named = sorted({row.number, *row.numbers})  # several where a restored backup brought back more than one
        found = queries.fetch("same_person", organisation_id=row.organisation_id, numbers=named)
        row.numbers = [number for number, *_rest in found]
        row.identity = {
            "ids": [[external_id, identified] for _number, external_id, identified, _email in found],
            "emails": sorted(_emails(found)),
        }
        row.erased_at = now
        row.save(update_fields=["numbers", "identity", "erased_at"])
        _remember(row, [(number, (external_id, identified)) for number, external_id, identified, _email in found])
        queries.fetch("erase_customers", organisation_id=row.organisation_id, numbers=row.numbers)


def _remember(row: Erasure, erased: Sequence[tuple[int | None, tuple[str, bool]]]) -> None:
    """Keep digests of ids in the place of customers, in the transaction at hand."""
    erased_at = row.erased_at or row.requested_at
    ErasedCustomer.objects.bulk_create(
        [
            ErasedCustomer(
                organisation_id=row.organisation_id,
                erasure=row,
                number=number,
                identified=identity[1],
                digest=id_digest(salt=bytes(row.salt), identity=identity),
                erased_at=erased_at,
            )
            for number, identity in erased
        ],
        ignore_conflicts=True,
    )


def _emails(found: Sequence[tuple[Any, ...]]) -> set[str]:
    return {email for *_rest, email in found if "@" in email and len(email) >= _SHORTEST_EMAIL}


def _call_erasers(row: Erasure, *, now: datetime) -> None:
    """One after the other, each noted when it is done. Who has to wait is asked again after all the others."""
    waits: NotYetError | None = None
    for eraser in sorted(erasers(), key=lambda eraser: eraser.comes_last):
        if eraser.name in row.steps or (eraser.comes_last and waits is not None):
            continue
        try:
            counts = eraser.erase(person=person_of(row=row), now=now)
        except NotYetError as error:
            waits = waits or error
            continue
        with organisation_scope(row.organisation_id):
            hold(row)
            row.steps = {**row.steps, eraser.name: dict(counts)}
            row.lease_until = lease_end(now)
            row.save(update_fields=["steps", "lease_until"])
    if waits is not None:
        raise waits


def _finish(row: Erasure, *, now: datetime) -> None:
    with organisation_scope(row.organisation_id):
        hold(row)
        row.reason = _unnamed(row.reason, person_of(row=row))
        row.state, row.identity, row.finished_at, row.lease_until = WorkState.DONE, {}, now, None
        row.error = ""
        row.save(update_fields=["state", "identity", "reason", "finished_at", "lease_until", "error"])
        audit_append(
            act="customer.erased",
            object_kind="customer",
            object_id=row.number,
            new={"erasure": row.pk, "numbers": row.numbers, "counts": added_up(steps=row.steps)},
        )
        customer_erased.send(sender=Erasure, organisation_id=row.organisation_id, numbers=tuple(row.numbers), now=now)


def _unnamed(text: str, person: Person) -> str:
    """A reason without the ids and addresses of the person whom it was about."""
    named = {external_id for external_id, _known in person.ids if len(external_id) >= _SHORTEST_EMAIL} | person.emails
    for name in sorted(named, key=len, reverse=True):
        text = re.sub(re.escape(name), "(erased)", text, flags=re.IGNORECASE)
    return text


def added_up(*, steps: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """What all erasers took away, by kind."""
    found: dict[str, int] = {}
    for counts in steps.values():
        for name, n in counts.items():
            found[name] = found.get(name, 0) + n
    return found


def _wait(row: Erasure, *, why: str, until: datetime) -> None:
    """Put it back until something that began earlier has ended; that is no attempt that failed."""
    with organisation_scope(row.organisation_id):
        mine = Erasure.objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
        mine.update(lease_until=until, attempts=max(row.attempts - 1, 0), error=f"Waits: {why}.")
