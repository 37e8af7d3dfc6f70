"""HubSpot: contacts, activities of the CRM and what happened to marketing mails, with a private app's token.

Contacts and activities come by search (https://developers.hubspot.com/docs/api/crm/search), linked contacts by
https://developers.hubspot.com/docs/api/crm/associations, marketing mails by
https://developers.hubspot.com/docs/api-reference/legacy/email-analytics-v1/events/get-email-public-v1-events, limits:
https://developers.hubspot.com/docs/api/usage-details.

Search pages by place, and ends at 10,000: a record that changes meanwhile moves to the end, and one after it would be
passed over. So each search begins at the instant of the last record, not at a place; where a page is full of one
instant, it goes on by id. Records at a border come twice and are stored once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller, wait_of
from engagement.connections.faults import RateLimitedError, SurpriseError, VendorError
from engagement.connections.types import Field, Json, Page, Refused, Wanted
from engagement.connections.vendors import hubspot_records as made
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.hubspot_lists import HubSpotLists, lists_told
from engagement.connections.vendors.hubspot_people import People, addresses_in
from engagement.connections.vendors.hubspot_search import AT_ONCE, EventsState, Search
from engagement.connections.vendors.reading import listed, object_in, read_each, records, text
from engagement.connections.vendors.stretches import EVER, YES_NO
from tenants.outgoing_session import Response

_DAILY_WAIT: Final = 3_600
_TOO_MANY: Final = 429
_TRAITS: Final = "email, firstname, lastname, company, country, lifecyclestage"

Made = tuple[list[Json], list[Refused]]
Make = Callable[[list[object]], Made]


class HubSpot(Connector):
    """Everything since the cursor of each stream: contacts, each kind of activity, marketing mails."""

    key: ClassVar[str] = "hubspot"
    title: ClassVar[str] = "HubSpot"
    about = _lazy(
        "Contacts become customers with traits; calls, e-mails, meetings and messages logged with a contact become "
        "events, and so does what people do with marketing mails. Texts of calls and mails are not fetched."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "token",
            _lazy("Access token of a private app"),
            _lazy("In HubSpot: Settings, Integrations, Private apps. It must read contacts, and content for mails; "
                  "to fill lists, crm.lists.read and crm.lists.write."),
            is_secret=True,
            shortest=10,
        ),
        Field(
            "customer",
            _lazy("Which property says who a contact is"),
            _lazy("“email”, “id” for HubSpot’s own number, or the name of a property that holds your customer’s id."),
            says_who=True,
            initial="email",
        ),
        Field(
            "traits",
            _lazy("Properties to keep as traits"),
            _lazy("Names as HubSpot has them, with commas between."),
            is_required=False,
            initial=_TRAITS,
        ),
        Field("activities", _lazy("Fetch calls, e-mails, meetings and messages"), kind="choice", choices=YES_NO,
              initial="yes"),
        Field("email_events", _lazy("Fetch what happened to marketing mails"), kind="choice", choices=YES_NO,
              initial="no"),
    )  # fmt: skip
    base: ClassVar[str] = "https://api.hubapi.com"

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """A private app's token lasts until somebody takes it back."""
        caller.headers["Authorization"] = f"Bearer {credentials.get('token', '')}"

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The number of the account."""
        answer = caller.json("GET", f"{self.base}/account-info/v3/details")
        try:
            return text(object_in(answer), "portalId")
        except SurpriseError as error:
            raise VendorError(f"HubSpot does not say which account this is: {error.reason}") from error

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """429 says which limit it was: the one of a day is worth an hour's wait, those of seconds ten."""
        if "/crm/v3/lists" in answer.url and answer.status_code != _TOO_MANY:
            return lists_told(answer)
        if answer.status_code != _TOO_MANY:
            return None
        is_daily = '"DAILY"' in answer.text[:2_000]
        wait = wait_of(answer, now=now, default=_DAILY_WAIT if is_daily else 10)
        return RateLimitedError(
            "HubSpot’s limit of requests for today is used up. It goes on by itself."
            if is_daily
            else "HubSpot has had enough requests. It goes on by itself.",
            wait_seconds=wait,
        )

    def lists(self) -> HubSpotLists:
        return HubSpotLists(base=self.base)

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Stream after stream. All contacts come once, whenever they last changed: silent ones count too."""
        cursor = dict(wanted.cursor)
        people = People(caller, base=self.base, customer=_customer(wanted))
        read = partial(
            made.contact_messages, customer=_customer(wanted), traits=_traits(wanted), account=wanted.account
        )
        contacts = partial(read_each, read=read)
        yield from self._search(
            caller, wanted, cursor, stream="contacts", stamp=made.CONTACT_STAMP, since=EVER, make=contacts
        )
        if wanted.settings.get("activities") != "no":
            for kind in made.KINDS:
                make = partial(self._activities, people, kind, wanted)
                # By their own time, which brings the past, and meetings once their time has come; and by the time of
                # their last change, which brings what is logged late. Both give the same ids.
                yield from self._search(
                    caller, wanted, cursor, stream=kind.path, stamp="hs_timestamp", since=wanted.since, make=make
                )
                yield from self._search(
                    caller, wanted, cursor, stream=f"{kind.path}:late", stamp=made.STAMP, since=wanted.until, make=make
                )
        if wanted.settings.get("email_events") == "yes":
            yield from self._email_events(caller, wanted, cursor, people)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _search(
        self,
        caller: Caller,
        wanted: Wanted,
        cursor: Json,
        *,
        stream: str,
        stamp: str,
        since: datetime,
        make: Make,
    ) -> Iterator[Page]:
        """Records by `stamp`, the oldest first, from where the stream stands in the cursor to wanted.until."""
        path = stream.partition(":")[0]
        state = Search.of(cursor.get(stream), since=since, until=wanted.until, overlap=self.overlap)
        names = {stamp, _customer(wanted), *(_traits(wanted) if path == "contacts" else ["hs_timestamp"])} - {"id"}
        names |= {name for kind in made.KINDS if kind.path == path for name in kind.properties}
        while not state.is_done:
            body = {**state.filters(stamp), "properties": sorted(names), "limit": AT_ONCE}
            found = records(caller.json("POST", f"{self.base}/crm/v3/objects/{path}/search", json=body), "results")
            messages, refused = make(found)
            state.advance(found, stamp)
            cursor[stream] = state.kept()
            yield Page(dict(cursor), tuple(messages), tuple(refused))

    def _activities(self, people: People, kind: made.Kind, wanted: Wanted, found: list[object]) -> Made:
        linked, strangers = people.linked(kind.path, found)
        read = partial(made.activity_messages, kind=kind, account=wanted.account, linked=linked, wanted=wanted)
        messages, refused = read_each(found, read)
        return messages, [*refused, *strangers]

    def _email_events(self, caller: Caller, wanted: Wanted, cursor: Json, people: People) -> Iterator[Page]:
        """A day at a time; within a day the newest come first, behind a token that does not last for long."""
        state = EventsState.of(cursor.get("email_events"), since=wanted.since, until=wanted.until, overlap=self.overlap)
        while not state.is_done:
            answer = self._ask_events(caller, state)
            found = records(answer, "events")
            customers = people.by_email(addresses_in(found))
            read = partial(made.email_event_messages, account=wanted.account, customers=customers)
            messages, refused = read_each(found, read)
            state.advance(_offset(answer))
            cursor["email_events"] = state.kept()
            yield Page(dict(cursor), tuple(messages), tuple(refused))

    def _ask_events(self, caller: Caller, state: EventsState) -> Any:
        url = f"{self.base}/email/public/v1/events"
        try:
            return caller.json("GET", url, params=state.asked())
        except VendorError as error:
            if error.is_passing or not state.offset:
                raise
            state.offset = ""  # the token has run out: the day is begun anew, and stored once all the same
            return caller.json("GET", url, params=state.asked())


def _offset(answer: Json) -> str:
    """Where more of the day is, "" where there is none; raises VendorError where there is more and not said where."""
    if not answer.get("hasMore"):
        return ""
    if not answer.get("offset"):
        raise VendorError("HubSpot has more of a day and does not say where. It is tried again.")
    return str(answer["offset"])


def _customer(wanted: Wanted) -> str:
    return wanted.settings.get("customer") or "email"


def _traits(wanted: Wanted) -> list[str]:
    return listed(wanted.settings.get("traits", ""))
