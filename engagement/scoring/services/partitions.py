"""A whole partition at once: one segment for each value of a trait."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.selectors.rules import trait_values
from engagement.scoring.services.numbering import MAX_NAME
from engagement.scoring.services.segments import create_segment, create_segment_set
from tenants.models import Organisation, User

MAX_TRAIT_VALUES: Final = 30
MISSING_NAME: Final = "Unknown"
# "Under 35K" comes before "35-49K": the number it names is one that it does not reach.
_BELOW: Final = re.compile(r"(?:under|below|less than|up to|<)\s*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[^\w.]*([0-9][0-9,]*(?:\.[0-9]+)?)", re.ASCII)


def segments_from_trait(*, organisation: Organisation, trait: str, name: str, user: User | None, now: datetime) -> str:
    """A partition with one segment for each value of a trait, and one for whom it is not known; returns its key.

    At most thirty values, in their natural order ("Under 35K", "35-49K", "250K+"). Raises InvalidInputError.
    """
    trait = trait.strip()
    if not trait:
        raise InvalidInputError(fields={"trait": [_("Give the name of a trait.")]})
    values = trait_values(organisation=organisation, trait=trait, most=MAX_TRAIT_VALUES)
    if any(len(value) > MAX_NAME or not value.isprintable() for value in values):
        text = _("“{trait}” has values that cannot be names of segments: over {most} characters, or several lines.")
        raise InvalidInputError(fields={"trait": [text.format(trait=trait, most=MAX_NAME)]})
    set_key = create_segment_set(organisation=organisation, name=name, is_partition=True)
    conditions = {value: {"trait": trait, "op": "is", "value": value} for value in sorted(values, key=natural_order)}
    for value, condition in [*conditions.items(), (MISSING_NAME, {"trait": trait, "op": "is_missing"})]:
        create_segment(
            organisation=organisation,
            set_key=set_key,
            name=value,
            rule={"all": [condition]},
            user=user,
            now=now,
            is_missing_data=condition["op"] == "is_missing",
            key_from=f"{trait} {value}",
        )
    return set_key


def natural_order(value: str) -> tuple[int, Decimal, int, str]:
    """Sorts values that begin with a number by it, and the others after them by the alphabet.

    >>> sorted(["65+", "9-18", "n/a", "<9"], key=natural_order)
    ['<9', '9-18', '65+', 'n/a']
    """
    below = _BELOW.match(value)
    number = _NUMBER.match(value, below.end() if below else 0)
    if number is None:
        return (1, Decimal(0), 0, value.casefold())
    return (0, Decimal(number[1].replace(",", "")), 0 if below else 1, value.casefold())
