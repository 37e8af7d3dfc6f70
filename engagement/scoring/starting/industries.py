"""Weights to begin with, by industry: our own suggestion to start from, not a measured norm. Everything can be changed.

Points for one occurrence of each kind of action, between 0 (is seen, counts for nothing) and 20; what is done often and
costs little is worth 1 or less, what commits somebody most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.scoring.starting.guessing import KINDS
from tenants.models import Organisation

_I = Organisation.Industry


@dataclass(frozen=True, slots=True)
class Starter:
    """A starting point of one industry: why so, days looked back, points by kind of action (all kinds)."""

    industry: str
    english_why: str
    window_days: int
    weights: Mapping[str, Decimal]

    @property
    def why(self) -> str:
        return _(self.english_why)

    @property
    def name(self) -> str:
        return str(_I(self.industry).label)


_USUAL: Final = {
    "purchase": "10", "basket": "3", "signup": "5", "email_click": "2", "email_open": "0", "social": "5",
    "support": "2", "survey": "4", "offline": "5", "app": "1", "visit": "1",
}  # fmt: skip


def _starter(industry: str, why: str, *, window_days: int = 90, **changed: str) -> Starter:
    unknown = changed.keys() - KINDS.keys()
    assert not unknown, unknown
    weights = {kind: Decimal(points) for kind, points in {**_USUAL, **changed}.items()}
    return Starter(industry=industry, english_why=why, window_days=window_days, weights=weights)


STARTERS: Final[Mapping[str, Starter]] = {
    starter.industry: starter
    for starter in (
        _starter(
            _I.TECHNOLOGY,
            gettext_noop("Use comes before buying: opening the product counts twice a visit, feedback much."),
            window_days=30, app="2", survey="5", support="3", purchase="15",
        ),
        _starter(
            _I.HEALTHCARE,
            gettext_noop("Appointments kept and questions asked say more than visits to the site."),
            window_days=180, offline="10", support="4", survey="5", purchase="8",
        ),
        _starter(
            _I.FINANCE,
            gettext_noop("Few purchases and much use of the app; a talk in the branch weighs as much as a product."),
            window_days=180, app="1", offline="8", purchase="15", support="3", social="2",
        ),
        _starter(
            _I.E_COMMERCE,
            gettext_noop("Purchases lead, with the basket and clicks from mails on the way to them."),
            purchase="10", basket="3", email_click="2", survey="4",
        ),
        _starter(
            _I.EDUCATION,
            gettext_noop("Regular presence counts: visits and the app add up, attending in person most."),
            app="2", offline="8", survey="4", purchase="8",
        ),
        _starter(
            _I.REAL_ESTATE,
            gettext_noop("Buying is rare: viewings in person and contacts carry the score over a long time."),
            window_days=365, offline="10", support="5", email_click="3", purchase="20",
        ),
        _starter(
            _I.RETAIL,
            gettext_noop("Purchases at the till and online lead; a visit in the shop is worth half of one."),
            purchase="10", offline="5", social="3",
        ),
        _starter(
            _I.OTHER,
            gettext_noop("The usual beginning: a visit 1, a social interaction 5, a purchase 10, a mail opened 0."),
        ),
    )
}  # fmt: skip


def starter_of(industry: str) -> Starter:
    """The starting point of an industry; that of "Other" for an unknown one."""
    return STARTERS.get(industry, STARTERS[_I.OTHER])
