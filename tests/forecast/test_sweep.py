"""What the clock asks for: once for each finished period that was scored lately, of every client that does not rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from engagement.forecast.services import make_forecasts, sweep_unforecast
from engagement.forecast.tasks import sweep
from engagement.insights.services import score
from engagement.scoring.models import RunPointer
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.forecast.forecast_world import LAST, NOW, forecasts, visiting
from tests.forecast.test_making import WOBBLY


def jobs(organisation: Organisation) -> list[Job]:
    with organisation_scope(organisation.pk, write=False):
        return list(Job.objects.filter(kind="forecast.make").order_by("requested_at"))


def run_of_last(organisation: Organisation) -> UUID:
    with organisation_scope(organisation.pk, write=False):
        return RunPointer.objects.get(as_of=LAST).run_id


def test_a_finished_week_is_asked_for_once_and_worked_off(world: World) -> None:
    visiting(world, counts=WOBBLY)
    assert sweep_unforecast(now=NOW) == 1
    (job,) = jobs(world.ours)
    assert (job.subject, job.state, job.asked_by_id) == (str(run_of_last(world.ours)), Job.State.WAITING, None)
    assert sweep_unforecast(now=NOW) == 0
    assert run_job(organisation_id=world.ours.pk, job_id=job.pk, do=make_forecasts, clock=lambda: NOW)
    assert [one.segment.key for one in forecasts(world)] == ["all"]
    assert sweep_unforecast(now=NOW + timedelta(minutes=10)) == 0
    assert len(jobs(world.ours)) == 1


def test_control_without_the_row_of_the_job_it_is_asked_for_again(world: World) -> None:
    visiting(world, counts=WOBBLY)
    assert sweep_unforecast(now=NOW) == 1
    with organisation_scope(world.ours.pk):
        Job.objects.all().delete()
    assert sweep_unforecast(now=NOW) == 1


@pytest.mark.parametrize(("days", "asked"), [(2, 1), (4, 0)])
def test_a_worker_that_rested_makes_up_for_three_days(world: World, days: int, asked: int) -> None:
    visiting(world, counts=WOBBLY)
    with organisation_scope(world.ours.pk, write=False):
        (published,) = set(RunPointer.objects.filter(as_of=LAST).values_list("published_at", flat=True))
    assert sweep_unforecast(now=published + timedelta(days=days)) == asked


def test_a_day_within_a_week_is_no_period(world: World) -> None:
    """The Tuesday after has been scored: the week is what is forecast from, and is not asked for again."""
    small = visiting(world, counts=WOBBLY)
    assert sweep_unforecast(now=NOW) == 1
    later = NOW + timedelta(days=2)
    score(organisation_id=small.id, as_of=LAST + timedelta(days=2), cause="schedule", now=later)
    assert sweep_unforecast(now=later) == 0


def test_a_week_that_was_scored_again_is_forecast_again(world: World) -> None:
    small = visiting(world, counts=WOBBLY)
    sweep_unforecast(now=NOW)
    before = run_of_last(world.ours)
    score(organisation_id=small.id, as_of=LAST, cause="restated", now=NOW)
    assert run_of_last(world.ours) != before
    assert sweep_unforecast(now=NOW) == 1
    assert {job.subject for job in jobs(world.ours)} == {str(before), str(run_of_last(world.ours))}


def test_a_week_that_is_not_over_where_the_client_is_waits(world: World) -> None:
    """On its last day it has been scored already; what comes of the rest of the day is not known."""
    visiting(world, counts=WOBBLY)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=LAST)
    assert sweep_unforecast(now=NOW) == 0
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=LAST + timedelta(days=1))
    assert sweep_unforecast(now=NOW) == 1


def test_a_client_that_rests_is_left_alone(world: World) -> None:
    visiting(world, counts=WOBBLY)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=NOW)
    assert (sweep_unforecast(now=NOW), jobs(world.ours)) == (0, [])
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=None)
    assert sweep_unforecast(now=NOW) == 1


def test_every_client_has_a_job_of_its_own(world: World) -> None:
    visiting(world, counts=WOBBLY)
    visiting(replace(world, ours=world.other), counts=WOBBLY[:9])
    assert sweep_unforecast(now=NOW) == 2
    assert [job.subject for job in jobs(world.ours)] == [str(run_of_last(world.ours))]
    assert [job.subject for job in jobs(world.other)] == [str(run_of_last(world.other))]
    assert jobs(world.strange) == []


def test_the_task_of_the_clock_sweeps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visiting(world, counts=WOBBLY)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    sweep()
    assert len(jobs(world.ours)) == 1
