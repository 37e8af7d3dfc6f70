"""Who a customer is: for whom they count, who counts for them, and who was taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.ingest.types import IdentityLine, IdentityStanding, Related
from engagement.insights.terms import Terms
from engagement.look.dates import instant_text
from engagement.look.numbers import count_text
from engagement.scorecards.words.findings import short_name


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRow:
    """Somebody on the other side of a merge."""

    number: int
    name: str
    kind: str
    since: str  # of the latest change; "" before there was a record
    how: str  # by whom, or by which event
    reason: str
    filled: str  # the names of the traits that the customer has from them; "" for none
    counts_for: int | None  # the number of whoever they count for now


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPanel:
    """The section of the page; `more` says how many are not listed."""

    number: int
    counts_for: IdentityRow | None
    merged: tuple[IdentityRow, ...]
    more_merged: str
    apart: tuple[IdentityRow, ...]
    more_apart: str
    apart_from: tuple[IdentityRow, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.counts_for or self.merged or self.apart or self.apart_from)


def identity_panel(*, standing: IdentityStanding, terms: Terms) -> IdentityPanel:
    """What events and people said about who this is, as it is now."""
    return IdentityPanel(
        number=standing.number,
        counts_for=_row(standing.counts_for, terms) if standing.counts_for else None,
        merged=_rows(standing.merged, terms),
        more_merged=_more(standing.n_merged - len(standing.merged), terms),
        apart=_rows(standing.apart, terms),
        more_apart=_more(standing.n_apart - len(standing.apart), terms),
        apart_from=_rows(standing.apart_from, terms),
    )


def _rows(related: Sequence[Related], terms: Terms) -> tuple[IdentityRow, ...]:
    return tuple(_row(one, terms) for one in related)


def _row(one: Related, terms: Terms) -> IdentityRow:
    change = one.change
    return IdentityRow(
        number=one.number,
        name=short_name(one.external_id),
        kind=_("customer") if one.identified else _("anonymous visitor"),
        since=instant_text(change.changed_at, zone=terms.zone, locale=terms.locale) if change else "",
        how=_how(change),
        reason=change.reason if change else "",
        filled=", ".join(short_name(name) for name in change.filled) if change else "",
        counts_for=one.counts_for,
    )


def _how(change: IdentityLine | None) -> str:
    """Example: "Ada Miller", "an event, message 7f3a"."""
    if change is None:
        return _("before this was kept on record")
    if change.by:
        return change.by
    if change.source_id is None:
        return _("somebody who has no account any more")
    if not change.message_id:
        return _("an event")
    return _("an event, message {id}").format(id=short_name(change.message_id))


def _more(rest: int, terms: Terms) -> str:
    if rest <= 0:
        return ""
    said = ngettext("And {n} more: the API lists them all.", "And {n} more: the API lists them all.", rest)
    return said.format(n=count_text(rest, locale=terms.locale))
