"""Templates: what a firm keeps, what applying does to a client, and what an upgrade leaves to the client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring import services
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    AppliedTemplate,
    RunRequest,
    Segment,
    SegmentDefinition,
    TemplateVersion,
    WeightSet,
)
from engagement.scoring.selectors.configuration import configuration
from engagement.scoring.selectors.templates import client_content, comparison, offers, template_version, templates
from engagement.scoring.selectors.weights import draft_view, published_view
from engagement.scoring.services.templates import (
    add_version,
    content_for_template,
    create_template,
    rename_template,
)
from engagement.scoring.templating.compare import Side
from engagement.scoring.templating.content import content_json, content_of, parts
from engagement.scoring.templating.reading import read_content
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World
from tests.scoring.config import kept, published, story
from tests.scoring.templates_world import (
    actor,
    applying,
    compared,
    content,
    make_template,
    next_version,
    offer,
    stands_on,
    states,
    with_action,
)

LATER = NOW + timedelta(hours=1)


def _now_here(client: Organisation, *, with_draft: bool = True) -> dict[str, Any]:
    """The client's whole configuration as JSON, actions and segments by key."""
    with organisation_scope(client.id, write=False):
        fresh = Organisation.objects.get(pk=client.pk)
        return content_json(configuration(organisation=fresh, with_draft=with_draft))


def _by_key(said: dict[str, Any]) -> dict[str, Any]:
    return {action["key"]: action for action in said["actions"]}


def _numbers(client: Organisation) -> tuple[int, ...]:
    """How many rows of every kind that applying may write."""
    kinds = (Action, ActionDefinition, Segment, SegmentDefinition, WeightSet, AppliedTemplate, RunRequest)
    with organisation_scope(client.id, write=False):
        return tuple(kind._default_manager.count() for kind in kinds)


# ── the content ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_content_survives_json_and_parts() -> None:
    read = read_content(content())
    assert content_json(read) == content()
    assert content_of(parts(read)) == read


_POINTS = st.integers(-1_000_000, 1_000_000)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(weight=_POINTS.filter(lambda n: n > 0), other=_POINTS, cap=st.none() | st.integers(1, 10**9))
def test_every_weight_and_cap_that_may_be_set_survives_json(weight: int, other: int, cap: int | None) -> None:
    said = content()
    said["actions"][0] |= {"weight": str(weight / 1000), "cap": cap}
    said["actions"][1] |= {"weight": f"{other / 1000:.3f}"}
    read = read_content(said)
    assert [(a.weight_thousandths, a.cap) for a in read.actions[:2]] == [(weight, cap), (other, None)]
    assert read_content(content_json(read)) == read


def _changed(path: str, value: object) -> dict[str, Any]:
    said = content()
    *steps, last = path.split("/")
    place: Any = said
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return said


