"""Cards and answers of the grocery client say what its scorecard says, and what was worked out independently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engagement.guidance.evidence.measures import standing_of
from engagement.guidance.evidence.speaking import TELLERS, evidence_for
from engagement.guidance.evidence.subject import Subject, subject_of
from engagement.guidance.measures import MEASURES
from engagement.insights.selectors import scorecard
from engagement.insights.terms import terms_of
from engagement.insights.types import Scorecard
from engagement.look.exact import Number, rounded
from engagement.scorecards.present.scorecard import scorecard_page
from tenants.limits import UNLIMITED
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.browser.grocery import YEAR_END, grocery_world
from tests.conftest import NOW, empty_database

pytestmark = pytest.mark.django_db
NOVEMBER = date(2017, 11, 30)


@pytest.fixture(scope="module")
def grocery(django_db_setup: None, django_db_blocker: Any) -> Iterator[Organisation]:
    with django_db_blocker.unblock():
        yield grocery_world((NOVEMBER, YEAR_END)).ours
        empty_database()


@pytest.fixture
def subject(grocery: Organisation) -> Iterator[Subject]:
    with organisation_scope(grocery.pk, write=False):
        found = subject_of(organisation=grocery, limit=UNLIMITED, key="", now=NOW)
        assert found is not None
        yield found


@pytest.fixture
def card(grocery: Organisation, subject: Subject) -> Scorecard:
    found = scorecard(organisation=grocery, now=NOW)
    assert found is not None
    return found


def test_the_card_has_the_golden_numbers(subject: Subject) -> None:
    exact = {one.key: standing_of(key=one.key, subject=subject).exact for one in MEASURES if not one.is_companion}
    assert exact["score"] == Decimal("68.928716")
    assert exact["points-per-customer"] == Decimal("80.990684")  # 199,966 ÷ 2,469


def test_cards_say_what_the_scorecard_prints(subject: Subject, card: Scorecard) -> None:
    page = scorecard_page(
        card=card, set_key="", industry="", terms=terms_of(organisation=subject.organisation, run=card.run)
    )
    printed = {fact.key: fact.value for fact in page.facts}
    said = {one.key: standing_of(key=one.key, subject=subject).value for one in MEASURES if not one.is_companion}
    assert said == {
        "score": page.score.number,
        "points-per-customer": printed["why-points"],
        "actions-per-customer": printed["why-actions"],
        "active-share": printed["why-active"],
        "multi-channel-share": printed["why-channels"],
    }


def _six(value: Number | None) -> Decimal:
    assert value is not None
    return rounded(value, places=6)


def test_evidence_says_what_the_scorecard_knows(subject: Subject, card: Scorecard) -> None:
    told = {one.key: one for one in evidence_for(keys=tuple(TELLERS), subject=subject)}
    values = {(key, known.name): known.value for key, one in told.items() for known in one.figures}
    total = card.total
    assert values["score", "score"] == _six(total.score)
    assert values["score", "half_width_95"] == _six(total.half_width_95)
    assert values["silent", "silent"] == total.n - total.n_active
    assert values["active-share", "active"] == total.n_active
    assert values["channels", "multi_channel"] == total.n_multi_channel
    assert [values["bands", name] for name in ("poor", "good", "excellent")] == list(total.band_counts)
    assert values["levels", "points_per_customer"] == _six(total.points_per_customer)
    assert values["largest-cause", "change"] == _six(card.change)
    purchase = next(one for one in total.actions if one.name.startswith("Purchase"))
    assert values["channel-share", "purchase"] == _six(purchase.points / total.total_points)
    assert values["full-points", "full_points"] == card.run.full_points
    assert told["industry"].is_known is False  # retail has no published range
    assert f"{total.n:,} customers" in told["score"].text
