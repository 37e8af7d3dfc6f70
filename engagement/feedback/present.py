"""Feedback, themes and figures of the market as pages print them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.feedback.models import Kind, Theme, Tone
from engagement.feedback.types import ItemLine, MonthCounts, ThemeCount, ThemeCounts, ThemeName, ToneCounts
from engagement.insights.terms import Terms
from engagement.look.charts import ChartTable, TrendChart, TrendMark
from engagement.look.components import Fact
from engagement.look.dates import day_text, instant_text, month_text, short_date_text, short_month_text
from engagement.look.numbers import count_text, decimal_text, share_text

MONTHS_SHOWN: Final = 12
_SHORTENED: Final = 220


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One piece of feedback in a list."""

    id: UUID
    day: str
    text: str
    kind: str
    tone: str
    judged_by: str
    themes: tuple[ThemeName, ...]
    customer: str
    customer_number: int | None
    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRow:
    """One theme in a list, with what was said of it."""

    number: int
    name: str
    state: str
    n: str
    share: str
    negative: str
    negative_share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was said over a span of months."""

    heading: str
    standfirst: str
    facts: tuple[Fact, ...]
    chart: TrendChart | None
    chart_heading: str
    chart_caption: str
    months: ChartTable
    themes: tuple[ThemeRow, ...]
    without_theme: str
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One piece of feedback with how it was judged."""

    row: ItemRow
    text: str
    facts: tuple[Fact, ...]
    how: str  # in a sentence
    correction: str


