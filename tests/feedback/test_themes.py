"""Themes: versions, looking all feedback through, what is offered, what became of them, and what was left lying."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback import selectors, services
from engagement.feedback.formula.themes import frequent_phrases
from engagement.feedback.models import FeedbackItem, Theme
from engagement.feedback.selectors.themes import offered_phrases, theme, themes, versions_of, waiting_items
from engagement.feedback.services import matching
from engagement.feedback.services.matching import match_themes
from engagement.feedback.types import ToneCounts
from engagement.insights.services import request_run, run_request
from engagement.scoring.models import ScoreRun, Segment
from tenants.jobs import Work
from tenants.models import AuditEntry, Job
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.feedback.feedback_world import DAY, a_theme, added, kept, said, worked_off
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, add_segments, make_small


def matched(world: World) -> bool:
    return worked_off(world.ours, "feedback.match", match_themes)


def numbers(world: World) -> list[list[int]]:
    return [row.theme_numbers for row in kept(world)]


def stated(world: World, number: int, state: str, note: str = "", *, now: Any = NOW) -> Theme:
    with organisation_scope(world.ours.pk):
        return services.set_state(
            organisation=world.ours, number=number, state=state, note=note, user=world.admin, now=now
        )


def test_a_theme_finds_what_is_there_already_and_what_comes_later(world: World) -> None:
    added(world, said("The support is slow"), said("Late again"))
    slow, late = a_theme(world, "Slow support", "slow"), a_theme(world, "Delivery", "late", "Late", " LATE  ")
    assert numbers(world) == [[], []]
    with organisation_scope(world.ours.pk, write=False):
        assert waiting_items() == 2
        assert [(one.number, one.version, one.phrases) for one in themes()] == [(1, 1, ("slow",)), (2, 2, ("LATE",))]
    assert matched(world)
    assert numbers(world) == [[slow], [late]]
    added(world, said("Slow, and late"))
    assert numbers(world)[2] == [slow, late]
    with organisation_scope(world.ours.pk, write=False):
        assert waiting_items() == 0


def test_other_phrases_are_a_new_version_and_the_former_one_is_kept(world: World) -> None:
    number = a_theme(world, "Slow support", "slow")
    added(world, said("The support is slow"), said("I waited for days"))
    with organisation_scope(world.ours.pk):
        change: dict[str, Any] = {"organisation": world.ours, "number": number, "user": world.admin, "now": NOW}
        assert services.change_theme(**change, name="Slow support", phrases=["slow"]) is None
        made = services.change_theme(**change, name="Waiting", phrases=["waited"])
        assert made is not None
        assert [(one.number, one.name, one.phrases) for one in versions_of(number)] == [
            (2, "Waiting", ("waited",)), (1, "Slow support", ("slow",)),
        ]  # fmt: skip
        [entry] = AuditEntry.objects.filter(act="theme.changed")
        assert "Waiting" not in entry.content
        assert "waited" not in entry.content
    assert numbers(world) == [[number], []]
    assert matched(world)
    assert numbers(world) == [[], [number]]


def test_matching_goes_on_where_it_broke_off_and_takes_changes_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "AT_ONCE", 2)
    added(world, *(said("Late", repeat=at) for at in range(5)))
    number = a_theme(world, "Delivery", "late")
    seen: list[int] = []

    def dies(work: Work, *, done: int) -> int:
        if seen:
            raise RuntimeError
        seen.append(done)
        return matching_some(work, done=done)

    matching_some = matching._match_some
    monkeypatch.setattr(matching, "_match_some", dies)
    with pytest.raises(RuntimeError):
        matched(world)
    monkeypatch.setattr(matching, "_match_some", matching_some)
    assert sorted(numbers(world)) == [[], [], [], [number], [number]]
    assert worked_off(world.ours, "feedback.match", match_themes, now=NOW + timedelta(days=1))
    assert numbers(world) == [[number]] * 5
    with organisation_scope(world.ours.pk, write=False):
        job = Job.objects.get(kind="feedback.match")
        assert (job.state, job.steps_done) == ("done", job.steps)


@pytest.mark.parametrize(
    ("name", "phrases", "field"),
    [
        (" ", ["late"], "name"), ("x" * 81, ["late"], "name"), ("delivery", ["late"], "name"),
        ("Else", [], "phrases"), ("Else", ["…"], "phrases"), ("Else", ["x" * 81], "phrases"),
        ("Else", [str(at) for at in range(51)], "phrases"),
    ],
)  # fmt: skip
def test_what_is_no_theme_says_why(world: World, name: str, phrases: list[str], field: str) -> None:
    a_theme(world, "Delivery", "late")
    with pytest.raises(InvalidInputError) as refused:
        a_theme(world, name, *phrases)
    assert set(refused.value.fields) == {field}


def test_frequent_phrases_are_offered_until_a_theme_takes_them(world: World) -> None:
    added(world, *(said("Slow support", repeat=at) for at in range(3)), said("Late parcel"))
    with organisation_scope(world.ours.pk):
        services.ask_for_matching(organisation=world.ours, user=None, now=NOW)
    assert matched(world)
    with organisation_scope(world.ours.pk, write=False):
        assert [(one.phrase, one.n) for one in offered_phrases()] == [("slow support", 3)]
    a_theme(world, "Support", "Slow Support")
    with organisation_scope(world.ours.pk, write=False):
        assert offered_phrases() == ()
    assert matched(world)
    with organisation_scope(world.ours.pk, write=False):
        assert offered_phrases() == ()


@pytest.mark.django_db(transaction=True)
def test_two_lookings_through_that_end_together_offer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a sample's loader asks again while a worker is at it."""
    world = build_world()
    added(world, *(said("Slow support", repeat=at) for at in range(3)))
    together, broken = threading.Barrier(2), []

    def looked(texts: list[str]) -> Any:
        together.wait(timeout=10)
        return frequent_phrases(texts)

    def ends() -> None:
        work: Any = SimpleNamespace(organisation_id=world.ours.pk, done=lambda _: time.sleep(0.2))
        try:
            matching._offer_phrases(work, steps=2)
        except Exception as error:  # noqa: BLE001  whatever it is: a thread's exception is heard by nobody
            broken.append(error)
        connection.close()

    monkeypatch.setattr(matching, "frequent_phrases", looked)
    threads = [threading.Thread(target=ends) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert broken == []
    with organisation_scope(world.ours.pk, write=False):
        assert [(one.phrase, one.n) for one in offered_phrases()] == [("slow support", 3)]


# ── counted ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_themes_overlap_and_each_counts_its_own(world: World) -> None:
    support, late, gone = (a_theme(world, name, name) for name in ("support", "late", "gone"))
    january = DAY - timedelta(days=31)
    added(
        world, said("Bad support, late"), said("Good support"), said("Late, sadly", day=january), said("Nothing"),
        said("It is gone"),
    )  # fmt: skip
    with organisation_scope(world.ours.pk):
        services.archive_theme(organisation=world.ours, number=gone, now=NOW)
        found = selectors.theme_counts(organisation=world.ours, first_day=january, last_day=DAY)
        with pytest.raises(NotFoundError):
            theme(gone)
    counts = {one.number: one for one in found.themes}
    assert set(counts) == {support, late}
    assert (counts[support].tones.n, counts[support].share) == (2, Fraction(2, 5))
    assert (counts[late].tones.n, [(one.month.month, one.tones.n) for one in counts[late].months]) == (
        2,
        [(1, 1), (2, 1)],
    )
    assert (found.n, found.without_theme) == (5, 2)  # of the theme that is gone, too
    assert found.tones == ToneCounts(*(sum(getattr(one.tones, name) for one in found.months) for name in
                                       ("negative", "neutral", "positive", "unjudged")))  # fmt: skip


def test_a_segment_is_its_members_of_the_latest_scoring_and_what_a_group_said(world: World) -> None:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)})
    add_customers(small, [(1, {"plan": "gold"}), (2, {"plan": "basic"})])
    add_customers(small, [(3, {})], merged_into=1)
    add_activity(small, [(1, "visit", AS_OF, 1)])
    rule = {"all": [{"trait": "plan", "op": "is", "value": "gold"}]}
    add_segments(small, "plan", {"gold": rule}, partition=False)
    number = a_theme(world, "Delivery", "late")
    words = [("c1", ""), ("c2", ""), ("c3", ""), ("", "gold"), ("", "")]
    added(world, *(said(f"Late {at}", customer=who, segment=key) for at, (who, key) in enumerate(words)))
    with organisation_scope(world.ours.pk, write=False):
        before = selectors.theme_counts(organisation=world.ours, first_day=DAY, last_day=DAY, segment="gold")
        assert before.n == 1  # nothing is scored: only what was said about the group
    with organisation_scope(world.ours.pk):
        request = request_run(organisation=world.ours, as_of=AS_OF, user=None, cause=ScoreRun.Cause.REQUEST, now=NOW)
    run_request(organisation_id=world.ours.pk, request_id=request.pk, now=NOW)
    with organisation_scope(world.ours.pk, write=False):
        found = selectors.theme_counts(organisation=world.ours, first_day=DAY, last_day=DAY, segment="gold")
        assert (found.n, found.themes[0].number, found.themes[0].tones.n) == (3, number, 3)
        assert selectors.theme_counts(organisation=world.ours, first_day=DAY, last_day=DAY, segment="all").n == 5
        with pytest.raises(NotFoundError):
            selectors.theme_counts(organisation=world.ours, first_day=DAY, last_day=DAY, segment="nowhere")
        assert Segment.objects.filter(key="gold").exists()


