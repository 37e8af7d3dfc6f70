"""Signed messages: who can check them, what is tried again, what is shown once, when it stops."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, OutgoingError
from engagement.insights.models import WebhookDelivery, WebhookEndpoint
from engagement.insights.services import deliveries, webhooks
from engagement.insights.services.alert_mails import mail_webhook_off, wake_untold_webhooks
from engagement.insights.services.deliveries import FAILS_FOR, WAITS, deliver, wake_pending
from engagement.redaction import redact
from tenants import outgoing
from tenants.outgoing import Answer
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, _superuser
from tests.insights.alerts_world import after, checked, make_weekly, ruled, scored, week

URL = "https://hooks.example.com/in?token=theirs"


class Other:
    """The other side: keeps what came, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.status: int | Exception = 204

    def __call__(self, url: str, *, body: bytes, headers: Mapping[str, str], **_said: Any) -> Answer:
        self.got.append((url, headers, body))
        if isinstance(self.status, Exception):
            raise self.status
        return Answer(self.status, {}, b"")


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Other:
    found = Other()
    monkeypatch.setattr(outgoing, "fetch", found)
    return found


def added(world: World, **said: Any) -> tuple[WebhookEndpoint, str]:
    with organisation_scope(world.ours.pk):
        return webhooks.add_endpoint(
            organisation=world.ours, user=world.admin, now=NOW,
            **{"name": "Mailing tool", "url": URL, "takes_alerts": True, **said},
        )  # fmt: skip


def tried(world: World, endpoint: WebhookEndpoint) -> WebhookDelivery:
    with organisation_scope(world.ours.pk):
        return deliveries.send_test(organisation=world.ours, endpoint_id=endpoint.pk, user=world.admin, now=NOW)


def sent(delivery: WebhookDelivery, *, now: Any = NOW) -> bool:
    return deliver(organisation_id=delivery.organisation_id, delivery_id=delivery.pk, now=now)


def fresh(row: Any) -> Any:
    with organisation_scope(row.organisation_id, write=False):
        return type(row).objects.get(pk=row.pk)


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """As a receiver checks it, written down apart from how it is signed."""
    key = base64.b64decode(secret[len("whsec_") :])
    text = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split(" "))


# ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_can_be_checked_by_whoever_has_the_secret_and_by_nobody_else(world: World, other: Other) -> None:
    endpoint, secret = added(world)
    delivery = tried(world, endpoint)
    assert sent(delivery)
    ((url, headers, body),) = other.got
    assert url == URL
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (str(delivery.pk), str(int(NOW.timestamp())))
    assert json.loads(body) == {
        "type": "test", "timestamp": NOW.isoformat(), "organisation": world.ours.slug, "data": {},
    }  # fmt: skip
    assert is_signed(secret, headers, body)
    assert not is_signed("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
    assert not is_signed(secret, headers, body + b" ")
    assert not is_signed(secret, {**headers, "webhook-timestamp": "1"}, body)
    kept = fresh(delivery)
    assert (kept.state, kept.attempts, kept.answered, kept.error) == ("done", 1, 204, "")


def test_while_a_replaced_secret_lasts_both_sign_and_then_the_new_one_alone(world: World, other: Other) -> None:
    endpoint, old = added(world)
    with organisation_scope(world.ours.pk):
        _, new = webhooks.rotate_secret(organisation=world.ours, endpoint_id=endpoint.pk, now=NOW)
    assert old != new
    for now, by_old in ((NOW, True), (NOW + webhooks.OVERLAP, False)):
        delivery = tried(world, endpoint)
        sent(delivery, now=now)
        _, headers, body = other.got[-1]
        assert (is_signed(new, headers, body), is_signed(old, headers, body)) == (True, by_old)


def test_a_dump_a_page_and_a_log_line_do_not_show_a_secret(world: World, other: Other, client: Client) -> None:
    client.force_login(world.consultant)
    base = f"/o/{world.ours.slug}/webhooks/"
    shown = client.post(base, {"name": "Mailing tool", "url": URL, "takes_alerts": "on"}).content.decode()
    secret = next(part for part in shown.replace("<", " ").replace(">", " ").split() if part.startswith("whsec_"))[:50]
    assert len(secret) == 50
    with organisation_scope(world.ours.pk, write=False):
        endpoint = WebhookEndpoint.objects.get()
        assert webhooks.secrets_of(endpoint, now=NOW) == [secret]
    rows = _superuser().execute("SELECT to_jsonb(e)::text FROM insights_webhookendpoint e").fetchall()
    assert not any(secret in row or base64.b64decode(secret[6:]).hex() in row for (row,) in rows)
    for address in (base, f"{base}{endpoint.pk}/", f"{base}{endpoint.pk}/secret/"):
        assert secret not in client.get(address).content.decode()
    assert secret not in redact(f"something {secret} else")


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://hooks.example.com:5432/"}, "url"),
        ({"url": "https://me:secret@hooks.example.com/"}, "url"),
        ({"url": "nowhere"}, "url"),
    ],
)
def test_an_address_that_cannot_be_says_so(world: World, said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        added(world, **said)
    assert set(refused.value.fields) == {field}


def test_an_address_that_leads_inside_is_never_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real way out: its guard looks at where the name leads each time."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("127.0.0.1", 443))])
    monkeypatch.setattr("socket.create_connection", lambda *_a, **_k: pytest.fail("it was asked"))
    endpoint, _ = added(world)
    delivery = tried(world, endpoint)
    assert not sent(delivery)
    kept = fresh(delivery)
    assert (kept.state, kept.answered) == ("waiting", None)
    assert "not public" in kept.error


# ── trying again ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_fails_is_tried_later_and_later_and_given_up(world: World, other: Other) -> None:
    endpoint, _ = added(world)
    delivery, now, other.status = tried(world, endpoint), NOW, 500
    for attempt, wait in enumerate(WAITS, start=1):
        assert wake_pending(now=now) == 1
        assert not sent(delivery, now=now)
        assert not sent(delivery, now=now)  # not due any more
        kept = fresh(delivery)
        assert (kept.state, kept.attempts, kept.due_at) == ("waiting", attempt, now + wait)
        assert wake_pending(now=now) == 0
        now += wait
    assert not sent(delivery, now=now)
    kept = fresh(delivery)
    assert (kept.state, kept.attempts, kept.answered) == ("failed", len(WAITS) + 1, 500)
    assert len({headers["webhook-id"] for _, headers, _ in other.got}) == 1
    other.status = 200
    with organisation_scope(world.ours.pk):
        deliveries.redeliver(organisation=world.ours, delivery_id=delivery.pk, now=now)
        with pytest.raises(ConflictError):
            deliveries.redeliver(organisation=world.ours, delivery_id=delivery.pk, now=now)
    assert sent(delivery, now=now)
    assert fresh(delivery).state == "done"


def test_somebody_elses_lease_is_minded_until_it_runs_out(world: World, other: Other) -> None:
    endpoint, _ = added(world)
    delivery = tried(world, endpoint)
    with organisation_scope(world.ours.pk):
        WebhookDelivery.objects.filter(pk=delivery.pk).update(lease_until=NOW + timedelta(minutes=2))
    assert not sent(delivery)
    assert other.got == []
    assert sent(delivery, now=NOW + timedelta(minutes=3))


def test_after_days_of_failure_it_is_off_and_admins_are_told_once(
    world: World, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = added(world)
    first, second, other.status = tried(world, endpoint), tried(world, endpoint), OutgoingError("Nobody there.")
    sent(first)
    assert fresh(endpoint).off_at is None
    later = NOW + FAILS_FOR
    sent(second, now=later)
    kept = fresh(endpoint)
    assert (kept.off_at, kept.off_by_failure) == (later, True)
    assert wake_pending(now=later + timedelta(days=9)) == 0
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.wake.wake", lambda *said: woken.append(said))
    assert wake_untold_webhooks(now=later + timedelta(minutes=6)) == 1
    said: dict[str, Any] = {"organisation_id": world.ours.pk, "endpoint_id": endpoint.pk, "now": later}
    assert (mail_webhook_off(**said), mail_webhook_off(**said)) == (1, 0)
    assert [message.to for message in mail.outbox] == [[world.admin.email]]
    assert URL not in mail.outbox[0].body
    with organisation_scope(world.ours.pk):
        with pytest.raises(ConflictError):
            deliveries.send_test(organisation=world.ours, endpoint_id=endpoint.pk, user=None, now=later)
        webhooks.switch_endpoint(organisation=world.ours, endpoint_id=endpoint.pk, on=True, now=later)
    other.status = 200
    assert sent(first, now=later)
    assert fresh(endpoint).failing_since is None


def test_one_success_ends_a_row_of_failures_and_gone_ends_it_at_once(world: World, other: Other) -> None:
    endpoint, _ = added(world)
    for at, status in enumerate((500, 200, 500)):
        other.status = status
        sent(tried(world, endpoint), now=NOW + timedelta(days=3 * at))
    assert (fresh(endpoint).off_at, fresh(endpoint).failing_since) == (None, NOW + timedelta(days=6))
    other.status = 410
    sent(tried(world, endpoint), now=NOW + timedelta(days=6))
    assert fresh(endpoint).off_at is not None


def test_a_removed_one_has_no_secret_and_is_sent_nothing(world: World, other: Other) -> None:
    endpoint, _ = added(world)
    delivery = tried(world, endpoint)
    with organisation_scope(world.ours.pk):
        webhooks.remove_endpoint(organisation=world.ours, endpoint_id=endpoint.pk, now=NOW)
        for act in (webhooks.remove_endpoint, webhooks.rotate_secret):
            with pytest.raises(NotFoundError):
                act(organisation=world.ours, endpoint_id=endpoint.pk, now=NOW)
    assert not sent(delivery)
    assert other.got == []
    assert (fresh(endpoint).secret_sealed, fresh(delivery).state) == ("", "failed")


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("by_webhook", "takes", "n"), [(True, True, 1), (False, True, 0), (True, False, 0)])
def test_an_alert_is_sent_where_the_rule_and_the_webhook_say_so(
    world: World, other: Other, by_webhook: bool, takes: bool, n: int
) -> None:
    small = make_weekly(world.ours, range(1, 41))
    added(world, takes_alerts=takes)
    ruled(world.ours, "drop", threshold=5, by_webhook=by_webhook)
    scored(small, week(0), {number: 80 + number % 3 for number in range(1, 41)})
    run = scored(small, week(1), {number: 60 + number % 3 for number in range(1, 41)})
    assert [checked(run), checked(run)] == [1, 1]
    with organisation_scope(world.ours.pk, write=False):
        made = list(WebhookDelivery.objects.all())
    assert len(made) == n
    if made:
        assert sent(made[0], now=after(week(1)))
        said = json.loads(other.got[0][2])
        assert (said["type"], said["data"]["kind"], said["data"]["segment"]) == ("alert.found", "drop", "all")
        assert said["data"]["sentence"].startswith("All customers fell by 20.0")
        assert said["data"]["facts"]["change"] == "-20.000000"


def test_the_pages_are_for_whoever_may_and_show_what_became_of_each(world: World, other: Other, client: Client) -> None:
    endpoint, _ = added(world)
    base = f"/o/{world.ours.slug}/webhooks/"
    client.force_login(world.admin)
    assert client.post(f"{base}{endpoint.pk}/test/").status_code == 302
    with organisation_scope(world.ours.pk, write=False):
        delivery = WebhookDelivery.objects.get()
    other.status = 500
    with organisation_scope(world.ours.pk):
        WebhookDelivery.objects.update(due_at=NOW)
    sent(delivery)
    assert "answered 500; again" in client.get(f"{base}{endpoint.pk}/").content.decode()
    assert client.post(f"{base}{endpoint.pk}/switch/", {"on": "no"}).status_code == 302
    assert "off" in client.get(base).content.decode()
    client.force_login(world.viewer)
    assert client.get(base).status_code == 403
    client.force_login(world.stranger)
    assert client.get(f"{base}{endpoint.pk}/").status_code == 404
