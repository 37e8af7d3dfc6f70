"""Rules tried on the customers stored now: how many they find, and whether a partition covers everybody once.

Customers are read as combinations of the values that the rules look at, so that half a million customers of seven age
groups are seven rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.scoring import queries
from engagement.scoring.models import ExclusionDefinition
from engagement.scoring.numerals import whole
from engagement.scoring.rules import Rule, evaluate, is_missing, parse_rule
from engagement.scoring.types import PartitionReport, RuleCount
from tenants.models import Organisation
from tenants.remembering import remembered

_CUSTOMERS_LOOKED_AT: Final = 10_000
_NAMES_GIVEN: Final = 50


@dataclass(frozen=True, eq=False, slots=True)
class _Combinations:
    """Combinations of known values, by the protocol of scoring.rules, and how many customers have each."""

    customers: NDArray[np.int64]
    traits: Mapping[str, NDArray[np.object_]]
    identities: NDArray[np.object_]

    @property
    def n(self) -> int:
        return len(self.customers)

    def trait(self, name: str) -> NDArray[np.object_]:
        return self.traits[name]

    def external_ids(self) -> NDArray[np.object_]:
        return self.identities

    def activity(self, name: str) -> NDArray[np.int64]:
        raise ValueError(f"{name} is known to a scoring only")


def count_matching(*, organisation: Organisation, rule: Rule) -> RuleCount:
    """How many of the customers who are scored match now; unknown for rules over activity.

    Who is left out by an exclusion rule over traits is not counted.
    """
    known = () if rule.activities() else (rule,)
    found, keep = _combinations(organisation, known)
    of = int(found.customers[keep].sum())
    if rule.activities():
        return RuleCount(n=None, of=of)
    return RuleCount(n=int(found.customers[keep & evaluate(rule=rule, columns=found)].sum()), of=of)


def partition_report(*, organisation: Organisation, rules: Sequence[Rule]) -> PartitionReport:
    """Whether each customer who is scored matches exactly one of the rules."""
    known = tuple(rule for rule in rules if not rule.activities())
    found, keep = _combinations(organisation, known)
    customers = found.customers[keep]
    n = int(customers.sum())
    if len(known) < len(rules):
        return PartitionReport(n=n, n_gaps=0, n_overlaps=0, is_checked=False)
    times = np.zeros(found.n, dtype=np.int64)
    for rule in known:
        times += evaluate(rule=rule, columns=found)
    times = times[keep]
    return PartitionReport(
        n=n,
        n_gaps=int(customers[times == 0].sum()),
        n_overlaps=int(customers[times > 1].sum()),
        is_checked=True,
    )


def trait_values(*, organisation: Organisation, trait: str, most: int) -> tuple[str, ...]:
    """The distinct known values of a trait, trimmed, sorted as text.

    Raises InvalidInputError for a trait that nobody has, and for one with more than `most` values.
    """
    rows = queries.fetch("trait_combinations", organisation_id=organisation.pk, traits=[trait], with_ids=False)
    values = {row[0][0].strip() for row in rows if not is_missing(row[0][0])}
    if not values:
        text = _("No customer has a value for “{trait}”. Check how it is written.").format(trait=trait)
        raise InvalidInputError(fields={"trait": [text]})
    if len(values) > most:
        text = _("“{trait}” has {n} different values; {most} are the limit. Make segments with rules instead.")
        said = text.format(trait=trait, n=whole(len(values)), most=whole(most))
        raise InvalidInputError(fields={"trait": [said]})
    return tuple(sorted(values))


def trait_names(*, organisation: Organisation) -> tuple[str, ...]:
    """Traits known of the latest customers, the most frequent first, for suggestions."""
    rows = queries.fetch(
        "trait_names", organisation_id=organisation.pk, sample=_CUSTOMERS_LOOKED_AT, names=_NAMES_GIVEN
    )
    return tuple(str(name) for name, _times in rows)


def exclusion_in_force() -> Rule | None:
    """The rule that says who is not scored; None without one."""
    newest = remembered("scoring.exclusion", ExclusionDefinition.objects.order_by("-number").first)
    return None if newest is None or newest.rule is None else parse_rule(newest.rule)


def _combinations(organisation: Organisation, rules: Sequence[Rule]) -> tuple[_Combinations, NDArray[np.bool_]]:
    """What the rules look at, and which combinations are scored: an exclusion over activity leaves nobody out here."""
    exclusion = exclusion_in_force()
    excluding = [exclusion] if exclusion is not None and not exclusion.activities() else []
    looked_at = [*rules, *excluding]
    names = sorted({name for rule in looked_at for name in rule.traits()})
    rows = queries.fetch(
        "trait_combinations",
        organisation_id=organisation.pk,
        traits=names,
        with_ids=any(rule.needs_external_ids() for rule in looked_at),
    )
    found = _Combinations(
        customers=np.fromiter((row[2] for row in rows), dtype=np.int64, count=len(rows)),
        traits={name: _column(row[0][place] for row in rows) for place, name in enumerate(names)},
        identities=_column(row[1] for row in rows),
    )
    keep = np.ones(found.n, dtype=np.bool_)
    for rule in excluding:
        keep &= ~evaluate(rule=rule, columns=found)
    return found, keep


def _column(values: Iterator[str | None]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=np.object_)
