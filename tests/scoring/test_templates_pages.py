"""Pages and API of templates: what they say and do, who may, and that nobody reads another firm's."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.errors import NotFoundError
from engagement.scoring import services
from engagement.scoring.models import AppliedTemplate, Template, TemplateVersion, WeightSet
from engagement.scoring.selectors.templates import client_content, offered_template, offers
from engagement.scoring.services.templates import create_template
from tenants import scope as scopes
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, tenant
from tenants.services import add_member
from tests.conftest import NOW, World
from tests.scoring.config import kept, published, signed_in, story
from tests.scoring.pages import form_of, url, words
from tests.scoring.templates_world import (
    actor,
    applying,
    content,
    make_template,
    next_version,
    stands_on,
    with_action,
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def consultant(world: World) -> Client:
    return signed_in(world.consultant)


@pytest.fixture
def admin(world: World) -> Client:
    return signed_in(world.admin)


def _api(client: Client, method: str, organisation: Organisation, path: str, body: object = None) -> tuple[int, Any]:
    answer = client.generic(
        method,
        f"/api/v1/organisations/{organisation.slug}/{path}",
        "" if body is None else json.dumps(body),
        content_type="application/json",
    )
    return answer.status_code, answer.json() if answer.content else None


def _colleague(organisation: Organisation, role: str, name: str) -> User:
    user = User.objects.create(email=f"{name}{organisation.pk}@example.com", name=name)
    with organisation_scope(organisation.id):
        add_member(user=user, role=role)
    return user


# ── the firm's pages ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_admin_saves_a_client_as_template_and_sees_it(world: World, admin: Client) -> None:
    published(world.ours)
    page = admin.get(url(world.firm, "templates/"))
    assert "No template is kept" in words(page)
    page = admin.get(url(world.firm, f"templates/new/?client={world.ours.slug}"))
    assert page.context["form"]["client"].value() == world.ours.slug
    sent = form_of(page, name="Retail", note="As agreed")
    answer = admin.post(url(world.firm, "templates/new/"), sent, follow=True)
    said = words(answer)
    assert answer.redirect_chain[-1][0] == url(world.firm, "templates/retail/")
    assert "Retail, version 1" in said
    assert "As agreed" in said
    assert (
        "Visit Page Viewed or Page View or visit or Visit or Session Started; occurrences counted Website 1 none"
        in said
    )
    assert "median of active customers" in said
    assert "Poor, Good, Excellent lines at 70 and 80" in said
    assert "This template defines no segments" in said
    assert f"Apply it to: {world.other.name} · {world.ours.name}" in said
    assert "1 template for 2 clients" in words(admin.get(url(world.firm, "templates/")))


def test_a_new_version_shows_first_what_would_be_different(world: World, admin: Client) -> None:
    make_template(world)
    applying(world, world.ours)
    kept(world.ours, weights={}, window_days=60, full_points_from="median")
    path = url(world.firm, "templates/retail/version/")
    assert "What would be different" in words(admin.get(path))
    looked = admin.get(f"{path}?client={world.ours.slug}&full_points_from=as_at_client")
    said = words(looked)
    assert "2 items would be different" in said
    assert "Window 90 days 60 days" in said
    assert "Action “E-mail opened” not there worth 0: Email Opened or email_open; occurrences counted" in said
    sent = {"client": world.ours.slug, "full_points_from": "as_at_client", "note": "Sixty days"}
    answer = admin.post(path, sent, follow=True)
    assert "Retail, version 2" in words(answer)
    with tenant(read=[world.firm.id]):
        rows = TemplateVersion.objects.order_by("number").values_list("number", "note", "content__window_days")
        assert list(rows) == [(1, "First", 90), (2, "Sixty days", 60)]
    again = admin.post(f"{path}?client={world.ours.slug}", sent)
    assert "Version 2 says the same already" in words(again)
    assert "Version 2 is the newest" in words(admin.get(url(world.firm, "templates/retail/?version=1")))


def test_the_template_says_where_each_client_stands(world: World, consultant: Client) -> None:
    make_template(world)
    applying(world, world.ours)
    applying(world, world.other)
    with organisation_scope(world.other.id):
        services.change_action(organisation=world.other, key="visit", name="Visits", user=None, now=NOW)
    next_version(world, with_action("call", weight="3"))
    applying(world, world.other)
    said = words(consultant.get(url(world.firm, "templates/retail/")))
    assert "2 clients on this template" in said
    assert f"{world.ours.name} 1 behind " in said
    assert f"{world.other.name} 2 changed: 1 " in said
    assert "Retail 2 " in words(consultant.get(url(world.firm, "templates/")))


def test_up_to_date_and_another_template(world: World, consultant: Client) -> None:
    make_template(world)
    make_template(world, name="Bank", said=with_action("visit", weight="9"))
    applying(world, world.ours)
    assert f"{world.ours.name} 1 up to date" in words(consultant.get(url(world.firm, "templates/retail/")))
    assert f"{world.ours.name} (on “Retail” now)" in words(consultant.get(url(world.firm, "templates/bank/")))


def test_a_template_is_renamed_by_an_admin(world: World, admin: Client, consultant: Client) -> None:
    make_template(world)
    path = url(world.firm, "templates/retail/")
    assert consultant.post(path, {"name": "Mine"}).status_code == 403
    assert "Shops, version 1" in words(admin.post(path, {"name": "Shops"}, follow=True))
    assert admin.get(f"{path}?version=x").status_code == 404
    assert admin.get(f"{path}?version=9").status_code == 404


# ── the client's pages ───────────────────────────────────────────────────────────────────────────────────────

APPLY = "weights/template/apply/?template=retail"


def test_a_first_application_proposes_the_template_and_ends_in_a_draft(world: World, consultant: Client) -> None:
    story(world.ours)
    published(world.ours)
    make_template(world, said=content(full_points={"from": "own", "value": "40"}))
    page = consultant.get(url(world.ours, APPLY))
    said = words(page)
    assert (
        "Version 1 differs from what is here in 8 items" in said
    )  # three rules, full points; an action, a set, two segments
    assert "Applying publishes nothing" in said
    assert "Its bands are others too. They are settings: they stay until an admin opens this page." in said
    assert "Score 30.00 10.00 −20.00" in said
    assert "Full points: 40" in said
    assert "Not known yet: Visit, Social interaction, Purchase, Call" in said
    sent = {bound.html_name: bound.value() for bound in page.context["form"]}
    assert {value for name, value in sent.items() if name.startswith("d.")} == {"template"}
    sent |= {"opened": page.context["seen"].opened, "apply": "yes"}
    answer = consultant.post(url(world.ours, APPLY), sent, follow=True)
    assert answer.redirect_chain[-1][0] == url(world.ours, "weights/draft/")
    assert "Version 1 of “Retail” is applied. Its weights are in the draft, set 2" in words(answer)
    with organisation_scope(world.ours.id, write=False):
        assert dict(WeightSet.objects.values_list("number", "state")) == {1: "published", 2: "draft"}
    said = words(consultant.get(url(world.ours, "weights/template/")))
    assert "On “Retail”, version 1" in said
    assert "Retail in use 1 First" in said


def _conflict(world: World) -> None:
    """Applied, then another window here and another there."""
    story(world.ours)
    make_template(world)
    applying(world, world.ours)
    kept(world.ours, weights={}, window_days=60, full_points_from="median")
    next_version(world, {**with_action("call", name="Phone call"), "window_days": 120})


def test_an_upgrade_asks_about_conflicts_and_shows_the_rest(world: World, consultant: Client) -> None:
    _conflict(world)
    assert "See the upgrade to version 2" in words(consultant.get(url(world.ours, "weights/template/")))
    page = consultant.get(url(world.ours, APPLY))
    said = words(page)
    assert "Version 2 changes 1 item, 1 needs your decision" in said
    assert "Window Choose … Here now Version 2 90 days 60 days 120 days" in said
    assert "Call: name Call Phone call" in said
    assert "Action “E-mail opened” not there worth 0" in said
    assert "1 undecided: counted as here now" in said
    sent = {"opened": page.context["seen"].opened, "apply": "yes", "d.weights.window_days": ""}
    refused = consultant.post(url(world.ours, APPLY), sent)
    assert "Both sides have changed this: choose" in words(refused)
    line = stands_on(world.ours)
    assert line is not None
    assert line.version == 1
    answer = consultant.post(url(world.ours, APPLY), {**sent, "d.weights.window_days": "template"}, follow=True)
    assert "Version 2 of “Retail” is applied" in words(answer)
    assert answer.context["draft"].window_days == 120


def test_looking_with_other_choices_keeps_nothing(world: World, consultant: Client) -> None:
    _conflict(world)
    opened = consultant.get(url(world.ours, APPLY)).context["seen"].opened
    sent = {"opened": opened, "look": "yes", "d.weights.window_days": "template"}
    looked = consultant.post(url(world.ours, APPLY), sent)
    assert looked.context["rehearsal"].preview.draft is not None
    assert "undecided" not in words(looked)
    assert looked.context["form"]["d.weights.window_days"].value() == "template"
    with organisation_scope(world.ours.id, write=False):
        assert list(WeightSet.objects.values_list("window_days", flat=True)) == [60]
        assert AppliedTemplate.objects.count() == 1


def test_a_page_opened_before_a_change_is_a_conflict_and_can_be_sent_again_after_looking(
    world: World, consultant: Client
) -> None:
    _conflict(world)
    opened = consultant.get(url(world.ours, APPLY)).context["seen"].opened
    with organisation_scope(world.ours.id):
        services.change_action(organisation=world.ours, key="call", name="Ring", user=None, now=NOW)
    sent = {"opened": opened, "apply": "yes", "d.weights.window_days": "client"}
    refused = consultant.post(url(world.ours, APPLY), sent)
    assert "has changed since you opened this" in words(refused)
    assert "2 need your decision" in words(refused)
    sent |= {"opened": refused.context["seen"].opened, "d.action.call.name": "client"}
    assert "is applied" in words(consultant.post(url(world.ours, APPLY), sent, follow=True))


def test_an_address_without_a_template_leads_to_the_overview(world: World, consultant: Client) -> None:
    answer = consultant.get(url(world.ours, "weights/template/apply/"), follow=True)
    assert answer.redirect_chain[-1][0] == url(world.ours, "weights/template/")
    assert "No template has been applied" in words(answer)
    for wrong in ("none", "retail&version=2", "retail&version=-1", "retail&version=99999999999"):
        assert consultant.get(url(world.ours, f"weights/template/apply/?template={wrong}")).status_code == 404


def test_only_an_admin_is_asked_about_bands(world: World, consultant: Client, admin: Client) -> None:
    make_template(world)
    assert "Lines between bands" not in words(consultant.get(url(world.ours, APPLY)))
    page = admin.get(url(world.ours, APPLY))
    assert "Lines between bands Choose … Here now Version 1 70 and 80 60 and 85" in words(page)
    sent = {bound.html_name: bound.value() for bound in page.context["form"]}
    sent |= {"opened": page.context["seen"].opened, "apply": "yes"}
    assert "The bands hold from the next scoring." in words(admin.post(url(world.ours, APPLY), sent, follow=True))
    with tenant(read=[world.ours.id]):
        assert Organisation.objects.get(pk=world.ours.pk).band_names == ["Low", "Fair", "High"]


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_template_by_the_api_from_making_to_applying(world: World, admin: Client, consultant: Client) -> None:
    story(world.ours)
    status, made = _api(
        admin, "POST", world.firm, "templates/", {"name": "Retail", "content": content(), "note": "One"}
    )
    assert status == 201
    assert (made["key"], made["version"], made["content"]) == ("retail", 1, content())
    assert [(c["slug"], c["version"], c["is_behind"], c["changed"], c["other"]) for c in made["clients"]] == [
        (client.slug, None, False, 0, "") for client in (world.other, world.ours)
    ]
    assert _api(consultant, "GET", world.ours, "template/") == (
        200, {"applied": None, "offers": [{"key": "retail", "name": "Retail", "versions": made["versions"]}]}
    )  # fmt: skip
    status, seen = _api(consultant, "GET", world.ours, "template/comparison/?template=retail")
    assert (status, seen["base_version"], seen["keeps_bands"], seen["problem"]) == (200, None, True, "")
    items = {item["id"]: item for item in seen["items"]}
    assert items["weights.full_points"] == {
        "id": "weights.full_points", "state": "same", "base": {"absent": True},
        "client": {"from": "median", "value": None}, "template": {"from": "median", "value": None},
    }  # fmt: skip
    assert items["action.call"]["template"]["weight"] == "2"
    assert items["action.call"]["client"] == {"absent": True}
    assert seen["uncounted"] == ["Visit", "Social interaction", "Purchase", "Call"]
    conflicts = {key: "template" for key, item in items.items() if item["state"] == "conflict"}
    body = {"template": "retail", "opened": seen["opened"], "decisions": conflicts}
    assert _api(consultant, "POST", world.ours, "template/apply/", {**body, "opened": "x"})[0] == 409
    status, refused = _api(consultant, "POST", world.ours, "template/apply/", {**body, "decisions": {}})
    assert (status, sorted(refused["fields"])) == (400, sorted(f"decisions.{key}" for key in conflicts))
    assert _api(consultant, "POST", world.ours, "template/apply/", body) == (
        200, {"version": 1, "draft": 1, "actions": 4, "segments": 2, "bands": False}
    )  # fmt: skip
    assert _api(consultant, "GET", world.ours, "template/")[1]["applied"]["version"] == 1


def test_versions_and_names_by_the_api(world: World, admin: Client) -> None:
    make_template(world)
    published(world.ours)
    body = {"client": world.ours.slug, "full_points_from": "p75", "note": "Two"}
    status, made = _api(admin, "POST", world.firm, "templates/retail/versions/", body)
    assert (status, made["version"], made["content"]["full_points"]) == (201, 2, {"from": "p75", "value": None})
    status, renamed = _api(admin, "PATCH", world.firm, "templates/retail/", {"name": "Shops"})
    assert (status, renamed["name"], renamed["key"]) == (200, "Shops", "retail")
    assert [line["name"] for line in _api(admin, "GET", world.firm, "templates/")[1]] == ["Shops"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": {}, "client": "any"}, "content"),
        ({"content": {"actions": []}}, "segment_sets"),
    ],
)
def test_what_the_api_cannot_keep_it_names(world: World, admin: Client, body: dict[str, Any], field: str) -> None:
    status, refused = _api(admin, "POST", world.firm, "templates/", {"name": "Any", **body})
    assert (status, list(refused["fields"])) == (400, [field])
    with tenant(read=[world.firm.id]):
        assert Template.objects.count() == 0


# ── the wall ─────────────────────────────────────────────────────────────────────────────────────────────────


def _strangers_template(world: World) -> None:
    with organisation_scope(world.strangers_firm.id):
        create_template(
            firm=world.strangers_firm, name="Secret", content=with_action("visit", name="Secret"), note="Secret",
            user=None, now=NOW,
        )  # fmt: skip


def test_another_firms_template_is_neither_seen_nor_applied(world: World, admin: Client) -> None:
    make_template(world)
    _strangers_template(world)
    known, unknown = (
        [
            admin.get(url(world.firm, f"templates/{key}/")),
            admin.get(url(world.firm, f"templates/{key}/version/")),
            admin.get(url(world.ours, f"weights/template/apply/?template={key}")),
            admin.post(url(world.ours, f"weights/template/apply/?template={key}"), {"apply": "yes"}),
        ]
        for key in ("secret", "no-such-template")
    )
    assert {answer.status_code for answer in known} == {404}
    assert [a.content.count(b"Secret") for a in known] == [a.content.count(b"Secret") for a in unknown]
    for method, path, body in (
        ("GET", "template/comparison/?template=secret", None),
        ("POST", "template/apply/", {"template": "secret", "opened": "x"}),
    ):
        assert _api(admin, method, world.ours, path, body)[0] == 404
    for page in (url(world.firm, "templates/"), url(world.ours, "weights/template/")):
        assert "Secret" not in words(admin.get(page))
    # The other way round, and the control: the stranger sees it.
    stranger = signed_in(world.stranger)
    assert stranger.get(url(world.strange, "weights/template/apply/?template=retail")).status_code == 404
    assert "Secret" in words(stranger.get(url(world.strange, "weights/template/apply/?template=secret")))


def test_a_version_is_not_taken_over_from_another_firms_client(world: World, admin: Client) -> None:
    make_template(world)
    _strangers_template(world)
    for client in (world.strange.slug, "no-such-client"):
        body = {"client": client, "name": "Stolen"}
        assert _api(admin, "POST", world.firm, "templates/", body)[0] == 404
        page = admin.get(url(world.firm, f"templates/retail/version/?client={client}"))
        assert "What would be different" in words(page)
    sent = {"name": "Stolen", "client": world.strange.slug, "full_points_from": "median"}
    assert admin.post(url(world.firm, "templates/new/"), sent).status_code == 200
    with tenant(read=[world.firm.id]):
        assert [row.name for row in Template.objects.all()] == ["Retail"]


def test_members_of_the_client_alone_read_nothing_of_the_firm(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    for role in ("consultant", "admin"):
        own = signed_in(_colleague(world.ours, role, role))
        said = words(own.get(url(world.ours, "weights/template/")))
        assert "On “Retail”, version 1" in said
        assert "Templates belong to the firm that works for you" in said
        assert own.get(url(world.ours, APPLY)).status_code == 404
        assert _api(own, "GET", world.ours, "template/")[1]["offers"] == []
        assert _api(own, "GET", world.ours, "template/comparison/?template=retail")[0] == 404
        assert _api(own, "POST", world.ours, "template/apply/", {"template": "retail", "opened": "x"})[0] == 404
        assert own.get(url(world.firm, "templates/")).status_code == 404


@pytest.mark.parametrize("where", ["client", "firm"])
def test_viewers_read_no_template(world: World, where: str) -> None:
    make_template(world)
    user = world.viewer if where == "client" else _colleague(world.firm, "viewer", "looker")
    client = signed_in(user)
    for path in ("weights/template/", APPLY):
        assert client.get(url(world.ours, path)).status_code == 403
    for path in ("templates/", "templates/retail/", "templates/new/"):
        assert client.get(url(world.firm, path)).status_code == (404 if where == "client" else 403)
    with tenant(read=[world.ours.id]):
        assert offers(actor=actor(user), client=world.ours) == ()
        with pytest.raises(NotFoundError):
            offered_template(actor=actor(user), client=world.ours, key="retail")


def test_who_reaches_a_client_of_another_firm_too_gets_only_that_firms(world: World) -> None:
    """A consultant of two firms: under each client's address there is the one firm's."""
    make_template(world)
    _strangers_template(world)
    with organisation_scope(world.strangers_firm.id):
        add_member(user=world.consultant, role="consultant")
    both = signed_in(world.consultant)
    assert both.get(url(world.ours, "weights/template/apply/?template=secret")).status_code == 404
    assert both.get(url(world.strange, APPLY)).status_code == 404
    with tenant(read=[world.firm.id]), pytest.raises(NotFoundError):
        client_content(actor=actor(world.consultant), firm_id=world.firm.id, slug=world.strange.slug)


def test_a_firm_has_no_template_of_its_own_and_a_client_keeps_none(world: World, admin: Client) -> None:
    make_template(world)
    for path in ("weights/template/", APPLY):
        assert admin.get(url(world.firm, path)).status_code == 404
    for path in ("templates/", "templates/new/", "templates/retail/", "templates/retail/version/"):
        assert admin.get(url(world.ours, path)).status_code == 404


def test_consultants_apply_and_keep_none(world: World, consultant: Client) -> None:
    make_template(world)
    assert consultant.get(url(world.firm, "templates/new/")).status_code == 403
    assert consultant.get(url(world.firm, "templates/retail/version/")).status_code == 403
    assert _api(consultant, "POST", world.firm, "templates/", {"name": "X", "content": content()})[0] == 403
    assert "Save a client as template" not in words(consultant.get(url(world.firm, "templates/")))


def test_no_scope_holds_two_organisations(world: World, admin: Client) -> None:
    """Every scope that any of these pages opens reads one organisation, and writes that one or none."""
    make_template(world)
    applying(world, world.ours)
    opened: list[scopes.Scope] = []
    tell = scopes._tell_database

    def told(scope: scopes.Scope | None) -> None:
        if scope is not None:
            opened.append(scope)
        tell(scope)

    with patch.object(scopes, "_tell_database", told):
        for organisation, path in (
            (world.firm, "templates/"),
            (world.firm, "templates/retail/"),
            (world.firm, f"templates/retail/version/?client={world.ours.slug}"),
            (world.ours, "weights/template/"),
            (world.ours, APPLY),
        ):
            assert admin.get(url(organisation, path)).status_code == 200
    assert {scope.read for scope in opened} == {(world.firm.id,), (world.ours.id,), (world.other.id,)}
    assert {scope.write for scope in opened if scope.write is not None} <= {world.firm.id, world.ours.id}
    assert all(scope.write in {None, *scope.read} for scope in opened)
