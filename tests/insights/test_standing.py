"""Targets as they are printed: the state in words, both paces, the way on a scale, nothing rounded past a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from engagement.insights.outlook_types import PastTarget, TargetOutlook
from engagement.insights.present import target_line
from engagement.insights.standing import heading, past_line, standing, target_text
from engagement.insights.types import TargetFigures
from engagement.scoring.formula import TargetState
from tests.scorecards.made import target, terms

OUTLOOK = TargetOutlook(
    state=TargetState.AT_RISK,
    value=Fraction("69.4"),
    value_on=date(2017, 12, 31),
    days_left=181,
    needed_a_month=Fraction("0.7730"),
    recent_a_month=Fraction("0.6969"),
    recent_half_width_95=Decimal("0.602"),
    projected=Fraction("73.547"),
    projected_half_width_95=Decimal("4.138"),
    chance=Decimal("0.4151"),
    months=(date(2017, 10, 31), date(2017, 11, 30), date(2017, 12, 31)),
)


def of(outlook: TargetOutlook | None = OUTLOOK, value: str = "74", **changes: object) -> TargetFigures:
    current = None if outlook is None or outlook.value is None else str(outlook.value)
    made = target(value, current=current, start_value=Decimal(68), start_as_of=date(2017, 10, 31), outlook=outlook)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_worked_example_in_words() -> None:
    shown = standing(target=of(), terms=terms())
    assert (shown.code, shown.mark, shown.name) == ("at_risk", "≈", "at risk")
    assert shown.pace == (
        "Needs +0.77 a month. The last three months gave +0.70 ± 0.60. At that pace 73.5 ± 4.1 on 30 June 2018: a"
        " chance of about 42 % that it is there."
    )
    assert shown.chart is not None
    assert shown.chart.label() == (
        "Target 74. Start, 31 Oct 2017 68; 31 Dec 2017 69.4; 30 Jun 2018, at this pace 73.5 ± 4.1."
        " On a scale from 65 to 80."
    )
    assert shown.table is not None
    assert [row[0] for row in shown.table.rows] == [
        "Start, 31 Oct 2017",
        "31 Dec 2017",
        "30 Jun 2018, at this pace",
        "Target",
    ]


@pytest.mark.parametrize("state", list(TargetState))
def test_every_state_has_a_mark_and_a_name_of_its_own(state: TargetState) -> None:
    shown = [standing(target=of(replace(OUTLOOK, state=each)), terms=terms()) for each in TargetState]
    assert len({each.mark for each in shown}) == len({each.name for each in shown}) == len(TargetState)
    assert state.value in {each.code for each in shown}


def test_a_target_that_is_there_says_whether_it_will_hold() -> None:
    there = replace(OUTLOOK, state=TargetState.REACHED, value=Fraction("74.5"), chance=Decimal("0.3"))
    assert standing(target=of(there), terms=terms()).pace == (
        "74.5 on 31 December 2017, which is enough. The last three months gave +0.70 ± 0.60. At that pace 73.5 ± 4.1 on"
        " 30 June 2018: a chance of about 30 % that it is still there."
    )


def test_a_settled_target_shows_the_number_that_decided() -> None:
    missed = TargetOutlook(state=TargetState.MISSED, value=Fraction("73.98"), value_on=date(2018, 6, 30), days_left=0)
    assert standing(target=of(missed), terms=terms()).pace == "73.98 on 30 June 2018: −0.02 against the target."


def test_what_is_not_known_is_said() -> None:
    unknown = TargetOutlook(state=TargetState.UNKNOWN, reason="no score: fewer than 5 customers")
    shown = standing(target=of(unknown), terms=terms())
    assert (shown.name, shown.pace, shown.chart, shown.table) == (
        "not known", "No score: fewer than 5 customers.", None, None,
    )  # fmt: skip
    no_pace = TargetOutlook(
        state=TargetState.UNKNOWN, reason="no pace: Nov 2017 was not scored", value=Fraction(69),
        value_on=date(2017, 12, 31), days_left=181, needed_a_month=Fraction(1),
    )  # fmt: skip
    shown = standing(target=of(no_pace), terms=terms())
    assert shown.pace == "Needs +1.00 a month. No pace: Nov 2017 was not scored."
    assert shown.chart is not None
    assert shown.chart.projected is None
    assert standing(target=of(None), terms=terms()).name == "not known"


@pytest.mark.parametrize(("chance", "words"), [("0.001", "less than 1 %"), ("0.999", "more than 99 %")])
def test_a_chance_is_never_certain(chance: str, words: str) -> None:
    shown = standing(target=of(replace(OUTLOOK, chance=Decimal(chance))), terms=terms())
    assert f"a chance of {words} that" in shown.pace


def test_an_active_share_is_said_in_per_cent() -> None:
    share = replace(
        OUTLOOK, value=Fraction(3, 4), needed_a_month=Fraction("0.004"), recent_a_month=Fraction("-0.012"),
        recent_half_width_95=Decimal("0.062"), projected=Fraction("0.70"), projected_half_width_95=Decimal("0.2"),
    )  # fmt: skip
    figures = of(share, "0.78", measure="active_share", start_value=Decimal("0.745"))
    line = target_line(target=figures, terms=terms())
    assert (line.measure, line.value, line.current, line.gap) == ("Active share", "78 %", "75.0 %", "−3.0 %")
    assert line.standing.pace == (
        "Needs +0.4 % of customers a month. The last three months gave −1.2 % of customers (± 6.2). At that pace 70.0 %"
        " (± 20.0) on 30 June 2018: a chance of about 42 % that it is there."
    )
    assert line.standing.chart is not None
    assert line.standing.chart.label().startswith("Target 78 %. Start, 31 Oct 2017 74.5 %; 31 Dec 2017 75 %;")


def test_points_per_customer_go_below_nothing_only_where_they_are() -> None:
    points = of(replace(OUTLOOK, projected=Fraction(2), value=Fraction(3)), "9", measure="points_per_customer")
    shown = standing(target=replace(points, start_value=None), terms=terms())
    assert shown.chart is not None
    assert shown.chart.axis.low == 0
    below = standing(target=replace(points, start_value=Decimal(-1)), terms=terms())
    assert below.chart is not None
    assert below.chart.axis.low < 0


def test_a_target_is_printed_with_the_decimals_it_has() -> None:
    assert target_text(value=Decimal("72.5"), measure="score", terms=terms()) == "72.5"
    assert target_text(value=Decimal("0.455"), measure="active_share", terms=terms()) == "45.5 %"


def test_the_heading_counts_states() -> None:
    assert heading(states=[]) == "No target is set"
    assert heading(states=["at risk"]) == "1 target: at risk"
    states = ["off track", "missed", "off track", "reached", "not known"]
    assert heading(states=states) == "5 targets: 1 reached, 2 off track, 1 missed, 1 not known"
    assert len(heading(states=["reached", "on track", "at risk", "off track", "missed"] * 9)) <= 75


def test_a_former_target_as_it_was() -> None:
    past = PastTarget(
        id="x", segment_key="all", segment_name="All customers", measure="score", value=Decimal("72.50"),
        due_on=date(2018, 6, 30), owner_name="", start_value=Decimal("68.928"), start_as_of=date(2017, 12, 31),
        note="why", set_by="Cora", set_at=datetime(2018, 1, 2, 9, tzinfo=UTC), retired_at=None,
    )  # fmt: skip
    line = past_line(target=past, terms=terms())
    assert (line.value, line.start, line.owner, line.set_at, line.ended) == (
        "72.5", "68.9, 31 Dec 2017", "–", "2 Jan 2018, 09:00", "in force",
    )  # fmt: skip
    ended = past_line(target=replace(past, retired_at=datetime(2018, 2, 1, 8, tzinfo=UTC)), terms=terms())
    assert ended.ended == "1 Feb 2018, 08:00"
