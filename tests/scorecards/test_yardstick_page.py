"""The page of a common yardstick: ranks as far as the data goes, what is not measured, and nobody else's clients."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from tenants.models import AuditEntry, Membership, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, make_client, make_user
from tests.scoring.templates_world import next_version
from tests.scoring.yardstick_world import action, measured, rows, template, work, yardstick


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def _near(level: int) -> list[int]:
    """Forty customers whose visits, at 1 of ten, give scores of about ten times the level."""
    return [level + (1 if at % 2 else -1) for at in range(40)]


class Firm:
    """A consultant's browser, and the clients that have been made."""

    def __init__(self, world: World, client: Client) -> None:
        self.world, self.client = world, client
        self.made: dict[str, Organisation] = {"Ours": world.ours}
        _suspend(world.other)
        client.force_login(world.consultant)

    def add(self, name: str, **counts: list[int]) -> None:
        self.made[name] = make_client(self.world.firm, name)
        measured(self.made[name], counts)

    def page(self, query: str = "", *, firm: str = "") -> Any:
        return self.client.get(f"/portfolio/{firm or self.world.firm.slug}/yardstick/{query}")

    def ask(self, key: str = "standard") -> Any:
        return self.client.post(f"/o/{self.world.firm.slug}/templates/{key}/yardstick/", follow=True)

    def work(self) -> None:
        for organisation in self.made.values():
            work(organisation)

    def table(self, query: str = "?template=standard") -> list[dict[str, str]]:
        found = self.page(f"{query}&format=csv")
        return list(csv.DictReader(io.StringIO(found.content.decode())))


@pytest.fixture
def firm(world: World, client: Client) -> Firm:
    return Firm(world, client)


