"""Applying while somebody else changes the same client: what was compared stands still until it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from engagement.errors import ConflictError
from engagement.ingest.models import Customer
from engagement.scoring import services
from engagement.scoring.models import AppliedTemplate
from engagement.scoring.selectors.weights import draft_view
from engagement.scoring.services import template_apply
from engagement.scoring.services.template_apply import apply_template
from engagement.scoring.templating.compare import Side
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World, build_world
from tests.scoring.config import kept
from tests.scoring.templates_world import applying, compared, make_template, next_version, with_action

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    world = build_world()
    make_template(world)
    return world


def _rename(client: Organisation) -> None:
    services.change_action(organisation=client, key="email_open", name="Opened", user=None, now=NOW)


def _bands(client: Organisation) -> None:
    fresh = Organisation.objects.get(pk=client.pk)
    change_organisation(organisation=fresh, changes={"band_good_thousandths": 61_000}, now=NOW)


def _discard(client: Organisation) -> None:
    services.discard_draft(organisation=client)


def _create(client: Organisation) -> None:
    rule = {"event_names": ["ring"]}
    services.create_action(organisation=client, name="Ring", channel="support", rule=rule, user=None, now=NOW)


def _store(client: Organisation) -> None:
    Customer.objects.create(
        organisation_id=client.pk, number=1, external_id="c1", traits={}, created_at=NOW, updated_at=NOW
    )


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (_rename, "canceling statement due to lock timeout"),
        (_bands, "canceling statement due to lock timeout"),
        (_discard, "canceling statement due to lock timeout"),
        (_create, "canceling statement due to lock timeout"),
        (_store, "done"),  # what customers do goes on
    ],
)
def test_what_was_compared_stands_still_until_it_is_applied(
    world: World, change: Callable[[Organisation], None], outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after the comparison; none of these is written by the application, and each would make it another one."""
    found: list[str] = []

    def meanwhile() -> None:
        try:
            with organisation_scope(world.ours.id):
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '400ms'")
                change(world.ours)
            found.append("done")
        except OperationalError as error:
            found.append(str(error).splitlines()[0])
        finally:
            connection.close()

    def look_away(*_: object) -> None:
        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join()

    monkeypatch.setattr(template_apply, "_check_decisions", look_away)
    applying(world, world.ours, may_change_bands=False)
    assert found == [outcome]
    if outcome != "done":
        look_away()  # the control: afterwards it goes through
        assert found[1:] == ["done"]


def test_of_two_who_apply_at_once_one_is_told(world: World) -> None:
    seen = compared(world, world.ours)
    decisions = {item.id: Side.TEMPLATE for item in seen.items if item.state == "conflict"}
    outcomes: list[str] = []

    def apply() -> None:
        try:
            with organisation_scope(world.ours.id):
                apply_template(
                    organisation=world.ours, offered=seen.offered, decisions=decisions, opened=seen.opened,
                    may_change_bands=True, user=None, now=NOW,
                )  # fmt: skip
            outcomes.append("applied")
        except ConflictError:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=apply) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied", "told", "told"]
    with organisation_scope(world.ours.id, write=False):
        assert AppliedTemplate.objects.count() == 1


def test_a_draft_that_was_published_meanwhile_is_a_conflict(world: World) -> None:
    """The numbers are the same, but what applying would do is not: there is no draft any more."""
    applying(world, world.ours)
    draft = kept(world.ours, weights={})
    next_version(world, with_action("call", weight="3"))
    opened = compared(world, world.ours).opened
    with organisation_scope(world.ours.id):
        services.publish(
            organisation=world.ours, user=None, note="Go", changed_at=draft.changed_at, now=NOW + timedelta(hours=1)
        )
    with pytest.raises(ConflictError):
        applying(world, world.ours, opened=opened)
    with organisation_scope(world.ours.id, write=False):
        assert draft_view(organisation=world.ours) is None
