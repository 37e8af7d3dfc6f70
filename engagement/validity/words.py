"""What is said about checks: plainly, and never more than an interval holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, decimal_text, range_text, short_text
from engagement.look.said import Said
from engagement.validity.models import Outcome
from engagement.validity.types import (
    COUNTS_FOR_DAYS,
    ENOUGH,
    CheckFound,
    CheckLine,
    Estimated,
    Expiry,
    OutcomeLine,
    Reason,
    SegmentValidity,
    Standing,
    Suggestion,
    Verdict,
)

_VERDICTS: Final = Said(
    {
        Verdict.LOW_FIRST: noop("low scores came first"),
        Verdict.NO_EVIDENCE: noop("no evidence"),
        Verdict.REVERSED: noop("the other way round"),
        Verdict.FEW_OUTCOMES: noop("not enough outcomes"),
        Verdict.FEW_CUSTOMERS: noop("too few customers"),
        Verdict.CANNOT: noop("cannot be checked"),
    }
)
_HEADLINES: Final = Said(
    {
        Verdict.LOW_FIRST: noop("A low score came first more often than chance would have it"),
        Verdict.NO_EVIDENCE: noop("No evidence that a low score comes first"),
        Verdict.REVERSED: noop("The score works the other way round: high scores came first"),
        Verdict.FEW_OUTCOMES: noop("Not enough outcomes to tell what a low score means"),
        Verdict.FEW_CUSTOMERS: noop("Too few customers to tell what a low score means"),
        Verdict.CANNOT: noop("This outcome leaves nothing of the score to check"),
    }
)
_REASONS: Final = Said(
    {
        Reason.ONLY_OUTCOME: noop(
            "Cannot be checked: without the outcome’s actions no action with a weight above 0 is left, so the score "
            "would be held against itself. Give other actions a weight, or choose another outcome."
        ),
        Reason.UNKNOWN_ACTIONS: noop(
            "Cannot be checked: that day’s scoring did not count all of the outcome’s actions. Score the day again, or "
            "choose another outcome."
        ),
        Reason.FEW_OUTCOMES: noop(
            "No weights are suggested: too few customers with the outcome, or without it, for so many actions."
        ),
        Reason.NOTHING_KNOWN: noop(
            "No weights are suggested: no action’s effect can be told from chance, or the known ones have no points to "
            "share out. The weights in force are as good as any that this data can give."
        ),
        Reason.NO_OTHERS: noop(
            "No weights are suggested: without the outcome’s actions fewer than two are left to weigh."
        ),
    }
)
_STANDINGS: Final = Said(
    {
        Standing.SUGGESTED: noop("suggested"),
        Standing.NOT_KNOWN: noop("not known: stays"),
        Standing.OUTCOME: noop("is the outcome: stays"),
    }
)
_CAUSES: Final = Said({"asked": noop("asked for"), "monthly": noop("by itself")})
_STATES: Final = Said({"waiting": noop("on its way"), "done": noop("done"), "failed": noop("failed")})


def verdict(one: SegmentValidity) -> str:
    return _VERDICTS[one.verdict]


def reason_words(code: str) -> str:
    """Why a check has no result, or suggests no weights."""
    return _REASONS[Reason(code)]


def standing_words(standing: Standing) -> str:
    return _STANDINGS[standing]


def cause_words(code: str) -> str:
    return _CAUSES[code]


def state_words(code: str) -> str:
    return _STATES[code]


# ── the outcome ──────────────────────────────────────────────────────────────────────────────────────────────


def outcome_words(outcome: OutcomeLine) -> str:
    """Example: "no Purchase in the 60 days after, among those who did it in the window"."""
    names = _(" or ").join(f"“{name}”" for name in outcome.action_names)
    if outcome.kind == Outcome.Kind.NO_REPEAT:
        said = ngettext(
            "no {actions} in the {n} day after, among customers who had one in the window",
            "no {actions} in the {n} days after, among customers who had one in the window",
            outcome.days,
        )
    elif names:
        said = ngettext(
            "no {actions} in the {n} day after, among customers who were active in the window",
            "no {actions} in the {n} days after, among customers who were active in the window",
            outcome.days,
        )
    else:
        said = ngettext(
            "no counted action in the {n} day after, among customers who were active in the window",
            "no counted action in the {n} days after, among customers who were active in the window",
            outcome.days,
        )
    return said.format(actions=names, n=outcome.days)


def guard_words(outcome: OutcomeLine, found: SegmentValidity | None, *, terms: Terms) -> str:
    """What left the score for the check, and what the score with it would have seemed to know."""
    if not outcome.action_names:
        return _(
            "Every counted action is part of this outcome, so none could leave the score: that busy customers stay "
            "busy makes it look better than it would for an outcome of its own. Name the actions that say somebody "
            "stayed to have them taken out."
        )
    names = _(" and ").join(f"“{name}”" for name in outcome.action_names)
    said = _("{actions} left the score for this check, or it would be held against itself.").format(actions=names)
    if found is None or found.auc is None or found.auc_whole is None:
        return said
    both = _(
        "With it the lower score was right in {whole} of 100 pairs, without it in {guarded}; the second is the answer."
    )
    return f"{said} " + both.format(
        whole=pairs(found.auc_whole.value, terms=terms), guarded=pairs(found.auc.value, terms=terms)
    )


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────


def pairs(value: float, *, terms: Terms) -> str:
    """An AUC as so many of 100 pairs."""
    return decimal_text(estimate(value * 100, places=0), places=0, locale=terms.locale)


def estimate(value: float, *, places: int) -> Decimal:
    """An estimate as it may be printed: rounded at the border."""
    return rounded(Decimal(repr(value)), places=places)


def between(found: Estimated, *, terms: Terms) -> str:
    """The interval in pairs of 100: "67 to 75"."""
    low, high = (estimate(end * 100, places=0) for end in (found.low, found.high))
    return _("{low} to {high}").format(
        low=decimal_text(low, places=0, locale=terms.locale), high=decimal_text(high, places=0, locale=terms.locale)
    )


def headline(check: CheckFound | None, *, limited: bool) -> str:
    if check is None:
        return _("Nobody knows yet whether a low score means something")
    if limited:
        return _("What low scores came before in your segments")
    if check.line.reason:
        return _HEADLINES[Verdict.CANNOT]
    return _HEADLINES[check.segments[0].verdict] if check.segments else _("Nobody was scored on that day")


def sentence(one: SegmentValidity, *, terms: Terms) -> str:
    """The verdict of one segment, with its interval, as somebody would say it."""
    if one.verdict is Verdict.FEW_CUSTOMERS:
        return _("Fewer customers than numbers may rest on.")
    if one.auc is None:
        text = _("Not enough outcomes: fewer than {n} customers with the outcome, or fewer than {n} without it.")
        return text.format(n=ENOUGH)
    said = {
        Verdict.LOW_FIRST: _(
            "Of 100 pairs of customers, one with the outcome and one without, the one with it had the lower score in "
            "{pairs} ({between}). Chance alone gives 50."
        ),
        Verdict.NO_EVIDENCE: _(
            "Of 100 pairs of customers, one with the outcome and one without, the one with it had the lower score in "
            "{pairs} ({between}). That holds 50, which chance alone gives: no evidence that a low score says anything."
        ),
        Verdict.REVERSED: _(
            "Of 100 pairs of customers, one with the outcome and one without, the one with it had the lower score in "
            "{pairs} ({between}) only. Chance alone gives 50, so high scores came first: look at which actions have "
            "the largest weights, and whether somebody does them on the way out."
        ),
    }[one.verdict]
    return said.format(pairs=pairs(one.auc.value, terms=terms), between=between(one.auc, terms=terms))


def standfirst(check: CheckFound | None, *, terms: Terms, limited: bool) -> str:
    """What was checked; or, before the first check, what one is."""
    if check is None:
        return _(
            "A check takes a scored day some time ago, looks at what its customers did since, and says whether low "
            "scores came first."
        )
    line = check.line
    said = [
        _("Scores of {day}, held against: {outcome}.").format(
            day=day_text(line.as_of, locale=terms.locale), outcome=outcome_words(line.outcome)
        )
    ]
    if line.reason:
        said.append(reason_words(line.reason))
    elif check.segments and not limited:
        said.append(sentence(check.segments[0], terms=terms))
    return " ".join(said)


def many_words(check: CheckFound, *, terms: Terms) -> str:
    """That many segments were looked at, of which some stand out by chance."""
    n = sum(one.is_checked for one in check.segments if one.key != "all")
    if n <= 1:
        return ""
    text = _(
        "{n} segments were looked at together: of twenty without anything behind them about one would stand out. "
        "“Holds” says that the verdict also stands when that is allowed for (Holm’s method)."
    )
    return text.format(n=count_text(n, locale=terms.locale))


def expiry_words(line: CheckLine) -> str:
    """Why a check stands for the present no more, and what to do; "" where it does."""
    if line.expiry is None:
        return ""
    if line.expiry is Expiry.OLD:
        text = _("This check has expired: it is more than {n} days old. Ask for a new one.")
        return text.format(n=COUNTS_FOR_DAYS)
    if line.expiry is Expiry.OTHER_OUTCOME:
        return _("This check has expired: another outcome is set since. Ask for a new one.")
    text = _(
        "This check has expired: it is about weight set {n}, and another one is in force. Ask for a new one; where the "
        "new set has another window, restate the past first."
    )
    return text.format(n=line.weight_set_number)


def left_out_words(n: int, *, terms: Terms) -> str:
    if not n:
        return ""
    said = ngettext(
        "{n} customer was merged into another one since and is left out.",
        "{n} customers were merged into others since and are left out.",
        n,
    )
    return said.format(n=count_text(n, locale=terms.locale))


# ── calibration ──────────────────────────────────────────────────────────────────────────────────────────────


def calibration_words(one: SegmentValidity, *, terms: Terms) -> str:
    """How far what was expected by the score is from what happened."""
    if one.slope is None or one.intercept is None or one.brier is None or one.brier_base is None:
        return ""
    numbers = {
        name: decimal_text(estimate(value, places=3), places=3, locale=terms.locale)
        for name, value in (("brier", one.brier), ("base", one.brier_base))
    }
    if one.brier < one.brier_base:
        said = _(
            "Knowing the score makes the guess better: Brier score {brier}, and {base} for the same guess for all."
        )
    else:
        said = _("Knowing the score makes no guess better: Brier score {brier}, and {base} for the same guess for all.")
    slope, intercept = (
        decimal_text(estimate(value, places=2), places=2, locale=terms.locale) for value in (one.slope, one.intercept)
    )
    curve = _("Slope {slope} and intercept {intercept}, where 1 and 0 fit.").format(slope=slope, intercept=intercept)
    return f"{said.format(**numbers)} {curve}"


def group_name(place: int, *, lowest: int, highest: int, terms: Terms) -> str:
    """Example: "1: score 0.0–3.3"."""
    low, high = (rounded(Decimal(end) / 1_000_000, places=1) for end in (lowest, highest))
    one = short_text(low, most=1, locale=terms.locale)
    said = one if low == high else range_text(low, high, most=1, locale=terms.locale)
    return _("{n}: score {range}").format(n=place, range=said)


# ── suggested weights ────────────────────────────────────────────────────────────────────────────────────────


def suggestion_heading(found: Suggestion) -> str:
    if found.reason:
        return _("No weights are suggested")
    if found.gain is not None and found.gain.low > 0:
        return _("Other weights would tell better who stays")
    return _("Weights by a model tell no better who stays")


def gain_words(found: Suggestion, *, terms: Terms) -> str:
    """Whether the suggested weights tell who comes back any better, on customers they were not made from."""
    if found.gain is None or found.auc_now is None or found.auc_suggested is None:
        return ""
    now, then = (pairs(one.value, terms=terms) for one in (found.auc_now, found.auc_suggested))
    if found.gain.low > 0:
        text = _(
            "On customers it was not made from, the lower score was right in {then} of 100 pairs instead of {now}."
        )
    elif found.gain.high < 0:
        text = _(
            "On customers it was not made from it does worse: {then} of 100 pairs instead of {now}. Keep what you have."
        )
    else:
        text = _(
            "On customers it was not made from it does no better that could be told from chance: {then} of 100 pairs, "
            "{now} with the weights of now."
        )
    return text.format(now=now, then=then)


def as_of_words(day: date, *, terms: Terms) -> str:
    return day_text(day, locale=terms.locale)
