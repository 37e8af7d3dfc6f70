"""Signing in through an organisation's own provider: who comes in, who does not, and what the answers must be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from tenants import services
from tenants.accounts.configuration import allauth_settings
from tenants.accounts.oidc import Provider, read_providers
from tenants.actor import reaches_of
from tenants.models import Invitation, OperatorGrant, User
from tenants.scope import organisation_scope
from tests.conftest import PASSWORD, World
from tests.tenants.oidc_provider import CLIENT, SECRET, FakeProvider, running_provider
from tests.tenants.signing_in import give_app

ADA = "ada@acme.example"


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with running_provider() as provider:
        provider.claims = {"sub": "s-1", "email": ADA, "email_verified": True, "name": "Ada Byron"}
        yield provider


@pytest.fixture
def bound(world: World, fake: FakeProvider, settings: Any) -> Any:
    """Binds the provider to `ours`; with what differs."""

    def bind(**different: Any) -> None:
        values = {
            "id": "acme", "name": "Acme", "issuer": fake.issuer, "client_id": CLIENT, "secret": SECRET,
            "organisation": world.ours.slug, "domains": ("acme.example",),
        }  # fmt: skip
        settings.OIDC_PROVIDERS = (Provider(**{**values, **different}),)
        made = allauth_settings(providers=settings.OIDC_PROVIDERS)
        settings.SOCIALACCOUNT_PROVIDERS = made["SOCIALACCOUNT_PROVIDERS"]

    bind()
    return bind


def _come(fake: FakeProvider, client: Client | None = None, address: str = "/login/with/acme/") -> tuple[Client, Any]:
    client = client or Client()
    way = client.get(address)
    assert way.status_code == 302, way.content
    return client, client.get(fake.authorize(way.headers["Location"]))


def _is(client: Client, user: User) -> bool:
    return bool(client.session.get(SESSION_KEY) == str(user.pk))


def _person(world: World, email: str = ADA, role: str = "viewer") -> User:
    user = services.create_user(email=email, name="Ada", password=PASSWORD)
    with organisation_scope(world.ours.id):
        services.add_member(user=user, role=role)
    return user


def _refused(client: Client, answer: Any) -> bool:
    return answer.status_code == 403 and "not invited" in answer.content.decode() and SESSION_KEY not in client.session


# ── who comes in ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_member_of_the_domain_signs_in_and_goes_where_they_wanted(
    world: World, fake: FakeProvider, bound: Any
) -> None:
    ada = _person(world)
    page = Client().get("/login/?next=/account/").content.decode()
    assert 'href="/login/with/acme/?next=/account/"' in page
    assert "Sign in through Acme" in page
    client, answer = _come(fake, address="/login/with/acme/?next=/account/")
    assert (answer.headers["Location"], _is(client, ada)) == ("/account/", True)
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    kept = SocialAccount.objects.get()
    assert (kept.user_id, kept.provider, kept.uid, kept.extra_data) == (ada.pk, "acme", "s-1", {})


def test_the_second_time_the_subject_counts(world: World, fake: FakeProvider, bound: Any) -> None:
    ada = _person(world)
    _come(fake)
    fake.claims["email"] = "ada.king@acme.example"
    client, _ = _come(fake)
    assert (_is(client, ada), SocialAccount.objects.count()) == (True, 1)


def test_an_address_that_changed_hands_does_not_open_its_former_owners_account(
    world: World, fake: FakeProvider, bound: Any
) -> None:
    _person(world)
    _come(fake)
    fake.claims["sub"] = "s-2"
    assert _refused(*_come(fake))


def test_somebody_invited_comes_in_without_a_password(world: World, fake: FakeProvider, bound: Any) -> None:
    with organisation_scope(world.ours.id):
        services.invite(email=ADA, role="consultant", user=world.admin, now=timezone.now())
    client, answer = _come(fake)
    ada = User.objects.get(email=ADA)
    assert (answer.headers["Location"], _is(client, ada)) == ("/", True)
    assert (ada.name, ada.has_usable_password()) == ("Ada Byron", False)
    assert [(reach.slug, reach.role) for reach in reaches_of(ada)] == [(world.ours.slug, "consultant")]
    with organisation_scope(world.ours.id):
        assert Invitation.objects.get().accepted_at is not None


def test_an_invitation_to_another_organisation_does_not_count(world: World, fake: FakeProvider, bound: Any) -> None:
    with organisation_scope(world.other.id):
        services.invite(email=ADA, role="viewer", user=world.admin, now=timezone.now())
    assert _refused(*_come(fake))
    assert not User.objects.filter(email=ADA).exists()


def test_the_provider_opens_no_operators_account(world: World, fake: FakeProvider, bound: Any) -> None:
    operator = services.create_user(email=ADA, name="Ada", password=PASSWORD, is_operator=True)
    grant: dict[str, Any] = {"reason": "Scores stopped on Friday", "role": "viewer", "user": operator}
    with organisation_scope(world.ours.id):
        OperatorGrant.objects.create(
            organisation=world.ours, began_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=1), **grant
        )
    assert _refused(*_come(fake))
    assert not SocialAccount.objects.exists()


def test_people_of_the_firm_come_in_too(world: World, fake: FakeProvider, bound: Any) -> None:
    ada = services.create_user(email=ADA, name="Ada", password=PASSWORD)
    with organisation_scope(world.firm.id):
        services.add_member(user=ada, role="consultant")
    assert _is(_come(fake)[0], ada)


def test_somebody_unknown_is_refused_or_becomes_a_viewer(world: World, fake: FakeProvider, bound: Any) -> None:
    assert _refused(*_come(fake))
    assert not User.objects.filter(email=ADA).exists()
    bound(unknown="viewer")
    client, _ = _come(fake)
    ada = User.objects.get(email=ADA)
    assert _is(client, ada)
    assert [(reach.slug, reach.role) for reach in reaches_of(ada)] == [(world.ours.slug, "viewer")]


def test_a_member_elsewhere_is_refused(world: World, fake: FakeProvider, bound: Any) -> None:
    ada = services.create_user(email=ADA, name="Ada", password=PASSWORD)
    with organisation_scope(world.strange.id):
        services.add_member(user=ada, role="admin")
    assert _refused(*_come(fake))
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ada@elsewhere.example"},
        {"email": "ada@sub.acme.example"},
        {"email": "ada@acme.example.evil.example"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": "true"},
        {"email_verified": None},
    ],
)
def test_only_a_verified_address_of_the_domain_counts(
    world: World, fake: FakeProvider, bound: Any, claims: dict[str, Any]
) -> None:
    _person(world)
    _person(world, email=str({**fake.claims, **claims}["email"])) if "email" in claims else None
    bound(unknown="viewer")
    fake.claims |= claims
    assert _refused(*_come(fake))


def test_a_closed_account_stays_closed(world: World, fake: FakeProvider, bound: Any) -> None:
    ada = _person(world)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert _refused(*_come(fake))


# ── second factor ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_factor_of_ours_is_asked_for(world: World, fake: FakeProvider, bound: Any) -> None:
    give_app(_person(world))
    client, answer = _come(fake)
    assert (answer.headers["Location"], SESSION_KEY in client.session) == ("/login/second-factor/", False)


def test_a_provider_that_asks_for_one_itself_is_enough(
    world: World, fake: FakeProvider, bound: Any, settings: Any
) -> None:
    settings.MFA_REQUIRED = True
    _person(world, role="consultant")
    address = f"/o/{world.ours.slug}/"
    assert _come(fake)[0].get(address).headers["Location"].startswith("/account/second-factor/")
    bound(second_factor=True)
    assert _come(fake)[0].get(address).status_code == 200


# ── what the answers must be ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"exp": 1},
        {"sub": "somebody-else"},
    ],
)
def test_an_id_token_of_somebody_or_something_else_opens_nothing(
    world: World, fake: FakeProvider, bound: Any, wrong: dict[str, Any]
) -> None:
    _person(world)
    fake.id_token = wrong
    client, answer = _come(fake)
    assert (answer.status_code, SESSION_KEY in client.session) == (401, False)
    assert "Signing in did not work" in answer.content.decode()


def test_an_id_token_that_another_key_signed_opens_nothing(world: World, fake: FakeProvider, bound: Any) -> None:
    _person(world)
    fake.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client, answer = _come(fake)
    assert (answer.status_code, SESSION_KEY in client.session) == (401, False)


def test_an_answer_that_this_session_did_not_ask_for_opens_nothing(
    world: World, fake: FakeProvider, bound: Any
) -> None:
    """A link to the way back, made by somebody else with their own account, signs nobody in."""
    _person(world)
    back = fake.authorize(Client().get("/login/with/acme/").headers["Location"])
    victim = Client()
    assert victim.get(back).status_code == 401
    assert SESSION_KEY not in victim.session


def test_who_breaks_off_is_back_at_the_sign_in_page(world: World, fake: FakeProvider, bound: Any) -> None:
    client = Client()
    state = fake.authorize(client.get("/login/with/acme/").headers["Location"]).partition("state=")[2]
    answer = client.get(f"/login/with/acme/back/?error=access_denied&state={state}")
    assert answer.headers["Location"] == "/login/"
    assert "sent you back" in client.get("/login/").content.decode()


def test_a_provider_is_never_joined_to_an_account_that_is_open(world: World, fake: FakeProvider, bound: Any) -> None:
    client = Client()
    client.force_login(world.stranger)
    _, answer = _come(fake, client, "/login/with/acme/?process=connect")
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_unknown_provider_is_not_there(bound: Any) -> None:
    for address in ("/login/with/nobody/", "/login/with/nobody/back/"):
        assert Client().get(address).status_code == 404


# ── the setting ──────────────────────────────────────────────────────────────────────────────────────────────

ENTRY = """{"id": "acme", "name": "Acme", "issuer": "https://i.example", "client_id": "c", "secret": "s",
            "organisation": "acme", "domains": ["Acme.Example"]%s}"""


def test_the_setting_is_read() -> None:
    [provider] = read_providers(f"[{ENTRY % ''}]")
    assert (provider.domains, provider.unknown, provider.second_factor) == (("acme.example",), "refuse", False)
    assert (provider.owns("ada@ACME.example"), provider.owns("ada@x.acme.example")) == (True, False)
    assert read_providers(" ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("{}", "is a list"),
        ("[1]", "is a list"),
        ('[{"id": "acme"}]', "missing, or not known: client_id, domains, issuer, name, organisation, secret"),
        ("[" + ENTRY % ', "colour": "red"' + "]", "not known: colour"),
        ("[" + ENTRY % ', "unknown": "admin"' + "]", "unknown is"),
        (f"[{ENTRY % ''}, {ENTRY % ''}]", "two providers with one id"),
        ("[" + (ENTRY % "").replace('["Acme.Example"]', '"acme.example"') + "]", "domains is a list"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        read_providers(text)
