from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engagement.look.charts import BandBar, BarColumns, ChartTable, Histogram, render
from tests.look.charts import BAND_BAR, COLUMNS, HISTOGRAM, lines_of


def test_customers_by_band() -> None:
    assert lines_of(BAND_BAR)[:5] == [
        (
            '<svg class="chart" height="14" role="img"'
            ' aria-label="Customers by band: Excellent 1,321, Good 105, Poor 1,043">'
        ),
        '<rect class="f-excellent" x="0%" y="0" width="53.50%" height="14"/>',
        '<rect class="f-good" x="53.70%" y="0" width="4.05%" height="14"/>',
        '<rect class="f-poor" x="57.96%" y="0" width="42.04%" height="14"/>',
        "</svg>",
    ]
    assert [(part.name, part.count, part.share) for part in BAND_BAR.legend] == [
        ("Excellent", "1,321", "53.5 %"),
        ("Good", "105", "4.3 %"),
        ("Poor", "1,043", "42.2 %"),
    ]
    assert '<span class="band band-good">Good</span> 105 · 4.3 %</li>' in render(BAND_BAR)
    assert BAND_BAR.table().rows == (
        ("Excellent", 1321, Decimal("53.5")),
        ("Good", 105, Decimal("4.3")),
        ("Poor", 1043, Decimal("42.2")),
    )


def test_a_band_of_nobody_is_not_drawn_and_nobody_has_no_shares() -> None:
    only = lines_of(BandBar(poor=3, good=0, excellent=0))
    assert [line for line in only if line.startswith("<rect")] == [
        '<rect class="f-poor" x="0%" y="0" width="100%" height="14"/>'
    ]
    nobody = BandBar(poor=0, good=0, excellent=0)
    assert [part.share for part in nobody.legend] == ["–", "–", "–"]
    assert "<rect" not in render(nobody)


def test_columns_stand_as_in_the_pattern() -> None:
    drawn = lines_of(COLUMNS)
    assert '<rect class="bar-fall" x="0.80%" y="61.6" width="6.09%" height="68.4">' in drawn
    assert '<rect class="bar" x="23.88%" y="16" width="6.09%" height="114">' in drawn
    assert '<text x="26.92%" y="12" text-anchor="middle">20</text>' in drawn
    assert '<circle class="dot-open" cx="34.62%" cy="140" r="4">' in drawn
    assert "<title>4 Dec: campaign received</title>" in drawn
    weeks = [line for line in drawn if 'y="164"' in line]
    assert len(weeks) == 13
    assert weeks[0] == '<text x="3.85%" y="164" text-anchor="middle">3 Oct</text>'
    assert [line.split(">")[1].split("<")[0] for line in weeks if "hide-narrow" in line] == [
        "9",
        "30",
        "13",
        "27",
        "11",
    ]


def test_the_legend_names_only_what_occurs() -> None:
    assert COLUMNS.legend == (
        "■ Purchases in the week",
        "□ week of 6 days in the window",
        "○ campaign received",
    )
    plain = replace(COLUMNS, columns=COLUMNS.columns[1:2])
    assert plain.legend == ("■ Purchases in the week",)


def test_columns_in_words_and_figures() -> None:
    two = replace(COLUMNS, columns=COLUMNS.columns[1:3])
    assert two.label() == "Purchases per week: 9 13, 16 19. Campaign received: 16."
    assert two.table() == ChartTable(
        header=("Week", "Purchases", "campaign received"), rows=(("9", 13, None), ("16", 19, "yes"))
    )
    assert BarColumns(measure="Purchases", columns=()).draw().label == "Purchases per week: none."


def test_the_distribution_stands_as_in_the_pattern() -> None:
    drawn = lines_of(HISTOGRAM)
    bars = [line for line in drawn if line.startswith("<rect")]
    assert len(bars) == 21
    assert bars[0] == '<rect class="bar-soft" x="0%" y="18" width="4.43%" height="94">'
    assert bars[5].startswith('<rect class="bar-soft" x="23.81%"')
    assert bars[6].startswith('<rect class="bar" x="28.57%"')
    assert bars[20].startswith('<rect class="bar" x="95.24%" y="38.9" width="4.76%"')
    assert "<title>0–9 points: 274 customers</title>" in drawn
    assert "<title>200 or more points: 213 customers</title>" in drawn
    assert '<line class="target" x1="28.57%" x2="28.57%" y1="6" y2="112"/>' in drawn
    assert '<text class="key" x="28.57%" y="14" dx="6">Full points 60</text>' in drawn
    assert '<line class="note-line" x1="26.19%" x2="26.19%" y1="24" y2="112"/>' in drawn
    assert drawn[-2] == '<text x="100%" y="127" text-anchor="end">200 or more</text>'


def test_the_bar_that_holds_full_points_is_split_at_the_line() -> None:
    drawn = lines_of(Histogram(counts=(4, 2, 1), bin_width=10, full_points=15))
    assert [line.split(" height")[0] for line in drawn if line.startswith("<rect")] == [
        '<rect class="bar-soft" x="0%" y="18" width="31%"',
        '<rect class="bar-soft" x="33.33%" y="65" width="16.67%"',
        '<rect class="bar" x="50%" y="65" width="14.33%"',
        '<rect class="bar" x="66.67%" y="88.5" width="33.33%"',
    ]


def test_full_points_in_the_open_end_stand_at_its_middle() -> None:
    drawn = lines_of(Histogram(counts=(4, 2), bin_width=10, full_points=500))
    assert '<line class="target" x1="75%" x2="75%" y1="6" y2="112"/>' in drawn
    assert '<text class="key" x="75%" y="14" dx="-6" text-anchor="end">Full points 500</text>' in drawn


def test_scores_have_names_of_their_own() -> None:
    scores = Histogram(counts=(1, 0, 2), bin_width=10, of_scores=True, whole_numbers=False, last_label="100")
    assert scores.label() == "3 customers by score: score 0 to under 10 1, 100 score 2."
    assert scores.table() == ChartTable(
        header=("Score", "Customers", "Share, %"),
        rows=(
            ("score 0 to under 10", 1, Decimal("33.3")),
            ("score 10 to under 20", 0, Decimal("0.0")),
            ("100 score", 2, Decimal("66.7")),
        ),
    )
    assert all("bar-soft" not in line for line in lines_of(scores))
    assert Histogram(counts=(0, 0), bin_width=1).table().rows[0] == ("points 0 to under 1", 0, None)
