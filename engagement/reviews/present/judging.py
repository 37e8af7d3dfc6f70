"""Whether what was decided worked, as far as numbers can say: then, now, the difference, and what chance would do."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.cases.present.words import interval_text, places_of_measure
from engagement.cases.readout_types import Effect
from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.standing import bare_gap_text, measure_name, target_text, value_text
from engagement.insights.terms import Terms
from engagement.look.exact import exact
from engagement.look.numbers import delta_text, plus_minus_text
from engagement.reviews.numbers import decimal, fraction
from engagement.reviews.types import Json
from engagement.scorecards.present.change import printed_ends


def measured_name(said: Json) -> str:
    """What a decision is judged by: "Score of Gold"."""
    name = segment_name(key=said["segment_key"], name=said["segment_name"])
    return _("{measure} of {segment}").format(measure=measure_name(measure=said["measure"]), segment=name)


def number_text(value: Fraction | None, *, measure: str, terms: Terms) -> str:
    """A measured number by itself: a score with as many decimals as its band asks for."""
    if value is None:
        return terms.locale.none
    if measure == Target.Measure.SCORE:
        return terms.text(terms.printed(value, places=2))
    return value_text(value=value, measure=measure, terms=terms)


def judged(said: Json, *, terms: Terms) -> tuple[str, ...]:
    """What the numbers say of a former decision, in sentences; never why.

    Example: "Score of Gold: 75.00 → 60.00 (−15.00); more than chance would do (95 % interval ± 0.80)."
    """
    if not said.get("measure"):
        return (_("No number was named to judge it by, so none can say whether it worked."),)
    then, now = fraction(said["then"]), fraction(said["now"])
    if then is None or now is None:
        return (_("{what}: too few customers for a number then or now.").format(what=measured_name(said)),)
    first, last, difference = _printed(then, now, said["measure"], terms)
    text = _("{what}: {then} → {now} ({difference}); {verdict}.").format(
        what=measured_name(said), then=first, now=last, difference=difference, verdict=_verdict(said, now - then, terms)
    )
    return tuple(filter(None, (text, _target(said, now, terms), _weights(said))))


def _printed(then: Fraction, now: Fraction, measure: str, terms: Terms) -> tuple[str, str, str]:
    """Both ends and what is between them as printed, so that it can be checked with a pencil."""
    if measure == Target.Measure.SCORE:
        ends = printed_ends(before=then, now=now, terms=terms)
        places = max(0, -int(ends[1].as_tuple().exponent))
        first, last = (terms.text(end) for end in ends)
        return first, last, delta_text(ends[1] - ends[0], places=places, locale=terms.locale)
    first, last = (value_text(value=end, measure=measure, terms=terms) for end in (then, now))
    return first, last, bare_gap_text(value=now - then, measure=measure, terms=terms)


def _verdict(said: Json, change: Fraction, terms: Terms) -> str:
    if said["then_run"] == said["now_run"]:
        return _("both are of the same scoring")
    half = decimal(said["half_width_95"])
    if half is None:
        return _("no interval is known for this change, so nobody can say whether it is more than chance")
    interval = plus_minus_text(half, places=2, locale=terms.locale)
    if abs(change) <= exact(half):
        return _("consistent with chance (95 % interval {half})").format(half=interval)
    return _("more than chance would do (95 % interval {half}), which is no proof of what it came from").format(
        half=interval
    )


def _target(said: Json, now: Fraction, terms: Terms) -> str:
    if not said.get("target"):
        return ""
    goal, measure = Decimal(said["target"]), said["measure"]
    value = target_text(value=goal, measure=measure, terms=terms)
    if now >= exact(goal):
        return _("The target of {value} is reached.").format(value=value)
    gap = bare_gap_text(value=now - exact(goal), measure=measure, terms=terms)
    return _("To the target of {value}: {gap}.").format(value=value, gap=gap)


def _weights(said: Json) -> str:
    if said["then_set"] == said["now_set"]:
        return ""
    text = _("Weight set {then} then, {now} now: part of the difference comes from the weights.")
    return text.format(then=said["then_set"], now=said["now_set"])


def read_out_text(found: Json | None, *, terms: Terms) -> str:
    """What a step's read-out came to, in no more words than the estimate carries."""
    if found is None:
        return _("not read out yet")
    if found["effect"] is None:
        return _("read out: no effect can be given, too few customers")
    effect = Effect(*(Decimal(found[name]) for name in ("effect", "low", "low", "high")))
    places = places_of_measure(found["measure"])
    size = delta_text(effect.effect, places=places, locale=terms.locale)
    ends = interval_text(effect, places=places, locale=terms.locale)
    if effect.is_told_from_nothing:
        return _("read out: consistent with {size} ({ends}), not proof").format(size=size, ends=ends)
    return _("read out: {size} ({ends}), not to be told from chance").format(size=size, ends=ends)
