"""Score and companion moving apart: found where it is so, said with its p, and hardly ever found in noise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from engagement.companions import services
from engagement.companions.models import SurveyAnswer
from engagement.companions.selectors import contradictions
from engagement.companions.types import Contradiction
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.companions.companion_world import (
    DECEMBER,
    FEBRUARY,
    JANUARY,
    NOVEMBER,
    answered,
    make_shop,
    measured,
    scored,
    sell,
)
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity

N = 60


def found(small: Small, *, keys: tuple[str, ...] = ("all",), month: date | None = None) -> list[Contradiction]:
    with organisation_scope(small.id, write=False):
        organisation = Organisation.objects.get(pk=small.id)
        return list(contradictions(organisation=organisation, now=NOW, segment_keys=keys, month=month))


def _sales(small: Small, month: date, times: list[int], *, cents: int = 1_000) -> None:
    """Customer i buys so many times, on as many days of the month."""
    sell(small, [(at + 1, month.replace(day=2 + day), cents) for at, n in enumerate(times) for day in range(n)])


def _visits(small: Small, month: date, times: list[int]) -> None:
    add_activity(small, [(at + 1, "visit", month.replace(day=9), n) for at, n in enumerate(times) if n])


@pytest.fixture
def rising(world: World) -> Small:
    """Sixty customers visit twice as often in February as in January, and spend less: the score rises for sure."""
    small = make_shop(world.ours, customers=N)
    for month in (NOVEMBER, DECEMBER, JANUARY):
        _sales(small, month, [1 + at % 3 for at in range(N)])
    _sales(small, FEBRUARY, [4 + at % 3 for at in range(N)], cents=100)
    _visits(small, JANUARY, [2 + at % 3 for at in range(N)])
    _visits(small, FEBRUARY, [5 + at % 3 for at in range(N)])
    scored(small, NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
    measured(small)
    return small


def test_complacency_is_found_with_its_test(rising: Small) -> None:
    """Score up; 40 of 60 satisfied answers in January, 20 of 60 in February: z = 3.65, p = 0.00026 before Holm."""
    for month, good in ((JANUARY, 40), (FEBRUARY, 20)):
        answered(rising, [(month, at + 1, 5 if at < good else 1) for at in range(N)], kind="csat")
    services.compute(organisation_id=rising.id, now=NOW)
    said = {one.measure: one for one in found(rising)}
    csat = said["csat"]
    assert (csat.kind, csat.month, csat.before) == ("score_up", FEBRUARY, JANUARY)
    assert csat.p is not None
    assert csat.p == pytest.approx(0.000261 * (csat.looked_at - 2), rel=0.6)
    assert csat.score_change > 0
    assert said["revenue"].kind == "score_up", "four small sales bring in less than two large ones"
    assert "repeat" not in said, "it rose with the score"


def test_too_few_answers_say_nothing(rising: Small) -> None:
    for month, good in ((JANUARY, 29), (FEBRUARY, 0)):
        answered(rising, [(month, at + 1, 5 if at < good else 1) for at in range(29)], kind="csat")
    services.compute(organisation_id=rising.id, now=NOW)
    assert "csat" not in {one.measure for one in found(rising)}


def test_activity_without_profit(rising: Small, world: World) -> None:
    with organisation_scope(rising.id):
        for kind, amount in (("acquisition", "0"), ("programme", "900")):
            services.enter_money(
                organisation=world.ours, month=FEBRUARY, kind=kind, segment_key="all", amount=Decimal(amount), note="",
                user=None, now=NOW,
            )  # fmt: skip
    services.compute(organisation_id=rising.id, now=NOW)
    [one] = [one for one in found(rising) if one.kind == "without_profit"]
    assert one.value < 0
    assert one.score_change > 0


def test_nobody_is_told_before_there_are_two_months(rising: Small) -> None:
    assert found(rising) == []
    services.compute(organisation_id=rising.id, now=NOW)
    assert found(rising, month=NOVEMBER) == []


def test_control_in_noise_it_is_hardly_ever_found(world: World) -> None:
    """The same chances in every month, answers drawn anew: at most one of twenty looks names anything."""
    random = np.random.default_rng(11)
    small = make_shop(world.ours, customers=N)
    for month in (NOVEMBER, DECEMBER, JANUARY, FEBRUARY):
        _sales(small, month, random.poisson(2, N).clip(0, 9).tolist())
        _visits(small, month, random.poisson(4, N).clip(0, 9).tolist())
    scored(small, NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
    measured(small)
    named, looked = 0, 0
    for _draw in range(12):
        with organisation_scope(small.id):
            SurveyAnswer.objects.all().delete()
        for month in (DECEMBER, JANUARY, FEBRUARY):
            answered(small, [(month, n + 1, int(random.integers(1, 6))) for n in range(N)], kind="csat")
        services.compute(organisation_id=small.id, now=NOW)
        for month in (JANUARY, FEBRUARY):
            named += bool(found(small, month=month))
            looked += 1
    assert looked == 24
    assert named <= looked // 20
