"""What a pitfall is called and does to a score, what was found in the client's data, and the lever that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.companions.measures import MEASURES
from engagement.guidance.pitfalls import Severity, Trip
from engagement.guidance.pitfalls.checks import numbers_of
from engagement.look.locales import spoken
from engagement.look.numbers import count_text, decimal_text, share_text
from engagement.scoring.models import Channel

Numbers = Mapping[str, Fraction]
Said = Callable[[Trip, Numbers], str]


@dataclass(frozen=True, slots=True)
class Words:
    """Of one pitfall. `route` is the page on which the lever is pulled; `guide` the question that explains more."""

    title: Promise
    why: Promise
    lever: Promise
    route: str
    found: Said


SEVERITIES: Final[Mapping[Severity, Promise]] = {
    Severity.NOTE: _lazy("worth knowing"),
    Severity.WARNING: _lazy("warning"),
    Severity.SERIOUS: _lazy("serious"),
}


def _whole(value: Fraction) -> str:
    return count_text(int(value), locale=spoken())


def _share(value: Fraction) -> str:
    return share_text(value, locale=spoken())


def _names(trip: Trip) -> str:
    return ", ".join(trip.names)


def _one_channel(trip: Trip, numbers: Numbers) -> str:
    said = _("{share} of all points come from {channel}.")
    return said.format(share=_share(numbers["share"]), channel=Channel(trip.names[0]).label)


def _no_segments(trip: Trip, numbers: Numbers) -> str:
    return _("There are no segments besides all customers.")


def _identical_weights(trip: Trip, numbers: Numbers) -> str:
    weight = decimal_text(numbers["weight"], places=3, locale=spoken()).rstrip("0").rstrip(".,")
    return _("All {n} actions are worth {weight}.").format(n=_whole(numbers["actions"]), weight=weight)


def _stale(trip: Trip, numbers: Numbers) -> str:
    scored, event = int(numbers["scored"]), int(numbers["event"])
    said = ngettext("The latest score is of {n} day ago", "The latest score is of {n} days ago", scored)
    last = ngettext("the last event that counts of {n} day ago.", "the last event that counts of {n} days ago.", event)
    return f"{said.format(n=scored)}, {last.format(n=event)}"


def _no_feedback(trip: Trip, numbers: Numbers) -> str:
    return _("No survey answers and no feedback have come in.")


def _feedback_left(trip: Trip, numbers: Numbers) -> str:
    return _("Mostly negative and open for more than two months: {names}.").format(names=_names(trip))


def _short_window(trip: Trip, numbers: Numbers) -> str:
    window = int(numbers["window"])
    said = ngettext("The window is {n} day", "The window is {n} days", window).format(n=window)
    if "half_life" not in numbers:
        return f"{said}."
    half = int(numbers["half_life"])
    halved = ngettext("an event counts half after {n} day.", "an event counts half after {n} days.", half)
    return f"{said}; {halved.format(n=half)}"


def _without_effect(trip: Trip, numbers: Numbers) -> str:
    said = _("{n} of {all} actions could be worth nothing and no segment would change its place: {names}.")
    return said.format(n=_whole(numbers["actions"]), all=_whole(numbers["of"]), names=_names(trip))


def _never_occur(trip: Trip, numbers: Numbers) -> str:
    return _("Not one occurrence within the window: {names}.").format(names=_names(trip))


def _at_the_ends(trip: Trip, numbers: Numbers) -> str:
    said = _("Of {active} active customers {low} score 0 and {high} score 100.")
    low, high = _whole(numbers["at_0"]), _whole(numbers["at_100"])
    return said.format(active=_whole(numbers["active"]), low=low, high=high)


def _small(trip: Trip, numbers: Numbers) -> str:
    said = _("{n} of {all} segments have fewer than {least} customers: {names}.")
    return said.format(
        n=_whole(numbers["segments"]), all=_whole(numbers["of"]), least=_whole(numbers["least"]), names=_names(trip)
    )


def _outcome(trip: Trip, numbers: Numbers) -> str:
    said = _("{share} of the points come from what the score is held against: {names}.")
    return said.format(names=_names(trip), share=_share(numbers["share"]))


def _machines(trip: Trip, numbers: Numbers) -> str:
    customers = int(numbers["customers"])
    said = ngettext(
        "{n} customer with more than 20 actions a day has {share} of all occurrences.",
        "{n} customers with more than 20 actions a day have {share} of all occurrences.",
        customers,
    )
    return said.format(n=_whole(numbers["customers"]), share=_share(numbers["share"]))


def _apart(said: str, trip: Trip) -> str:
    pairs = [name.split(":", 1) for name in trip.names]
    words = _("{measure} ({segment})")
    listed = ", ".join(words.format(measure=MEASURES[name].short, segment=segment) for name, segment in pairs)
    return said.format(list=listed)


def _complacency(trip: Trip, numbers: Numbers) -> str:
    return _apart(_("The score rose in the last finished month while this got worse: {list}."), trip)


def _without_profit(trip: Trip, numbers: Numbers) -> str:
    return _apart(_("Points per customer rose in the last finished month without profit: {list}."), trip)


WORDS: Final[Mapping[str, Words]] = {
    "one_channel": Words(
        _lazy("One channel carries the score"),
        _lazy("What happens there moves everything; whoever prefers another way of dealing with you looks silent."),
        _lazy("Bring in events of another channel, or weigh the ones that are there against each other."),
        "actions", _one_channel,
    ),
    "no_segments": Words(
        _lazy("Nothing to compare"),
        _lazy("An average over everybody hides the groups that pull it up and down, and nobody can be addressed."),
        _lazy("Make segments from a trait such as age or plan: three minutes."),
        "segments", _no_segments,
    ),
    "identical_weights": Words(
        _lazy("Everything is worth the same"),
        _lazy("A score that does not tell a page view from a purchase counts clicks."),
        _lazy("Draft weights that say what matters; the preview shows what they would change."),
        "weights-draft", _identical_weights,
    ),
    "stale_scores": Words(
        _lazy("The numbers are not of today"),
        _lazy("Decisions taken from them answer a situation that may be over."),
        _lazy("Look at what came in last, and score the days that are missing."),
        "imports", _stale,
    ),
    "no_feedback": Words(
        _lazy("Behaviour alone"),
        _lazy("What people do does not say why. A complaint is an action, too."),
        _lazy("Ask one short question and bring the answers in, or enter what customers say."),
        "companions", _no_feedback,
    ),
    "feedback_left": Words(
        _lazy("Feedback that nobody answers"),
        _lazy("People who said what is wrong and saw nothing change say it once."),
        _lazy("Take the theme up: say who works on it, or why nothing will be done."),
        "feedback", _feedback_left,
    ),
    "short_window": Words(
        _lazy("Only the last weeks count"),
        _lazy("A short memory moves with every campaign and holiday, and says little about a relationship."),
        _lazy("Try a longer window or half-life in a draft and compare the lines."),
        "weights-draft", _short_window,
    ),
    "weights_without_effect": Words(
        _lazy("Weights that change no order"),
        _lazy("They make the model longer without telling segments apart. For single customers they may still matter."),
        _lazy("Ask whether the action is worth measuring, or whether its weight says what you mean."),
        "weights-draft", _without_effect,
    ),
    "actions_that_never_occur": Words(
        _lazy("Actions that never happen"),
        _lazy("Either nobody does it, or its events have stopped coming in under the name that counts."),
        _lazy("Check the names of the events; archive the action if it is gone for good."),
        "actions", _never_occur,
    ),
    "full_points_at_the_ends": Words(
        _lazy("The scale has only two ends"),
        _lazy("Where nearly everybody is at 0 or at 100 the score can hardly move, and bands say little."),
        _lazy("Choose full points from the distribution of active customers."),
        "weights-draft", _at_the_ends,
    ),
    "small_segments": Words(
        _lazy("Segments too small for a band"),
        _lazy("A handful of customers moves such a number; it is shown without a band and should not be ranked."),
        _lazy("Join small segments, or look at them one customer at a time."),
        "segments", _small,
    ),
    "outcome_in_score": Words(
        _lazy("The outcome is part of the score"),
        _lazy("A score that counts purchases will always go with purchases; that proves nothing about engagement."),
        _lazy("Read the validity check: it takes these actions out of the score first."),
        "validity", _outcome,
    ),
    "machine_activity": Words(
        _lazy("Activity that looks like machines"),
        _lazy("Opens by mail scanners, monitors and bots count as engagement that nobody felt."),
        _lazy("Look at these customers, leave out what is no person, or set a cap."),
        "exclusions", _machines,
    ),
    "complacency": Words(
        _lazy("A rising score beside something that falls"),
        _lazy("The number that is watched looks well while the one that matters does not."),
        _lazy("Look at both month by month before anybody celebrates."),
        "companions", _complacency,
    ),
    "activity_without_profit": Words(
        _lazy("Activity without profit"),
        _lazy("More clicks can be bought; what they cost has to come back."),
        _lazy("Hold the programme's cost against the margin of the segment."),
        "companions", _without_profit,
    ),
}  # fmt: skip


def found_text(trip: Trip) -> str:
    """What was found in the client's data, in a sentence with its numbers."""
    return WORDS[trip.code].found(trip, numbers_of(trip))
