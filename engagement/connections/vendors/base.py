"""What a vendor's connector is: one small class. The framework does leases, waiting, retrying, keeping and telling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from engagement.connections.calling import Caller
from engagement.connections.faults import VendorError
from engagement.connections.types import ContactList, Field, Page, Wanted
from tenants.outgoing_session import Response

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ContactLists(ABC):
    """Lists of contacts at a vendor, which a segment's members are put into. All of it raises VendorError.

    A change is of no more than `at_once` contacts each way, and doing it again changes nothing. `kept_as` is the trait
    under which a customer that was fetched holds the contact's id. Who a contact is, says the vendor at that moment.
    """

    at_once: ClassVar[int]
    kept_as: ClassVar[str]

    @abstractmethod
    def named(self, caller: Caller, name: str) -> ContactList | None:
        """The list of that name; None where there is none."""

    @abstractmethod
    def known(self, caller: Caller, list_id: str) -> ContactList:
        """The list of that id, if members can be put into it; raises GoneError where it is not there."""

    @abstractmethod
    def make(self, caller: Caller, name: str) -> ContactList:
        """A new, empty one."""

    @abstractmethod
    def contacts(self, caller: Caller, *, settings: Mapping[str, str], sought: Mapping[str, str]) -> dict[str, str]:
        """Contacts that there are, with the customers they are now, "" for nobody; several, one or none for each.

        `sought` are customers, each with the contact that was kept of it, "" for none.
        """

    @abstractmethod
    def owners(self, caller: Caller, *, settings: Mapping[str, str], contacts: Collection[str]) -> dict[str, str]:
        """The same of contacts by their ids; those that are gone are not among them."""

    @abstractmethod
    def change(self, caller: Caller, list_id: str, *, add: Collection[str], remove: Collection[str]) -> frozenset[str]:
        """Put contacts in and take others out; returns those to put in that the vendor does not know any more."""

    @abstractmethod
    def members(self, caller: Caller, list_id: str, *, after: str) -> tuple[list[str], str]:
        """A page of the contacts that are in it, and where the next one begins; "" after the last one."""


class Connector(ABC):
    """One vendor. Connectors hold nothing between calls: what is to be remembered is in the cursor.

    `overlap` is how far back a finished pull looks again, for records that the vendor shows late: what came before is
    stored once all the same, by the ids of messages. `can_renew` says that sign_in() after a 401 may help.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[StrOrPromise]
    fields: ClassVar[tuple[Field, ...]]
    overlap: ClassVar[timedelta] = timedelta(hours=1)
    can_renew: ClassVar[bool] = False
    is_pulled: ClassVar[bool] = True

    def sign_in(
        self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]
    ) -> Mapping[str, str] | None:
        """Put what proves who we are into `caller.headers`. Called before the first request, and after a 401.

        Returns the credentials to keep from now on where they have changed. Raises SignInError.
        """
        return None

    @abstractmethod
    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """Ask something cheap that only works with good credentials; returns who we are there, "" if nobody says.

        Called once after credentials were entered, before anything is fetched. Raises VendorError.
        """

    @abstractmethod
    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Page after page, the oldest first; each cursor says where to go on. Raises VendorError.

        The caller of this stops between pages whenever it likes, and comes again with the last cursor it kept.
        """

    def lists(self) -> ContactLists | None:
        """Lists that members of a segment can be put into; None for a vendor that none are known of."""
        return None

    def problems(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with settings taken together, in words by field; each alone is checked before."""
        return {}

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """What an answer of 400 and more means where the vendor has signs of its own; None for the usual meaning."""
        return None
