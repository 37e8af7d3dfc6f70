"""The client of the case with its step read out, a draft about it, and what was published of it."""

from __future__ import annotations

import pytest

from engagement.insights.calendars import By
from engagement.reports import services
from engagement.reports.models import Report, ReportVersion
from engagement.reports.types import Subject
from tenants.scope import organisation_scope
from tests.cases.story_world import FEBRUARY, NOW, Story, make_story, read
from tests.conftest import World


@pytest.fixture
def story(world: World) -> Story:
    found = make_story(world.ours, world.consultant)
    read(found, user=world.consultant)
    return found


@pytest.fixture
def report(story: Story, world: World) -> Report:
    with organisation_scope(story.organisation.pk):
        return services.draft_report(
            organisation=story.organisation, user=world.consultant, subject=Subject(By.MONTH, FEBRUARY, "gold"), now=NOW
        )


@pytest.fixture
def version(report: Report, story: Story, world: World) -> ReportVersion:
    with organisation_scope(story.organisation.pk):
        return services.publish_report(
            organisation=story.organisation, report_id=report.pk, user=world.consultant, now=NOW
        )
