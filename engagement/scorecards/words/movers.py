"""What is said about who moved: never why."""

from __future__ import annotations

from typing import Final

from engagement.insights.mover_types import MoverLine, Movers
from engagement.insights.terms import Terms
from engagement.look.numbers import count_text, delta_text
from engagement.scorecards.words.findings import short_name
from engagement.scorecards.words.periods import compared_words
from engagement.scoring.formula import Movement

NAMES: Final = {
    Movement.ROSE: "Rose",
    Movement.FELL: "Fell",
    Movement.STAYED: "Stayed",
    Movement.SILENT: "Newly silent",
    Movement.BACK: "Came back",
    Movement.JOINED: "Joined",
    Movement.LEFT: "Left",
}
MEANS: Final = {
    Movement.ROSE: "a higher score than before",
    Movement.FELL: "a lower score, with something that counts still",
    Movement.STAYED: "the same score: at 0, at 100, or at the same points",
    Movement.SILENT: "points before, nothing that counts now",
    Movement.BACK: "nothing that counted before, points now",
    Movement.JOINED: "not in the segment before",
    Movement.LEFT: "not in the segment any more",
}
TAGS: Final = {Movement.SILENT: "newly silent", Movement.BACK: "came back"}
REGRESSION: Final = (
    "The score of one customer moves much from period to period by nature. Who stood unusually high mostly comes down"
    " and who stood unusually low mostly goes up, whatever anybody did (regression to the mean)."
)
NOT_WHY: Final = "The action beside a name is where most of the points moved. That goes together; it is not the cause."


def finding(*, found: Movers, terms: Terms) -> str:
    """Example: "45–54: 62 rose, 58 fell, 3 fell silent"."""
    subject = short_name(found.segment_name)
    if found.reason:
        return f"{subject}: who moved is not known"
    rose, fell, silent = (
        count_text(found.tally[movement], locale=terms.locale)
        for movement in (Movement.ROSE, Movement.FELL, Movement.SILENT)
    )
    return f"{subject}: {rose} rose, {fell} fell, {silent} fell silent"


def standfirst(*, found: Movers, terms: Terms) -> str:
    """What it rests on, and how many did not move."""
    if found.reason:
        return found.reason
    stayed, members = (count_text(n, locale=terms.locale) for n in (found.tally[Movement.STAYED], found.after))
    return f"{compared_words(found.comparison)}: {stayed} of {members} customers stayed where they were."


def sums(*, found: Movers, terms: Terms) -> tuple[str, ...]:
    """The lines that can be checked: everybody is in one group."""
    n = {movement: count_text(count, locale=terms.locale) for movement, count in found.tally.items()}
    before, after = (count_text(count, locale=terms.locale) for count in (found.before, found.after))
    here = [movement for movement in Movement if movement is not Movement.LEFT]
    return (
        f"{' + '.join(n[movement] for movement in here)} = {after} customers now.",
        f"{before} then + {n[Movement.JOINED]} joined − {n[Movement.LEFT]} left = {after} now.",
    )


def cautions(*, found: Movers, terms: Terms) -> tuple[str, ...]:
    """What to know before reading names."""
    said = [REGRESSION, NOT_WHY]
    if found.counted_otherwise:
        said.append(f"The earlier of the two was {found.counted_otherwise}: scores differ by that as well.")
    if found.erased:
        count = count_text(found.erased, locale=terms.locale)
        who = "1 erased customer is" if found.erased == 1 else f"{count} erased customers are"
        said.append(f"{who} in the sums of these scorings, maybe of this segment, and not here.")
    return tuple(said)


def behind(*, line: MoverLine, terms: Terms) -> str:
    """Example: "Purchase +45"; the weights alone where no action's points went that way."""
    if not line.action:
        return "the weights, no action"
    places = 0 if line.action_points % 1 == 0 else 2
    return f"{line.action} {delta_text(line.action_points, places=places, locale=terms.locale)}"
