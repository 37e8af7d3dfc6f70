"""When a change is more than chance: how far it has to lie from nothing where many are looked at together.

Who looks at twenty segments every week sees one "significant" fall a week with nothing behind it. Bonferroni: each of m
comparisons may be wrong in QUIET_SHARE ÷ m of quiet periods, so that *any* of them is in at most QUIET_SHARE, however
they hang together (segments share customers, so they are not independent, and nothing that asks for that is used).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from engagement.scoring.formula.distributions import EXACT, expanded, normal_below
from engagement.scoring.formula.falls import share_between

QUIET_SHARE: Final = Decimal("0.01")
"""In so many periods in which nothing has happened may anything at all be called a change: 1 in 100."""
LEAST_WATCHED: Final = 30
"""Under so many customers nothing is watched: neither the normal distribution nor the expansion below holds."""

_HALVINGS: Final = 40  # of 0…16: the quantile is right to 2e-11
_FURTHEST: Final = Decimal(16)


@lru_cache(maxsize=1024)
def normal_above(*, share: Decimal) -> Decimal:
    """The z above which lies `share` of a standard normal distribution; 0 < share ≤ 1/2, else ValueError.

    >>> normal_above(share=Decimal("0.025")).quantize(Decimal("0.000001"))
    Decimal('1.959964')
    """
    if not 0 < share <= Decimal("0.5"):
        raise ValueError("a share above lies between nothing and a half")
    low, high = Decimal(0), _FURTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - normal_below(middle) > share else (low, middle)
    return (low + high) / 2


def errors_needed(*, compared: int, n: int) -> Decimal:
    """How many standard errors a fall has to be, one-sided: Student's t with n − 1 degrees at QUIET_SHARE ÷ compared.

    `compared` ≥ 1 is how many comparisons are made together, `n` ≥ LEAST_WATCHED the customers of the smaller side;
    else ValueError. The more are compared, the further: of many customers 2.33 errors for one, 3.09 for ten.

    >>> [str(errors_needed(compared=m, n=10_000).quantize(Decimal("0.01"))) for m in (1, 10, 50)]
    ['2.33', '3.09', '3.54']
    """
    if compared < 1 or n < LEAST_WATCHED:
        raise ValueError("something has to be compared, of enough customers")
    return expanded(normal_above(share=QUIET_SHARE / compared), degrees=n - 1)


def is_beyond_chance(*, change: Fraction, error: Decimal, n: int, compared: int) -> bool:
    """Whether a change, up or down, is larger than errors_needed · its standard error.

    >>> is_beyond_chance(change=Fraction(-3), error=Decimal(1), n=10_000, compared=1)
    True
    >>> is_beyond_chance(change=Fraction(-3), error=Decimal(1), n=10_000, compared=10)
    False
    """
    return abs(change) > Fraction(EXACT.multiply(errors_needed(compared=compared, n=n), error))


def share_surely(*, part: int, whole: int, compared: int) -> Fraction:
    """The lower end of a share's interval (Wilson), one-sided at QUIET_SHARE ÷ compared: it is surely this much.

    >>> round(float(share_surely(part=30, whole=200, compared=1)), 4)
    0.1005
    """
    low, _ = share_between(part=part, whole=whole, z=normal_above(share=QUIET_SHARE / compared))
    return min(low, Fraction(part, whole)) if whole else low  # of nobody the last digit of a root could say more
