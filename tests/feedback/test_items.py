"""Feedback comes in once each, is judged, counted, corrected, taken out, and vanishes with whoever is erased."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback import selectors, services
from engagement.feedback.formula.themes import Matcher
from engagement.feedback.models import FeedbackItem
from engagement.feedback.selectors.items import item, items_of, stream_items
from engagement.feedback.selectors.themes import current_matcher
from engagement.feedback.services import items
from engagement.feedback.services.erasing import erase_feedback
from engagement.feedback.types import Added, ItemFilter, Said, ToneCounts
from engagement.ingest.erasers import Person
from engagement.insights.selectors.customer_data import customer_document
from engagement.scoring.models import Segment
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.feedback.feedback_world import DAY, added, customers, kept, said

GOOD, BAD = "The book was good.", "Today SUX!"


def corrected(world: World, row: FeedbackItem, tone: str, **more: Any) -> None:
    with organisation_scope(world.ours.pk):
        services.correct_tone(
            **{"organisation": world.ours, "item_id": row.pk, "tone": tone, "user": world.admin, "now": NOW, **more}
        )


def test_what_is_said_is_kept_with_its_judgement_and_the_model(world: World) -> None:
    customers(world.ours, "c-7", first=7)
    found = added(world, said(f"  {BAD} ", customer="c-7", id="r-1", kind="review"))
    [row] = kept(world)
    assert (found.ids, found.duplicates, found.refused) == ((row.pk,), 0, ())
    assert (row.text, row.day, row.kind, row.customer_number, row.source, row.source_key, row.language) == (
        BAD, DAY, "review", 7, "Spring survey", "id:r-1", "en",
    )  # fmt: skip
    assert (row.tone, row.judged, row.compound, row.model, row.corrected) == (
        "negative", "negative", -5461, "vaderSentiment 3.3.2", "",
    )  # fmt: skip
    with organisation_scope(world.ours.pk, write=False):
        line = item(row.pk)
        assert (line.customer, line.source_id, line.compound) == ("c-7", "r-1", Decimal("-0.5461"))
        assert AuditEntry.objects.filter(act="feedback.added").count() == 1


def test_the_same_again_adds_nothing_and_the_same_words_of_two_do(world: World) -> None:
    twice = [said(GOOD), said(GOOD, repeat=1), said(GOOD, id="a"), said(GOOD, id="a"), said(GOOD, source="Other")]
    first, again = added(world, *twice), added(world, *twice)
    assert (len(first.ids), first.duplicates) == (4, 1)
    assert (len(again.ids), again.duplicates) == (0, 5)
    assert len(kept(world)) == 4
    for differs in ({"day": DAY - timedelta(days=1)}, {"kind": "post"}, {"text": BAD}):
        assert len(added(world, replace(said(GOOD), **differs)).ids) == 1
    assert added(world, said(GOOD.upper() + "  ")).duplicates == 1


def test_what_somebody_else_sent_a_moment_ago_is_theirs_and_counted_as_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for what is there and the insert another request stores one of the two."""
    matcher = current_matcher
    others: list[Added] = []

    def overtaken() -> Matcher:
        monkeypatch.setattr(items, "current_matcher", matcher)
        others.append(
            services.add_items(organisation=world.ours, said=[said(GOOD, id="r-1")], user=world.admin, now=NOW)
        )
        return matcher()

    monkeypatch.setattr(items, "current_matcher", overtaken)
    found = added(world, said(GOOD, id="r-1"), said(BAD, id="r-2"))
    [theirs, mine] = kept(world)
    assert ([one.ids for one in others], found.ids, found.duplicates) == ([(theirs.pk,)], (mine.pk,), 1)
    assert (theirs.source_key, theirs.entered_by_id, mine.source_key) == ("id:r-1", world.admin.pk, "id:r-2")
    monkeypatch.setattr(items, "current_matcher", overtaken)
    with organisation_scope(world.ours.pk):
        FeedbackItem.objects.all().delete()
        again = services.add_item(organisation=world.ours, said=said(GOOD, id="r-1"), user=world.consultant, now=NOW)
        assert again is None  # not the id of a row that is not there
        acts = AuditEntry.objects.filter(act="feedback.added").values_list("content", flat=True)
        assert [json.loads(content)["new"]["items"] for content in acts] == [1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"day": date(1999, 12, 31)}, "day"),
        ({"day": NOW.date() + timedelta(days=1)}, "day"),
        ({"kind": "rumour"}, "kind"),
        ({"language": "English!"}, "language"),
        ({"source": " "}, "source"),
        ({"source": "x" * 121}, "source"),
        ({"id": "x" * 151}, "id"),
        ({"customer": "nobody"}, "customer"),
        ({"customer": "no\0body"}, "customer"),
        ({"segment": "nowhere"}, "segment"),
    ],
)
def test_the_good_is_kept_and_the_bad_is_named(world: World, wrong: dict[str, Any], field: str) -> None:
    found = added(world, said("First"), said(**{"text": "Second", **wrong}), said("Third"))
    assert [(one.at, set(one.fields)) for one in found.refused] == [(1, {field})]
    assert [row.text for row in kept(world)] == ["First", "Third"]


