"""Large organisations are counted by name and day before anybody asks: when that is due, and when a worker rests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.celery import app
from engagement.ingest.models import FileImport, IngestBatch
from engagement.scoring.models import EventLook
from engagement.scoring.selectors import looking
from engagement.scoring.services.event_names import KIND, erase_look, keep_look
from engagement.scoring.services.labelling import KIND as LABEL
from engagement.scoring.services.looks import REST, ask_looks_everywhere, is_look_due
from engagement.scoring.tasks import label_everywhere, look_everywhere
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.conftest import broker, uploads  # noqa: F401  fixtures
from tests.ingest.sending import keep, rows, send, take, track, work
from tests.scoring.config import signed_in
from tests.scoring.machines_world import BOT, in_force

AFTER = timedelta(minutes=2)

pytestmark = pytest.mark.usefixtures("uploads", "broker")


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three events are too many to be counted while somebody waits."""
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 2)


@pytest.fixture
def begin() -> datetime:
    """The morning of the running day, so that no midnight lies between the steps of a test."""
    return timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)


def some(organisation: Organisation, *numbers: int, at: datetime) -> None:
    """Events that came in at a moment, and were stored at once."""
    told = [track(n, event="Beep", timestamp=at.isoformat(), messageId=f"b{n}") for n in numbers]
    work(organisation, keep(organisation, told, received_at=at), now=at)


def is_due(organisation: Organisation, at: datetime) -> bool:
    with organisation_scope(organisation.pk, write=False):
        return is_look_due(organisation=organisation, now=at)


def ticking(*moments: datetime) -> Any:
    """A clock that says these in turn, and then the last."""
    left: Iterator[datetime] = iter(moments)
    last = moments[-1]
    return lambda: next(left, last)


def look(organisation: Organisation, at: datetime, *, took: timedelta = timedelta(0)) -> None:
    """What a worker does that is woken; what came in within the minute before may still be on its way to be seen."""
    (job_id,) = rows(organisation, Job, "pk", kind=KIND, state=Job.State.WAITING)
    clock = ticking(at, at, at, at + took)
    assert run_job(organisation_id=organisation.pk, job_id=UUID(str(job_id)), do=keep_look, clock=clock)


def test_the_first_look_is_asked_for_and_pages_are_there_at_once_from_then_on(world: World, begin: datetime) -> None:
    some(world.ours, 1, 2, 3, at=begin)
    some(world.other, 1, at=begin)  # few enough to be counted while one waits
    assert ask_looks_everywhere(now=begin) == 1
    assert ask_looks_everywhere(now=begin) == 0  # it is waited for
    look(world.ours, begin)
    client = signed_in(world.consultant)
    names = client.get(reverse("event-names", args=[world.ours.slug])).content.decode()
    volume = client.get(reverse("volume", args=[world.ours.slug])).content.decode()
    for text in (names, volume):
        assert "Counted on" in text
        assert "a worker counts them by itself" in text
    assert "No action counts 3 events" in names
    assert "3 events of the last 30 days are stored" in volume
    assert rows(world.other, EventLook, "looked_at") == []


def test_it_is_due_again_after_news_and_a_rest(world: World, begin: datetime) -> None:
    some(world.ours, 1, 2, 3, at=begin)
    ask_looks_everywhere(now=begin)
    look(world.ours, begin + AFTER)
    rested = begin + AFTER + REST
    assert not is_due(world.ours, rested)  # nothing came in
    some(world.ours, 1, at=begin + 2 * AFTER)  # it is there already: no news
    assert not is_due(world.ours, rested)
    some(world.ours, 4, at=begin + 3 * AFTER)
    assert not is_due(world.ours, rested - timedelta(seconds=1))  # it rests
    assert is_due(world.ours, rested)
    ask_looks_everywhere(now=rested)
    look(world.ours, rested)
    ((content,),) = [rows(world.ours, EventLook, "content")]
    assert sum(events for _day, _name, _source, events in content["days"]) == 4


def test_a_look_that_takes_long_is_taken_seldom(world: World, begin: datetime) -> None:
    some(world.ours, 1, 2, 3, at=begin)
    ask_looks_everywhere(now=begin)
    took = timedelta(minutes=4)
    look(world.ours, begin, took=took)
    some(world.ours, 4, at=begin + timedelta(minutes=5))
    assert not is_due(world.ours, begin + took + 20 * took - timedelta(seconds=1))
    assert is_due(world.ours, begin + took + 20 * took)


def test_files_a_new_day_and_an_erasure_make_it_due(world: World, begin: datetime) -> None:
    some(world.ours, 1, 2, 3, at=begin)
    ask_looks_everywhere(now=begin)
    look(world.ours, begin + AFTER)
    later = begin + 2 * REST
    assert not is_due(world.ours, later)
    take(world.ours, f"customer,event,date\nc1,Paid,{begin:%Y-%m-%d}\n", now=begin + REST)
    assert is_due(world.ours, later)
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(finished_at=begin)
    assert not is_due(world.ours, later)
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(undone_at=begin + REST)
    assert is_due(world.ours, later)
    with organisation_scope(world.ours.pk):
        FileImport.objects.all().delete()
    assert is_due(world.ours, begin + timedelta(days=1))
    person: Any = type("Person", (), {"organisation_id": world.ours.pk})
    assert erase_look(person=person, now=later) == {"counts of event names": 1}
    assert is_due(world.ours, later)


def test_a_look_that_failed_rests_too_and_one_asked_for_by_hand_is_made_at_once(world: World, begin: datetime) -> None:
    some(world.ours, 1, 2, 3, at=begin)
    ask_looks_everywhere(now=begin)
    with organisation_scope(world.ours.pk):
        Job.objects.update(state=Job.State.FAILED, finished_at=begin)
    assert not is_due(world.ours, begin + REST - timedelta(seconds=1))
    assert is_due(world.ours, begin + REST)
    signed_in(world.consultant).post(reverse("event-names", args=[world.ours.slug]), {"act": "look"})
    assert len(rows(world.ours, Job, "pk", state=Job.State.WAITING)) == 1


def test_beat_has_both_looked_for_without_a_click(world: World, begin: datetime) -> None:
    assert {"scoring.look_all", "scoring.label_all"} <= {one["task"] for one in app.conf.beat_schedule.values()}
    some(world.ours, 1, 2, 3, at=begin)
    in_force(world.ours, BOT)
    with organisation_scope(world.ours.pk):
        Job.objects.all().delete()
    look_everywhere()
    label_everywhere()
    assert set(rows(world.ours, Job, "kind", state=Job.State.WAITING)) == {KIND, LABEL}
    assert rows(world.other, Job, "kind") == []  # nothing came in there, and no rule is in force


def test_who_rests_is_not_counted(world: World, begin: datetime) -> None:
    send(world.ours, *[track(n) for n in range(3)], received_at=begin)  # long ago: outside of the days looked at
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.all().delete()
    assert ask_looks_everywhere(now=begin) == 0
    some(world.ours, 1, 2, 3, at=begin)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=begin, suspended_why="It rests")
    assert ask_looks_everywhere(now=begin) == 0
