"""Django's admin: operators only, global tables only, accounts opened and closed and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import URLPattern, URLResolver

from tenants.access import permissions_of
from tenants.admin import operator_site
from tenants.global_tables import GLOBAL_TABLES
from tenants.models import Organisation, User
from tenants.permissions import Permission
from tenants.tenancy import TenantModel
from tests.conftest import World


def _patterns(found: Any = None) -> Iterator[URLPattern]:
    for pattern in operator_site.urls[0] if found is None else found:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _addresses(user: User) -> list[str]:
    home = "/operate/admin/"
    person = f"{home}tenants/user/{user.pk}/"
    return [home, f"{home}tenants/", f"{home}tenants/user/", f"{home}tenants/user/add/", f"{person}change/",
            f"{person}history/", f"{person}delete/", f"{home}jsi18n/", f"{home}tenants/user/?q=a"]  # fmt: skip


def test_it_holds_global_tables_only() -> None:
    models = list(operator_site._registry)
    assert models == [User]
    for model in models:
        assert not issubclass(model, TenantModel | Organisation)
        assert model._meta.db_table in GLOBAL_TABLES


def test_every_address_of_it_names_the_permission() -> None:
    named = {str(pattern.pattern): permissions_of(pattern.callback) for pattern in _patterns()}
    assert len(named) > 5
    assert {name for name, permission in named.items() if permission != {"*": Permission.MANAGE_ACCOUNTS}} <= {
        "<path:object_id>/"  # Django's redirect of old addresses: it names nothing, so it is refused to everybody
    }


def test_to_nobody_but_operators_is_there_anything(world: World, operator: User) -> None:
    for person in (world.admin, world.consultant, world.viewer):
        client = Client()
        client.force_login(person)
        statuses = {client.get(address).status_code for address in _addresses(person)}
        statuses |= {client.post(address).status_code for address in _addresses(person)}
        assert statuses == {404}
    for address in _addresses(operator):
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login/")


def test_an_operator_sees_people_and_no_organisation(world: World, operators: Client) -> None:
    for address in (
        "/operate/admin/",
        "/operate/admin/tenants/user/",
        f"/operate/admin/tenants/user/{world.viewer.pk}/change/",
    ):
        answer = operators.get(address)
        assert answer.status_code == 200, address
        html = answer.content.decode()
        assert world.ours.name not in html
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)|\sstyle=|\son\w+=", html), address
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert world.viewer.email in operators.get("/operate/admin/tenants/user/").content.decode()


def _change(operators: Client, user: User, **sent: str) -> int:
    return operators.post(f"/operate/admin/tenants/user/{user.pk}/change/", sent).status_code


def test_closing_an_account_ends_its_sessions_and_is_logged_without_the_address(
    world: World, operators: Client, operator: User
) -> None:
    theirs = Client()
    theirs.force_login(world.viewer)
    assert theirs.get(f"/o/{world.ours.slug}/").status_code == 200
    with structlog.testing.capture_logs() as logged:
        assert _change(operators, world.viewer) == 302
    assert theirs.get(f"/o/{world.ours.slug}/").status_code == 302
    assert _change(operators, world.viewer, is_active="on") == 302
    assert theirs.get(f"/o/{world.ours.slug}/").status_code == 302  # opened again; the session is not
    assert [line for line in logged if not line["event"].startswith("request_")] == [
        {"event": "account_changed", "log_level": "info", "user_id": str(world.viewer.pk),
         "operator_id": str(operator.pk), "is_open": False, "sessions_ended": 1}
    ]  # fmt: skip
    assert LogEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_else_of_an_account_can_be_changed(world: World, operators: Client) -> None:
    sent = {"is_active": "on", "email": "mine@example.com", "name": "Mallory", "is_staff": "on", "is_superuser": "on"}
    assert _change(operators, world.viewer, **sent) == 302
    user = User.objects.get(pk=world.viewer.pk)
    assert (user.email, user.name, user.is_staff, user.is_superuser) == (
        world.viewer.email,
        world.viewer.name,
        False,
        False,
    )
    assert operators.post(f"/operate/admin/tenants/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operators.get("/operate/admin/tenants/user/add/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_nobody_closes_their_own_account(operators: Client, operator: User) -> None:
    assert _change(operators, operator) == 403
    assert User.objects.get(pk=operator.pk).is_active


def test_signing_somebody_out_everywhere_leaves_others_in(world: World, operators: Client) -> None:
    people = {}
    for person in (world.viewer, world.consultant):
        people[person.email] = Client()
        people[person.email].force_login(person)
    sent = {"action": "sign_out", "_selected_action": [str(world.viewer.pk)]}
    assert operators.post("/operate/admin/tenants/user/", sent).status_code == 302
    assert people[world.viewer.email].get("/account/").status_code == 302
    assert people[world.consultant.email].get("/account/").status_code == 200
    assert operators.get("/account/").status_code == 200
