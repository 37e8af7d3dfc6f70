"""The rules of disclosure, each with what it lets through and what it holds back."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given as given_any
from hypothesis import strategies as st

from engagement.pooled.rules import (
    EVERY,
    FEWEST_ORGANISATIONS,
    Given,
    Outcome,
    Published,
    decide,
    may_follow,
    n_changed,
    without_small_rest,
)


def one(key: int, effect: float = 2.0, error: float = 1.0, *, industry: str = "retail") -> Given:
    return Given(key, industry, 1, round(effect * 1_000_000), round(error * 1_000_000))


def some(keys: Iterable[int], **said: object) -> list[Given]:
    return [one(key, **said) for key in keys]  # type: ignore[arg-type]


def published(given: list[Given], *industries: str) -> Published:
    sizes = {name: sum(each.industry == name for each in given) for name in industries}
    return Published({EVERY: len(given), **sizes}, tuple(given))


# ── enough, and none that carries more than half ─────────────────────────────────────────────────────────────


def test_four_are_too_few_and_five_are_enough() -> None:
    assert decide(given=some(range(4)), earlier=()).outcome is Outcome.FEW
    found = decide(given=some(range(5)), earlier=())
    assert (found.outcome, found.organisations, set(found.figures)) == (Outcome.PUBLISHED, 5, {EVERY, "retail"})


def test_one_that_carries_more_than_half_makes_no_figure() -> None:
    # Weights 1 ÷ error²: 4 beside four of 1 is exactly half, and a little more is too much.
    assert decide(given=[one(0, error=0.5), *some(range(1, 5))], earlier=()).outcome is Outcome.PUBLISHED
    assert decide(given=[one(0, error=0.499), *some(range(1, 5))], earlier=()).outcome is Outcome.DOMINATED


def test_a_dominated_industry_is_left_out_and_all_of_them_are_shown() -> None:
    given = [one(0, error=0.4), *some(range(1, 5)), *some(range(5, 20), industry="technology")]
    found = decide(given=given, earlier=())
    assert set(found.figures) == {EVERY, "technology"}


# ── nothing small is left when one figure is taken from another ──────────────────────────────────────────────


def test_the_rest_beside_industries_is_nobody_or_five() -> None:
    retail, technology = some(range(6)), some(range(10, 15), industry="technology")
    three, five = (some(range(20, 20 + n), industry="education") for n in (3, 5))
    shown = {"retail", "technology"}
    assert without_small_rest([*retail, *technology], industries=shown) == shown
    assert without_small_rest([*retail, *technology, *three], industries=shown) == {"retail"}
    assert without_small_rest([*retail, *technology, *five], industries=shown) == shown
    assert without_small_rest([*retail, *three], industries={"retail"}) == set()


def test_what_names_no_industry_has_no_figure_of_its_own() -> None:
    assert set(decide(given=some(range(6), industry="other"), earlier=()).figures) == {EVERY}


@given_any(st.lists(st.sampled_from(["retail", "technology", "education", "other"]), min_size=5, max_size=40))
def test_no_sum_of_figures_leaves_one_to_four(industries: list[str]) -> None:
    """Whatever industries are taken from all of them: the remaining are nobody, or five at least."""
    given = [one(key, industry=name) for key, name in enumerate(industries)]
    found = decide(given=given, earlier=())
    shown = [name for name in found.figures if name]
    for taken in range(2 ** len(shown)):
        out = {name for place, name in enumerate(shown) if taken >> place & 1}
        left = sum(each.industry not in out for each in given)
        assert left == 0 or left >= FEWEST_ORGANISATIONS
    assert all(industries.count(name) >= FEWEST_ORGANISATIONS for name in shown)


# ── nor from an earlier quarter's ────────────────────────────────────────────────────────────────────────────


def test_one_that_joins_changes_no_figure_and_five_do() -> None:
    before = published(some(range(6)))
    for n in range(1, 5):
        assert decide(given=some(range(6 + n)), earlier=[before]).outcome is Outcome.KEPT
    assert decide(given=some(range(11)), earlier=[before]).outcome is Outcome.PUBLISHED


def test_the_same_again_is_published_again() -> None:
    assert decide(given=some(range(6)), earlier=[published(some(range(6)))]).outcome is Outcome.PUBLISHED


def test_new_read_outs_of_four_are_held_back_and_of_five_are_not() -> None:
    before = published(some(range(8)))
    for n, outcome in ((4, Outcome.KEPT), (5, Outcome.PUBLISHED)):
        given = [*some(range(n), effect=3.0), *some(range(n, 8))]
        assert decide(given=given, earlier=[before]).outcome is outcome


def test_who_has_withdrawn_counts_although_nothing_of_it_is_kept() -> None:
    """Nine were published, one withdrew: eight would tell its effect by what is missing."""
    before = Published({EVERY: 9}, tuple(some(range(8))))
    assert decide(given=some(range(8)), earlier=[before]).outcome is Outcome.KEPT
    assert n_changed(before=some(range(8)), n_before=9, now=some(range(8))) == 1


def test_who_withdraws_and_comes_back_is_not_counted_twice() -> None:
    before = Published({EVERY: 9}, tuple(some(range(6))))
    assert n_changed(before=some(range(6)), n_before=9, now=some(range(9))) == 3
    assert decide(given=some(range(9)), earlier=[before]).outcome is Outcome.KEPT


def test_every_earlier_figure_counts_not_only_the_last() -> None:
    """Five went and came back but one: beside the last figure that is many, beside the one before it is two."""
    first, second = published(some(range(10))), published(some(range(5)))
    third = [*some(range(9)), one(20)]
    assert decide(given=third, earlier=[second]).outcome is Outcome.PUBLISHED
    assert decide(given=third, earlier=[first, second]).outcome is Outcome.KEPT


def test_changes_count_by_part_where_parts_were_told_apart() -> None:
    """Five joined, one of them outside the industry: all less the industry would be the others, and one more."""
    retail, others = some(range(6)), some(range(10, 16), industry="education")
    before = published([*retail, *others], "retail")
    joined = [*retail, *some(range(30, 34)), *others, one(40, industry="education")]
    assert not may_follow(given=joined, industries={"retail"}, before=before)
    within = [*retail, *some(range(30, 35)), *others]
    assert may_follow(given=within, industries={"retail"}, before=before)


def test_an_industry_from_then_is_not_taken_from_all_of_now() -> None:
    """Five others left and three came: the industry, unchanged, is known from before, and three would be left."""
    retail, others = some(range(6)), some(range(10, 16), industry="education")
    before = published([*retail, *others], "retail")
    now = [*retail, *some(range(20, 23), industry="technology")]
    assert n_changed(before=others, n_before=6, now=now[6:]) == 6
    assert not may_follow(given=now, industries=(), before=before)
