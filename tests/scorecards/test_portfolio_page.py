"""The portfolio's page: one firm's clients, for its people only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.insights import selectors
from tenants.models import Role, User
from tenants.scope import tenant
from tenants.services import add_member
from tests.conftest import World, make_firm
from tests.scorecards.made import client


@pytest.fixture
def asked(world: World) -> Iterator[dict[str, Any]]:
    """A portfolio of the two clients, the second without events for days; what was asked for is noted."""
    seen: dict[str, Any] = {}
    lines = (
        client("Ours", slug=world.ours.slug, organisation_id=world.ours.id),
        client("Other", slug=world.other.slug, organisation_id=world.other.id, stale_days=6),
    )

    def portfolio(**given: Any) -> Any:
        seen.update(given)
        return lines

    with patch.object(selectors, "portfolio", portfolio):
        yield seen


def _get(who: User, address: str) -> Any:
    browser = Client()
    browser.force_login(who)
    return browser.get(address)


def test_what_waits_comes_first(world: World, asked: dict[str, Any]) -> None:
    response = _get(world.consultant, f"/portfolio/{world.firm.slug}/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "One of your two clients needs you" in html
    assert "No events for 6 days." in html
    assert f'<a class="do" href="/o/{world.other.slug}/data/">' in html
    table = html.partition('id="h-all"')[2]
    assert table.index(">Other<") < table.index(">Ours<")
    assert "never by level" in html
    assert {organisation.pk for organisation in asked["rows"]} == {world.ours.id, world.other.id}
    assert asked["firm"].slug == world.firm.slug


def test_only_those_who_may_add_a_client_are_offered_it(world: World, asked: dict[str, Any]) -> None:
    with tenant(read=[world.firm.id], write=world.firm.id):
        add_member(user=world.stranger, role=Role.VIEWER)
    address = f"/portfolio/{world.firm.slug}/"
    assert "Add a client" in _get(world.admin, address).content.decode()
    reader = _get(world.stranger, address)
    assert (reader.status_code, "Add a client" in reader.content.decode()) == (200, False)


def test_the_same_as_a_file(world: World, asked: dict[str, Any]) -> None:
    response = _get(world.consultant, f"/portfolio/{world.firm.slug}/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{world.firm.slug}-portfolio.csv"'
    lines = response.content.decode().splitlines()
    assert lines[0].startswith("Client,Industry,As of,Customers,Score,")
    assert [line.split(",")[0] for line in lines[1:]] == ["Other", "Ours"]


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_others_find_nothing(world: World, asked: dict[str, Any], query: str) -> None:
    for who, slug in (
        (world.stranger, world.firm.slug),
        (world.viewer, world.firm.slug),
        (world.admin, world.ours.slug),
        (world.admin, "no-such-firm"),
    ):
        assert _get(who, f"/portfolio/{slug}/{query}").status_code == 404
    response = Client().get(f"/portfolio/{world.firm.slug}/{query}")
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login/")
    assert asked == {}


def test_a_firm_without_clients_is_told_what_comes_next(world: World) -> None:
    firm = make_firm(f"empty-{world.firm.slug}")
    with tenant(read=[firm.id], write=firm.id):
        add_member(user=world.admin, role=Role.ADMIN)
    html = _get(world.admin, f"/portfolio/{firm.slug}/").content.decode()
    assert "No clients yet: add the first one" in html
    assert "Add the first client" in html
