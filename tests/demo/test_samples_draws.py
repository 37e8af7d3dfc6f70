"""The draws are the same everywhere: the numbers here are the promise."""

from __future__ import annotations

from collections import Counter

import pytest

from engagement.demo.samples.draws import Draws


def test_a_seed_gives_these_numbers_and_no_others() -> None:
    draws = Draws(20_240_501)

    assert [draws.below(1_000_000) for _ in range(6)] == [
        896_699,
        305_281,
        355_889,
        118_976,
        624_971,
        721_929,
    ]


def test_another_seed_gives_another_row() -> None:
    one, other = Draws(1), Draws(2)

    assert [one.below(1000) for _ in range(5)] != [other.below(1000) for _ in range(5)]


def test_below_reaches_both_ends_and_stays_inside() -> None:
    draws = Draws(7)

    assert {draws.below(4) for _ in range(200)} == {0, 1, 2, 3}


def test_never_and_always() -> None:
    draws = Draws(7)

    assert not any(draws.happens(permille=0) for _ in range(500))
    assert all(draws.happens(permille=1000) for _ in range(500))


def test_values_are_picked_by_their_share() -> None:
    draws = Draws(7)
    picked = Counter(draws.pick((("a", 3), ("b", 0), ("c", 1))) for _ in range(4_000))

    assert set(picked) == {"a", "c"}
    assert 2_900 < picked["a"] < 3_100


def test_a_pick_without_a_share_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Draws(7).pick((("a", 0),))
