"""What a page speaks: what somebody chose, else what the browser asks for, else English."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tenants.languages import speaking_to
from tenants.models import User
from tests.conftest import World

GERMAN = '<html lang="de">'


def spoken(client: Client, address: str, **headers: str) -> str:
    return client.get(address, headers=headers).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_browser_is_answered_in_its_language(world: World, client: Client) -> None:
    login = reverse("login")
    assert GERMAN in spoken(client, login, accept_language="de-AT,de;q=0.9,en;q=0.5")
    assert '<html lang="en-gb">' in spoken(client, login, accept_language="en-US")
    assert '<html lang="en-gb">' in spoken(client, login, accept_language="ja")
    assert '<html lang="en-gb">' in spoken(client, login)


@pytest.mark.django_db(transaction=True)
def test_a_choice_holds_over_the_browser_and_over_signing_out(world: World, client: Client) -> None:
    client.force_login(world.viewer)
    answer = client.post(reverse("language"), {"language": "de"}, headers={"referer": "http://testserver/account/"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account"))
    assert User.objects.get(pk=world.viewer.pk).language == "de"
    page = spoken(client, reverse("account"), accept_language="en")
    assert GERMAN in page
    assert "Deutsch" in page
    client.post(reverse("logout"))
    assert GERMAN in spoken(client, reverse("login"), accept_language="en")  # the cookie


@pytest.mark.django_db(transaction=True)
def test_the_page_to_sign_in_offers_the_other_languages(client: Client) -> None:
    page = spoken(client, reverse("login"))
    assert 'name="language" value="de" lang="de">Deutsch<' in page
    assert ">English<" not in page
    client.post(reverse("language"), {"language": "de"}, headers={"referer": "http://testserver/login/"})
    page = spoken(client, reverse("login"))
    assert GERMAN in page
    assert 'value="en-gb" lang="en-gb">English<' in page


@pytest.mark.django_db(transaction=True)
def test_another_browser_of_the_same_person_speaks_what_they_chose(world: World) -> None:
    User.objects.filter(pk=world.viewer.pk).update(language="de")
    other = Client()
    other.force_login(world.viewer)
    assert GERMAN in spoken(other, reverse("scorecard", args=[world.ours.slug]), accept_language="en")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["xx", "", "en-gb'; --", "de" * 50])
def test_a_language_there_is_not_changes_nothing(world: World, client: Client, language: str) -> None:
    client.force_login(world.viewer)
    answer = client.post(reverse("language"), {"language": language})
    assert answer.status_code == 302
    assert User.objects.get(pk=world.viewer.pk).language == ""
    assert not answer.cookies.get("language")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("referer", ["https://elsewhere.example/account/../", "//elsewhere.example", "javascript:x()"])
def test_nobody_is_led_elsewhere(client: Client, referer: str) -> None:
    answer = client.post(reverse("language"), {"language": "de"}, headers={"referer": referer})
    assert answer["Location"] == reverse("login")


@pytest.mark.django_db(transaction=True)
def test_programs_are_answered_in_the_language_of_their_header(world: World, client: Client) -> None:
    address = reverse("api-organisation", args=["nowhere"])
    german = client.get(address, headers={"accept-language": "de"})
    assert german["Content-Language"] == "de"
    assert client.get(address)["Content-Language"] == "en-gb"


def test_mails_speak_to_each_in_their_language() -> None:
    chose, said_nothing = User(language="de"), User()
    with speaking_to(chose):
        assert translation.get_language() == "de"
    with speaking_to(said_nothing, otherwise="de"):
        assert translation.get_language() == "de"
    with speaking_to(said_nothing):
        assert translation.get_language() == "en-gb"
