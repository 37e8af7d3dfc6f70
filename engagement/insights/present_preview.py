"""A draft's preview as it is printed: text only; every change is that of the printed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from engagement.insights.preview_words import order_sentence, reason_sentences
from engagement.insights.selectors.preview import TargetPreview, WholePreview
from engagement.insights.stored import said
from engagement.insights.terms import Terms
from engagement.look.bands import CODES
from engagement.look.exact import units
from engagement.look.numbers import count_text, delta_text, per_customer_text, points_text, short_text
from engagement.scoring.previewed import LevelOffer, Mover, SegmentPreview, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentText:
    """A segment now and under the draft; where no number may be shown, `reason` says why."""

    key: str
    name: str
    is_missing_data: bool
    reason: str
    now: str
    draft: str
    change: str
    is_same: bool
    points_change: str
    band_now: str
    band_draft: str
    moved: str  # "3 up, 1 down"


@dataclass(frozen=True, slots=True)
class SegmentSetText:
    name: str
    rows: tuple[SegmentText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetText:
    segment_key: str
    segment_name: str
    value: str
    now: str
    draft: str
    verdict: str
    is_moved: bool


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Customers of one band, by the band they would be in; `stay` marks where they stay."""

    code: str
    name: str
    cells: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverText:
    number: int
    name: str
    score: str
    change: str
    points: str
    bands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferText:
    """Full points that keep the level: `value` fills the field, "" where there is nothing to fill in."""

    value: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkText:
    sentence: str
    is_busy: bool
    may_ask: bool
    done: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewText:
    """Everything the panel prints."""

    sets: tuple[SegmentSetText, ...]
    targets: tuple[TargetText, ...]
    moves: tuple[MoveRow, ...]
    moved: str
    order: str
    reasons: tuple[str, ...]
    movers: tuple[MoverText, ...]
    offer: OfferText | None
    work: WorkText | None


def preview_text(*, preview: WholePreview, terms: Terms) -> PreviewText:
    """The preview in words and printed numbers."""
    draft = preview.draft
    everybody = draft.segments[0] if draft.segments else None
    return PreviewText(
        sets=_sets(draft.segments[1:], terms) if draft.now else (),
        targets=tuple(_target(target, terms) for target in preview.targets),
        moves=_moves(everybody, terms),
        moved=_moved(everybody, terms) if everybody else "",
        order=order_sentence(order=draft.order, locale=terms.locale) if draft.order else "",
        reasons=reason_sentences(findings=draft.findings, locale=terms.locale),
        movers=tuple(_mover(mover, terms) for mover in draft.movers),
        offer=_offer(draft.keep_level, preview, terms),
        work=_work(draft.work, terms) if draft.work else None,
    )


# ── segments and targets ─────────────────────────────────────────────────────────────────────────────────────


def _sets(segments: Sequence[SegmentPreview], terms: Terms) -> tuple[SegmentSetText, ...]:
    grouped = groupby(segments, key=lambda segment: (segment.set_key, segment.set_name))
    return tuple(
        SegmentSetText(name, tuple(_segment(one, terms) for one in sorted(group, key=_most_moved)))
        for (_key, name), group in grouped
    )


def _most_moved(segment: SegmentPreview) -> tuple[bool, bool, Fraction]:
    """The largest change of score as printed first; then who may show no number, and missing data last."""
    change = printed_change(*(level.score if level else None for level in (segment.now, segment.draft)))
    return segment.is_missing_data, change is None, -abs(change or Fraction(0))


def _segment(segment: SegmentPreview, terms: Terms) -> SegmentText:
    now, draft = segment.now, segment.draft
    score_now, score_draft = (level.score if level else None for level in (now, draft))
    change = printed_change(score_now, score_draft)
    points = printed_change(now.points_per_customer if now else None, draft.points_per_customer if draft else None)
    return SegmentText(
        key=segment.key,
        name=segment.name,
        is_missing_data=segment.is_missing_data,
        reason="" if now or draft else _("fewer than {n} customers").format(n=terms.minimum_n),
        now=_score(score_now, terms),
        draft=_score(score_draft, terms),
        change=delta_text(change, locale=terms.locale),
        is_same=change == 0,
        points_change=delta_text(points, locale=terms.locale),
        band_now=now.band if now else "",
        band_draft=draft.band if draft else "",
        moved=_moved(segment, terms),
    )


def _score(value: Fraction | None, terms: Terms) -> str:
    return terms.locale.none if value is None else terms.text(terms.printed(value, places=2))


def printed_change(before: Fraction | None, after: Fraction | None) -> Fraction | None:
    """The difference of two numbers as they are printed with two decimals, so that a row adds up."""
    if before is None or after is None:
        return None
    return Fraction(units(after, places=2) - units(before, places=2), 100)


def _target(target: TargetPreview, terms: Terms) -> TargetText:
    is_score = target.measure == "score"
    value = short_text(target.value, most=3, locale=terms.locale)
    now, draft = (_measured(number, target, terms) for number in (target.now, target.draft))
    return TargetText(
        segment_key=target.segment_key,
        segment_name=target.segment_name,
        value=value if is_score else _("{value} points per customer").format(value=value),
        now=now,
        draft=draft,
        verdict=_verdict(target),
        is_moved=target.is_moved,
    )


