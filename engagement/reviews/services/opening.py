"""Opening the review of a finished period: it is bound to a run, and its agenda fills itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.selectors.periods import runs_in_force
from engagement.reviews.gathering import gather_period, period_of
from engagement.reviews.gathering.filling import filled
from engagement.reviews.models import AgendaItem, Review
from engagement.reviews.rhythms import Rhythm, is_finished
from engagement.reviews.selectors.due import setting
from engagement.reviews.types import Filled
from tenants.audit import audit_append
from tenants.models import Organisation, User


def open_review(
    *, organisation: Organisation, rhythm: Rhythm, last_day: date, user: User | None, now: datetime
) -> Review:
    """Open the review of a period, bound to the run that counts for its last day.

    Raises InvalidInputError for a period that is not over, not scored, or not after the last one reviewed, and
    ConflictError while another review is open.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two who open at once are one after the other
    previous = Review.objects.select_related("run").order_by("-last_day").first()
    _check(organisation, rhythm, last_day, previous, now)
    run, chosen = runs_in_force([last_day])[last_day], setting()
    period = period_of(rhythm=rhythm, run=run, previous=previous)
    gathered = gather_period(organisation=organisation, period=period, now=now)
    number = (Review.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    review = Review.objects.create(
        organisation=organisation, number=number, rhythm=rhythm.value, last_day=last_day, run=run,
        run_digest=run.digest, previous=previous, gathered=gathered, gathered_at=now,
        leader=chosen.leader if chosen else None, opened_by=user, opened_at=now,
    )  # fmt: skip
    items = filled(organisation=organisation, period=period, gathered=gathered, previous=previous, now=now)
    _add(review, items, begin=1, now=now)
    said = {"number": number, "rhythm": rhythm.value, "last_day": last_day, "run": run.number, "items": len(items)}
    audit_append(
        act="review.opened", object_kind="review", object_id=review.pk, new=said, organisation_id=organisation.pk
    )
    return review


def _check(organisation: Organisation, rhythm: Rhythm, last_day: date, previous: Review | None, now: datetime) -> None:
    if previous is not None and previous.state == Review.State.OPEN:
        raise ConflictError(_("Close the review that is open first: what it decided belongs into the next one."))
    if not is_finished(last_day, today=organisation.today(now), rhythm=rhythm):
        raise InvalidInputError(fields={"period": [_("Choose a period that is over.")]})
    if previous is not None and last_day <= previous.last_day:
        raise InvalidInputError(fields={"period": [_("Choose a period after the one that was reviewed last.")]})
    if last_day not in runs_in_force([last_day]):
        said = _("The last day of this period has not been scored. Score it first.")
        raise InvalidInputError(fields={"period": [said]})


def refresh_review(*, organisation: Organisation, review_id: UUID, now: datetime) -> int:
    """Look again at what waits, and add it to the agenda; gives how many items were added.

    What stands on the agenda stays as it is, taken off or not, with everything that people wrote. The score's figures
    stay those of the bound run. Raises NotFoundError, ConflictError for a closed review.
    """
    review = locked_review(review_id)
    rows = Review.objects.select_related("run")
    previous = rows.filter(pk=review.previous_id).first() if review.previous_id else None
    period = period_of(rhythm=Rhythm(review.rhythm), run=review.run, previous=previous)
    review.gathered = gather_period(organisation=organisation, period=period, now=now)
    review.gathered_at = now
    review.save(update_fields=["gathered", "gathered_at"])
    known = set(AgendaItem.objects.filter(review=review).values_list("kind", "reference"))
    found = filled(organisation=organisation, period=period, gathered=review.gathered, previous=previous, now=now)
    new = [one for one in found if (one.kind, one.reference) not in known]
    _add(review, new, begin=next_position(review), now=now)
    audit_append(
        act="review.looked_again", object_kind="review", object_id=review.pk, new={"items": len(new)},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return len(new)


def locked_review(review_id: UUID) -> Review:
    """An open review that nobody else changes until the transaction ends; NotFoundError, ConflictError once closed."""
    found = Review.objects.select_for_update(of=("self",)).select_related("run").filter(pk=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such review."))
    if found.state == Review.State.CLOSED:
        raise ConflictError(_("This review is closed: what it came to stays as it is."))
    return found


def next_position(review: Review) -> int:
    """The place after the last item."""
    return (AgendaItem.objects.filter(review=review).aggregate(last=Max("position"))["last"] or 0) + 1


def _add(review: Review, items: Sequence[Filled], *, begin: int, now: datetime) -> None:
    AgendaItem.objects.bulk_create(
        AgendaItem(
            organisation_id=review.organisation_id, review=review, position=at, kind=one.kind, reference=one.reference,
            facts=one.facts, title=one.title, added_at=now,
        )
        for at, one in enumerate(items, start=begin)
    )  # fmt: skip
