"""A consultant's morning: twenty clients, three of which need somebody; which the table holds, and side by side."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.actor import reaches_of
from tenants.models import Membership, Organisation
from tenants.scope import organisation_scope
from tests.conftest import World, make_user
from tests.scorecards.portfolio_world import BELOW, CLIENTS, FINE, QUIET, TURNED, twenty


@pytest.fixture
def morning(world: World, client: Client) -> Any:
    twenty(world)
    client.force_login(world.consultant)
    return lambda query="": client.get(f"/portfolio/{world.firm.slug}/{query}")


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_of_twenty_clients_exactly_three_need_somebody(morning: Any, django_assert_max_num_queries: Any) -> None:
    morning()  # the first request of a session also keeps when it was
    with django_assert_max_num_queries(20):
        html = morning().content.decode()
    assert "Three of your 20 clients need you" in html
    needs = re.findall(r'class="who" href="[^"]+">([^<]+)<.*?<p class="what">(.*?)</p>', html, re.DOTALL)
    told = {name: _text(what).strip() for name, what in needs}
    assert list(told) == [QUIET, TURNED, BELOW]
    assert told[QUIET] == "No events for 6 days. The last that counts happened on 23 Feb; scores since then only age."
    assert told[TURNED].startswith("Fell by 6.0 while its segments rose. 76 → 70: mix −8, rate +2 by Group.")
    assert told[BELOW].startswith("5.0 below a target that is due in 30 days. 70.0 against 75 by 31 March 2026;")
    assert f'href="/o/{TURNED.lower().replace(" ", "-")}/why/"' in html
    assert "mostly other customers −8.0" in html


def test_the_table_holds_what_is_asked_for_and_the_list_above_everything(morning: Any) -> None:
    def names(query: str) -> list[str]:
        html = morning(query).content.decode()
        assert "Three of your 20 clients need you" in html
        return re.findall(r'aria-label="Put (Client \d\d) side by side"', html)

    assert len(names("")) == CLIENTS
    assert names("?waits=yes") == [QUIET, TURNED, BELOW]
    assert names("?industry=healthcare") == [QUIET]
    assert names("?industry=healthcare&band=none") == []
    assert len(names("?industry=no-such")) == CLIENTS  # what is not on offer is not asked
    assert names("?band=excellent") == [FINE]
    assert [len(names(f"?band={band}")) for band in ("poor", "good", "none")] == [0, CLIENTS - 1, 0]
    file = morning("?format=csv&waits=yes").content.decode().splitlines()
    assert [line.partition(",")[0] for line in file[1:]] == [QUIET, TURNED, BELOW]


def test_up_to_six_stand_side_by_side_and_are_not_ranked(morning: Any) -> None:
    slugs = [f"client-{number:02d}" for number in range(1, CLIENTS + 1)]

    def asked(count: int) -> str:
        return str(morning("?" + "&".join(f"compare={slug}" for slug in slugs[:count])).content.decode())

    six = asked(6)
    assert "Client 01, Client 02, Client 03, Client 04, Client 05 and Client 06 side by side" in six
    assert "does not mean better" in six
    assert re.findall(r'<th scope="row">([^<]+)</th>', six)[:3] == ["Band", "Score", "To target"]
    for count in (1, 7):
        html = asked(count)
        assert f"Tick 2 to 6 clients to put them side by side. You ticked {count}." in html
        assert "All clients" in html
    assert "You ticked 0" in morning("?compare=no-such&compare=strange").content.decode()


def test_who_minds_a_client_is_shown_and_asked_for(morning: Any, world: World) -> None:
    other = make_user("second")
    with organisation_scope(world.firm.pk):
        membership = Membership.objects.create(organisation=world.firm, user=other, role="consultant")
    assert "Minded by" not in morning().content.decode()  # nobody minds any: nothing to choose from
    for name, minder in ((QUIET, world.consultant), (TURNED, other)):
        slug = name.lower().replace(" ", "-")
        organisation_id = next(one.organisation_id for one in reaches_of(world.consultant) if one.slug == slug)
        with organisation_scope(organisation_id):
            Organisation.objects.filter(pk=organisation_id).update(minded_by=minder.pk)

    def names(query: str) -> list[str]:
        return re.findall(r'aria-label="Put (Client \d\d) side by side"', morning(query).content.decode())

    html = morning().content.decode()
    offered = html.partition('name="minder"')[2].partition("</select")[0]
    assert re.findall(r'<option value="([^"]*)"[^>]*>([^<]+)', offered) == [
        ("", "Anybody"), ("me", "Me"), (str(other.pk), other.name), ("nobody", "Nobody"),
    ]  # fmt: skip
    assert (names("?minder=me"), names(f"?minder={other.pk}")) == ([QUIET], [TURNED])
    assert len(names("?minder=nobody")) == CLIENTS - 2
    assert len(names("?minder=no-such")) == CLIENTS
    with organisation_scope(world.firm.pk):
        Membership.objects.filter(pk=membership.pk).delete()
    html = morning().content.decode()
    assert "Nobody minds this client any more." in html
    assert other.name not in html
    assert len(names("?minder=nobody")) == CLIENTS - 1
    assert "Three of your 20 clients need you" in html  # the client was among them


def test_a_page_and_its_file_find_what_waits_once(morning: Any) -> None:
    with patch("engagement.scorecards.words.needs.needs_of", return_value=()) as found:
        morning("?format=csv")
    assert found.call_count == CLIENTS


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_the_clients_own_rows_are_read_once(morning: Any, query: str) -> None:
    morning(query)
    with CaptureQueriesContext(connection) as queries:
        morning(query)
    read = [one["sql"] for one in queries if 'FROM "tenants_organisation" WHERE' in one["sql"]]
    assert len(read) == 1
