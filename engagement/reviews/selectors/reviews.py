"""Reviews, their items and decisions."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.reviews.gathering.former import OPEN, states_of
from engagement.reviews.models import AgendaItem, Decision, ItemNote, Review


def reviews() -> QuerySet[Review]:
    """All reviews, the latest first, each with how many decisions it came to; without what was gathered."""
    found = Review.objects.select_related("run", "leader").defer("gathered")
    counted = Decision.objects.filter(review=OuterRef("pk")).order_by().values("review").annotate(n=Count("pk"))
    return found.annotate(decided=Coalesce(Subquery(counted.values("n")), 0)).order_by("-last_day")


def latest_review() -> Review | None:
    """The review of the latest period, open or closed; None before the first."""
    return Review.objects.select_related("run", "leader").order_by("-last_day").first()


def review(*, review_id: UUID) -> Review:
    """One review; raises NotFoundError."""
    rows = Review.objects.select_related("run", "leader", "opened_by", "previous__run")
    found = rows.filter(pk=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such review."))
    return found


def item(*, review_id: UUID, item_id: UUID) -> AgendaItem:
    """One item of a review's agenda; raises NotFoundError."""
    found = AgendaItem.objects.select_related("review__run").filter(pk=item_id, review_id=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such item on the agenda."))
    return found


def notes_of(*, item: AgendaItem) -> QuerySet[ItemNote]:
    """The notes that an item has had, the latest first."""
    return item.notes.select_related("written_by").order_by("-version")


def decision(*, review_id: UUID, decision_id: UUID) -> Decision:
    """One decision of a review; raises NotFoundError."""
    rows = Decision.objects.select_related("review__run", "item", "owner", "segment", "target")
    found = rows.filter(pk=decision_id, review_id=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such decision."))
    return found


def undecided(*, review: Review) -> tuple[AgendaItem, ...]:
    """What stands on the agenda and nothing was decided on; a former decision until somebody says what became of it."""
    rows = AgendaItem.objects.filter(review=review, removed_at__isnull=True, decisions__isnull=True)
    found = list(rows.order_by("position"))
    former = [UUID(one.reference) for one in found if one.kind == "decision"]
    states = states_of(list(Decision.objects.filter(pk__in=former)))
    settled = {str(key) for key, state in states.items() if state.code != OPEN}
    return tuple(one for one in found if one.kind != "decision" or one.reference not in settled)
