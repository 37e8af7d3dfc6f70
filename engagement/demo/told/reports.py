"""Reports: written, published and shared, or still drafts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from engagement.demo.samples.story_types import SampleReport
from engagement.demo.told.teller import Teller
from engagement.insights.calendars import By
from engagement.insights.note_types import EVERYBODY
from engagement.reports.models import Report
from engagement.reports.selectors.drafts import blocks_of
from engagement.reports.services import draft_report, publish_report, save_text, set_branding, share_version
from engagement.reports.types import TEXT, WORDS, Subject
from tenants.models import Organisation


def is_told() -> bool:
    return Report.objects.exists()


def tell(teller: Teller) -> bool:
    """One transaction: all of them, or none."""
    if not teller.story.reports:
        return False
    with teller.writing() as organisation:
        if teller.story.made_by:
            set_branding(
                organisation=organisation, made_by=teller.story.made_by, colour="", logo=None, without_logo=False,
                now=teller.now,
            )  # fmt: skip
        for one in teller.story.reports:
            _report(teller, organisation, one)
    return True


def _report(teller: Teller, organisation: Organisation, one: SampleReport) -> None:
    by: dict[str, Any] = {"organisation": organisation, "user": teller.consultant}
    subject = Subject(By(one.by), one.last_day, one.segment or EVERYBODY)
    now = teller.at(one.written_on)
    report = draft_report(**by, subject=subject, now=now)
    for block in blocks_of(report):
        place = block.section if block.kind == TEXT else block.kind
        if block.kind in WORDS and place in one.texts:
            save_text(
                block_id=block.id, report_id=report.pk, text=one.texts[place], version=block.version,
                user=teller.consultant, now=now,
            )  # fmt: skip
    if not one.is_published:
        return
    version = publish_report(**by, report_id=report.pk, now=now)
    if one.shared_with:
        # A link runs out by the real clock, whatever day the sample stands at.
        share_version(
            **by, report_id=report.pk, number=version.number, days=90, whom=one.shared_with, now=timezone.now()
        )
