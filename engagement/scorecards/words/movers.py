"""What is said about who moved: never why."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from engagement.insights.mover_types import MoverLine, Movers
from engagement.insights.terms import Terms
from engagement.look.numbers import count_text, delta_text
from engagement.look.said import Said
from engagement.scorecards.words.findings import short_name
from engagement.scorecards.words.periods import compared_words
from engagement.scoring.formula import Movement

NAMES: Final = Said(
    {
        Movement.ROSE: noop("Rose"),
        Movement.FELL: noop("Fell"),
        Movement.STAYED: noop("Stayed"),
        Movement.SILENT: noop("Newly silent"),
        Movement.BACK: noop("Came back"),
        Movement.JOINED: noop("Joined"),
        Movement.LEFT: noop("Left"),
    }
)
MEANS: Final = Said(
    {
        Movement.ROSE: noop("a higher score than before"),
        Movement.FELL: noop("a lower score, with something that counts still"),
        Movement.STAYED: noop("the same score: at 0, at 100, or at the same points"),
        Movement.SILENT: noop("points before, nothing that counts now"),
        Movement.BACK: noop("nothing that counted before, points now"),
        Movement.JOINED: noop("not in the segment before"),
        Movement.LEFT: noop("not in the segment any more"),
    }
)
TAGS: Final = Said({Movement.SILENT: noop("newly silent"), Movement.BACK: noop("came back")})
REGRESSION: Final = _lazy(
    "The score of one customer moves much from period to period by nature. Who stood unusually high mostly comes down"
    " and who stood unusually low mostly goes up, whatever anybody did (regression to the mean)."
)
NOT_WHY: Final = _lazy(
    "The action beside a name is where most of the points moved. That goes together; it is not the cause."
)


def finding(*, found: Movers, terms: Terms) -> str:
    """Example: "45–54: 62 rose, 58 fell, 3 fell silent"."""
    subject = short_name(found.segment_name)
    if found.reason:
        return _("{subject}: who moved is not known").format(subject=subject)
    rose, fell, silent = (
        count_text(found.tally[movement], locale=terms.locale)
        for movement in (Movement.ROSE, Movement.FELL, Movement.SILENT)
    )
    said = _("{subject}: {rose} rose, {fell} fell, {silent} fell silent")
    return said.format(subject=subject, rose=rose, fell=fell, silent=silent)


def standfirst(*, found: Movers, terms: Terms) -> str:
    """What it rests on, and how many did not move."""
    if found.reason:
        return found.reason
    stayed, members = (count_text(n, locale=terms.locale) for n in (found.tally[Movement.STAYED], found.after))
    said = _("{compared}: {stayed} of {n} customers stayed where they were.")
    return said.format(compared=compared_words(found.comparison), stayed=stayed, n=members)


def sums(*, found: Movers, terms: Terms) -> tuple[str, ...]:
    """The lines that can be checked: everybody is in one group."""
    n = {movement: count_text(count, locale=terms.locale) for movement, count in found.tally.items()}
    before, after = (count_text(count, locale=terms.locale) for count in (found.before, found.after))
    here = [movement for movement in Movement if movement is not Movement.LEFT]
    return (
        _("{sum} = {n} customers now.").format(sum=" + ".join(n[movement] for movement in here), n=after),
        _("{before} then + {joined} joined − {left} left = {after} now.").format(
            before=before, joined=n[Movement.JOINED], left=n[Movement.LEFT], after=after
        ),
    )


def cautions(*, found: Movers, terms: Terms) -> tuple[str, ...]:
    """What to know before reading names."""
    said = [str(REGRESSION), str(NOT_WHY)]
    if found.counted_otherwise:
        how = _("The earlier of the two was {how}: scores differ by that as well.")
        said.append(how.format(how=_(found.counted_otherwise)))
    if found.erased:
        who = ngettext(
            "{n} erased customer is in the sums of these scorings, maybe of this segment, and not here.",
            "{n} erased customers are in the sums of these scorings, maybe of this segment, and not here.",
            found.erased,
        )
        said.append(who.format(n=count_text(found.erased, locale=terms.locale)))
    return tuple(said)


def behind(*, line: MoverLine, terms: Terms) -> str:
    """Example: "Purchase +45"; the weights alone where no action's points went that way."""
    if not line.action:
        return _("the weights, no action")
    places = 0 if line.action_points % 1 == 0 else 2
    return f"{line.action} {delta_text(line.action_points, places=places, locale=terms.locale)}"
