"""What the organisation in scope gives: one number a lever, however many steps it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engagement.cases.models import Measure
from engagement.cases.readout_types import Effect, ReadOutView, Warned
from engagement.cases.selectors import last_read_outs
from engagement.look.exact import units
from engagement.pooled.rules import MILLION
from engagement.pooled.types import Share

# Small groups say so by a wide interval; whatever else is warned of makes an effect another thing than it seems.
_ALLOWED = frozenset({Warned.SMALL})
_PLACES = len(str(MILLION)) - 1


def shares(*, before: datetime) -> tuple[Share, ...]:
    """By lever, of the last read-out of each step that was made before an instant and that nothing speaks against.

    Effect: the mean of the read-outs. Error: the mean of their errors, which the error of a mean never exceeds, however
    they hang together: read-outs of one organisation often share the customers they compare with.
    """
    found: dict[str, list[Effect]] = {}
    for lever, view in last_read_outs(before=before):
        effect = usable(view)
        if effect is not None:
            found.setdefault(lever, []).append(effect)
    return tuple(_share(lever, found[lever]) for lever in sorted(found))


def usable(view: ReadOutView) -> Effect | None:
    """The effect on the score; None where there is none, where it is exact by accident, or something speaks against it.

    Left out: too early, changed after the start, made by activity, fell before the start, another rule, other steps at
    the same time, and groups that did not move alike before.
    """
    effect = view.effect(Measure.SCORE.value)
    if effect is None or effect.error <= 0 or view.pre_trend.verdict == "not":
        return None
    return effect if _ALLOWED.issuperset(view.warnings) else None


def _share(lever: str, effects: Sequence[Effect]) -> Share:
    n = len(effects)
    mean = sum((one.effect for one in effects), Decimal()) / n
    error = sum((one.error for one in effects), Decimal()) / n
    return Share(lever, n, units(mean, places=_PLACES), max(1, units(error, places=_PLACES)))
