"""Files of every form and kind whose workers are killed at every point: nothing is doubled, and nothing left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engagement.companions.models import SurveyAnswer
from engagement.ingest.models import Customer, Event, FileImport, ImportChange, RejectedEvent
from engagement.ingest.services import ask_undo, process_import
from engagement.ingest.services.reading import Reading
from engagement.ingest.services.undoing import Undoing
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.made_rows import FORMS, KINDS, REJECTED, STORED, made
from tests.ingest.sending import LATER, counts_of, identify, one, rows, send, take, ticking, track, upload

pytestmark = [
    pytest.mark.usefixtures("uploads", "broker"),
    pytest.mark.parametrize("kind", KINDS),
    pytest.mark.parametrize("form", FORMS),
]
_MOST = 40  # attempts; far more than there are points


class KilledError(BaseException):
    """As a kill: no handler of ours hears of it, and what was not committed is gone."""


class Killer:
    """Kills a worker at each point it has not been killed at yet: within each part's transaction, and after it."""

    def __init__(self) -> None:
        self.at: set[object] = set()

    def __call__(self, point: object) -> None:
        if point not in self.at:
            self.at.add(point)
            raise KilledError(point)

    def within(self, method: Callable[..., None], point: Callable[[Any], object]) -> Callable[..., None]:
        def killed(self_: Any, *given: Any, **named: Any) -> None:
            method(self_, *given, **named)
            self(("within", point(self_)))

        return killed


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    """Parts of two rows, and a killer at each of them."""
    killer = Killer()
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 2)
    monkeypatch.setattr("engagement.ingest.services.undoing.EVENTS_AT_ONCE", 1)
    monkeypatch.setattr("engagement.ingest.services.undoing.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("engagement.ingest.services.changes.AT_ONCE", 1)
    return killer


def until_done(organisation: Organisation, import_id: UUID, killer: Killer, point: Callable[[Any], object]) -> int:
    """Begun anew after each kill, once its lease has run out; returns how often it was killed."""
    for attempt in range(_MOST):
        clock = ticking(LATER + timedelta(hours=attempt))
        try:
            assert process_import(
                organisation_id=organisation.pk, import_id=import_id, clock=clock,
                report=lambda row: killer(("after", point(row))),
            )  # fmt: skip
        except KilledError:
            continue
        return attempt
    raise AssertionError("It never came to its end.")


def before_everything(organisation: Organisation) -> None:
    """Somebody is known already, by an event, traits and an answer that no file brought."""
    send(organisation, track(1, timestamp="2025-12-01T10:00:00Z", messageId="own"))
    traits = {"email": "old@x.org", "plan": "basic"}
    send(organisation, identify("c1", traits, timestamp="2025-12-01T10:00:00Z"))
    with organisation_scope(organisation.pk):
        SurveyAnswer.objects.create(
            organisation=organisation, kind="nps", source="api", key="k", day=NOW.date(), value=9, received_at=NOW
        )


def picture(organisation: Organisation) -> dict[str, list[Any]]:
    """Everything that a file of any kind may bring or change."""
    return {
        "events": rows(organisation, Event, "message_id", "day", "name", "occurrences", "properties", "occurred_at"),
        "customers": rows(organisation, Customer, "external_id", "traits", "email_normalised"),
        "answers": rows(organisation, SurveyAnswer, "kind", "value", "day", "source", "key"),
    }


def test_reading_goes_on_after_every_kill(
    world: World, form: str, kind: str, killer: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for organisation in (world.ours, world.other):
        before_everything(organisation)
    content = made(form, kind)
    named: dict[str, Any] = {"kind": kind, "file_name": f"rows.{form}"}
    whole = take(world.other, content, **named)
    assert (whole.state, counts_of(whole)) == ("done", (STORED, 0, REJECTED)), whole.error
    import_id = upload(world.ours, content, **named)
    monkeypatch.setattr(Reading, "_advance", killer.within(Reading._advance, lambda reading: reading.row.position))
    monkeypatch.setattr(Reading, "_finish", killer.within(Reading._finish, lambda _: "the end"))
    kills = until_done(world.ours, import_id, killer, lambda row: row.position)
    assert kills == len(killer.at) == 2 * 4 + 1  # four parts, and the end
    row = one(world.ours, FileImport, import_id)
    assert (row.state, counts_of(row), row.position) == ("done", (STORED, 0, REJECTED), 7)
    assert picture(world.ours) == picture(world.other)
    bad = rows(world.ours, RejectedEvent, "position", "code", "line", file_import=import_id)
    assert bad == rows(world.other, RejectedEvent, "position", "code", "line", file_import=whole.pk)
    assert len(bad) == REJECTED
    if kind != "customers":  # whose rows say in turn what is not known any more
        again = take(world.ours, content, now=LATER + timedelta(days=2), **named)
        assert (counts_of(again), picture(world.ours)) == ((0, STORED, REJECTED), picture(world.other))


def test_undoing_goes_on_after_every_kill(
    world: World, form: str, kind: str, killer: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_everything(world.ours)
    former = picture(world.ours)
    row = take(world.ours, made(form, kind), kind=kind, file_name=f"rows.{form}")
    assert picture(world.ours) != former
    with organisation_scope(world.ours.pk):
        ask_undo(organisation=world.ours, import_id=row.pk, now=LATER)

    def point(row: FileImport) -> object:
        return row.taken_out, tuple(sorted(row.found.items()))

    monkeypatch.setattr(Undoing, "_save", killer.within(Undoing._save, lambda undoing: point(undoing.row)))
    kills = until_done(world.ours, UUID(str(row.pk)), killer, point)
    assert kills == len(killer.at) >= 2 * 3
    done = one(world.ours, FileImport, row.pk)
    assert (done.state, done.taken_out) == ("undone", 0 if kind == "customers" else STORED)
    assert picture(world.ours) == former
    assert rows(world.ours, ImportChange, "number") == []