# ── what became of them ──────────────────────────────────────────────────────────────────────────────────────


def test_a_state_is_kept_with_who_said_so_and_an_answer_says_what_was_done(world: World) -> None:
    number = a_theme(world, "Delivery", "late", now=NOW - timedelta(days=90))
    with pytest.raises(InvalidInputError) as refused:
        stated(world, number, "answered", " ")
    assert set(refused.value.fields) == {"note"}
    with pytest.raises(InvalidInputError):
        stated(world, number, "forgotten")
    stated(world, number, "answered", "A second carrier")
    with organisation_scope(world.ours.pk, write=False):
        line = theme(number)
        assert (line.state, line.state_note, line.state_on, line.state_by, line.open_since) == (
            "answered", "A second carrier", NOW.date(), world.admin.name, date(2025, 12, 2),
        )  # fmt: skip
    stated(world, number, "open")
    with organisation_scope(world.ours.pk, write=False):
        assert theme(number).open_since == NOW.date()
        entries = list(AuditEntry.objects.filter(act="theme.state_changed"))
        assert len(entries) == 2
        assert "carrier" not in "".join(one.content for one in entries)


LEFT = {"negative": 5, "other": 5, "days": 61}


@pytest.mark.parametrize(
    ("differs", "is_left"),
    [({}, True), ({"negative": 4}, False), ({"other": 4}, False), ({"other": 6}, False), ({"days": 60}, False)],
)
def test_feedback_not_acted_on_is_half_of_ten_and_more_than_sixty_days(
    world: World, differs: dict[str, int], is_left: bool
) -> None:
    case = {**LEFT, **differs}
    number = a_theme(world, "Delivery", "parcel", now=NOW - timedelta(days=case["days"]))
    added(world, *(said("The parcel is a horrible mess", repeat=at) for at in range(case["negative"])))
    added(world, *(said("The parcel is here", repeat=at) for at in range(case["other"])))
    added(world, *(said("Parcel", language="de", repeat=at) for at in range(20)))  # not judged: counts for nothing
    with organisation_scope(world.ours.pk, write=False):
        [found] = selectors.open_themes(organisation=world.ours, now=NOW)
        assert (found.number, found.days_open, found.is_left) == (number, case["days"], is_left)
    stated(world, number, "working")
    with organisation_scope(world.ours.pk, write=False):
        assert selectors.open_themes(organisation=world.ours, now=NOW) == ()


def test_what_was_said_more_than_a_year_ago_leaves_no_theme_lying(world: World) -> None:
    a_theme(world, "Delivery", "parcel", now=NOW - timedelta(days=500))
    last_year = NOW.date() - timedelta(days=365)
    added(world, *(said("The parcel is a horrible mess", repeat=at, day=last_year) for at in range(12)))
    with organisation_scope(world.ours.pk, write=False):
        assert FeedbackItem.objects.count() == 12
        [found] = selectors.open_themes(organisation=world.ours, now=NOW)
        assert (found.tones.n, found.is_left) == (0, False)
