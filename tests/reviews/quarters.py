"""Two consecutive quarters of the story's client: Gold 75 → 60, Silver 73 → 57, Bronze 20 → 20, everybody as below.

220 customers: (100 · 75 + 100 · 73 + 20 · 20) ÷ 220 = 760/11 = 69.09 at the end of September, and
(100 · 60 + 100 · 57 + 20 · 20) ÷ 220 = 55 at the end of December.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from engagement.insights.services import set_target
from engagement.reviews import selectors, services
from engagement.reviews.models import AgendaItem, Decision, Minutes, Review
from engagement.reviews.rhythms import Rhythm
from engagement.reviews.types import DecisionWords, Fate, Json
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.cases.story_world import DECEMBER, SEPTEMBER, make_scores
from tests.conftest import World
from tests.insights.scoring_world import Small

OCTOBER_TENTH: Final = datetime(2025, 10, 10, 9, 0, tzinfo=UTC)
JANUARY_TENTH: Final = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
THEN: Final = Fraction(760, 11)


@dataclass(frozen=True, slots=True)
class Quarters:
    """The client with a target that is missed in December, and who reviews it."""

    small: Small
    user: User

    @property
    def organisation(self) -> Organisation:
        return self.small.organisation

    def said(self, now: datetime) -> dict[str, Any]:
        return {"organisation": self.organisation, "user": self.user, "now": now}

    def open(self, last_day: date, *, now: datetime, rhythm: Rhythm = Rhythm.QUARTER) -> Review:
        with organisation_scope(self.small.id):
            return services.open_review(**self.said(now), rhythm=rhythm, last_day=last_day)

    def document(self, review: Review) -> Json:
        with organisation_scope(self.small.id, write=False):
            return selectors.review_document(
                organisation=self.organisation, review=selectors.review(review_id=review.pk)
            )

    def items(self, review: Review, kind: str = "") -> list[AgendaItem]:
        with organisation_scope(self.small.id, write=False):
            rows = AgendaItem.objects.filter(review=review).order_by("position")
            return list(rows.filter(kind=kind) if kind else rows)

    def add(self, review: Review, title: str, *, now: datetime = OCTOBER_TENTH) -> AgendaItem:
        with organisation_scope(self.small.id):
            return services.put_on_agenda(review_id=review.pk, title=title, user=self.user, now=now)

    def decide(self, review: Review, item: AgendaItem, *, now: datetime = OCTOBER_TENTH, **changes: Any) -> Decision:
        words = decision(self.user, **changes)
        with organisation_scope(self.small.id):
            return services.decide(**self.said(now), review_id=review.pk, item_id=item.pk, words=words)

    def close(self, review: Review, *, now: datetime = OCTOBER_TENTH, fate: Fate | None = None) -> Minutes:
        """Closed; what is undecided is dropped unless another fate is given for all of it."""
        with organisation_scope(self.small.id):
            left = selectors.undecided(review=selectors.review(review_id=review.pk))
            fates = {item.pk: fate or Fate("dropped", "No time") for item in left}
            return services.close_review(**self.said(now), review_id=review.pk, fates=fates)


def decision(user: User, **changes: Any) -> DecisionWords:
    """To call everybody back, judged by the score of Gold."""
    words: dict[str, Any] = {
        "text": "Call back within a day", "owner_id": user.pk, "due_on": date(2026, 1, 31), "measure": "score",
        "segment_key": "gold",
    }  # fmt: skip
    return DecisionWords(**{**words, **changes})


def make_quarters(world: World) -> Quarters:
    """Scored on the story's days; Gold is to be at 75 by the end of December."""
    small = make_scores(world.ours)
    with organisation_scope(small.id):
        set_target(
            organisation=small.organisation, user=world.consultant, segment_key="gold", measure="score",
            value=Decimal(75), due_on=DECEMBER, owner=world.consultant, note="", now=OCTOBER_TENTH,
        )  # fmt: skip
    return Quarters(small, world.consultant)


__all__ = ["DECEMBER", "JANUARY_TENTH", "OCTOBER_TENTH", "SEPTEMBER", "THEN", "Quarters", "decision", "make_quarters"]
