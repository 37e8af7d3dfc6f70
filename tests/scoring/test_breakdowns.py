"""Points by campaign: from events through a run to rows that add up, for everybody and every segment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from unittest.mock import patch
from uuid import UUID

import pytest

from engagement.errors import InvalidInputError
from engagement.ingest.models import Customer
from engagement.insights.models import SegmentSnapshot
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.services import score
from engagement.insights.services.dispatch import sweep
from engagement.insights.tasks import breakdown as breakdown_task
from engagement.scoring.models import Breakdown, BreakdownProperty, ScoreRun
from engagement.scoring.runs.breakdown import broken_down
from engagement.scoring.selectors.breakdowns import BreakdownRow, breakdowns_of_runs, latest_work, property_names
from engagement.scoring.services import breakdowns
from engagement.scoring.services.breakdowns import MAX_ATTEMPTS, ask_for_breakdowns, name_properties, run_breakdown
from engagement.scoring.services.erasing_runs import erase_from_chunk
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import send, track
from tests.insights.scoring_world import Small, add_activity, add_segments, make_small

DAY = date(2026, 3, 1)
pytestmark = pytest.mark.django_db


def _client(world: World, *, half_life: int | None = None, cap: int | None = None) -> Small:
    """Visits 1, purchases 10; nine customers whose events name spring, autumn, a value of two people, or nothing."""
    small = make_small(
        world.ours,
        weights={"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, cap)},
        half_life_days=half_life,
    )
    messages = []
    for customer in range(1, 10):
        for at, campaign in enumerate(("spring", "spring", "autumn", None, "two people" if customer < 3 else "spring")):
            properties = {} if campaign is None else {"campaign": campaign}
            messages.append(
                track(
                    customer * 10 + at, event="purchase" if at < 2 else "visit", userId=f"c{customer}",
                    properties=properties, timestamp=(NOW - timedelta(days=at + 1)).isoformat(),
                )
            )  # fmt: skip
    send(world.ours, *messages)
    add_segments(small, "who", {"some": {"all": [{"trait": "plan", "op": "is", "value": "Team"}]}}, partition=False)
    return small


def _scored(small: Small) -> ScoreRun:
    return score(organisation_id=small.id, as_of=NOW.date() - timedelta(days=1), cause="request", now=NOW)


def _named(small: Small, world: World, *names: str) -> list[str]:
    with organisation_scope(small.id):
        return name_properties(organisation=world.ours, names=list(names), user=world.consultant, now=NOW)


def _work(small: Small) -> None:
    with organisation_scope(small.id):
        waiting: list[UUID] = list(Breakdown.objects.filter(state="waiting").values_list("pk", flat=True))
    for key in waiting:
        assert run_breakdown(organisation_id=small.id, breakdown_id=key, now=NOW)


def _rows(small: Small, run: ScoreRun, segment: str = "all") -> dict[str, BreakdownRow]:
    with organisation_scope(small.id, write=False):
        found = breakdowns_of_runs(numbers=[run.number])[(run.number, "campaign")].rows
    assert found is not None
    return {row.value or row.kind: row for row in found[segment]}


def _total(small: Small, run: ScoreRun) -> Fraction:
    with organisation_scope(small.id, write=False):
        snapshot = SegmentSnapshot.objects.get(run=run, segment__key="all")
        assert snapshot.n == 9
    return sum((row.points for row in _rows(small, run).values()), Fraction(0))


def test_every_point_stands_by_one_value(world: World) -> None:
    small = _client(world)
    run = _scored(small)
    assert _named(small, world, "campaign") == ["campaign"]
    _work(small)
    rows = _rows(small, run)
    # Each: two purchases by spring (20), a visit by autumn (1), one without a name (1), one by spring or the other.
    assert {name: (row.points, row.occurrences, row.customers) for name, row in rows.items()} == {
        "spring": (Fraction(187), Fraction(25), 9),
        "autumn": (Fraction(9), Fraction(9), 9),
        "other": (Fraction(2), Fraction(2), None),  # a value of two customers would name them
        "unnamed": (Fraction(9), Fraction(9), 9),
    }
    assert _total(small, run) == 9 * 23


@pytest.mark.parametrize(("half_life", "cap"), [(None, 1), (30, None), (7, 1)])
def test_it_adds_up_with_caps_and_half_lives(world: World, half_life: int | None, cap: int | None) -> None:
    small = _client(world, half_life=half_life, cap=cap)
    run = _scored(small)
    _named(small, world, "campaign")
    _work(small)
    with organisation_scope(small.id, write=False):
        total = figures_of_run(run=run, minimum=Minimum.of(world.ours))["all"]
    rows = _rows(small, run).values()
    assert sum(row.points for row in rows) == total.total_points > 0
    assert sum(row.occurrences for row in rows) == total.total_occurrences
    assert "gone" not in _rows(small, run)


def test_activity_without_its_events_is_gone_not_nothing(world: World) -> None:
    small = _client(world)
    with organisation_scope(small.id):
        number = Customer.objects.get(external_id="c1").number
    add_activity(small, [(number, "purchase", NOW.date() - timedelta(days=20), 3)])
    run = _scored(small)
    _named(small, world, "campaign")
    _work(small)
    assert _rows(small, run)["gone"] == BreakdownRow("gone", "", 1, Fraction(3), Fraction(30))


def test_a_new_run_is_divided_and_what_is_not_named_any_more_is_forgotten(world: World) -> None:
    small = _client(world)
    assert _named(small, world, "campaign", "", "source.name") == ["campaign", "source.name"]
    run = _scored(small)
    _work(small)
    with organisation_scope(small.id):
        assert {(work.property, work.state, work.events) for work in latest_work()} == {
            ("campaign", "done", 45), ("source.name", "done", 45),
        }  # fmt: skip
    again = _named(small, world, "source.name")
    assert again == ["source.name"]
    with organisation_scope(small.id):
        assert property_names() == ["source.name"]
        assert Breakdown.objects.count() == BreakdownProperty.objects.count() == 1
        assert AuditEntry.objects.filter(act="breakdowns.named").count() == 2
        assert [*breakdowns_of_runs(numbers=[run.number])] == [(run.number, "source.name")]
    assert _named(small, world, "source.name") == ["source.name"]  # the same again is no act
    with organisation_scope(small.id):
        assert AuditEntry.objects.filter(act="breakdowns.named").count() == 2


def test_what_cannot_be_named(world: World) -> None:
    with organisation_scope(world.ours.id):
        for names, field in ((["a", "a"], "name_2"), (["x" * 101], "name_1")):
            with pytest.raises(InvalidInputError) as refused:
                name_properties(organisation=world.ours, names=names, user=None, now=NOW)
            assert field in refused.value.fields
        with pytest.raises(InvalidInputError):
            name_properties(organisation=world.ours, names=list("abcd"), user=None, now=NOW)


def test_done_work_and_anothers_work_are_left_alone(world: World) -> None:
    small = _client(world)
    _scored(small)
    _named(small, world, "campaign")
    with organisation_scope(small.id):
        row = Breakdown.objects.get()
        Breakdown.objects.filter(pk=row.pk).update(lease_until=NOW + timedelta(minutes=1))
    assert not run_breakdown(organisation_id=small.id, breakdown_id=row.pk, now=NOW)
    assert run_breakdown(organisation_id=small.id, breakdown_id=row.pk, now=NOW + timedelta(minutes=2))
    assert not run_breakdown(organisation_id=small.id, breakdown_id=row.pk, now=NOW + timedelta(days=1))


def _swept(small: Small, *, now: datetime) -> list[str]:
    """The rows of a client that the sweeper sends a message for."""
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=now)
    asked = [call.kwargs["args"] for call in send.call_args_list if call.args[0] == "insights.breakdown"]
    return [row_id for organisation_id, row_id in asked if organisation_id == small.id]


def _one(small: Small) -> Breakdown:
    with organisation_scope(small.id, write=False):
        return Breakdown.objects.get()


def test_a_lost_message_is_found_by_the_sweeper_and_the_work_is_done_once(world: World) -> None:
    small = _client(world)
    run = _scored(small)
    with patch("tenants.wake.current_app.send_task", side_effect=ConnectionRefusedError("no broker")):
        _named(small, world, "campaign")
    (row_id,) = _swept(small, now=NOW)
    assert row_id == str(_one(small).pk)
    with (
        patch("django.utils.timezone.now", return_value=NOW),
        patch.object(breakdowns, "broken_down", wraps=broken_down) as computing,
    ):
        breakdown_task(small.id, row_id)
        breakdown_task(small.id, row_id)  # the message that was not lost after all
    assert (computing.call_count, _one(small).state, _one(small).attempts) == (1, "done", 1)
    assert _total(small, run) == 9 * 23
    assert _swept(small, now=NOW + timedelta(days=1)) == []


def test_a_killed_workers_row_is_found_when_its_lease_has_run_out(world: World) -> None:
    small = _client(world)
    _scored(small)
    _named(small, world, "campaign")
    with (
        patch.object(breakdowns, "broken_down", side_effect=SystemExit("killed")),
        pytest.raises(SystemExit),
    ):
        run_breakdown(organisation_id=small.id, breakdown_id=_one(small).pk, now=NOW)
    over = _one(small).lease_until
    assert over is not None
    assert _swept(small, now=over) == []  # somebody may still be at it
    later = over + timedelta(seconds=1)
    assert _swept(small, now=later) == [str(_one(small).pk)]
    with organisation_scope(small.id):
        Breakdown.objects.update(attempts=MAX_ATTEMPTS)
    assert not run_breakdown(organisation_id=small.id, breakdown_id=_one(small).pk, now=later)
    assert (_one(small).state, _swept(small, now=later + timedelta(days=1))) == ("failed", [])


def test_what_fails_is_tried_later_and_at_last_has_failed(world: World) -> None:
    small = _client(world)
    _scored(small)
    _named(small, world, "campaign")
    for attempt in range(MAX_ATTEMPTS):
        now = NOW + timedelta(hours=attempt)
        assert _swept(small, now=now) == [str(_one(small).pk)]
        with patch.object(breakdowns, "broken_down", side_effect=RuntimeError("broken")), pytest.raises(RuntimeError):
            run_breakdown(organisation_id=small.id, breakdown_id=_one(small).pk, now=now)
        assert _swept(small, now=now) == []
    row = _one(small)
    assert (row.state, row.error, row.attempts) == ("failed", "broken", MAX_ATTEMPTS)
    assert _swept(small, now=NOW + timedelta(days=1)) == []


def test_a_failure_leaves_the_row_of_whoever_took_over_alone(world: World) -> None:
    small = _client(world)
    _scored(small)
    _named(small, world, "campaign")
    theirs, end = NOW + timedelta(hours=1), breakdowns._end

    def overtaken(row: Breakdown, *, error: str, now: datetime) -> None:
        with organisation_scope(small.id):
            Breakdown.objects.update(attempts=2, lease_until=theirs)
        end(row, error=error, now=now)

    with (
        patch.object(breakdowns, "broken_down", side_effect=RuntimeError("broken")),
        patch.object(breakdowns, "_end", overtaken),
        pytest.raises(RuntimeError),
    ):
        run_breakdown(organisation_id=small.id, breakdown_id=_one(small).pk, now=NOW)
    assert (_one(small).lease_until, _one(small).error) == (theirs, "")


def test_nothing_is_divided_while_the_organisation_rests(world: World) -> None:
    small = _client(world)
    _scored(small)
    _named(small, world, "campaign")
    for since, found in ((NOW, 0), (None, 1)):
        with organisation_scope(small.id):
            Organisation.objects.filter(pk=small.id).update(suspended_at=since)
        assert len(_swept(small, now=NOW)) == found


def test_somebody_erased_is_in_no_later_division_and_what_was_said_stays(world: World) -> None:
    """The run keeps its sums; divided anew, what the erased gave is of no event left. Merged customers count once."""
    small = _client(world)
    run = _scored(small)
    _named(small, world, "campaign")
    _work(small)
    before = _rows(small, run)["spring"]
    with organisation_scope(small.id):
        number = Customer.objects.get(external_id="c1").number
        assert erase_from_chunk(run_id=run.id, chunk=0, numbers=(number,))
    assert _rows(small, run)["spring"] == before
    with organisation_scope(small.id):
        Breakdown.objects.all().delete()
        ask_for_breakdowns(run=run, now=NOW)
    _work(small)
    after = _rows(small, run)
    assert after["spring"].points == before.points - 20  # two purchases
    assert after["spring"].customers == 8


def test_who_was_merged_counts_for_whom_the_run_says(world: World) -> None:
    small = _client(world)
    with organisation_scope(small.id):
        visitor = Customer.objects.get(external_id="c9")
        root = Customer.objects.get(external_id="c8")
        Customer.objects.filter(pk=visitor.pk).update(merged_into=root.number)
    run = _scored(small)
    _named(small, world, "campaign")
    _work(small)
    rows = _rows(small, run)
    assert rows["spring"].customers == 8
    assert sum(row.points for row in rows.values()) == 9 * 23
    assert "gone" not in rows
