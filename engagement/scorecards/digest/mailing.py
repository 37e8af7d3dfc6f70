"""Sending the weekly mail: asked for on Monday morning, made when it is sent, handed to the mail server once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from engagement.errors import UnavailableError
from engagement.scorecards.digest.reading import entries, language_of
from engagement.scorecards.digest.writing import Letter, letter_of
from tenants.accounts import mails
from tenants.accounts.links import weekly_mail_link
from tenants.actor import Reach, reaches_of
from tenants.languages import speaking_to
from tenants.models import Digest, User
from tenants.services.digests import (
    ask_for_digests,
    claim_digest,
    move_digest,
    waiting_digests,
    wants_weekly_mail,
)
from tenants.wake import wake

_State = Digest.State


def dispatch_digests(*, now: datetime) -> int:
    """Ask for what is due and wake a worker for each mail that nobody has in hand; returns how many were woken."""
    ask_for_digests(now=now)
    waiting = waiting_digests(now=now)
    for digest_id in waiting:
        wake("scorecards.digest", digest_id)
    return len(waiting)


def send_digest(*, digest_id: UUID, now: datetime) -> bool:
    """Make and send one mail; False where there was nothing to do, to say, or the mail server did not take it.

    Called outside any scope. A worker that dies while it makes the mail leaves a lease that runs out; one that dies
    with the mail at the server leaves it handed over, and nobody tries again: never twice, at worst not at all.
    """
    digest = claim_digest(digest_id=digest_id, now=now)
    if digest is None:
        return False
    reaches = () if digest.user.is_staff else reaches_of(digest.user)
    with speaking_to(digest.user, otherwise=language_of(reaches)):
        return _make_and_send(digest, reaches, now)


def _make_and_send(digest: Digest, reaches: tuple[Reach, ...], now: datetime) -> bool:
    digest_id, letter = digest.pk, _letter(digest.user, reaches, now)
    if letter is None:
        move_digest(digest_id=digest_id, old=_State.WAITING, new=_State.NOTHING)
        return False
    if not move_digest(digest_id=digest_id, old=_State.WAITING, new=_State.HANDED_OVER):
        return False
    try:
        _send(digest.user, letter)
    except UnavailableError:
        move_digest(digest_id=digest_id, old=_State.HANDED_OVER, new=_State.WAITING)  # after the lease, again
        return False
    return move_digest(digest_id=digest_id, old=_State.HANDED_OVER, new=_State.SENT)


def _letter(user: User, reaches: tuple[Reach, ...], now: datetime) -> Letter | None:
    """As they reach it now; None for who does not want it any more, and for who has nothing to open."""
    if not wants_weekly_mail(user=user, reaches=reaches):
        return None
    return letter_of(entries=entries(reaches=reaches, now=now))


def _send(user: User, letter: Letter) -> None:
    stop = weekly_mail_link(user.pk)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mails.send("weekly", to=user.email, headers=headers, letter=letter, stop=stop)
