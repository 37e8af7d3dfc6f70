"""What a round knows of each client, and what somebody may decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engagement.cases.services import record_finding
from engagement.cases.types import FindingWords
from engagement.errors import ConflictError, ForbiddenError, InvalidInputError
from engagement.insights.services import score
from engagement.reports.models import Block, Report
from engagement.rounds.models import Entry, Recipient
from engagement.rounds.selectors.rounds import past_rounds
from engagement.rounds.services.approving import When, leave_out, send_now, take_back
from engagement.rounds.services.approving_all import approve_all
from engagement.rounds.services.preparing import ask_to_prepare, ask_to_prepare_all
from engagement.rounds.services.recipients import add_recipient
from engagement.rounds.types import Standing, State, Times, Why
from engagement.rounds.words import reason_text
from tenants.models import LimitedTo, Membership, Organisation
from tenants.scope import organisation_scope
from tenants.services import add_member
from tests.conftest import World, make_client
from tests.insights.scoring_world import add_activity
from tests.rounds.rounds_world import (
    AT_ONCE,
    FEBRUARY,
    JANUARY,
    NOW,
    actor_of,
    addressed,
    approved,
    deliver,
    listed,
    mails,
    prepared,
    ready,
    scored,
    stands,
    work_off,
    written,
)


def whys(found: Standing) -> list[Why]:
    return [one.why for one in found.reasons]


# ── preparing ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_goes_from_not_prepared_to_ready(world: World) -> None:
    scored(world.ours)
    listed(world.ours, "board@ours.example")
    assert stands(world.ours).state is State.NOT_PREPARED
    with organisation_scope(world.ours.pk):
        ask_to_prepare(organisation=world.ours, last_day=FEBRUARY, user=None, now=NOW)
    assert stands(world.ours).state is State.PREPARING
    work_off(world.ours)
    found = stands(world.ours)
    assert (found.state, whys(found)) == (State.WAITS, [Why.NO_WORDS])
    written(world.ours)
    assert (stands(world.ours).state, stands(world.ours).reasons) == (State.READY, ())


def test_preparing_again_touches_no_text_and_begins_no_second_draft(world: World) -> None:
    ready(world.ours)
    with organisation_scope(world.ours.pk):
        before = list(Block.objects.order_by("pk").values_list("pk", "text", "version"))
    prepared(world.ours)
    with organisation_scope(world.ours.pk):
        assert list(Block.objects.order_by("pk").values_list("pk", "text", "version")) == before
        assert Report.objects.count() == 1


def test_an_unscored_month_says_so_and_is_prepared_once_it_is_scored(world: World) -> None:
    scored(world.ours, JANUARY)
    listed(world.ours, "board@ours.example")
    prepared(world.ours)
    found = stands(world.ours)
    assert (found.state, whys(found), found.report_id) == (State.WAITS, [Why.NOT_SCORED], None)
    assert reason_text(found.reasons[0]) == "28 Feb 2026 is not scored."
    score(organisation_id=world.ours.pk, as_of=FEBRUARY, cause="request", now=NOW)
    assert stands(world.ours).state is State.NOT_PREPARED
    prepared(world.ours)
    assert stands(world.ours).report_id is not None


def test_a_month_that_is_not_over_there_is_not_prepared(world: World) -> None:
    """It is March in London, and still February in Honolulu."""
    change(world.ours, time_zone="Pacific/Honolulu")
    early = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        ask_to_prepare(organisation=world.ours, last_day=FEBRUARY, user=None, now=early)
    assert Why.NOT_OVER in whys(stands(world.ours, now=early))


def test_all_of_a_firm_are_prepared_each_in_its_own_scope(world: World) -> None:
    clients = [world.ours, world.other]
    for one in clients:
        scored(one)
    change(world.other, suspended_at=NOW)
    scored(world.strange)
    slugs = [*(one.slug for one in clients), world.strange.slug]
    with organisation_scope(world.firm.pk):
        said: Any = {"actor": actor_of(world.consultant), "firm": world.firm, "last_day": FEBRUARY, "now": NOW}
        assert ask_to_prepare_all(slugs=slugs, **said) == 1
    work_off(*clients, world.strange)
    assert [entries(one) for one in (*clients, world.strange)] == [1, 0, 0]


def entries(organisation: Organisation) -> int:
    with organisation_scope(organisation.pk, write=False):
        return Entry.objects.count()


def change(organisation: Organisation, **values: Any) -> None:
    with organisation_scope(organisation.pk):
        Organisation.objects.filter(pk=organisation.pk).update(**values)
        organisation.refresh_from_db()


# ── what waits ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_named(world: World) -> None:
    small = ready(world.ours)
    with organisation_scope(world.ours.pk):
        record_finding(
            organisation=world.ours, user=None, words=FindingWords(title="Slow", first_day=FEBRUARY), now=NOW
        )
    found = stands(world.ours)
    assert [reason_text(one) for one in found.reasons] == ["No step answers 1 finding."]
    add_activity(small, [(number, "visit", FEBRUARY, 3) for number in range(1, 40)])
    score(organisation_id=world.ours.pk, as_of=FEBRUARY, cause="request", now=NOW + timedelta(hours=1))
    assert whys(stands(world.ours)) == [Why.RESTATED, Why.NO_STEP]
    assert stands(world.ours).state is State.WAITS


def test_silence_before_the_months_end_is_named_and_a_weekend_is_not(world: World) -> None:
    for organisation, last in ((world.ours, date(2026, 2, 25)), (world.other, date(2026, 2, 26))):
        small = scored(organisation, JANUARY)
        add_activity(small, [(number, "visit", last, 2) for number in range(1, 40)])
        score(organisation_id=organisation.pk, as_of=FEBRUARY, cause="history", now=NOW)
    assert Why.NO_EVENTS in whys(stands(world.ours))
    assert Why.NO_EVENTS not in whys(stands(world.other))


def test_a_member_gets_reports_as_long_as_they_may_read_them(world: World) -> None:
    scored(world.ours)
    with organisation_scope(world.ours.pk):
        add_recipient(organisation=world.ours, email=world.viewer.email, confirmed=False, user=None, now=NOW)
    assert stands(world.ours).recipients == (world.viewer.email,)
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).update(limited_to=LimitedTo.SEGMENTS, segment_ids=["x"])
    assert stands(world.ours).recipients == ()
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).delete()
    found = stands(world.ours)
    assert (found.recipients, Why.NO_RECIPIENTS in whys(found)) == ((), True)


def test_a_typed_address_has_to_be_confirmed_and_stands_once(world: World) -> None:
    said: Any = {"organisation": world.ours, "user": world.consultant, "now": NOW}
    with organisation_scope(world.ours.pk):
        with pytest.raises(InvalidInputError) as unconfirmed:
            add_recipient(email="Board@Ours.example", confirmed=False, **said)
        assert list(unconfirmed.value.fields) == ["confirmed"]
        made = add_recipient(email=" Board@Ours.example ", confirmed=True, **said)
        assert (made.email, made.confirmed_by) == ("board@ours.example", world.consultant)
        with pytest.raises(ConflictError):
            add_recipient(email="board@ours.example", confirmed=True, **said)
        with pytest.raises(InvalidInputError):
            add_recipient(email="board@", confirmed=True, **said)
        assert Recipient.objects.count() == 1


def test_a_viewer_of_another_client_is_no_member_here(world: World) -> None:
    with organisation_scope(world.other.pk), pytest.raises(InvalidInputError):
        add_recipient(organisation=world.other, email=world.viewer.email, confirmed=False, user=None, now=NOW)
    with organisation_scope(world.other.pk):
        add_member(user=world.viewer, role="viewer")
        add_recipient(organisation=world.other, email=world.viewer.email, confirmed=False, user=None, now=NOW)


# ── approving ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unscored_client_cannot_be_approved_whatever_anybody_says(world: World) -> None:
    scored(world.ours, JANUARY)
    listed(world.ours, "board@ours.example")
    with pytest.raises(ConflictError, match="28 Feb 2026 is not scored"):
        approved(world.ours, world.consultant, goes_on=True)
    assert mails(world.ours) == []


def test_without_recipients_nothing_is_approved(world: World) -> None:
    scored(world.ours)
    prepared(world.ours)
    with pytest.raises(ConflictError, match="Nobody gets its reports yet"):
        approved(world.ours, world.consultant, goes_on=True)


def test_what_waits_needs_somebody_to_say_yes(world: World) -> None:
    scored(world.ours)
    listed(world.ours, "board@ours.example")
    prepared(world.ours)
    with pytest.raises(ConflictError, match="The opening of the report is not written"):
        approved(world.ours, world.consultant)
    entry = approved(world.ours, world.consultant, goes_on=True)
    assert (entry.version is not None, len(mails(world.ours))) == (True, 1)


def test_a_program_without_a_person_approves_nothing(world: World) -> None:
    ready(world.ours)
    with pytest.raises(ForbiddenError):
        approved(world.ours, None)  # type: ignore[arg-type]
    assert mails(world.ours) == []


def test_mails_wait_for_their_moment_on_the_clients_clock(world: World) -> None:
    change(world.ours, time_zone="America/New_York")
    ready(world.ours)
    entry = approved(world.ours, world.consultant, when=When(day=date(2026, 3, 9), hour=8))
    assert entry.due_at == datetime(2026, 3, 9, 12, 0, tzinfo=UTC), "the clocks went forward on the 8th"
    assert deliver(datetime(2026, 3, 9, 11, 59, tzinfo=UTC)) == []
    assert stands(world.ours).state is State.APPROVED
    assert len(deliver(datetime(2026, 3, 9, 12, 0, tzinfo=UTC))) == 1


def test_a_plan_says_when_and_send_now_does_not_wait(world: World) -> None:
    ready(world.ours)
    entry = approved(world.ours, world.consultant, when=When(), times=Times(send_day=5, send_hour=7))
    assert entry.due_at == datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert deliver() == []
    with organisation_scope(world.ours.pk):
        assert send_now(organisation=world.ours, last_day=FEBRUARY, now=NOW) == 1
    assert len(deliver()) == 1
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        send_now(organisation=world.ours, last_day=FEBRUARY, now=NOW)


def test_a_day_that_is_over_is_refused(world: World) -> None:
    ready(world.ours)
    with pytest.raises(InvalidInputError):
        approved(world.ours, world.consultant, when=When(day=date(2026, 2, 27)))
    assert mails(world.ours) == []


def test_a_taken_back_approval_is_not_sent(world: World) -> None:
    ready(world.ours)
    approved(world.ours, world.consultant, when=When(day=date(2026, 3, 9)))
    with organisation_scope(world.ours.pk):
        take_back(organisation=world.ours, last_day=FEBRUARY, now=NOW)
    assert deliver(NOW + timedelta(days=30)) == []
    assert stands(world.ours).state is State.READY
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        take_back(organisation=world.ours, last_day=FEBRUARY, now=NOW)


def test_left_out_is_neither_prepared_nor_approved_until_it_is_taken_in(world: World) -> None:
    ready(world.ours)
    said: Any = {"organisation": world.ours, "last_day": FEBRUARY, "now": NOW}
    with organisation_scope(world.ours.pk):
        leave_out(because="They moved house.", **said)
    assert (stands(world.ours).state, stands(world.ours).left_out_because) == (State.LEFT_OUT, "They moved house.")
    with pytest.raises(ConflictError):
        approved(world.ours, world.consultant)
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        ask_to_prepare(user=None, **said)
    with organisation_scope(world.ours.pk):
        leave_out(because="", **said)
    assert stands(world.ours).state is State.READY


def test_all_ready_ones_are_approved_and_one_that_is_refused_stops_none(world: World) -> None:
    third = make_client(world.firm, "Third")
    for one in (world.ours, third):
        ready(one)
    scored(world.other)
    listed(world.other, "board@other.example")
    prepared(world.other)  # its opening is not written
    ready(world.strange)
    clients = (world.ours, world.other, third, world.strange)
    with organisation_scope(world.firm.pk):
        outcome = approve_all(
            actor=actor_of(world.consultant), firm=world.firm, last_day=FEBRUARY, slugs=[one.slug for one in clients],
            when=AT_ONCE, now=NOW,
        )  # fmt: skip
    assert set(outcome.approved) == {world.ours.name, third.name}
    assert [name for name, _why in outcome.refused] == [world.other.name]
    assert [len(mails(one)) for one in clients] == [1, 0, 1, 0]
    assert addressed(deliver()) == sorted(f"board@{one.slug}.example" for one in (world.ours, third))
    with organisation_scope(world.ours.pk, write=False):
        assert past_rounds() == [{"last_day": FEBRUARY, "approved": 1, "left_out": 0}]
