"""People's part of an agenda: items of their own, taking items off, notes that never overwrite another's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.reviews.models import MAX_NOTE, MAX_REASON, MAX_TITLE, AgendaItem, ItemNote
from engagement.reviews.services.opening import locked_review, next_position
from tenants.models import User


class OutdatedNoteError(ConflictError):
    """Somebody saved another text in the meantime; `current` is that one, and nothing was saved."""

    def __init__(self, message: str, *, current: str, version: int) -> None:
        super().__init__(message)
        self.current, self.version = current, version


def put_on_agenda(*, review_id: UUID, title: str, user: User | None, now: datetime) -> AgendaItem:
    """Put something of one's own on the agenda. InvalidInputError, NotFoundError, ConflictError once closed."""
    review, said = locked_review(review_id), " ".join(title.replace("\x00", "").split())
    if not said or len(said) > MAX_TITLE:
        text = _("Say in at most {most} characters what is to be talked about.").format(most=MAX_TITLE)
        raise InvalidInputError(fields={"title": [text]})
    return AgendaItem.objects.create(
        organisation_id=review.organisation_id, review=review, position=next_position(review), kind="own", title=said,
        added_by=user, added_at=now,
    )  # fmt: skip


def take_off_agenda(*, review_id: UUID, item_id: UUID, because: str, user: User | None, now: datetime) -> AgendaItem:
    """Take an item off the agenda, and say why; it stays at the end of the review with the reason.

    Raises InvalidInputError, NotFoundError, ConflictError for one on which something was decided, or once closed.
    """
    locked_review(review_id)
    item, reason = locked_item(review_id=review_id, item_id=item_id), reason_of(because)
    if item.decisions.exists():
        raise ConflictError(_("Something was decided on this item: it stays on the agenda."))
    item.removed_by, item.removed_at, item.removed_because = user, now, reason
    item.save(update_fields=["removed_by", "removed_at", "removed_because"])
    return item


def save_note(
    *, review_id: UUID, item_id: UUID, text: str, version: int, user: User | None, now: datetime
) -> AgendaItem:
    """Keep a note as the next version of its item, if `version` is still the one that was changed.

    Raises OutdatedNoteError with the note of now otherwise, InvalidInputError for one that is too long. Saving what
    stands there already saves nothing.
    """
    locked_review(review_id)
    item = locked_item(review_id=review_id, item_id=item_id)
    said = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(said) > MAX_NOTE:
        raise InvalidInputError(fields={"text": [_("Use at most {most} characters.").format(most=MAX_NOTE)]})
    if said == item.note:
        return item
    if version != item.version:
        words = _("Somebody has saved another note in the meantime. Both stand here: choose one, or join them.")
        raise OutdatedNoteError(words, current=item.note, version=item.version)
    item.note, item.version = said, item.version + 1
    item.save(update_fields=["note", "version"])
    ItemNote.objects.create(
        organisation_id=item.organisation_id,
        item=item,
        version=item.version,
        text=said,
        written_by=user,
        written_at=now,
    )
    return item


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def locked_item(*, review_id: UUID, item_id: UUID) -> AgendaItem:
    """An item that stands on the agenda and that nobody else changes; NotFoundError, ConflictError once taken off."""
    found = AgendaItem.objects.select_for_update().filter(pk=item_id, review_id=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such item on the agenda."))
    if found.removed_at is not None:
        raise ConflictError(_("This item was taken off the agenda. Add one of your own."))
    return found


def reason_of(because: str, *, field: str = "because") -> str:
    """A reason in one line; InvalidInputError for none."""
    reason = " ".join(because.replace("\x00", "").split())
    if not reason or len(reason) > MAX_REASON:
        raise InvalidInputError(fields={field: [_("Say why, in at most {most} characters.").format(most=MAX_REASON)]})
    return reason
