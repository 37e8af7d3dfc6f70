"""How long work still takes, in words, and when nothing is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.look.remaining import seconds_left, time_left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "less than a minute left"),
        (59, "less than a minute left"),
        (60, "about 1 minute left"),
        (61, "about 2 minutes left"),
        (7_199, "about 120 minutes left"),
        (7_200, "about 2 hours left"),
        (9_000, "about 3 hours left"),
    ],
)
def test_time_left_in_words(seconds: int | None, words: str) -> None:
    assert time_left(seconds) == words


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "left"),
    [
        (90, 4, 8, 90),
        (10, 5, 100, 190),
        (10, 3, 7, 14),  # 40 / 3, rounded up
        (60, 100, 100, 0),
        (60, 101, 100, 0),
        (9, 50, 100, None),  # the first ten seconds
        (600, 4, 100, None),  # less than a twentieth
        (600, 0, 100, None),
        (600, 0, 0, None),
        (-5, 50, 100, None),
    ],
)
def test_by_the_pace_so_far_once_it_has_settled(elapsed: int, done: int, total: int, left: int | None) -> None:
    assert seconds_left(elapsed=timedelta(seconds=elapsed), done=done, total=total) == left


@given(st.integers(10, 100_000), st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_more_is_done_the_less_is_left(elapsed: int, done: int, total: int) -> None:
    now, then = (seconds_left(elapsed=timedelta(seconds=elapsed), done=n, total=total) for n in (done, done + 1))
    if now is not None:
        assert then is not None
        assert now >= then >= 0
