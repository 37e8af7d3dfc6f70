"""What the pages about weights say: numbers beside each other, and a sentence about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import ceil, floor

from django import forms
from django.utils.translation import gettext as _

from engagement.look.bands import Bands
from engagement.look.charts import Histogram
from engagement.look.exact import round_parts, units
from engagement.scoring.forms.weights import SOURCE_NAMES, DraftForm
from engagement.scoring.types import DraftPreview, FullPointsSuggestion, Level, WeightLine, WeightSetView
from engagement.scoring.views import reader as numbers
from tenants.models import Organisation
from tenants.selectors import band_names, threshold

_LONGEST_HEADLINE = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One figure under the set in force and under the draft, as text; the change is that of the printed numbers."""

    key: str  # "score", "points", or a band's code
    name: str
    band: str  # a band's code, "" for a figure that is none
    now: str
    draft: str
    change: str
    is_same: bool
    is_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """One action in the editor, or read only. `was` is its weight in the set in force where that is another."""

    line: WeightLine
    weight: forms.BoundField | None
    cap: forms.BoundField | None
    was: str
    weight_now: Decimal | None  # in the set in force
    occurrences: Fraction | None
    points_per_customer: Decimal | None
    is_waiting: bool  # its events are being counted


@dataclass(frozen=True, slots=True)
class WeightTotal:
    """All actions together; the printed parts add up to it."""

    occurrences: Fraction
    points_per_customer: Decimal | None


@dataclass(frozen=True, slots=True)
class ChannelRows:
    """The actions of one channel; `said` is what they give together, and their share of all points on both sides."""

    key: str
    name: str
    said: str
    rows: tuple[WeightRow, ...]


@dataclass(frozen=True, slots=True)
class SliderRange:
    """`step` is a tenth where a weight is no whole number: the knob then stands where the number does."""

    low: int
    high: int
    step: str
    label: str


def bands_of(organisation: Organisation) -> Bands:
    """The organisation's bands as the look layer takes them."""
    names = band_names(organisation)
    return Bands(
        good=threshold(organisation.band_good_thousandths),
        excellent=threshold(organisation.band_excellent_thousandths),
        names=(names["poor"], names["good"], names["excellent"]),
    )


def weight_rows(
    *, draft: WeightSetView, published: WeightSetView | None, preview: DraftPreview | None, form: DraftForm | None
) -> tuple[WeightRow, ...]:
    """The draft's actions in their order, with what each gives."""
    before = {line.key: line for line in published.weights} if published else {}
    parts = {part.key: part for part in preview.parts} if preview else {}
    printed = _printed_parts(preview)
    return tuple(
        WeightRow(
            line=line,
            weight=form[f"weight_{line.key}"] if form else None,
            cap=form[f"cap_{line.key}"] if form else None,
            was=_was(before.get(line.key), line) if published else "",
            weight_now=before[line.key].weight if line.key in before else None,
            occurrences=parts[line.key].occurrences if line.key in parts else None,
            points_per_customer=printed.get(line.key),
            is_waiting=bool(parts) and line.key not in parts,
        )
        for line in draft.weights
    )


def channels(*, rows: Sequence[WeightRow], preview: DraftPreview | None) -> tuple[ChannelRows, ...]:
    """The rows by channel, in their order, each with what the channel gives."""
    now = dict(preview.points_now) if preview else {}
    all_now = _sum_above_zero(now.values())
    all_draft = _sum_above_zero([row.points_per_customer or Fraction(0) for row in rows])
    found = []
    for (key, name), group in groupby(rows, key=lambda row: (row.line.channel, row.line.channel_name)):
        of_channel = tuple(group)
        known = [row.points_per_customer for row in of_channel if row.points_per_customer is not None]
        said = ""
        if known:
            points = sum(known, Decimal(0))
            then = _share(sum((now.get(row.line.key, Fraction(0)) for row in of_channel), Fraction(0)), all_now)
            said = _channel_words(points, share=_share(points, all_draft), then=then)
        found.append(ChannelRows(key, name, said, of_channel))
    return tuple(found)


