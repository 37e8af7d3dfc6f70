"""What a common yardstick says, in words: who is told apart, what is not measured, and why somebody has no rank."""

from __future__ import annotations

from collections.abc import Sequence

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
        return "No client has been measured by this yardstick yet"
    if not ranges:
        return "No client can be ranked by this yardstick yet"
    if len(ranges) == 1:
        return "One client alone is measured: there is nothing to rank"
    first = [name for name, found in zip(names, ranges, strict=True) if found.best == 1]
    if len(first) == 1:
        return f"{first[0]} is first of {len(ranges)} by this yardstick"
    if all(found == RankRange(1, len(ranges)) for found in ranges):
        return f"The data cannot tell these {len(ranges)} clients apart"
    return f"{len(first)} of {len(ranges)} clients may be first by this yardstick"


def ranks(found: RankRange | None) -> str:
    """A rank where the data leaves one open, else from which to which: "2" or "3–7"."""
    if found is None:
        return EN.none
    return str(found.best) if found.best == found.worst else f"{found.best}–{found.worst}"


def ranks_sentence(found: RankRange) -> str:
    """Example: "Ranks 3–7: the data cannot tell this client from 4 others"."""
    others = found.worst - found.best
    if not others:
        return f"Rank {found.best}: told apart from every other"
    return f"Ranks {ranks(found)}: the data does not tell which of these {others + 1}"


def measured(line: YardstickLine) -> str:
    """How much of the template counts here: "2 of 3 actions"; empty before it is known."""
    if not line.fits:
        return ""
    n = len(line.fits)
    return f"{n - len(line.missing)} of {n} action{'' if n == 1 else 's'}"


def not_measured(fits: Sequence[FittedAction]) -> str:
    """What lacks, by name: "Not measured: Purchase, Refund (counted otherwise)"; empty where nothing does."""
    told = [
        f"{action.name} (counted otherwise)" if action.fit is Fit.OTHERWISE else action.name
        for action in fits
        if not action.fit.is_measured
    ]
    return f"Not measured: {', '.join(told)}" if told else ""


def own_rules(fits: Sequence[FittedAction]) -> str:
    """What is measured as the client means it; empty where nothing is."""
    told = [action.name for action in fits if action.fit is Fit.OWN_RULE]
    return f"By a rule of its own: {', '.join(told)}" if told else ""


def bound(line: YardstickLine) -> str:
    """What the number is of the score, where something is not measured: "at least", "at most" or "about"."""
    if line.sums is None or not line.missing:
        return ""
    above, below = line.sums.open_above, line.sums.open_below
    return "about" if above and below else "at least" if above else "at most"


def why_unranked(*, n: int, shown_from: int, ranked_from: int, locale: Locale = EN) -> str:
    """Why a client with a result has no rank: it is too small; empty where it is not."""
    said = "1 customer" if n == 1 else f"{count_text(n, locale=locale)} customers"
    if not n:
        return "no customers"
    if n < shown_from:
        return f"{said}: numbers show from {shown_from}"
    if n < ranked_from:
        return f"{said}: ranked from {ranked_from}"
    return ""


def state(line: YardstickLine | None) -> str:
    """Where the work is while there is no result: "waiting", "1 of 3 parts done", what went wrong; empty when done."""
    if line is None:
        return "not measured by it yet"
    if line.state == "failed":
        return "failed: ask again"
    if line.state == "waiting":
        return f"{line.chunks_done} of {line.chunks} parts done" if line.chunks else "waiting for a worker"
    return ""
