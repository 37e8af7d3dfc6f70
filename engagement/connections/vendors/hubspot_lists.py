"""HubSpot's lists of contacts, which it calls segments, too: https://developers.hubspot.com/docs/api/crm/lists.

Only a MANUAL or SNAPSHOT list takes members from outside. The private app needs `crm.lists.read` and `crm.lists.write`:
one of them is not enough, whatever the reference says. It names no limit of contacts a request; the former version of
the API took 500.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Final
from urllib.parse import quote

from engagement.connections.calling import Caller
from engagement.connections.faults import GoneError, SurpriseError, VendorError
from engagement.connections.types import ContactList
from engagement.connections.vendors.base import ContactLists
from engagement.connections.vendors.hubspot_people import People, after_in
from engagement.connections.vendors.reading import object_in, records, text
from engagement.language import noop
from tenants.outgoing_session import Response

_CONTACTS: Final = "0-1"
_OPEN: Final = frozenset({"MANUAL", "SNAPSHOT"})
_FORBIDDEN, _NOT_FOUND = 403, 404
_PAGE: Final = 100
_NOT_ALLOWED: Final = noop(
    "HubSpot says that the private app may not change lists. Give it the scopes crm.lists.read and crm.lists.write "
    "there, then send everybody."
)
_GONE: Final = noop("The list is not at HubSpot any more. Restore it there and send everybody, or stop sending.")
_OTHER_THINGS: Final = noop("This list at HubSpot holds no contacts. Stop sending, and name a list of contacts.")
_ACTIVE: Final = noop(
    "HubSpot itself decides who is in this list, by filters. Stop sending, and name a static list or a new one."
)


def lists_told(answer: Response) -> VendorError | None:
    """What 403 and 404 mean where lists are asked for."""
    if answer.status_code == _FORBIDDEN:
        return VendorError(_NOT_ALLOWED, is_passing=False)
    return GoneError(_GONE) if answer.status_code == _NOT_FOUND else None


class HubSpotLists(ContactLists):
    """Lists by `base`; `customer` in the settings is the property that says who a contact is."""

    at_once: ClassVar[int] = 500
    kept_as: ClassVar[str] = "hubspot_id"

    def __init__(self, *, base: str) -> None:
        self._base, self._url = base, f"{base}/crm/v3/lists"

    def named(self, caller: Caller, name: str) -> ContactList | None:
        try:
            answer = caller.json("GET", f"{self._url}/object-type-id/{_CONTACTS}/name/{quote(name, safe='')}")
        except GoneError:
            return None
        return _read(answer)

    def known(self, caller: Caller, list_id: str) -> ContactList:
        return _read(caller.json("GET", f"{self._url}/{quote(list_id, safe='')}"))

    def make(self, caller: Caller, name: str) -> ContactList:
        body = {"name": name, "objectTypeId": _CONTACTS, "processingType": "MANUAL"}
        return _read(caller.json("POST", self._url, json=body))

    def contacts(self, caller: Caller, *, settings: Mapping[str, str], sought: Mapping[str, str]) -> dict[str, str]:
        return self._people(caller, settings).contacts(sought)

    def owners(self, caller: Caller, *, settings: Mapping[str, str], contacts: Collection[str]) -> dict[str, str]:
        return self._people(caller, settings).owners(contacts)

    def change(self, caller: Caller, list_id: str, *, add: Collection[str], remove: Collection[str]) -> frozenset[str]:
        if not add and not remove:
            return frozenset()
        url = f"{self._url}/{quote(list_id, safe='')}/memberships/add-and-remove"
        body = {"recordIdsToAdd": sorted(add), "recordIdsToRemove": sorted(remove)}
        missing = frozenset(map(str, records(caller.json("PUT", url, json=body), "recordIdsMissing")))
        return missing.intersection(add)

    def members(self, caller: Caller, list_id: str, *, after: str) -> tuple[list[str], str]:
        asked = {"limit": _PAGE, **({"after": after} if after else {})}
        answer = caller.json("GET", f"{self._url}/{quote(list_id, safe='')}/memberships", params=asked)
        try:
            found = [text(object_in(one), "recordId") for one in records(answer, "results")]
        except SurpriseError as error:
            raise VendorError(_unlike(error)) from error
        return found, after_in(answer)

    def _people(self, caller: Caller, settings: Mapping[str, str]) -> People:
        """Who is who, asked anew: contacts are merged, changed and deleted between two pages."""
        return People(caller, base=self._base, customer=settings.get("customer") or "email")


def _read(answer: object) -> ContactList:
    """The list of an answer; raises VendorError for one that members cannot be put into."""
    try:
        found = object_in(answer, "list")
        if text(found, "objectTypeId") != _CONTACTS:
            raise VendorError(_OTHER_THINGS, is_passing=False)
        if text(found, "processingType") not in _OPEN:
            raise VendorError(_ACTIVE, is_passing=False)
        return ContactList(text(found, "listId"), text(found, "name"))
    except SurpriseError as error:
        raise VendorError(_unlike(error)) from error


def _unlike(error: SurpriseError) -> str:
    return f"HubSpot’s answer about a list is not what it should be: {error.reason}"