def _channel_words(points: Decimal, *, share: str, then: str) -> str:
    given = numbers.per_customer_text(points)
    if share and then:
        return _("{points} per customer, {share} of all points, {then} now").format(
            points=given, share=share, then=then
        )
    if share:
        return _("{points} per customer, {share} of all points").format(points=given, share=share)
    return _("{points} per customer").format(points=given)


def _sum_above_zero(values: Iterable[Decimal | Fraction]) -> Fraction:
    """All together; 0 where one is below 0, for then shares of the whole say nothing."""
    found = [Fraction(value) for value in values]
    return sum(found, Fraction(0)) if all(value >= 0 for value in found) else Fraction(0)


def _share(part: Decimal | Fraction, whole: Fraction) -> str:
    return numbers.share_text(Fraction(part) / whole) if whole else ""


def weight_total(preview: DraftPreview | None) -> WeightTotal | None:
    """The sum of the rows; None where nothing is known of them."""
    if preview is None or not preview.parts:
        return None
    printed = _printed_parts(preview)
    return WeightTotal(
        occurrences=sum((part.occurrences for part in preview.parts), Fraction(0)),
        points_per_customer=sum(printed.values(), Decimal(0)) if printed else None,
    )


def _printed_parts(preview: DraftPreview | None) -> dict[str, Decimal]:
    """Points per customer by action with two decimals, which add up; empty where there are no numbers."""
    found = {part.key: part.points_per_customer for part in preview.parts} if preview else {}
    values = [value for value in found.values() if value is not None]
    return dict(zip(found, round_parts(values, places=2), strict=True)) if values else {}


def _was(before: WeightLine | None, line: WeightLine) -> str:
    if before is None:
        return _("new")
    parts = []
    if before.weight != line.weight:
        parts.append(_("was {weight}").format(weight=weight_text(before.weight)))
    if before.cap != line.cap:
        cap = numbers.count_text(before.cap)
        parts.append(_("had no cap") if before.cap is None else _("cap was {cap}").format(cap=cap))
    return ", ".join(parts)


def weight_text(value: Decimal) -> str:
    """A weight or full points, with the decimals it has."""
    return numbers.short_text(value, most=3)


def preview_rows(*, preview: DraftPreview, bands: Bands) -> tuple[PreviewRow, ...]:
    """Score, points per customer and customers per band, now and with the draft; empty without a level of the draft."""
    now, draft = preview.now, preview.draft
    if draft is None:
        return ()
    rows = [_score_row(now, draft, bands), _per_customer_row(now, draft)]
    for code, name in (("excellent", bands.names[2]), ("good", bands.names[1]), ("poor", bands.names[0])):
        before, after = (None if now is None else int(getattr(now, code))), int(getattr(draft, code))
        change = None if before is None else after - before
        rows.append(
            PreviewRow(
                key=code,
                name=name,
                band=code,
                now=numbers.count_text(before),
                draft=numbers.count_text(after),
                change=numbers.delta_text(change, places=0),
                is_same=change == 0,
            )
        )
    return tuple(rows)


def _score_row(now: Level | None, draft: Level, bands: Bands) -> PreviewRow:
    change = _printed_change(now.score if now else None, draft.score)
    return PreviewRow(
        key="score",
        name=_("Score"),
        band="",
        now=numbers.score_text(now.score if now else None, places=2, bands=bands),
        draft=numbers.score_text(draft.score, places=2, bands=bands),
        change=numbers.delta_text(change),
        is_same=change == 0,
        is_lead=True,
    )


def _per_customer_row(now: Level | None, draft: Level) -> PreviewRow:
    before = now.points_per_customer if now else None
    change = _printed_change(before, draft.points_per_customer)
    return PreviewRow(
        key="points",
        name=_("Points per customer"),
        band="",
        now=numbers.per_customer_text(before),
        draft=numbers.per_customer_text(draft.points_per_customer),
        change=numbers.delta_text(change),
        is_same=change == 0,
    )


