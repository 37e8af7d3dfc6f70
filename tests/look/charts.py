"""One of each chart, with the grocery sample's published figures: what the tests of charts share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from engagement.look.bands import DEFAULT_BANDS
from engagement.look.charts import (
    Axis,
    BandBar,
    BarColumns,
    Chart,
    Column,
    FanChart,
    FanPoint,
    FanStep,
    HeatMap,
    HeatRow,
    HeatValue,
    Histogram,
    IndustryRange,
    IntervalRow,
    Intervals,
    LinePlain,
    LinePoint,
    Mini,
    ProgressChart,
    ScaleChart,
    ShareBar,
    Spark,
    TrendChart,
    TrendMark,
    TrendNote,
    TrendTarget,
    Waterfall,
    WaterfallStep,
    render,
    shared_axis,
)
from engagement.look.exact import Number, exact

MONTHS = ("Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SCORES = ("65.58", "66.34", "67.65", "68.04", "69.14", "68.56", "68.33", "68.43", "68.77", "68.93")
POINTS = (776, 795, 823, 887, 918, 891, 884, 985, 1029, 963)
WEEKS = ("3 Oct", "9", "16", "23", "30", "6 Nov", "13", "20", "27", "4 Dec", "11", "18", "25")
PURCHASES = (12, 13, 19, 20, 15, 17, 14, 17, 17, 10, 15, 16, 7)
BY_POINTS = (274, 248, 225, 216, 186, 149, 135, 129, 105, 91, 76, 73, 67, 58, 54, 51, 39, 32, 25, 23, 213)


def exactly(*values: Number) -> tuple[Fraction, ...]:
    """Numbers of any kind, to be compared as what they are."""
    return tuple(exact(value) for value in values)


def month_end(number: int) -> date:
    return (date(2017 + number // 12, number % 12 + 1, 1)) - timedelta(days=1)


def months(*, half_width: str | None = "1.42", unfinished: str | None = "68.74") -> tuple[TrendMark, ...]:
    half = None if half_width is None else Decimal(half_width)
    marks = [
        TrendMark(
            as_of=month_end(number),
            label=name,
            full_label=f"{name} 2017",
            value=Decimal(score),
            half_width_95=half,
        )
        for number, (name, score) in enumerate(zip(MONTHS, SCORES, strict=True), start=3)
    ]
    if unfinished:
        value = Decimal(unfinished)
        january = TrendMark(as_of=month_end(13), label="Jan", full_label="Jan 2018", value=value, finished=False)
        marks.append(january)
    return tuple(marks)


SCALE = ScaleChart(
    score=Decimal("68.928716"),
    half_width_95=Decimal("1.42"),
    target=75,
    industry=IndustryRange("E-commerce", 65, 90),
)
TREND = TrendChart(
    measure="Score",
    marks=months(),
    bands=DEFAULT_BANDS,
    target=TrendTarget(75, "Target 75 by 30 June 2018"),
    notes=(
        TrendNote(date(2017, 5, 8), "8 May: spring campaign"),
        TrendNote(date(2017, 8, 1), "1 August: weight set 2"),
    ),
)
BAND_BAR = BandBar(poor=1043, good=105, excellent=1321)
HISTOGRAM = Histogram(counts=BY_POINTS, bin_width=10, full_points=60, median=55)
COLUMNS = BarColumns(
    measure="Purchases",
    marked="campaign received",
    partial="week of 6 days in the window",
    columns=tuple(
        Column(label=label, full_label=label, count=count, is_partial=index == 0, is_marked=index in {2, 4, 9})
        for index, (label, count) in enumerate(zip(WEEKS, PURCHASES, strict=True))
    ),
)
LINE = LinePlain(
    measure="Points at the end of each month",
    points=tuple(LinePoint(name, f"{name} 2017", value) for name, value in zip(MONTHS, POINTS, strict=True)),
    reference=60,
)
AXIS: Axis = shared_axis([[50, 100]])
SPARK = Spark(
    name="19–24",
    period="March to December 2017",
    values=(Decimal("92.4"), Decimal("99.3"), Decimal("92.36")),
    axis=AXIS,
)
MINI = Mini(score=Decimal("68.93"), half_width_95=Decimal("1.42"), target=75)
PROGRESS = ProgressChart(
    target=75,
    now=Decimal("68.928716"),
    now_label="Now",
    start=Decimal("68.43"),
    start_label="Start, 31 Oct 2017",
    projected=Decimal("70.2"),
    projected_label="30 Jun 2018 at this pace",
    half_width_95=Decimal("2.1"),
    ceiling=100,
)
INTERVALS = Intervals(
    measure="Score",
    rows=(
        IntervalRow(name="Brightwell Clinics", value=Decimal("71.25"), low=Decimal("68.4"), high=Decimal("74.1")),
        IntervalRow(name="Orrin", value=Decimal("64.2"), low=Decimal("61.9"), high=Decimal("66.5"), is_open_above=True),
        IntervalRow(name="M" * 60, value=Decimal(43), low=Decimal("40.0"), high=Decimal("46.0")),
    ),
)
EXPECTED = Intervals(
    measure="With the outcome, per cent",
    rows=(
        IntervalRow(
            name="1: score 0–6.7", value=Decimal("81.0"), low=Decimal("72.5"), high=Decimal("87.1"), expected=83
        ),
        IntervalRow(name="2: score 10", value=Decimal("24.0"), low=Decimal("16.3"), high=Decimal("33.5"), expected=9),
        IntervalRow(name="Nobody knows", value=Decimal("50.0"), low=Decimal("40.0"), high=Decimal("60.0")),
    ),
)
WATERFALL = Waterfall(
    measure="Score",
    before_name="30 November 2017",
    after_name="31 December 2017",
    before=Decimal("68.77"),
    after=Decimal("68.93"),
    steps=(
        WaterfallStep("Merged and erased customers", 0),
        WaterfallStep("Ageing", Decimal("-10.88")),
        WaterfallStep("New: Purchase", Decimal("10.96")),
        WaterfallStep("New: Coupon redeemed", Decimal("0.08")),
    ),
)
HEAT = HeatMap(
    measure="Points per customer",
    first="Age",
    total_name="All channels",
    columns=("E-mail", "App", "Purchase"),
    rows=(
        HeatRow(
            name="19–24",
            total=Decimal("134.41"),
            values=tuple(HeatValue(Decimal(text), shade) for text, shade in (("1.80", 4), ("1.74", 1), ("130.87", 4))),
        ),
        HeatRow(
            name="Unknown",
            total=Decimal("54.42"),
            values=tuple(HeatValue(Decimal(text), shade) for text, shade in (("0.57", 1), ("0.73", 0), ("53.12", 2))),
            note="missing data",
        ),
        HeatRow(name="65+", total=None, values=(HeatValue(None, None),) * 3, note="fewer than 5 customers"),
    ),
)


def _fan_steps() -> tuple[FanStep, ...]:
    """Five months from December on, each a little less sure than the one before."""
    names = ("Jan", "Feb", "Mar", "Apr", "May")
    middle = Decimal("68.9")
    return tuple(
        FanStep(
            as_of=month_end(12 + at), label=name, full_label=f"{name} 2018", middle=middle,
            low_80=middle - at, high_80=middle + at, low_95=middle - Decimal("1.6") * at,
            high_95=middle + Decimal("1.6") * at,
        )
        for at, name in enumerate(names, start=1)
    )  # fmt: skip


FAN = FanChart(
    measure="Score",
    points=tuple(
        FanPoint(
            as_of=month_end(number), label=name, full_label=f"{name} 2017", value=Decimal(score),
            is_unusual=name == "Jul",
        )
        for number, (name, score) in enumerate(zip(MONTHS, SCORES, strict=True), start=3)
    ),
    steps=_fan_steps(),
    bands=DEFAULT_BANDS,
    target=TrendTarget(75, "Target 75"),
    due_on=date(2018, 4, 15),
    due_label="due 15 Apr",
    floor=0,
    top=100,
)  # fmt: skip
ALL: dict[str, Chart] = {
    "fan": FAN,
    "fan of what is known": replace(FAN, steps=(), target=None, due_on=None),
    "scale": SCALE,
    "empty scale": ScaleChart(),
    "trend": TREND,
    "bands": BAND_BAR,
    "histogram": HISTOGRAM,
    "columns": COLUMNS,
    "line": LINE,
    "spark": SPARK,
    "mini": MINI,
    "progress": PROGRESS,
    "intervals": INTERVALS,
    "intervals and what was expected": EXPECTED,
    "waterfall": WATERFALL,
    "short waterfall": Waterfall(
        measure="Score",
        before_name="Then",
        after_name="Now",
        before=76,
        after=70,
        steps=(WaterfallStep("Mix", -8), WaterfallStep("Rate", 2)),
        places=0,
    ),
    "heat": HEAT,
    "share": ShareBar(name="Spring", share=Decimal("0.3"), most=Decimal("0.6")),
}


def lines_of(chart: Chart) -> list[str]:
    """The drawn elements, one a line, as a reader of the source would look for them."""
    return render(chart).replace("><", ">\n<").splitlines()
