"""Actions: what a new client has, versions of rules, archiving, and what a page says about them."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db import connection

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring import services
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    Segment,
    SegmentDefinition,
    Weight,
    WeightSet,
)
from engagement.scoring.selectors.actions import action, actions, event_names
from engagement.scoring.selectors.weights import draft_view
from engagement.scoring.types import EventNameCount
from tenants.models import Organisation
from tenants.scope import ScopeError, organisation_scope, tenant
from tests.conftest import NOW, World, build_world
from tests.scoring.config import YESTERDAY, noon, store, stored

LOOKED = {"event_names": ["Looked", " Looked "], "conditions": [{"property": "page", "op": "is", "value": "price"}]}
LOOKED_WHOLE = {
    "event_names": ["Looked"],
    "conditions": [{"property": "page", "op": "is", "value": "price"}],
    "measure": "count",
    "value_property": None,
    "value_scale": 0,
    "currency": None,
}


def _create(organisation: Organisation, name: str = "Looks", **settings: object) -> str:
    said: dict[str, object] = {"channel": "website", "rule": LOOKED, **settings}
    return services.create_action(organisation=organisation, name=name, user=None, now=NOW, **said)  # type: ignore[arg-type]


def test_a_new_client_has_what_a_first_hour_needs(world: World) -> None:
    with organisation_scope(world.ours.id, write=False):
        draft = draft_view(organisation=world.ours)
        assert draft is not None
        assert (draft.number, draft.state, draft.window_days, draft.half_life_days) == (1, "draft", 90, None)
        assert (draft.full_points, draft.full_points_from, draft.based_on) == (None, "median", None)
        assert [(w.key, w.channel, str(w.weight), w.cap) for w in draft.weights] == [
            ("visit", "website", "1", None),
            ("social", "social", "5", None),
            ("email_open", "email", "0", None),
            ("purchase", "purchase", "10", None),
        ]
        everybody = Segment.objects.get()
        assert (everybody.key, everybody.name, everybody.segment_set) == ("all", "All customers", None)
        assert SegmentDefinition.objects.get().rule == {"all": []}
        assert {d.action.key: d.number for d in ActionDefinition.objects.select_related("action")} == {
            "visit": 1, "social": 2, "purchase": 3, "email_open": 4
        }  # fmt: skip
        assert not ActionDefinition.objects.filter(rolled_up_at__isnull=True).exists()


def test_a_firm_has_no_actions(world: World) -> None:
    with organisation_scope(world.firm.id, write=False):
        assert not Action.objects.exists()
        assert not WeightSet.objects.exists()


def test_a_new_action_waits_to_be_counted_and_is_worth_nothing_yet(world: World) -> None:
    with organisation_scope(world.ours.id), patch("engagement.scoring.services.actions.wake") as wake:
        key = _create(world.ours)
        found = action(organisation=world.ours, key=key, now=NOW)
        assert (key, found.name, found.channel_name, found.definition) == ("looks", "Looks", "Website", 5)
        assert found.rule == LOOKED_WHOLE
        assert found.words == "Looked where page is price; occurrences counted"
        assert found.is_counted is False
        assert Weight.objects.get(action__key=key).weight_thousandths == 0
        wake.assert_called_once_with("insights.definitions", world.ours.id)


def test_keys_are_made_of_names_and_never_taken_twice(world: World) -> None:
    with organisation_scope(world.ours.id):
        assert _create(world.ours, "Über 65+ / Größe") == "uber-65-plus-groe"
        services.archive_action(organisation=world.ours, key="uber-65-plus-groe", now=NOW)
        assert _create(world.ours, "Über 65+ / Größe") == "uber-65-plus-groe-2"
        assert _create(world.ours, "見る") == "action"
        assert _create(world.ours, "New") == "new-2"
        assert _create(world.ours, "Chosen", key="my_key") == "my_key"
        with pytest.raises(ConflictError, match="taken"):
            _create(world.ours, "Again", key="my_key")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "visit"}, "name"),  # another action has it, in other letters
        ({"channel": "pigeon"}, "channel"),
        ({"key": "not a slug"}, "key"),
        ({"key": "new"}, "key"),
        ({"rule": {"event_names": []}}, "event_names"),
        ({"rule": {"event_names": ["a"], "conditions": [{"property": "p", "op": "gt", "value": "x"}]}},
         "conditions[0].value"),
    ],
)  # fmt: skip
def test_what_an_action_refuses_it_names(world: World, settings: dict[str, object], field: str) -> None:
    with organisation_scope(world.ours.id):
        before = Action.objects.count()
        with pytest.raises(InvalidInputError) as refused:
            _create(world.ours, **{"name": "Fine", **settings})  # type: ignore[arg-type]
        assert list(refused.value.fields) == [field]
        assert Action.objects.count() == before


def test_a_hundred_actions_are_the_limit(world: World) -> None:
    with organisation_scope(world.ours.id), patch("engagement.scoring.services.actions.MAX_ACTIONS", 4):
        with pytest.raises(ConflictError, match="limit"):
            _create(world.ours)
        services.archive_action(organisation=world.ours, key="social", now=NOW)
        assert _create(world.ours) == "looks"


def test_name_and_channel_change_in_place_and_a_rule_makes_a_version(world: World) -> None:
    with organisation_scope(world.ours.id):
        change = {"organisation": world.ours, "key": "visit", "user": world.admin, "now": NOW}
        assert services.change_action(**change, name="Visited", channel="app") is False  # type: ignore[arg-type]
        same = {"event_names": ["Page Viewed", "Page View", "visit", "Visit", "Session Started"], "measure": "count"}
        assert services.change_action(**change, rule=same) is False  # type: ignore[arg-type]
        assert services.change_action(**change, rule={"event_names": ["visit"]}) is True  # type: ignore[arg-type]
        found = action(organisation=world.ours, key="visit", now=NOW)
        assert (found.name, found.channel, found.definition, found.is_counted) == ("Visited", "app", 5, False)
        versions = ActionDefinition.objects.filter(action__key="visit").order_by("number")
        assert [(v.number, v.rolled_up_at, v.created_by) for v in versions] == [(1, NOW, None), (5, None, world.admin)]
        assert versions[0].rule["event_names"] == same["event_names"]


def test_archiving_leaves_the_draft_and_nothing_else(world: World) -> None:
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="social", now=NOW)
        assert [line.key for line in actions(organisation=world.ours, now=NOW)] == ["visit", "email_open", "purchase"]
        assert not Weight.objects.filter(action__key="social").exists()
        assert ActionDefinition.objects.filter(action__key="social").count() == 1
        with pytest.raises(NotFoundError):
            services.archive_action(organisation=world.ours, key="social", now=NOW)
        with pytest.raises(NotFoundError):
            action(organisation=world.ours, key="social", now=NOW)


def test_times_are_those_of_the_window_that_ends_yesterday(world: World) -> None:
    days = [YESTERDAY + timedelta(days=1), YESTERDAY, YESTERDAY - timedelta(days=89), YESTERDAY - timedelta(days=90)]
    store(world.ours, [stored(1, "visit", at=noon(day), message_id=str(day), occurrences=2) for day in days])
    with organisation_scope(world.ours.id, write=False):
        found = action(organisation=world.ours, key="visit", now=NOW)
        assert (found.times, found.times_from, found.times_as_of) == (4, date(2025, 12, 2), YESTERDAY)
        assert event_names(organisation=world.ours) == (EventNameCount("visit", 8),)
    with organisation_scope(world.other.id, write=False):
        assert action(organisation=world.other, key="visit", now=NOW).times == 0
        assert event_names(organisation=world.other) == ()


def test_another_organisations_action_is_unknown(world: World) -> None:
    with organisation_scope(world.other.id):
        _create(world.other)
    with organisation_scope(world.ours.id):
        for act in (
            lambda: action(organisation=world.ours, key="looks", now=NOW),
            lambda: services.change_action(organisation=world.ours, key="looks", name="Mine", user=None, now=NOW),
            lambda: services.archive_action(organisation=world.ours, key="looks", now=NOW),
        ):
            with pytest.raises(NotFoundError):
                act()
    with organisation_scope(world.other.id, write=False):
        assert Action.objects.get(key="looks").name == "Looks"


def test_nothing_is_written_without_a_scope_for_writing(world: World) -> None:
    with tenant(read=[world.ours.id]), pytest.raises(ScopeError):
        _create(world.ours)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers() -> None:
    world = build_world()
    failures: list[BaseException] = []

    def attempt(name: str) -> None:
        try:
            with organisation_scope(world.ours.id):
                _create(world.ours, name)
        except Exception as error:  # noqa: BLE001  reported below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(f"Act {n}",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with organisation_scope(world.ours.id, write=False):
        assert sorted(ActionDefinition.objects.values_list("number", flat=True)) == list(range(1, 10))
