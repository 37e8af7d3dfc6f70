"""The two distributions that intervals and chances rest on, in decimal arithmetic: normal, and Student's t."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

EXACT: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
Z_95: Final = Decimal("1.959963984540054")  # 97.5 % quantile of the standard normal distribution

# 97.5 % quantiles of Student's t for 1…15 degrees of freedom; beyond, the expansion below is off by less than 1e-6.
_T_95: Final = tuple(
    Decimal(value)
    for value in (
        "12.706205", "4.302653", "3.182446", "2.776445", "2.570582", "2.446912", "2.364624", "2.306004",
        "2.262157", "2.228139", "2.200985", "2.178813", "2.160369", "2.144787", "2.131450",
    )
)  # fmt: skip
# Powers of z, from the first, by power of 1 ÷ degrees of freedom (Cornish and Fisher; Abramowitz & Stegun 26.7.5).
_EXPANSION: Final = (
    (4, ((1, 1), (1, 3))),
    (96, ((3, 1), (16, 3), (5, 5))),
    (384, ((-15, 1), (17, 3), (19, 5), (3, 7))),
    (92_160, ((-945, 1), (-1_920, 3), (1_482, 5), (776, 7), (79, 9))),
)
# Beyond ten standard deviations lies less than 1e-23.
_FAR: Final = 10


def t_95(*, degrees: int) -> Decimal:
    """How many standard errors a 95 % interval reaches to each side: the 97.5 % quantile of Student's t.

    `degrees` of freedom ≥ 1, else ValueError; right to 1e-6. It falls towards 1.96 as degrees grow.

    >>> t_95(degrees=4), t_95(degrees=29).quantize(Decimal("0.0001"))
    (Decimal('2.776445'), Decimal('2.0452'))
    """
    if degrees < 1:
        raise ValueError("an interval needs at least one degree of freedom")
    if degrees <= len(_T_95):
        return _T_95[degrees - 1]
    return expanded(Z_95, degrees=degrees)


def expanded(z: Decimal, *, degrees: int) -> Decimal:
    """The quantile of Student's t where the normal distribution has z: four terms of Cornish and Fisher's expansion.

    Right to 1e-6 for z of 1.96 and more than 15 degrees; to 1e-3 for z up to 4 and 29 degrees and more.

    >>> expanded(Decimal("3.0902323"), degrees=29).quantize(Decimal("0.001"))
    Decimal('3.396')
    """
    total, power = z, 1
    for divisor, terms in _EXPANSION:
        power *= degrees
        polynomial = sum((factor * z**exponent for factor, exponent in terms), Decimal(0))
        total = EXACT.add(total, EXACT.divide(polynomial, Decimal(divisor * power)))
    return total


def t_above(t: Decimal, *, degrees: int) -> Decimal:
    """The share of Student's t distribution above t, 0…1, for an even number of degrees ≥ 2; ValueError for another.

    With c = degrees ÷ (degrees + t²), half of 1 − |t| ÷ √(degrees + t²) · (1 + c/2 + 1·3/(2·4) · c² + …), degrees ÷ 2
    terms in brackets (Abramowitz & Stegun 26.7.4): finite, so right to about 1e-38.

    >>> t_above(Decimal("2.776445"), degrees=4).quantize(Decimal("0.000001"))
    Decimal('0.025000')
    """
    if degrees < 2 or degrees % 2:  # noqa: PLR2004  the series is that of even degrees
        raise ValueError("give an even number of degrees of freedom")
    whole = EXACT.add(EXACT.multiply(t, t), Decimal(degrees))
    cosine_2 = EXACT.divide(Decimal(degrees), whole)
    term = total = Decimal(1)
    for even in range(2, degrees, 2):
        term = EXACT.divide(EXACT.multiply(EXACT.multiply(term, cosine_2), Decimal(even - 1)), Decimal(even))
        total = EXACT.add(total, term)
    inside = EXACT.multiply(EXACT.divide(abs(t), EXACT.sqrt(whole)), total)
    tail = max(EXACT.divide(EXACT.subtract(Decimal(1), inside), Decimal(2)), Decimal(0))
    return tail if t >= 0 else EXACT.subtract(Decimal(1), tail)


def normal_below(z: Decimal) -> Decimal:
    """The share of a standard normal distribution below z, 0…1, right to 1e-20.

    Φ(z) = 1/2 + e^(−z²/2) ÷ √(2π) · (z + z³/3 + z⁵/15 + …), all terms of one sign, so that nothing is lost.

    >>> normal_below(Decimal("1.959963984540054")).quantize(Decimal("0.000001"))
    Decimal('0.975000')
    """
    if abs(z) > _FAR:
        return Decimal(int(z > 0))
    term = total = EXACT.plus(z)
    odd = 1
    while abs(term) > Decimal(10) ** -30:
        odd += 2
        term = EXACT.divide(EXACT.multiply(term, EXACT.multiply(z, z)), Decimal(odd))
        total = EXACT.add(total, term)
    density = EXACT.divide(EXACT.exp(EXACT.multiply(z, -z) / 2), _ROOT_2_PI)
    return EXACT.add(Decimal("0.5"), EXACT.multiply(density, total))


_ROOT_2_PI: Final = Decimal("2.506628274631000502415765284811045253007")


def root(value: Fraction) -> Decimal:
    """The square root of a fraction ≥ 0, to 40 digits.

    >>> root(Fraction(9, 4))
    Decimal('1.5')
    """
    return EXACT.sqrt(as_decimal(value))


def as_decimal(value: Fraction) -> Decimal:
    """A fraction as a Decimal of 40 digits.

    >>> as_decimal(Fraction(1, 8))
    Decimal('0.125')
    """
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
