"""Two quarters worked by hand: what was decided in the first stands first in the second, with whether it worked."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from statistics import stdev
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from engagement.cases.models import Finding, Initiative
from engagement.errors import ConflictError, InvalidInputError
from engagement.insights.services import score
from engagement.insights.terms import terms_of
from engagement.reviews import selectors, services
from engagement.reviews.models import DecisionState, ItemNote, Review
from engagement.reviews.present.agenda import item_words
from engagement.reviews.present.period import data_facts, period_parts
from engagement.reviews.rhythms import Rhythm
from engagement.reviews.services import OutdatedNoteError
from engagement.reviews.types import Fate
from engagement.scoring.models import ScoreRun
from tenants.scope import organisation_scope
from tests.cases.story_world import SIZE, treated_scores
from tests.insights.scoring_world import add_activity
from tests.reviews.quarters import DECEMBER, JANUARY_TENTH, OCTOBER_TENTH, SEPTEMBER, THEN, Quarters, decision

WORKED = "Score of Gold: 75.00 → 60.00 (−15.00); more than chance would do (95 % interval ± 0.80)"


def said_of(quarters: Quarters, review: Review, item_id: object) -> tuple[str, tuple[str, ...]]:
    document = quarters.document(review)
    found = next(one for one in document["items"] if one["id"] == str(item_id))
    return item_words(found, terms=terms_of(organisation=quarters.organisation, run=None))


def test_the_next_review_begins_with_what_was_decided_and_whether_it_worked(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    own = quarters.add(first, "Support is slow")
    made = quarters.decide(first, own)
    steady = quarters.decide(first, own, text="Leave Bronze alone", segment_key="bronze")
    plain = quarters.decide(first, own, text="Tell the board", measure="")
    assert (made.value_then, steady.value_then, plain.value_then) == ("75", "20", "")
    quarters.close(first)
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    items = quarters.items(second)
    assert [one.kind for one in items[:3]] == ["decision"] * 3
    changes = [treated_scores(k)[3] - treated_scores(k)[0] for k in range(SIZE)]
    half = Fraction(items[0].facts["half_width_95"])
    assert sum(changes) / SIZE == -15
    assert float(half) == pytest.approx(1.984 * stdev(changes) / sqrt(SIZE), rel=0.02)  # Student's 97.5 % of 99
    title, said = said_of(quarters, second, items[0].pk)
    assert title == "Call back within a day"
    assert said[0] == f"Decided in the review of Q3 2025: {quarters.user.name}, by 31 January 2026. State: Open."
    assert said[1:] == (f"{WORKED}, which is no proof of what it came from.",)
    _title, said = said_of(quarters, second, items[1].pk)
    assert said[1] == "Score of Bronze: 20.00 → 20.00 (0.00); consistent with chance (95 % interval ± 0.00)."
    _title, said = said_of(quarters, second, items[2].pk)
    assert said[1] == "No number was named to judge it by, so none can say whether it worked."


def test_the_ledger_and_the_goals_of_the_second_quarter_are_those_of_the_two_bound_runs(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    assert first.gathered["basis"]["before_run"] is None
    assert first.gathered["analysis"]["reason"] is not None
    quarters.close(first)
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    basis, analysis = second.gathered["basis"], second.gathered["analysis"]
    assert (basis["before_run"], basis["before_as_of"]) == (first.run.number, "2025-09-30")
    assert (Fraction(analysis["before"]), Fraction(analysis["after"])) == (THEN, Fraction(55))
    assert sum(Fraction(one["value"]) for one in analysis["causes"]) == 55 - THEN
    (partition,) = analysis["partitions"]
    assert (Fraction(partition["mix"]), Fraction(partition["rate"])) == (0, 55 - THEN)
    moved = {one["key"]: (one["before"], one["after"], one["moved"]) for one in analysis["segments"]}
    assert moved == {"gold": ("75", "60", True), "silver": ("73", "57", True), "bronze": ("20", "20", False)}
    (goal,) = second.gathered["goals"]
    assert (goal["current"], goal["gap"], goal["state"]) == ("60", "-15", "missed")
    (item,) = quarters.items(second, "target")
    assert said_of(quarters, second, item.pk) == (
        "Gold: target of 75 by 31 December 2025 missed",
        ("Score at the end of the period: 60.0, −15.00 to the target.", f"Owner: {quarters.user.name}"),
    )
    data = second.gathered["data"]
    assert (data["days"], data["days_with_data"]) == (92, 3)


def test_the_printed_parts_of_the_change_add_up(quarters: Quarters) -> None:
    quarters.close(quarters.open(SEPTEMBER, now=OCTOBER_TENTH))
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    parts = period_parts(
        second.gathered, currency="EUR", slug="ours", terms=terms_of(organisation=quarters.organisation, run=None)
    )
    values = [Fraction(row.value.replace("−", "-")) for row in parts.ledger.rows if not row.is_part]
    assert (parts.ledger.before, parts.ledger.after) == ("69.09", "55.00")
    assert Fraction(parts.ledger.before) + sum(values) == Fraction(parts.ledger.after)
    assert parts.mixes == ("By Plan: −14.09 from other scores within the segments, 0.00 from other shares of them.",)


def test_a_target_is_a_measure_and_a_finding_or_a_step_is_one_click(quarters: Quarters) -> None:
    quarters.close(quarters.open(SEPTEMBER, now=OCTOBER_TENTH))
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    (item,) = quarters.items(second, "target")

    found = quarters.decide(
        second, item, now=JANUARY_TENTH, measure="", target_id=UUID(item.reference), makes="finding"
    )
    step = quarters.decide(second, item, now=JANUARY_TENTH, makes="step")
    assert (found.measure, found.value_then) == ("score", "60")
    with organisation_scope(quarters.small.id, write=False):
        kept, planned = Finding.objects.get(pk=str(found.finding_id)), Initiative.objects.get(pk=str(step.step_id))
    assert (kept.title, kept.run_id, kept.n) == ("Call back within a day", second.run_id, 100)
    assert (planned.title, planned.owner_id, planned.state) == ("Call back within a day", quarters.user.pk, "planned")


def test_what_is_left_is_carried_over_or_dropped_with_a_word(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    own, other = quarters.add(first, "Later"), quarters.add(first, "Never")
    with organisation_scope(quarters.small.id):
        left = [one.pk for one in selectors.undecided(review=first)]
        said = quarters.said(OCTOBER_TENTH) | {"review_id": first.pk}
        fates = {key: Fate("carried") for key in left} | {other.pk: Fate("dropped", " ")}
        with pytest.raises(InvalidInputError) as refused:
            services.close_review(**said, fates={key: fate for key, fate in fates.items() if key != own.pk})
        assert set(refused.value.fields) == {f"fate-{own.pk}", f"because-{other.pk}"}
        services.close_review(**said, fates=fates | {other.pk: Fate("dropped", "It is over")})
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    titles = {one.title: one.facts.get("carried_from") for one in quarters.items(second, "own")}
    assert titles == {"Later": "2025-09-30"}


def test_a_former_decision_stays_until_somebody_says_what_became_of_it(quarters: Quarters) -> None:
    september = quarters.open(SEPTEMBER, now=OCTOBER_TENTH, rhythm=Rhythm.MONTH)
    own = quarters.add(september, "Support is slow")
    made, dropped = quarters.decide(september, own), quarters.decide(september, own, text="Hire")
    quarters.close(september)
    october = quarters.open(date(2025, 10, 31), now=JANUARY_TENTH, rhythm=Rhythm.MONTH)
    with organisation_scope(quarters.small.id):
        services.settle_decision(
            **quarters.said(JANUARY_TENTH), decision_id=dropped.pk, code="dropped", because="No money"
        )
    quarters.close(october, now=JANUARY_TENTH, fate=Fate("carried"))
    november = quarters.open(date(2025, 11, 30), now=JANUARY_TENTH, rhythm=Rhythm.MONTH)
    assert [one.reference for one in quarters.items(november, "decision")] == [str(made.pk)]
    quarters.close(november, now=JANUARY_TENTH)  # dropped: with it the decision is
    with organisation_scope(quarters.small.id, write=False):
        assert DecisionState.objects.get(decision=made).code == "dropped"
    december = quarters.open(DECEMBER, now=JANUARY_TENTH, rhythm=Rhythm.MONTH)
    assert quarters.items(december, "decision") == []


def test_closing_freezes_what_it_came_to_and_only_appends_follow(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    own = quarters.add(first, "Support is slow")
    made = quarters.decide(first, own)
    minutes = quarters.close(first)
    document = json.loads(minutes.document)
    assert minutes.sha256 == hashlib.sha256(minutes.document.encode()).hexdigest()
    assert document["run"] == {
        "number": first.run.number, "as_of": "2025-09-30", "digest": first.run.digest,
    }  # fmt: skip
    assert document["decisions"][0]["value_then"] == "75"
    ids: dict[str, Any] = {"review_id": first.pk, "user": quarters.user, "now": JANUARY_TENTH}
    with organisation_scope(quarters.small.id):
        for act in (
            lambda: services.put_on_agenda(**ids, title="More"),
            lambda: services.save_note(**ids, item_id=own.pk, text="More", version=0),
            lambda: services.take_off_agenda(**ids, item_id=own.pk, because="No"),
            lambda: services.refresh_review(organisation=quarters.organisation, review_id=first.pk, now=JANUARY_TENTH),
            lambda: services.decide(
                **ids, organisation=quarters.organisation, item_id=own.pk, words=decision(quarters.user)
            ),
            lambda: services.change_decision(
                **ids, organisation=quarters.organisation, decision_id=made.pk, words=decision(quarters.user), version=1
            ),
            lambda: services.close_review(**ids, organisation=quarters.organisation, fates={}),
        ):
            with pytest.raises(ConflictError):
                act()
        said = quarters.said(JANUARY_TENTH)
        services.settle_decision(**said, decision_id=made.pk, code="done", because="")
        since = selectors.states_since(review=first, decisions=document["decisions"])
    assert since[str(made.pk)]["code"] == "done"
    for change in (minutes.save, minutes.delete):
        with organisation_scope(quarters.small.id), pytest.raises(DatabaseError), transaction.atomic():
            change()
    with organisation_scope(quarters.small.id, write=False):
        assert selectors.minutes_of(review=first).document == minutes.document  # type: ignore[union-attr]


def test_events_after_the_period_are_no_matter_of_its_review(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    terms = terms_of(organisation=quarters.organisation, run=None)
    data = first.gathered["data"]

    def last_event(day: str | None) -> str:
        facts = data_facts(data | {"last_event_on": day}, last_day=SEPTEMBER, terms=terms)
        return next(one.value for one in facts if one.name == "Last event that counted")

    said = [last_event(day) for day in (None, "2025-09-28", "2025-09-30", "2025-10-01")]
    assert said == ["none yet", "28 September 2025", "30 September 2025", "after the period"]


def test_a_later_scoring_that_comes_to_the_same_scores_is_nothing_to_speak_of(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    again = score(organisation_id=quarters.small.id, as_of=SEPTEMBER, cause="request", now=JANUARY_TENTH)

    with organisation_scope(quarters.small.id, write=False):
        found = selectors.review(review_id=first.pk)
        assert ScoreRun.objects.order_by("-number")[0].pk != found.run_id, again
        assert selectors.since_then(organisation=quarters.organisation, review=found).run_number is None


def test_what_came_of_a_decision_that_is_done_is_no_reason(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    made = [quarters.decide(first, quarters.add(first, "Support is slow"), text=text) for text in ("Ask", "Call")]
    with organisation_scope(quarters.small.id):
        for one, code in zip(made, ("done", "dropped"), strict=True):
            said = quarters.said(OCTOBER_TENTH)
            services.settle_decision(**said, decision_id=one.pk, code=code, because="Eleven answered.")
    quarters.close(first)
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    asked, called = (said_of(quarters, second, item.pk)[1][1] for item in quarters.items(second)[:2])
    assert (asked, called) == ("What came of it: Eleven answered.", "Reason: Eleven answered.")


def test_a_later_scoring_is_noted_and_changes_no_figure(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    with organisation_scope(quarters.small.id, write=False):
        assert selectors.since_then(organisation=quarters.organisation, review=first).run_number is None

    add_activity(quarters.small, [(number, "visit", SEPTEMBER, 10) for number in range(1, 11)])
    score(organisation_id=quarters.small.id, as_of=SEPTEMBER, cause="request", now=JANUARY_TENTH)
    with organisation_scope(quarters.small.id, write=False):
        found = selectors.review(review_id=first.pk)
        since = selectors.since_then(organisation=quarters.organisation, review=found)
        latest = ScoreRun.objects.order_by("-number").values_list("number", flat=True)[0]
    assert (since.run_number, since.is_erased) == (latest, False)
    assert since.score is not None
    assert since.score > THEN
    assert found.gathered["basis"]["score"] == str(THEN)
    own = quarters.add(first, "Support is slow")
    assert quarters.decide(first, own).value_then == "75"  # of the bound run, not of the one that counts now


def test_two_who_write_lose_nothing(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    own = quarters.add(first, "Support is slow")
    ids: dict[str, Any] = {"review_id": first.pk, "item_id": own.pk, "user": quarters.user, "now": OCTOBER_TENTH}
    with organisation_scope(quarters.small.id):
        assert services.save_note(**ids, text="One", version=0).version == 1
        with pytest.raises(OutdatedNoteError) as refused:
            services.save_note(**ids, text="Two", version=0)
        assert (refused.value.current, refused.value.version) == ("One", 1)
        services.save_note(**ids, text="One, two", version=1)
        kept = list(ItemNote.objects.filter(item=own).order_by("version").values_list("version", "text"))
        assert kept == [(1, "One"), (2, "One, two")]
        made = services.decide(
            **quarters.said(OCTOBER_TENTH), review_id=first.pk, item_id=own.pk, words=decision(quarters.user)
        )
        said = quarters.said(OCTOBER_TENTH) | {"review_id": first.pk, "decision_id": made.pk}
        assert services.change_decision(**said, words=decision(quarters.user, text="Other"), version=1).version == 2
        with pytest.raises(ConflictError):
            services.change_decision(**said, words=decision(quarters.user, text="Lost"), version=1)
        made.refresh_from_db()
    assert made.text == "Other"


def test_looking_again_adds_what_is_new_and_touches_nothing(quarters: Quarters) -> None:
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    before = quarters.items(first)
    with organisation_scope(quarters.small.id):
        ids: dict[str, Any] = {"review_id": first.pk, "user": quarters.user, "now": OCTOBER_TENTH}
        services.save_note(**ids, item_id=before[0].pk, text="Kept", version=0)
        services.take_off_agenda(**ids, item_id=before[-1].pk, because="Not now")
        from engagement.cases.services import record_finding
        from engagement.cases.types import FindingWords

        words = FindingWords(title="Gold is quiet", first_day=SEPTEMBER)
        record_finding(**quarters.said(OCTOBER_TENTH), words=words)
        later = OCTOBER_TENTH + timedelta(days=1)
        again: dict[str, Any] = {"organisation": quarters.organisation, "review_id": first.pk, "now": later}
        assert services.refresh_review(**again) == 1
        assert services.refresh_review(**again) == 0
    after = quarters.items(first)
    assert [one.kind for one in after] == [*(one.kind for one in before), "finding"]
    assert (after[0].note, after[len(before) - 1].removed_because) == ("Kept", "Not now")


@pytest.mark.parametrize(
    ("last_day", "rhythm", "words"),
    [
        (date(2025, 12, 30), Rhythm.QUARTER, "over"),
        (date(2026, 3, 31), Rhythm.QUARTER, "over"),
        (date(2025, 6, 30), Rhythm.QUARTER, "not been scored"),
    ],
)
def test_only_a_finished_scored_period_is_reviewed(
    quarters: Quarters, last_day: date, rhythm: Rhythm, words: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        quarters.open(last_day, now=JANUARY_TENTH, rhythm=rhythm)
    assert words in refused.value.fields["period"][0]


def test_one_review_at_a_time_and_forwards(quarters: Quarters) -> None:
    first = quarters.open(DECEMBER, now=JANUARY_TENTH)
    with pytest.raises(ConflictError):
        quarters.open(date(2026, 1, 31), now=JANUARY_TENTH + timedelta(days=60), rhythm=Rhythm.MONTH)
    quarters.close(first, now=JANUARY_TENTH)
    with pytest.raises(InvalidInputError):
        quarters.open(SEPTEMBER, now=JANUARY_TENTH)
    with pytest.raises(InvalidInputError):
        quarters.open(DECEMBER, now=JANUARY_TENTH, rhythm=Rhythm.HALF_YEAR)


def test_what_is_due_follows_from_the_calendar(quarters: Quarters) -> None:
    said: dict[str, Any] = {"organisation": quarters.organisation, "leader": quarters.user, "working_days": 5}
    with organisation_scope(quarters.small.id):
        assert selectors.due_review(organisation=quarters.organisation, now=JANUARY_TENTH) is None
        services.set_rhythm(**said, every="quarter", now=OCTOBER_TENTH)
        due = selectors.due_review(organisation=quarters.organisation, now=OCTOBER_TENTH)
        assert due is not None
        # Chosen on Friday 10 October, after the quarter: its five days begin then.
        assert (due.last_day, due.due_on, due.is_overdue, due.is_scored) == (SEPTEMBER, date(2025, 10, 17), False, True)
        due = selectors.due_review(organisation=quarters.organisation, now=JANUARY_TENTH)
        assert due is not None
        # Thursday 1, Friday 2, Monday 5, Tuesday 6, Wednesday 7 January.
        assert (due.last_day, due.due_on, due.is_overdue) == (DECEMBER, date(2026, 1, 7), True)
        services.set_rhythm(**said, every="none", now=JANUARY_TENTH)
        assert selectors.due_review(organisation=quarters.organisation, now=JANUARY_TENTH) is None
        with pytest.raises(InvalidInputError):
            services.set_rhythm(**said | {"working_days": 61}, every="daily", now=JANUARY_TENTH)
        services.set_rhythm(**said, every="quarter", now=OCTOBER_TENTH)
    quarters.open(DECEMBER, now=JANUARY_TENTH)
    with organisation_scope(quarters.small.id, write=False):
        assert selectors.due_review(organisation=quarters.organisation, now=JANUARY_TENTH) is None
