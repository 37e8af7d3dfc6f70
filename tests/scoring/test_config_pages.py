"""Pages about actions, and who may see and change what on all pages of configuration."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.scoring import services
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    Segment,
    WeightSet,
)
from engagement.scoring.selectors.actions import action
from engagement.scoring.selectors.segments import segment_sets
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, noon, published, signed_in, store, stored, story
from tests.scoring.pages import form_of, url, words


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def test_a_consultant_adds_changes_and_archives_an_action(world: World, client: Client) -> None:
    store(world.ours, [stored(1, "Call <b>ended</b>", at=noon(YESTERDAY), message_id="a", occurrences=3)])
    page = client.get(url(world.ours, "actions/new/"))
    assert "<code>Call &lt;b&gt;ended&lt;/b&gt;</code>" in page.content.decode()
    typed = form_of(
        page, name="Calls", channel="support", event_names="Call ended\n\n Call  \n", measure="sum",
        value_property="minutes", value_scale="1",
        property_2="kind", op_2="in", value_2="sales, service", property_3="long", op_3="is_set",
    )  # fmt: skip
    answer = client.post(url(world.ours, "actions/new/"), typed, follow=True)
    assert answer.redirect_chain == [(url(world.ours, "actions/"), 302)]
    assert "“Calls” is added" in words(answer)
    assert "Calls are being counted now" in words(answer) or "Calls is being counted now" in words(answer)
    with organisation_scope(world.ours.id, write=False):
        assert action(organisation=world.ours, key="calls", now=NOW).rule == {
            "event_names": ["Call ended", "Call"],
            "conditions": [
                {"property": "kind", "op": "in", "value": ["sales", "service"]},
                {"property": "long", "op": "is_set"},
            ],
            "measure": "sum", "value_property": "minutes", "value_scale": 1, "currency": None,
        }  # fmt: skip
    page = client.get(url(world.ours, "actions/calls/"))
    client.post(url(world.ours, "actions/calls/"), form_of(page, name="Phone calls"))
    with organisation_scope(world.ours.id, write=False):
        assert Action.objects.get(key="calls").name == "Phone calls"
        assert ActionDefinition.objects.filter(action__key="calls").count() == 1  # nothing of the rule was changed
    page = client.get(url(world.ours, "actions/calls/"))
    answer = client.post(url(world.ours, "actions/calls/"), form_of(page, event_names="Call"), follow=True)
    assert "counted anew" in words(answer)
    with organisation_scope(world.ours.id, write=False):
        assert ActionDefinition.objects.filter(action__key="calls").count() == 2
    assert "Archive “Phone calls”?" in words(client.get(url(world.ours, "actions/calls/archive/")))
    client.post(url(world.ours, "actions/calls/archive/"))
    with organisation_scope(world.ours.id, write=False):
        assert Action.objects.get(key="calls").archived_at == NOW


def test_what_a_rule_refuses_stands_beside_its_field(world: World, client: Client) -> None:
    page = client.get(url(world.ours, "actions/new/"))
    typed = form_of(
        page, name="Calls", channel="app", event_names="a", property_3="price", op_3="gt", value_3="much", currency="E"
    )
    answer = client.post(url(world.ours, "actions/new/"), typed)
    assert answer.status_code == 200
    assert dict(answer.context["form"].errors) == {"value_3": ["Give a number, such as 60 or 12.5."]}
    assert 'id="id_value_3_error"' in answer.content.decode()
    typed |= {"value_3": "5", "measure": "sum"}
    answer = client.post(url(world.ours, "actions/new/"), typed)
    assert list(answer.context["form"].errors) == ["value_property"]
    with organisation_scope(world.ours.id, write=False):
        assert Action.objects.count() == 4


def test_a_rule_that_was_not_touched_stays_the_version_it_is(world: World, client: Client) -> None:
    """A number reads as text on the page: saved with another name, it must not become a text in a new version."""
    rule = {"event_names": ["a"], "conditions": [{"property": "p", "op": "is", "value": 10}]}
    with organisation_scope(world.ours.id):
        services.create_action(organisation=world.ours, name="Ten", channel="app", rule=rule, user=None, now=NOW)
    page = client.get(url(world.ours, "actions/ten/"))
    assert page.context["form"]["value_1"].value() == "10"
    client.post(url(world.ours, "actions/ten/"), form_of(page, name="Tens"))
    with organisation_scope(world.ours.id, write=False):
        found = ActionDefinition.objects.get(action__key="ten")
        assert found.rule["conditions"] == rule["conditions"]


def test_a_rule_that_is_too_rich_for_the_page_is_left_alone(world: World, client: Client) -> None:
    conditions = [{"property": f"p{n}", "op": "is", "value": "x"} for n in range(4)]
    with organisation_scope(world.ours.id):
        rule = {"event_names": ["a"], "conditions": conditions}
        services.create_action(organisation=world.ours, name="Rich", channel="app", rule=rule, user=None, now=NOW)
    page = client.get(url(world.ours, "actions/rich/"))
    assert "changed through the API" in words(page)
    client.post(url(world.ours, "actions/rich/"), {"name": "Richer", "channel": "app"})
    with organisation_scope(world.ours.id, write=False):
        assert action(organisation=world.ours, key="rich", now=NOW).name == "Richer"
        assert ActionDefinition.objects.filter(action__key="rich").count() == 1


_READS = ("actions/", "weights/", "weights/draft/", "weights/1/", "segments/", "exclusions/")
_EDITS = (
    "actions/new/", "actions/visit/", "actions/visit/archive/", "weights/draft/publish/", "weights/draft/discard/",
    "weights/1/return/", "segments/new/segment/", "segments/new/set/", "segments/all/edit/",
)  # fmt: skip
_POSTS = (
    *_EDITS, "weights/draft/", "weights/draft/preview/", "exclusions/", "segments/new/from-trait/",
    "segments/all/archive/",
)  # fmt: skip


def test_a_viewer_reads_without_controls(world: World) -> None:
    published(world.ours)
    kept(world.ours)
    with organisation_scope(world.ours.id):
        services.create_segment_set(organisation=world.ours, name="Set", is_partition=True)
    viewer = signed_in(world.viewer)
    for path in _READS:
        answer = viewer.get(url(world.ours, path))
        assert answer.status_code == 200, path
        main = answer.content.decode().partition("<main")[2]
        assert "btn-primary" not in main or path == "weights/", path
        assert '<form method="post"' not in main, path
        assert "<input" not in main, path


@pytest.mark.parametrize("path", _POSTS)
def test_a_viewer_changes_nothing(world: World, path: str) -> None:
    viewer = signed_in(world.viewer)
    assert viewer.post(url(world.ours, path), {"name": "Mine", "start": "yes"}).status_code == 403
    if path in _EDITS:
        assert viewer.get(url(world.ours, path)).status_code == 403
    with organisation_scope(world.ours.id, write=False):
        assert (Action.objects.count(), Segment.objects.count(), WeightSet.objects.count()) == (4, 1, 1)


@pytest.mark.parametrize("path", sorted({*_READS, *_POSTS}))
def test_a_stranger_finds_nothing(world: World, path: str) -> None:
    stranger = signed_in(world.stranger)
    assert stranger.get(url(world.ours, path)).status_code == 404
    assert stranger.post(url(world.ours, path)).status_code == 404


def test_another_organisations_objects_are_not_there(world: World, client: Client) -> None:
    published(world.other)
    published(world.other, window_days=10)
    with organisation_scope(world.other.id):
        services.create_action(
            organisation=world.other, name="Canary", channel="app", rule={"event_names": ["c"]}, user=None, now=NOW
        )
        services.create_segment_set(organisation=world.other, name="Canary set", is_partition=False)
        services.create_segment(
            organisation=world.other, set_key="canary-set", name="Canary", rule={"customers": ["c"]}, user=None, now=NOW
        )
    for path in (
        "actions/canary/", "actions/canary/archive/", "segments/canary/edit/", "segments/canary/archive/", "weights/2/",
        "weights/2/return/",
    ):  # fmt: skip
        assert client.get(url(world.ours, path)).status_code == 404, path
        assert client.post(url(world.ours, path), {"name": "Mine"}).status_code == (
            405 if path == "weights/2/" else 404
        )
    for path in _READS[:3] + _READS[4:]:
        assert "anary" not in client.get(url(world.ours, path)).content.decode()
    typed = {"name": "Mine", "set": "canary-set", "kind": "all", "trait_1": "a", "value_1": "b"}
    client.post(url(world.ours, "segments/new/set/"), {"name": "Own"})
    refused = client.post(url(world.ours, "segments/new/segment/"), typed)
    assert list(refused.context["form"].errors) == ["set"]
    with organisation_scope(world.ours.id, write=False):
        assert [line.key for line in segment_sets(organisation=world.ours, check=False)] == ["own"]


def test_pages_keep_to_the_strict_policy(world: World, client: Client) -> None:
    """No inline style or script, which the content security policy would refuse."""
    story(world.ours)
    kept(world.ours)
    for path in (*_READS[:3], *_READS[4:], *_EDITS[:5], "segments/new/set/"):
        page = client.get(url(world.ours, path)).content.decode()
        assert not re.search(r"\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", page), path
        assert len(re.findall(r"<h1", page)) == 1, path
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
