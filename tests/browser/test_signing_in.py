"""Signing in with a real browser: a passkey in Chromium's virtual authenticator, an app's code, a recovery code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from playwright.sync_api import Browser

from tenants import services
from tenants.accounts.links import invitation_token, weekly_mail_token
from tenants.scope import organisation_scope
from tests.browser.visitor import MARKS, Visitor
from tests.conftest import World, build_world
from tests.tenants.signing_in import code, give_app, recovery_codes

pytestmark = MARKS


@pytest.fixture
def world(settings: Any, live_server: Any) -> World:
    settings.MFA_REQUIRED = True
    settings.PUBLIC_URL = live_server.url  # passkeys belong to it
    return build_world()


def test_a_consultant_adds_a_passkey_and_signs_in_with_it_alone(
    browser: Browser, live_server: Any, world: World
) -> None:
    visitor = Visitor(browser, live_server.url, device=True)
    page = visitor.page
    visitor.sign_in(world.consultant.email)
    page.wait_for_url("**/account/second-factor/?*")
    assert page.inner_text("h1") == "Set up a second factor first"
    visitor.look()
    page.get_by_role("link", name="Add a passkey").click()
    visitor.look()
    page.fill("[name=name]", "Laptop")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/account/second-factor/codes/")
    visitor.look()
    codes = page.inner_text("pre").split()
    assert codes == recovery_codes(world.consultant)
    page.get_by_role("link", name="Done").click()
    page.wait_for_url(f"**/portfolio/{world.firm.slug}/")
    visitor.sign_out()
    visitor.look()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"**/portfolio/{world.firm.slug}/")
    page.goto("/account/second-factor/")
    assert page.locator("tbody tr", has_text="Laptop").count() == 1
    visitor.look()
    for link in ("Rename", "Remove"):
        page.goto("/account/second-factor/")
        page.get_by_role("link", name=re.compile(f"^{link}")).first.click()
        visitor.look()
    assert visitor.complaints == []


def test_a_passkey_is_the_second_step_after_a_password(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, device=True)
    page = visitor.page
    visitor.sign_in(world.admin.email)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/codes/")
    visitor.sign_out()
    visitor.sign_in(world.admin.email)
    page.wait_for_url("**/login/second-factor/")
    visitor.look()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**/portfolio/{world.firm.slug}/")
    assert visitor.complaints == []


def test_a_device_without_the_passkey_is_told_so(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, device=True)
    visitor.page.goto("/login/")
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    visitor.page.get_by_text("No passkey came from your browser").wait_for()
    assert visitor.page.url.endswith("/login/")


def test_a_passkey_of_a_person_switched_off_opens_nothing(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, device=True)
    page = visitor.page
    visitor.sign_in(world.consultant.email)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/codes/")
    visitor.sign_out()
    Authenticator.objects.all().delete()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This code is not right").wait_for()
    assert page.url.endswith("/login/")


def test_an_app_is_set_up_and_its_code_signs_in(browser: Browser, live_server: Any, world: World) -> None:
    visitor = Visitor(browser, live_server.url, viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = visitor.page
    visitor.sign_in(world.admin.email)
    page.get_by_role("link", name="Set up an app").click()
    secret = page.inner_text("pre").strip()
    visitor.look()
    assert page.locator("img.qr").evaluate("picture => picture.naturalWidth > 0")
    page.fill("[name=code]", code(secret))
    page.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/codes/")
    visitor.sign_out()
    visitor.sign_in(world.admin.email)
    page.wait_for_url("**/login/second-factor/")
    visitor.look()
    page.fill("[name=code]", "000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("This code is not right").first.wait_for()
    page.fill("[name=code]", code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**/portfolio/{world.firm.slug}/")
    assert visitor.complaints == []


def test_a_recovery_code_signs_in_without_a_script(browser: Browser, live_server: Any, world: World) -> None:
    give_app(world.consultant)
    visitor = Visitor(browser, live_server.url, java_script_enabled=False)
    visitor.sign_in(world.consultant.email)
    assert visitor.page.get_by_role("button", name="Use a passkey").count() == 0
    visitor.page.fill("[name=code]", recovery_codes(world.consultant)[3])
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    assert visitor.page.url.endswith(f"/portfolio/{world.firm.slug}/")
    assert len(recovery_codes(world.consultant)) == 9


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")], ids=["wide", "phone"])
def test_every_other_page_of_accounts(
    browser: Browser, live_server: Any, world: World, width: int, scheme: Any
) -> None:
    secret = give_app(world.admin)
    with organisation_scope(world.ours.id):
        made = [
            services.invite(email=email, role="viewer", user=world.admin, now=timezone.now())
            for email in ("nia@example.com", world.admin.email)
        ]
    visitor = Visitor(browser, live_server.url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = visitor.page
    before = ["/password/forgotten/", "/password/forgotten/sent/", "/password/new/a/b/", "/login/second-factor/"]
    before += [f"/invitation/{invitation_token(one)}/" for one in made] + ["/invitation/x/", "/account/address/x/"]
    before.insert(0, f"/weekly-mail/stop/{weekly_mail_token(world.admin.pk)}/")
    for path in before:
        page.goto(path)
        visitor.look()
    visitor.sign_in(world.admin.email)
    page.fill("[name=code]", code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**/portfolio/{world.firm.slug}/")
    after = ["address/", "password/", "sessions/", "again/", "again/code/", "second-factor/", "second-factor/codes/"]
    after += ["second-factor/codes/new/", "second-factor/app/remove/", "second-factor/passkeys/", ""]
    for path in [*(f"/account/{path}" for path in after), *before[-4:-2], f"/o/{world.ours.slug}/members/"]:
        page.goto(path)
        visitor.look()
    page.get_by_role("link", name=re.compile("Withdraw")).first.click()
    visitor.look()
    assert [text for text in visitor.complaints if "404" not in text and "403" not in text] == []
