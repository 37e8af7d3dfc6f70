"""Targets on their page and in the API: set, suggested, ended; who may; what is refused beside which field."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from engagement.insights.models import Target
from engagement.insights.services import score, set_target
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, make_small

DUE = "2099-06-30"


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _rows(world: World) -> list[tuple[str, str, int, date, str | None, str, bool]]:
    with organisation_scope(world.ours.id, write=False):
        return [
            (
                target.segment.key,
                target.measure,
                target.value_thousandths,
                target.due_on,
                target.owner.email if target.owner else None,
                target.note,
                target.retired_at is None,
            )
            for target in Target.objects.select_related("segment", "owner").order_by("created_at", "id")
        ]


def _given(world: World, value: str = "75") -> str:
    with organisation_scope(world.ours.id):
        made = set_target(
            organisation=world.ours,
            segment_key="all",
            measure="score",
            value=Decimal(value),
            due_on=date.fromisoformat(DUE),
            owner=None,
            note="first",
            user=world.consultant,
            now=NOW,
        )
    return str(made.pk)


def _form(**changes: str) -> dict[str, str]:
    return {"segment": "all", "measure": "score", "value": "75", "due_on": DUE, "owner": "", "note": ""} | changes


def _scored(world: World) -> None:
    """Forty customers, 28 of them full: a score of 70."""
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(n, {}) for n in range(1, 41)])
    add_activity(small, [(n, "visit", AS_OF, 1) for n in range(1, 29)])
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)


# ── page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consultant_sets_a_target(world: World) -> None:
    client, address = _client(world.consultant), f"/o/{world.ours.slug}/targets/"
    assert "No target is set" in _text(client.get(address))
    form = _form(value="72.5", owner=str(world.viewer.pk), note=" by summer ")
    response = client.post(address, form)
    assert (response.status_code, response["Location"]) == (302, address)
    assert _rows(world) == [
        ("all", "score", 72_500, date(2099, 6, 30), world.viewer.email, "by summer", True),
    ]
    text = _text(client.get(address))
    for said in ("1 target: not known", "The target is in force.", "72.5", "30 June 2099", world.viewer.name, "–"):
        assert said in text


def test_a_new_target_ends_the_one_before_and_keeps_it(world: World) -> None:
    _given(world)
    _client(world.admin).post(f"/o/{world.ours.slug}/targets/", _form(value="80"))
    assert [(value, in_force) for _, _, value, _, _, _, in_force in _rows(world)] == [(75_000, False), (80_000, True)]


def test_the_suggestion_is_five_more_or_seventy_five(world: World) -> None:
    client, address = _client(world.consultant), f"/o/{world.ours.slug}/targets/"
    assert "No suggestion: this segment has no score yet." in _text(client.get(address))
    _scored(world)
    response = client.get(f"{address}?segment=all")
    assert "Suggested: a score of 75 ," in _text(response)
    assert re.search(r'name="value" value="75"', response.content.decode())
    assert client.get(f"{address}?segment=nobodys").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": ""}, "value"),
        ({"value": "0"}, "value"),
        ({"value": "100.5"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": "1e99"}, "value"),
        ({"due_on": "2026-02-30"}, "due_on"),
        ({"due_on": "2001-01-01"}, "due_on"),
        ({"segment": "nobodys"}, "segment"),
        ({"measure": "mood"}, "measure"),
        ({"owner": str(uuid4())}, "owner"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(world: World, changes: dict[str, str], field: str) -> None:
    response = _client(world.consultant).post(f"/o/{world.ours.slug}/targets/", _form(**changes))
    assert response.status_code == 200
    assert f'id="id_{field}_error"' in response.content.decode()
    assert _rows(world) == []


def test_a_stranger_cannot_be_made_the_owner(world: World) -> None:
    response = _client(world.admin).post(f"/o/{world.ours.slug}/targets/", _form(owner=str(world.stranger.pk)))
    assert 'id="id_owner_error"' in response.content.decode()
    assert world.stranger.email not in response.content.decode()
    assert _rows(world) == []


def test_ending_asks_first(world: World) -> None:
    target, client = _given(world), _client(world.consultant)
    address = f"/o/{world.ours.slug}/targets/{target}/retire/"
    assert "End the target of 75 for All customers?" in _text(client.get(address))
    assert [row[-1] for row in _rows(world)] == [True]
    assert client.post(address)["Location"] == f"/o/{world.ours.slug}/targets/"
    assert [row[-1] for row in _rows(world)] == [False]
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_a_viewer_reads_and_changes_nothing(world: World) -> None:
    target, client = _given(world), _client(world.viewer)
    text = _text(client.get(f"/o/{world.ours.slug}/targets/"))
    assert "1 target: not known" in text
    assert "Set a target" not in text
    assert client.post(f"/o/{world.ours.slug}/targets/", _form(value="99")).status_code == 403
    for method in (client.get, client.post):
        assert method(f"/o/{world.ours.slug}/targets/{target}/retire/").status_code == 403
    assert [(row[2], row[-1]) for row in _rows(world)] == [(75_000, True)]


def test_another_organisations_target_is_not_there(world: World) -> None:
    target = _given(world)
    for who, slug in (
        (world.admin, world.other.slug),
        (world.stranger, world.ours.slug),
        (world.admin, world.firm.slug),
    ):
        client = _client(who)
        assert client.post(f"/o/{slug}/targets/{target}/retire/").status_code == 404
        assert client.delete(f"/api/v1/organisations/{slug}/targets/{target}/").status_code == 404
    assert _client(world.admin).get(f"/o/{world.firm.slug}/targets/").status_code == 404
    assert [row[-1] for row in _rows(world)] == [True]


# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _post(who: User, world: World, body: dict[str, Any]) -> Any:
    address = f"/api/v1/organisations/{world.ours.slug}/targets/"
    return _client(who).post(address, body, content_type="application/json")


def test_set_read_and_end_through_the_api(world: World) -> None:
    _scored(world)
    body = {"value": "72.5", "due_on": DUE, "owner": world.consultant.email.upper(), "note": "n"}
    answer = _post(world.consultant, world, body)
    assert answer.status_code == 201
    made = answer.json()
    outlook = made.pop("outlook")
    assert made == {
        "id": made["id"], "segment": "all", "segment_name": "All customers", "measure": "score", "value": "72.5",
        "due_on": DUE, "owner": world.consultant.name, "current": "70.000000", "gap": "-2.500000", "note": "n",
        "start_value": "70", "start_as_of": "2026-02-28", "start_run": 1,
    }  # fmt: skip
    assert (outlook["state"], outlook["reason"], outlook["value"], outlook["value_on"]) == (
        "unknown",
        "no pace: three finished months are needed, and Dec 2025 was not scored",
        "70.000000",
        "2026-02-28",
    )
    made["outlook"] = outlook
    client, address = _client(world.consultant), f"/api/v1/organisations/{world.ours.slug}/targets/"
    assert client.get(address).json() == [made]
    assert client.get(f"{address}{made['id']}/").json() == made
    assert client.delete(f"{address}{made['id']}/").status_code == 204
    assert client.get(address).json() == []
    assert client.get(f"{address}{made['id']}/").status_code == 404
    assert client.delete(f"{address}{made['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "0"}, "value"),
        ({"value": "75.0001"}, "value"),
        ({"value": "101"}, "value"),
        ({"due_on": "soon"}, "due_on"),
        ({"due_on": "2001-01-01"}, "due_on"),
        ({"measure": "mood"}, "measure"),
        ({"owner": "stranger@elsewhere.example"}, "owner"),
        ({"segment": "not a slug"}, "segment"),
    ],
)
def test_the_api_names_the_field(world: World, changes: dict[str, str], field: str) -> None:
    answer = _post(world.consultant, world, {"value": "75", "due_on": DUE} | changes)
    assert answer.status_code == 400
    assert (answer.json()["code"], list(answer.json()["fields"])) == ("invalid", [field])
    assert _rows(world) == []


def test_an_unknown_segment_is_not_found_and_a_viewer_is_refused(world: World) -> None:
    assert _post(world.consultant, world, {"segment": "nobodys", "value": "7", "due_on": DUE}).status_code == 404
    answer = _post(world.viewer, world, {"value": "75", "due_on": DUE})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert _rows(world) == []


# ── changing, and the history ────────────────────────────────────────────────────────────────────────────────


def _change(**changes: str) -> dict[str, str]:
    return {"value": "80", "due_on": DUE, "owner": "", "note": "agreed"} | changes


def test_a_target_is_changed_on_a_page_of_its_own(world: World) -> None:
    _scored(world)
    target, client = _given(world), _client(world.consultant)
    address = f"/o/{world.ours.slug}/targets/{target}/change/"
    page = client.get(address)
    assert "Change the target of 75 for All customers" in _text(page)
    assert f'value="{DUE}"' in page.content.decode()
    assert client.post(address, _change(owner=str(world.viewer.pk)))["Location"] == f"/o/{world.ours.slug}/targets/"
    assert _rows(world) == [
        ("all", "score", 75_000, date.fromisoformat(DUE), None, "first", False),
        ("all", "score", 80_000, date.fromisoformat(DUE), world.viewer.email, "agreed", True),
    ]
    assert client.get(address).status_code == 404  # the former one is not in force any more
    history = _text(client.get(f"/o/{world.ours.slug}/targets/of/all/"))
    for said in ("All customers: 2 targets so far", "agreed", "first", "in force", world.viewer.name):
        assert said in history


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "101"}, "value"),
        ({"value": ""}, "value"),
        ({"due_on": "2001-01-01"}, "due_on"),
        ({"owner": "x"}, "owner"),
    ],
)
def test_a_change_that_cannot_be_stands_beside_its_field(world: World, changes: dict[str, str], field: str) -> None:
    target = _given(world)
    response = _client(world.consultant).post(f"/o/{world.ours.slug}/targets/{target}/change/", _change(**changes))
    assert response.status_code == 200
    assert f'id="id_{field}_error"' in response.content.decode()
    assert [(row[2], row[-1]) for row in _rows(world)] == [(75_000, True)]


def test_an_active_share_is_typed_in_per_cent(world: World) -> None:
    client, address = _client(world.consultant), f"/o/{world.ours.slug}/targets/"
    client.post(address, _form(measure="active_share", value="72.5"))
    assert [(row[1], row[2]) for row in _rows(world)] == [("active_share", 725)]
    with organisation_scope(world.ours.id, write=False):
        target = Target.objects.get()
    change = f"{address}{target.pk}/change/"
    assert 'value="72.5"' in client.get(change).content.decode()
    client.post(change, _change(value="80"))
    assert [row[2] for row in _rows(world)] == [725, 800]
    assert 'id="id_value_error"' in client.post(address, _form(measure="active_share", value="101")).content.decode()


def test_a_viewer_reads_the_history_and_changes_nothing(world: World) -> None:
    target, client = _given(world), _client(world.viewer)
    assert "All customers: 1 target so far" in _text(client.get(f"/o/{world.ours.slug}/targets/of/all/"))
    for method in (client.get, client.post):
        assert method(f"/o/{world.ours.slug}/targets/{target}/change/").status_code == 403
    assert [(row[2], row[-1]) for row in _rows(world)] == [(75_000, True)]
    stranger = _client(world.stranger)
    assert stranger.get(f"/o/{world.ours.slug}/targets/of/all/").status_code == 404
    for slug in (world.firm.slug, world.ours.slug):
        key = "all" if slug == world.firm.slug else "nobodys"
        assert _client(world.admin).get(f"/o/{slug}/targets/of/{key}/").status_code == 404


def test_changed_through_the_api_what_is_not_named_stays(world: World) -> None:
    made = _post(world.consultant, world, {"value": "72.5", "due_on": DUE, "owner": world.viewer.email}).json()
    client, address = _client(world.consultant), f"/api/v1/organisations/{world.ours.slug}/targets/"
    one = f"{address}{made['id']}/"
    assert _client(world.viewer).patch(one, {"value": "80"}, content_type="application/json").status_code == 403
    answer = client.patch(one, {"value": "80", "note": "more"}, content_type="application/json")
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["value"], changed["due_on"], changed["owner"], changed["note"]) == (
        "80", DUE, world.viewer.name, "more",
    )  # fmt: skip
    assert changed["id"] != made["id"]
    assert client.patch(one, {"value": "81"}, content_type="application/json").status_code == 404
    freed = client.patch(f"{address}{changed['id']}/", {"owner": None}, content_type="application/json").json()
    assert (freed["owner"], freed["value"]) == ("", "80")
    history = client.get(f"{address}of/all/").json()
    assert [(each["value"], each["owner"], each["retired_at"] is None) for each in history] == [
        ("80", "", True), ("80", world.viewer.name, False), ("72.5", world.viewer.name, False),
    ]  # fmt: skip
    refused = client.patch(f"{address}{freed['id']}/", {"value": "101"}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["value"])
    assert client.get(f"{address}of/nobodys/").status_code == 404