def first_month(today: date, *, months: int = MONTHS_SHOWN) -> date:
    """The first day of the earliest month of so many that end with the running one.

    Example: first_month(date(2026, 3, 2)) == date(2025, 4, 1).
    """
    at = today.year * 12 + today.month - months
    return date(at // 12, at % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """The first day of each month from the first one to that of the last day."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


# ── the summary ──────────────────────────────────────────────────────────────────────────────────────────────


def summary(counts: ThemeCounts, *, kinds: Mapping[str, int], terms: Terms) -> Summary:
    """The page's figures and words. Shares stand where as many were judged as numbers may rest on."""
    chart = _chart(counts, terms)
    return Summary(
        heading=_heading(counts, terms),
        standfirst=_standfirst(counts, terms),
        facts=_kinds(kinds, terms),
        chart=chart,
        chart_heading=_chart_heading(counts, terms),
        chart_caption=_("Of what was judged in each month, by a word list and not by a person unless corrected.")
        + (f" {chart.scale_note}" if chart else ""),
        months=_months_table(counts, terms),
        themes=tuple(theme_row(one, terms=terms) for one in counts.themes),
        without_theme=count_text(counts.without_theme, locale=terms.locale),
        span=_span(counts, terms),
    )  # fmt: skip


def _kinds(kinds: Mapping[str, int], terms: Terms) -> tuple[Fact, ...]:
    counted = ((kind, n) for kind in Kind if (n := kinds.get(kind)))
    return tuple(Fact(name=str(kind.label), value=count_text(n, locale=terms.locale)) for kind, n in counted)


def _span(counts: ThemeCounts, terms: Terms) -> str:
    first, last = (month_text(day, locale=terms.locale) for day in (counts.first_day, counts.last_day))
    return _("{first} to {last}").format(first=first, last=last)


def _heading(counts: ThemeCounts, terms: Terms) -> str:
    share = share_known(counts.tones, terms)
    if share is None:
        said = ngettext("One piece of feedback in twelve months", "{n} pieces of feedback in twelve months", counts.n)
        return said.format(n=count_text(counts.n, locale=terms.locale))
    said = _("{share} of feedback sounds negative: {part} of {n} judged")
    return said.format(
        share=share_text(share, places=0, locale=terms.locale),
        part=count_text(counts.tones.negative, locale=terms.locale),
        n=count_text(counts.tones.judged, locale=terms.locale),
    )


def _standfirst(counts: ThemeCounts, terms: Terms) -> str:
    said = [_("How it sounds was judged by a word list, not by a person, unless somebody corrected it.")]
    if counts.tones.unjudged:
        text = ngettext("One is not judged.", "{n} are not judged: the list knows English only.", counts.tones.unjudged)
        said.append(text.format(n=count_text(counts.tones.unjudged, locale=terms.locale)))
    if counts.themes and counts.themes[0].tones.n:
        said.append(_("Most of it is about “{theme}”.").format(theme=counts.themes[0].name))
    return " ".join(said)


def share_known(tones: ToneCounts, terms: Terms) -> Fraction | None:
    """The negative share, where enough were judged for a number to rest on."""
    return tones.negative_share if tones.judged >= max(terms.minimum_n, 1) else None


def _chart(counts: ThemeCounts, terms: Terms) -> TrendChart | None:
    """The negative share month by month; None where fewer than two months have enough for one."""
    by_month = {one.month: one.tones for one in counts.months}
    marks = tuple(
        TrendMark(
            as_of=month,
            label=short_month_text(month, locale=terms.locale),
            full_label=month_text(month, locale=terms.locale),
            value=None if (share := share_known(by_month.get(month, ToneCounts()), terms)) is None else share * 100,
            finished=(month + timedelta(days=31)).replace(day=1) <= counts.last_day,
            note=_of(by_month.get(month, ToneCounts()), terms),
        )
        for month in months_between(counts.first_day, counts.last_day)
    )
    if sum(mark.value is not None for mark in marks) < 2:  # noqa: PLR2004  a line has two ends
        return None
    return TrendChart(
        measure=_("Negative, %"),
        measured=_("negative share in %"),
        marks=marks,
        note_name=_("Negative of judged"),
        locale=terms.locale,
    )


def _of(tones: ToneCounts, terms: Terms) -> str:
    part, whole = (count_text(n, locale=terms.locale) for n in (tones.negative, tones.judged))
    return _("{part} of {whole}").format(part=part, whole=whole)


def _chart_heading(counts: ThemeCounts, terms: Terms) -> str:
    """The two ends of the finished months in words."""
    known = [
        (one.month, share)
        for one in counts.months
        if (share := share_known(one.tones, terms)) is not None
        and (one.month + timedelta(days=31)).replace(day=1) <= counts.last_day
    ]
    if len(known) < 2:  # noqa: PLR2004  a change has two ends
        return _("How feedback sounds, by month")
    (first, before), (last, after) = known[0], known[-1]
    said = _("Negative share: {before} in {first}, {after} in {last}")
    return said.format(
        first=month_text(first, locale=terms.locale),
        last=month_text(last, locale=terms.locale),
        before=share_text(before, places=0, locale=terms.locale),
        after=share_text(after, places=0, locale=terms.locale),
    )


def _months_table(counts: ThemeCounts, terms: Terms) -> ChartTable:
    rows = tuple(
        (month_text(one.month, locale=terms.locale), *_cells(one), _share_cell(one.tones, terms))
        for one in reversed(counts.months)
    )
    header = (_("Month"), _("All"), *tone_names(), _("Negative share"))
    return ChartTable(header=header, rows=rows)


def _cells(one: MonthCounts) -> tuple[int, int, int, int, int]:
    return one.tones.n, one.tones.negative, one.tones.neutral, one.tones.positive, one.tones.unjudged


def _share_cell(tones: ToneCounts, terms: Terms) -> str:
    share = share_known(tones, terms)
    return _("too few") if share is None else share_text(share, locale=terms.locale)


def tone_names() -> tuple[str, ...]:
    """Heads of columns, in the order of ToneCounts."""
    return _("Negative"), _("Mixed or neutral"), _("Positive"), _("Not judged")


def theme_row(count: ThemeCount, *, terms: Terms) -> ThemeRow:
    return ThemeRow(
        number=count.number,
        name=count.name,
        state=str(Theme.State(count.state).label),
        n=count_text(count.tones.n, locale=terms.locale),
        share=share_text(count.share, locale=terms.locale),
        negative=_of(count.tones, terms),
        negative_share=_share_cell(count.tones, terms),
    )


# ── single ones ──────────────────────────────────────────────────────────────────────────────────────────────


def item_rows(lines: Iterable[ItemLine], *, terms: Terms) -> list[ItemRow]:
    return [item_row(line, terms=terms) for line in lines]


def item_row(line: ItemLine, *, terms: Terms) -> ItemRow:
    text = " ".join(line.text.split())
    return ItemRow(
        id=line.id,
        day=short_date_text(line.day, locale=terms.locale),
        text=text if len(text) <= _SHORTENED else f"{text[:_SHORTENED].rstrip()}…",
        kind=str(Kind(line.kind).label),
        tone=str(Tone(line.tone).label),
        judged_by=_judged_by(line) if line.corrected else "",
        themes=line.themes,
        customer=line.customer,
        customer_number=line.customer_number,
        segment=line.segment_name,
    )


def _judged_by(line: ItemLine) -> str:
    if line.corrected:
        return _("by a person")
    return "" if line.tone == Tone.UNJUDGED else _("by a word list, not by a person")


def item_page(line: ItemLine, *, terms: Terms) -> ItemPage:
    facts = [
        Fact(name=_("Day"), value=day_text(line.day, locale=terms.locale)),
        Fact(name=_("Kind"), value=str(Kind(line.kind).label)),
        Fact(name=_("Where it is from"), value=line.source, base=line.source_id),
        Fact(name=_("Language"), value=line.language or _("not known")),
        Fact(name=_("Entered"), value=instant_text(line.entered_at, zone=terms.zone, locale=terms.locale),
             base=line.entered_by),
    ]  # fmt: skip
    return ItemPage(
        row=item_row(line, terms=terms),
        text=line.text,
        facts=tuple(facts),
        how=_how(line, terms),
        correction=_correction(line, terms),
    )


def _how(line: ItemLine, terms: Terms) -> str:
    """What the word list said, and of which one and how clearly; or why it was not asked."""
    if line.judged == Tone.UNJUDGED:
        if line.unjudged_because == "words":
            return _("The word list was not asked: too few of its words are English.")
        return _("The word list was not asked: it knows English only, and this is given as another language or none.")
    said = _(
        "A word list, not a person, calls it {tone}: {compound} on a scale from −1 to 1; ±0.05 is the line ({model})."
    )
    return said.format(
        tone=Tone(line.judged).label,
        compound=decimal_text(line.compound, places=2, locale=terms.locale),
        model=line.model,
    )


def _correction(line: ItemLine, terms: Terms) -> str:
    if not line.corrected or line.corrected_at is None:
        return ""
    said = _("{person} called it {tone}, {instant}. That is what counts.")
    return said.format(
        person=line.corrected_by or _("Somebody whose account is gone"),
        tone=Tone(line.corrected).label,
        instant=instant_text(line.corrected_at, zone=terms.zone, locale=terms.locale),
    )


FILE_HEADER: Final = (
    "Day", "Kind", "Text", "Language", "Customer", "Segment", "Source", "Id", "Sounds", "Judged by", "Compound",
    "Themes",
)  # fmt: skip


def file_row(line: ItemLine) -> Sequence[str]:
    """One piece of feedback in a file, in the order of the header."""
    return (
        line.day.isoformat(), line.kind, line.text, line.language, line.customer, line.segment_key, line.source,
        line.source_id, line.tone, "person" if line.corrected else line.model,
        "" if line.compound is None else f"{line.compound:.4f}", "; ".join(theme.name for theme in line.themes),
    )  # fmt: skip


def themes_table(counts: ThemeCounts) -> ChartTable:
    """Themes by month and tone, for a file; each piece of feedback counts under each of its themes."""
    rows = tuple(
        (one.name, month.month.isoformat()[:7], *_cells(month)) for one in counts.themes for month in one.months
    )
    return ChartTable(
        header=("Theme", "Month", "All", "Negative", "Mixed or neutral", "Positive", "Not judged"), rows=rows
    )
