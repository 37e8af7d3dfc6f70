"""Salesforce: contacts, tasks that were completed and meetings that were held, by SOQL over its REST API.

Queries: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm, signing in:
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm, limits:
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm.

Salesforce pages a query behind a locator that does not last. So none is followed: each query asks, in the order of an
instant and of the id, for what comes after the last record of the one before, however many of its records came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller, wait_of
from engagement.connections.faults import RateLimitedError, SignInError, SurpriseError, VendorError
from engagement.connections.types import Field, Json, Page, Refused, Wanted
from engagement.connections.vendors import salesforce_records as made
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.reading import listed, object_in, read_each, records, text
from engagement.connections.vendors.salesforce_query import Rows, query_contacts, query_fields
from engagement.connections.vendors.stretches import EVER, YES_NO
from tenants.outgoing_session import Response

API: Final = "/services/data/v62.0"
_DAILY_WAIT: Final = 3_600
_TRAITS: Final = "Email, FirstName, LastName, Account.Name, MailingCountry"
_CONTACTS_AT_ONCE: Final = 50  # their ids are part of an address

Made = tuple[list[Json], list[Refused]]


class Salesforce(Connector):
    """Everything since the cursor of each stream: contacts, tasks, meetings."""

    key: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    about = _lazy(
        "Contacts become customers with traits; completed tasks (calls, e-mails and others) and meetings with a "
        "contact become events. Subjects and texts are not fetched, nor is what belongs to leads."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("base", _lazy("Address of your Salesforce"), _lazy("As in https://acme.my.salesforce.com."), kind="url"),
        Field(
            "client_id",
            _lazy("Consumer key of the connected app"),
            _lazy("Setup, App Manager. The app needs the client credentials flow, with a user who may read."),
            is_secret=True,
            shortest=10,
        ),
        Field("client_secret", _lazy("Consumer secret of the connected app"), is_secret=True, shortest=10),
        Field(
            "customer",
            _lazy("Which field says who a contact is"),
            _lazy("“Email”, “Id” for Salesforce’s own id, or the API name of a field that holds your customer’s id."),
            says_who=True,
            initial="Email",
        ),
        Field(
            "traits",
            _lazy("Fields to keep as traits"),
            _lazy("API names, with commas between."),
            is_required=False,
            initial=_TRAITS,
        ),
        Field("activities", _lazy("Fetch tasks and meetings"), kind="choice", choices=YES_NO, initial="yes"),
    )  # fmt: skip
    can_renew: ClassVar[bool] = True

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """A token of some hours, for the app itself: no person's password is used."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": credentials.get("client_id", ""),
            "client_secret": credentials.get("client_secret", ""),
        }
        answer = caller.json("POST", f"{_base(settings)}/services/oauth2/token", data=asked)
        try:
            caller.headers["Authorization"] = f"Bearer {text(object_in(answer), 'access_token')}"
        except SurpriseError as error:
            raise SignInError(f"Salesforce gives no token: {error.reason}") from error

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The id of the organisation there; the names of fields are tried on one contact."""
        wanted = {_customer(settings), *_traits(settings)}
        found = self._ask(caller, settings, "SELECT Id FROM Organization LIMIT 1")
        self._ask(caller, settings, query_fields(wanted))
        try:
            return text(object_in(found[0] if found else None), "Id")
        except SurpriseError as error:
            raise VendorError(f"Salesforce does not say which organisation this is: {error.reason}") from error

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """Salesforce names every fault; a day's limit is worth an hour's wait."""
        code, words = _fault(answer)
        if code in {"REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests", "ConcurrentPerOrgLongTxn"}:
            wait = wait_of(answer, now=now, default=_DAILY_WAIT if code == "REQUEST_LIMIT_EXCEEDED" else 10)
            return RateLimitedError(
                "Salesforce’s limit of requests is used up. It goes on by itself.", wait_seconds=wait
            )
        if code in {"invalid_grant", "invalid_client", "invalid_client_id", "unauthorized_client", "inactive_org"}:
            return SignInError("Salesforce does not take the key and the secret of the app. Enter new ones.")
        if code in {"INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY"}:
            return VendorError(
                f"Salesforce does not know a field that is asked for, or hides it from this user: {words}",
                is_passing=False,
            )
        if code == "API_DISABLED_FOR_ORG":
            return VendorError("This edition of Salesforce has no API. Its administrator can add it.", is_passing=False)
        return None

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Stream after stream. All contacts come once, whenever they last changed: silent ones count too."""
        cursor = dict(wanted.cursor)
        read = partial(
            made.contact_messages,
            customer=_customer(wanted.settings), traits=_traits(wanted.settings), account=wanted.account,
        )  # fmt: skip
        contacts = partial(read_each, read=read)
        yield from self._stream(caller, wanted, cursor, made.contacts(_names(wanted)), since=EVER, make=contacts)
        if wanted.settings.get("activities") == "no":
            return
        people: dict[str, str] = {}
        for kind, since in (
            # What was completed since then was also changed since then. Meetings come by their own time, which brings
            # the past, and those of the future once they were held; and by their last change, which brings what was
            # entered late. Both give the same ids.
            (made.TASKS, wanted.since), (made.MEETINGS, wanted.since), (made.MEETINGS_LATE, wanted.until),
        ):  # fmt: skip
            make = partial(self._activities, caller, wanted, kind, people)
            yield from self._stream(caller, wanted, cursor, kind, since=since, make=make)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, caller: Caller, settings: Mapping[str, str], query: str, *, resource: str = "query") -> list[object]:
        return records(caller.json("GET", f"{_base(settings)}{API}/{resource}", params={"q": query}), "records")

    def _stream(
        self,
        caller: Caller,
        wanted: Wanted,
        cursor: Json,
        kind: made.Kind,
        *,
        since: datetime,
        make: Callable[[list[object]], Made],
    ) -> Iterator[Page]:
        stretch = Rows.of(cursor.get(kind.stream), since=since, until=wanted.until, overlap=self.overlap)
        while not stretch.is_done:
            found = self._ask(caller, wanted.settings, stretch.query(kind), resource=kind.resource)
            messages, refused = make(found)
            stretch.advance(found, kind)
            cursor[kind.stream] = stretch.kept()
            yield Page(dict(cursor), tuple(messages), tuple(refused))

    def _activities(
        self, caller: Caller, wanted: Wanted, kind: made.Kind, people: dict[str, str], found: list[object]
    ) -> Made:
        """Whose they are is asked for once in a time of fetching; a contact nobody knows the customer of is ""."""
        new = sorted(made.contacts_in(found) - people.keys())
        customer = _customer(wanted.settings)
        for start in range(0, len(new), _CONTACTS_AT_ONCE):
            part = new[start : start + _CONTACTS_AT_ONCE]
            people.update(dict.fromkeys(part, ""))
            for record in self._ask(caller, wanted.settings, query_contacts(part, customer=customer)):
                people.update(made.person_in(record, customer=customer))
        read = partial(made.activity_messages, kind=kind, account=wanted.account, people=people, wanted=wanted)
        return read_each(found, read)


def _base(settings: Mapping[str, str]) -> str:
    return settings.get("base", "").strip().rstrip("/")


def _customer(settings: Mapping[str, str]) -> str:
    return settings.get("customer", "").strip() or "Email"


def _traits(settings: Mapping[str, str]) -> list[str]:
    return listed(settings.get("traits", ""))


def _names(wanted: Wanted) -> list[str]:
    return [_customer(wanted.settings), *_traits(wanted.settings)]


def _fault(answer: Response) -> tuple[str, str]:
    """The code and the words of a fault: a list of objects from the API, an object when signing in."""
    try:
        said = answer.json()
    except ValueError:
        return "", ""
    first = said[0] if isinstance(said, list) and said else said
    if not isinstance(first, dict):
        return "", ""
    code, words = first.get("errorCode") or first.get("error"), first.get("message") or first.get("error_description")
    return str(code or ""), " ".join(str(words or "").split())[:200]
