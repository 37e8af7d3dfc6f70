"""Pages about segments: from a trait, by rules in rows, and who is left out."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import (
    ExclusionDefinition,
    Segment,
    SegmentDefinition,
)
from engagement.scoring.selectors.segments import exclusion, segment
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, add_customers, published, signed_in
from tests.scoring.pages import form_of, url, words


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def test_a_consultant_makes_segments_of_a_trait(world: World, client: Client) -> None:
    add_customers(world.ours, {1: {"plan": "Team"}, 2: {"plan": "Free"}, 3: {}})
    assert "Only all customers are looked at so far" in words(client.get(url(world.ours, "segments/")))
    assert '<option value="plan">' in client.get(url(world.ours, "segments/new/set/")).content.decode()
    address = url(world.ours, "segments/new/from-trait/")
    refused = client.post(address, {"trait": "plans", "name": "Plan"})
    assert (refused.status_code, list(refused.context["trait_form"].errors)) == (200, ["trait"])
    answer = client.post(address, {"trait": "plan", "name": "Plan"}, follow=True)
    text = words(answer)
    assert "Checked now: each of 3 customers is in exactly one." in text
    assert text.index("Free") < text.index("Team") < text.index("Unknown missing data")
    assert text.count("not scored yet") == 4
    published(world.ours)
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
    assert "All customers : 3." in words(client.get(url(world.ours, "segments/")))


def test_a_consultant_writes_a_rule_in_rows(world: World, client: Client) -> None:
    add_customers(world.ours, {n: {"plan": "Team" if n < 4 else "Free", "seats": n} for n in range(1, 7)})
    answer = client.get(url(world.ours, "segments/new/segment/"), follow=True)
    assert "make the set first" in words(answer)
    answer = client.post(url(world.ours, "segments/new/set/"), {"name": "Size", "is_partition": "on"}, follow=True)
    assert answer.redirect_chain == [(url(world.ours, "segments/new/segment/?set=size"), 302)]
    assert answer.context["form"]["set"].value() == "size"
    typed = form_of(
        answer, name="Big teams", kind="all", layout="6", trait_2="plan", op_2="in", value_2="Team, Pro",
        trait_4="seats", op_4="gte", value_4="2", customers="c2\nc5",
    )  # fmt: skip
    refused = client.post(url(world.ours, "segments/new/segment/"), {**typed, "value_4": "many"})
    assert dict(refused.context["form"].errors) == {"value_4": ["Give a number, such as 60 or 12.5."]}
    answer = client.post(url(world.ours, "segments/new/segment/"), typed, follow=True)
    assert "It finds 1 of 6 customers now." in words(answer)
    assert "It does not add up: 5 of 6 customers are in none." in words(answer)
    rule = {
        "all": [
            {"trait": "plan", "op": "in", "value": ["Team", "Pro"]},
            {"trait": "seats", "op": "gte", "value": 2},
            {"customers": ["c2", "c5"]},
        ]
    }
    with organisation_scope(world.ours.id, write=False):
        assert segment(organisation=world.ours, key="big-teams").rule == rule
    page = client.get(url(world.ours, "segments/big-teams/edit/"))
    assert "1 of 6 customers (16.7 %)" in words(page)
    client.post(url(world.ours, "segments/big-teams/edit/"), form_of(page, name="Large"))
    with organisation_scope(world.ours.id, write=False):
        assert SegmentDefinition.objects.filter(segment__key="big-teams").count() == 1
    page = client.get(url(world.ours, "segments/big-teams/edit/"))
    typed = form_of(page, kind="any", layout="3", subject_3="band", op_3="is_not", value_3="Poor", customers="")
    answer = client.post(url(world.ours, "segments/big-teams/edit/"), typed, follow=True)
    assert "evaluated by the scoring" in words(answer)
    with organisation_scope(world.ours.id, write=False):
        found = segment(organisation=world.ours, key="big-teams")
        assert (found.name, found.definition) == ("Large", 3)
        assert found.rule == {"any": [*rule["all"][:2], {"activity": "band", "op": "is_not", "value": "poor"}]}
    assert "Archive “Large”?" in words(client.get(url(world.ours, "segments/big-teams/archive/")))
    client.post(url(world.ours, "segments/big-teams/archive/"))
    with organisation_scope(world.ours.id, write=False):
        assert Segment.objects.get(key="big-teams").archived_at == NOW


def test_rules_the_rows_cannot_hold_keep_to_their_names(world: World, client: Client) -> None:
    nested = {"all": [{"any": [{"customers": ["c1"]}, {"trait": "a", "op": "is_set"}]}, {"trait": "b", "op": "is_set"}]}
    with organisation_scope(world.ours.id):
        services.create_segment_set(organisation=world.ours, name="Set", is_partition=False)
        services.create_segment(organisation=world.ours, set_key="set", name="Nested", rule=nested, user=None, now=NOW)
    for key, said in (("nested", "changed through the API"), ("all", "this rule stays")):
        page = client.get(url(world.ours, f"segments/{key}/edit/"))
        assert said in words(page)
        answer = client.post(url(world.ours, f"segments/{key}/edit/"), {"name": f"Named {key}"})
        assert answer.status_code == 302
    with organisation_scope(world.ours.id, write=False):
        assert segment(organisation=world.ours, key="nested").rule == nested
        assert segment(organisation=world.ours, key="all").name == "Named all"
    assert client.get(url(world.ours, "segments/all/archive/")).status_code == 404


def test_who_is_left_out_is_said_and_taken_back(world: World, client: Client) -> None:
    add_customers(world.ours, {1: {"role": "staff"}, 2: {}})
    page = client.get(url(world.ours, "exclusions/"))
    assert "Nobody is left out by a rule" in words(page)
    typed = form_of(page, trait_1="role", value_1="staff", note="Our own people")
    answer = client.post(url(world.ours, "exclusions/"), typed, follow=True)
    assert "Left out of the scores: role is staff" in words(answer)
    assert "Our own people." in words(answer)
    assert "Left out: role is staff." in words(client.get(url(world.ours, "segments/")))
    typed = form_of(client.get(url(world.ours, "exclusions/")), trait_1="", value_1="")
    client.post(url(world.ours, "exclusions/"), typed)
    with organisation_scope(world.ours.id, write=False):
        assert exclusion(organisation=world.ours).rule is None
        assert ExclusionDefinition.objects.count() == 2
