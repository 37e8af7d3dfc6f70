"""Reviews and rounds of a sample, told through the services: once, on its own days, and nothing is mailed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core import mail

from engagement.demo.samples.story_types import (
    SampleDecision,
    SampleItemNote,
    SamplePlan,
    SamplePoint,
    SampleReview,
    SampleRhythm,
    SampleRounds,
    SampleStory,
)
from engagement.demo.told import reviews, rounds
from engagement.demo.told.teller import Teller
from engagement.errors import NotFoundError
from engagement.reviews.models import Decision, Minutes, Review, ReviewSetting
from engagement.rounds.models import Entry, Plan, Recipient, ReportMail
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.reviews.quarters import DECEMBER, SEPTEMBER, Quarters, make_quarters

OWN, CALL_BACK = "What Bronze says", "Call back within a day"
STORY = SampleStory(
    rhythm=SampleRhythm(every="quarter", working_days=10, chosen_on=date(2025, 9, 1)),
    reviews=(
        SampleReview(
            rhythm="quarter",
            last_day=SEPTEMBER,
            opened_on=date(2025, 10, 10),
            added=(OWN,),
            notes=(SampleItemNote(on=SamplePoint("own", OWN), text="Nobody has asked them yet."),),
            decisions=(
                SampleDecision(
                    on=SamplePoint("own", OWN), text=CALL_BACK, due_on=date(2025, 10, 31), measure="score",
                    segment="gold",
                ),
                SampleDecision(
                    on=SamplePoint("own", OWN), text="Ask ten of them", due_on=date(2025, 10, 31),
                    done_on=date(2025, 10, 30), done_because="Eleven were asked.",
                ),
            ),
            closed_on=date(2025, 10, 13),
            carried=("finding",),
            dropped_because="Nothing to decide on.",
        ),
        SampleReview(
            rhythm="quarter",
            last_day=DECEMBER,
            opened_on=date(2026, 1, 10),
            notes=(SampleItemNote(on=SamplePoint("decision", CALL_BACK), text="It fell all the same."),),
        ),
    ),
)  # fmt: skip


@pytest.fixture
def quarters(world: World) -> Quarters:
    return make_quarters(world)


def teller_of(quarters: Quarters, story: SampleStory = STORY) -> Teller:
    return Teller(quarters.organisation.pk, story, datetime(2026, 1, 10, 9, 30, tzinfo=UTC), quarters.user)


def test_the_open_review_begins_with_what_the_closed_one_decided(quarters: Quarters) -> None:
    teller = teller_of(quarters)

    assert reviews.begin(teller)
    assert reviews.tell(teller)

    with organisation_scope(quarters.organisation.pk, write=False):
        first, second = Review.objects.order_by("last_day")
        said = list(second.items.order_by("position")[:2])
        states = [[one.code for one in made.states.all()] for made in Decision.objects.order_by("number")]
        assert reviews.is_begun()
        assert reviews.is_told()
        assert (first.closed_at, Minutes.objects.count()) == (teller.at(date(2025, 10, 13)), 1)
        assert ReviewSetting.objects.get().since == date(2025, 9, 1)
    assert [one.facts["text"] for one in said] == [CALL_BACK, "Ask ten of them"]
    assert (said[0].facts["then"], said[0].facts["now"], said[0].note) == ("75", "60", "It fell all the same.")
    assert said[1].facts["state"]["code"] == "done"
    assert states == [[], ["done"]]


def test_a_load_that_goes_on_leaves_what_somebody_did_since(quarters: Quarters) -> None:
    teller = teller_of(quarters)
    reviews.begin(teller)
    reviews.tell(teller)
    with organisation_scope(quarters.organisation.pk, write=False):
        opened = Review.objects.get(last_day=DECEMBER)
    quarters.close(opened, now=teller.now)

    assert not reviews.tell(teller)
    with organisation_scope(quarters.organisation.pk, write=False):
        assert Review.objects.count() == 2


def test_a_story_that_the_figures_do_not_tell_is_refused_whole(quarters: Quarters) -> None:
    wrong = replace(STORY.reviews[0], notes=(SampleItemNote(on=SamplePoint("target", "nobody"), text="A note"),))

    with pytest.raises(NotFoundError):
        reviews.begin(teller_of(quarters, replace(STORY, reviews=(wrong,))))
    with organisation_scope(quarters.organisation.pk, write=False):
        assert not reviews.is_begun()


def test_a_sample_without_reviews_and_rounds_has_nothing_to_tell(world: World) -> None:
    teller = Teller(world.ours.id, SampleStory(), datetime(2026, 1, 10, 9, 30, tzinfo=UTC), world.consultant)

    assert not any(tell(teller) for tell in (reviews.begin, reviews.tell, rounds.tell))


def test_rounds_have_a_plan_and_recipients_and_nothing_goes_out(world: World) -> None:
    said = SampleRounds(
        recipients=(world.viewer.email, "board@example.com"),
        attaches_pdf=True,
        firm=SamplePlan(prepare_day=2, send_day=5, due_days=7),
    )
    teller = Teller(world.ours.id, SampleStory(rounds=said), datetime(2026, 1, 10, 9, 30, tzinfo=UTC), world.consultant)

    assert rounds.tell(teller)

    with organisation_scope(world.ours.id, write=False):
        assert rounds.is_told()
        listed = {one.email: one.member_id for one in Recipient.objects.all()}
        assert listed == {world.viewer.email: world.viewer.pk, "board@example.com": None}
        assert Plan.objects.get().attaches_pdf
        assert (Entry.objects.count(), ReportMail.objects.count()) == (0, 0)
    with organisation_scope(world.firm.id, write=False):
        plan = Plan.objects.get()
        assert (plan.prepare_day, plan.send_day, plan.due_days) == (2, 5, 7)
    assert not mail.outbox
