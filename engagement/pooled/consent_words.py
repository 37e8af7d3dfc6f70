"""What a client agrees to. A sentence that is changed needs a new version: everybody is then asked again."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

TEXT_VERSION: Final = 1

SHARED: Final[tuple[Promise, ...]] = (
    _lazy("For each lever, such as service training: the mean effect on the score, from read-outs of your steps"),
    _lazy("How sure it is, and how many read-outs it rests on"),
    _lazy("The industry that your settings name"),
)
NEVER: Final[tuple[Promise, ...]] = (
    _lazy("Your name, or anything by which readers could tell that you take part"),
    _lazy("Customers, segments, scores, targets, money"),
    _lazy("What a step or a finding is called, and what was written about it"),
)
KEPT: Final[tuple[Promise, ...]] = (
    _lazy("A figure is made of five organisations at least, and of none that would carry more than half of it."),
    _lazy(
        "Figures are made once a quarter, of those who agreed before its end, and again only where five organisations "
        "have something new: so nobody can take one figure from another and be left with yours."
    ),
    _lazy("Whoever reads your firm’s own pages sees the figures. Other firms get nothing of you."),
    _lazy(
        "You can withdraw at any time. What you gave is deleted at once, and you are in no later figure. Figures that "
        "are published stay as they are, unless fewer than five organisations are left behind them: those are hidden "
        "at once."
    ),
)
