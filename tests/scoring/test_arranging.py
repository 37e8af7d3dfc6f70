"""Segments and sets in order: renamed, moved, archived after a question, brought back; and their states at a glance."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import ConflictError, NotFoundError
from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import Segment, SegmentSet
from engagement.scoring.schedule import next_scoring, next_slot
from engagement.scoring.selectors.segment_states import segment_states
from engagement.scoring.selectors.segments import segments
from engagement.scoring.views.schedule_words import next_words
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.scoring.config import signed_in
from tests.scoring.pages import url, words

_ROW = '<th scope="row">'


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def small(world: World) -> Small:
    """Of 40 customers 33 are on Team, 4 on Pro, 3 unknown; nobody is on Old. All bought once: 10 of 10 points."""
    small = make_small(world.ours, weights={"buy": ("purchase", 10_000, None)})
    plans = {n: {"plan": "Team" if n <= 33 else "Pro"} if n <= 37 else {} for n in range(1, 41)}
    add_customers(small, list(plans.items()))
    add_activity(small, [(n, "buy", AS_OF, 1) for n in plans])
    rules = {name: {"trait": "plan", "op": "is", "value": name.title()} for name in ("team", "pro", "old")}
    add_segments(small, "plan", {**rules, "rest": {"trait": "plan", "op": "is_missing"}})
    add_segments(small, "more", {"keen": {"activity": "points", "op": "gte", "value": 5}}, partition=False)
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def _order(small: Small) -> list[str]:
    with organisation_scope(small.id, write=False):
        return [line.key for line in segments(organisation=small.organisation) if line.set_key == "plan"]


def test_a_segment_goes_up_and_down_and_stops_at_the_ends(small: Small, client: Client) -> None:
    with organisation_scope(small.id):
        Segment.objects.filter(key="rest").update(is_missing_data=True)
        Segment.objects.filter(segment_set__key="plan").update(position=0)
    assert _order(small) == ["old", "pro", "team", "rest"]
    answer = client.post(url(small.organisation, "segments/team/move/"), {"way": "up"})
    assert answer["Location"].endswith("?order=team#place-team")
    assert _order(small) == ["old", "team", "pro", "rest"]
    client.post(url(small.organisation, "segments/old/move/"), {"way": "up"})
    client.post(url(small.organisation, "segments/pro/move/"), {"way": "down"})
    assert _order(small) == ["old", "team", "pro", "rest"]  # missing data stays last
    assert client.post(url(small.organisation, "segments/team/move/"), {"way": "aside"}).status_code == 400
    assert client.post(url(small.organisation, "segments/none/move/"), {"way": "up"}).status_code == 404
    page = client.get(url(small.organisation, "segments/?order=team")).content.decode()
    assert page.count('<details class="calc mt-2 no-print" open>') == 1
    with organisation_scope(small.id, write=False):
        entry = AuditEntry.objects.filter(act="segment.changed").order_by("number")[0]
    content = json.loads(entry.content)
    assert (content["old"], content["new"]) == ({"place": 3}, {"place": 2})


def test_a_set_is_renamed_moved_and_archived_after_a_question(small: Small, client: Client) -> None:
    address = url(small.organisation, "segments/sets/plan/change/")
    refused = client.post(address, {"name": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["name"])
    client.post(address, {"name": "Contract", "is_partition": "on"})
    client.post(url(small.organisation, "segments/sets/plan/move/"), {"way": "up"})
    with organisation_scope(small.id, write=False):
        assert list(SegmentSet.objects.order_by("position").values_list("name", flat=True)) == ["Contract", "More"]
    asked = url(small.organisation, "segments/sets/plan/archive/")
    assert "Archive “Contract” with its segments?" in words(client.get(asked))
    assert len(_order(small)) == 4
    said = words(client.post(asked, {"confirm": "yes"}, follow=True))
    assert "“Contract” is archived with its segments." in said
    assert "1 segment in 1 set" in said
    assert "4 archived" in said
    assert _order(small) == []
    assert "nothing to archive" in words(client.post(asked, {"confirm": "yes"}))
    said = words(client.post(url(small.organisation, "segments/pro/return/"), follow=True))
    assert "The segment is back." in said
    assert _order(small) == ["pro"]
    assert client.post(url(small.organisation, "segments/pro/return/")).status_code == 404


def test_only_what_is_archived_comes_back_and_only_while_there_is_room(small: Small) -> None:
    with organisation_scope(small.id):
        with pytest.raises(NotFoundError):
            services.return_segment(organisation=small.organisation, key="team")
        with pytest.raises(NotFoundError):
            services.return_segment(organisation=small.organisation, key="none")
        services.archive_segment(organisation=small.organisation, key="pro", now=NOW)
        with (
            patch("engagement.scoring.services.arranging.MAX_SEGMENTS", 5),
            pytest.raises(ConflictError, match="the limit"),
        ):
            services.return_segment(organisation=small.organisation, key="pro")


def test_a_viewer_changes_nothing_of_the_order(world: World, small: Small) -> None:
    for path in (
        "segments/team/move/",
        "segments/team/return/",
        "segments/sets/plan/move/",
        "segments/sets/plan/change/",
    ):
        assert signed_in(world.viewer).post(url(small.organisation, path), {"way": "up"}).status_code == 403
        assert signed_in(world.stranger).post(url(small.organisation, path), {"way": "up"}).status_code == 404
    page = signed_in(world.viewer).get(url(small.organisation, "segments/")).content.decode()
    assert "Bring back" not in page
    assert "/move/" not in page


def test_the_page_says_how_each_segment_stands(small: Small, client: Client) -> None:
    with organisation_scope(small.id):
        services.change_segment(
            organisation=small.organisation,
            key="keen",
            rule={"activity": "points", "op": "gte", "value": 6},
            user=None,
            now=NOW,
        )
        services.create_segment(
            organisation=small.organisation, set_key="more", name="Fresh", rule={"all": []}, user=None, now=NOW
        )
    page = client.get(url(small.organisation, "segments/"))
    rows = {row.line.key: row for group in page.context["sets"] for row in group.rows}
    assert (rows["team"].customers, rows["team"].score, rows["team"].band_name, rows["team"].tags) == (
        "33", "100.00", "Excellent", (),
    )  # fmt: skip
    assert (rows["pro"].score, rows["pro"].why) == ("–", "under 5")
    assert (rows["old"].score, rows["old"].why, rows["old"].tags) == ("–", "", ("nobody",))
    assert rows["keen"].tags == ("new rule from the next scoring",)
    assert (rows["fresh"].customers, rows["fresh"].tags) == ("not scored yet", ("from the next scoring",))
    said = words(page)
    assert "6 segments in 2 sets" in said
    assert "Customers and scores as of 28 February 2026" in said
    with organisation_scope(small.id):
        Segment.objects.filter(key="pro").update(archived_at=NOW)
    assert "“Plan” does not add up" in words(client.get(url(small.organisation, "segments/")))


def test_before_the_first_scoring_there_are_no_states(world: World) -> None:
    with organisation_scope(world.ours.id, write=False):
        as_of, states = segment_states(organisation=world.ours, lines=segments(organisation=world.ours))
    assert as_of is None
    assert all(state.score is None for state in states.values())


# ── the next scoring ─────────────────────────────────────────────────────────────────────────────────────────

_BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "is_weekly", "is_done", "at", "as_of"),
    [
        ("2026-03-02T00:30", False, False, "2026-03-02T02:00", "2026-03-01"),  # Monday, before the hour
        ("2026-03-02T12:00", False, True, "2026-03-03T02:00", "2026-03-02"),
        ("2026-03-02T12:00", False, False, None, "2026-03-01"),  # it is due, nobody has asked yet
        ("2026-03-02T12:00", True, True, "2026-03-09T02:00", "2026-03-08"),
        ("2026-03-04T12:00", True, False, "2026-03-09T02:00", "2026-03-08"),
        ("2026-03-01T23:00", True, False, "2026-03-02T02:00", "2026-03-01"),
    ],
)
def test_the_next_slot_is_on_the_organisations_clock(
    now: str, is_weekly: bool, is_done: bool, at: str | None, as_of: str
) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=_BERLIN)
    found = next_slot(is_weekly=is_weekly, hour=2, zone=_BERLIN, now=local.astimezone(UTC), is_today_done=is_done)
    assert found.at == (None if at is None else datetime.fromisoformat(at).replace(tzinfo=_BERLIN))
    assert str(found.as_of) == as_of


@given(
    days=st.integers(0, 800),
    minutes=st.integers(0, 1439),
    hour=st.integers(0, 23),
    weekly=st.booleans(),
    done=st.booleans(),
)
def test_the_next_slot_lies_ahead_within_its_period(
    days: int, minutes: int, hour: int, weekly: bool, done: bool
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days, minutes=minutes)
    found = next_slot(is_weekly=weekly, hour=hour, zone=ZoneInfo("UTC"), now=now, is_today_done=done)
    if found.at is None:
        assert not done
        assert now.hour >= hour
        return
    assert now < found.at <= now + timedelta(days=8 if weekly else 2)
    assert found.at.hour == hour
    assert not weekly or found.at.weekday() == 0
    assert found.as_of == found.at.date() - timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schedule": "manual"}, "Nothing is scored by itself"),
        ({"sample_today": AS_OF}, "A sample stands still"),
        ({"suspended_at": NOW}, "rests"),
        ({}, "The next scoring is due"),
    ],
)
def test_why_there_is_no_next_scoring_is_said(small: Small, changes: dict[str, Any], said: str) -> None:
    organisation: Organisation = small.organisation
    for name, value in changes.items():
        setattr(organisation, name, value)
    with organisation_scope(small.id, write=False):
        found = next_scoring(organisation=organisation, now=NOW)
    assert said in next_words(found, organisation=organisation)


def test_without_weights_nothing_is_scored(world: World) -> None:
    with organisation_scope(world.ours.id, write=False):
        found = next_scoring(organisation=world.ours, now=NOW)
    assert next_words(found, organisation=world.ours) == "Nothing is scored until weights are published."
