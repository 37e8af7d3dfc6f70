"""Cards and entries as pages print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagement.guidance.evidence.measures import standing_of
from engagement.guidance.evidence.speaking import evidence_for
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.markdown import html_of
from engagement.guidance.measures import ATTRIBUTE_NAMES, BY_KEY, MEASURES, OBJECTIVES, Horizon
from engagement.guidance.selectors import entries_of, found
from engagement.guidance.texts import files
from engagement.guidance.types import FIRMS, OWN, Card, Entry, Evidence, MeasureStanding, Version
from engagement.insights.terms import terms_of
from engagement.look.dates import instant_text
from tenants.models import Organisation

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link to a card or an entry."""

    name: str
    url: str
    short: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One attribute of a card."""

    key: str
    name: str
    html: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """A measure's card with the client's own figures."""

    key: str
    name: str
    finding: str
    short: str
    standing: MeasureStanding
    segment: str
    parts: tuple[Part, ...]
    related: tuple[Way, ...]
    entries: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """A question with its answer and what the client's data says to it."""

    key: str
    language: str
    question: str
    html: SafeString
    said: str
    evidence: tuple[Evidence, ...]
    measures: tuple[Way, ...]
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything there is to read, or what fits a question."""

    asked: str
    measures: tuple[Way, ...]
    companions: tuple[Way, ...]
    entries: tuple[Way, ...]
    hits: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What to look at over a span of time."""

    name: str
    leads: Way
    follow: tuple[Way, ...]
    rhythm: StrOrPromise
    why: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveRow:
    """An objective with its two spans."""

    key: str
    name: StrOrPromise
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A kept version in a list."""

    number: int
    said: str
    is_withdrawn: bool
    note: str


def _card_way(card: Card, slug: str, query: str = "") -> Way:
    url = f"{reverse('guidance-measure', args=[slug, card.key])}{query}"
    return Way(name=card.name, short=card.short, url=url)


def _entry_way(entry: Entry, slug: str, query: str = "") -> Way:
    url = f"{reverse('guidance-entry', args=[slug, entry.key])}{query}"
    return Way(name=entry.question, url=url, tag=source_tag(entry.source))


def source_tag(source: str) -> str:
    """Whose words an entry is, where they are not ours."""
    return {OWN: _("your own"), FIRMS: _("from your consultants")}.get(source, "")


def overview(*, organisation: Organisation, text: str) -> Overview:
    """The first page; with a question what fits it stands first."""
    language, slug = files.language_read(), organisation.slug
    entries = entries_of(organisation=organisation, language=language)
    cards = files.cards(language)
    hits = found(organisation=organisation, language=language, text=text) if text else ()
    by_key = {entry.key: entry for entry in entries}
    return Overview(
        asked=text,
        measures=tuple(_card_way(cards[one.key], slug) for one in MEASURES if not one.is_companion),
        companions=tuple(_card_way(cards[one.key], slug) for one in MEASURES if one.is_companion),
        entries=tuple(_entry_way(entry, slug) for entry in entries),
        hits=tuple(
            _entry_way(by_key[hit.key], slug) if hit.kind == "entry" else _card_way(cards[hit.key], slug)
            for hit in hits
        ),
    )


def card_page(*, organisation: Organisation, key: str, subject: Subject | None, query: str = "") -> CardPage:
    """A card; `query` keeps the segment in the links."""
    language, slug = files.language_read(), organisation.slug
    cards = files.cards(language)
    card, standing = cards[key], standing_of(key=key, subject=subject)
    entries = entries_of(organisation=organisation, language=language)
    return CardPage(
        key=key,
        name=card.name,
        finding=_card_finding(card, standing),
        short=card.short,
        standing=standing,
        segment=subject.segment_name if subject else "",
        parts=tuple(
            Part(key=section.key, name=str(ATTRIBUTE_NAMES[section.key]), html=html_of(section.text))
            for section in card.sections
        ),
        related=tuple(_card_way(cards[one], slug, query) for one in BY_KEY[key].related),
        entries=tuple(_entry_way(entry, slug, query) for entry in entries if key in entry.explains),
    )


def _card_finding(card: Card, standing: MeasureStanding) -> str:
    if not standing.value:
        return card.name
    if standing.band_code:
        return _("{measure}: {value}, {band}").format(measure=card.name, value=standing.value, band=standing.band)
    return _("{measure}: {value}").format(measure=card.name, value=standing.value)


def entry_page(*, organisation: Organisation, entry: Entry, subject: Subject | None, query: str = "") -> EntryPage:
    """An entry with evidence about what the reader may see."""
    cards = files.cards(files.language_read())
    return EntryPage(
        key=entry.key,
        language=entry.language,
        question=entry.question,
        html=html_of(entry.text),
        said=_said(entry, organisation),
        evidence=evidence_for(keys=entry.evidence, subject=subject),
        measures=tuple(_card_way(cards[key], organisation.slug, query) for key in entry.explains if key in cards),
        is_own=entry.source == OWN,
    )


def _said(entry: Entry, organisation: Organisation) -> str:
    """Whose words these are, and since when."""
    if entry.source not in {OWN, FIRMS} or entry.written_at is None:
        return ""
    zone, locale = organisation.zone, terms_of(organisation=organisation, run=None).locale
    when = instant_text(entry.written_at, zone=zone, locale=locale)
    if entry.source == FIRMS:
        said = _("Written by your consultants, version {number} of {when}.")
    elif entry.written_by:
        said = _("Your organisation’s own words, version {number} by {who}, {when}.")
    else:
        said = _("Your organisation’s own words, version {number} of {when}.")
    return said.format(number=entry.number, who=entry.written_by, when=when)


def objective_rows(*, slug: str) -> tuple[ObjectiveRow, ...]:
    """Which measure leads and which follow, by objective."""
    return tuple(
        ObjectiveRow(
            key=one.key,
            name=one.name,
            spans=(_span(_("Short term"), one.short_term, slug), _span(_("Long term"), one.long_term, slug)),
        )
        for one in OBJECTIVES
    )


def _span(name: str, horizon: Horizon, slug: str) -> Span:
    cards = files.cards(files.language_read())
    follow = tuple(_card_way(cards[key], slug) for key in horizon.follow)
    return Span(
        name=name, leads=_card_way(cards[horizon.leads], slug), follow=follow, rhythm=horizon.rhythm, why=horizon.why
    )


def version_rows(*, versions: tuple[Version, ...], organisation: Organisation) -> tuple[VersionRow, ...]:
    """Kept versions with who and when."""
    zone, locale = organisation.zone, terms_of(organisation=organisation, run=None).locale
    return tuple(
        VersionRow(
            number=one.number,
            said=", ".join(
                part for part in (one.written_by, instant_text(one.written_at, zone=zone, locale=locale)) if part
            ),
            is_withdrawn=one.is_withdrawn,
            note=one.note,
        )
        for one in versions
    )
