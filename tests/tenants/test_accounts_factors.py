"""Second factors: who needs one, how one is set up, used and lost, and what its change ends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from tenants import selectors, services
from tenants.accounts.sealing import seal, unseal
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import PASSWORD, World, api_token
from tests.tenants.signing_in import as_user, code, give_app, recovery_codes, sign_in

commits = pytest.mark.django_db(transaction=True)  # mails and signals wait for the commit
SET_UP = "/account/second-factor/"


@pytest.fixture
def _required(settings: Any) -> None:
    settings.MFA_REQUIRED = True


def _is_in(client: Client) -> bool:
    return SESSION_KEY in client.session


# ── signing in with one ──────────────────────────────────────────────────────────────────────────────────────


def test_a_password_alone_is_not_enough(world: World) -> None:
    secret = give_app(world.viewer)
    client = Client()
    answer = sign_in(client, world.viewer.email, next="/account/")
    assert (answer.headers["Location"], _is_in(client)) == ("/login/second-factor/", False)
    assert client.get("/account/").headers["Location"].startswith("/login/")
    for wrong in ("000000", "", recovery_codes(world.viewer)[0][:-1]):
        assert client.post("/login/second-factor/", {"code": wrong}).status_code == 200
    assert not _is_in(client)
    answer = client.post("/login/second-factor/", {"code": code(secret)})
    assert (answer.headers["Location"], _is_in(client)) == ("/account/", True)


def test_a_code_opens_once(world: World) -> None:
    secret = give_app(world.viewer)
    used = code(secret)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, world.viewer.email)
        client.post("/login/second-factor/", {"code": used})
    assert (_is_in(first), _is_in(second)) == (True, False)


def test_a_recovery_code_opens_once(world: World) -> None:
    give_app(world.viewer)
    used = recovery_codes(world.viewer)[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, world.viewer.email)
        client.post("/login/second-factor/", {"code": used})
    assert (_is_in(first), _is_in(second)) == (True, False)
    assert (len(recovery_codes(world.viewer)), used in recovery_codes(world.viewer)) == (9, False)


def test_codes_are_not_guessed_for_long(world: World) -> None:
    secret = give_app(world.viewer)
    client = Client()
    sign_in(client, world.viewer.email)
    for _ in range(6):
        page = client.post("/login/second-factor/", {"code": "000000"}).content.decode()
    assert "Too many attempts" in page
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, time

    right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/login/second-factor/", {"code": right})
    assert not _is_in(client)


def test_the_page_of_the_second_factor_needs_the_password_first(world: World) -> None:
    assert Client().get("/login/second-factor/").headers["Location"] == "/login/"
    assert Client().post("/login/second-factor/", {"code": "000000"}).headers["Location"] == "/login/"


def test_one_may_go_back_to_be_somebody_else(world: World) -> None:
    give_app(world.viewer)
    client = Client()
    sign_in(client, world.viewer.email)
    client.post("/logout/")
    assert client.get("/login/second-factor/").headers["Location"] == "/login/"


def test_secrets_are_not_stored_in_the_clear(world: World) -> None:
    secret = give_app(world.viewer)
    stored = json.dumps(list(Authenticator.objects.filter(user=world.viewer).values_list("data", flat=True)))
    assert not any(text in stored for text in (secret, *recovery_codes(world.viewer)))
    assert unseal(Authenticator.objects.get(user=world.viewer, type="totp").data["secret"]) == secret


def test_a_former_secret_key_still_opens_what_it_sealed(settings: Any) -> None:
    sealed = seal("text")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    assert (unseal(sealed), unseal(seal("new"))) == ("text", "new")


# ── who needs one ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("person", ["admin", "consultant"])
def test_who_may_change_things_sets_one_up_first(world: World, person: str) -> None:
    user = getattr(world, person)
    client = as_user(user)
    for address in ("/", "/account/", f"/o/{world.ours.slug}/", f"/portfolio/{world.firm.slug}/", "/no/such/page/"):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"].startswith(f"{SET_UP}?next="), address
        assert client.post(address).headers["Location"] == SET_UP
    api = client.get("/api/v1/organisations/")
    assert (api.status_code, api.json()["code"]) == (403, "second_factor_needed")
    assert "Set up a second factor first" in client.get(SET_UP).content.decode()
    assert client.post("/logout/").headers["Location"] == "/login/"
    give_app(user)
    assert as_user(user).get(f"/o/{world.ours.slug}/").status_code == 200


@pytest.mark.usefixtures("_required")
def test_a_viewer_needs_one_where_their_organisation_asks(world: World) -> None:
    client = as_user(world.viewer)
    assert client.get(f"/o/{world.ours.slug}/").status_code == 200
    with organisation_scope(world.ours.id):
        Organisation.objects.update(require_mfa=True)
    assert client.get(f"/o/{world.ours.slug}/").headers["Location"].startswith(SET_UP)
    assert as_user(world.stranger).get("/").headers["Location"].startswith(SET_UP)  # an admin elsewhere


@pytest.mark.usefixtures("_required")
def test_a_viewer_of_the_firm_needs_one_where_a_client_asks(world: World) -> None:
    person = services.create_user(email="v@example.com", name="V", password=PASSWORD)
    with organisation_scope(world.firm.id):
        services.add_member(user=person, role="viewer")
    client = as_user(person)
    assert client.get(f"/o/{world.other.slug}/").status_code == 200
    with organisation_scope(world.other.id):
        Organisation.objects.update(require_mfa=True)
    assert client.get(f"/o/{world.other.slug}/").headers["Location"].startswith(SET_UP)


@pytest.mark.usefixtures("_required")
def test_an_operator_needs_one(world: World) -> None:
    operator = services.create_user(email="op@example.com", name="Olu", password=PASSWORD, is_operator=True)
    assert as_user(operator).get("/account/").headers["Location"].startswith(SET_UP)


@pytest.mark.usefixtures("_required")
def test_recovery_codes_alone_are_no_second_factor(world: World) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(world.admin)
    assert as_user(world.admin).get("/account/").headers["Location"].startswith(SET_UP)


@pytest.mark.usefixtures("_required")
def test_api_tokens_are_not_asked(world: World) -> None:
    secret = api_token(world.admin)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/organisations/").status_code == 200
    client.force_login(world.admin)
    assert client.get("/api/v1/organisations/").status_code == 200


@pytest.mark.usefixtures("_required")
def test_the_demos_logins_work_without_and_say_so(world: World, settings: Any) -> None:
    login = next(login for login in selectors.DEMO_LOGINS if login.role == "consultant")
    person = services.create_user(email=login.email, name=login.name, password=selectors.DEMO_PASSWORD)
    with organisation_scope(world.ours.id):
        services.add_member(user=person, role="consultant")
    assert as_user(person).get(f"/o/{world.ours.slug}/").headers["Location"].startswith(SET_UP)
    settings.DEMO = True
    assert as_user(person).get(f"/o/{world.ours.slug}/").status_code == 200
    assert as_user(world.consultant).get(f"/o/{world.ours.slug}/").headers["Location"].startswith(SET_UP)
    page = Client().get("/login/").content.decode()
    assert "These are demo logins" in page
    assert "work without a second factor" in page


# ── setting up, and taking away ──────────────────────────────────────────────────────────────────────────────


def _set_up_app(client: Client) -> str:
    page = client.get(f"{SET_UP}app/")
    secret = str(page.context["form"].secret)
    assert secret in page.content.decode()
    assert client.post(f"{SET_UP}app/", {"code": code(secret)}).headers["Location"] == f"{SET_UP}codes/"
    return secret


@commits
@pytest.mark.usefixtures("_required")
def test_an_app_is_set_up_and_everything_else_opens(world: World) -> None:
    client, elsewhere = Client(), as_user(world.admin)
    assert sign_in(client, world.admin.email).headers["Location"] == "/"
    assert client.get("/").headers["Location"].startswith(SET_UP)
    assert client.post(f"{SET_UP}app/", {"code": "000000"}).status_code == 200
    _set_up_app(client)
    codes = client.get(f"{SET_UP}codes/").content.decode()
    assert all(one in codes for one in recovery_codes(world.admin))
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").headers["Location"].startswith("/login/")
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([world.admin.email], "An authenticator app was set up · Rapport")


def test_a_session_that_is_older_proves_again_who_it_is(world: World) -> None:
    give_app(world.viewer)
    client = as_user(world.viewer)  # signed in, and no record of how lately
    for page in ("app/remove/", "codes/", "codes/new/", "codes/file/", "passkeys/"):
        answer = client.get(f"{SET_UP}{page}")
        assert (
            answer.headers["Location"] == f"/account/again/?next={SET_UP.replace('/', '%2F')}{page.replace('/', '%2F')}"
        )
    assert "Is it you?" in client.get("/account/again/").content.decode()
    assert client.post("/account/again/?next=/account/second-factor/codes/", {"password": "wrong"}).status_code == 200
    answer = client.post(f"/account/again/?next={SET_UP}codes/", {"password": PASSWORD})
    assert answer.headers["Location"] == f"{SET_UP}codes/"
    assert client.get(f"{SET_UP}codes/").status_code == 200


@commits
def test_new_codes_end_the_old_ones_and_other_sessions(world: World) -> None:
    give_app(world.viewer)
    old = recovery_codes(world.viewer)
    elsewhere, client = as_user(world.viewer), as_user(world.viewer)
    client.post("/account/again/", {"password": PASSWORD})
    assert "of which 10 are left" in client.get(f"{SET_UP}codes/new/").content.decode()
    assert client.post(f"{SET_UP}codes/new/").headers["Location"] == f"{SET_UP}codes/"
    assert not set(old) & set(recovery_codes(world.viewer))
    assert client.get(f"{SET_UP}codes/file/").content.decode().split()[-1] == recovery_codes(world.viewer)[-1]
    assert elsewhere.get("/account/").headers["Location"].startswith("/login/")


def test_an_app_is_removed_after_a_question(world: World) -> None:
    give_app(world.viewer)
    elsewhere, client = as_user(world.viewer), as_user(world.viewer)
    client.post("/account/again/", {"password": PASSWORD})
    assert "Remove the authenticator app?" in client.get(f"{SET_UP}app/remove/").content.decode()
    assert client.post(f"{SET_UP}app/remove/").headers["Location"] == SET_UP
    assert not Authenticator.objects.filter(user=world.viewer).exists()
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").headers["Location"].startswith("/login/")


@commits
def test_somebody_elses_passkey_is_not_there(world: World) -> None:
    theirs = Authenticator.objects.create(user=world.stranger, type="webauthn", data={"name": "K", "credential": {}})
    client = as_user(world.viewer)
    for tail in ("", "remove/"):
        pages = [client.post(f"{SET_UP}passkeys/{pk}/{tail}", {"name": "Mine"}) for pk in (theirs.pk, 987_654)]
        assert [page.status_code for page in pages] == [404, 404]
        assert len({re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", page.content) for page in pages}) == 1
    assert Authenticator.objects.get(pk=theirs.pk).data["name"] == "K"


def test_a_challenge_for_a_passkey_is_for_everybody_and_a_wrong_answer_opens_nothing(world: World) -> None:
    client = Client()
    options = client.get("/login/passkey/", headers={"accept": "application/json"}).json()["options"]["publicKey"]
    assert (options["userVerification"], options.get("allowCredentials", [])) == ("required", [])
    assert client.get("/login/passkey/").headers["Location"] == "/login/"
    for credential in ("{}", "[]", '"x"', '{"id": "a", "rawId": "YQ", "type": "public-key", "response": {}}'):
        answer = client.post("/login/passkey/", {"credential": credential})
        assert (answer.headers["Location"], _is_in(client)) == ("/login/", False)


# ── losing them all ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_operator_takes_lost_factors_away(world: World) -> None:
    give_app(world.viewer)
    client = as_user(world.viewer)
    call_command("reset_second_factor", f" {world.viewer.email.upper()}")
    assert not Authenticator.objects.filter(user=world.viewer).exists()
    assert client.get("/account/").headers["Location"].startswith("/login/")
    assert [letter.subject for letter in mail.outbox] == ["Your second factors were removed · Rapport"]
    assert sign_in(Client(), world.viewer.email).headers["Location"] == "/"
    with pytest.raises(CommandError, match="Nobody signs in with"):
        call_command("reset_second_factor", "nobody@example.com")


def test_everybody_has_a_session_epoch_of_their_own(world: World) -> None:
    other = as_user(world.stranger)
    services.raise_session_epoch(user=world.viewer)
    assert other.get("/account/").status_code == 200
    assert User.objects.get(pk=world.stranger.pk).session_epoch == 0
