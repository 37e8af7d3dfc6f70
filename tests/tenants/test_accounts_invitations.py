"""Coming by invitation: asked by an admin, mailed by a worker, accepted once, by the invited address alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail, signing
from django.test import Client
from django.utils import timezone

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from tenants import selectors_accounts, services, tasks
from tenants.accounts.links import invitation_link, invitation_token, opened_invitation
from tenants.actor import reaches_of
from tenants.models import AuditEntry, Invitation, Membership, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import PASSWORD, World

NIA = "nia@example.com"


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _invite(world: World, email: str = NIA, role: str = "viewer", **more: Any) -> Invitation:
    with organisation_scope(world.ours.id):
        return services.invite(email=email, role=role, user=world.admin, **{"now": timezone.now(), **more})


def _path(invitation: Invitation) -> str:
    return invitation_link(invitation).removeprefix(settings.PUBLIC_URL)


def _again(invitation: Invitation) -> Invitation:
    with organisation_scope(invitation.organisation_id):
        return Invitation.objects.get(pk=invitation.pk)


def _roles(world: World, user: User) -> list[str]:
    with organisation_scope(world.ours.id):
        return list(Membership.objects.filter(user=user).values_list("role", flat=True))


def _acts(organisation: Organisation) -> list[tuple[str, Any]]:
    with organisation_scope(organisation.id):
        return [(entry.act, entry.content) for entry in AuditEntry.objects.order_by("number")]


JOIN = {"name": " Nia ", "password": "a-long-enough-secret", "again": "a-long-enough-secret"}

# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was sent to workers, instead of sending it."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr("tenants.services.invitations.wake", lambda *what: found.append(what))
    return found


def test_an_admin_invites_and_a_worker_mails_a_link(world: World, woken: list[Any]) -> None:
    page = f"/o/{world.ours.slug}/members/"
    client = _as(world.admin)
    assert client.post(page, {"email": " Nia@Example.com ", "role": "consultant"}).headers["Location"] == page
    with organisation_scope(world.ours.id):
        made = Invitation.objects.get()
    assert (made.email, made.role, made.invited_by_id, made.serial) == (NIA, "consultant", world.admin.pk, 1)
    assert woken == [("tenants.invitation_mail", world.ours.id, made.pk)]
    shown = client.get(page).content.decode()
    assert NIA in shown
    assert "waits for the mail server" in shown
    tasks.invitation_mail(world.ours.id, str(made.pk))
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([NIA], f"You are invited to {world.ours.name} · Rapport")
    assert invitation_link(made) in letter.body
    assert f"{world.admin.name} invites you" in letter.body
    assert "waits for the mail server" not in client.get(page).content.decode()
    assert not User.objects.filter(email=NIA).exists()


def test_a_message_that_comes_twice_mails_once(world: World) -> None:
    made = _invite(world)
    for _ in range(2):
        tasks.invitation_mail(world.ours.id, str(made.pk))
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_leaves_the_invitation_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _invite(world)

    def refuse(self: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with pytest.raises(UnavailableError, match="could not be sent"):
        tasks.invitation_mail(world.ours.id, str(made.pk))
    assert _again(made).mailed_at is None


def test_what_no_mail_server_took_is_tried_again_while_it_is_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, ended, taken = _invite(world), _invite(world, email="b@example.com"), _invite(world, email="c@example.com")
    with organisation_scope(world.ours.id):
        services.withdraw(invitation_id=ended.pk, now=timezone.now())
    tasks.invitation_mail(world.ours.id, str(taken.pk))
    found: list[Any] = []
    monkeypatch.setattr("tenants.wake.wake", lambda *what: found.append(what))

    def tried(after: timedelta) -> list[Any]:
        found.clear()
        assert services.wake_unmailed(now=left.sent_at + after) == len(found)
        return list(found)

    ours = [("tenants.invitation_mail", world.ours.id, left.pk)]
    assert tried(timedelta(minutes=4)) == []  # a worker may have it in hand
    assert tried(timedelta(minutes=5)) == ours
    assert tried(timedelta(days=7)) == ours
    assert tried(timedelta(days=7, seconds=1)) == []


def test_the_row_and_the_message_to_the_worker_hold_nothing_that_opens_it(world: World, woken: list[Any]) -> None:
    made = _invite(world)
    token = invitation_token(made)
    kept = " ".join(str(getattr(_again(made), field.attname)) for field in Invitation._meta.local_fields)
    assert not any(part in kept or part in str(woken) for part in (token, token.rpartition(":")[2]))


def test_a_known_address_is_invited_like_an_unknown_one(world: World) -> None:
    client, page = _as(world.admin), f"/o/{world.ours.slug}/members/"
    answers = []
    for email in (world.stranger.email, NIA):
        client.post(page, {"email": email, "role": "viewer"})
        answers.append(re.findall(r"<p>(An invitation .*?)</p>", client.get(page).content.decode()))
    assert answers == [[f"An invitation is on its way to {email}."] for email in (world.stranger.email, NIA)]
    assert _roles(world, world.stranger) == []


def test_asking_again_changes_the_role_and_ends_the_first_link(world: World) -> None:
    first = _invite(world)
    path = _path(first)
    second = _invite(world, role="admin")
    assert (second.pk, second.serial, second.role) == (first.pk, 2, "admin")
    assert Client().get(path).status_code == 404
    assert Client().get(_path(second)).status_code == 200


def test_sending_again_gives_a_new_link_and_as_long_again(world: World) -> None:
    old = _invite(world, now=timezone.now() - timedelta(days=settings.INVITATION_DAYS + 1))
    path = _path(old)
    assert "expired" in _as(world.admin).get(f"/o/{world.ours.slug}/members/").content.decode()
    assert Client().get(path).status_code == 404
    answer = _as(world.admin).post(f"/o/{world.ours.slug}/members/invitations/{old.pk}/send/")
    assert answer.status_code == 302
    new = _again(old)
    assert (new.serial, new.is_open(timezone.now())) == (2, True)
    assert [Client().get(address).status_code for address in (path, _path(new))] == [404, 200]


def test_only_who_manages_members_invites_sends_or_withdraws(world: World) -> None:
    made = _invite(world)
    page = f"/o/{world.ours.slug}/members/"
    for user, status in ((world.consultant, 403), (world.viewer, 403), (world.stranger, 404)):
        for address in (page, f"{page}invitations/{made.pk}/send/", f"{page}invitations/{made.pk}/withdraw/"):
            assert _as(user).post(address, {"email": "other@example.com", "role": "admin"}).status_code == status
    assert (_again(made).serial, _again(made).withdrawn_at) == (1, None)


# ── accepting ────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_new_chooses_a_name_and_a_password_and_is_in(world: World) -> None:
    made = _invite(world, role="consultant")
    client = Client()
    page = client.get(_path(made)).content.decode()
    assert f"{world.ours.name} invites you" in page
    answer = client.post(_path(made), JOIN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    nia = User.objects.get(email=NIA)
    assert (nia.name, nia.check_password(JOIN["password"]), nia.is_staff) == ("Nia", True, False)
    assert [(a.email, a.verified, a.primary) for a in EmailAddress.objects.filter(user=nia)] == [(NIA, True, True)]
    assert client.session[SESSION_KEY] == str(nia.pk)
    assert [(reach.slug, reach.role) for reach in reaches_of(nia)] == [(world.ours.slug, "consultant")]
    assert _again(made).accepted_at is not None


def test_a_link_opens_once(world: World) -> None:
    made = _invite(world)
    Client().post(_path(made), JOIN)
    other = Client().post(_path(made), {**JOIN, "name": "Other"})
    assert other.status_code == 404
    assert "This invitation has ended" in other.content.decode()
    assert User.objects.filter(email=NIA).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "password1234", "again": "password1234"}, "too common"),
        ({"password": NIA, "again": NIA}, "too similar to the email"),
        ({"again": "another-long-secret"}, "differ"),
        ({"name": " "}, "required"),
    ],
)
def test_a_bad_password_or_no_name_uses_nothing_up(world: World, given: dict[str, str], said: str) -> None:
    made = _invite(world)
    answer = Client().post(_path(made), {**JOIN, **given})
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert (_again(made).accepted_at, User.objects.filter(email=NIA).exists()) == (None, False)


def test_somebody_known_signs_in_and_accepts(world: World) -> None:
    made = _invite(world, email=world.stranger.email)
    path = _path(made)
    page = Client().get(path).content.decode()
    assert f"/login/?next={path}" in page.replace("%3A", ":")
    assert 'type="password"' not in page
    client = _as(world.stranger)
    assert "Accept" in client.get(path).content.decode()
    assert _roles(world, world.stranger) == []
    assert client.post(path).headers["Location"] == "/"
    assert _roles(world, world.stranger) == ["viewer"]
    assert User.objects.get(pk=world.stranger.pk).check_password(PASSWORD)


def test_a_limit_holds_from_the_first_moment_and_is_on_record(world: World) -> None:
    made = _invite(world, email=world.stranger.email, limited_to="reports")
    _as(world.stranger).post(_path(made))
    [reach] = [reach for reach in reaches_of(world.stranger) if reach.organisation_id == world.ours.id]
    assert (reach.role, reach.limit.to) == ("viewer", "reports")
    with organisation_scope(world.ours.id):
        sent = AuditEntry.objects.get(act="invitation.sent")
    assert '"limited_to":"reports"' in sent.content
    with pytest.raises(InvalidInputError) as refused:
        _invite(world, role="admin", limited_to="reports")
    assert set(refused.value.fields) == {"limited_to"}


def test_nobody_sets_a_password_of_somebody_known(world: World) -> None:
    """The link comes by mail, and mail is read by more than one; who has an account proves it."""
    made = _invite(world, email=world.stranger.email)
    answer = Client().post(_path(made), JOIN)
    assert (answer.status_code, _roles(world, world.stranger)) == (200, [])
    assert User.objects.get(pk=world.stranger.pk).check_password(PASSWORD)


def test_another_person_cannot_accept(world: World) -> None:
    made = _invite(world)
    client = _as(world.stranger)
    for answer in (client.get(_path(made)), client.post(_path(made), JOIN)):
        assert (answer.status_code, "for another address" in answer.content.decode()) == (403, True)
    assert (_roles(world, world.stranger), _again(made).accepted_at) == ([], None)
    with pytest.raises(ConflictError, match="another address"):
        services.accept(organisation_id=world.ours.id, invitation_id=made.pk, user=world.stranger, now=timezone.now())


def test_who_is_a_member_by_then_keeps_their_role(world: World) -> None:
    made = _invite(world, email=world.stranger.email)
    with organisation_scope(world.ours.id):
        services.add_member(user=world.stranger, role="consultant")
    _as(world.stranger).post(_path(made))
    assert _roles(world, world.stranger) == ["consultant"]


def test_over_is_over_however_it_ended_and_the_page_says_what_to_do(world: World) -> None:
    used, withdrawn = _invite(world, email="a@example.com"), _invite(world, email="b@example.com")
    late = _invite(world, email="c@example.com", now=timezone.now() - timedelta(days=settings.INVITATION_DAYS))
    paths = [_path(used), _path(withdrawn), _path(late), f"{_path(used)[:-4]}xyz/", "/invitation/nothing/"]
    Client().post(paths[0], JOIN)
    _as(world.admin).post(f"/o/{world.ours.slug}/members/invitations/{withdrawn.pk}/withdraw/")
    answers = [Client().get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "ask whoever invited you to send it again" in answers[0].content.decode()


def test_withdrawing_asks_first(world: World) -> None:
    made = _invite(world)
    address = f"/o/{world.ours.slug}/members/invitations/{made.pk}/withdraw/"
    client = _as(world.admin)
    assert f"Withdraw the invitation of {NIA}?" in client.get(address).content.decode()
    assert _again(made).withdrawn_at is None
    assert client.post(address).status_code == 302
    assert client.get(address).status_code == 404
    with organisation_scope(world.ours.id), pytest.raises(NotFoundError):
        services.send_again(invitation_id=made.pk, user=world.admin, now=timezone.now())
    with pytest.raises(ConflictError, match="has ended"):
        services.accept_as_new(
            organisation_id=world.ours.id, invitation_id=made.pk, name="Nia", password=PASSWORD, now=timezone.now()
        )


def test_an_invitation_lasts_so_many_days_to_the_second(world: World) -> None:
    now = timezone.now()
    made = _invite(world, now=now)
    ends = now + timedelta(days=settings.INVITATION_DAYS)
    token = invitation_token(made)
    assert selectors_accounts.invited(token=token, now=ends - timedelta(seconds=1)) is not None
    assert selectors_accounts.invited(token=token, now=ends) is None


def test_a_link_that_is_signed_by_nobody_or_for_something_else_opens_nothing(world: World) -> None:
    made = _invite(world)
    right = invitation_token(made)
    assert opened_invitation(right) == (made.pk, 1)
    forged = [
        signing.Signer(salt="something.else").sign_object([made.pk.hex, 1]),
        signing.Signer(salt="tenants.invitation", key="another key").sign_object([made.pk.hex, 1]),
        right[:-1] + ("A" if right[-1] != "A" else "B"),
        signing.Signer(salt="tenants.invitation").sign_object("x"),
        signing.Signer(salt="tenants.invitation").sign_object([1, 2, 3]),
        "",
    ]
    assert [opened_invitation(token) for token in forged] == [None] * len(forged)


def test_it_stands_on_record_without_address_or_name(world: World) -> None:
    made = _invite(world)
    Client().post(_path(made), JOIN)
    found = _acts(world.ours)
    assert [act for act, _ in found if act.split(".")[0] in {"invitation", "member"}][-3:] == [
        "invitation.sent", "invitation.accepted", "member.added",
    ]  # fmt: skip
    assert not any(word in str(found) for word in ("nia", "Nia", "example.com"))