_LIST = {"customers": ["c1", "c2"]}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("actions", [], "actions"),
        ("actions", "none", "actions"),
        ("surprise", 1, "content"),
        ("actions/0/key", "two words", "actions[0].key"),
        ("actions/0/key", "draft", "actions[0].key"),
        ("actions/1/key", "visit", "actions"),
        ("actions/1/name", "VISIT", "actions"),
        ("actions/0/name", " ", "actions[0].name"),
        ("actions/0/name", None, "actions[0].name"),
        ("actions/0/channel", "telepathy", "actions[0].channel"),
        ("actions/0/rule", {"event_names": []}, "actions[0].rule.event_names"),
        ("actions/0/rule", None, "actions[0].rule"),
        ("actions/0/weight", "1.0001", "actions[0].weight"),
        ("actions/0/weight", "1000.001", "actions[0].weight"),
        ("actions/0/weight", None, "actions[0].weight"),
        ("actions/0/cap", 0, "actions[0].cap"),
        ("actions/0/cap", True, "actions[0].cap"),
        ("window_days", 0, "window_days"),
        ("window_days", 1101, "window_days"),
        ("half_life_days", 3661, "half_life_days"),
        ("full_points", {"from": "feeling"}, "full_points.from"),
        ("full_points", {"from": "own", "value": "0"}, "full_points.value"),
        ("full_points", {"from": "own"}, "full_points.value"),
        ("full_points", {"from": "median", "value": "3"}, "full_points.value"),
        ("bands", None, "bands"),
        ("bands/good", "86", "bands.good"),
        ("bands/good", "0", "bands.good"),
        ("bands/excellent", "100.5", "bands.excellent"),
        ("bands/names", ["Low", "low", "High"], "bands.names"),
        ("bands/names", ["Low", "High"], "bands.names"),
        ("segment_sets/0/segments", [], "segment_sets[0].segments"),
        ("segment_sets/0/segments/0/key", "all", "segment_sets[0].segments[0].key"),
        ("segment_sets/0/segments/1/key", "age-young", "segments"),
        ("segment_sets/0/segments/0/rule", {"any": []}, "segment_sets[0].segments[0].rule.any"),
        ("segment_sets/0/segments/0/rule", _LIST, "segment_sets[0].segments[0].rule"),
        ("segment_sets/0/segments/0/is_missing_data", "no", "segment_sets[0].segments[0].is_missing_data"),
    ],
)
def test_what_a_content_cannot_say_is_named(world: World, path: str, value: object, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        make_template(world, said=_changed(path, value))
    assert list(refused.value.fields) == [field]
    with organisation_scope(world.firm.id, write=False):
        assert templates(firm_id=world.firm.id) == ()


def test_one_weight_is_above_zero() -> None:
    said = content()
    for action in said["actions"]:
        action["weight"] = "-1"
    with pytest.raises(InvalidInputError, match="cannot be used") as refused:
        read_content(said)
    assert "above 0" in refused.value.fields["actions"][0]


# ── the firm's side ──────────────────────────────────────────────────────────────────────────────────────────


def test_versions_are_numbered_and_stay_what_they_were(world: World) -> None:
    assert make_template(world) == "retail"
    assert next_version(world, with_action("call", weight="3")) == 2
    with organisation_scope(world.firm.id, write=False):
        [line] = templates(firm_id=world.firm.id)
        first, newest = (template_version(firm_id=world.firm.id, key="retail", number=n) for n in (1, None))
        assert TemplateVersion.objects.get(number=1).content == content()
    assert (line.name, [(v.number, v.note, v.created_by) for v in line.versions]) == (
        "Retail", [(2, "Next", world.admin.name), (1, "First", world.admin.name)]
    )  # fmt: skip
    assert (first.version, first.newest, first.content) == (1, 2, read_content(content()))
    assert newest.content == read_content(with_action("call", weight="3"))


def test_a_version_that_says_the_same_is_refused(world: World) -> None:
    make_template(world)
    said = content()
    said["actions"].reverse()  # the order is nobody's change
    with pytest.raises(ConflictError, match="Version 1 says the same"):
        next_version(world, said)


def test_names_of_templates_are_their_own(world: World) -> None:
    make_template(world)
    with pytest.raises(InvalidInputError) as refused:
        make_template(world, name="RETAIL")
    assert list(refused.value.fields) == ["name"]
    assert make_template(world, name="Bank") == "bank"
    with organisation_scope(world.firm.id):
        with pytest.raises(InvalidInputError):
            rename_template(firm=world.firm, key="bank", name="retail")
        rename_template(firm=world.firm, key="bank", name="Banks")
        assert [(line.key, line.name) for line in templates(firm_id=world.firm.id)] == [
            ("bank", "Banks"), ("retail", "Retail")
        ]  # fmt: skip


def test_a_client_keeps_no_templates(world: World) -> None:
    with organisation_scope(world.ours.id), pytest.raises(NotFoundError):
        create_template(firm=world.ours, name="Own", content=content(), note="", user=None, now=NOW)


@pytest.mark.parametrize("act", [
    lambda firm: add_version(firm=firm, key="none", content=content(), note="", user=None, now=NOW),
    lambda firm: rename_template(firm=firm, key="none", name="Any"),
    lambda firm: template_version(firm_id=firm.pk, key="none"),
])  # fmt: skip
def test_an_unknown_template_is_not_found(world: World, act: Callable[[Organisation], object]) -> None:
    with organisation_scope(world.firm.id), pytest.raises(NotFoundError):
        act(world.firm)


@pytest.mark.parametrize("number", [0, 2, 2**31])
def test_an_unknown_version_is_not_found(world: World, number: int) -> None:
    make_template(world)
    with pytest.raises(NotFoundError):
        offer(world, world.ours, number=number)


# ── from a client ────────────────────────────────────────────────────────────────────────────────────────────


def _taken(world: World, **choice: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    with organisation_scope(world.firm.id):
        found = client_content(actor=actor(world.admin), firm_id=world.firm.id, slug=world.ours.slug)
    return content_for_template(content=found, **choice)


def test_what_counts_at_a_client_becomes_a_template_and_back(world: World) -> None:
    """Everything that is applied to one client is found there, and gives the same template again."""
    make_template(world)
    applying(world, world.ours)
    draft = kept(world.ours, weights={}, window_days=30, full_points_from="p75", full_points=None)
    with organisation_scope(world.ours.id, write=False):
        assert published_view(organisation=world.ours) is None
    said, left_out = _taken(world)
    expected = content(window_days=30, full_points={"from": "p75", "value": None})
    assert left_out == ()
    own = _by_key(said).pop("email_open")  # a default of every new client, which the template does not know
    assert parts(read_content({**said, "actions": [a for a in said["actions"] if a != own]})) == parts(
        read_content(expected)
    )
    assert draft.window_days == 30


def test_the_set_in_force_counts_and_not_the_draft(world: World) -> None:
    published(world.ours)
    kept(world.ours, window_days=30)
    assert _taken(world)[0]["window_days"] == 90
    assert _now_here(world.ours)["window_days"] == 30


def test_lists_of_customers_stay_with_their_client(world: World) -> None:
    with organisation_scope(world.ours.id):
        group = services.create_segment_set(organisation=world.ours, name="Staff", is_partition=False)
        for name, rule in (("Testers", _LIST), ("Old", {"trait": "age", "op": "is", "value": "old"})):
            services.create_segment(organisation=world.ours, set_key=group, name=name, rule=rule, user=None, now=NOW)
        alone = services.create_segment_set(organisation=world.ours, name="Alone", is_partition=False)
        nested = {"any": [_LIST, {"trait": "age", "op": "is_set"}]}
        services.create_segment(organisation=world.ours, set_key=alone, name="Also", rule=nested, user=None, now=NOW)
    said, left_out = _taken(world)
    assert left_out == ("Testers", "Also")
    assert [(group["key"], [s["key"] for s in group["segments"]]) for group in said["segment_sets"]] == [
        ("staff", ["old"])
    ]
    assert "c1" not in str(said)


def test_full_points_of_another_rule_may_be_kept(world: World) -> None:
    published(world.ours, full_points=Decimal(60))
    assert _taken(world)[0]["full_points"] == {"from": "own", "value": "60"}
    assert _taken(world, full_points_from="mean")[0]["full_points"] == {"from": "mean", "value": None}
    with pytest.raises(InvalidInputError):
        _taken(world, full_points_from="own")


def test_a_draft_that_only_copied_the_number_has_the_rule_it_came_from(world: World) -> None:
    story(world.ours)
    published(world.ours, full_points_from="median", full_points=None)
    with organisation_scope(world.ours.id):
        copied = services.draft(organisation=world.ours, user=None, now=LATER)
    assert copied.full_points_from == "own"
    assert _now_here(world.ours)["full_points"] == {"from": "median", "value": None}
    kept(world.ours, full_points=Decimal(11))
    assert _now_here(world.ours)["full_points"] == {"from": "own", "value": "11"}


# ── applying for the first time ──────────────────────────────────────────────────────────────────────────────


def test_a_first_application_makes_the_client_what_the_template_says_in_a_draft(world: World) -> None:
    make_template(world)
    done = applying(world, world.ours)
    said = _now_here(world.ours)
    actions = _by_key(said)
    assert actions.pop("email_open")["weight"] == "0"  # the client's own stays
    assert actions == _by_key(content())
    assert {**said, "actions": []} == content(actions=[])
    assert (done.version, done.draft, done.actions, done.segments, done.bands) == (1, 1, 4, 2, True)
    with organisation_scope(world.ours.id, write=False):
        draft = draft_view(organisation=world.ours)
        assert published_view(organisation=world.ours) is None
        assert RunRequest.objects.count() == 0
    assert draft is not None
    assert draft.note == "From template “Retail”, version 1"
    line = stands_on(world.ours)
    assert line is not None
    assert (line.number, line.key, line.name, line.version, line.applied_by, line.applied_at) == (
        1, "retail", "Retail", 1, world.consultant.name, NOW
    )  # fmt: skip
    assert line.content == read_content(content())


def test_applying_publishes_nothing(world: World) -> None:
    """The set in force stays in force with every number of it, however different the template is."""
    story(world.ours)
    before = published(world.ours)
    make_template(world, said=content(window_days=30))
    requests = _numbers(world.ours)[-1]
    done = applying(world, world.ours)
    with organisation_scope(world.ours.id, write=False):
        after, draft = published_view(organisation=world.ours), draft_view(organisation=world.ours)
    assert after == before
    assert draft is not None
    assert (done.draft, draft.number, draft.window_days, draft.state) == (2, 2, 30, "draft")
    assert _numbers(world.ours)[-1] == requests


def test_changed_rules_are_new_numbered_definitions_and_the_old_ones_stay(world: World) -> None:
    with organisation_scope(world.ours.id, write=False):
        before = dict(ActionDefinition.objects.values_list("number", "rule"))
    make_template(world)
    applying(world, world.ours)
    with organisation_scope(world.ours.id, write=False):
        after = dict(ActionDefinition.objects.values_list("number", "rule"))
        waiting = set(ActionDefinition.objects.filter(rolled_up_at=None).values_list("action__key", flat=True))
    assert {number: after[number] for number in before} == before
    assert len(after) == len(before) + 4
    assert waiting == {"visit", "social", "purchase", "call"}


def test_applying_the_same_again_changes_nothing_but_the_record(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    before, said = _numbers(world.ours), _now_here(world.ours)
    assert states(compared(world, world.ours)) == {"action.email_open": "client"}
    done = applying(world, world.ours, now=LATER)
    assert (done.draft, done.actions, done.segments, done.bands) == (None, 0, 0, False)
    assert _now_here(world.ours) == said
    assert _numbers(world.ours) == (*before[:5], before[5] + 1, before[6])


def test_what_was_archived_comes_back_under_its_key(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="call", now=NOW)
        services.archive_segment(organisation=world.ours, key="age-young", now=NOW)
        AppliedTemplate.objects.all().delete()  # as if it had come from elsewhere
    before = _numbers(world.ours)
    applying(world, world.ours)
    assert _by_key(_now_here(world.ours))["call"] == _by_key(content())["call"]
    assert _now_here(world.ours)["segment_sets"] == content()["segment_sets"]
    assert _numbers(world.ours)[:4] == before[:4]  # the old rows, the old definitions


def test_two_actions_may_change_names_with_each_other(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    said = with_action("visit", name="Call")
    _by_key(said)["call"]["name"] = "Visit"
    next_version(world, said)
    applying(world, world.ours)
    names = {key: action["name"] for key, action in _by_key(_now_here(world.ours)).items()}
    assert (names["visit"], names["call"]) == ("Call", "Visit")


def test_a_name_that_the_client_gave_to_another_action_is_refused_whole(world: World) -> None:
    with organisation_scope(world.ours.id):
        rule = {"event_names": ["ring"]}
        services.create_action(
            organisation=world.ours, name="Call", key="ring", channel="support", rule=rule, user=None, now=NOW
        )
    make_template(world)
    before, said = _numbers(world.ours), _now_here(world.ours)
    with pytest.raises(InvalidInputError) as refused:
        applying(world, world.ours)
    assert "called “call”" in refused.value.fields["actions"][0]
    assert (_numbers(world.ours), _now_here(world.ours)) == (before, said)


# ── upgrading ────────────────────────────────────────────────────────────────────────────────────────────────


def _upgraded() -> dict[str, Any]:
    """Version 2: another weight, a longer window, a rule, an action less and one more, a segment less and one more."""
    said = with_action("purchase", weight="12")
    said["actions"] = [action for action in said["actions"] if action["key"] != "call"]
    new = {**said["actions"][0], "key": "survey", "name": "Survey", "channel": "survey", "weight": "4"}
    said["actions"].append({**new, "rule": {**new["rule"], "event_names": ["answered"]}})
    [group] = said["segment_sets"]
    rule = {"all": [{"trait": "age", "op": "in", "value": ["older", "old"]}]}
    group["segments"] = [
        {**group["segments"][1], "rule": rule},
        {**group["segments"][0], "key": "age-mid", "name": "Mid"},
    ]
    return {**said, "window_days": 120}


def test_where_the_client_changed_nothing_the_upgrade_gives_the_new_version(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    next_version(world, _upgraded())
    assert states(compared(world, world.ours)) == {
        "weights.window_days": "template", "action.purchase.weight": "template", "action.call": "template",
        "action.survey": "template", "action.email_open": "client", "segment.age-young": "template",
        "segment.age-mid": "template", "segment.age-older.rule": "template",
    }  # fmt: skip
    done = applying(world, world.ours, decisions={})
    said = _now_here(world.ours)
    own = _by_key(said)["email_open"]
    said["actions"].remove(own)
    assert parts(read_content(said)) == parts(read_content(_upgraded()))
    assert (done.version, done.actions, done.segments, done.bands) == (2, 2, 3, False)
    line = stands_on(world.ours)
    assert line is not None
    assert (line.number, line.version, line.content) == (2, 2, read_content(_upgraded()))


def test_what_the_client_changed_survives_and_conflicts_go_as_decided(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    with organisation_scope(world.ours.id):
        services.change_action(organisation=world.ours, key="social", name="Shares", user=None, now=NOW)
        services.archive_segment(organisation=world.ours, key="age-young", now=NOW)
        change_organisation(
            organisation=Organisation.objects.get(pk=world.ours.pk), changes={"band_good_thousandths": 65_000}, now=NOW
        )
    kept(world.ours, weights={}, window_days=60, full_points=Decimal(40))
    next_version(world, {**_upgraded(), "full_points": {"from": "own", "value": "55"}})
    seen = compared(world, world.ours)
    assert {key: state for key, state in states(seen).items() if state != "template"} == {
        "weights.window_days": "conflict", "weights.full_points": "conflict", "action.social.name": "client",
        "action.email_open": "client", "bands.lines": "client", "segment.age-young": "alike",
    }  # fmt: skip
    decisions = {"weights.window_days": Side.CLIENT, "weights.full_points": Side.TEMPLATE}
    applying(world, world.ours, decisions=decisions)
    said = _now_here(world.ours)
    assert (said["window_days"], said["full_points"]) == (60, {"from": "own", "value": "55"})
    assert _by_key(said)["social"]["name"] == "Shares"
    assert _by_key(said)["purchase"]["weight"] == "12"
    assert said["bands"]["good"] == "65"
    # The next comparison rests on version 2: the choice has become a change of the client's.
    assert states(compared(world, world.ours)) == {
        "weights.window_days": "client", "action.social.name": "client", "action.email_open": "client",
        "bands.lines": "client",
    }  # fmt: skip
    with organisation_scope(world.ours.id, write=False):
        row = AppliedTemplate.objects.get(number=2)
    assert row.decisions == {"weights.window_days": "client", "weights.full_points": "template"}


@pytest.mark.parametrize(
    ("decisions", "field"),
    [
        ({}, "decisions.weights.window_days"),
        ({"weights.window_days": Side.CLIENT, "action.call": Side.CLIENT}, "decisions.action.call"),
        ({"weights.window_days": Side.CLIENT, "surprise": Side.CLIENT}, "decisions.surprise"),
    ],
)
def test_every_conflict_is_decided_and_nothing_else(world: World, decisions: dict[str, Side], field: str) -> None:
    make_template(world)
    applying(world, world.ours)
    kept(world.ours, weights={}, window_days=60, full_points_from="median")
    next_version(world, _upgraded())
    before, said = _numbers(world.ours), _now_here(world.ours)
    with pytest.raises(InvalidInputError) as refused:
        applying(world, world.ours, decisions=decisions)
    assert list(refused.value.fields) == [field]
    assert (_numbers(world.ours), _now_here(world.ours)) == (before, said)


def _change_draft(client: Organisation) -> None:
    kept(client, window_days=7)


def _change_name(client: Organisation) -> None:
    with organisation_scope(client.id):
        services.change_action(organisation=client, key="visit", name="Visits", user=None, now=NOW)


def _change_bands(client: Organisation) -> None:
    with organisation_scope(client.id):
        fresh = Organisation.objects.get(pk=client.pk)
        change_organisation(organisation=fresh, changes={"band_good_thousandths": 61_000}, now=NOW)


def _archive(client: Organisation) -> None:
    with organisation_scope(client.id):
        services.archive_segment(organisation=client, key="age-young", now=NOW)


@pytest.mark.parametrize("change", [_change_draft, _change_name, _change_bands, _archive])
def test_who_opened_an_older_configuration_is_told(world: World, change: Callable[[Organisation], None]) -> None:
    make_template(world)
    applying(world, world.ours)
    next_version(world, _upgraded())
    opened = compared(world, world.ours).opened
    change(world.ours)
    before, said = _numbers(world.ours), _now_here(world.ours)
    with pytest.raises(ConflictError, match="since you opened"):
        applying(world, world.ours, opened=opened)
    assert (_numbers(world.ours), _now_here(world.ours)) == (before, said)


def test_who_opened_another_version_or_an_application_ago_is_told(world: World) -> None:
    make_template(world)
    opened = compared(world, world.ours).opened
    next_version(world, _upgraded())
    with pytest.raises(ConflictError):
        applying(world, world.ours, opened=opened)
    applying(world, world.ours, number=1, opened=opened)
    with pytest.raises(ConflictError):
        applying(world, world.ours, number=1, opened=opened)


def test_what_fails_late_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing: the record is the last thing written."""
    make_template(world)
    before, said = _numbers(world.ours), _now_here(world.ours)
    monkeypatch.setattr(
        "engagement.scoring.services.template_apply._record", lambda *_, **__: (_ for _ in ()).throw(ConflictError())
    )
    with pytest.raises(ConflictError):
        applying(world, world.ours)
    assert (_numbers(world.ours), _now_here(world.ours)) == (before, said)


def test_another_template_is_compared_from_scratch(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    make_template(world, name="Bank", said=with_action("visit", weight="9"))
    with organisation_scope(world.ours.id):
        lines = offers(actor=actor(world.consultant), client=world.ours)
    assert [line.key for line in lines] == ["bank", "retail"]
    found = offer(world, world.ours, key="bank")
    with organisation_scope(world.ours.id, write=False):
        fresh = Organisation.objects.get(pk=world.ours.pk)
        seen = comparison(organisation=fresh, offered=found, may_change_bands=True)
    assert seen.is_first
    assert states(seen) == {"action.visit.weight": "conflict", "action.email_open": "client"}


# ── bands ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_not_change_settings_leaves_the_bands_open(world: World) -> None:
    make_template(world)
    done = applying(world, world.ours, may_change_bands=False)
    assert not done.bands
    said = _now_here(world.ours)
    assert said["bands"] == {"good": "70", "excellent": "80", "names": ["Poor", "Good", "Excellent"]}
    assert states(compared(world, world.ours, may_change_bands=False)) == {"action.email_open": "client"}
    # An admin is asked later: nobody has decided about them.
    asked = {"bands.lines": "conflict", "bands.names": "conflict", "action.email_open": "client"}
    assert states(compared(world, world.ours)) == asked
    applying(world, world.ours)
    assert _now_here(world.ours)["bands"] == content()["bands"]


def test_bands_that_were_left_open_stay_open_over_an_upgrade(world: World) -> None:
    make_template(world)
    applying(world, world.ours)
    next_version(world, {**_upgraded(), "bands": {"good": "50", "excellent": "90", "names": ["Low", "Fair", "High"]}})
    applying(world, world.ours, may_change_bands=False)
    assert _now_here(world.ours)["bands"] == content()["bands"]
    assert states(compared(world, world.ours)) == {"bands.lines": "template", "action.email_open": "client"}


# ── full points ──────────────────────────────────────────────────────────────────────────────────────────────


def test_full_points_from_the_data_follow_the_weights_and_stay_with_them(world: World) -> None:
    """The story's median is 10 at the template's weights; with purchases at 30 it is 30."""
    story(world.ours)
    said = content(actions=content()["actions"][:3])
    said["actions"][1]["weight"] = "6"
    make_template(world, said=said)
    applying(world, world.ours)
    with organisation_scope(world.ours.id, write=False):
        first = draft_view(organisation=world.ours)
    assert first is not None
    assert (first.full_points_from, first.full_points) == ("median", 10)
    with organisation_scope(world.ours.id):
        services.publish(organisation=world.ours, user=None, note="Go", changed_at=first.changed_at, now=NOW)
    said["actions"][2]["weight"] = "30"
    next_version(world, said)
    done = applying(world, world.ours, decisions={})
    with organisation_scope(world.ours.id, write=False):
        second = draft_view(organisation=world.ours)
    assert second is not None
    assert (done.draft, second.number, second.full_points_from, second.full_points) == (2, 2, "median", 30)


# ── what a wish for any content gives ────────────────────────────────────────────────────────────────────────

_WEIGHTS = st.dictionaries(
    st.sampled_from(["visit", "social", "purchase", "call", "survey"]), st.integers(1, 9), min_size=1
)


def _of(weights: dict[str, int], window: int) -> dict[str, Any]:
    known = {**_by_key(content()), **_by_key(_upgraded())}
    return content(
        actions=[{**known[key], "weight": str(weight)} for key, weight in weights.items()], window_days=window
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(first=_WEIGHTS, second=_WEIGHTS, window=st.integers(1, 3))
def test_any_template_and_any_upgrade_arrive_as_they_are(
    world: World, first: dict[str, int], second: dict[str, int], window: int
) -> None:
    """Through the database: after an upgrade that nobody stood in the way of, the client has the new version."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT example")
        make_template(world, said=_of(first, 1))
        applying(world, world.ours)
        own = _by_key(_now_here(world.ours)).keys() - first.keys()
        if _of(second, window + 1) != _of(first, 1):
            next_version(world, _of(second, window + 1))
        seen = compared(world, world.ours)
        applying(world, world.ours, otherwise=Side.TEMPLATE)
        found = _by_key(_now_here(world.ours))
        cursor.execute("ROLLBACK TO SAVEPOINT example")
    assert {item.path[1] for item in seen.items if item.state == "client"} == own - second.keys()
    assert {key: action for key, action in found.items() if key in second} == _by_key(_of(second, 1))
    assert found.keys() == second.keys() | (own - second.keys())
