"""What customers bring in and what they cost. Whatever is not known stays None: it is never taken for 0."""

from __future__ import annotations

from fractions import Fraction


def margin_of(*, revenue: Fraction | None, margin_thousandths: int | None) -> Fraction | None:
    """What is left of revenue by the share that is margin.

    >>> margin_of(revenue=Fraction(1_000), margin_thousandths=250)
    Fraction(250, 1)
    """
    if revenue is None or margin_thousandths is None:
        return None
    return revenue * margin_thousandths / 1_000


def profit_of(
    *, margin: Fraction | None, other: Fraction | None, acquisition: Fraction | None, programme: Fraction | None
) -> Fraction | None:
    """Margin and other revenue less both costs; None where margin or a cost is not known.

    Other revenue that nobody has entered adds nothing: it is what comes on top. A cost that nobody has entered is not
    known, and a profit without it would flatter; who has none enters 0.

    >>> profit_of(margin=Fraction(250), other=None, acquisition=Fraction(100), programme=Fraction(80))
    Fraction(70, 1)
    """
    if margin is None or acquisition is None or programme is None:
        return None
    return margin + (other or 0) - acquisition - programme


def return_of(*, profit: Fraction | None, cost: Fraction | None) -> Fraction | None:
    """Return on investment: profit ÷ what was spent; None where either is not known or nothing was spent.

    >>> return_of(profit=Fraction(70), cost=Fraction(180))
    Fraction(7, 18)
    """
    return None if profit is None or not cost else profit / cost
