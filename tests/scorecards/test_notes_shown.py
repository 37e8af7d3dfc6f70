"""Where notes and questions stand: on the trends, on the scorecard, in what needs a consultant; and whose do not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from engagement.insights import services
from engagement.insights.models import Question
from engagement.insights.note_types import NoteLine, Speaker
from engagement.insights.services.notes import NoteWords
from engagement.scorecards.present.trend import trend_panel
from engagement.scorecards.words.needs import needs_of, sort_needs
from engagement.scoring.models import Segment
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small
from tests.isolation.limited_world import FEBRUARY, make_scored, to_gold, to_reports
from tests.scorecards import made

DAY = FEBRUARY - timedelta(days=10)


def line(day: date, text: str = "Campaign", *, last: date | None = None) -> NoteLine:
    at = datetime(2018, 1, 1, tzinfo=UTC)
    return NoteLine(uuid4(), "all", "All customers", day, last or day, text, in_reports=False, written_by="Ada",
                    written_at=at, changed_at=None)  # fmt: skip


def panel(notes: list[NoteLine]) -> Any:
    found = trend_panel(
        points=made.scorecard().trend, target=None, window_days=90, terms=made.terms(), notes=notes
    )  # fmt: skip
    assert found is not None
    return found


# ── on a trend ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_note_is_a_numbered_line_with_its_text_below() -> None:
    found = panel([line(date(2017, 12, 3)), line(date(2017, 12, 5), "Sale", last=date(2017, 12, 9))])
    texts = [note.text for note in found.chart.notes]
    assert "3 Dec 2017: Campaign" in texts
    assert "5–9 Dec 2017: Sale" in texts
    assert [note.day for note in found.chart.notes] == sorted(note.day for note in found.chart.notes)
    assert "marked" not in found.caption


def test_of_many_notes_the_latest_are_marked_and_it_is_said() -> None:
    found = panel([line(date(2017, 12, day), f"no. {day}") for day in range(1, 12)])
    texts = " ".join(note.text for note in found.chart.notes)
    assert "no. 11" in texts
    assert "no. 4" in texts
    assert "no. 3" not in texts
    assert found.caption.endswith("Of 11 notes the latest 8 are marked.")


# ── on the pages ─────────────────────────────────────────────────────────────────────────────────────────────


def note(organisation: Organisation, text: str, *, by: User, **words: Any) -> None:
    with organisation_scope(organisation.pk):
        services.add_note(
            organisation=organisation, speaker=Speaker(by), now=NOW,
            words=NoteWords(**{"first_day": DAY, "text": text, **words}),
        )  # fmt: skip


@pytest.fixture
def noted(world: World) -> World:
    """Notes of three kinds in our client, and one in a sibling's and in a stranger's."""
    make_scored(world.ours)
    note(world.ours, "said of everybody", by=world.viewer)
    note(world.ours, "said for reports", by=world.viewer, in_reports=True)
    note(world.ours, "said of gold", by=world.viewer, segment_key="gold")
    for organisation in (world.other, world.strange):
        note(organisation, "said elsewhere", by=world.stranger, in_reports=True)
    return world


def _shown(client: Client, address: str) -> set[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    known = ("said of everybody", "said for reports", "said of gold", "said elsewhere")
    return {text for text in known if text in answer.content.decode()}


def test_charts_show_what_is_said_of_them_and_nothing_from_elsewhere(noted: World, client: Client) -> None:
    client.force_login(noted.viewer)
    base = f"/o/{noted.ours.slug}"
    assert _shown(client, f"{base}/") == {"said of everybody", "said for reports"}
    assert _shown(client, f"{base}/segments/gold/") == {"said of everybody", "said for reports", "said of gold"}
    assert _shown(client, f"{base}/notes/") == {"said of everybody", "said for reports", "said of gold"}


def test_limited_readers_see_what_is_theirs_on_charts(noted: World) -> None:
    base, small = f"/o/{noted.ours.slug}", _small(noted.ours)
    assert _shown(to_gold(small), f"{base}/segments/gold/") == {"said of gold"}
    reader = to_reports(small)
    assert _shown(reader, f"{base}/") == {"said for reports"}
    assert _shown(reader, f"{base}/segments/gold/") == {"said for reports"}
    page = reader.get(f"{base}/").content.decode()
    assert "Ask about a number" not in page
    assert "Add a note" not in page


def _small(organisation: Organisation) -> Small:
    with organisation_scope(organisation.pk, write=False):
        return Small(organisation, segments={"gold": Segment.objects.get(key="gold")})


# ── what waits ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unanswered_question_needs_somebody() -> None:
    asked = datetime(2017, 12, 29, 23, 30, tzinfo=UTC)
    one, more = made.client(questions=1, asked_since=asked), made.client(questions=3, asked_since=asked)
    today = date(2018, 1, 1)
    (need,) = needs_of(line=one, terms=made.terms(), today=today)
    assert (need.what, need.why, need.do, need.url_name, need.since) == (
        "A question is unanswered.", "Asked on 29 Dec.", "Answer", "notes", date(2017, 12, 29),
    )  # fmt: skip
    (need,) = needs_of(line=more, terms=made.terms(), today=today)
    assert (need.what, need.why) == ("3 questions are unanswered.", "The first was asked on 29 Dec.")
    late = made.client(questions=1, asked_since=asked, stale_days=9)
    whats = [need.what for need in sort_needs(needs_of(line=late, terms=made.terms(), today=today))]
    assert whats == ["No events for 9 days.", "A question is unanswered."]


def test_it_stands_in_the_portfolio_and_on_the_scorecard_until_it_is_answered(world: World, client: Client) -> None:
    make_scored(world.other)
    said: dict[str, Any] = {"organisation": world.other, "now": NOW}
    client.force_login(world.consultant)
    pages = {
        f"/portfolio/{world.firm.slug}/": "A question is unanswered.",
        f"/o/{world.other.slug}/": "Read and answer",
    }
    with organisation_scope(world.other.pk):
        services.answer_question(
            **said, speaker=Speaker(world.consultant), text="So", question_id=_asked(world, "first").pk
        )
    with organisation_scope(world.strange.pk):
        services.ask_question(organisation=world.strange, speaker=Speaker(world.stranger), text="?", now=NOW)
    # Two of the limited world wait for an answer already: they are answered first.
    _answer_all(world)
    for address, words in pages.items():
        assert words not in client.get(address).content.decode()
    _asked(world, "second")
    for address, words in pages.items():
        assert words in client.get(address).content.decode()


def _asked(world: World, text: str) -> Any:
    with organisation_scope(world.other.pk):
        return services.ask_question(
            organisation=world.other, speaker=Speaker(world.viewer), text=text, now=NOW
        )  # fmt: skip


def _answer_all(world: World) -> None:
    with organisation_scope(world.other.pk):
        Question.objects.update(waiting_since=None)
