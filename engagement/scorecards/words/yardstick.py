"""What a common yardstick says, in words: who is told apart, what is not measured, and why somebody has no rank."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.look.locales import EN, Locale
from engagement.look.numbers import count_text
from engagement.scoring.formula import RankRange
from engagement.scoring.selectors.yardsticks import YardstickLine
from engagement.scoring.templating.yardstick import Fit, FittedAction


def headline(*, names: Sequence[str], ranges: Sequence[RankRange], asked: bool) -> str:
    """What the ranks come to, for the clients that have one.

    Example: "3 of 7 clients may be first by this yardstick".
    """
    if not asked:
        return _("No client has been measured by this yardstick yet")
    if not ranges:
        return _("No client can be ranked by this yardstick yet")
    if len(ranges) == 1:
        return _("One client alone is measured: there is nothing to rank")
    first = [name for name, found in zip(names, ranges, strict=True) if found.best == 1]
    if len(first) == 1:
        return _("{client} is first of {n} by this yardstick").format(client=first[0], n=len(ranges))
    if all(found == RankRange(1, len(ranges)) for found in ranges):
        return _("The data cannot tell these {n} clients apart").format(n=len(ranges))
    return _("{some} of {n} clients may be first by this yardstick").format(some=len(first), n=len(ranges))


def ranks(found: RankRange | None) -> str:
    """A rank where the data leaves one open, else from which to which: "2" or "3–7"."""
    if found is None:
        return EN.none
    return str(found.best) if found.best == found.worst else f"{found.best}–{found.worst}"


def ranks_sentence(found: RankRange) -> str:
    """Example: "Ranks 3–7: the data cannot tell this client from 4 others"."""
    others = found.worst - found.best
    if not others:
        return _("Rank {rank}: told apart from every other").format(rank=found.best)
    return _("Ranks {ranks}: the data does not tell which of these {n}").format(ranks=ranks(found), n=others + 1)


def measured(line: YardstickLine) -> str:
    """How much of the template counts here: "2 of 3 actions"; empty before it is known."""
    if not line.fits:
        return ""
    n = len(line.fits)
    return ngettext("{some} of {n} action", "{some} of {n} actions", n).format(some=n - len(line.missing), n=n)


def not_measured(fits: Sequence[FittedAction]) -> str:
    """What lacks, by name: "Not measured: Purchase, Refund (counted otherwise)"; empty where nothing does."""
    told = [
        _("{action} (counted otherwise)").format(action=action.name) if action.fit is Fit.OTHERWISE else action.name
        for action in fits
        if not action.fit.is_measured
    ]
    return _("Not measured: {actions}").format(actions=", ".join(told)) if told else ""


def own_rules(fits: Sequence[FittedAction]) -> str:
    """What is measured as the client means it; empty where nothing is."""
    told = [action.name for action in fits if action.fit is Fit.OWN_RULE]
    return _("By a rule of its own: {actions}").format(actions=", ".join(told)) if told else ""


def bound(line: YardstickLine) -> str:
    """What the number is of the score, where something is not measured: "at least", "at most" or "about"."""
    if line.sums is None or not line.missing:
        return ""
    above, below = line.sums.open_above, line.sums.open_below
    return _("about") if above and below else _("at least") if above else _("at most")


def why_unranked(*, n: int, shown_from: int, ranked_from: int, locale: Locale = EN) -> str:
    """Why a client with a result has no rank: it is too small; empty where it is not."""
    if not n:
        return _("no customers")
    said = ""
    if n < shown_from:
        said = ngettext("{n} customer: numbers show from {least}", "{n} customers: numbers show from {least}", n)
    elif n < ranked_from:
        said = ngettext("{n} customer: ranked from {least}", "{n} customers: ranked from {least}", n)
    return said.format(n=count_text(n, locale=locale), least=shown_from if n < shown_from else ranked_from)


def state(line: YardstickLine | None) -> str:
    """Where the work is while there is no result: "waiting", "1 of 3 parts done", what went wrong; empty when done."""
    if line is None:
        return _("not measured by it yet")
    if line.state == "failed":
        return _("failed: ask again")
    if line.state != "waiting":
        return ""
    if not line.chunks:
        return _("waiting for a worker")
    said = ngettext("{done} of {n} parts done", "{done} of {n} parts done", line.chunks)  # as 0 of 1 has been said
    return said.format(done=line.chunks_done, n=line.chunks)
