"""Pages about own weights for segments: given, changed, taken away, and read by whoever publishes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.scoring import services
from engagement.scoring.models import WeightOverride
from engagement.scoring.selectors.weights import draft_view
from engagement.scoring.types import WeightChange
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import kept, signed_in, story
from tests.scoring.own_weights_world import add_partitions, add_segment, own, told
from tests.scoring.pages import form_of, url, words

PAGE = "weights/draft/segments/wholesale/"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


@pytest.fixture
def ours(world: World) -> Organisation:
    story(world.ours)
    add_partitions(world.ours)
    kept(world.ours)
    return world.ours


def _publish(organisation: Organisation) -> None:
    with organisation_scope(organisation.id):
        draft = draft_view(organisation=organisation)
        assert draft is not None
        services.publish(
            organisation=organisation,
            user=User.objects.filter(email__startswith="consultant").first(),
            note="Why",
            changed_at=draft.changed_at,
            now=NOW,
        )


def test_a_consultant_gives_a_segment_own_weights(ours: Organisation, client: Client) -> None:
    page = client.get(url(ours, "weights/draft/"))
    text = words(page)
    assert "Everybody is scored with the numbers above." in text
    assert "less comparable" in text
    assert page.context["own_choices"] == (
        ("Plan", (("wholesale", "Wholesale"), ("retail", "Retail"))),
        ("Age", (("young", "Young"), ("older", "Older"))),
    )
    page = client.get(url(ours, "weights/draft/segments/?segment=wholesale"), follow=True)
    assert page.redirect_chain == [(url(ours, PAGE), 302)]
    assert "It begins with the set’s own numbers." in words(page)
    sent = form_of(page)
    assert (sent["weight_purchase"], sent["full_points"]) == (Decimal(10), Decimal(10))
    answer = client.post(
        url(ours, PAGE), sent | {"weight_purchase": "2.5", "cap_purchase": "3", "full_points": "7"}, follow=True
    )
    text = words(answer)
    assert "Wholesale has weights of its own in the draft." in text
    assert "Purchase 10 2.5 at most 3" in text
    assert "Full points 10 7" in text
    # The others of the partition only.
    assert answer.context["own_choices"] == (("Plan", (("retail", "Retail"),)),)
    with organisation_scope(ours.id, write=False):
        draft = draft_view(organisation=ours)
        assert draft is not None
        assert told(draft)["wholesale"][1]["purchase"] == ("2.5", 3)


def test_what_was_typed_wrong_stands_beside_its_action(ours: Organisation, client: Client) -> None:
    sent = form_of(client.get(url(ours, PAGE)))
    answer = client.post(url(ours, PAGE), sent | {"weight_visit": "1000.5", "cap_visit": "0", "full_points": "0"})
    assert answer.status_code == 200
    assert sorted(answer.context["form"].errors) == ["cap_visit", "full_points", "weight_visit"]
    assert 'aria-describedby="id_weight_visit_error"' in answer.content.decode()
    zeros = {name: "0" for name in sent if name.startswith("weight_")}
    assert "a weight above 0" in words(client.post(url(ours, PAGE), sent | zeros))
    with organisation_scope(ours.id, write=False):
        assert WeightOverride.objects.count() == 0


def test_a_draft_that_changed_meanwhile_is_not_overwritten(ours: Organisation, client: Client) -> None:
    sent = form_of(client.get(url(ours, PAGE)))
    own(ours, full_points=Decimal(77))
    assert "changed since you opened it" in words(client.post(url(ours, PAGE), sent))
    with organisation_scope(ours.id, write=False):
        assert WeightOverride.objects.get().full_points_thousandths == 77_000


def test_taking_away_asks_first(ours: Organisation, client: Client) -> None:
    own(ours)
    page = client.get(url(ours, PAGE + "remove/"))
    assert "Take the own weights of Wholesale away?" in words(page)
    refused = client.post(url(ours, PAGE + "remove/"), {"changed_at": NOW.isoformat()})
    assert "changed since you opened it" in words(refused)
    opened = dict(page.context["confirm"].fields)
    answer = client.post(url(ours, PAGE + "remove/"), opened, follow=True)
    assert "Wholesale has no weights of its own in the draft any more." in words(answer)
    assert client.get(url(ours, PAGE + "remove/")).status_code == 404
    with organisation_scope(ours.id, write=False):
        assert WeightOverride.objects.count() == 0


@pytest.mark.parametrize("key", ["vip", "all", "lively"])
def test_a_segment_that_cannot_have_them_is_not_offered(ours: Organisation, client: Client, key: str) -> None:
    rule = {"all": [{"activity": "points", "op": "gt", "value": 5}]}
    add_segment(ours, "lively", set_key="plan", rule=rule)
    for path in (f"weights/draft/segments/{key}/", f"weights/draft/segments/?segment={key}"):
        answer = client.get(url(ours, path), follow=True)
        assert "This segment cannot have own weights here" in words(answer)
    answer = client.post(url(ours, f"weights/draft/segments/{key}/"), form_of(client.get(url(ours, PAGE))))
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()


def test_without_a_draft_there_is_nothing_to_change(ours: Organisation, client: Client) -> None:
    _publish(ours)
    for path in (PAGE, PAGE + "remove/", "weights/draft/segments/?segment=wholesale"):
        assert client.get(url(ours, path)).status_code == 404


def test_a_viewer_reads_them_and_changes_nothing(world: World, ours: Organisation) -> None:
    own(ours)
    viewer = signed_in(world.viewer)
    page = viewer.get(url(ours, "weights/draft/"))
    assert "Visit 1 2 at most 3" in words(page)
    assert "draft/segments/" not in page.content.decode()
    for path in (PAGE, PAGE + "remove/", "weights/draft/segments/?segment=retail"):
        assert viewer.get(url(ours, path)).status_code == 403
    assert viewer.post(url(ours, PAGE), {"full_points": "1"}).status_code == 403
    assert viewer.post(url(ours, PAGE + "remove/"), {}).status_code == 403


def test_whoever_publishes_and_approves_sees_them_and_what_is_new(
    world: World, ours: Organisation, client: Client
) -> None:
    own(ours)
    page = client.get(url(ours, "weights/draft/publish/"))
    assert "Own weights for segments" in words(page)
    _publish(ours)
    own(ours, weights={"visit": WeightChange(Decimal(4))}, full_points=Decimal(44))
    own(ours, "retail")
    wanted = (
        "Other than in set 1: Wholesale: Website visit 2 → 4, cap at most 3 → none; full points 40 → 44. Retail: new."
    ).replace("Website visit", "Visit")
    assert wanted in words(client.get(url(ours, "weights/draft/publish/")))
    assert wanted in words(client.get(url(ours, "weights/draft/")))
    with organisation_scope(ours.id):
        Organisation.objects.filter(pk=ours.pk).update(second_approver=True)
    _publish(ours)
    text = words(signed_in(world.admin).get(url(ours, "weights/2/approve/")))
    assert wanted in text
    assert "Visit 1 4 2" in text  # the set's own, wholesale, retail


def test_what_is_taken_away_is_told_to_whoever_publishes(ours: Organisation, client: Client) -> None:
    own(ours)
    _publish(ours)
    with organisation_scope(ours.id):
        services.draft(organisation=ours, user=None, now=NOW)
        services.remove_override(organisation=ours, segment_key="wholesale", now=NOW)
    for path in ("weights/draft/", "weights/draft/publish/"):
        assert "Wholesale: taken away, the set’s own numbers count again." in words(client.get(url(ours, path)))


def test_the_headline_names_one_weight_only_where_nothing_else_is_new(ours: Organisation, client: Client) -> None:
    _publish(ours)
    kept(ours, weights={"visit": WeightChange(Decimal(4))})
    assert "Visit 1 → 4 would" in words(client.get(url(ours, "weights/draft/")))
    own(ours)
    text = words(client.get(url(ours, "weights/draft/")))
    assert "Visit 1 → 4 would" not in text
    assert "Set 2 would" in text


def test_sets_show_them_and_the_history_names_whose(ours: Organisation, client: Client) -> None:
    own(ours)
    _publish(ours)
    text = words(client.get(url(ours, "weights/")))
    assert "own weights: Wholesale" in text
    assert "Visit 1 2 at most 3" in text
    assert "Visit 1 2 at most 3" in words(client.get(url(ours, "weights/1/")))
    with organisation_scope(ours.id):
        services.draft(organisation=ours, user=None, now=NOW)
        services.remove_override(organisation=ours, segment_key="wholesale", now=NOW)
    _publish(ours)
    text = words(client.get(url(ours, "weights/1/return/now/")))
    assert "So do its own weights for segments: Wholesale." in text
    assert "Visit 1 2 at most 3" in text
    assert "Own weights" not in words(client.get(url(ours, "weights/2/")))


def test_archiving_a_segment_says_what_becomes_of_its_own_weights(ours: Organisation, client: Client) -> None:
    own(ours)
    _publish(ours)
    text = words(client.get(url(ours, "segments/wholesale/archive/")))
    assert "It has weights of its own in set 1, which counts now: from the next scoring on" in text
    assert "weights of its own" not in words(client.get(url(ours, "segments/retail/archive/")))
    assert "is archived" in words(client.post(url(ours, "segments/wholesale/archive/"), {}, follow=True))
    assert "Wholesale archived" in words(client.get(url(ours, "weights/1/")))


def test_a_rule_over_activity_is_refused_on_its_page(ours: Organisation, client: Client) -> None:
    own(ours)
    page = client.get(url(ours, "segments/wholesale/edit/"))
    with organisation_scope(ours.id):
        services.change_segment(organisation=ours, key="retail", user=None, now=NOW,
                                rule={"all": [{"activity": "points", "op": "gt", "value": 5}]})  # fmt: skip
    lively = form_of(client.get(url(ours, "segments/retail/edit/")), name="Wholesale")
    answer = client.post(url(ours, "segments/wholesale/edit/"), form_of(page) | lively)
    assert "“Wholesale” has weights of its own in the draft of set 1" in words(answer)
