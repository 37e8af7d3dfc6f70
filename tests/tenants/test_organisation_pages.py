"""Settings, members and new clients, as each kind of person meets them."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import resolve, reverse

from tenants import context, services
from tenants.access import permissions_of
from tenants.actor import Reach, reaches_of
from tenants.models import Membership, Organisation, User
from tenants.permissions import Permission
from tenants.scope import organisation_scope, tenant
from tests.conftest import World


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _again(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.id]):
        return Organisation.objects.get()


def _held(organisation: Organisation, user: User) -> Membership:
    """Somebody's membership; raises DoesNotExist when there is none."""
    with tenant(read=[organisation.id]):
        return Membership.objects.get(user=user)


def _errors(content: bytes) -> list[str]:
    """What stands beside fields and above the form, as plain text."""
    found = re.findall(r'class="field-error"[^>]*>(.*?)</div>', content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in found]


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────

SETTINGS = {
    "name": "Ours Renamed", "industry": "healthcare", "time_zone": "Europe/London", "language": "en", "currency": "gbp",
    "minimum_n": "6", "minimum_n_band": "40", "band_good": "69.95", "band_excellent": "80.5",
    "name_poor": "Low", "name_good": "Fine", "name_excellent": "Great", "schedule": "weekly", "schedule_hour": "5",
    "keep_run_days": "60", "keep_weekly_run_days": "400", "second_approver": "on",
    "late_days": "5", "keep_event_days": "400", "intraday_hours": "4", "require_mfa": "on",
}  # fmt: skip


def test_an_admin_changes_every_setting(world: World) -> None:
    client = _as(world.admin)
    address = f"/o/{world.ours.slug}/settings/"
    fresh = client.get(address).content.decode()
    assert all(f'name="{name}" value="{value}"' in fresh for name, value in (("band_good", 70), ("band_excellent", 80)))
    assert client.post(address, SETTINGS).headers["Location"] == address
    after = _again(world.ours)
    assert {name: getattr(after, name) for name in (
        "name", "industry", "time_zone", "currency", "minimum_n", "minimum_n_band", "band_good_thousandths",
        "band_excellent_thousandths", "band_names", "schedule", "schedule_hour", "keep_run_days",
        "keep_weekly_run_days", "second_approver", "late_days", "keep_event_days", "intraday_hours",
        "require_mfa",
    )} == {
        "name": "Ours Renamed", "industry": "healthcare", "time_zone": "Europe/London", "currency": "GBP",
        "minimum_n": 6, "minimum_n_band": 40, "band_good_thousandths": 69_950, "band_excellent_thousandths": 80_500,
        "band_names": ["Low", "Fine", "Great"], "schedule": "weekly", "schedule_hour": 5, "keep_run_days": 60,
        "keep_weekly_run_days": 400, "second_approver": True, "late_days": 5, "keep_event_days": 400,
        "intraday_hours": 4, "require_mfa": True,
    }  # fmt: skip
    page = client.get(address).content.decode()
    assert "The settings are saved." in page
    assert 'value="69.95"' in page
    assert 'value="Great"' in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"band_good": "81"}, "cannot lie below"),
        ({"band_good": "70.0001"}, "decimal places"),
        ({"band_good": "NaN"}, "Enter a number"),
        ({"band_good": "0"}, "above 0"),
        ({"name_poor": "Great"}, "three different names"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"schedule_hour": "24"}, "Select a valid choice"),
        ({"keep_run_days": "6"}, "greater than or equal to 7"),
        ({"keep_weekly_run_days": "59"}, "All are kept for 60 days; give at least that."),
        ({"name": ""}, "required"),
        ({"intraday_hours": "5"}, "Select a valid choice"),
        ({"late_days": "61"}, "less than or equal to 60"),
        ({"keep_event_days": "89"}, "greater than or equal to 90"),
    ],
)
def test_a_setting_that_cannot_be_is_said_beside_its_field(world: World, changes: dict[str, str], said: str) -> None:
    answer = _as(world.admin).post(f"/o/{world.ours.slug}/settings/", {**SETTINGS, **changes})
    assert answer.status_code == 200
    assert any(said in text for text in _errors(answer.content)), _errors(answer.content)
    assert _again(world.ours).name == world.ours.name


def test_whole_lines_of_bands_are_written_as_people_do(world: World) -> None:
    page = _as(world.admin).get(f"/o/{world.ours.slug}/settings/").content.decode()
    assert re.findall(r'name="band_\w+" value="([^"]*)"', page) == ["70", "80"]


