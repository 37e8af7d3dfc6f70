"""manage.py queue prints what waits, and whose it is only by id."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from engagement.ingest.models import IngestBatch
from engagement.insights.services import dispatch
from engagement.management.commands.queue import duration
from engagement.scoring.models import ActionDefinition
from tenants.scope import organisation_scope
from tests.conftest import build_world
from tests.ingest.sending import keep, track

pytestmark = pytest.mark.django_db(transaction=True)


def _printed(*arguments: str) -> dict[str, list[str]]:
    out = StringIO()
    call_command("queue", *arguments, stdout=out)
    return {line.split()[0]: line.split()[1:] for line in out.getvalue().splitlines()}


def test_each_kind_has_a_line() -> None:
    world = build_world()
    keep(world.ours, [track(1)])
    held = keep(world.ours, [track(2)])
    keep(world.other, [track(3)])
    with organisation_scope(world.ours.id):
        IngestBatch.objects.filter(pk=held).update(lease_until="2999-01-01T00:00:00Z")
    printed = _printed("--organisations")
    assert printed["batch"][:2] == ["2", "1"]
    assert printed["batch"][-1] == "s"
    assert printed["import"] == ["0", "0", "–"]
    assert dispatch._TASKS.keys() <= printed.keys()  # whatever the sweeper knows
    out = StringIO()
    call_command("queue", "--organisations", stdout=out)
    lines = out.getvalue().splitlines()
    assert "/readyz fails above 15 min." in lines[-3 if "organisation" in lines[-2] else -2]
    assert lines[-2:] == [f"organisation {world.ours.id}: 2", f"organisation {world.other.id}: 1"]
    assert world.ours.name not in out.getvalue()


def test_the_age_of_a_definition_says_nothing() -> None:
    world = build_world()
    with organisation_scope(world.ours.id):
        waiting = ActionDefinition.objects.update(rolled_up_at=None)
    assert waiting
    assert _printed()["definition"] == [str(waiting), "0", "–"]


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0, 59, 60, 3_725, 90_000)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h 2 min",
        "25 h",
    ]
