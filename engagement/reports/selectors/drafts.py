"""Reads of drafts, their blocks and the texts that these have had."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.calendars import By
from engagement.insights.note_types import EVERYBODY
from engagement.insights.selectors.periods import scored_ends
from engagement.reports.assembly import LAYOUT
from engagement.reports.models import Block, BlockText, Report, ReportVersion
from engagement.reports.types import BlockLine, Subject

_PLACES = {place: at for at, place in enumerate(LAYOUT)}


def reports() -> QuerySet[Report]:
    """All reports, the latest first, each with the number of its last version (None: never published)."""
    last = ReportVersion.objects.filter(report=OuterRef("pk")).order_by("-number").values("number")[:1]
    found = Report.objects.select_related("segment").annotate(latest=Subquery(last))
    return found.order_by("-created_at", "-number")


def report(*, report_id: UUID) -> Report:
    """One report; raises NotFoundError."""
    found = reports().filter(pk=report_id).first()
    if found is None:
        raise NotFoundError(_("There is no such report."))
    return found


def subject_of(report: Report) -> Subject:
    """What a report is about."""
    return Subject(By(report.by), report.last_day, report.segment.key if report.segment else EVERYBODY)


def blocks_of(report: Report) -> tuple[BlockLine, ...]:
    """The blocks of a draft in the order in which a report is read."""
    rows = sorted(report.blocks.all(), key=lambda row: row.position)
    return tuple(block_line(row) for row in rows if (row.section, row.kind) in _PLACES)


def block_line(row: Block) -> BlockLine:
    """A block as it stands."""
    return BlockLine(row.pk, row.section, row.kind, row.text, row.version, row.is_hidden)


def block(*, report: Report, block_id: UUID) -> Block:
    """One block of a draft; raises NotFoundError."""
    found = Block.objects.filter(report=report, pk=block_id).first()
    if found is None:
        raise NotFoundError(_("There is no such part of the report."))
    return found


def texts_of(block: Block) -> QuerySet[BlockText]:
    """The texts that a block has had, the latest first."""
    return block.texts.select_related("written_by").order_by("-version")


def ends_to_report(*, today: date) -> tuple[tuple[By, date], ...]:
    """The finished months and quarters that have been scored, the latest first of each."""
    return tuple((by, day) for by in (By.MONTH, By.QUARTER) for day in scored_ends(today=today, by=by)[:24])
