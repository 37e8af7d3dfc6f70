"""Invented answers to surveys: how often each is given in which month, drawn anew in the same order each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from engagement.demo.samples.draws import Draws
from engagement.demo.samples.story_types import SampleAnswer

Shares = tuple[tuple[int, int], ...]


def draw_answers(
    *,
    seed: int,
    kind: str,
    months: Sequence[date],
    a_month: int,
    shares: Mapping[date, Shares],
    usual: Shares,
    customers: Sequence[str],
) -> tuple[SampleAnswer, ...]:
    """`a_month` answers of every month (by its first day), by customers drawn from all; `shares` of months unlike the
    usual.
    """
    draws = Draws(seed)
    return tuple(
        SampleAnswer(
            day=month + timedelta(days=draws.below(28)),  # every month has a 28th
            kind=kind,
            value=draws.pick(shares.get(month, usual)),
            customer=customers[draws.below(len(customers))],
        )
        for month in months
        for _number in range(a_month)
    )
