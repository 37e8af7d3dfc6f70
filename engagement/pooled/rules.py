"""What may be said of several organisations together without saying anything of one. No Django, no database.

Four rules: enough organisations; none that carries more than half; no small rest that is left when one figure is taken
from another of the same quarter; and none when it is taken from one of an earlier quarter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engagement.pooled.estimates import Pooled, pooled

FEWEST_ORGANISATIONS: Final = 5
LARGEST_SHARE: Final = 0.5
MILLION: Final = 1_000_000
EVERY: Final = ""  # instead of an industry: all of them
UNNAMED: Final = "other"  # no industry of its own, so that it has no figure of its own


class Outcome(StrEnum):
    """What became of a lever in a quarter."""

    PUBLISHED = "published"
    FEW = "few"  # too few organisations
    DOMINATED = "dominated"  # one would carry more than half of it
    KEPT = "kept"  # too few have changed since it was published: the figure from then stays


@dataclass(frozen=True, slots=True)
class Given:
    """What one organisation gives for one lever: the mean of its read-outs on the score, in millionths."""

    organisation_id: int
    industry: str
    read_outs: int
    effect_millionths: int
    error_millionths: int


@dataclass(frozen=True, slots=True)
class Published:
    """What was published of a lever in an earlier quarter: how many organisations, and what of theirs is still kept.

    `organisations` is by industry, all of them under EVERY. Whoever has withdrawn counts in it and gives nothing.
    """

    organisations: Mapping[str, int]
    given: tuple[Given, ...]

    @property
    def industries(self) -> frozenset[str]:
        return frozenset(self.organisations) - {EVERY}

    @property
    def rest(self) -> int:
        """How many organisations are in none of the industries that were published."""
        return self.organisations[EVERY] - sum(self.organisations[name] for name in self.industries)


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a lever, and its figures by industry, that of all of them under EVERY."""

    outcome: Outcome
    organisations: int
    figures: Mapping[str, Pooled] = field(default_factory=dict)


def decide(*, given: Sequence[Given], earlier: Iterable[Published]) -> Decision:
    """What of a lever may be published, given all that was published of it before."""
    n = len(given)
    if n < FEWEST_ORGANISATIONS:
        return Decision(Outcome.FEW, n)
    whole = figure(given)
    if whole is None:
        return Decision(Outcome.DOMINATED, n)
    of_industries = {name: figure(of) for name, of in by_industry(given).items() if name != UNNAMED}
    figures = {name: found for name, found in of_industries.items() if found is not None}
    shown = without_small_rest(given, industries=figures)
    if not all(may_follow(given=given, industries=shown, before=before) for before in earlier):
        return Decision(Outcome.KEPT, n)
    return Decision(Outcome.PUBLISHED, n, {EVERY: whole, **{name: figures[name] for name in sorted(shown)}})


def figure(given: Sequence[Given]) -> Pooled | None:
    """The figure of some organisations; None of fewer than five, and where one carries more than half of it."""
    if len(given) < FEWEST_ORGANISATIONS:
        return None
    found = pooled(
        effects=[one.effect_millionths / MILLION for one in given],
        errors=[one.error_millionths / MILLION for one in given],
    )
    return found if found.largest_share <= LARGEST_SHARE else None


def by_industry(given: Iterable[Given]) -> dict[str, list[Given]]:
    """The same, by industry."""
    found: dict[str, list[Given]] = {}
    for one in given:
        found.setdefault(one.industry, []).append(one)
    return found


def without_small_rest(given: Sequence[Given], *, industries: Collection[str]) -> frozenset[str]:
    """Of industries with a figure those that may stand beside that of all: the others are nobody, or five at least.

    Whoever takes the industries from all of them has the figure of the others. One industry fewer is shown where those
    would be one to four, the smallest; its own organisations are then among the others.
    """
    sizes = {name: len(of) for name, of in by_industry(given).items() if name in industries}
    shown = sorted(sizes, key=lambda name: (-sizes[name], name))
    if _is_small(len(given) - sum(sizes.values())):
        shown = shown[:-1]
    return frozenset(shown)


def may_follow(*, given: Sequence[Given], industries: Collection[str], before: Published) -> bool:
    """Whether a figure may be published after an earlier one, which whoever reads both may take from it.

    In each part that was told apart then, an industry or the others, nobody has changed, or five at least have. And
    what is left of the new figure without the parts that nobody has changed in, and without the industries that are
    published now, is nobody, or five at least.
    """
    then, now = by_industry(before.given), by_industry(given)
    changes = {
        name: n_changed(before=then.get(name, []), n_before=before.organisations[name], now=now.get(name, []))
        for name in before.industries
    }
    others_then, others_now = (
        [one for one in some if one.industry not in before.industries] for some in (before.given, given)
    )
    in_others = n_changed(before=others_then, n_before=before.rest, now=others_now)
    if any(_is_small(change) for change in (*changes.values(), in_others)):
        return False
    told_apart = {name for name, change in changes.items() if not change} | set(industries)
    return not _is_small(sum(one.industry not in told_apart for one in given))


def n_changed(*, before: Sequence[Given], n_before: int, now: Sequence[Given]) -> int:
    """How many organisations changed at least: whose figures are others now, and who left or joined.

    Who has withdrawn is not known any more and may be among those who have joined since: of the two the larger counts.
    """
    then, here = ({one.organisation_id: one for one in some} for some in (before, now))
    stayed = then.keys() & here.keys()
    altered = sum(_said(then[key]) != _said(here[key]) for key in stayed)
    return altered + max(n_before - len(stayed), len(here) - len(stayed))


def _said(one: Given) -> tuple[int, int]:
    return one.effect_millionths, one.error_millionths


def _is_small(n: int) -> bool:
    """One to four: a number that could be told apart, and must not be."""
    return 0 < n < FEWEST_ORGANISATIONS
