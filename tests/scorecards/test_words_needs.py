"""What waits for a consultant: which clients, in which order, in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from engagement.insights.explaining import PartitionChange
from engagement.insights.types import PortfolioLine
from engagement.scorecards.words.needs import headline, needs_of, sort_lines, sort_needs
from tests.scorecards.made import BEFORE, DAY, client, figures, small, target, terms

TODAY = date(2018, 1, 1)


def _said(line: PortfolioLine) -> list[tuple[str, str, str]]:
    return [(need.what, need.why, need.do) for need in needs_of(line=line, terms=terms(), today=TODAY)]


def test_a_client_that_is_well_needs_nothing() -> None:
    assert _said(client()) == []


@pytest.mark.parametrize(("days", "waits"), [(0, False), (2, False), (3, True), (6, True)])
def test_no_events_for_days(days: int, waits: bool) -> None:
    last = TODAY - timedelta(days=days)
    found = needs_of(line=client(stale_days=days, last_event_on=last), terms=terms(), today=TODAY)
    if not waits:
        assert found == ()
        return
    (need,) = found
    when = f"{last.day} Dec"
    assert (need.what, need.why) == (
        f"No events for {days} days.",
        f"The last that counts happened on {when}; scores since then only age.",
    )
    assert (need.since, need.url_name, need.severity) == (last, "imports", 1)


def test_no_score_yet_says_how_far_the_client_has_come() -> None:
    nothing = client(total=None, change=None, target=None, last_event_on=None, stale_days=None)
    assert _said(nothing) == [
        ("No events yet.", "A first score takes about 20 minutes from the first file.", "Go on with the set-up")
    ]
    some = client(total=None, change=None, target=None, stale_days=1)
    assert _said(some) == [
        ("No score yet.", "Events have arrived, the last on 31 Dec; nothing has been scored.", "Go on with the set-up")
    ]
    few = client(total=small(4), change=None, target=target(current=None))
    assert _said(few) == [("No score.", "Fewer than 5 customers.", "Go on with the set-up")]


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (
            date(2018, 1, 31),
            (
                "6.1 below a target that is due in 30 days.",
                "68.9 against 75 by 31 January 2018; it would have to gain 1.4 a week.",
            ),
        ),
        (date(2018, 1, 2), ("6.1 below a target that is due in 1 day.", "68.9 against 75 by 2 January 2018.")),
        (TODAY, ("6.1 below a target that is due today.", "68.9 against 75 by 1 January 2018.")),
        (
            date(2017, 12, 1),
            ("6.1 below a target that was due on 1 December 2017.", "68.9 against 75 by 1 December 2017."),
        ),
    ],
)  # fmt: skip
def test_below_a_target_that_is_due(due: date, said: tuple[str, str]) -> None:
    (need,) = needs_of(line=client(target=target(due_on=due)), terms=terms(), today=TODAY)
    assert (need.what, need.why) == said
    assert need.since == (due if due < TODAY else None)
    assert need.url_name == "targets"


def test_a_target_that_is_far_away_or_reached_waits_for_nobody() -> None:
    near, far = TODAY + timedelta(days=90), TODAY + timedelta(days=91)
    assert len(_said(client(target=target(due_on=near)))) == 1
    assert _said(client(target=target(due_on=far))) == []
    assert _said(client(target=target("68.928716", due_on=near))) == []


def test_a_missed_target_never_reads_as_reached() -> None:
    line = client(total=figures("74.98"), target=target("75", current="74.98", due_on=TODAY))
    assert _said(line)[0][0] == "0.02 below a target that is due today."


@pytest.mark.parametrize(("change", "waits"), [("-0.99", False), ("-1", True), ("-1.8", True), ("3", False)])
def test_a_fall_of_a_whole_point(change: str, waits: bool) -> None:
    found = needs_of(line=client(change=Fraction(change)), terms=terms(), today=TODAY)
    assert bool(found) is waits
    if waits:
        size, before = change.removeprefix("-"), Fraction("68.928716") - Fraction(change)
        assert found[0].what == f"Fell by {size if '.' in size else size + '.0'}."
        assert found[0].why == f"From {float(before):.1f} to 68.9. Lowest segment: 65+ at 90.3."
        assert (found[0].since, found[0].do) == (BEFORE, "See the split")


_ALERTED: dict[str, Any] = {"alerts": 1, "alerts_since": DAY}
_LATE: dict[str, Any] = {"stale_days": 3, "last_event_on": DAY}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, [("An alert is open.", "Found for 31 Dec.", 3)]),
        (
            {**_LATE, "alert_is_late": True},
            [("An alert is open.", "No events for 3 days. Found for 31 Dec.", 1)],  # as urgent as late data is
        ),
        (
            {"change": Fraction(-2), "alert_fell_on": DAY},
            [("An alert is open.", "Fell by 2.0. Found for 31 Dec.", 3)],
        ),
        (
            {**_LATE, "change": Fraction(-2), "alerts": 2, "alert_is_late": True, "alert_fell_on": DAY},
            [("2 alerts are open.", "No events for 3 days. Fell by 2.0. The first was found for 31 Dec.", 1)],
        ),
    ],
)
def test_what_an_open_alert_is_about_is_said_once(changes: dict[str, Any], said: list[tuple[str, str, int]]) -> None:
    found = needs_of(line=client(**{**_ALERTED, **changes}), terms=terms(), today=TODAY)
    assert [(need.what, need.why, need.severity) for need in found] == said
    assert [need.url_name for need in found] == ["alerts"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (_LATE, ["No events for 3 days.", "An alert is open."]),  # about something else
        ({**_LATE, "alert_fell_on": DAY}, ["No events for 3 days.", "An alert is open."]),
        ({"change": Fraction(-2), "alert_is_late": True}, ["An alert is open.", "Fell by 2.0."]),
        ({"change": Fraction(-2), "alert_fell_on": BEFORE}, ["An alert is open.", "Fell by 2.0."]),  # another month's
        ({"alert_is_late": True, "alert_fell_on": DAY}, ["An alert is open."]),  # it is over by now
    ],
)
def test_an_alert_about_something_else_hides_nothing(changes: dict[str, Any], said: list[str]) -> None:
    found = needs_of(line=client(**{**_ALERTED, **changes}), terms=terms(), today=TODAY)
    assert [need.what for need in found] == said


def _split(mix: str, rate: str) -> PartitionChange:
    ends = Fraction(70), 70 + Fraction(mix) + Fraction(rate)
    return PartitionChange(
        set_key="age", set_name="Age", before=ends[0], after=ends[1], mix=Fraction(mix), rate=Fraction(rate), parts=(),
        reason=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "mix", "rate", "said"),
    [
        ("-6", "-8", "2", "Fell by 6.0 while its segments rose."),
        ("-6", "-6.04", "0.04", "Fell by 6.0."),  # a rate that reads "unchanged" is none
        ("-6", "-5", "-1", "Fell by 6.0."),
        ("-0.9", "-2.9", "2", ""),  # less than a point is in the table
        ("3", "4.5", "-1.5", "Rose by 3.0 while its segments fell."),
        ("3", "1", "2", ""),
    ],
)
def test_a_total_that_goes_against_its_parts(change: str, mix: str, rate: str, said: str) -> None:
    line = client(change=Fraction(change), partitions=(_split(mix, rate),))
    found = needs_of(line=line, terms=terms(), today=TODAY)
    assert [need.what for need in found] == ([said] if said else [])
    if "while" in said:
        assert found[0].url_name == "explained"
        assert "by Age. There are other customers than before." in found[0].why


def test_the_most_urgent_comes_first_and_levels_are_no_order() -> None:
    well, poor = client("Well", total=figures("20"), target=None), client("Best", total=figures("99"), target=None)
    stale = client("Zeta", stale_days=6, last_event_on=DAY)
    fell = client("Alpha", change=Fraction(-2))
    lines = [well, poor, fell, stale]
    needs = {line.organisation_id: needs_of(line=line, terms=terms(), today=TODAY) for line in lines}
    assert [line.name for line in sort_lines(lines=lines, needs=needs)] == ["Zeta", "Alpha", "Best", "Well"]
    both = sort_needs(need for found in needs.values() for need in found)
    assert [need.organisation_name for need in both] == ["Zeta", "Alpha"]
    raised = [replace(line, total=figures("50")) for line in lines]
    assert [line.name for line in sort_lines(lines=raised, needs=needs)] == ["Zeta", "Alpha", "Best", "Well"]


@pytest.mark.parametrize(
    ("clients", "in_need", "said"),
    [
        (0, 0, "No clients yet: add the first one"),
        (1, 0, "Nothing waits for you"),
        (1, 1, "Your one client needs you"),
        (8, 4, "Four of your eight clients need you"),
        (8, 1, "One of your eight clients needs you"),
        (20, 13, "13 of your 20 clients need you"),
        (3, 0, "Nothing waits for you in three clients"),
    ],
)
def test_headline(clients: int, in_need: int, said: str) -> None:
    assert headline(clients=clients, in_need=in_need) == said
