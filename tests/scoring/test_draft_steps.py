"""Steps of a draft are undone, redone and put back, by whoever may edit it, and the page says which there were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import ConflictError
from engagement.scoring import services
from engagement.scoring.models import WeightSet
from engagement.scoring.selectors.steps import draft_steps
from engagement.scoring.selectors.weights import weight_set_view
from engagement.scoring.services.steps import MOST, note_step, take_step
from engagement.scoring.types import OverrideChange, WeightChange
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import kept, published, signed_in
from tests.scoring.pages import url, words


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


def _weights(**values: int) -> dict[str, WeightChange]:
    base = {"visit": 1, "social": 5, "purchase": 10}
    return {key: WeightChange(Decimal(value)) for key, value in (base | values).items()}


def _step(world: World, step: Any, **asked: Any) -> Any:
    with organisation_scope(world.ours.id):
        asked = {"changed_at": None, "user": world.admin, "now": NOW, **asked}
        return services.step_draft(organisation=world.ours, step=step, **asked)


def _numbers(view: Any) -> tuple[Any, ...]:
    lines = {line.key: (line.weight, line.cap) for line in view.weights}
    return lines["visit"], lines["purchase"], view.full_points, view.window_days, view.half_life_days


@pytest.fixture
def three(world: World) -> tuple[Any, ...]:
    """The draft's numbers before, after a first and after a second step."""
    published(world.ours)
    first = kept(world.ours, user=world.consultant, weights=_weights(visit=2))
    second = kept(world.ours, user=world.admin, weights=_weights(visit=2, purchase=12), full_points=Decimal(30))
    with organisation_scope(world.ours.id, write=False):
        began = weight_set_view(WeightSet.objects.get(state="published"))
    return _numbers(began), _numbers(first), _numbers(second)


def test_there_and_back(world: World, three: tuple[Any, ...]) -> None:
    began, first, second = three
    assert _numbers(_step(world, "undo")) == first
    assert _numbers(_step(world, "undo")) == began
    with pytest.raises(ConflictError, match="no step to undo"):
        _step(world, "undo")
    assert _numbers(_step(world, "redo")) == first
    assert _numbers(_step(world, "redo")) == second
    with pytest.raises(ConflictError, match="no step to redo"):
        _step(world, "redo")


def test_a_new_step_takes_the_place_of_what_was_undone(world: World, three: tuple[Any, ...]) -> None:
    _step(world, "undo")
    other = _numbers(kept(world.ours, weights=_weights(visit=9)))
    with pytest.raises(ConflictError):
        _step(world, "redo")
    assert _numbers(_step(world, "undo")) == three[1]
    assert _numbers(_step(world, "redo")) == other


def test_back_to_what_is_in_force_can_be_undone(world: World, three: tuple[Any, ...]) -> None:
    assert _numbers(_step(world, "in_force")) == three[0]
    assert _numbers(_step(world, "undo")) == three[2]


def test_who_opened_another_draft_changes_nothing(world: World, three: tuple[Any, ...]) -> None:
    with pytest.raises(ConflictError):
        _step(world, "undo", changed_at=NOW.replace(year=2025))
    assert _numbers(kept(world.ours, weights=_weights(visit=2, purchase=12), full_points=Decimal(30))) == three[2]


def test_own_weights_of_a_segment_are_a_step(world: World, three: tuple[Any, ...]) -> None:
    with organisation_scope(world.ours.id):
        services.create_segment_set(organisation=world.ours, name="Plan", is_partition=True, key="plan")
        services.create_segment(
            organisation=world.ours, set_key="plan", name="Gold", key="gold", is_missing_data=False, user=None,
            rule={"all": [{"trait": "plan", "op": "is", "value": "gold"}]}, now=NOW,
        )  # fmt: skip
        change = OverrideChange(weights={"visit": WeightChange(Decimal(3), 2)}, full_points=Decimal(20))
        had = services.keep_override(
            organisation=world.ours, segment_key="gold", change=change, user=world.admin, now=NOW
        )
        assert draft_steps(organisation=world.ours).lines[0].changes == ("own weights of Gold",)
    assert _step(world, "undo").overrides == ()
    assert _step(world, "redo").overrides == had.overrides


def test_what_is_decided_keeps_no_steps_and_what_was_done_is_on_record(world: World, three: tuple[Any, ...]) -> None:
    view = _step(world, "undo")
    with organisation_scope(world.ours.id):
        entry = AuditEntry.objects.order_by("-number").first()
        assert entry is not None
        content = json.loads(entry.content)
        assert content["new"]["step"] == "undo"
        assert content["old"]["purchase.weight"] == "12"
        services.publish(organisation=world.ours, user=world.admin, note="x", changed_at=view.changed_at, now=NOW)
        assert [row.draft_steps for row in WeightSet.objects.all()] == [[], []]


def test_the_page_lists_the_steps_and_takes_them(world: World, three: tuple[Any, ...]) -> None:
    client, page = signed_in(world.consultant), url(world.ours, "weights/draft/")
    text = words(client.get(page))
    assert "Purchase 10 → 12, full points 10 → 30" in text
    assert f"Visit 1 → 2 2 Mar 2026, 09:00 {world.consultant.name}" in text
    with organisation_scope(world.ours.id, write=False):
        opened = WeightSet.objects.get(state="draft").changed_at.isoformat()
    sent = {"step": "undo", "changed_at": opened}
    text = words(client.post(url(world.ours, "weights/draft/step/"), sent, follow=True))
    assert "full points 10 → 30 undone" in text
    answer = client.post(url(world.ours, "weights/draft/step/"), sent, follow=True)  # the page of before
    assert "undone" in words(answer)
    assert [str(message.level_tag) for message in answer.context["messages"]] == ["error"]
    for step in ("", "all"):
        answer = client.post(url(world.ours, "weights/draft/step/"), sent | {"step": step}, follow=True)
        assert answer.status_code == 200
    assert signed_in(world.viewer).post(url(world.ours, "weights/draft/step/"), sent).status_code == 403
    assert signed_in(world.stranger).post(url(world.ours, "weights/draft/step/"), sent).status_code == 404


class _Row:
    """A draft whose numbers are one number."""

    def __init__(self) -> None:
        self.draft_steps: list[Any] = []
        self.number = 1
        self.value = 0

    def save(self, **_said: Any) -> None:
        pass


@given(st.lists(st.one_of(st.integers(0, 3), st.sampled_from(["undo", "redo"])), max_size=70))
def test_it_is_a_list_with_a_place(acts: list[Any]) -> None:
    """Against the plain thing: a list of values and an index."""
    row, values, at = _Row(), [0], 0
    module = "engagement.scoring.services.steps"
    with (
        patch(f"{module}.state_of", lambda row: row.value),
        patch(f"{module}._write", lambda row, state: setattr(row, "value", state)),
        patch(f"{module}.numbers_of", lambda _row: {}),
        patch(f"{module}.audit_append"),
    ):
        for act in acts:
            if isinstance(act, int):
                before, row.value = row.value, act
                note_step(row, before=before, user=None, now=NOW)  # type: ignore[arg-type]
                if act != before:
                    values, at = [*values[: at + 1], act][-MOST - 1 :], min(at + 1, MOST)
                continue
            wanted = at + (1 if act == "redo" else -1)
            try:
                take_step(organisation=None, row=row, step=act, user=None, now=NOW)  # type: ignore[arg-type]
                at = wanted
            except ConflictError:
                assert not 0 <= wanted < len(values)
            assert row.value == values[at]
