"""Segments that are sent to lists as they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from engagement.connections.models import Connection, ListPush
from engagement.connections.selectors.lists import LIST_KIND, ListPreview
from engagement.insights.note_types import segment_name
from engagement.look.dates import short_date_text
from engagement.look.locales import spoken
from engagement.look.numbers import count_text
from engagement.retelling import retold
from engagement.scoring.models import ScoreRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One segment and the list it is sent to."""

    id: UUID
    segment_key: str
    segment: str
    list_name: str
    list_id: str
    sent: str
    counts: str
    state: str
    is_well: bool
    error: str
    may_send: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFacts:
    """Who would be sent, said before it begins."""

    segment_key: str
    segment: str
    members: str
    kept: str
    unknown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLink:
    """A list that a segment is sent to, and the page about it, which is that of its connection."""

    connection_id: str
    list_name: str


def list_links(rows: Iterable[Mapping[str, Any]]) -> tuple[ListLink, ...]:
    """Those among rows of `selectors.lists.list_rows` and others, by name."""
    found = [row["content"] for row in rows if row["kind"] == LIST_KIND]
    named = sorted((_name(one["list_name"], one["list_id"]), one["connection"]) for one in found)
    return tuple(ListLink(connection_id=connection_id, list_name=name) for name, connection_id in named)


def list_row(push: ListPush) -> ListRow:
    is_well = push.state == Connection.State.READY and not push.error
    return ListRow(
        id=push.pk,
        segment_key=push.segment.key,
        segment=segment_name(key=push.segment.key, name=push.segment.name),
        list_name=_name(push.list_name, push.list_id),
        list_id=push.list_id,
        sent=_run(push.run) if push.run else pgettext("run", "none yet"),
        counts=_counts(push),
        state=_state(push),
        is_well=is_well,
        error=retold(push.error),
        may_send=push.connection.paused_at is None and push.segment.archived_at is None,
    )


def preview_facts(found: ListPreview) -> PreviewFacts:
    """Unknown is said as such, never as none."""
    unknown, left = _("not known yet"), None
    if found.members is not None and found.kept is not None:
        left = found.members - found.kept
    return PreviewFacts(
        segment_key=found.segment.key,
        segment=segment_name(key=found.segment.key, name=found.segment.name),
        members=unknown if found.members is None else _count(found.members),
        kept=unknown if found.kept is None else _count(found.kept),
        unknown=unknown if left is None else _count(left),
    )


def _name(name: str, list_id: str) -> str:
    return name or _("list {number}").format(number=list_id)


def _state(push: ListPush) -> str:
    if push.segment.archived_at is not None:
        return _("ends: the segment is archived")
    if push.connection.paused_at is not None:
        return _("rests: the connection is paused")
    if push.state != Connection.State.READY:
        return str(Connection.State(push.state).label)
    if push.error:
        return _("Trying again")
    if push.begun is not None:
        return _("sends {run}").format(run=_run(push.begun))
    return _("waits for a finished run") if push.run is None or push.wants_all else _("up to date")


def _run(run: ScoreRun) -> str:
    day = short_date_text(run.as_of, locale=spoken())
    return _("run {number} of {day}").format(number=run.number, day=day)


def _counts(push: ListPush) -> str:
    """Of the set that was sent whole last, and who had no contact after it."""
    if push.put_in is None or push.taken_out is None or push.without is None:
        return _("not known yet")
    said = (
        ngettext("{n} put in", "{n} put in", push.put_in).format(n=_count(push.put_in)),
        ngettext("{n} taken out", "{n} taken out", push.taken_out).format(n=_count(push.taken_out)),
        ngettext("{n} without a contact", "{n} without a contact", push.without).format(n=_count(push.without)),
    )
    return ", ".join(said)


def _count(number: int) -> str:
    return count_text(number, locale=spoken())