def _printed_change(before: Fraction | None, after: Fraction | None) -> Fraction | None:
    """The difference of the two as they are printed, so that the row adds up."""
    if before is None or after is None:
        return None
    return Fraction(units(after, places=2) - units(before, places=2), 100)


def headline(*, draft: WeightSetView, published: WeightSetView | None, preview: DraftPreview | None) -> str:
    """The finding of the draft's page: what changed, and what that would do to the score."""
    now = preview.now.score if preview and preview.now else None
    after = preview.draft.score if preview and preview.draft else None
    if after is None:
        why = (preview.reason.rstrip(".") or _("its figures are being counted")) if preview else _("not computed")
        return _("Weight set {number} is a draft: {why}").format(number=draft.number, why=why)
    score = numbers.score_text(after, places=2)
    if now is None:
        return _("Set {number} would give a score of {score}").format(number=draft.number, score=score)
    change = _printed_change(now, after) or Fraction(0)
    said = {"subject": _what_changed(draft, published), "size": numbers.decimal_text(abs(change), places=2)}
    if not change:
        return _("{subject} would leave the score at {score}").format(**said, score=score)
    if change > 0:
        return _("{subject} would lift the score by {size}").format(**said)
    return _("{subject} would lower the score by {size}").format(**said)


def _what_changed(draft: WeightSetView, published: WeightSetView | None) -> str:
    """The one weight that changed ("Coupon 8 → 16"), else the number of the set; new actions worth 0 change nothing."""
    before = {line.key: line for line in published.weights} if published else {}
    known = [line for line in draft.weights if line.key in before or line.weight]
    changed = [line for line in known if line.key not in before or before[line.key].weight != line.weight]
    whole = _("Set {number}").format(number=draft.number)
    keys = {line.key for line in known}
    if published is None or len(changed) != 1 or _otherwise(published, keys) != _otherwise(draft, keys):
        return whole
    if changed[0].key not in before:
        return whole
    line = changed[0]
    words = f"{line.name} {weight_text(before[line.key].weight)} → {weight_text(line.weight)}"
    return words if len(words) <= _LONGEST_HEADLINE // 2 else whole


def _otherwise(view: WeightSetView, keys: set[str]) -> tuple[object, ...]:
    """What a set says besides the weights of these actions: own weights of segments too."""
    caps = tuple(sorted((line.key, line.cap or 0) for line in view.weights if line.key in keys))
    own = tuple(
        (
            one.segment_key,
            one.full_points,
            tuple((line.key, line.weight, line.cap) for line in one.weights if line.key in keys),
        )
        for one in view.overrides
    )
    return view.window_days, view.half_life_days, view.full_points, caps, own


def slider_range(*, draft: WeightSetView) -> SliderRange:
    """Where the sliders of all actions begin and end: −5 to 20, wider where a weight lies outside.

    One range for all, so that the knobs can be compared.
    """
    weights = [line.weight for line in draft.weights] or [Decimal(0)]
    low, high = min(-5, floor(2 * min(weights))), max(20, ceil(2 * max(weights)))
    step = "1" if all(weight == weight.to_integral_value() for weight in weights) else "0.1"
    return SliderRange(low, high, step, numbers.range_text(low, high))


def full_points_rows(*, preview: DraftPreview | None, bands: Bands) -> tuple[tuple[str, str, str], ...]:
    """What each choice of full points gives: its name, the number, and the total score with the draft's weights."""
    if preview is None:
        return ()
    names = {**SOURCE_NAMES, "now": _("In force now"), "draft": _("This draft")}
    return tuple(
        (names[one.source], weight_text(one.full_points), numbers.score_text(one.score, places=2, bands=bands))
        for one in preview.choices
    )


def points_chart(*, draft: WeightSetView, suggestion: FullPointsSuggestion) -> Histogram:
    """Customers by points under the draft's weights, with the line of full points and the median of the active."""
    return Histogram(
        counts=suggestion.histogram.counts,
        bin_width=suggestion.histogram.bin_width,
        whole_numbers=suggestion.histogram.whole_numbers,
        full_points=draft.full_points,
        median=suggestion.median,
    )
