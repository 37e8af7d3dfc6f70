"""What the samples' people entered, said and did: within the past, about what there is, always the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest

from engagement.demo.load import days_to_score
from engagement.demo.samples import FENNEL_GROCERS, SAMPLE_CLIENTS, TESSEL_SOFTWARE
from engagement.demo.samples.fennel_story import customer_ids
from engagement.demo.samples.types import SampleClient
from engagement.demo.told import STEPS
from engagement.feedback.formula.themes import Matcher
from engagement.feedback.formula.tone import judge
from engagement.reviews.rhythms import Rhythm, is_finished
from tenants.selectors import DEMO_LOGINS

CLIENTS = pytest.mark.parametrize("client", SAMPLE_CLIENTS, ids=lambda client: client.slug)


@CLIENTS
def test_a_story_lies_in_the_samples_past_and_names_its_segments_and_actions(client: SampleClient) -> None:
    story = client.story
    segments: set[str | None] = {None} | {one.key for group in client.segment_sets for one in group.segments}
    named = [one.segment for one in story.findings] + [one.segment for one in story.steps]
    named += [one.segment for one in story.reports]
    said_on = [*(one.seen_on for one in story.findings), *(one.planned_on for one in story.steps)]
    said_on += [*(one.written_on for one in story.reports), *(one.day for one in story.remarks())]
    said_on += [*(one.day for one in story.answers()), *(one.month for one in story.costs)]

    assert {*named, *(key for one in story.steps for key in one.compared)} <= segments
    assert all(client.history_from <= day <= client.today for day in said_on)
    assert {key for one in story.steps for key in one.answers} <= {one.key for one in story.findings}
    assert story.outcome is not None
    assert set(story.outcome.actions) <= {action.key for action in client.actions}
    assert any(one.is_published for one in story.reports) or client.slug == "orrin-learning"


def test_answers_and_remarks_are_always_the_same_and_by_known_households() -> None:
    story, known = FENNEL_GROCERS.story, set(customer_ids())

    assert story.answers() == story.answers()
    assert story.remarks() == story.remarks()
    assert {one.customer for one in story.answers()} | {one.customer for one in story.remarks()} <= known
    assert Counter(one.kind for one in story.answers()) == {"nps": 2_160, "csat": 2_160}
    assert len(story.remarks()) == 156


def test_waiting_at_the_till_is_the_talk_of_the_autumn_and_sounds_negative() -> None:
    story = FENNEL_GROCERS.story
    matcher = Matcher.of({at: theme.phrases for at, theme in enumerate(story.themes)}, version=1)
    autumn = [one for one in story.remarks() if date(2017, 9, 1) <= one.day <= date(2017, 11, 30)]
    queues = [one for one in autumn if 0 in matcher.match(one.text)]
    negative = [one for one in queues if judge(one.text, language="en").tone == "negative"]

    assert story.themes[0].name == "Waiting at the till"
    assert Fraction(len(queues), len(autumn)) > Fraction(1, 2)
    assert Fraction(len(negative), len(queues)) > Fraction(1, 2)
    assert all(matcher.match(one.text) for one in story.remarks() if "till" in one.text)


@CLIENTS
def test_reviews_are_of_scored_periods_in_order_and_decide_within_the_samples_past(client: SampleClient) -> None:
    story = client.story
    segments = {one.key for group in client.segment_sets for one in group.segments}
    first = (client.whole_from or client.history_from) + timedelta(days=client.window_days - 1)
    scored = days_to_score(first=first, today=client.today)

    assert [one.last_day for one in story.reviews] == sorted({one.last_day for one in story.reviews})
    assert all(one.closed_on is not None for one in story.reviews[:-1])
    for one in story.reviews:
        assert story.rhythm is not None
        assert story.rhythm.every == one.rhythm
        assert story.rhythm.chosen_on <= one.opened_on <= (one.closed_on or client.today) <= client.today
        assert one.last_day in scored
        assert is_finished(one.last_day, today=one.opened_on, rhythm=Rhythm(one.rhythm))
        assert one.closed_on is None or (one.carried and one.dropped_because)
        for made in one.decisions:
            assert made.due_on >= one.opened_on
            assert bool(made.measure) == (made.segment in segments)
            assert made.done_on is None or (one.opened_on <= made.done_on <= client.today and made.done_because)


def test_tessels_second_quarter_begins_with_what_the_first_one_decided() -> None:
    first, second = TESSEL_SOFTWARE.story.reviews

    assert (first.last_day, second.last_day) == (date(2025, 3, 31), date(2025, 6, 30))
    assert [(one.measure, one.done_on is not None) for one in first.decisions] == [("score", False), ("", True)]
    assert {one.on.about for one in second.notes} <= {one.text for one in first.decisions}


@CLIENTS
def test_reports_go_to_people_of_the_client_alone(client: SampleClient) -> None:
    """Whoever signs in at a client is of that client; every other address is one that nobody has."""
    rounds = client.story.rounds
    people = {login.email: login.organisation for login in DEMO_LOGINS}
    typed = [] if rounds is None else [one for one in rounds.recipients if one not in people]

    assert rounds is None or len(set(rounds.recipients)) == 2
    assert rounds is None or {people[one] for one in rounds.recipients if one in people} <= {client.slug}
    assert all(one.endswith("@example.com") for one in typed)


def test_one_sample_says_when_the_firm_has_its_rounds() -> None:
    said = [one.story.rounds.firm for one in SAMPLE_CLIENTS if one.story.rounds and one.story.rounds.firm]

    assert len(said) == 1


def test_each_step_is_told_by_a_name_of_its_own() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS) == 15