def test_a_firm_has_settings_of_its_own(world: World) -> None:
    client = _as(world.admin)
    address = f"/o/{world.firm.slug}/settings/"
    assert "band_good" not in client.get(address).content.decode()
    assert client.post(address, {**SETTINGS, "name": "Northgate"}).status_code == 302
    after = _again(world.firm)
    assert (after.name, after.minimum_n) == ("Northgate", 5)


@pytest.mark.parametrize("page", ["settings", "members"])
def test_only_admins_manage(world: World, page: str) -> None:
    address = f"/o/{world.ours.slug}/{page}/"
    for user, status in ((world.admin, 200), (world.consultant, 403), (world.viewer, 403), (world.stranger, 404)):
        assert _as(user).get(address).status_code == status
        if status != 200:
            assert _as(user).post(address, SETTINGS).status_code == status
    assert _again(world.ours).name == world.ours.name


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("page", "section", "tab"),
    [("", [], "Scorecard"), ("members/", ["Set-up"], "Members"), ("tokens/", ["Set-up"], "Settings"),
     ("data/", ["Data"], "Files and requests"), ("data/live/", ["Data"], "Live"), ("data/volume/", ["Data"], "Volume"),
     ("data/names/", ["Data"], "Names of events"), ("data/machines/", ["Data"], "Machine-like activity"),
     ("data/machines/publish/", ["Data"], "Machine-like activity"), ("data/rejected/", ["Data"], "Rejected messages"),
     ("data/connections/", ["Data"], "Connections"), ("data/keys/", ["Data"], "Write keys"),
     ("data/privacy/", ["Data"], "Privacy"), ("customers/", ["Customers"], "Customers"),
     ("at-risk/", ["Customers"], "At risk"), ("validity/", ["Outcomes"], "Validity"),
     ("segments/", [], "Segments")],
)  # fmt: skip
def test_the_tab_that_leads_to_a_page_is_marked(world: World, page: str, section: list[str], tab: str) -> None:
    nav = _nav(world.admin, f"/o/{world.ours.slug}/{page}")
    assert re.findall(r'aria-current="page">([^<]+)<', nav) == [tab]
    assert re.findall(r'aria-current="true">([^<]+)<', nav) == section


def test_a_section_leads_to_the_first_page_that_somebody_may_open(world: World) -> None:
    settings = f"/o/{world.ours.slug}/settings/"
    assert settings not in _nav(world.viewer, f"/o/{world.ours.slug}/weights/")
    assert settings in _nav(world.admin, f"/o/{world.ours.slug}/weights/")
    for user in (world.admin, world.viewer):
        nav = _nav(user, f"/o/{world.ours.slug}/weights/")
        assert f'<a href="/o/{world.ours.slug}/actions/" aria-current="true">Set-up</a>' in nav


def test_the_row_of_pages_about_data_holds_what_somebody_may_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/o/{world.ours.slug}/data/"
    row = re.compile(r'<ul class="sub" aria-label="Data">(.*?)</ul>')
    (shown,) = row.findall(_nav(world.consultant, address))
    links = re.findall(r'href="([^"]+)"', shown)
    assert len(links) == 9
    assert {_as(world.consultant).get(link).status_code for link in links} == {200}
    assert ">Data</a>" not in _nav(world.viewer, f"/o/{world.ours.slug}/weights/")
    monkeypatch.setattr(Reach, "may", lambda _self, asked: asked in {Permission.VIEW, Permission.IMPORT_DATA})
    (theirs,) = row.findall(_nav(world.consultant, address))
    assert re.findall(r">([^<]+)</a>", theirs) == ["Files and requests", "Live", "Volume", "Rejected messages"]


_TABS = [*(tab for _label, tabs in context._SECTIONS for tab in tabs), *context._FIRM_TABS]


@pytest.mark.parametrize(("name", "permission"), [tab[1:] for tab in _TABS if tab[1] != "portfolio"])
def test_a_tab_asks_for_what_its_page_asks_for(name: str, permission: Permission) -> None:
    page = resolve(reverse(name, args=["some-client"])).func
    assert (permissions_of(page) or {}).get("GET") == permission
    assert name not in context._MIND_LIMITS or getattr(page, "honours_limits", False)


def _nav(user: Any, address: str) -> str:
    html = _as(user).get(address).content.decode()
    return str(html[html.index('<nav class="nav-org"') :].partition("</nav>")[0])


def test_members_of_a_client_and_a_word_about_the_firm(world: World) -> None:
    page = _as(world.admin).get(f"/o/{world.ours.slug}/members/").content.decode()
    assert world.viewer.email in page
    assert world.consultant.email not in page
    assert f"People of {world.firm.name} also have access" in page
    assert "They get a mail with a link" in page


