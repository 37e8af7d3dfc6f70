"""Hand-made figures for tests of words, pages and the API: the grocery client's December, and anything near it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from engagement.ingest.types import IdentityStanding, Related
from engagement.insights.calendars import By
from engagement.insights.customer_types import CustomerCard, CustomerEvent, CustomerLine, ReceiptLine
from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import (
    ActionFigures,
    Distribution,
    Figures,
    Period,
    PortfolioLine,
    RunFacts,
    Scorecard,
    SegmentGroup,
    SegmentRow,
    TargetFigures,
    TrendPoint,
)
from engagement.look.bands import Bands
from engagement.look.locales import EN

DAY = date(2017, 12, 31)
BEFORE = date(2017, 11, 30)
BANDS = Bands()


def terms(**changes: Any) -> Terms:
    return replace(
        Terms(locale=EN, zone=ZoneInfo("UTC"), bands=BANDS, minimum_n=5, minimum_n_band=30),
        **changes,
    )


def run(**changes: Any) -> RunFacts:
    facts = RunFacts(
        number=14,
        as_of=DAY,
        window_from=datetime(2017, 10, 3, tzinfo=UTC),
        window_to=datetime(2018, 1, 1, tzinfo=UTC),
        window_days=90,
        half_life_days=None,
        weight_set_number=2,
        full_points=Decimal(60),
        good_threshold=Decimal(70),
        excellent_threshold=Decimal(80),
        finished_at=datetime(2018, 1, 1, 2, 10, tzinfo=UTC),
        watermark=datetime(2018, 1, 1, 2, 0, tzinfo=UTC),
        code_version="test",
    )
    return replace(facts, **changes)


def action(
    key: str, name: str, channel: str, *, weight: str, times: int, customers: int, n: int, **changes: Any
) -> ActionFigures:
    points = Fraction(weight) * times
    made = ActionFigures(
        key=key,
        name=name,
        channel=channel,
        weight=Decimal(weight),
        cap=None,
        occurrences=Fraction(times),
        points=points,
        customers=customers,
        points_per_customer=points / n if n else None,
    )
    return replace(made, **changes)


def grocery_actions(n: int = 2469, *, shown: bool = True) -> tuple[ActionFigures, ...]:
    """Purchases 190,625, coupons 6,920, campaigns 2,421: 199,966 points."""
    made = (
        action("purchase", "Purchase", "purchase", weight="5", times=38_125, customers=2_300, n=n),
        action("coupon", "Coupon", "app", weight="8", times=865, customers=400, n=n),
        action("campaign", "Campaign", "email", weight="1", times=2_421, customers=1_100, n=n),
    )
    return made if shown else tuple(replace(each, points_per_customer=None) for each in made)


def figures(score: str | Fraction | None = "68.928716", **changes: Any) -> Figures:
    """Everybody of the grocery client; another score changes the sums and the band with it, a given n too."""
    n = changes.get("n", 2469)
    exact = None if score is None else Fraction(score)
    actions = grocery_actions(n or 1, shown=exact is not None)
    points = sum((each.points for each in actions), Fraction(0))
    made = Figures(
        segment_key="all",
        segment_name="All customers",
        set_key=None,
        is_missing_data=False,
        as_of=DAY,
        n=2469,
        n_active=2343,
        n_multi_channel=1221,
        total_points=points,
        total_score=(exact or Fraction(0)) * n,
        total_occurrences=Fraction(41_411),
        band_counts=(1043, 105, 1321),
        reason=None,
        score=exact,
        band=BANDS.code(exact) if exact is not None and n >= 30 else None,
        band_reason=None if n >= 30 else "no band: fewer than 30 customers",
        half_width_95=Decimal("1.42") if exact is not None else None,
        median_score=Fraction(100) if exact is not None else None,
        points_per_customer=points / n if exact is not None else None,
        actions_per_customer=Fraction(41_411, n) if exact is not None else None,
        depth=Fraction(41_411, 2343) if exact is not None else None,
        active_share=Fraction(2343, 2469) if exact is not None else None,
        multi_channel_share=Fraction(1221, 2469) if exact is not None else None,
        actions=actions,
    )
    return replace(made, **changes)


def small(n: int, **changes: Any) -> Figures:
    """A segment that may show no number, though its sums are known."""
    reason = "no score: no customers" if n == 0 else "no score: fewer than 5 customers"
    hidden = figures(None, n=n, n_active=n, n_multi_channel=0, band_counts=(n, 0, 0), reason=reason)
    return replace(hidden, band=None, band_reason="no band: fewer than 30 customers", **changes)


def row(
    key: str, name: str, score: str | None, *, n: int, change: str | None = None, adds: str | None = None, **rest: Any
) -> SegmentRow:
    """A line of the segment table."""
    named = {"segment_key": key, "segment_name": name, "set_key": "age"}
    missing = rest.pop("is_missing_data", False)
    made = small(n, **named) if score is None else figures(score, n=n, **named)
    previous = None if change is None or score is None else figures(Fraction(score) - Fraction(change), n=n, **named)
    return SegmentRow(
        figures=replace(made, is_missing_data=missing),
        previous=previous,
        change=None if change is None else Fraction(change),
        adds_to_total=None if adds is None else Fraction(adds),
        target=rest.pop("target", None),
        trend=rest.pop("trend", ()),
        compared=replace(made, is_missing_data=missing),
    )


def partition(*rows: SegmentRow, name: str = "Age", is_partition: bool = True) -> SegmentGroup:
    return SegmentGroup(key=name.lower(), name=name, is_partition=is_partition, rows=rows)


def ages() -> SegmentGroup:
    """Three segments that add −0.34 and +0.5 to the total: together +0.16."""
    return partition(
        row("older", "45–54", "94.4444", n=700, change="-1.2", adds="-0.34", trend=_falling()),
        row("unknown", "Unknown", "56.8900", n=1668, change="0.74", adds="0.5", is_missing_data=True, trend=_rising()),
        row("younger", "19–24", "92.3600", n=101, change="0", adds="0", trend=_falling()),
    )


def _rising() -> tuple[Fraction | None, ...]:
    return (None, Fraction("54.2"), Fraction("56.89"))


def _falling() -> tuple[Fraction | None, ...]:
    return (None, Fraction("95.6"), Fraction("94.44"))


def target(value: str = "75", *, current: str | None = "68.928716", **changes: Any) -> TargetFigures:
    made = TargetFigures(
        id="01890000-0000-7000-8000-000000000001",
        segment_key="all",
        segment_name="All customers",
        measure="score",
        value=Decimal(value),
        due_on=date(2018, 6, 30),
        owner_name="Cora",
        current=None if current is None else Fraction(current),
        gap=None if current is None else Fraction(current) - Fraction(value),
        note="",
    )
    return replace(made, **changes)


def point(day: date, score: str | None, *, finished: bool = True, weight_set: int = 2) -> TrendPoint:
    made = small(3) if score is None else figures(score)
    return TrendPoint(
        as_of=day,
        label=f"{EN.months_short[day.month - 1]} {day.year}",
        figures=replace(made, as_of=day),
        weight_set_number=weight_set,
        finished=finished,
    )


def comparison(**changes: Any) -> Comparison:
    """December, which is shown, against November."""
    made = Comparison(
        by=By.MONTH,
        run=run(),
        before=run(number=9, as_of=BEFORE),
        is_shown=True,
        unscored=(),
        periods=(
            Period(as_of=BEFORE, label="November 2017", finished=True, current=False),
            Period(as_of=DAY, label="December 2017", finished=True, current=True),
        ),
        known=None,
    )
    return replace(made, **changes)


def scorecard(**changes: Any) -> Scorecard:
    """December against November: 68.93 after 68.77, three ages, a target of 75."""
    total, previous = figures(), figures("68.768716", as_of=BEFORE)
    made = Scorecard(
        run=run(),
        total=total,
        compared=total,
        previous=previous,
        change=Fraction("0.16"),
        comparison=comparison(),
        groups=(ages(), partition(row("couples", "Couples", "71", n=900), name="Household", is_partition=False)),
        trend=(
            point(date(2017, 10, 31), "68.43", weight_set=1),
            point(BEFORE, "68.768716"),
            point(DAY, "68.928716"),
        ),
        targets=(target(),),
        industry_range=(65, 90),
    )
    return replace(made, **changes)


def spread(*, n: int = 2469) -> Distribution:
    return Distribution(bins=(126, 100, 90, 80, 70, 60, 50, 40, 30, 23, n - 669), silent=126, full=n - 669)


def customer_line(number: int = 7, points: str = "963", score: str = "100", band: str = "excellent") -> CustomerLine:
    return CustomerLine(
        number=number,
        external_id=f"c{number}",
        points=Fraction(points),
        score=Fraction(score),
        band=band,
        days_since_last_action=0,
    )


def receipt_line(name: str, times: str, weight: str, **changes: Any) -> ReceiptLine:
    made = ReceiptLine(
        key=name.lower(),
        name=name,
        channel="purchase",
        occurrences=Fraction(times),
        counted=Fraction(times),
        cap=None,
        weight=Decimal(weight),
        points=Fraction(times) * Fraction(weight),
    )
    return replace(made, **changes)


def related(external_id: str, **changes: Any) -> Related:
    """An anonymous visitor, merged before there was a record."""
    made = Related(number=1796, external_id=external_id, identified=False, counts_for=1795, change=None)
    return replace(made, **changes)


def standing(**changes: Any) -> IdentityStanding:
    """Customer 1795, with whom nobody was ever one."""
    made = IdentityStanding(
        number=1795, external_id="1795", identified=True, counts_for=None, merged=(), n_merged=0, apart=(), n_apart=0,
        apart_from=(),
    )  # fmt: skip
    return replace(made, **changes)


def card(**changes: Any) -> CustomerCard:
    """Customer 1795: 192 purchases at 5, 3 campaigns at 1: 963 points, full points 60."""
    made = CustomerCard(
        number=1795,
        external_id="1795",
        traits={"age": "45–54", "marital status": "Unknown", "loyal": True, "tags": ["a", "b"]},
        identified=True,
        merged_from=(),
        identity=standing(),
        excluded=False,
        run=run(),
        full_points=Decimal(60),
        override_name="",
        in_run=True,
        lines=(
            receipt_line("Purchase", "192", "5"),
            receipt_line("Coupon", "0", "8"),
            receipt_line("Campaign", "3", "1"),
        ),
        points=Fraction(963),
        score=Fraction(100),
        band="excellent",
        rank=1,
        of=2469,
        segments=(("all", "All customers"), ("older", "45–54")),
        days_since_last_action=0,
        events=(
            CustomerEvent(
                occurred_at=datetime(2017, 12, 31, 17, 5, tzinfo=UTC),
                name="purchase",
                action_name="Purchase",
                channel="purchase",
                occurrences=1,
                points=Fraction(5),
                in_window=True,
            ),
            CustomerEvent(
                occurred_at=datetime(2017, 9, 1, 8, 0, tzinfo=UTC),
                name="complaint",
                action_name=None,
                channel=None,
                occurrences=1,
                points=None,
                in_window=False,
            ),
        ),
        history=((date(2017, 10, 31), Fraction(980)), (BEFORE, Fraction(1029)), (DAY, Fraction(963))),
    )
    return replace(made, **changes)


def client(name: str = "Fennel Grocers", **changes: Any) -> PortfolioLine:
    """A line of the portfolio."""
    made = PortfolioLine(
        organisation_id=crc32(name.encode()),
        slug=name.lower().replace(" ", "-"),
        name=name,
        industry="Retail",
        total=figures(),
        compared=figures(),
        change=Fraction("0.16"),
        previous_as_of=BEFORE,
        target=target(),
        weakest=("65+", Fraction("90.25")),
        last_event_on=DAY,
        stale_days=1,
        trend=(None, Fraction("68.77"), Fraction("68.928716")),
        weight_set_number=2,
        sample_today=date(2018, 1, 1),
    )
    return replace(made, **changes)