def _measured(number: Fraction | None, target: TargetPreview, terms: Terms) -> str:
    if number is None:
        return terms.locale.none
    if target.measure != "score":
        return per_customer_text(number, locale=terms.locale)
    return terms.text(terms.printed(number, places=2, target=target.value))


def _verdict(target: TargetPreview) -> str:
    if target.met_draft is None:
        return _("no number")
    if target.is_moved:
        return _("met only by the formula") if target.met_draft else _("missed only by the formula")
    return _("met") if target.met_draft else _("not met")


# ── bands and customers ──────────────────────────────────────────────────────────────────────────────────────


def _moves(segment: SegmentPreview | None, terms: Terms) -> tuple[MoveRow, ...]:
    """From the best band to the worst, in rows and in columns."""
    if segment is None or segment.moves is None:
        return ()
    rows = []
    for before in reversed(range(len(CODES))):
        cells = [
            (count_text(segment.moves[before][after], locale=terms.locale), before == after)
            for after in reversed(range(len(CODES)))
        ]
        rows.append(MoveRow(CODES[before], terms.bands.names[before], tuple(cells)))
    return tuple(rows)


def _moved(segment: SegmentPreview, terms: Terms) -> str:
    """How many customers change band, in each direction; "" where no number may be shown."""
    if segment.moves is None:
        return ""
    pairs = [(before, after) for before in range(len(CODES)) for after in range(len(CODES))]
    up = sum(segment.moves[before][after] for before, after in pairs if after > before)
    down = sum(segment.moves[before][after] for before, after in pairs if after < before)
    words = ((up, _("{count} up")), (down, _("{count} down")))
    moves = [text.format(count=count_text(n, locale=terms.locale)) for n, text in words if n]
    return ", ".join(moves) or pgettext("customers who change band", "none")


def _mover(mover: Mover, terms: Terms) -> MoverText:
    change = printed_change(mover.score_now, mover.score_draft)
    points = [points_text(value, locale=terms.locale) for value in (mover.points_now, mover.points_draft)]
    names = [terms.bands.names[CODES.index(code)] for code in (mover.band_now, mover.band_draft)]
    return MoverText(
        number=mover.number,
        name=mover.external_id or _("customer {number}").format(number=mover.number),
        score=_score(mover.score_draft, terms),
        change=delta_text(change, locale=terms.locale),
        points=" → ".join(points),
        bands=names[0] if names[0] == names[1] else " → ".join(names),
    )


# ── the level, and work in the background ────────────────────────────────────────────────────────────────────


_OBSTACLES = {
    "no_score": _lazy("No full points keep the level: nobody has a score above 0 now."),
    "too_few_points": _lazy(
        "No full points keep the level: too few customers have points above 0 under these weights."
    ),
    "out_of_range": _lazy("No full points keep the level: it would take more than 900,000."),
    "own_weights": _lazy(
        "No full points keep the level: segments with weights of their own have as much without the others."
    ),
}


def _offer(offer: LevelOffer | None, preview: WholePreview, terms: Terms) -> OfferText | None:
    """Nothing to offer where the score stays as it is."""
    now = preview.draft.segments[0].now if preview.draft.segments else None
    draft = preview.draft.segments[0].draft if preview.draft.segments else None
    if offer is None or now is None or draft is None or now.score == draft.score:
        return None
    if offer.full_points is None:
        return OfferText(value="", sentence=str(_OBSTACLES[offer.obstacle]))
    text = short_text(offer.full_points, most=3, locale=terms.locale)
    sentence = _("Full points {full_points} would keep the score at {score}.")
    sentence = sentence.format(full_points=text, score=_score(offer.score, terms))
    simple = offer.proportional
    if simple is not None and simple != offer.full_points:
        plain = _("In proportion to all points together it would be {full_points}.")
        sentence += " " + plain.format(full_points=short_text(simple, most=3, locale=terms.locale))
    return OfferText(value=_plain(offer.full_points), sentence=sentence)


def _plain(value: Decimal) -> str:
    """As the field takes it: no grouping."""
    return f"{value.normalize():f}"


def _work(work: Work, terms: Terms) -> WorkText:
    sentences = {
        "keep_first": _("This needs {why}, which is counted in the background. Keep the draft: then it is computed."),
        "ask": _("This needs {why}, which is counted in the background, and nobody has asked for it yet."),
        "waiting": _("This needs {why}. It waits for a worker; the figures will stand here."),
        "running": _("This needs {why}. It is being counted; the figures will stand here."),
        "failed": _("This could not be counted: {error}"),
    }
    return WorkText(
        sentence=sentences[work.state].format(why=work.why, error=said(work.error)),
        is_busy=work.state in {"waiting", "running"},
        may_ask=work.state in {"ask", "failed"},
        done=work.chunks_done,
        of=work.chunks,
    )
