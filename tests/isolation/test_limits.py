"""A limited viewer over every route: what does not mind limits is closed, and nothing shows what is not theirs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tenants.access import permissions_of
from tenants.permissions import Permission
from tests.conftest import World
from tests.insights.scoring_world import Small
from tests.isolation.limited_world import (
    CANARY,
    OTHER_NUMBERS,
    OWN_APART,
    OWN_NUMBERS,
    make_scored,
    to_gold,
    to_reports,
)
from tests.isolation.routes import Route, routes

INSIDE = [route for route in routes() if route.in_organisation]
# What a limited viewer's address may name: an own object, and one that is not theirs.
OWN = {"key": "gold", "number": 1}
OTHER = {"key": CANARY, "number": OTHER_NUMBERS[5]}
UNKNOWN = {"key": "no-such-thing", "number": 987_654_321}
ANYTHING = {"uuid": "0192f0c1-2345-7000-8000-000000000000", "int": 1, "slug": "gold", "str": "gold"}
ASKED = (
    "", "?as_of=2026-02-28", "?as_of=2026-01-31", "?run=2", "?run=3", "?by=week", "?by=quarter", "?line=as-it-was",
    "?table=segments", "?table=trend", "?table=actions", f"?segment={CANARY}", "?segment=all", "?segment=gold",
    f"?search={CANARY}", f"?search=c1&segment={CANARY}", "?order=points", "?page=2", "?measure=points_per_customer",
    f"?set=size&segment={CANARY}-small", "?from=2026-01-01&to=2026-02-28", f"?external_id={CANARY}-{OTHER_NUMBERS[5]}",
    f"?with={CANARY}", "?with=gold", "?limit=1000", "?segment=gold&run=2&measure=points_per_customer", "?number=77005",
    f"?q={CANARY}", f"?q={CANARY}&format=json", "?q=c1", "?q=segment&format=json",
)  # fmt: skip


def _minds(route: Route) -> bool:
    return bool(getattr(getattr(route.callback, "cls", route.callback), "honours_limits", False))


def _permission(route: Route) -> object:
    return (permissions_of(route.callback) or {}).get("GET")


def _address(small: Small, route: Route, named: dict[str, Any]) -> str:
    kinds = {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", route.address)}
    arguments = {name: named.get(name, ANYTHING[kinds[name]]) for name in route.arguments}
    return reverse(route.name, kwargs={"slug": small.organisation.slug, **arguments})


def _read(client: Client, address: str) -> tuple[int, str]:
    answer: Any = client.get(address)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content.decode())


def _without_the_question(text: str, asked: str) -> str:
    """What was asked stands in the fields of a form, in links and beside a field: that tells nobody anything."""
    for word in re.findall(r"=([^&]+)", asked):
        text = re.sub(rf'(value="|=|Select a valid choice. ){re.escape(word)}', r"\1", text)
    return text


@pytest.fixture
def small(world: World) -> Small:
    return make_scored(world.ours)


def _problems(client: Client, small: Small, permission: set[Permission], among: list[Route]) -> list[str]:
    """Whatever an answer shows of another segment, or of its customers: name, key, id or number."""
    found = []
    for route in among:
        for named in (OWN, OTHER) if route.arguments else (OWN,):
            for asked in ASKED if _minds(route) else ("",):
                address = _address(small, route, named) + asked
                status, text = _read(client, address)
                said = _without_the_question(text, asked)
                if named is OTHER:
                    said = said.replace(address.partition("?")[0], "")
                opened = _minds(route) and _permission(route) in permission
                if not opened and status not in {403, 405}:
                    found.append(f"{address}: {status} where it is closed")
                if CANARY in said.lower() or re.search(r"\b770[0-3]\d\b", said):
                    found.append(f"{address}: {status} shows what is another's")
    return found


def test_limited_to_a_segment_nothing_of_another_one_is_shown(small: Small) -> None:
    assert _problems(to_gold(small), small, {Permission.VIEW, Permission.VIEW_REPORTS, Permission.ASK}, INSIDE) == []


def _let_through(thing: Any, **_: Any) -> Any:
    return thing


_LIMITED = "engagement.insights.selectors.limited"


@pytest.mark.parametrize(
    ("protection", "instead", "leaking"),
    [
        (f"{_LIMITED}.row_within", _let_through, "/o/{}/segments/gold/"),
        (f"{_LIMITED}.known_within", _let_through, "/o/{}/customers/?run=2"),
        (f"{_LIMITED}.card_within", _let_through, "/o/{}/customers/1/"),
        (f"{_LIMITED}.check_key", _let_through, "/o/{}/segments/canary9x/"),
        (f"{_LIMITED}.check_key", _let_through, "/o/{}/guidance/measures/score/?segment=canary9x"),
        ("engagement.scorecards.forms.options_within", _let_through, "/o/{}/why/"),
        ("engagement.insights.speaking.keys_within", lambda _: None, "/o/{}/notes/?show=all"),
        ("engagement.insights.speaking.keys_within", lambda _: None, "/api/v1/organisations/{}/questions/"),
        ("engagement.cases.views.keys_within", lambda _: None, "/o/{}/cases/"),
        ("engagement.cases.api.keys_within", lambda _: None, "/api/v1/organisations/{}/cases/steps/"),
        ("engagement.scorecards.within.customers_within", lambda **_: None, "/o/{}/customers/"),
        ("engagement.ingest.api.customers_within", lambda **_: None, "/api/v1/organisations/{}/customers/"),
    ],
    ids=lambda part: (
        part.rpartition(".")[2] if isinstance(part, str) else part.__name__
    ),  # a worker's address of it is its own
)
def test_control_without_one_protection_something_shows(
    small: Small, monkeypatch: pytest.MonkeyPatch, protection: str, instead: Any, leaking: str
) -> None:
    client, address = to_gold(small), leaking.format(small.organisation.slug)
    assert CANARY not in _read(client, address)[1].replace(address, "").lower()
    monkeypatch.setattr(protection, instead)
    assert CANARY in _read(client, address)[1].replace(address, "").lower()


def test_control_the_unlimited_viewer_sees_it_on_those_pages(world: World, small: Small, client: Client) -> None:
    client.force_login(world.viewer)
    shown = set()
    for route in INSIDE:
        if _minds(route) and route.name != "roles":
            for asked in ASKED:
                status, text = _read(client, _address(small, route, OWN) + asked)
                if status == 200 and CANARY in _without_the_question(text, asked).lower():
                    shown.add(route.name)
    assert shown == {
        "scorecard", "scorecard-csv", "explained", "segment", "customers", "customer", "find-here", "api-customers",
        "api-scorecard", "api-explanation", "api-segment-figures", "api-customer-score",
        "notes", "question-new", "api-notes", "api-questions",
        "cases", "api-findings", "api-steps",
        "segment-beside", "segment-beside-csv", "customers-csv", "api-customer-scores",
        "validity", "validity-check", "validity-csv", "api-validity-check",
        "forecast", "api-forecasts",
    }  # fmt: skip


def test_the_routes_that_mind_limits_are_these() -> None:
    """A view that claims it minds limits is looked at by these tests; a new one belongs on the list and into them."""
    assert sorted(route.name for route in INSIDE if _minds(route)) == sorted([
        "scorecard", "scorecard-csv", "explained", "segment", "segment-csv", "customers", "customer", "roles",
        "segment-movers", "segment-movers-csv", "segment-beside", "segment-beside-csv",
        "customers-csv", "segment-members-csv", "segment-cohorts", "segment-cohorts-csv",
        "customer-days", "customer-days-csv",
        "api-customer-scores",
        "forecast", "forecast-progress", "forecast-csv", "api-forecasts", "api-segment-forecasts",
        "find-here", "api-scorecard", "api-explanation", "api-segment-figures", "api-segment-breakdowns",
        "api-customers", "api-customer", "api-customer-score",
        "guidance", "guidance-objectives", "guidance-measure", "guidance-entry",
        "api-guidance", "api-guidance-measure", "api-guidance-entry",
        "reports", "report", "report-version", "report-file",
        "api-reports", "api-report-versions", "api-report-version", "api-report-pdf",
        "api-report-links", "api-report-link",
        "cases", "finding", "step", "api-findings", "api-finding", "api-steps", "api-step",
        "notes", "note-change", "note-remove", "question-new", "question", "question-answer",
        "api-notes", "api-note", "api-questions", "api-question", "api-question-answers",
        "companions", "companions-short",
        "companions-progress", "companions-csv", "companion", "companion-csv", "api-companions",
        "validity", "validity-progress", "validity-check", "validity-csv",
        "api-validity", "api-validity-check", "api-validity-outcome",
    ])  # fmt: skip


@pytest.mark.parametrize("name", ["segment", "segment-csv", "api-segment-figures", "api-segment-breakdowns",
                                  "customer", "customer-days", "api-customer", "api-customer-score"])  # fmt: skip
def test_what_is_outside_the_limit_is_answered_like_what_there_is_not(small: Small, name: str) -> None:
    client = to_gold(small)
    [route] = [route for route in INSIDE if route.name == name]
    own, other, unknown = (_read(client, _address(small, route, named)) for named in (OWN, OTHER, UNKNOWN))
    assert own[0] == 200
    assert other == unknown
    assert other[0] == 404


def test_everybody_is_no_segment_of_theirs(small: Small) -> None:
    client, slug = to_gold(small), small.organisation.slug
    for address in (f"/o/{slug}/segments/all/", f"/o/{slug}/why/?segment=all",
                    f"/api/v1/organisations/{slug}/segments/all/figures/",
                    f"/api/v1/organisations/{slug}/explanation/"):  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_the_scorecard_of_a_segment_has_its_numbers_and_no_total(world: World, small: Small, client: Client) -> None:
    slug = small.organisation.slug
    client.force_login(world.viewer)
    whole = client.get(f"/api/v1/organisations/{slug}/scorecard/").json()
    mine = to_gold(small).get(f"/api/v1/organisations/{slug}/scorecard/").json()
    [group] = mine["sets"]
    [row] = group["segments"]
    [theirs] = [row for row in whole["sets"][0]["segments"] if row["figures"]["segment"] == "gold"]
    assert row["figures"]["score"] == theirs["figures"]["score"] is not None
    assert row["change"] == theirs["change"] is not None
    assert theirs["adds_to_total"] is not None
    assert whole["total"]["customers"] == 42
    assert (row["adds_to_total"], row["figures"]["customers"]) == (None, 12)
    empty = ("total", "compared", "previous", "change", "change_error", "trend", "points", "industry_range")
    assert {name: mine[name] for name in empty if mine[name]} == {}
    assert [target["segment"] for target in mine["targets"]] == ["gold"]
    parts = [part["own_weights_of"] for part in row["figures"]["parts"]]
    assert parts == [None, ""]  # the numbers stay, the name goes
    assert "another segment" in to_gold(small, "gus").get(f"/o/{slug}/segments/gold/").content.decode()
    page = to_gold(small, "gia").get(f"/o/{slug}/").content.decode()
    assert "Gold" in page
    assert ">42<" not in page
    assert "All customers" not in page


def test_the_customers_are_those_who_are_in_the_segment_now(small: Small) -> None:
    client, slug = to_gold(small), small.organisation.slug
    listed = client.get(f"/api/v1/organisations/{slug}/customers/").json()
    assert [line["number"] for line in listed["results"]] == list(OWN_NUMBERS)
    page = client.get(f"/o/{slug}/customers/").content.decode()
    assert "12 customers have a score" in page
    card = client.get(f"/api/v1/organisations/{slug}/customers/{OWN_APART}/score/").json()
    assert (card["rank"], card["of"], card["segments"]) == (None, None, ["gold"])
    assert card["override_name"] == "another segment"


def test_limited_to_reports_no_customer_and_no_configuration_is_shown(small: Small) -> None:
    client, slug = to_reports(small), small.organisation.slug
    for address in (f"/o/{slug}/", f"/o/{slug}/segments/gold/", f"/o/{slug}/why/", f"/o/{slug}/scorecard.csv"):
        status, text = _read(client, address)
        assert status == 200, address
        assert "/customers/" not in text, address
        assert not re.search(rf"\bc(?:{'|'.join(map(str, OWN_NUMBERS))})\b", text), address
        assert f"{CANARY}-77" not in text.lower(), address
        links = set(re.findall(rf'href="(/o/{slug}/[^"?#]*)', text))
        assert {link for link in links if client.get(link).status_code != 200} == set(), address
    closed = [route for route in INSIDE if not (_minds(route) and _permission(route) == Permission.VIEW_REPORTS)]
    opened = [route.name for route in closed if _read(client, _address(small, route, OWN))[0] not in {403, 405}]
    assert len(closed) > 80
    assert opened == []


def test_every_link_on_a_page_of_a_limited_viewer_opens(small: Small) -> None:
    client, slug = to_gold(small), small.organisation.slug
    seen, waiting = set(), {f"/o/{slug}/"}
    while waiting:
        address = waiting.pop()
        seen.add(address)
        status, text = _read(client, address)
        assert status == 200, address
        found = {link.replace("&amp;", "&") for link in re.findall(rf'href="(/o/{slug}/[^"#]*)', text)}
        waiting |= {link for link in found - seen if "as_of" not in link or len(seen) < 40}
    assert len(seen) > 10


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_limited_viewer_changes_nothing(small: Small, method: str) -> None:
    client = to_gold(small)
    answers = {
        route.name: client.generic(method, _address(small, route, OWN), b"{}", "application/json").status_code
        for route in INSIDE
    }
    asking = {route.name for route in INSIDE if (route.permissions or {}).get(method) == Permission.ASK}
    assert {name: status for name, status in answers.items() if name not in asking and status not in {403, 405}} == {}
    # Nothing was said: what says something stands in tests/insights/test_notes.py.
    assert {answers[name] for name in asking} <= {200, 400, 404}


def test_several_organisations_at_once_leave_limited_ones_out(small: Small) -> None:
    client = to_gold(small)
    assert client.get("/api/v1/organisations/").json() == []
    assert client.get("/").headers["Location"] == f"/o/{small.organisation.slug}/"


def test_before_the_first_score_no_steps_of_configuration_are_shown(world: World) -> None:
    bare = Small(world.ours)
    page = to_reports(bare).get(f"/o/{world.ours.slug}/")
    assert (page.status_code, b"Nothing has been scored yet" in page.content) == (200, True)
    assert b"/weights/" not in page.content
