"""Reviews: how often, those that were held with what they decided, and the one that is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engagement.demo.samples.story_types import SampleDecision, SamplePoint, SampleReview
from engagement.demo.told.teller import Teller
from engagement.errors import NotFoundError
from engagement.insights.note_types import EVERYBODY
from engagement.reviews.models import AgendaItem, DecisionState, Review, ReviewSetting
from engagement.reviews.rhythms import Rhythm
from engagement.reviews.selectors.reviews import undecided
from engagement.reviews.services import (
    close_review,
    decide,
    open_review,
    put_on_agenda,
    save_note,
    set_rhythm,
    settle_decision,
)
from engagement.reviews.types import DecisionWords, Fate
from tenants.models import Organisation


def is_begun() -> bool:
    return ReviewSetting.objects.exists() or Review.objects.exists()


def begin(teller: Teller) -> bool:
    """The rhythm and the reviews that are closed, in one transaction: told before what was looked at only later."""
    rhythm = teller.story.rhythm
    if rhythm is None:
        return False
    with teller.writing() as organisation:
        set_rhythm(
            organisation=teller.standing(organisation, rhythm.chosen_on), every=rhythm.every, leader=teller.consultant,
            working_days=rhythm.working_days, now=teller.at(rhythm.chosen_on),
        )  # fmt: skip
        for one in teller.story.reviews:
            if one.closed_on is not None:
                _close(teller, organisation, one, _held(teller, organisation, one))
    return True


def is_told() -> bool:
    return Review.objects.filter(state=Review.State.OPEN).exists()


def tell(teller: Teller) -> bool:
    """The review that is open, unless somebody has gone on with reviews since."""
    waiting = [one for one in teller.story.reviews if one.closed_on is None]
    with teller.writing() as organisation:
        found = [one for one in waiting if not Review.objects.filter(last_day__gte=one.last_day).exists()]
        for one in found:
            _held(teller, organisation, one)
    return bool(found)


def _held(teller: Teller, organisation: Organisation, one: SampleReview) -> Review:
    """Opened on its day, with what people added, noted and decided on it."""
    now, user, then = teller.at(one.opened_on), teller.consultant, teller.standing(organisation, one.opened_on)
    review = open_review(organisation=then, rhythm=Rhythm(one.rhythm), last_day=one.last_day, user=user, now=now)
    by: dict[str, Any] = {"review_id": review.pk, "user": user, "now": now}
    for title in one.added:
        put_on_agenda(**by, title=title)
    for note in one.notes:
        item = _item(review, note.on)
        save_note(**by, item_id=item.pk, text=note.text, version=item.version)
    for decision in one.decisions:
        words = _words(teller, decision)
        made = decide(**by, organisation=then, item_id=_item(review, decision.on).pk, words=words)
        if decision.done_on is not None:
            settle_decision(
                organisation=organisation, decision_id=made.pk, code=DecisionState.Code.DONE.value,
                because=decision.done_because, user=user, now=teller.at(decision.done_on),
            )  # fmt: skip
    return review


def _words(teller: Teller, one: SampleDecision) -> DecisionWords:
    return DecisionWords(
        text=one.text,
        owner_id=teller.consultant.pk if teller.consultant else None,
        due_on=one.due_on,
        measure=one.measure,
        segment_key=one.segment or EVERYBODY,
    )


def _close(teller: Teller, organisation: Organisation, one: SampleReview, review: Review) -> None:
    """Closed on its day: what nothing was decided on is carried over or dropped, as its kind says."""
    day = one.closed_on or one.opened_on
    fates: dict[UUID, Fate] = {
        item.pk: Fate("carried") if item.kind in one.carried else Fate("dropped", one.dropped_because)
        for item in undecided(review=review)
    }
    close_review(
        organisation=teller.standing(organisation, day), review_id=review.pk, fates=fates, user=teller.consultant,
        now=teller.at(day),
    )  # fmt: skip


def _item(review: Review, point: SamplePoint) -> AgendaItem:
    """The item of this kind that is about it; raises NotFoundError: a story that its figures do not tell is none."""
    for item in AgendaItem.objects.filter(review=review, kind=point.kind).order_by("position"):
        facts = item.facts
        if point.about in {item.title, item.reference, facts.get("title"), facts.get("text"), facts.get("segment_key")}:
            return item
    raise NotFoundError(f"Nothing of kind {point.kind} on the agenda is about {point.about}.")
