"""The scorecard as it is printed: figures with their provenance, the table of segments, trend, targets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import NotFoundError
from engagement.insights.calendars import By
from engagement.insights.present import target_line
from engagement.insights.types import Period, TrendPoint
from engagement.look.charts.marks import Plot
from engagement.look.components import Choice
from engagement.scorecards.present.channels import HeatCell, channel_texts, shade
from engagement.scorecards.present.score import BandMark, bands_panel, facts, printed_parts, score_panel
from engagement.scorecards.present.scorecard import ScorecardPage, scorecard_page
from engagement.scorecards.present.segments import ChangeText, SegmentTable, change_text, segment_table
from engagement.scorecards.present.trend import finished_scores, trend_panel
from engagement.scorecards.words.periods import Unscored
from tests.scorecards.made import (
    BEFORE,
    DAY,
    action,
    ages,
    comparison,
    figures,
    grocery_actions,
    partition,
    point,
    row,
    run,
    scorecard,
    small,
    target,
    terms,
)


def _page(*, set_key: str = "", **changes: Any) -> ScorecardPage:
    return scorecard_page(card=scorecard(**changes), set_key=set_key, industry="E-commerce", terms=terms())


# ── the whole page ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_december() -> None:
    page = _page()
    assert page.window == "90 days to 31 December 2017"
    assert page.finding == "Engagement rose by 0.2 to 68.9: 1.1 short of Good, 6.1 below target"
    assert page.standfirst == "Unknown adds +0.50 to the total and 45–54 −0.34."
    assert page.periods == (
        Choice(label="November 2017", url="?as_of=2017-11-30"),
        Choice(label="December 2017", url="?as_of=2017-12-31", current=True),
    )
    assert page.sets == (
        Choice(label="Age", url="?as_of=2017-12-31&set=age#h-seg", current=True),
        Choice(label="Household", url="?as_of=2017-12-31&set=household#h-seg"),
    )
    assert not page.provisional
    assert page.score.chart.label() == (
        "Score 68.9, give or take 1.4, on a scale from 0 to 100: Poor below 70. Target 75."
        " Indicative, unsourced range for E-commerce: 65–90."
    )


def test_another_set_of_segments_keeps_the_day_and_an_unknown_one_is_not_found() -> None:
    page = _page(set_key="household")
    assert page.table is not None
    assert (page.table.name, page.table.has_adds) == ("Household", False)
    assert page.periods[0].url == "?as_of=2017-11-30&set=household"
    with pytest.raises(NotFoundError):
        _page(set_key="shoe-size")


def test_a_running_month_is_provisional() -> None:
    card = scorecard()
    december, day = card.comparison.periods[1], date(2018, 1, 9)
    running = Period(as_of=day, label="January 2018, unfinished", finished=False, current=True, running=True)
    page = _page(
        run=run(as_of=day),
        comparison=comparison(periods=(replace(december, current=False), running), is_shown=False),
        trend=(*card.trend, point(day, "69", finished=False)),
    )
    assert page.provisional
    assert (page.period, page.window) == ("January 2018", "90 days to 9 January 2018")
    assert page.finding.startswith("Engagement is at 68.9")
    assert page.change.heading == "December 2017: the score rose by 0.16"
    assert page.trend is not None
    assert "Dashed: Jan 2018, unfinished and provisional." in page.trend.caption
    assert page.trend.heading == "3 finished months between 68.4 and 68.9"


def test_nothing_shows_a_number_of_too_few_customers() -> None:
    few = small(4)
    page = _page(
        total=few,
        compared=few,
        previous=None,
        comparison=comparison(before=None, unscored=(BEFORE,)),
        change=None,
        trend=(point(DAY, None),),
        targets=(target(current=None),),
    )
    assert page.finding == "Engagement has no score: fewer than 5 customers"
    assert (page.bands, page.facts, page.trend) == (None, (), None)
    assert (page.score.number, page.score.reason, page.score.chart.score, page.score.chart.target) == (
        "–", "no score: fewer than 5 customers", None, None,
    )  # fmt: skip
    assert page.table is not None
    assert (page.table.total.score, page.table.total.points, page.table.total.interval) == ("–", "–", "–")
    assert (page.targets[0].current, page.targets[0].gap) == ("–", "–")


# ── score and facts ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_band_needs_thirty_customers_and_known_data() -> None:
    def mark(**changes: object) -> BandMark:
        shown = figures("85", **changes)
        return score_panel(figures=shown, run=run(), target=None, industry=None, terms=terms()).band

    assert mark() == BandMark(code="excellent", name="Excellent")
    assert mark(n=29) == BandMark(code=None, name="fewer than 30 customers")
    assert mark(is_missing_data=True) == BandMark(code=None, name="not ranked")
    panel = score_panel(figures=figures("85", n=29), run=run(), target=None, industry=None, terms=terms())
    assert panel.chart.band() is None


def test_how_it_is_calculated_has_six_decimals_and_everything_it_rests_on() -> None:
    said = " ".join(score_panel(figures=figures(), run=run(), target=None, industry=None, terms=terms()).calculation)
    for part in (
        "full points 60, from 0 to 100; the score is the mean over all 2,469 customers, silent ones included.",
        "Points for one occurrence: Purchase 5; Coupon 8; Campaign 1. Every day of the window counts alike.",
        "170,184.999804 ÷ 2,469 = 68.928716.",
        "Poor below 70, Good from 70 to 80, Excellent above 80",
        "Weight set 2 · 90 days to 31 December 2017 · run 14 of 1 Jan 2018, 02:10",
        "events received until 1 Jan 2018, 02:00",
        "It measures behaviour only.",
    ):
        assert part in said
    capped = replace(figures(), actions=(replace(grocery_actions()[0], cap=3),))
    panel = score_panel(figures=capped, run=run(half_life_days=30), target=None, industry=None, terms=terms())
    assert "Purchase 5, at most 3 count. An event counts half after 30 days." in panel.calculation[1]


def test_every_fact_says_what_was_divided_by_what() -> None:
    found = {fact.name: fact for fact in facts(figures=figures(), run=run(), terms=terms())}
    assert [(fact.name, fact.value, fact.base) for fact in found.values()] == [
        ("Points per customer", "80.99", ""),
        ("Active customers", "94.9 %", "2,343 of 2,469"),
        ("On two or more channels", "49.5 %", "1,221 of 2,469"),
        ("Actions per customer", "16.77", ""),
        ("Actions per active customer", "17.67", ""),
        ("Median score of a customer", "100.00", ""),
    ]
    assert found["Points per customer"].why == (
        "199,966 points ÷ 2,469 customers = 80.99",
        "Purchase 190,625, Coupon 6,920, Campaign 2,421. Silent customers are counted.",
        "Weight set 2 · 90 days to 31 December 2017 · run 14 of 1 Jan 2018, 02:10",
    )
    assert found["Actions per active customer"].why[0] == "41,411 actions ÷ 2,343 active customers = 17.67"
    assert len({fact.key for fact in found.values()}) == len(found)


def test_nobody_active_has_no_depth() -> None:
    silent = figures("0", n_active=0, depth=None, actions_per_customer=Fraction(0), total_occurrences=Fraction(0))
    names = [fact.name for fact in facts(figures=silent, run=run(), terms=terms())]
    assert "Actions per active customer" not in names
    assert "Actions per customer" in names


def test_customers_by_band_in_words() -> None:
    panel = bands_panel(figures=figures(), terms=terms())
    assert panel is not None
    assert panel.heading == "53.5 % of the customers are Excellent, 42.2 % Poor"
    assert bands_panel(figures=small(4), terms=terms()) is None


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=9))
def test_parts_of_the_points_add_up_as_printed(millionths: list[int]) -> None:
    made = [
        replace(action(f"a{at}", "A", "app", weight="1", times=1, customers=1, n=9), points=Fraction(part, 10**6))
        for at, part in enumerate(millionths)
    ]
    total = sum((each.points for each in made), Fraction(0))
    printed = printed_parts(actions=made, total=total)
    assert abs(Fraction(sum(printed)) - total) <= Fraction(1, 200)
    assert all(abs(Fraction(one) - each.points) < Fraction(1, 100) for one, each in zip(printed, made, strict=True))


# ── the table of segments ────────────────────────────────────────────────────────────────────────────────────


def _table(**changes: Any) -> SegmentTable:
    table = _page(**changes).table
    assert table is not None
    return table


def test_missing_data_stands_last_grey_and_unranked() -> None:
    table = _table()
    assert [(line.name, line.is_missing) for line in table.lines] == [
        ("45–54", False), ("19–24", False), ("Unknown", True),
    ]  # fmt: skip
    assert table.lines[2].band == BandMark(code=None, name="not ranked")
    assert table.lines[2].spark is not None
    assert table.lines[2].spark.is_missing_data
    assert "Customers without the data stand last and are not ranked." in table.caption


def test_a_line_and_the_total() -> None:
    table = _table()
    older = table.lines[0]
    assert (older.customers, older.score, older.interval, older.change, older.adds, older.points) == (
        "700", "94.44", "± 1.4", ChangeText(text="−1.20", is_quiet=False), "−0.34", "285.67",
    )  # fmt: skip
    total = table.total
    assert (total.customers, total.score, total.change, total.adds, total.points) == (
        "2,469", "68.93", ChangeText(text="+0.16", is_quiet=False), "+0.16", "80.99",
    )  # fmt: skip
    assert [cell.text for cell in total.channels] == ["0.98", "2.80", "77.21"]


def test_channels_add_up_to_points_per_customer_as_printed() -> None:
    table = _table()
    assert table.channels == ("E-mail", "App", "Purchase")
    for line in (*table.lines, table.total):
        plain = [Decimal(text.replace(",", "")) for text in (line.points, *(cell.text for cell in line.channels))]
        assert sum(plain[1:]) == plain[0]


def test_a_segment_too_small_to_show_has_its_count_and_the_reason_only() -> None:
    group = partition(
        row("a", "A", "70", n=2466, adds="0.5", change="1"), row("b", "B", None, n=3, adds="-0.34"), name="Age"
    )
    table = _table(groups=(group,))
    hidden = table.lines[1]
    assert (hidden.customers, hidden.reason, hidden.score, hidden.interval, hidden.points) == (
        "3", "fewer than 5 customers", "–", "–", "–",
    )  # fmt: skip
    assert (hidden.band, hidden.change.text, hidden.adds, hidden.spark) == (
        BandMark(code=None, name="–"),
        "–",
        "–",
        None,
    )
    assert hidden.channels == (HeatCell(text="–", shade=None),) * 3
    assert (table.rest, table.rest_name) == ("−0.34", "Segments too small to show")
    assert Decimal("0.50") - Decimal("0.34") == Decimal(table.total.adds.removeprefix("+"))


def test_a_single_channel_would_repeat_the_sum() -> None:
    only = (grocery_actions()[0],)
    total = figures(actions=only, points_per_customer=only[0].points_per_customer)
    table = segment_table(
        group=partition(row("a", "A", "70", n=900)),
        total=total,
        change=None,
        trend=(),
        parts=None,
        comparison=comparison(),
        terms=terms(),
    )
    assert (table.channels, table.lines[0].channels, table.has_adds, table.spark_header) == ((), (), False, "")


def test_sparks_begin_where_somebody_has_a_score_and_share_one_scale() -> None:
    table = _table()
    assert table.spark_header == "2 months, 50–100"
    assert table.lines[0].spark is not None
    assert table.lines[0].spark.values == (Fraction("95.6"), Fraction("94.44"))


@pytest.mark.parametrize(
    ("value", "most", "wanted"),
    [
        ("135.82", "135.82", 4),
        ("99.58", "135.82", 3),
        ("53.12", "135.82", 1),
        ("0", "9", 0),
        ("-3", "9", 0),
        ("0", "0", 0),
    ],
)
def test_shades_are_fifths_of_the_largest(value: str, most: str, wanted: int) -> None:
    assert shade(value=Fraction(value), most=Fraction(most)) == wanted


@pytest.mark.parametrize(
    ("change", "text", "quiet"),
    [(None, "–", True), ("0.049999", "unchanged", True), ("0.05", "+0.05", False), ("-1.2", "−1.20", False)],
)
def test_changes(change: str | None, text: str, quiet: bool) -> None:
    value = None if change is None else Fraction(change)
    assert change_text(change=value, terms=terms()) == ChangeText(text=text, is_quiet=quiet)


def test_a_total_that_is_not_its_parts_is_printed_part_by_part() -> None:
    """Channels that are not all: each is rounded alone, and nothing claims that they add up."""
    odd = figures(points_per_customer=Fraction(5))
    assert channel_texts(odd, ("purchase", "app"), terms()) == ("77.21", "2.80")


# ── trend and targets ────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_of_weights_is_a_note_on_the_trend() -> None:
    panel = _page().trend
    assert panel is not None
    assert [(note.day, note.text) for note in panel.chart.notes] == [(BEFORE, "Set 2 from 30 Nov 2017")]
    assert panel.table.rows[0][:2] == ("Oct 2017", Decimal("68.43"))
    assert panel.table.header[-1] == "Weights"
    assert [row[-1] for row in panel.table.rows] == ["Set 1", "Set 2 from 30 Nov 2017", "Set 2"]
    assert panel.lines == ()


def _two_lines(**restated: Any) -> list[TrendPoint]:
    """October, then November and December with set 2, which counted from 20 December on."""
    october, november, december = (
        replace(point(day, "68", weight_set=2), **restated) for day in (date(2017, 10, 31), BEFORE, DAY)
    )
    return [replace(october, weight_set_number=1, restates=False, has_other_line=False), november, december]


def test_the_line_as_it_was_and_the_restated_one_each_mark_where_their_weights_change() -> None:
    """A set restated from 15 November on is marked there, and in the other line on the day it was put in force."""
    restated = _two_lines(restates=True, has_other_line=True, holds_from=date(2017, 11, 15))
    panel = trend_panel(points=restated, target=None, window_days=90, terms=terms(), asked={"as_of": "2017-12-31"})
    assert panel is not None
    assert [(note.day, note.text) for note in panel.chart.notes] == [
        (date(2017, 11, 15), "Set 2, restated from 15 Nov 2017")
    ]
    assert [row[-1] for row in panel.table.rows] == ["Set 1", "Set 2, restated from 15 Nov 2017", "Set 2, restated"]
    assert "Restated: the past scored again with later weights." in panel.caption
    assert [(line.label, line.url, line.current) for line in panel.lines] == [
        ("As it was", "?as_of=2017-12-31&line=as-it-was#h-trend", False),
        ("Restated", "?as_of=2017-12-31&line=restated#h-trend", True),
    ]
    then = _two_lines(has_other_line=True, holds_from=date(2017, 12, 20))
    then[1] = replace(then[1], weight_set_number=1, holds_from=None)
    asked = {"as_of": "2017-12-31", "line": "as-it-was"}
    panel = trend_panel(points=then, target=None, window_days=90, terms=terms(), asked=asked)
    assert panel is not None
    assert [(note.day, note.text) for note in panel.chart.notes] == [(date(2017, 12, 20), "Set 2 from 20 Dec 2017")]
    assert "As it was: each day scored with the weights that held then." in panel.caption
    assert [line.current for line in panel.lines] == [True, False]


def test_a_period_that_was_not_scored_stops_the_line_and_is_named() -> None:
    """Weeks to 10 and 31 December; those between were left out: four marks, no step over them."""
    days = (date(2017, 12, 3), date(2017, 12, 10), DAY)
    panel = trend_panel(
        points=[point(day, "68.9") for day in days], target=None, window_days=90, terms=terms(), by=By.WEEK
    )
    assert panel is not None
    assert [(mark.label, mark.value is None, mark.scored) for mark in panel.chart.marks] == [
        ("3 Dec", False, True), ("10 Dec", False, True), ("17 Dec", True, False), ("24 Dec", True, False),
        ("31 Dec", False, True),
    ]  # fmt: skip
    assert panel.table.rows[2] == ("Week to 17 Dec 2017", None, None, None, "not scored")
    drawn = [mark for mark in panel.chart.draw().marks if isinstance(mark, Plot)]
    assert [[len(shape.points) for shape in plot.shapes if shape.css == "ln"] for plot in drawn] == [[2]]
    assert panel.unscored == (
        Unscored(day="2017-12-17", text="17 Dec 2017"), Unscored(day="2017-12-24", text="24 Dec 2017"),
    )  # fmt: skip
    assert panel.caption.startswith("Score at the end of each week, 90 days back.")
    assert "The line stops where a week was not scored." in panel.caption
    assert finished_scores(points=[point(day, "68.9") for day in days], by=By.WEEK)[2:4] == [None, None]


def test_a_month_without_a_number_is_a_gap() -> None:
    points = [point(BEFORE, None), point(DAY, "68.9")]
    panel = trend_panel(points=points, target=None, window_days=90, terms=terms())
    assert panel is not None
    assert [mark.value for mark in panel.chart.marks] == [None, Fraction("68.9")]
    assert trend_panel(points=points[:1], target=None, window_days=90, terms=terms()) is None


def test_a_target_and_its_number_agree_as_printed() -> None:
    def shown(value: str, current: str | None, **changes: object) -> tuple[str, str, str]:
        line = target_line(target=target(value, current=current, **changes), terms=terms())
        return line.value, line.current, line.gap

    assert shown("75", "68.928716") == ("75", "68.93", "−6.07")
    assert shown("75", "74.999") == ("75", "74.999", "−0.001")
    assert shown("75", "75.001") == ("75", "75.00", "0.00")
    assert shown("72.5", None) == ("72.5", "–", "–")
    assert shown("90", "80.990684", measure="points_per_customer") == ("90", "80.99", "−9.01")


def test_the_fixture_adds_up() -> None:
    """The three ages add what the total changed by: the tables above rest on it."""
    assert sum(each.adds_to_total or 0 for each in ages().rows) == scorecard().change
