"""Weights a check suggests: what is known, what stays, and the draft that people may make of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from engagement.errors import ConflictError, NotFoundError
from engagement.scoring.models import WeightSet
from engagement.scoring.selectors.weights import draft_view
from engagement.scoring.services.weights import draft
from engagement.validity.formula.sampling import is_tested, sample_keys
from engagement.validity.formula.suggesting import Effects, effects, mapped
from engagement.validity.selectors.gathering import SAMPLE, Sample
from engagement.validity.services.drafting import draft_suggested
from engagement.validity.types import CheckFound, Reason, Standing, Suggestion
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.validity.validity_world import checked, make_client


def _counts(n: int, *, seed: int = 2) -> Any:
    return np.random.default_rng(seed).poisson(2.0, size=(n, 3)).astype(float)


def _stayed(counts: Any, effect: Any, *, seed: int = 3) -> Any:
    dice = np.random.default_rng(seed)
    return dice.random(len(counts)) < 1 / (1 + np.exp(-(counts @ effect - (counts @ effect).mean())))


# ── the model ────────────────────────────────────────────────────────────────────────────────────────────────


def test_effects_are_scikit_learns_and_their_intervals_hold_the_truth() -> None:
    counts = _counts(6_000)
    true = np.array([0.4, 0.0, -0.2])
    stayed = _stayed(counts, true)
    found = effects(counts=counts, stayed=stayed)
    cut = np.minimum(counts, [np.percentile(column[column > 0], 99) for column in counts.T])
    spread = cut.std(axis=0)
    model = LogisticRegression(C=found.strength, tol=1e-10, max_iter=2_000).fit(
        (cut - cut.mean(axis=0)) / spread, stayed
    )
    assert found.each == pytest.approx(model.coef_[0] / spread, abs=1e-5)
    assert found.is_known.tolist() == [True, False, True]
    assert ((found.low - 0.03 <= true) & (true <= found.high + 0.03)).all()


def test_the_same_customers_give_the_same_effects() -> None:
    counts = _counts(500)
    stayed = _stayed(counts, np.array([0.3, 0.0, 0.0]))
    one, other = effects(counts=counts, stayed=stayed), effects(counts=counts, stayed=stayed)
    assert (one.each == other.each).all()
    assert (one.low == other.low).all()


def test_where_nothing_is_there_hardly_anything_is_known() -> None:
    known = []
    for seed in range(8):
        counts = _counts(600, seed=seed)
        found = effects(counts=counts, stayed=_stayed(counts, np.zeros(3), seed=100 + seed))
        known += found.is_known.tolist()
    assert sum(known) <= 4  # of 24 about one


def test_effects_become_weights_with_as_many_points_as_before() -> None:
    """By hand: the first two are known, worth 1·3 + 4·1 = 7 points; 0.2·3 + 0.1·1 = 0.7: 10 points to 1 of effect."""
    found = Effects(
        each=np.array([0.2, 0.1, 0.05]), low=np.array([0.1, 0.01, -0.1]), high=np.array([0.3, 0.2, 0.2]),
        strength=1.0, n=100, n_stayed=50,
    )  # fmt: skip
    made = mapped(found=found, now=np.array([1_000, 4_000, 5_000]), mean_counts=np.array([3.0, 1.0, 2.0]))
    assert made is not None
    assert made.thousandths.tolist() == [2_000, 1_000, 5_000]
    assert made.is_suggested.tolist() == [True, True, False]


def test_no_points_to_share_out_suggest_nothing() -> None:
    found = Effects(np.array([0.2]), np.array([0.1]), np.array([0.3]), 1.0, 100, 50)
    assert mapped(found=found, now=np.array([0]), mean_counts=np.array([3.0])) is None
    worse = Effects(np.array([-0.2]), np.array([-0.3]), np.array([-0.1]), 1.0, 100, 50)
    assert mapped(found=worse, now=np.array([1_000]), mean_counts=np.array([3.0])) is None
    unknown = Effects(np.array([0.2]), np.array([-0.1]), np.array([0.3]), 1.0, 100, 50)
    assert mapped(found=unknown, now=np.array([1_000]), mean_counts=np.array([3.0])) is None


def test_a_sample_does_not_depend_on_the_order_of_chunks() -> None:
    numbers = np.arange(1, 2 * SAMPLE)
    keys = sample_keys(numbers)
    assert len(np.unique(keys)) == len(keys)
    assert 0.32 < is_tested(keys).mean() < 0.35
    parts = [
        Sample(keys[some], numbers[some][:, None], numbers[some] % 2 == 0, len(numbers[some]))
        for some in (np.arange(0, SAMPLE), np.arange(SAMPLE, 2 * SAMPLE - 1))
    ]
    one, other = parts[0].joined_by(parts[1]), parts[1].joined_by(parts[0])
    assert len(one.keys) == SAMPLE
    assert one.n == 2 * SAMPLE - 1
    assert (one.counts == other.counts).all()
    assert (one.counts[:, 0] % 2 == 0).tolist() == one.stayed.tolist()


# ── of a check ───────────────────────────────────────────────────────────────────────────────────────────────


def _suggested(check: CheckFound) -> Suggestion:
    assert check.suggestion is not None
    return check.suggestion


def test_what_tells_gets_points_and_what_is_not_known_stays(world: World) -> None:
    make_client(world.ours)
    found = _suggested(checked(world.ours))
    assert found.reason == ""
    standing = {line.key: (line.standing, line.now_thousandths) for line in found.weights}
    assert standing["t-purchase"] == (Standing.OUTCOME, 10_000)
    assert standing["t-visit"] == (Standing.SUGGESTED, 1_000)
    for line in found.weights:
        assert line.standing is Standing.SUGGESTED or line.thousandths == line.now_thousandths
    assert found.n + found.n_tested == 400
    assert found.points_suggested == pytest.approx(found.points_now, rel=0.06)  # two significant digits
    assert found.gain is not None
    assert found.gain.low <= found.gain.value <= found.gain.high


def test_where_nothing_tells_nothing_is_suggested(world: World) -> None:
    make_client(world.ours, effect=0.0, seed=8)
    assert _suggested(checked(world.ours)).reason == Reason.NOTHING_KNOWN


def _draft(world: World, *, number: int = 1, replaces: bool = False) -> None:
    with organisation_scope(world.ours.pk):
        draft_suggested(organisation=world.ours, number=number, replaces=replaces, user=world.consultant, now=NOW)


def test_a_draft_is_made_and_nothing_is_published(world: World) -> None:
    make_client(world.ours)
    wanted = {line.key: Decimal(line.thousandths) / 1000 for line in _suggested(checked(world.ours)).weights}
    _draft(world)
    with organisation_scope(world.ours.pk, write=False):
        view = draft_view(organisation=world.ours)
        assert view is not None
        assert {line.key: line.weight for line in view.weights if line.key in wanted} == wanted
        assert (view.state, view.full_points, view.based_on) == ("draft", 30, 50)
        assert "check 1" in view.note
        assert WeightSet.objects.get(state="published").number == 50


def test_somebodys_draft_is_not_overwritten_unless_it_is_said(world: World) -> None:
    make_client(world.ours)
    checked(world.ours)
    with organisation_scope(world.ours.pk):
        before = draft(organisation=world.ours, user=world.admin, now=NOW)
    with pytest.raises(ConflictError, match="draft"):
        _draft(world)
    with organisation_scope(world.ours.pk, write=False):
        assert draft_view(organisation=world.ours) == before
    _draft(world, replaces=True)
    with organisation_scope(world.ours.pk, write=False):
        after = draft_view(organisation=world.ours)
    assert after is not None
    assert (before.note, after.note) == ("", "Suggested by validity check 1.")


def test_no_draft_of_nothing_nor_of_other_weights(world: World) -> None:
    make_client(world.ours, effect=0.0, seed=8)
    checked(world.ours)
    with pytest.raises(NotFoundError):
        _draft(world, number=2)
    with pytest.raises(ConflictError, match="suggests no weights"):
        _draft(world)


def test_no_draft_once_another_set_is_in_force(world: World) -> None:
    make_client(world.ours)
    checked(world.ours)
    with organisation_scope(world.ours.pk):
        WeightSet.objects.filter(state="published").update(number=51)
    with pytest.raises(ConflictError, match="set 51"):
        _draft(world)