def _suspend(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        Organisation.objects.filter(pk=organisation.pk).update(suspended_at=NOW)


def test_from_nothing_to_ranks(firm: Firm) -> None:
    html = firm.page().content.decode()
    assert "No template is kept to measure clients by" in html
    measured(firm.world.ours, {"visit": _near(5)})
    firm.add("Alike", visit=_near(5))
    firm.add("High", visit=_near(9))
    key = template(firm.world)
    html = firm.page().content.decode()  # the only template needs no choosing
    assert "No client has been measured by this yardstick yet" in html
    assert "Measure every client by it" in html
    html = firm.ask(key).content.decode()
    assert "Every client is being scored by it." in html
    assert "0 of 3 clients are measured; the others are on their way." in html
    firm.work()
    html = firm.page("?template=standard").content.decode()
    assert "High is first of 3 by this yardstick" in html
    ours = firm.world.ours.name
    cells = [_text(row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html)]
    assert [cell.split(" Ran")[0] for cell in cells] == ["High Other 1", *sorted(
        [f"{ours} Other 2–3", "Alike Other 2–3"], key=str.casefold
    )]  # fmt: skip
    assert "Ranks 2–3: the data does not tell which of these 2" in html
    assert "Measure" not in re.sub(r"Measured|measured", "", re.findall(r"<main.*</main>", html, re.DOTALL)[0])
    told = firm.table()
    assert [(row["Best rank"], row["Worst rank"], row["Score under the template"]) for row in told] == [
        ("1", "1", "90.000000"), ("2", "3", "50.000000"), ("2", "3", "50.000000"),
    ]  # fmt: skip
    assert {row["Own score"] for row in told} == {"100.000000", "70.000000"}
    with organisation_scope(firm.made["High"].pk):
        last = AuditEntry.objects.order_by("number").last()
        assert last is not None
        assert '"act":"portfolio.exported"' in last.content
        assert '"version":1' in last.content


def test_what_is_not_measured_is_said_and_cannot_be_surely_passed(firm: Firm) -> None:
    measured(firm.world.ours, {"visit": _near(9), "purchase": [1] * 40})
    firm.add("Part", visit=_near(2))
    firm.add("None", call=[1] * 40)
    key = template(firm.world, said=yardstick(action("visit", "1"), action("purchase", "0.5")))
    firm.ask(key)
    firm.work()
    html = _text(firm.page("?template=standard").content.decode())
    assert "The data cannot tell these 2 clients apart" in html
    assert "at least 20.0" in html
    assert "1 of 2 actions Not measured: Purchase" in html
    assert "It measures none of the template’s actions that give points." in html
    of = {row["Client"]: row for row in firm.table()}
    assert (of["Part"]["It is"], of["Part"]["Best rank"], of["Part"]["Worst rank"]) == ("at least", "1", "2")
    assert (of["None"]["Best rank"], of["None"]["Score under the template"]) == ("", "")
    assert of["None"]["Not measured"] == "Visit, Purchase"


def test_small_clients_have_a_number_and_no_rank_or_neither(firm: Firm) -> None:
    measured(firm.world.ours, {"visit": _near(5)})
    firm.add("Twelve", visit=[5] * 12)
    firm.add("Four", visit=[5] * 4)
    firm.ask(template(firm.world))
    firm.work()
    html = _text(firm.page("?template=standard").content.decode())
    assert "One client alone is measured: there is nothing to rank" in html
    assert "12 customers: ranked from 30 50.0" in html
    assert "4 customers: numbers show from 5 –" in html


def test_a_newer_version_is_offered_and_the_older_one_shown_until_it_is_asked_for(firm: Firm) -> None:
    measured(firm.world.ours, {"visit": _near(5)})
    key = template(firm.world)
    firm.ask(key)
    firm.work()
    next_version(firm.world, yardstick(full_points="20"), key=key)
    html = firm.page("?template=standard").content.decode()
    assert "version 1." in html
    assert "Measure every client by version 2" in html
    firm.ask(key)
    firm.work()
    assert [row["Version"] for row in firm.table()] == ["2"]


def test_a_client_that_came_later_is_asked_for(firm: Firm) -> None:
    measured(firm.world.ours, {"visit": _near(5)})
    firm.ask(template(firm.world))
    firm.work()
    firm.add("Late", visit=_near(5))
    html = firm.page("?template=standard").content.decode()
    assert "not measured by it yet" in html
    assert "Measure the missing clients" in html


def test_full_points_from_each_clients_data_are_refused_with_the_way_out(firm: Firm) -> None:
    key = template(firm.world, said=yardstick() | {"full_points": {"from": "median", "value": None}})
    html = firm.page("?template=standard").content.decode()
    assert "This template is no common yardstick" in html
    assert "Measure every client" not in html
    assert "so it is no common yardstick" in firm.ask(key).content.decode()
    assert rows(firm.world.ours) == []


def test_who_may_look_and_who_may_ask(firm: Firm) -> None:
    world = firm.world
    measured(world.ours, {"visit": _near(5)})
    key = template(world)
    assert firm.page("?template=no-such").status_code == 404
    assert firm.page(firm="no-such").status_code == 404
    assert firm.page(firm=world.strangers_firm.slug).status_code == 404
    firm.client.force_login(world.viewer)  # of one client
    assert firm.page(f"?template={key}").status_code == 404
    assert firm.ask(key).status_code == 404
    looker = make_user("looker")
    with organisation_scope(world.firm.pk):
        Membership.objects.create(organisation=world.firm, user=looker, role="viewer")
    firm.client.force_login(looker)
    html = firm.page(f"?template={key}")
    assert html.status_code == 200
    assert "Measure every client by it" not in html.content.decode()
    assert firm.ask(key).status_code == 403
    assert rows(world.ours) == []
    firm.client.force_login(world.stranger)
    assert firm.page(f"?template={key}").status_code == 404


def test_a_client_that_rests_is_not_opened(firm: Firm) -> None:
    measured(firm.world.ours, {"visit": _near(5)})
    firm.add("Resting", visit=_near(5))
    firm.ask(template(firm.world))
    firm.work()
    _suspend(firm.made["Resting"])
    html = firm.page("?template=standard").content.decode()
    assert "Resting" not in re.findall(r"<main.*</main>", html, re.DOTALL)[0]
    assert [row["Client"] for row in firm.table()] == [firm.world.ours.name]


def test_queries_do_not_grow_with_the_clients(firm: Firm, django_assert_max_num_queries: Any) -> None:
    measured(firm.world.ours, {"visit": _near(5)})
    for name in ("One", "Two", "Three"):
        firm.add(name, visit=_near(5))
    firm.ask(template(firm.world))
    firm.work()
    with django_assert_max_num_queries(26):
        firm.page("?template=standard")
