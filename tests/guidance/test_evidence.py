"""What a client's data says to an answer, against a small client that can be worked out by hand.

Everybody in February: points 30, 10, 10, 7, 3, 9 and eight silent customers; full points 50, so scores of 60, 20, 20,
14, 6, 18: together 138, ÷ 14 = 9.857. In January: 10, 40, 10, 20, 5, 1 points, scores of 172 together, ÷ 14 = 12.286.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import translation

from engagement.errors import NotFoundError
from engagement.guidance.evidence.activity import channel_shares
from engagement.guidance.evidence.companions import READERS
from engagement.guidance.evidence.measures import standing_of
from engagement.guidance.evidence.speaking import TELLERS, evidence_for
from engagement.guidance.evidence.subject import Subject, subject_of
from engagement.guidance.measures import MEASURES
from engagement.guidance.types import Evidence, MeasureStanding
from engagement.insights.selectors import scorecard
from engagement.insights.services import set_target
from tenants.limits import Limit
from tenants.models import LimitedTo, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, make_small
from tests.scorecards.moving_world import make_moving

pytestmark = pytest.mark.django_db
EVERYBODY = Limit()


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def _subject(small: Small, *, key: str = "", limit: Limit = EVERYBODY) -> Subject | None:
    return subject_of(organisation=small.organisation, limit=limit, key=key, now=NOW)


def _told(small: Small, *keys: str, segment: str = "") -> dict[str, Evidence]:
    with organisation_scope(small.id, write=False):
        found = evidence_for(keys=keys or tuple(TELLERS), subject=_subject(small, key=segment))
    return {one.key: one for one in found}


def _values(one: Evidence) -> dict[str, Decimal | None]:
    return {known.name: known.value for known in one.figures}


def test_every_key_tells_something_in_order(small: Small) -> None:
    told = _told(small)
    assert list(told) == list(TELLERS)
    assert all(one.text for one in told.values())


def test_the_score_with_what_it_rests_on(small: Small) -> None:
    one = _told(small, "score")["score"]
    assert _values(one)["score"] == Decimal("9.857143")
    assert _values(one)["customers"] == 14
    assert "is 9.9 ±" in one.text
    assert "the mean of 14 customers" in one.text
    assert one.is_known


def test_who_is_silent_and_who_is_active(small: Small) -> None:
    told = _told(small, "silent", "active-share", "channels")
    assert _values(told["silent"]) == {"silent": 8, "customers": 14}
    assert "57.1 % of customers (8 of 14) did nothing that counts in 30 days" in told["silent"].text
    assert _values(told["active-share"]) == {"active": 6, "customers": 14, "share": Decimal("0.428571")}
    assert _values(told["channels"])["multi_channel"] == 0


def test_where_the_points_come_from(small: Small) -> None:
    told = _told(small, "channel-share", "top-action")
    assert _values(told["channel-share"]) == {"purchase": Decimal("0.579710"), "website": Decimal("0.420290")}
    assert "Purchase 58.0 %, Website 42.0 %" in told["channel-share"].text
    assert _values(told["top-action"]) == {"share": Decimal("0.579710"), "customers": 2}
    assert "Purchase brings 58.0 % of all points; 14.3 % of customers did it (2 of 14)" in told["top-action"].text


def test_both_formulas_and_full_points(small: Small) -> None:
    told = _told(small, "levels", "full-points", "bands")
    assert _values(told["levels"])["points_per_customer"] == Decimal("4.928571")
    assert "gives 4.93 points per customer" in told["levels"].text
    assert _values(told["full-points"]) == {"full_points": Decimal(50), "at_100": 0, "silent": 8}
    assert "full points are 50. 0.0 % of customers reach them (0 of 14)" in told["full-points"].text
    assert _values(told["bands"]) == {"poor": 14, "good": 0, "excellent": 0}


def test_the_largest_cause_is_that_of_the_ledger(small: Small) -> None:
    one = _told(small, "largest-cause")["largest-cause"]
    assert _values(one)["change"] == (Decimal(138) / 14 - Decimal(172) / 14).quantize(Decimal("0.000001"))
    assert "Ageing −12.29" in one.text  # January's activity has left the window: all of its 12.286
    assert "not why people acted" in one.text


def test_nothing_to_say_is_said_with_what_to_do(world: World) -> None:
    bare = make_small(world.ours, weights={"visit": ("website", 1_000, None)})
    told = _told(bare)
    assert not any(one.is_known for one in told.values())
    assert all("nothing has been scored here" in one.text and "first steps" in one.text for one in told.values())


def test_a_small_segment_says_why_it_shows_nothing(small: Small) -> None:
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(minimum_n=10)
        small.organisation.refresh_from_db()
    told = _told(small, segment="gold")
    assert not any(one.is_known for one in told.values())
    assert "fewer than 10 customers" in told["score"].text
    assert all(one.figures == () for one in told.values())


@pytest.mark.parametrize(
    ("industry", "says"), [("technology", "below the 60–80"), ("retail", "no range has been published")]
)
def test_the_range_of_the_industry_keeps_its_label(small: Small, industry: str, says: str) -> None:
    small.organisation.industry = industry
    one = _told(small, "industry")["industry"]
    assert says in one.text
    assert one.is_known == (industry != "retail")
    assert ("indicative, unsourced" in one.text) == one.is_known


def test_the_target_and_its_distance(small: Small) -> None:
    assert not _told(small, "target")["target"].is_known
    with organisation_scope(small.id):
        set_target(
            organisation=small.organisation, segment_key="all", measure="score", value=Decimal(15),
            due_on=date(2026, 12, 31), owner=None, note="", user=None, now=NOW,
        )  # fmt: skip
    one = _told(small, "target")["target"]
    assert _values(one)["gap"] == Decimal("-5.142857")
    assert "is 9.86; its target is 15" in one.text
    assert "−5.14" in one.text


def test_the_numbers_are_those_of_the_scorecard(small: Small) -> None:
    with organisation_scope(small.id, write=False):
        card = scorecard(organisation=small.organisation, now=NOW)
        subject = _subject(small)
        assert card is not None
        assert subject is not None
        assert subject.figures == card.total
        assert subject.run == card.run
        assert subject.compared == (card.compared, card.previous)


# ── cards ────────────────────────────────────────────────────────────────────────────────────────────────────


def _standings(small: Small, *, segment: str = "") -> dict[str, MeasureStanding]:
    with organisation_scope(small.id, write=False):
        subject = _subject(small, key=segment)
        return {measure.key: standing_of(key=measure.key, subject=subject) for measure in MEASURES}


def test_cards_carry_the_clients_own_figures(small: Small) -> None:
    found = _standings(small)
    exact = {key: one.exact for key, one in found.items() if one.exact is not None}
    assert exact == {
        "score": Decimal("9.857143"),
        "points-per-customer": Decimal("4.928571"),
        "actions-per-customer": Decimal("2.357143"),  # 33 ÷ 14
        "active-share": Decimal("0.428571"),
        "multi-channel-share": Decimal(0),
    }
    assert found["score"].value == "9.9"
    assert found["score"].band == "fewer than 30 customers"
    lines = {line.name: (line.value, line.base) for line in found["score"].lines}
    assert lines["Customers"] == ("14", "silent ones included")
    assert lines["Weight set"] == ("50", "")
    assert lines["Window"] == ("30 days to 28 February 2026", "")
    assert lines["Largest cause"] == ("Ageing −12.29", "")
    assert lines["Target"] == ("none is set", "")
    assert "Last change" in lines
    assert "95 % interval" in lines


def test_the_formula_is_written_out_with_weights_and_channels(small: Small) -> None:
    found = _standings(small)
    assert found["score"].formula[:2] == (
        "Points of a customer = 1 × Visit (Website) + 10 × Purchase (Purchase).",
        "Score of a customer = 100 × points ÷ 50, not below 0 and not above 100.",
    )
    assert "All scores together ÷ customers: 138.000000 ÷ 14 = 9.857143." in found["score"].formula
    assert found["points-per-customer"].formula[1:] == (
        "69 points ÷ 14 customers = 4.93",
        "By channel: Purchase 2.86 (58.0 %), Website 2.07 (42.0 %).",
    )
    assert found["actions-per-customer"].formula[0].startswith("33 actions ÷ 14 customers = 2.36")
    assert found["active-share"].formula[0] == "6 ÷ 14 customers = 42.86 %"


def test_a_companion_says_that_it_is_not_measured_and_how_to_begin(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _standings(small)
    for measure in MEASURES:
        if measure.is_companion:
            assert found[measure.key].reason == "Not measured here yet."
            assert found[measure.key].value == ""
            assert found[measure.key].begin
    told = MeasureStanding(key="nps", value="+30", exact=Decimal(30))
    monkeypatch.setitem(READERS, "nps", lambda _subject: told)
    assert _standings(small)["nps"] is told
    assert "NPS +30" in _told(small, "feedback")["feedback"].text


def test_before_the_first_scoring_cards_say_how_to_begin(world: World) -> None:
    bare = make_small(world.ours, weights={"visit": ("website", 1_000, None)})
    for one in _standings(bare).values():
        assert one.value == ""
        assert one.reason
        assert one.begin
        assert one.formula == ()


def test_shares_by_channel_say_nothing_where_a_weight_takes_points_away() -> None:
    class _Figures:
        def channels(self) -> dict[str, Fraction]:
            return {"purchase": Fraction(3), "support": Fraction(-1)}

    figures: Any = _Figures()
    assert channel_shares(figures) == {}


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────


def _to_gold(small: Small) -> Limit:
    return Limit(to=LimitedTo.SEGMENTS, segments=frozenset({small.segments["gold"].pk}))


def test_a_limited_reader_gets_their_first_own_segment_and_no_other(small: Small) -> None:
    with organisation_scope(small.id, write=False):
        subject = _subject(small, limit=_to_gold(small))
        assert subject is not None
        assert subject.key == "gold"
        for key in ("all", "rest", "no-such-thing"):
            with pytest.raises(NotFoundError):
                _subject(small, key=key, limit=_to_gold(small))


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_said_in_the_readers_language(small: Small, language: str) -> None:
    with translation.override(language):
        assert all(one.text for one in _told(small).values())
