"""Rate and mix as they are printed: a table whose columns add up on the page itself, and one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.explaining import Explanation, PartitionChange, PartTerm
from engagement.insights.terms import Terms
from engagement.look.exact import round_parts, rounded
from engagement.look.numbers import count_text, decimal_text, delta_text
from engagement.scorecards.words.splits import places_of, split_sentence

PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One segment; `key` is empty for those with too few customers, which stand together."""

    key: str
    name: str
    customers: str
    level: str
    mix: str
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPanel:
    """One partition; without rows, `reason` says why there are none."""

    key: str
    name: str
    sentence: str
    rows: tuple[PartRow, ...]
    total: PartRow | None
    reason: str


def mix_panels(*, found: Explanation, terms: Terms) -> tuple[MixPanel, ...]:
    """One panel for each partition; none but for all customers."""
    return tuple(_panel(change, terms) for change in found.partitions)


def _panel(change: PartitionChange, terms: Terms) -> MixPanel:
    if change.before is None or change.after is None or change.mix is None or change.rate is None:
        return MixPanel(
            key=change.set_key, name=change.set_name, sentence="", rows=(), total=None, reason=change.reason or ""
        )
    places = _places(change)
    before, after = rounded(change.before, places=places), rounded(change.after, places=places)
    mix, rate = round_parts([change.mix, change.rate], places=places, total=after - before)
    printed = _Printed(places, terms)
    arrow = f"{printed.level(before)} → {printed.level(after)}"
    n_before, n_after = (sum(counts) for counts in zip(*((p.n_before, p.n_after) for p in change.parts), strict=True))
    return MixPanel(
        key=change.set_key,
        name=change.set_name,
        sentence=split_sentence(change=change, terms=terms, places=PLACES),
        rows=printed.rows(change.parts, mix=mix, rate=rate),
        total=PartRow(
            key="", name=_("All customers"), customers=printed.counts(n_before, n_after), level=arrow,
            mix=printed.delta(mix), rate=printed.delta(rate),
        ),
        reason="",
    )  # fmt: skip


def _places(change: PartitionChange) -> int:
    values: Iterable[Fraction | None] = (
        change.before, change.after, change.mix, change.rate,
        *(value for part in change.parts for value in (part.before, part.after, part.mix, part.rate)),
    )  # fmt: skip
    return places_of(values, places=PLACES)


@dataclass(frozen=True, slots=True)
class _Printed:
    """Numbers of one table, with its decimals."""

    places: int
    terms: Terms

    def rows(self, parts: Sequence[PartTerm], *, mix: Decimal, rate: Decimal) -> tuple[PartRow, ...]:
        mixes = round_parts([part.mix for part in parts], places=self.places, total=mix)
        rates = round_parts([part.rate for part in parts], places=self.places, total=rate)
        return tuple(
            PartRow(
                key=part.segment_key,
                name=part.segment_name,
                customers=self.counts(part.n_before, part.n_after),
                level=self.levels(part) if part.segment_key else _("too few customers"),
                mix=self.delta(of_mix),
                rate=self.delta(of_rate),
            )
            for part, of_mix, of_rate in zip(parts, mixes, rates, strict=True)
        )  # fmt: skip

    def levels(self, part: PartTerm) -> str:
        return f"{self.level(part.before)} → {self.level(part.after)}"

    def level(self, value: Fraction | Decimal | None) -> str:
        return decimal_text(value, places=self.places, locale=self.terms.locale)

    def delta(self, value: Decimal) -> str:
        return delta_text(value, places=self.places, locale=self.terms.locale)

    def counts(self, before: int, after: int) -> str:
        return " → ".join(count_text(n, locale=self.terms.locale) for n in (before, after))
