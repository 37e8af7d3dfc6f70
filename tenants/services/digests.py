"""The weekly mail as a queue: a row per person and week, claimed by lease, handed over at most once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db.models import Q

from tenants.actor import Reach
from tenants.models import Digest, User
from tenants.statements import Statements

LEASE: Final = timedelta(minutes=10)  # a worker makes and sends one in less; after it, and after a refusal, again
TRY_FOR: Final = timedelta(days=1)  # Tuesday's mail about Monday is the last that is worth sending
KEPT_FOR: Final = timedelta(weeks=8)
_sql = Statements(Path(__file__).parents[1] / "sql")


def wants_weekly_mail(*, user: User, reaches: tuple[Reach, ...]) -> bool:
    """What somebody chose; until then yes for whoever is consultant or admin somewhere, no for viewers."""
    chosen = user.weekly_mail
    return any(reach.may_write for reach in reaches) if chosen is None else chosen


def choose_weekly_mail(*, user_id: UUID, wanted: bool) -> None:
    """Say whether a person wants the mail; one that waits already is left out, too, because sending asks again."""
    User.objects.filter(pk=user_id).update(weekly_mail=wanted)


def ask_for_digests(*, now: datetime) -> int:
    """A row for everybody whose Monday morning it is, however often asked; returns how many. Drops old rows."""
    Digest.objects.filter(made_at__lt=now - KEPT_FOR).delete()
    due = [Digest(user_id=user_id, week=week, made_at=now) for user_id, week in _sql.fetch("due_digests", moment=now)]
    Digest.objects.bulk_create(due, ignore_conflicts=True)
    return len(due)


def waiting_digests(*, now: datetime) -> list[UUID]:
    """Those that nobody has in hand, for a day."""
    found = Digest.objects.filter(_free(now), state=Digest.State.WAITING, made_at__gte=now - TRY_FOR)
    return list(found.order_by("made_at").values_list("pk", flat=True))


def claim_digest(*, digest_id: UUID, now: datetime) -> Digest | None:
    """Take one in hand; None where it is in other hands, done, or of an account that is closed."""
    wanted = Digest.objects.filter(_free(now), pk=digest_id, state=Digest.State.WAITING, user__is_active=True)
    if not wanted.update(lease_until=now + LEASE):
        return None
    return Digest.objects.select_related("user").get(pk=digest_id)


def move_digest(*, digest_id: UUID, old: str, new: str) -> bool:
    """Note what became of one, if it still was what it was: of two workers who are as far, one may go on."""
    return bool(Digest.objects.filter(pk=digest_id, state=old).update(state=new))


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)
