"""Who of a page of customers belongs into a list, as the vendor says at that moment who its contacts are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from engagement.ingest.models import Customer
from engagement.insights.selectors.membership import Numbers


@dataclass(frozen=True, slots=True)
class Move:
    """Contacts to put in, each with the member it is, contacts to take out, and members that one was looked for."""

    add: Mapping[str, int]
    remove: frozenset[str]
    wanted: frozenset[int] = frozenset()

    def met(self, gone: Collection[str]) -> frozenset[int]:
        """Members of whom a contact was put in, as these contacts are gone."""
        return frozenset(number for contact, number in self.add.items() if contact not in gone)


@dataclass(frozen=True, slots=True)
class Sought:
    """The organisation's ids of some customers, each with the contact kept of it, "" for none, and their numbers.

    The erased are not among them; visitors have a number and no id that a vendor knows.
    """

    contacts: Mapping[str, str]
    numbers: frozenset[int]
    kept: frozenset[int]  # the numbers of those of whom a contact is kept


def sought(part: Numbers, *, kept_as: str) -> Sought:
    """What is known of these numbers."""
    rows = Customer.objects.filter(number__in=part.tolist())
    kept = list(rows.values_list("number", "identified", "external_id", f"traits__{kept_as}"))
    named = [(name, contact) for _, identified, name, contact in kept if identified]
    contacts = {name: contact if isinstance(contact, str) else "" for name, contact in named}
    with_contact = frozenset(number for number, _, _, contact in kept if isinstance(contact, str) and contact)
    return Sought(contacts, frozenset(number for number, *_ in kept), with_contact)


def move_of(contacts: dict[str, str], *, members: Numbers, wanted: frozenset[int] = frozenset()) -> Move:
    """In goes who is a member now, out whoever is not: also a contact that became somebody else meanwhile.

    `contacts` with the customers they are, "" for nobody; `wanted` are the members among whom contacts were looked for.
    """
    numbers = _numbers_of({customer for customer in contacts.values() if customer})
    inside = {
        contact: numbers[customer]
        for contact, customer in contacts.items()
        if customer in numbers and _holds(members, numbers[customer])
    }
    return Move(inside, frozenset(contacts.keys() - inside.keys()), wanted)


def strangers_of(*, listed: Iterable[str], owners: dict[str, str], members: Numbers) -> Move:
    """Contacts in the list that are no member's."""
    inside = move_of(owners, members=members).add
    return Move({}, frozenset(listed) - inside.keys())


def _numbers_of(customers: set[str]) -> dict[str, int]:
    """Who each of them counts for; a visitor who was merged counts for the customer."""
    rows = Customer.objects.filter(external_id__in=customers, identified=True)
    found = rows.values_list("external_id", "number", "merged_into")
    return {customer: number if into is None else into for customer, number, into in found}


def _holds(members: Numbers, number: int) -> bool:
    at = int(np.searchsorted(members, number))
    return at < len(members) and int(members[at]) == number
