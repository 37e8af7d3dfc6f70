"""What the samples' people entered, said and did: within the past, about what there is, always the same."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from engagement.demo.samples import FENNEL_GROCERS, SAMPLE_CLIENTS
from engagement.demo.samples.fennel_story import customer_ids
from engagement.demo.samples.types import SampleClient
from engagement.demo.told import STEPS
from engagement.feedback.formula.themes import Matcher
from engagement.feedback.formula.tone import judge

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


def test_each_step_is_told_by_a_name_of_its_own() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS) == 7
