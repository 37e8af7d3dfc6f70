"""The weekly mail: to whom, when, of what; never twice, and never of what somebody may not open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils.translation import get_language

from engagement.scorecards.digest import mailing, writing
from engagement.scorecards.digest.mailing import dispatch_digests, send_digest
from tenants.accounts.links import weekly_mail_link, weekly_mail_token
from tenants.models import Digest, LimitedTo, Membership, Organisation, User
from tenants.scope import organisation_scope
from tenants.services import add_member
from tenants.services.digests import LEASE, TRY_FOR, ask_for_digests, choose_weekly_mail, waiting_digests
from tests.conftest import World, make_user
from tests.insights.alerts_world import checked, make_weekly, ruled, scored
from tests.insights.test_alerts import visits

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


def due(now: datetime) -> set[str]:
    """Asks; the people with a mail of this week, whatever became of it."""
    dispatch_digests(now=now)
    return {one.user.email for one in Digest.objects.select_related("user")}


def sent(now: datetime = MONDAY) -> list[Any]:
    """What leaves when everything that is due has been worked off."""
    before = len(mail.outbox)
    dispatch_digests(now=now)
    for digest_id in waiting_digests(now=now):
        send_digest(digest_id=digest_id, now=now)
    return mail.outbox[before:]


def to(user: User, now: datetime = MONDAY) -> list[str]:
    return [f"{one.subject}\n{one.body}" for one in sent(now) if one.to == [user.email]]


def change(organisation: Organisation, **values: Any) -> None:
    with organisation_scope(organisation.pk):
        Organisation.objects.filter(pk=organisation.pk).update(**values)


def limit(organisation: Organisation, user: User, **values: Any) -> None:
    with organisation_scope(organisation.pk):
        Membership.objects.filter(user=user).update(**values)


def two_months(organisation: Organisation, january: int, february: int) -> None:
    small = make_weekly(organisation, range(1, 61))
    scored(small, JANUARY, visits(january))
    scored(small, FEBRUARY, visits(february))


# ── to whom, and when ────────────────────────────────────────────────────────────────────────────────────────


def test_by_default_consultants_and_admins_get_it_and_viewers_do_not(world: World) -> None:
    assert due(MONDAY) == {world.admin.email, world.consultant.email, world.stranger.email}


def test_what_somebody_chose_counts(world: World) -> None:
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    choose_weekly_mail(user_id=world.admin.pk, wanted=False)
    assert due(MONDAY) == {world.viewer.email, world.consultant.email, world.stranger.email}


def test_operators_closed_accounts_and_people_without_an_organisation_get_none(world: World) -> None:
    nobody = make_user("nobody")
    choose_weekly_mail(user_id=nobody.pk, wanted=True)
    User.objects.filter(pk=world.admin.pk).update(is_active=False)
    User.objects.filter(pk=world.consultant.pk).update(is_staff=True)
    assert due(MONDAY) == {world.stranger.email}


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("UTC", datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 23, 6, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),  # the clocks went forward on Sunday
        ("Europe/Berlin", datetime(2026, 10, 26, 6, 0, tzinfo=UTC)),  # and back
        ("America/New_York", datetime(2026, 3, 9, 11, 0, tzinfo=UTC)),  # forward on Sunday
        ("Pacific/Auckland", datetime(2026, 3, 1, 18, 0, tzinfo=UTC)),  # Sunday in London
        ("Asia/Kathmandu", datetime(2026, 3, 2, 1, 15, tzinfo=UTC)),
    ],
)
def test_it_is_due_from_seven_on_monday_on_the_clock_of_the_organisation(
    world: World, zone: str, first: datetime
) -> None:
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    User.objects.exclude(pk=world.viewer.pk).update(weekly_mail=False)
    change(world.ours, time_zone=zone)
    assert due(first - MINUTE) == set()
    assert due(first) == {world.viewer.email}
    Digest.objects.all().delete()
    assert due(first + timedelta(hours=17)) == set(), "Monday is over"


def test_people_of_a_firm_go_by_the_clock_of_the_firm(world: World) -> None:
    change(world.ours, time_zone="Pacific/Auckland")
    change(world.other, time_zone="Pacific/Auckland")
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    assert due(datetime(2026, 3, 1, 18, 0, tzinfo=UTC)) == {world.viewer.email}
    assert world.admin.email in due(MONDAY)


def test_asked_for_around_the_clock_there_is_one_a_week(world: World) -> None:
    for hours in range(0, 24 * 21, 5):
        ask_for_digests(now=MONDAY + timedelta(hours=hours))
    weeks = Digest.objects.filter(user=world.consultant).order_by("week").values_list("week", flat=True)
    assert list(weeks) == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]


def test_it_speaks_what_its_reader_chose_and_else_what_the_firm_speaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: dict[str, str] = {}

    def send(name: str, *, to: str, **letter: Any) -> None:
        spoken[to] = get_language()

    monkeypatch.setattr("tenants.accounts.mails.send", send)
    change(world.firm, language="de")
    User.objects.filter(pk=world.admin.pk).update(language="en")
    sent()
    assert spoken == {world.admin.email: "en", world.consultant.email: "de", world.stranger.email: "en"}


# ── never twice ──────────────────────────────────────────────────────────────────────────────────────────────


def test_asked_for_twice_it_is_sent_once_and_again_next_week(world: World) -> None:
    assert len(to(world.consultant)) == 1
    assert sent() == []
    assert sent(MONDAY + timedelta(hours=9)) == []
    assert len(to(world.consultant, MONDAY + timedelta(weeks=1))) == 1


def test_a_zone_that_changes_on_monday_sends_no_second_one(world: World) -> None:
    assert len(to(world.consultant)) == 1
    change(world.firm, time_zone="America/Los_Angeles")
    assert to(world.consultant, MONDAY + timedelta(hours=9)) == []


def test_two_workers_with_the_same_mail_send_one(world: World) -> None:
    dispatch_digests(now=MONDAY)
    one = Digest.objects.get(user=world.consultant)
    assert [send_digest(digest_id=one.pk, now=MONDAY) for _ in range(2)] == [True, False]
    assert len(mail.outbox) == 1


def test_a_worker_that_outlives_its_lease_sends_nothing_beside_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch_digests(now=MONDAY)
    one, really, late = Digest.objects.get(user=world.consultant), writing.letter_of, MONDAY + LEASE + MINUTE

    def slow(**words: Any) -> Any:
        monkeypatch.setattr(mailing, "letter_of", really)
        assert send_digest(digest_id=one.pk, now=late)
        return really(**words)

    monkeypatch.setattr(mailing, "letter_of", slow)
    assert not send_digest(digest_id=one.pk, now=MONDAY)
    assert len(mail.outbox) == 1


def _dies(*_: Any, **__: Any) -> None:
    raise SystemExit


def test_a_worker_that_dies_before_sending_is_made_up_for_after_its_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(mailing, "letter_of", _dies)
        with pytest.raises(SystemExit):
            sent()
    one = Digest.objects.get(lease_until__isnull=False)
    assert not send_digest(digest_id=one.pk, now=MONDAY + LEASE)
    assert send_digest(digest_id=one.pk, now=MONDAY + LEASE + MINUTE)


def test_a_worker_that_dies_with_the_mail_at_the_server_is_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch_digests(now=MONDAY)
    one = Digest.objects.get(user=world.consultant)
    with monkeypatch.context() as patched:
        patched.setattr(mailing, "_send", _dies)
        with pytest.raises(SystemExit):
            send_digest(digest_id=one.pk, now=MONDAY)
    assert to(world.consultant, MONDAY + LEASE + MINUTE) == []
    one.refresh_from_db()
    assert one.state == Digest.State.HANDED_OVER


def test_what_the_mail_server_refuses_is_tried_for_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: EmailBackend, messages: Any) -> int:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        assert sent() == []
    assert sent(MONDAY + MINUTE) == []
    assert waiting_digests(now=MONDAY + TRY_FOR + MINUTE) == []
    assert len(to(world.consultant, MONDAY + LEASE + MINUTE)) == 1


# ── of what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_mail_tells_of_every_client_those_that_wait_first_and_of_no_foreign_one(world: World) -> None:
    for organisation in (world.ours, world.other, world.strange):
        change(organisation, name=f"Canary {organisation.slug}")
    change(world.ours, name="Zebra")
    two_months(world.ours, 85, 60)
    two_months(world.other, 60, 85)
    scored(make_weekly(world.strange, range(1, 61)), FEBRUARY, visits(50))
    (said,) = to(world.consultant)
    assert said.startswith("The week in 2 organisations: something waits in 1 · Rapport")
    assert said.index("Zebra: 61.0, Poor, on 28 Feb; −25.0 in February 2026") < said.index("Nothing waits in these:")
    assert said.index("Nothing waits in these:") < said.index(f"Canary {world.other.slug}: 86.0, Excellent")
    assert "Fell by 25.0." in said
    assert f"/o/{world.ours.slug}/" in said
    assert world.strange.slug not in said
    assert world.strangers_firm.slug not in said
    assert "visit" not in said.lower()


def test_a_change_inside_its_interval_is_unchanged_and_waits_for_nobody(world: World) -> None:
    small = make_weekly(world.ours, range(1, 61))
    scored(small, JANUARY, {number: 20 + number for number in range(1, 61)})
    scored(small, FEBRUARY, {number: 20 + (number * 37 + 11) % 61 - (number % 2) * 4 for number in range(1, 61)})
    change(world.other, suspended_at=MONDAY)
    (said,) = to(world.consultant)
    assert "unchanged in February 2026" in said
    assert "Fell" not in said


def test_open_alerts_and_late_data_are_said(world: World) -> None:
    small = make_weekly(world.ours, range(1, 61))
    ruled(world.ours, "drop", threshold=5)
    scored(small, date(2026, 2, 15), visits(85))
    checked(scored(small, date(2026, 2, 22), visits(60)))
    (said,) = to(world.consultant)
    assert "No events for 8 days." in said
    assert "An alert is open." in said
    assert f"/o/{world.ours.slug}/alerts/" in said


def test_a_viewer_is_told_what_waits_without_links_that_do_not_open(world: World) -> None:
    two_months(world.ours, 85, 60)
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    (said,) = to(world.viewer)
    assert said.startswith(f"The week at {world.ours.name}: something waits")
    assert "Fell by 25.0." in said
    assert "See the split" not in said
    assert world.other.name not in said


def test_where_nothing_waits_the_mail_is_short(world: World) -> None:
    two_months(world.ours, 60, 85)
    change(world.other, suspended_at=MONDAY)
    (said,) = to(world.consultant)
    assert said.startswith(f"The week at {world.ours.name}: nothing waits · Rapport")
    assert "What waits" not in said


@pytest.mark.parametrize("limited", [LimitedTo.REPORTS, LimitedTo.SEGMENTS])
def test_a_limited_membership_gets_none(world: World, limited: str) -> None:
    two_months(world.ours, 85, 60)
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    segments = ["00000000-0000-0000-0000-000000000001"] if limited == LimitedTo.SEGMENTS else []
    limit(world.ours, world.viewer, limited_to=limited, segment_ids=segments)
    assert to(world.viewer) == []


@pytest.mark.parametrize("limited", [LimitedTo.REPORTS, LimitedTo.SEGMENTS])
def test_a_limited_membership_is_left_out_of_the_mail_about_another(world: World, limited: str) -> None:
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    segments = ["00000000-0000-0000-0000-000000000001"] if limited == LimitedTo.SEGMENTS else []
    limit(world.ours, world.viewer, limited_to=limited, segment_ids=segments)
    with organisation_scope(world.other.pk):
        add_member(user=world.viewer, role="viewer")
    (said,) = to(world.viewer)
    assert world.other.name in said
    assert world.ours.name not in said


def test_what_rests_is_left_out_and_where_all_rest_there_is_no_mail(world: World) -> None:
    change(world.ours, suspended_at=MONDAY)
    (said,) = to(world.consultant)
    assert world.ours.name not in said
    change(world.other, suspended_at=MONDAY)
    assert to(world.consultant, MONDAY + timedelta(weeks=1)) == []
    assert Digest.objects.get(user=world.consultant, week=date(2026, 3, 9)).state == Digest.State.NOTHING


def test_a_membership_that_ended_after_it_was_asked_for_counts_no_more(world: World) -> None:
    choose_weekly_mail(user_id=world.viewer.pk, wanted=True)
    dispatch_digests(now=MONDAY)
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).delete()
    assert to(world.viewer) == []


# ── wanting it or not ────────────────────────────────────────────────────────────────────────────────────────


def test_each_mail_says_how_to_stop_it_to_people_and_programs(world: World) -> None:
    (one,) = [each for each in sent() if each.to == [world.consultant.email]]
    link = weekly_mail_link(world.consultant.pk)
    assert one.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in one.body


def test_the_link_stops_it_without_signing_in_when_it_is_confirmed(world: World) -> None:
    client, address = Client(enforce_csrf_checks=True), f"/weekly-mail/stop/{weekly_mail_token(world.consultant.pk)}/"
    dispatch_digests(now=MONDAY)
    page = client.get(address)
    assert (page.status_code, b"Yes, stop it" in page.content) == (200, True)
    world.consultant.refresh_from_db()
    assert world.consultant.weekly_mail is None
    done = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, b"The weekly mail is off" in done.content) == (200, True)
    assert to(world.consultant) == [], "also the one that waited already"
    world.admin.refresh_from_db()
    assert world.admin.weekly_mail is None


def test_a_forged_link_is_unknown(world: World) -> None:
    token = weekly_mail_token(world.consultant.pk)
    stranger = weekly_mail_token(world.stranger.pk)
    for forged in ("x", f"{token}x", f"{stranger.rpartition(':')[0]}:{token.rpartition(':')[2]}"):
        assert Client().post(f"/weekly-mail/stop/{forged}/").status_code == 404
    assert set(User.objects.values_list("weekly_mail", flat=True)) == {None}


def test_the_account_page_shows_and_keeps_the_choice(world: World) -> None:
    for user, is_on in ((world.consultant, True), (world.viewer, False)):
        client = Client()
        client.force_login(user)
        assert _ticked(client) is is_on
        client.post("/account/weekly-mail/", {} if is_on else {"wanted": "on"})
        assert _ticked(client) is not is_on


def _ticked(client: Client) -> bool:
    page = client.get("/account/")
    return bool(page.context["weekly_mail_form"]["wanted"].value())