def test_a_text_in_another_language_or_of_an_organisation_that_speaks_one_is_not_judged(world: World) -> None:
    added(world, said(GOOD, language="de"), said("Das Paket kam nie an"))
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(language="de")
        world.ours.refresh_from_db(fields=["language"])
    added(world, said(GOOD, id="1"), said(BAD, language="en_GB"))
    assert [(row.language, row.tone, row.unjudged_because, row.model) for row in kept(world)] == [
        ("de", "unjudged", "language", ""),
        ("en", "unjudged", "words", ""),
        ("", "unjudged", "language", ""),
        ("en-gb", "negative", "", "vaderSentiment 3.3.2"),
    ]


def test_a_person_corrects_and_the_word_lists_judgement_stays_beside_it(world: World) -> None:
    added(world, said("Slow support"))  # positive by the list, because of “support”
    [row] = kept(world)
    assert row.tone == "positive"
    corrected(world, row, "negative")
    [row] = kept(world)
    assert (row.tone, row.corrected, row.judged, row.compound, row.corrected_by_id) == (
        "negative", "negative", "positive", 4019, world.admin.pk,
    )  # fmt: skip
    corrected(world, row, "")
    [row] = kept(world)
    assert (row.tone, row.corrected, row.corrected_by_id, row.corrected_at) == ("positive", "", None, None)
    with organisation_scope(world.ours.pk, write=False):
        entries = [
            json.loads(one.content) for one in AuditEntry.objects.filter(act="feedback.corrected").order_by("number")
        ]
    assert [(one["old"]["tone"], one["new"]["tone"], one["new"]["by"]) for one in entries] == [
        ("positive", "negative", "person"), ("negative", "positive", "word list"),
    ]  # fmt: skip
    assert "Slow support" not in json.dumps(entries)
    for tone in ("unjudged", "furious"):
        with pytest.raises(InvalidInputError):
            corrected(world, row, tone)


def test_the_tone_that_counts_cannot_be_another_than_the_persons_or_the_lists(world: World) -> None:
    added(world, said(GOOD))
    with organisation_scope(world.ours.pk), pytest.raises(IntegrityError), transaction.atomic():
        FeedbackItem.objects.update(tone="negative")


def test_a_strangers_feedback_is_not_there(world: World) -> None:
    added(world, said(GOOD))
    [row] = kept(world)
    with organisation_scope(world.strange.pk):
        assert FeedbackItem.objects.count() == 0
        for act in (
            lambda: services.remove_item(organisation=world.strange, item_id=row.pk),
            lambda: item(row.pk),
            lambda: services.correct_tone(
                organisation=world.strange, item_id=row.pk, tone="negative", user=world.stranger, now=NOW
            ),
        ):
            with pytest.raises(NotFoundError):
                act()
    assert kept(world)[0].tone == "positive"


def test_removing_takes_it_out_for_good(world: World) -> None:
    added(world, said(GOOD), said(BAD))
    with organisation_scope(world.ours.pk):
        services.remove_item(organisation=world.ours, item_id=kept(world)[0].pk)
        with pytest.raises(NotFoundError):
            services.remove_item(organisation=world.ours, item_id=uuid4())
    assert [row.text for row in kept(world)] == [BAD]


# ── asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def test_filters_find_what_fits_every_part(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Segment.objects.create(organisation=world.ours, key="gold", name="Gold")
    january = DAY - timedelta(days=31)
    added(world, said(GOOD, kind="review"), said(BAD, segment="gold"), said("50% off_ SUX!", day=january))

    def found(**asked: Any) -> set[str]:
        with organisation_scope(world.ours.pk, write=False):
            return set(items_of(ItemFilter(**asked)).values_list("text", flat=True))

    assert found() == {GOOD, BAD, "50% off_ SUX!"}
    assert found(kind="review") == {GOOD}
    assert found(tone="negative") == {BAD, "50% off_ SUX!"}
    assert found(tone="negative", kind="review") == set()
    assert found(segment="gold") == {BAD}
    assert found(search="sux") == {BAD, "50% off_ SUX!"}
    assert found(search="0% off_") == {"50% off_ SUX!"}
    assert found(search="0_ off") == set()
    assert found(first_day=DAY) == {GOOD, BAD}
    assert found(last_day=january) == {"50% off_ SUX!"}
    with organisation_scope(world.ours.pk, write=False):
        assert [line.text for line in stream_items(ItemFilter())] == [row.text for row in items_of(ItemFilter())]
        with pytest.raises(NotFoundError):
            items_of(ItemFilter(segment="nowhere"))


def test_counts_by_tone_and_month_add_up(world: World) -> None:
    january = DAY - timedelta(days=31)
    added(
        world, said(GOOD), said(BAD), said("It is here", id="1"), said(BAD, day=january), said("Hallo", language="de")
    )
    with organisation_scope(world.ours.pk, write=False):
        assert selectors.has_feedback(organisation=world.ours)
        found = selectors.theme_counts(organisation=world.ours, first_day=january, last_day=DAY)
        part = selectors.theme_counts(organisation=world.ours, first_day=DAY, last_day=DAY)
    assert found.tones == ToneCounts(negative=2, neutral=1, positive=1, unjudged=1)
    assert (found.n, found.tones.judged, found.tones.negative_share) == (5, 4, Fraction(1, 2))
    assert [(one.month, one.tones.n) for one in found.months] == [(date(2026, 1, 1), 1), (date(2026, 2, 1), 4)]
    assert part.tones == ToneCounts(negative=1, neutral=1, positive=1, unjudged=1)
    assert ToneCounts(unjudged=3).negative_share is None
    with organisation_scope(world.strange.pk, write=False):
        assert not selectors.has_feedback(organisation=world.strange)
        assert selectors.theme_counts(organisation=world.strange, first_day=january, last_day=DAY).n == 0


# ── erased ───────────────────────────────────────────────────────────────────────────────────────────────────


def person(world: World, *numbers: int, ids: frozenset[str] = frozenset()) -> Person:
    return Person(world.ours.pk, numbers, frozenset((one, True) for one in ids), frozenset(), NOW)


def test_an_erased_customers_words_go_and_nobody_elses(world: World) -> None:
    customers(world.ours, "c-1", "c-2", "c-3")
    added(world, said("One", customer="c-1"), said("Two", customer="c-2"), said("Three", customer="c-3"), said("None"))
    counts = erase_feedback(person=person(world, 1, 3), now=NOW)
    assert counts["feedback"] == 2
    assert [row.text for row in kept(world)] == ["Two", "None"]


def test_a_customers_export_holds_what_they_said(world: World) -> None:
    customers(world.ours, "c-1", "c-2")
    added(world, said(BAD, customer="c-1", id="r-9"), said("Two", customer="c-2"))
    with organisation_scope(world.ours.pk, write=False):
        document = json.loads(b"".join(customer_document(organisation=world.ours, number=1, now=NOW)))
    [line] = document["feedback"]
    assert (line["text"], line["day"], line["source"], line["source_id"], line["sounds"], line["judged_by"]) == (
        BAD, "2026-02-20", "Spring survey", "r-9", "negative", "vaderSentiment 3.3.2",
    )  # fmt: skip


def test_said_has_what_it_needs() -> None:
    assert Said(text="a", day=DAY, kind="survey", source="b").repeat == 0
