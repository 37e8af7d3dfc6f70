"""Every request that changes something, made once by somebody who may: each is on record, or has its reason."""

from __future__ import annotations

import pytest

from tests.isolation.matrix import granted_writes
from tests.isolation.routes import Route, routes
from tests.isolation.stage import Stage

# Requests that write, or may, and put nothing on record.
NO_ACT = {
    "POST import-mapping": "the rows shown again; a file that is really there is started by tests/ingest",
    "POST machine-rules": "a draft of rules, which labels nothing before it is published",
    "POST api-machine-rules": "the same",
    "POST weights-preview": "what-if numbers; nothing is kept of them",
    "POST api-weights-preview": "the same",
    "POST feedback-files": "a file to look at: nothing of it counts until it is taken in",
    "POST feedback-themes-look": "the themes there are, looked for again",
    "POST survey-answers": "a file to look at: nothing of it counts until it is taken in",
    "POST survey-upload-withdraw": "the same file put away: nothing of it counted",
    "POST api-survey-answers": "answers come as events do: each keeps its source and when it came",
    "POST companions-refresh": "figures of what is there, computed again",
    "POST forecast": "the same",
    "POST api-forecasts": "the same",
    "POST quality": "a look at what is there",
    "POST report-text": "a draft's text: each that was saved is kept with who wrote it",
    "POST report-block": "the same, of whether a figure is shown",
    "POST review": "an item of an open review: kept with who added it, and frozen when it is closed",
    "POST review-note": "the same, of a note: each that was saved is kept with who wrote it",
    "POST review-item-off": "the same, of an item that was taken off, with the reason",
    "POST api-review-items": "the same, of an item",
}
ENTRY = "tenants_auditentry"
INSIDE = [route for route in routes() if route.in_organisation and set(route.methods) - {"GET", "HEAD"}]


@pytest.mark.parametrize("route", INSIDE, ids=lambda route: route.name)
def test_what_is_granted_is_on_record(stage: Stage, route: Route) -> None:
    for cell, answer in granted_writes(stage, [route]):
        name = f"{cell.method} {route.name}"
        entries = [change for change in answer.changes if change.table == ENTRY]
        assert bool(entries) == (name not in NO_ACT), f"{name} put {len(entries)} entries on record"
        for entry in entries:
            assert entry.old is None, f"{name} changed an entry"
            assert entry.new is not None
            assert entry.new["actor"] == str(cell.person.user.pk) if cell.person.user else True


def test_every_reason_is_still_needed() -> None:
    known = {f"{method} {route.name}" for route in INSIDE for method in route.methods}
    assert NO_ACT.keys() - known == set()