def test_a_member_is_not_invited(world: World) -> None:
    answer = _as(world.admin).post(f"/o/{world.ours.slug}/members/", {"email": world.viewer.email, "role": "admin"})
    assert any("member already" in text for text in _errors(answer.content))
    assert _held(world.ours, world.viewer).role == "viewer"


def test_a_role_is_changed(world: World) -> None:
    address = f"/o/{world.ours.slug}/members/{_held(world.ours, world.viewer).pk}/"
    client = _as(world.admin)
    assert "is viewer here" in client.get(address).content.decode()
    assert client.post(address, {"role": "admin"}).headers["Location"] == f"/o/{world.ours.slug}/members/"
    assert _held(world.ours, world.viewer).role == "admin"
    assert client.post(address, {"role": "owner"}).status_code == 200
    assert _held(world.ours, world.viewer).role == "admin"


def test_a_member_is_removed_after_a_question(world: World) -> None:
    address = f"/o/{world.ours.slug}/members/{_held(world.ours, world.viewer).pk}/remove/"
    client = _as(world.admin)
    assert f"Remove {world.viewer.name} from" in client.get(address).content.decode()
    assert _held(world.ours, world.viewer).role == "viewer"
    assert client.post(address).status_code == 302
    with pytest.raises(Membership.DoesNotExist):
        _held(world.ours, world.viewer)
    assert reaches_of(world.viewer) == ()


def test_the_last_admin_of_a_firm_stays(world: World) -> None:
    client, mine = _as(world.admin), _held(world.firm, world.admin).pk
    for address, given in ((f"members/{mine}/remove/", {}), (f"members/{mine}/", {"role": "viewer"})):
        answer = client.post(f"/o/{world.firm.slug}/{address}", given)
        assert answer.status_code == 200
        assert any("the last one" in text for text in _errors(answer.content))
    assert _held(world.firm, world.admin).role == "admin"


def test_who_gives_up_their_own_role_goes_home(world: World) -> None:
    with organisation_scope(world.firm.id):
        services.change_role(membership_id=_held(world.firm, world.consultant).pk, role="admin")
    client = _as(world.admin)
    address = f"/o/{world.firm.slug}/members/{_held(world.firm, world.admin).pk}/"
    assert client.post(address, {"role": "viewer"}).headers["Location"] == "/"


@pytest.mark.parametrize("tail", ["", "remove/"])
def test_a_foreign_member_is_not_there(world: World, tail: str) -> None:
    client = _as(world.admin)
    for pk in (_held(world.strangers_firm, world.stranger).pk, uuid4()):
        address = f"/o/{world.firm.slug}/members/{pk}/{tail}"
        assert (client.get(address).status_code, client.post(address, {"role": "viewer"}).status_code) == (404, 404)
    assert _held(world.strangers_firm, world.stranger).role == "admin"


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────

NEW_CLIENT = {"name": "Brightwell", "slug": "", "industry": "retail", "time_zone": "Europe/London",
              "language": "en", "currency": "gbp"}  # fmt: skip


def test_a_firm_creates_a_client_without_an_operator(world: World) -> None:
    answer = _as(world.consultant).post(f"/o/{world.firm.slug}/clients/new/", NEW_CLIENT)
    assert answer.headers["Location"] == "/o/brightwell/"
    reach = next(reach for reach in reaches_of(world.consultant) if reach.slug == "brightwell")
    assert (reach.name, reach.firm_id, reach.role) == ("Brightwell", world.firm.id, "consultant")


def test_an_address_that_is_taken_is_said_beside_the_field(world: World) -> None:
    given = {**NEW_CLIENT, "slug": world.strange.slug}
    answer = _as(world.admin).post(f"/o/{world.firm.slug}/clients/new/", given)
    assert (answer.status_code, "Taken." in answer.content.decode()) == (200, True)


def test_a_client_has_no_clients_and_who_may_make_one(world: World) -> None:
    for user, organisation, status in (
        (world.admin, world.firm, 200), (world.admin, world.ours, 404),
        (world.consultant, world.firm, 200), (world.stranger, world.firm, 404), (world.viewer, world.ours, 403),
    ):  # fmt: skip
        assert _as(user).get(f"/o/{organisation.slug}/clients/new/").status_code == status
        if status != 200:
            assert _as(user).post(f"/o/{organisation.slug}/clients/new/", NEW_CLIENT).status_code == status
    assert "brightwell" not in {reach.slug for reach in reaches_of(world.admin)}
