"""Publishing on a day of one's choice, by two people, and back to an earlier set: each act whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from engagement.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, RapportError
from engagement.scoring import services
from engagement.scoring.models import PublishingStep, RunPointer, RunRequest, ScoreRun, WeightSet
from engagement.scoring.runs.lines import set_in_force
from engagement.scoring.runs.plan import make_plan
from engagement.scoring.selectors.publishing import left_out, publishing_record
from engagement.scoring.selectors.weights import draft_view, weight_set
from engagement.scoring.types import WeightChange, WeightSetView
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World, build_world
from tests.scoring.config import YESTERDAY, kept, published

TODAY = YESTERDAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)


def _publish(organisation: Organisation, view: WeightSetView, *, user: User | None = None, **said: Any) -> Any:
    asked = {"note": "Coupons count more", "changed_at": view.changed_at, "now": NOW, **said}
    with organisation_scope(organisation.id):
        return services.publish(organisation=organisation, user=user, **asked)


def _states(organisation: Organisation) -> list[tuple[int, str]]:
    with organisation_scope(organisation.id, write=False):
        return list(WeightSet.objects.order_by("number").values_list("number", "state"))


def _in_force(organisation: Organisation, day: date) -> int:
    with organisation_scope(organisation.id, write=False):
        return set_in_force(as_of=day).number


def _steps(organisation: Organisation, number: int) -> list[tuple[str, str, str]]:
    with organisation_scope(organisation.id, write=False):
        found = publishing_record(organisation=organisation, number=number)
    return [(step.what, step.by, step.note) for step in found]


def _zone(organisation: Organisation, name: str) -> Organisation:
    with organisation_scope(organisation.id):
        Organisation.objects.filter(pk=organisation.pk).update(time_zone=name)
        return Organisation.objects.get(pk=organisation.pk)


def _two_people(organisation: Organisation) -> None:
    with organisation_scope(organisation.id):
        Organisation.objects.filter(pk=organisation.pk).update(second_approver=True)


# ── from which day a set counts ──────────────────────────────────────────────────────────────────────────────


def test_the_first_set_holds_for_every_day_and_the_next_from_yesterday_on(world: World) -> None:
    first = published(world.ours)
    assert (first.effective_from, first.in_force_at) == (None, NOW)
    second = published(world.ours, window_days=60)
    assert (second.effective_from, second.in_force_at) == (YESTERDAY, NOW)
    assert [_in_force(world.ours, day) for day in (date(2001, 1, 1), YESTERDAY - timedelta(days=1))] == [1, 1]
    assert [_in_force(world.ours, day) for day in (YESTERDAY, TODAY, NEXT_WEEK)] == [2, 2, 2]


def test_a_set_from_today_on_leaves_yesterday_to_the_one_before(world: World) -> None:
    published(world.ours)
    view = _publish(world.ours, kept(world.ours, window_days=60), effective_from=TODAY)
    assert (view.state, view.effective_from) == ("published", TODAY)
    assert [_in_force(world.ours, day) for day in (YESTERDAY, TODAY)] == [1, 2]
    with organisation_scope(world.ours.id, write=False):
        assert set(RunRequest.objects.values_list("as_of", flat=True)) == {YESTERDAY, TODAY}  # the first set's, its own


def test_days_scored_since_are_scored_again_with_the_new_set(world: World) -> None:
    published(world.ours)
    with organisation_scope(world.ours.id):
        RunRequest.objects.all().delete()
        run = _a_run(world.ours, TODAY)
        RunPointer.objects.create(organisation=world.ours, as_of=TODAY, run=run, published_at=NOW)
        old = _a_run(world.ours, YESTERDAY - timedelta(days=1))
        RunPointer.objects.create(organisation=world.ours, as_of=old.as_of, run=old, published_at=NOW)
    published(world.ours, window_days=60)
    with organisation_scope(world.ours.id, write=False):
        assert set(RunRequest.objects.values_list("as_of", flat=True)) == {YESTERDAY, TODAY}


def _a_run(organisation: Organisation, day: date) -> Any:
    return ScoreRun.objects.create(
        organisation=organisation, number=ScoreRun.objects.count() + 1, as_of=day, window_from=NOW, window_to=NOW,
        weight_set=WeightSet.objects.get(state="published"), watermark=NOW, state="published",
        uses=make_plan(organisation=organisation, as_of=day, weight_set=set_in_force(as_of=day)).to_json(),
        cause="schedule", started_at=NOW,
    )  # fmt: skip


def test_a_later_day_makes_it_scheduled_and_leaves_what_counts(world: World) -> None:
    published(world.ours)
    view = _publish(world.ours, kept(world.ours, window_days=60), user=world.admin, effective_from=NEXT_WEEK)
    assert (view.state, view.effective_from, view.in_force_at) == ("scheduled", NEXT_WEEK, None)
    assert _states(world.ours) == [(1, "published"), (2, "scheduled")]
    assert _steps(world.ours, 2) == [("scheduled", world.admin.name, "Coupons count more")]
    assert _in_force(world.ours, NEXT_WEEK - timedelta(days=1)) == 1
    with organisation_scope(world.ours.id, write=False):
        assert RunRequest.objects.get().as_of == YESTERDAY  # the first set's


@pytest.mark.parametrize(
    ("zone", "minutes_before_utc_midnight"),
    # New York has put its clocks forward the day before.
    [("UTC", 0), ("America/New_York", -240), ("Asia/Kathmandu", 345), ("Pacific/Kiritimati", 840)],
)
def test_its_day_begins_at_local_midnight_and_not_a_second_before(
    world: World, zone: str, minutes_before_utc_midnight: int
) -> None:
    ours = _zone(world.ours, zone)
    published(ours)
    _publish(ours, kept(ours, window_days=60), effective_from=NEXT_WEEK)
    midnight = datetime.combine(NEXT_WEEK, datetime.min.time(), tzinfo=UTC)
    midnight -= timedelta(minutes=minutes_before_utc_midnight)
    assert services.put_due_in_force(now=midnight - timedelta(seconds=1)) == 0
    assert _states(ours) == [(1, "published"), (2, "scheduled")]
    assert services.put_due_in_force(now=midnight) == 1
    assert _states(ours) == [(1, "retired"), (2, "published")]
    with organisation_scope(ours.id, write=False):
        view = weight_set(organisation=ours, number=2)
        assert (view.effective_from, view.in_force_at) == (NEXT_WEEK, midnight)
        assert RunRequest.objects.filter(as_of=NEXT_WEEK, state="waiting").count() == 1
    assert _steps(ours, 2)[-1] == ("in_force", "", "")


def test_a_late_clock_lets_two_sets_begin_in_their_order_and_with_their_days(world: World) -> None:
    published(world.ours)
    later = NEXT_WEEK + timedelta(days=2)
    _publish(world.ours, kept(world.ours, window_days=30), effective_from=later)
    _publish(world.ours, kept(world.ours, window_days=60), effective_from=NEXT_WEEK)
    # Even before the clock comes, a day that has begun is scored with its own set.
    days = (NEXT_WEEK - timedelta(days=1), NEXT_WEEK, later - timedelta(days=1), later)
    assert [_in_force(world.ours, day) for day in days] == [1, 3, 3, 2]
    assert services.put_due_in_force(now=NOW + timedelta(days=30)) == 2
    assert _states(world.ours) == [(1, "retired"), (2, "published"), (3, "retired")]
    assert [_in_force(world.ours, day) for day in days] == [1, 3, 3, 2]
    assert services.put_due_in_force(now=NOW + timedelta(days=30)) == 0


def test_what_is_published_after_its_midnight_comes_after_it_although_the_clock_is_late(world: World) -> None:
    published(world.ours)
    _publish(world.ours, kept(world.ours, window_days=60), effective_from=NEXT_WEEK)
    just_after = datetime.combine(NEXT_WEEK, datetime.min.time(), tzinfo=UTC) + timedelta(seconds=20)
    _publish(world.ours, kept(world.ours, window_days=30), now=just_after)
    assert _states(world.ours) == [(1, "retired"), (2, "retired"), (3, "published")]
    assert _in_force(world.ours, NEXT_WEEK) == 3
    assert services.put_due_in_force(now=just_after) == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"effective_from": YESTERDAY}, "effective_from"),
        ({"effective_from": TODAY + timedelta(days=367)}, "effective_from"),
        ({"restate_from": YESTERDAY}, "restate_from"),  # not before the day it counts from
        ({"restate_from": date(1999, 12, 31)}, "restate_from"),
        ({"restate_from": YESTERDAY - timedelta(days=3)}, "restate_from"),  # nothing has been scored there
    ],
)
def test_days_that_do_not_fit_are_refused_by_field(world: World, said: dict[str, Any], field: str) -> None:
    published(world.ours)
    draft = kept(world.ours, window_days=60)
    with pytest.raises(InvalidInputError) as refused:
        _publish(world.ours, draft, **said)
    assert list(refused.value.fields) == [field]
    assert _states(world.ours) == [(1, "published"), (2, "draft")]


def test_the_first_set_a_taken_day_and_a_sample_are_refused_a_later_day(world: World) -> None:
    refused_days: list[dict[str, Any]] = [{"effective_from": NEXT_WEEK}, {"restate_from": date(2026, 1, 1)}]
    for said in refused_days:
        with pytest.raises(InvalidInputError, match=r"cannot be published yet"):
            _publish(world.ours, kept(world.ours), **said)
    published(world.ours)
    _publish(world.ours, kept(world.ours, window_days=60), effective_from=NEXT_WEEK)
    with pytest.raises(InvalidInputError) as refused:
        _publish(world.ours, kept(world.ours, window_days=30), effective_from=NEXT_WEEK)
    assert refused.value.fields == {
        "effective_from": ["Set 2 is scheduled for that day. Withdraw it, or choose another day."]
    }
    published(world.other)
    with organisation_scope(world.other.id):
        Organisation.objects.filter(pk=world.other.pk).update(sample_today=TODAY)
        still = Organisation.objects.get(pk=world.other.pk)
    with pytest.raises(InvalidInputError) as refused:
        _publish(still, kept(still, window_days=60), effective_from=NEXT_WEEK)
    assert "stands still" in refused.value.fields["effective_from"][0]


def test_a_scheduled_set_is_withdrawn_until_its_day_begins(world: World) -> None:
    published(world.ours)
    for window in (60, 30):
        _publish(world.ours, kept(world.ours, window_days=window), effective_from=NEXT_WEEK + timedelta(days=window))
    with organisation_scope(world.ours.id):
        view = services.withdraw(organisation=world.ours, number=2, user=world.admin, now=NOW)
        assert view.state == "withdrawn"
        for number in (1, 2):
            with pytest.raises(ConflictError):
                services.withdraw(organisation=world.ours, number=number, user=world.admin, now=NOW)
        with pytest.raises(NotFoundError):
            services.withdraw(organisation=world.ours, number=9, user=world.admin, now=NOW)
        # Its day has begun, although the clock has not come by.
        with pytest.raises(ConflictError), transaction.atomic():
            services.withdraw(organisation=world.ours, number=3, user=world.admin, now=NOW + timedelta(days=40))
    assert services.put_due_in_force(now=NOW + timedelta(days=100)) == 1
    assert _states(world.ours) == [(1, "retired"), (2, "withdrawn"), (3, "published")]
    with organisation_scope(world.ours.id):  # its numbers are not lost
        assert services.return_to(organisation=world.ours, number=2, user=None, now=NOW).window_days == 60


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_put_a_set_in_force_once() -> None:
    world = build_world()
    published(world.ours)
    _publish(world.ours, kept(world.ours, window_days=60), effective_from=NEXT_WEEK)
    begun, failures = [], []
    barrier = threading.Barrier(4)

    def dispatch() -> None:
        try:
            barrier.wait()
            begun.append(services.put_due_in_force(now=NOW + timedelta(days=8)))
        except Exception as error:  # noqa: BLE001  whatever it is, it is a failure here
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=dispatch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(begun) == [0, 0, 0, 1]
    assert _states(world.ours) == [(1, "retired"), (2, "published")]
    with organisation_scope(world.ours.id, write=False):
        assert PublishingStep.objects.filter(weight_set__number=2, what="in_force").count() == 1


# ── a second person ──────────────────────────────────────────────────────────────────────────────────────────


def _proposed(world: World, **said: Any) -> WeightSetView:
    published(world.ours)
    _two_people(world.ours)
    view: WeightSetView = _publish(world.ours, kept(world.ours, window_days=60), user=world.consultant, **said)
    return view


def _approve(world: World, view: WeightSetView, user: User | None, **said: Any) -> WeightSetView:
    asked = {"number": view.number, "changed_at": view.changed_at, "now": NOW + timedelta(hours=1), **said}
    with organisation_scope(world.ours.id):
        return services.approve(organisation=world.ours, user=user, **asked)


def _send_back(world: World, view: WeightSetView, user: User, reason: str) -> WeightSetView:
    with organisation_scope(world.ours.id):
        return services.send_back(
            organisation=world.ours, number=view.number, user=user, reason=reason, changed_at=view.changed_at, now=NOW
        )


def test_publishing_asks_for_a_second_person_where_the_client_wants_one(world: World) -> None:
    view = _proposed(world)
    assert (view.state, view.proposed_by, view.published_at) == ("proposed", world.consultant.name, None)
    assert _states(world.ours) == [(1, "published"), (2, "proposed")]
    for nobody in (world.consultant, None):
        with pytest.raises(ForbiddenError, match="Another person"):
            _approve(world, view, nobody)
    assert _states(world.ours) == [(1, "published"), (2, "proposed")]
    done = _approve(world, view, world.admin)
    assert (done.state, done.published_by, done.approved_by) == ("published", world.consultant.name, world.admin.name)
    assert done.effective_from == YESTERDAY
    assert _states(world.ours) == [(1, "retired"), (2, "published")]
    assert [step[:2] for step in _steps(world.ours, 2)] == [
        ("proposed", world.consultant.name), ("approved", world.admin.name), ("in_force", world.consultant.name)
    ]  # fmt: skip


def test_the_table_itself_holds_two_people(world: World) -> None:
    _proposed(world)
    with organisation_scope(world.ours.id), pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        WeightSet.objects.filter(number=2).update(approved_by=world.consultant)


def test_a_proposal_keeps_its_day_and_one_that_has_passed_is_at_once(world: World) -> None:
    view = _proposed(world, effective_from=NEXT_WEEK)
    assert view.effective_from == NEXT_WEEK
    late = NOW + timedelta(days=20)
    done = _approve(world, view, world.admin, now=late)
    assert (done.state, done.effective_from) == ("published", late.date() - timedelta(days=1))
    again = _publish(
        world.ours,
        kept(world.ours, window_days=30),
        user=world.admin,
        now=late,
        effective_from=late.date() + timedelta(days=9),
    )
    assert _approve(world, again, world.consultant, now=late).state == "scheduled"


def test_nothing_is_written_while_a_set_waits_for_approval(world: World) -> None:
    view = _proposed(world)
    acts: list[Callable[[], Any]] = [
        lambda: services.draft(organisation=world.ours, user=world.admin, now=NOW),
        lambda: kept(world.ours, window_days=7),
        lambda: _publish(world.ours, view),
        lambda: services.return_to(organisation=world.ours, number=1, user=None, now=NOW),
        lambda: services.discard_draft(organisation=world.ours),
    ]
    for act in acts:
        with organisation_scope(world.ours.id), pytest.raises(RapportError):
            act()
    with organisation_scope(world.ours.id, write=False):
        assert weight_set(organisation=world.ours, number=2) == view


def test_a_proposal_sent_back_is_the_draft_again_with_the_reason_on_record(world: World) -> None:
    view = _proposed(world, effective_from=NEXT_WEEK)
    with pytest.raises(InvalidInputError, match="cannot be used"):
        _send_back(world, view, world.admin, "  ")
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="social", now=NOW)
    back = _send_back(world, view, world.admin, "Too much for coupons")
    assert (back.state, back.proposed_by, back.effective_from) == ("draft", "", None)
    assert back.changed_at > view.changed_at
    with organisation_scope(world.ours.id, write=False):
        draft = draft_view(organisation=world.ours)
        assert draft is not None
        assert [line.key for line in draft.weights] == ["visit", "email_open", "purchase"]
    assert _steps(world.ours, 2)[-1] == ("sent_back", world.admin.name, "Too much for coupons")
    again = _publish(world.ours, back, user=world.consultant)
    own = _send_back(world, again, world.consultant, "")  # one's own needs no reason
    assert own.state == "draft"
    assert _steps(world.ours, 2)[-1] == ("taken_back", world.consultant.name, "")


def test_an_approval_is_of_what_was_read(world: World) -> None:
    view = _proposed(world)
    back = _send_back(world, view, world.consultant, "")
    for act in (_approve, lambda w, v, u: _send_back(w, v, u, "Why")):
        with pytest.raises(ConflictError):
            act(world, view, world.admin)
    changed = kept(world.ours, window_days=10, changed_at=back.changed_at)
    again = _publish(world.ours, changed, user=world.consultant)
    with pytest.raises(ConflictError):
        _approve(world, view, world.admin)
    assert _approve(world, again, world.admin).window_days == 10
    with pytest.raises(ConflictError):
        _approve(world, again, world.admin)
    with organisation_scope(world.ours.id), pytest.raises(NotFoundError):
        services.approve(organisation=world.ours, number=9, user=world.admin, changed_at=NOW, now=NOW)


# ── back to an earlier set ───────────────────────────────────────────────────────────────────────────────────


def _return(organisation: Organisation, *, user: User | None = None, **said: Any) -> WeightSetView:
    asked = {"number": 1, "in_force": 2, "note": "Return to set 1", "now": NOW + timedelta(hours=1), **said}
    with organisation_scope(organisation.id):
        return services.return_at_once(organisation=organisation, user=user, **asked)


def test_an_earlier_set_counts_again_at_once_as_a_new_one(world: World) -> None:
    first = published(world.ours, weights={"visit": WeightChange(Decimal("2.5"), 4)}, half_life_days=9)
    published(world.ours, window_days=10)
    draft = kept(world.ours, window_days=77)
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="social", now=NOW)
        assert left_out(organisation=world.ours, number=1) == ("Social interaction",)
    view = _return(world.ours, user=world.consultant)
    assert (view.number, view.state, view.based_on, view.note) == (4, "published", 1, "Return to set 1")
    assert (view.window_days, view.half_life_days, view.full_points) == (90, 9, first.full_points)
    assert view.weights == tuple(line for line in first.weights if line.key != "social")
    assert _states(world.ours) == [(1, "retired"), (2, "retired"), (3, "draft"), (4, "published")]
    with organisation_scope(world.ours.id, write=False):
        kept_draft = draft_view(organisation=world.ours)
        assert kept_draft is not None
        assert (kept_draft.changed_at, kept_draft.window_days) == (draft.changed_at, 77)
    with pytest.raises(ConflictError, match="since you opened"):
        _return(world.ours)  # pressed twice


def test_what_cannot_be_returned_to(world: World) -> None:
    published(world.ours)
    published(world.ours, window_days=10)
    kept(world.ours, window_days=20)
    for number in (3, 77):
        with pytest.raises(NotFoundError):
            _return(world.ours, number=number)
    with pytest.raises(ConflictError):
        _return(world.ours, number=2)
    with pytest.raises(InvalidInputError) as refused:
        _return(world.ours, note=" ")
    assert list(refused.value.fields) == ["note"]
    assert _states(world.ours) == [(1, "retired"), (2, "published"), (3, "draft")]


def test_a_return_too_waits_for_a_second_person(world: World) -> None:
    published(world.ours)
    published(world.ours, window_days=10)
    _two_people(world.ours)
    view = _return(world.ours, user=world.consultant)
    assert (view.state, view.proposed_by) == ("proposed", world.consultant.name)
    assert _states(world.ours) == [(1, "retired"), (2, "published"), (3, "proposed")]
    with pytest.raises(ConflictError, match="waits for approval"):
        _return(world.ours, user=world.admin)
    with pytest.raises(ForbiddenError):
        _approve(world, view, world.consultant)
    assert _approve(world, view, world.admin).state == "published"
    kept(world.ours, window_days=20)
    with pytest.raises(ConflictError, match="There is a draft"):
        _return(world.ours, in_force=3, user=world.admin)


# ── what was published before there were days ────────────────────────────────────────────────────────────────


def test_the_migration_gives_sets_of_before_the_days_they_were_scored_on(world: World) -> None:
    """The first for all days, each later one from its local yesterday; what never counted stays without."""
    ours = _zone(world.ours, "Pacific/Auckland")
    evening = datetime(2026, 2, 10, 12, 30, tzinfo=UTC)  # in Auckland it is the 11th already
    with organisation_scope(ours.id):
        WeightSet.objects.all().delete()
        for number, state, at in (
            (1, "retired", NOW - timedelta(days=90)),
            (2, "published", evening),
            (3, "draft", None),
        ):
            WeightSet.objects.create(
                organisation=ours, number=number, state=state, full_points_thousandths=1, created_at=NOW,
                changed_at=NOW, published_at=at,
            )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(import_module("engagement.scoring.migrations.0004_publishing").HOLDS)
        found = WeightSet.objects.order_by("number").values_list("number", "effective_from", "in_force_at")
        assert list(found) == [
            (1, None, NOW - timedelta(days=90)),
            (2, date(2026, 2, 10), evening),
            (3, None, None),
        ]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────


def _keep_events(world: World, days: int | None) -> None:
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.pk).update(keep_event_days=days, late_days=3)
        world.ours.refresh_from_db()


def test_a_window_beyond_the_events_that_are_kept_is_refused(world: World) -> None:
    published(world.ours, window_days=150)
    published(world.ours, window_days=60)
    _keep_events(world, 120)
    draft = kept(world.ours, window_days=118)
    with pytest.raises(InvalidInputError) as refused:
        _publish(world.ours, draft)
    (said,) = refused.value.fields["window_days"]
    assert "The window is 118 days, but events are kept for 120, and days stay open for 3" in said
    assert "117 days at most" in said
    with pytest.raises(InvalidInputError) as refused, organisation_scope(world.ours.id):
        services.return_at_once(organisation=world.ours, number=1, in_force=2, note="Back", user=None, now=NOW)
    assert list(refused.value.fields) == ["window_days"]
    assert _states(world.ours) == [(1, "retired"), (2, "published"), (3, "draft")]
    _publish(world.ours, kept(world.ours, window_days=117))
    assert _states(world.ours)[-1] == (3, "published")


def test_events_are_kept_for_a_window_that_is_scheduled_too(world: World) -> None:
    published(world.ours, window_days=60)
    _publish(world.ours, kept(world.ours, window_days=200), effective_from=NEXT_WEEK)
    with organisation_scope(world.ours.id), pytest.raises(InvalidInputError) as refused:
        change_organisation(organisation=world.ours, changes={"keep_event_days": 120}, now=NOW)
    assert "count 200 days" in refused.value.fields["keep_event_days"][0]
