"""Who the contacts of HubSpot are, by the property that says so: asked for in parts, and once in a time of fetching."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from engagement.connections.calling import Caller
from engagement.connections.faults import SurpriseError
from engagement.connections.types import Json, Refused
from engagement.connections.vendors.hubspot_records import customer_in
from engagement.connections.vendors.reading import object_in, optional_text, records, refusal, text

_AT_ONCE: Final = 100
Linked = dict[str, list[tuple[str, str]]]


class People:
    """Contacts and the customers they are; a contact that nothing says the customer of is ""."""

    def __init__(self, caller: Caller, *, base: str, customer: str) -> None:
        self._caller, self._base, self._customer = caller, base, customer
        self._by_id: dict[str, str] = {}
        self._by_email: dict[str, str] = {}
        self._met: dict[str, str] = {}

    def linked(self, kind: str, activities: list[object]) -> tuple[Linked, list[Refused]]:
        """Contacts with their customers, by activity; and activities whose contact nobody knows the customer of."""
        ids = {found: record for record in activities if (found := _id(record))}
        links, unread = self._links(kind, list(ids))
        self._learn({contact for contacts in links.values() for contact in contacts} - self._by_id.keys(), by="id")
        linked: Linked = {}
        strangers = unread
        for activity, contacts in links.items():
            linked[activity] = [(one, self._by_id[one]) for one in contacts if self._by_id.get(one)]
            if len(linked[activity]) < len(contacts):
                surprise = SurpriseError(
                    "missing_customer",
                    f"A contact of this activity has no {self._customer}, which says who it is.",
                    "Fill it in at HubSpot, then change the activity there: it comes again by itself.",
                )
                strangers.append(refusal(ids.get(activity, activity), surprise))
        return linked, strangers

    def by_email(self, addresses: Iterable[str]) -> dict[str, str]:
        """Customers by address, without those nobody knows."""
        wanted = set(addresses)
        if self._customer == "email":
            return {address: address for address in wanted}
        self._learn(wanted - self._by_email.keys(), by="email")
        return {address: found for address in wanted if (found := self._by_email.get(address))}

    def contacts(self, sought: Mapping[str, str]) -> dict[str, str]:
        """Contacts that there are, with the customers they are now, "" for nobody.

        `sought` are customers with the contact kept of each. One that was merged answers with the contact it went into,
        which may be somebody else; who was not met that way is looked for by e-mail address, where that says who it is.
        """
        if self._customer == "id":
            return {one: one for one in sought if one.isdecimal()}
        self._learn({contact for contact in sought.values() if contact}, by="id")
        if self._customer == "email":
            self._learn({one for one in sought if "@" in one} - set(self._met.values()), by="email")
        return dict(self._met)

    def owners(self, contacts: Collection[str]) -> dict[str, str]:
        """Those of these contacts that there are, with the customers they are now, "" for nobody."""
        if self._customer == "id":
            return {one: one for one in contacts}
        self._learn(set(contacts), by="id")
        return dict(self._met)

    def _links(self, kind: str, activities: list[str]) -> tuple[dict[str, list[str]], list[Refused]]:
        """Contacts by activity, and entries of another form.

        An activity with more contacts than one answer holds is asked for again.
        """
        links: dict[str, list[str]] = {}
        unread: list[Refused] = []
        inputs: list[Json] = [{"id": one} for one in activities]
        while inputs:
            url = f"{self._base}/crm/v4/associations/{kind}/contacts/batch/read"
            found = records(self._caller.json("POST", url, json={"inputs": inputs}), "results")
            inputs = []
            for entry in found:
                try:
                    whole = object_in(entry)
                    activity = text(object_in(whole, "from"), "id")
                    contacts = [text(object_in(one), "toObjectId") for one in records(whole, "to")]
                except SurpriseError as surprise:
                    unread.append(refusal(entry, surprise))
                    continue
                links.setdefault(activity, []).extend(contacts)
                after = after_in(whole)
                if after:
                    inputs.append({"id": activity, "after": after})
        return links, unread

    def _learn(self, wanted: set[str], *, by: str) -> None:
        known = self._by_id if by == "id" else self._by_email
        if by == "id" and self._customer == "id":
            known.update({one: one for one in wanted})
            return
        for part in _parts(sorted(wanted)):
            known.update(dict.fromkeys(part, ""))
            body: Json = {
                "properties": sorted({self._customer, "email"} - {"id"}),
                "inputs": [{"id": one} for one in part],
            }
            if by == "email":
                body["idProperty"] = "email"
            url = f"{self._base}/crm/v3/objects/contacts/batch/read"
            for record in records(self._caller.json("POST", url, json=body), "results"):
                self._note(record, by=by)

    def _note(self, record: object, *, by: str) -> None:
        try:
            contact, properties = text(object_in(record), "id"), object_in(record, "properties")
            self._met[contact] = ""
            customer = self._met[contact] = customer_in(properties, contact=contact, customer=self._customer)
            address = optional_text(properties, "email").lower()
        except SurpriseError:
            return
        if by == "id":
            self._by_id[contact] = customer
        elif address:
            self._by_email[address] = customer


def addresses_in(found: list[object]) -> set[str]:
    """The recipients of e-mail events that can be read, in lower case."""
    recipients = [record.get("recipient") for record in found if isinstance(record, dict)]
    return {one.strip().lower() for one in recipients if isinstance(one, str) and one.strip()}


def _id(record: object) -> str:
    try:
        return text(object_in(record), "id")
    except SurpriseError:
        return ""  # refused where it is read


def after_in(entry: Json) -> str:
    """Where the next page begins; "" after the last one."""
    try:
        return optional_text(object_in(object_in(entry, "paging"), "next"), "after")
    except SurpriseError:
        return ""


def _parts(found: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]
