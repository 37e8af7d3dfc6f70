"""Feedback of a small client, for tests: said by services, read back from the tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engagement.feedback import services
from engagement.feedback.models import FeedbackItem
from engagement.feedback.types import Added, Said
from engagement.ingest.models import Customer
from tenants.jobs import latest_job, run_job
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World

DAY = date(2026, 2, 20)


def said(text: str, **more: Any) -> Said:
    return Said(**{"text": text, "day": DAY, "kind": "survey", "source": "Spring survey", **more})


def added(world: World, *all_said: Said, now: datetime = NOW) -> Added:
    with organisation_scope(world.ours.pk):
        return services.add_items(organisation=world.ours, said=all_said, user=world.consultant, now=now)


def kept(world: World) -> list[FeedbackItem]:
    with organisation_scope(world.ours.pk, write=False):
        return list(FeedbackItem.objects.select_related("segment").order_by("id"))


def a_theme(world: World, name: str, *phrases: str, now: datetime = NOW) -> int:
    with organisation_scope(world.ours.pk):
        theme = services.add_theme(organisation=world.ours, name=name, phrases=phrases, user=world.consultant, now=now)
        return int(theme.number)


def worked_off(organisation: Organisation, kind: str, do: Any, *, now: datetime = NOW) -> bool:
    """Do the job of a kind that was asked for last, as a worker does."""
    with organisation_scope(organisation.pk, write=False):
        job = latest_job(kind=kind)
    assert job is not None
    return run_job(organisation_id=organisation.pk, job_id=job.pk, do=do, clock=lambda: now)


def customers(organisation: Organisation, *ids: str, first: int = 1) -> None:
    """Customers by their own ids, numbered from `first`."""
    with organisation_scope(organisation.pk):
        Customer.objects.bulk_create(
            Customer(organisation=organisation, number=number, external_id=one, created_at=NOW, updated_at=NOW)
            for number, one in enumerate(ids, first)
        )
