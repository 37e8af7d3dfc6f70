"""Pages of reviews as people use them: who may, what stands beside fields, and what two who write see."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from engagement.reviews.models import AgendaItem, Decision, Review, ReviewSetting
from engagement.reviews.types import Fate
from tenants.scope import organisation_scope
from tests.asking import statements_of
from tests.conftest import World
from tests.reports.reading import signed_in, text_of
from tests.reviews.quarters import DECEMBER, JANUARY_TENTH, OCTOBER_TENTH, SEPTEMBER, Quarters


def at(name: str, world: World, *args: Any) -> str:
    return reverse(name, args=[world.ours.slug, *args])


@pytest.fixture
def review(quarters: Quarters) -> Review:
    return quarters.open(SEPTEMBER, now=OCTOBER_TENTH)


def test_the_list_says_what_to_do_before_there_is_anything(quarters: Quarters, world: World) -> None:
    client = signed_in(world.consultant)
    page = text_of(client.get(at("reviews", world)))
    assert "No rhythm of reviews is set" in page
    assert "No period has been reviewed yet." in page
    assert ("Choose a rhythm" in page, "Change the rhythm" in page) == (True, False)
    refused = client.post(at("review-rhythm", world), {"every": "quarter", "leader": "", "working_days": "99"})
    assert refused.status_code == 200
    assert "less than or equal to 60" in text_of(refused)
    said = {"every": "quarter", "leader": str(world.consultant.pk), "working_days": "5"}
    assert client.post(at("review-rhythm", world), said).status_code == 302
    with organisation_scope(world.ours.pk, write=False):
        assert ReviewSetting.objects.get().leader_id == world.consultant.pk
    page = text_of(client.get(at("reviews", world)))
    assert "Change the rhythm" in page
    assert "has not been scored: score it first" in page  # the quarter before today
    assert "Every quarter, due 5 working days after the period's end" in page.replace("&#x27;", "'")


def test_from_opening_to_closing_and_the_next_review(quarters: Quarters, world: World) -> None:
    client = signed_in(world.consultant)
    opened = client.post(at("reviews", world), {"period": f"quarter:{SEPTEMBER}"})
    assert opened.status_code == 302
    first, shown = _review(world), client.get(opened["Location"])
    assert "Q3 2025: " in text_of(shown)
    assert at("run", world, first.gathered["basis"]["run"]) in shown.content.decode()
    assert client.post(opened["Location"], {"title": ""}).status_code == 200
    assert client.post(opened["Location"], {"title": "Support is slow"}).status_code == 302
    (own,) = quarters.items(first, "own")
    decide = at("review-decide", world, first.pk, own.pk)
    refused = client.post(decide, {"text": "", "owner": "", "due_on": "2001-01-01", "segment": "gold"})
    assert refused.status_code == 200
    words = {
        "text": "Call back within a day", "owner": str(world.consultant.pk), "due_on": "2027-01-31",
        "judged_by": "score", "segment": "gold", "makes": "step",
    }  # fmt: skip
    assert client.post(decide, words).status_code == 302
    assert "Judged by: Score of Gold, 75.00 in the run of this review." in text_of(client.get(opened["Location"]))
    closing = at("review-close", world, first.pk)
    form = client.get(closing).content.decode()
    left = re.findall(r'name="fate-([0-9a-f-]{36})"', form)
    assert "Nothing was saved" in text_of(client.post(closing, {}))
    body = {f"fate-{one}": "carried" for one in left} | {f"because-{one}": "" for one in left}
    assert client.post(closing, body).status_code == 302
    closed = text_of(client.get(at("review", world, first.pk)))
    assert "it stays as it was" in closed
    assert "Add to the agenda" not in closed
    opened = client.post(at("reviews", world), {"period": f"quarter:{DECEMBER}"})
    page = text_of(client.get(opened["Location"]))
    assert "Score of Gold: 75.00 → 60.00 (−15.00); more than chance would do (95 % interval ± 0.80)" in page
    assert "Step “Call back within a day”: not read out yet." in page


def _review(world: World) -> Review:
    with organisation_scope(world.ours.pk, write=False):
        return Review.objects.latest("number")


def test_what_has_become_of_a_decision_is_said_in_the_next_review(
    quarters: Quarters, review: Review, world: World
) -> None:
    made = quarters.decide(review, quarters.add(review, "Support is slow"))
    quarters.close(review)
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    client, settle = signed_in(world.consultant), at("review-settle", world, review.pk, made.pk)
    assert settle in client.get(at("review", world, second.pk)).content.decode()
    assert "Say why" in text_of(client.post(settle, {"state": "not_done", "because": ""}))
    done = client.post(settle, {"state": "not_done", "because": "Nobody had time"})
    assert done["Location"].startswith(at("review", world, second.pk))
    assert "State: Not done." in text_of(client.get(at("review", world, second.pk)))
    former = text_of(client.get(at("review", world, review.pk)))
    assert "Nobody had time" in former
    assert "Not done" in former


def test_whoever_writes_second_sees_both(quarters: Quarters, review: Review, world: World) -> None:
    own, client = quarters.add(review, "Support is slow"), signed_in(world.consultant)
    where = at("review-note", world, review.pk, own.pk)
    assert client.post(where, {"text": "First words", "version": 0}).status_code == 302
    refused = client.post(where, {"text": "Other words", "version": 0})
    assert refused.status_code == 409
    assert "First words" in text_of(refused)
    assert "Other words" in text_of(refused)
    assert client.post(where, {"text": "First words, other words", "version": 1}).status_code == 302
    assert "First words, other words" in text_of(client.get(where))
    made = quarters.decide(review, own)
    change = at("review-decision", world, review.pk, made.pk)
    words = {
        "text": "Hire two", "owner": str(world.consultant.pk), "due_on": "2027-01-31", "judged_by": "",
        "segment": "all", "version": "1",
    }  # fmt: skip
    assert client.post(change, words).status_code == 302
    refused = client.post(change, words | {"text": "Hire three"})
    assert refused.status_code == 409
    assert "Hire two" in text_of(refused)
    assert "Hire three" in text_of(refused)
    assert 'name="version" value="2"' in refused.content.decode()
    with organisation_scope(world.ours.pk, write=False):
        assert (Decision.objects.get().text, Decision.objects.get().measure) == ("Hire two", "")


def test_an_item_is_taken_off_with_the_reason_and_stands_below(
    quarters: Quarters, review: Review, world: World
) -> None:
    own, client = quarters.add(review, "Support is slow"), signed_in(world.consultant)
    off = at("review-item-off", world, review.pk, own.pk)
    assert client.post(off, {"because": ""}).status_code == 200
    assert client.post(off, {"because": "Not this time"}).status_code == 302
    page = text_of(client.get(at("review", world, review.pk)))
    assert page.index("Taken off the agenda") < page.index("Support is slow")
    assert "Not this time" in page
    assert client.post(at("review-refresh", world, review.pk)).status_code == 302
    with organisation_scope(world.ours.pk, write=False):
        assert AgendaItem.objects.get(pk=own.pk).removed_because == "Not this time"


def test_a_viewer_reads_and_writes_nothing_and_a_stranger_finds_nothing(
    quarters: Quarters, review: Review, world: World
) -> None:
    own, viewer = quarters.add(review, "Support is slow"), signed_in(world.viewer)
    page = viewer.get(at("review", world, review.pk))
    assert "Support is slow" in text_of(page)
    assert "Decide …" not in text_of(page)
    for name, args in (
        ("reviews", ()), ("review", (review.pk,)), ("review-refresh", (review.pk,)),
        ("review-note", (review.pk, own.pk)), ("review-decide", (review.pk, own.pk)),
        ("review-item-off", (review.pk, own.pk)), ("review-close", (review.pk,)), ("review-rhythm", ()),
    ):  # fmt: skip
        assert viewer.post(at(name, world, *args), {}).status_code == 403, name
    stranger = signed_in(world.stranger)
    assert stranger.get(at("reviews", world)).status_code == 404
    assert stranger.get(at("review", world, review.pk)).status_code == 404


def test_a_carried_item_says_where_it_comes_from(quarters: Quarters, review: Review, world: World) -> None:
    quarters.add(review, "Support is slow")
    quarters.close(review, fate=Fate("carried"))
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    page = text_of(signed_in(world.viewer).get(at("review", world, second.pk)))
    assert "carried over from the review to 30 September 2025" in page


def test_closing_twice_says_so(quarters: Quarters, review: Review, world: World) -> None:
    quarters.close(review)
    client = signed_in(world.consultant)
    again = client.get(at("review-close", world, review.pk), follow=True)
    assert "This review is closed" in text_of(again)
    assert client.post(at("review-refresh", world, review.pk), follow=True).status_code == 200


def test_a_long_review_takes_as_few_statements_as_a_short_one(quarters: Quarters, review: Review, world: World) -> None:
    client, where = signed_in(world.consultant), at("review", world, review.pk)
    quarters.decide(review, quarters.add(review, "The first"), makes="finding")
    client.get(where)
    short = statements_of(lambda: client.get(where))
    for at_number in range(5):
        own = quarters.add(review, f"Point {at_number}")
        quarters.decide(review, own, makes="finding", text=f"Do {at_number}")
    assert "Do 4" in text_of(client.get(where))
    long = statements_of(lambda: client.get(where))
    assert len(long) == len(short) <= 20
    quarters.close(review)
    assert len(statements_of(lambda: client.get(where))) <= 20
