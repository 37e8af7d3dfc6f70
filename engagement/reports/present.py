"""Lists of reports, blocks and links as they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.calendars import By, period_name
from engagement.insights.note_types import EVERYBODY_NAME
from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.dates import instant_text
from engagement.reports.assembly import kind_names, section_names
from engagement.reports.document import Json
from engagement.reports.models import BlockText, Report, ReportVersion, ShareLink
from engagement.reports.types import SECTIONS, BlockLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report in a list."""

    id: UUID
    number: int
    period: str
    about: str
    latest: int | None  # None: never published
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """One block in the editor; a text has its words, figures have what they would show."""

    id: UUID
    name: str
    text: str
    version: int
    is_words: bool
    is_hidden: bool
    hint: str
    piece: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRows:
    key: str
    name: str
    blocks: tuple[BlockRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A text that a block has had."""

    version: int
    text: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link in the list; `state` says whether it opens."""

    id: UUID
    whom: str
    version: int
    state: str
    is_open: bool
    ends: str
    opened: str
    said: str


def report_row(report: Any, *, terms: Terms) -> ReportRow:
    """A report with the number of its last version."""
    return ReportRow(
        id=report.pk,
        number=report.number,
        period=period_name(report.last_day, by=By(report.by)),
        about=about(report),
        latest=report.latest,
        since=instant_text(report.created_at, zone=terms.zone, locale=terms.locale),
    )


def about(report: Report) -> str:
    """Whom a report is about."""
    return report.segment.name if report.segment else _(EVERYBODY_NAME)


def section_rows(blocks: Sequence[BlockLine], document: Json | None) -> tuple[SectionRows, ...]:
    """The blocks of a draft by section, each with what it would show; hidden ones show their name.

    Without a document, where the period is not scored, there are texts only.
    """
    names, kinds = section_names(), kind_names()
    document = document or {"sections": [], "headline": "", "lead": ""}
    shown = {
        block["kind"]: block["piece"]
        for section in document["sections"]
        for block in section["blocks"]
        if "piece" in block
    }
    hints = {"title": document["headline"], "lead": document["lead"]}
    return tuple(
        SectionRows(
            key=key,
            name=names[key] or _("Head of the report"),
            blocks=tuple(
                BlockRow(
                    id=block.id, name=kinds[block.kind], text=block.text, version=block.version,
                    is_words=block.is_words, is_hidden=block.is_hidden, piece=shown.get(block.kind),
                    hint=hints.get(block.kind, ""),
                )
                for block in blocks if block.section == key
            ),
        )
        for key in SECTIONS
    )  # fmt: skip


def text_rows(texts: Iterable[BlockText], *, terms: Terms) -> tuple[TextRow, ...]:
    """The texts of a block, the latest first."""
    return tuple(
        TextRow(version=one.version, text=one.text, said=_by(one.written_by, one.written_at, terms)) for one in texts
    )


def version_rows(versions: Iterable[ReportVersion], *, terms: Terms) -> tuple[dict[str, Any], ...]:
    """Published versions, the latest first."""
    return tuple(
        {"number": one.number, "sha256": one.sha256, "said": _by(one.published_by, one.published_at, terms)}
        for one in versions
    )


def link_rows(links: Iterable[ShareLink], *, now: datetime, terms: Terms) -> tuple[LinkRow, ...]:
    """Links with whether they open, and how often they did."""
    return tuple(
        LinkRow(
            id=one.pk,
            whom=one.whom or "–",
            version=one.version.number,
            state=_("revoked") if one.revoked_at else _("has run out") if one.expires_at <= now else _("opens"),
            is_open=one.revoked_at is None and one.expires_at > now,
            ends=instant_text(one.expires_at, zone=terms.zone, locale=terms.locale),
            opened=str(one.opened),
            said=_by(one.created_by, one.created_at, terms),
        )
        for one in links
    )


def _by(user: Any, at: datetime, terms: Terms) -> str:
    when = instant_text(at, zone=terms.zone, locale=terms.locale)
    return _("{who}, {when}").format(who=user.name if user else nobody(), when=when)


def list_heading(rows: Sequence[ReportRow]) -> str:
    """How many reports there are, in one sentence."""
    drafts = sum(row.latest is None for row in rows)
    if not rows:
        return _("No report has been written yet")
    if not drafts:
        return _("Every report is published")
    said = ngettext(
        "{drafts} of {all} reports is not published yet", "{drafts} of {all} reports are not published yet", drafts
    )
    return said.format(drafts=drafts, all=len(rows))
