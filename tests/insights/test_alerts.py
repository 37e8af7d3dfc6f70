"""Alert rules and what they find: once, of what is new, told to whom it concerns and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights import services
from engagement.insights.alert_types import RuleWords
from engagement.insights.alert_words import alert_sentence, rule_sentence, told_sentence
from engagement.insights.models import Alert, AlertCheck, AlertRule
from engagement.insights.selectors import alerts as reads
from engagement.insights.services import alert_rules
from engagement.insights.services.alert_mails import mail_alerts, wake_unmailed_alerts
from engagement.insights.services.alerts import handle_alert, wake_unchecked
from engagement.insights.terms import terms_of
from engagement.look.numbers import share_text
from engagement.scoring.models import Segment
from tenants.models import Membership, Organisation
from tenants.scope import organisation_scope
from tenants.services import add_member
from tests.conftest import NOW, World, make_user
from tests.insights.alerts_world import after, checked, found, make_weekly, ruled, scored, week
from tests.insights.scoring_world import Small, add_segments

ALL = range(1, 61)
TWO = {key: {"all": [{"trait": "plan", "op": "is", "value": key}]} for key in ("p1", "p2")}


@pytest.fixture
def small(world: World) -> Small:
    return make_weekly(world.ours, ALL)


def visits(n: int, *, silent: int = 0) -> dict[int, int]:
    """Everybody has so many but for the first `silent`; a little apart, so that there is something to be unsure of."""
    return {number: n + number % 3 for number in ALL if number > silent}


def sentences(organisation: Organisation) -> list[str]:
    terms = terms_of(organisation=organisation, run=None)
    return [alert_sentence(one, terms=terms) for one in found(organisation)]


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fall_is_found_once_however_often_the_day_is_looked_at_or_scored(small: Small) -> None:
    ruled(small.organisation, "drop", threshold=5)
    scored(small, week(0), visits(80))
    run = scored(small, week(1), visits(60))
    assert [checked(run), checked(run)] == [1, 1]
    again = services.score(organisation_id=small.id, as_of=week(1), cause="request", now=after(week(1)), reuse=False)
    assert checked(again) == 0
    (alert,) = found(small.organisation)
    assert (alert.kind, alert.segment_key, alert.as_of, alert.state, alert.over_on) == (
        "drop", "all", week(1), "open", week(1),
    )  # fmt: skip
    assert (alert.facts["before"], alert.facts["score"], alert.facts["change"]) == (
        "81.000000",
        "61.000000",
        "-20.000000",
    )
    (said,) = sentences(small.organisation)
    assert said.startswith("All customers fell by 20.0, from 81.0 to 61.0, between 1 Mar 2026 and 8 Mar 2026.")


@pytest.mark.parametrize(("threshold", "n"), [("19.9", 1), ("20", 1), ("20.1", 0)])
def test_a_fall_of_less_than_the_rule_says_is_none(small: Small, threshold: str, n: int) -> None:
    ruled(small.organisation, "drop", threshold=threshold)
    scored(small, week(0), visits(80))
    assert checked(scored(small, week(1), visits(60))) == n


def test_what_cannot_be_compared_is_passed_over_with_its_reason(small: Small) -> None:
    add_segments(small, "plan", TWO)
    ruled(small.organisation, "drop", threshold=5, segment_keys=("all", "p1"))
    checked(scored(small, week(0), visits(80)))
    with organisation_scope(small.id, write=False):
        check = AlertCheck.objects.get()
    assert check.passed_over == [[1, key, "the end of the period before was not scored"] for key in ("all", "p1")]
    checked(scored(small, week(1), visits(60)))
    with organisation_scope(small.id, write=False):
        check = AlertCheck.objects.latest("checked_at")
    assert (check.compared, check.passed_over) == (1, [[1, "p1", "fewer than 30 customers"]])


def test_of_a_running_day_of_the_past_and_of_a_run_that_counts_no_more_nothing_is_found(small: Small) -> None:
    ruled(small.organisation, "drop", threshold=5)
    scored(small, week(0), visits(80))
    run = scored(small, week(1), visits(60))
    assert checked(run, now=after(week(1) + timedelta(days=9))) == 0
    running = scored(small, week(2), visits(20))
    assert checked(running, now=after(week(2) - timedelta(days=1))) == 0
    replaced = scored(small, week(3), visits(1))
    services.score(organisation_id=small.id, as_of=week(3), cause="request", now=after(week(3)), reuse=False)
    assert checked(replaced) == 0
    assert found(small.organisation) == []


def test_a_band_counts_when_it_is_another_one_for_sure(small: Small) -> None:
    ruled(small.organisation, "band", threshold="0.9")
    for at, n in enumerate((75, 69, 68)):  # Good; 70 on the line is sure of nothing; 69 is Poor
        checked(scored(small, week(at), visits(n)))
    (alert,) = found(small.organisation)
    assert (alert.as_of, alert.facts["band_before"], alert.facts["band"]) == (week(2), "good", "poor")
    assert alert.facts["before_day"] == week(0).isoformat()
    checked(scored(small, week(3), visits(67)))
    assert len(found(small.organisation)) == 1


def test_customers_who_fell_silent_are_found_once_until_it_is_over(small: Small) -> None:
    ruled(small.organisation, "silent", threshold="0.1")
    silent = (0, 20, 30, 30, 0, 30)  # ten more in the third week: the same alert lasts; nobody in the fourth: over
    fired = [checked(scored(small, week(at), visits(50, silent=n))) for at, n in enumerate(silent)]
    assert fired == [0, 1, 0, 0, 0, 1]
    first, second = found(small.organisation)
    assert (first.facts["silent"], first.facts["active"], first.over_on) == ("20", "60", week(3))
    assert (second.as_of, second.over_on) == (week(5), None)
    assert sentences(small.organisation)[0].startswith("20 of 60 active customers (33.3")


def test_late_data_is_found_once_while_it_lasts(small: Small) -> None:
    ruled(small.organisation, "stale", threshold=3)
    day = week(0)
    runs = [scored(small, day, visits(50)), *(scored(small, day + timedelta(days=n), {}) for n in (1, 2, 3))]
    assert [checked(run) for run in runs] == [0, 0, 1, 0]
    assert "No event has counted for 3 days: the last was on 1 Mar 2026." in sentences(small.organisation)[0]
    checked(scored(small, day + timedelta(days=4), visits(50)))
    assert [one.over_on for one in found(small.organisation)] == [day + timedelta(days=4)]


def test_a_target_that_is_missed_is_found_once(small: Small) -> None:
    with organisation_scope(small.id):
        services.set_target(
            organisation=small.organisation, segment_key="all", measure="score", value=Decimal(90),
            due_on=week(1), owner=None, note="", user=None, now=after(week(0)),
        )  # fmt: skip
    ruled(small.organisation, "target")
    runs = [scored(small, week(1) + timedelta(days=n), visits(50)) for n in (0, 1, 2)]
    assert [checked(run) for run in runs] == [1, 0, 0]
    assert sentences(small.organisation) == ["All customers missed the target of 90 by 8 March 2026. It stood at 51."]


def test_a_muted_rule_finds_nothing_and_makes_nothing_up(small: Small, world: World) -> None:
    rule = ruled(small.organisation, "drop", threshold=5)
    with organisation_scope(small.id):
        alert_rules.mute_rule(
            organisation=world.ours, rule_id=rule.pk, until=week(1) + timedelta(days=2), now=after(week(0))
        )
    scored(small, week(0), visits(80))
    assert checked(scored(small, week(1), visits(60))) == 0
    assert checked(scored(small, week(2), visits(40))) == 1


def test_without_a_rule_nothing_is_looked_at_and_a_lost_message_is_made_up_for(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.wake.wake", lambda *said: woken.append(said))
    run = scored(small, week(0), visits(80))
    assert (checked(run), wake_unchecked(now=after(week(0)))) == (0, 0)
    ruled(small.organisation, "drop", threshold=5)
    assert wake_unchecked(now=after(week(0))) == 1
    assert woken == [("insights.alerts", small.id, run.pk)]
    checked(run)
    assert wake_unchecked(now=after(week(0))) == 0


def test_of_an_organisation_that_rests_nothing_is_found(small: Small) -> None:
    ruled(small.organisation, "stale", threshold=1)
    run = scored(small, week(0) + timedelta(days=3), visits(1))
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(suspended_at=NOW)
    assert checked(run) == 0
    with organisation_scope(small.id, write=False):
        assert not AlertCheck.objects.exists()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────


def words(**changes: Any) -> RuleWords:
    said: dict[str, Any] = {"kind": "drop", "period": "week", "threshold": Decimal(3), "roles": ("admin",), **changes}
    return RuleWords(**said)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"threshold": Decimal(0)}, "threshold"),
        ({"threshold": Decimal("NaN")}, "threshold"),
        ({"threshold": Decimal("3.0001")}, "threshold"),
        ({"kind": "band", "threshold": Decimal("0.5")}, "threshold"),
        ({"kind": "stale", "period": "", "threshold": Decimal("1.5")}, "threshold"),
        ({"period": ""}, "period"),
        ({"kind": "target", "threshold": Decimal(0)}, "period"),
        ({"segment_keys": ()}, "segments"),
        ({"segment_keys": ("all", "all")}, "segments"),
        ({"segment_keys": ("nobodys",)}, "segments"),
        ({"roles": ("owner",)}, "roles"),
        ({"roles": ()}, "roles"),
        ({"people": (uuid4(),)}, "people"),
    ],
)
def test_a_rule_that_cannot_be_says_which_part(world: World, changes: dict[str, Any], field: str) -> None:
    with organisation_scope(world.ours.pk), pytest.raises(InvalidInputError) as refused:
        alert_rules.add_rule(organisation=world.ours, words=words(**changes), user=world.admin, now=NOW)
    assert set(refused.value.fields) == {field}


def test_a_change_is_another_version_and_none_is_none(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW}
    with organisation_scope(world.ours.pk):
        rule = alert_rules.add_rule(**said, words=words())
        assert alert_rules.change_rule(**said, rule_id=rule.pk, words=words()).version == 1
        changed = alert_rules.change_rule(**said, rule_id=rule.pk, words=words(threshold=Decimal(4)))
        assert (changed.version, changed.threshold_thousandths) == (2, 4_000)
        with pytest.raises(InvalidInputError, match="cannot be used"):
            alert_rules.change_rule(**said, rule_id=rule.pk, words=words(kind="silent", threshold=Decimal("0.1")))
        alert_rules.retire_rule(organisation=world.ours, rule_id=rule.pk, now=NOW)
        with pytest.raises(NotFoundError):
            alert_rules.change_rule(**said, rule_id=rule.pk, words=words())
    with organisation_scope(world.strange.pk), pytest.raises(NotFoundError):
        alert_rules.retire_rule(organisation=world.strange, rule_id=rule.pk, now=NOW)


def test_the_usual_rules_are_offered_once_and_each_says_what_it_does(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW}
    terms = terms_of(organisation=world.ours, run=None)
    with organisation_scope(world.ours.pk):
        alert_rules.set_usual_rules(**said)
        with pytest.raises(ConflictError):
            alert_rules.set_usual_rules(**said)
        rules = reads.rules()
    sure, tenth = (share_text(Decimal(share), places=0) for share in ("0.95", "0.1"))
    assert [rule_sentence(rule, terms=terms) for rule in rules] == [
        "The score of all customers falls by 2 or more from one month to the next, and by more than chance would.",
        f"At the end of a month, the band of all customers is another one with a chance of more than {sure}.",
        f"Of the active customers, surely more than {tenth} fall silent from one month to the next.",
        "A target of all customers is off track, or is missed.",
        "No event has counted for 3 days.",
    ]
    assert {told_sentence(rule) for rule in rules} == {"Mails to admins and consultants."}


# ── mails ────────────────────────────────────────────────────────────────────────────────────────────────────


def fallen(small: Small, **rule: Any) -> AlertCheck:
    """A fall found in everybody and, where the rule looks there, in both plans of thirty."""
    ruled(small.organisation, "drop", threshold=5, **rule)
    scored(small, week(0), visits(80))
    checked(scored(small, week(1), visits(60)))
    with organisation_scope(small.id, write=False):
        return AlertCheck.objects.get()


def mailed(check: AlertCheck) -> int:
    return mail_alerts(organisation_id=check.organisation_id, check_id=check.pk, now=after(week(1)))


def test_members_of_the_roles_or_else_the_firms_and_named_people_are_told_once(small: Small, world: World) -> None:
    check = fallen(small, roles=("admin",), people=(world.viewer.pk,))
    assert (mailed(check), mailed(check)) == (2, 0)
    assert sorted(message.to[0] for message in mail.outbox) == sorted([world.admin.email, world.viewer.email])
    message = mail.outbox[0]
    assert message.subject == f"One alert for {small.organisation.name} · Rapport"
    assert "All customers fell by 20.0" in message.body
    assert f"/o/{world.ours.slug}/alerts/" in message.body


def test_who_may_not_read_it_any_more_or_only_other_segments_is_not_told(small: Small, world: World) -> None:
    with organisation_scope(small.id):
        other = Segment.objects.create(organisation=world.ours, key="other", name="Other")
        limited = make_user("limited")
        add_member(user=limited, role="viewer")
    check = fallen(small, roles=(), people=(world.viewer.pk, limited.pk))
    with organisation_scope(small.id):
        Membership.objects.filter(user=world.viewer).delete()
        Membership.objects.filter(user=limited).update(limited_to="segments", segment_ids=[str(other.pk)])
    assert mailed(check) == 0
    assert mail.outbox == []


def test_a_mail_that_no_server_takes_is_tried_again_and_nobody_has_two(
    small: Small, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, takes = fallen(small, roles=("admin", "consultant")), EmailBackend.send_messages

    def refuse(backend: Any, messages: Any) -> int:
        if messages[0].to == [world.admin.email]:
            raise ConnectionRefusedError
        return int(takes(backend, messages) or 0)

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", refuse)
        assert mailed(check) == 1
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.wake.wake", lambda *said: woken.append(said))
    at = after(week(1))
    assert [wake_unmailed_alerts(now=at + span) for span in (timedelta(minutes=4), timedelta(days=8))] == [0, 0]
    assert wake_unmailed_alerts(now=at + timedelta(minutes=6)) == 1
    assert woken == [("insights.alert_mail", small.id, check.pk)]
    assert mailed(check) == 1
    assert [message.to for message in mail.outbox] == [[world.consultant.email], [world.admin.email]]


def test_a_look_that_finds_nothing_mails_nobody(small: Small) -> None:
    ruled(small.organisation, "drop", threshold=5)
    checked(scored(small, week(0), visits(80)))
    with organisation_scope(small.id, write=False):
        check = AlertCheck.objects.get()
    assert check.mailed_at is not None
    assert mailed(check) == 0


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────────────────


def test_an_alert_is_seen_and_done_with_a_note(small: Small, world: World) -> None:
    fallen(small)
    (alert,) = found(small.organisation)
    said: dict[str, Any] = {"organisation": world.ours, "alert_id": alert.id, "user": world.admin, "now": NOW}
    with organisation_scope(small.id):
        assert reads.open_alerts() is not None
        handle_alert(**said, state="seen", note="")
        assert reads.open_alerts() is None
        handle_alert(**said, state="done", note=" The shop was closed ")
        kept = Alert.objects.get()
        assert (kept.state, kept.note, kept.handled_by_id) == ("done", "The shop was closed", world.admin.pk)
        assert reads.alerts(only_open=True) == ()
        for state, note, field in (("gone", "", "state"), ("done", "x" * 281, "note")):
            with pytest.raises(InvalidInputError) as refused:
                handle_alert(**said, state=state, note=note)
            assert set(refused.value.fields) == {field}


def test_the_pages_say_it_where_people_look(small: Small, world: World, client: Client) -> None:
    base = f"/o/{world.ours.slug}"
    client.force_login(world.consultant)
    assert "Set the usual rules" in client.get(f"{base}/alerts/").content.decode()
    assert client.post(f"{base}/alerts/rules/usual/").status_code == 302
    assert "The score of all customers falls by 2 or more" in client.get(f"{base}/alerts/rules/").content.decode()
    with organisation_scope(small.id):
        AlertRule.objects.all().update(retired_at=NOW)
    fallen(small)
    (alert,) = found(small.organisation)
    page = client.get(f"{base}/alerts/").content.decode()
    assert "One alert is open" in page
    assert "All customers fell by 20.0" in page
    assert "One alert is open, of 8 Mar 2026." in client.get(f"{base}/").content.decode()
    assert "An alert is open." in client.get(f"/portfolio/{world.firm.slug}/").content.decode()
    answer = client.post(f"{base}/alerts/{alert.id}/", {"state": "done", "note": "Closed for a week"})
    assert answer.status_code == 302
    assert "No alert is open" in client.get(f"{base}/alerts/?show=all").content.decode()
    client.force_login(world.viewer)
    assert client.get(f"{base}/alerts/{alert.id}/").status_code == 200
    assert client.post(f"{base}/alerts/{alert.id}/", {"state": "open"}).status_code == 403
    assert client.post(f"{base}/alerts/rules/usual/").status_code == 403
    client.force_login(world.stranger)
    assert client.get(f"{base}/alerts/{alert.id}/").status_code == 404


def test_a_rule_is_typed_in_per_cent_and_refused_beside_its_field(small: Small, world: World, client: Client) -> None:
    client.force_login(world.consultant)
    base = f"/o/{world.ours.slug}/alerts/rules"
    typed = {"threshold": "12.5", "period": "week", "segments": "all", "roles": "admin"}
    assert client.post(f"{base}/new/?kind=silent", typed).status_code == 302
    with organisation_scope(small.id, write=False):
        rule = AlertRule.objects.get()
    assert (rule.kind, rule.threshold_thousandths, rule.segment_keys) == ("silent", 125, ["all"])
    assert 'value="12.5"' in client.get(f"{base}/{rule.pk}/").content.decode()
    refused = client.post(f"{base}/new/?kind=silent", {**typed, "threshold": "200"}).content.decode()
    assert "Give a share from 0.1 to 99.9" in refused
    assert client.get(f"{base}/new/?kind=weather").status_code == 404
    assert client.post(f"{base}/{rule.pk}/mute/", {"muted_until": "2026-01-01"}).status_code == 200  # has passed
    assert client.post(f"{base}/{rule.pk}/end/").status_code == 302
