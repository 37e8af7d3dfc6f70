"""Weight sets: one draft, numbers that fit, publishing whole or not at all, and sets that never change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring import services
from engagement.scoring.models import RunRequest, Weight, WeightSet
from engagement.scoring.selectors.weights import draft_view, published_view, weight_set, weight_sets
from engagement.scoring.types import WeightChange
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published

LATER = NOW + timedelta(hours=1)


# ── the draft ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_keeps_what_was_said(world: World) -> None:
    weights = {"visit": WeightChange(Decimal("-0.125"), 3), "purchase": WeightChange(Decimal(1000))}
    view = kept(
        world.ours, weights=weights, window_days=30, half_life_days=14, full_points=Decimal("62.5"), note=" try "
    )
    with organisation_scope(world.ours.id, write=False):
        assert draft_view(organisation=world.ours) == view
    assert (view.number, view.window_days, view.half_life_days, view.note) == (1, 30, 14, "try")
    assert (view.full_points, view.full_points_from) == (Decimal("62.5"), "own")
    assert [(line.key, line.weight, line.cap) for line in view.weights] == [
        ("visit", Decimal("-0.125"), 3),
        ("social", Decimal(5), None),  # not named: kept
        ("email_open", Decimal(0), None),
        ("purchase", Decimal(1000), None),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weights": {"visit": WeightChange(Decimal("1.0001"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal("1000.001"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal("NaN"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal("1e400"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal(1), 0)}}, "weights.visit.cap"),
        ({"weights": {"visit": WeightChange(Decimal(1), 10**9 + 1)}}, "weights.visit.cap"),
        ({"weights": {"nothing": WeightChange(Decimal(1))}}, "weights.nothing"),
        ({"weights": {k: WeightChange(Decimal(0)) for k in ("visit", "social", "purchase")}}, "weights"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": 1101}, "window_days"),
        ({"half_life_days": 0}, "half_life_days"),
        ({"half_life_days": 3661}, "half_life_days"),
        ({"full_points": Decimal(0)}, "full_points"),
        ({"full_points": Decimal("900000.001")}, "full_points"),
        ({"full_points": None}, "full_points"),
        ({"full_points_from": "feeling"}, "full_points_from"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_what_a_draft_refuses_it_names_and_keeps_nothing(world: World, changes: dict[str, Any], field: str) -> None:
    before = kept(world.ours)
    with pytest.raises(InvalidInputError) as refused:
        kept(world.ours, **changes)
    assert list(refused.value.fields) == [field]
    with organisation_scope(world.ours.id, write=False):
        assert draft_view(organisation=world.ours) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": {"visit": WeightChange(Decimal(1000), 10**9), "social": WeightChange(Decimal(-1000), 1)}},
        {"window_days": 1100, "half_life_days": 3660},
        {"window_days": 1, "half_life_days": 1},
        {"full_points": Decimal(900_000)},
        {"full_points": Decimal("0.001")},
    ],
)
def test_the_bounds_themselves_fit_the_tables(world: World, changes: dict[str, Any]) -> None:
    view = kept(world.ours, **changes)
    for name in changes.keys() - {"weights"}:
        assert getattr(view, name) == changes[name]


def test_who_opened_an_older_draft_is_told(world: World) -> None:
    opened = kept(world.ours)
    newer = kept(world.ours, window_days=60, changed_at=opened.changed_at)
    assert newer.changed_at > opened.changed_at
    for act in (
        lambda: kept(world.ours, window_days=7, changed_at=opened.changed_at),
        lambda: _publish(world.ours, opened.changed_at),
        lambda: _discard(world.ours, opened.changed_at),
    ):
        with pytest.raises(ConflictError):
            act()
    with organisation_scope(world.ours.id, write=False):
        assert draft_view(organisation=world.ours) == newer
        assert published_view(organisation=world.ours) is None


def test_a_form_about_a_draft_that_is_gone_makes_no_new_one(world: World) -> None:
    opened = kept(world.ours)
    _discard(world.ours, opened.changed_at)
    with pytest.raises(ConflictError, match="discarded"):
        kept(world.ours, changed_at=opened.changed_at)
    with organisation_scope(world.ours.id, write=False):
        assert weight_sets(organisation=world.ours) == ()


def test_a_first_draft_that_was_discarded_comes_back_with_the_defaults(world: World) -> None:
    with organisation_scope(world.ours.id):
        first = draft_view(organisation=world.ours)
        services.discard_draft(organisation=world.ours)
        with pytest.raises(NotFoundError):
            services.discard_draft(organisation=world.ours)
        again = services.draft(organisation=world.ours, user=world.admin, now=LATER)
    assert first is not None
    assert (again.number, again.weights, again.created_by) == (1, first.weights, world.admin.name)


def test_a_draft_begins_as_the_set_in_force(world: World) -> None:
    old = published(world.ours, window_days=30, weights={"visit": WeightChange(Decimal(3), 7)})
    with organisation_scope(world.ours.id):
        key = services.create_action(
            organisation=world.ours, name="Call", channel="support", rule={"event_names": ["call"]}, user=None, now=NOW
        )
        services.archive_action(organisation=world.ours, key="social", now=NOW)
        draft = services.draft(organisation=world.ours, user=world.admin, now=LATER)
        assert services.draft(organisation=world.ours, user=None, now=LATER) == draft
    assert (draft.number, draft.based_on, draft.window_days) == (2, 1, 30)
    # A number of one's own from now on: keeping another weight must not move the level by itself.
    assert (draft.full_points, draft.full_points_from) == (Decimal(10), "own")
    weights = {line.key: (line.weight, line.cap) for line in draft.weights}
    assert weights == {
        "visit": (Decimal(3), 7), "email_open": (Decimal(0), None),
        "purchase": (Decimal(10), None), key: (Decimal(0), None)
    }  # fmt: skip
    assert "social" in {line.key for line in old.weights}


# ── publishing ───────────────────────────────────────────────────────────────────────────────────────────────


def _publish(organisation: Organisation, changed_at: Any, note: str = "Why not") -> Any:
    with organisation_scope(organisation.id):
        return services.publish(organisation=organisation, user=None, note=note, changed_at=changed_at, now=LATER)


def _discard(organisation: Organisation, changed_at: Any) -> None:
    with organisation_scope(organisation.id):
        services.discard_draft(organisation=organisation, changed_at=changed_at)


def test_publishing_retires_the_set_before_and_asks_for_a_scoring_once(world: World) -> None:
    first = published(world.ours, user=world.admin)
    assert (first.number, first.state, first.note) == (1, "published", "First weights")
    assert (first.published_by, first.published_at) == (world.admin.name, NOW)
    second = published(world.ours, window_days=60)
    assert (second.number, second.state) == (2, "published")
    with organisation_scope(world.ours.id, write=False):
        assert [(view.number, view.state) for view in weight_sets(organisation=world.ours)] == [
            (2, "published"),
            (1, "retired"),
        ]
        request = RunRequest.objects.get()
        assert (request.as_of, request.cause, request.state) == (YESTERDAY, "request", "waiting")
        assert request.requested_by == world.admin


@pytest.mark.parametrize(
    ("changes", "note", "field"),
    [
        ({}, "  ", "note"),
        ({}, "x" * 2001, "note"),
        ({"full_points_from": "median"}, "Because", "full_points"),  # there is nobody to take it from
    ],
)
def test_what_cannot_be_published_leaves_all_as_it_was(
    world: World, changes: dict[str, Any], note: str, field: str
) -> None:
    before = published(world.ours)
    draft = kept(world.ours, **changes)
    with pytest.raises(InvalidInputError) as refused:
        _publish(world.ours, draft.changed_at, note)
    assert list(refused.value.fields) == [field]
    with organisation_scope(world.ours.id, write=False):
        assert published_view(organisation=world.ours) == before
        assert draft_view(organisation=world.ours) == draft


def test_a_draft_whose_one_positive_action_was_archived_is_refused(world: World) -> None:
    draft = kept(world.ours, weights={k: WeightChange(Decimal(k == "social")) for k in ("visit", "social", "purchase")})
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="social", now=NOW)
    with pytest.raises(InvalidInputError, match="weights cannot be used"):
        _publish(world.ours, draft.changed_at)


def test_there_is_nothing_to_publish_without_a_draft(world: World) -> None:
    set_one = published(world.ours)
    with pytest.raises(ConflictError):
        _publish(world.ours, set_one.changed_at)


def test_published_sets_never_change(world: World) -> None:
    """Every service that writes weights, tried while a set is in force: it stays as it was published."""
    before = published(world.ours)
    acts: list[Callable[[], Any]] = [
        lambda: kept(world.ours, window_days=7, weights={"visit": WeightChange(Decimal(99))}),
        lambda: services.archive_action(organisation=world.ours, key="social", now=LATER),
        lambda: services.create_action(
            organisation=world.ours, name="Call", channel="app", rule={"event_names": ["c"]}, user=None, now=LATER
        ),
        lambda: services.discard_draft(organisation=world.ours),
        lambda: services.return_to(organisation=world.ours, number=1, user=None, now=LATER),
    ]
    for act in acts:
        with organisation_scope(world.ours.id):
            act()
        with organisation_scope(world.ours.id, write=False):
            assert weight_set(organisation=world.ours, number=1) == before


def test_the_tables_hold_one_draft_and_one_published_set(world: World) -> None:
    published(world.ours)
    kept(world.ours)
    for state in ("draft", "published"):
        with organisation_scope(world.ours.id), pytest.raises(IntegrityError), transaction.atomic():
            WeightSet.objects.create(
                organisation=world.ours,
                number=9,
                state=state,
                full_points_thousandths=1,
                created_at=NOW,
                changed_at=NOW,
            )


def test_an_old_set_comes_back_as_a_new_draft(world: World) -> None:
    first = published(world.ours, weights={"visit": WeightChange(Decimal("2.5"), 4)}, half_life_days=9)
    published(world.ours, window_days=10, half_life_days=None)
    with organisation_scope(world.ours.id):
        draft = services.return_to(organisation=world.ours, number=1, user=world.consultant, now=LATER)
        assert (draft.number, draft.based_on, draft.state, draft.note) == (3, 1, "draft", "")
        for name in ("weights", "window_days", "half_life_days", "full_points"):
            assert getattr(draft, name) == getattr(first, name)
        with pytest.raises(ConflictError, match="already"):
            services.return_to(organisation=world.ours, number=2, user=None, now=LATER)
        for number in (3, 77):
            with pytest.raises(NotFoundError):
                services.return_to(organisation=world.ours, number=number, user=None, now=LATER)


def test_another_organisations_sets_are_unknown(world: World) -> None:
    published(world.other)
    published(world.other, window_days=10)
    with organisation_scope(world.ours.id, write=False):
        with pytest.raises(NotFoundError):
            weight_set(organisation=world.ours, number=2)
        assert [view.number for view in weight_sets(organisation=world.ours)] == [1]
        assert Weight.objects.count() == 4
