"""Zoho CRM: contacts, and calls, tasks and meetings with them, over its REST API.

Records: https://www.zoho.com/crm/developer/docs/api/v7/get-records.html (pages of 200; beyond 2,000 behind
a token that lasts a day), signing in: https://www.zoho.com/crm/developer/docs/api/v7/refresh.html, limits and faults:
https://www.zoho.com/crm/developer/docs/api/v7/status-codes.html. Calls and meetings by their own time come by COQL:
https://www.zoho.com/crm/developer/docs/api/v7/COQL-Overview.html.

Zoho gives what changed since an instant (If-Modified-Since), the oldest first when asked to, and pages by place: a
record that changes meanwhile moves to the end, and one after it would be passed over. So each request begins at the
instant of the last record and not at a place, and only where a whole page is of one instant it goes on by page. What
stands at a border comes twice and is stored once.
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
from engagement.connections.vendors import zoho_records as made
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.reading import listed, object_in, read_each, records, text
from engagement.connections.vendors.stretches import EVER, YES_NO
from tenants.outgoing_session import Response

AT_ONCE: Final = 200
_CONTACTS_AT_ONCE: Final = 50  # their ids are part of an address
_DAILY_WAIT: Final = 3_600
_TRAITS: Final = "Email, First_Name, Last_Name, Account_Name, Mailing_Country"
_PLACES: Final = (
    ("com", "United States (.com)"), ("eu", "Europe (.eu)"), ("in", "India (.in)"), ("com.au", "Australia (.com.au)"),
    ("jp", "Japan (.jp)"), ("ca", "Canada (.ca)"), ("sa", "Saudi Arabia (.sa)"),
)  # fmt: skip

Made = tuple[list[Json], list[Refused]]


class Zoho(Connector):
    """Everything since the cursor of each stream: contacts, calls, tasks, meetings."""

    key: ClassVar[str] = "zoho"
    title: ClassVar[str] = "Zoho CRM"
    about = _lazy(
        "Contacts become customers with traits; calls, completed tasks and meetings with a contact become events. "
        "Subjects and notes are not fetched."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("place", _lazy("Where your account is"), _lazy("As in the address of your Zoho."), kind="choice",
              choices=_PLACES, initial="com"),
        Field(
            "client_id",
            _lazy("Client ID"),
            _lazy("In Zoho’s API console, of a Self Client."),
            is_secret=True,
            shortest=10,
        ),
        Field("client_secret", _lazy("Client secret"), is_secret=True, shortest=10),
        Field(
            "refresh_token",
            _lazy("Refresh token"),
            _lazy("With the scopes ZohoCRM.modules.READ, ZohoCRM.coql.READ and ZohoCRM.org.READ. It does not expire."),
            is_secret=True,
            shortest=10,
        ),
        Field(
            "customer",
            _lazy("Which field says who a contact is"),
            _lazy("“Email”, “id” for Zoho’s own id, or the API name of a field that holds your customer’s id."),
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
        Field("activities", _lazy("Fetch calls, tasks and meetings"), kind="choice", choices=YES_NO, initial="yes"),
    )  # fmt: skip
    can_renew: ClassVar[bool] = True
    # Tests put their own server here; {place} is where the account is.
    api: ClassVar[str] = "https://www.zohoapis.{place}"
    accounts: ClassVar[str] = "https://accounts.zoho.{place}"

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """A token of an hour for the refresh token. Zoho answers 200 for a refusal too."""
        asked = {"grant_type": "refresh_token"} | {
            name: credentials.get(name, "") for name in ("client_id", "client_secret", "refresh_token")
        }
        answer = caller.json("POST", f"{_at(self.accounts, settings)}/oauth/v2/token", data=asked)
        try:
            caller.headers["Authorization"] = f"Zoho-oauthtoken {text(object_in(answer), 'access_token')}"
        except SurpriseError as error:
            raise SignInError(
                "Zoho does not take the client’s id, its secret or the refresh token. Enter new ones."
            ) from error

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The number of the organisation."""
        found = records(caller.json("GET", f"{_at(self.api, settings)}/crm/v7/org"), "org")
        try:
            return text(object_in(found[0] if found else None), "zgid")
        except SurpriseError as error:
            raise VendorError(f"Zoho does not say which organisation this is: {error.reason}") from error

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """Zoho names every fault in the body; the limit of a day is worth an hour's wait."""
        code = _code(answer)
        if code in {"TOO_MANY_REQUESTS", "LIMIT_EXCEEDED", "API_LIMIT_EXCEEDED"}:
            wait = wait_of(answer, now=now, default=10 if code == "TOO_MANY_REQUESTS" else _DAILY_WAIT)
            return RateLimitedError("Zoho’s limit of requests is used up. It goes on by itself.", wait_seconds=wait)
        if code in {"OAUTH_SCOPE_MISMATCH", "NO_PERMISSION"}:
            return VendorError(
                "Zoho says that these credentials may not read this. Make a refresh token with the scopes that the "
                "form names, for a user who may read contacts and activities.",
                is_passing=False,
            )
        if code == "INVALID_MODULE":
            return VendorError(
                "This edition of Zoho has no such activities. Choose not to fetch them.", is_passing=False
            )
        return None

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Stream after stream. All contacts come once, whenever they last changed: silent ones count too."""
        cursor = dict(wanted.cursor)
        customer, traits = _customer(wanted.settings), _traits(wanted.settings)
        read = partial(made.contact_messages, customer=customer, traits=traits, account=wanted.account)
        kind = made.Kind("Contacts", (customer, *traits))
        yield from self._stream(caller, wanted, cursor, kind, since=EVER, make=partial(read_each, read=read))
        if wanted.settings.get("activities") == "no":
            return
        people: dict[str, str] = {}
        for kind in (made.TASKS, *made.HELD, *made.LATE):
            since = wanted.until if kind in made.LATE else wanted.since
            make = partial(self._activities, caller, wanted, kind, people)
            yield from self._stream(caller, wanted, cursor, kind, since=since, make=make)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

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
        stretch = made.Pages.of(cursor.get(kind.stream), since=since, until=wanted.until, overlap=self.overlap)
        while not stretch.is_done:
            found = self._records(caller, wanted.settings, kind, stretch)
            messages, refused = make(found)
            stretch.advance(found, kind, at_once=AT_ONCE)
            cursor[kind.stream] = stretch.kept()
            yield Page(dict(cursor), tuple(messages), tuple(refused))

    def _records(
        self, caller: Caller, settings: Mapping[str, str], kind: made.Kind, stretch: made.Pages
    ) -> list[object]:
        """The next records; nothing there is an answer without a body."""
        if kind.stamp != made.CHANGED:
            answer = caller.json(
                "POST", f"{_at(self.api, settings)}/crm/v7/coql", json={"select_query": _coql(kind, stretch)}
            )
            return [] if answer is None else records(answer, "data")
        names = sorted({name for name in kind.names if name != "id"} | {"Modified_Time"})
        asked = {"fields": ",".join(names), "sort_by": "Modified_Time", "sort_order": "asc", "per_page": str(AT_ONCE)}
        asked |= {"page": str(stretch.page)}
        answer = caller.json(
            "GET",
            f"{_at(self.api, settings)}/crm/v7/{kind.module}",
            params=asked,
            headers={"If-Modified-Since": stretch.since.isoformat(timespec="seconds")},
        )
        return [] if answer is None else records(answer, "data")

    def _activities(
        self, caller: Caller, wanted: Wanted, kind: made.Kind, people: dict[str, str], found: list[object]
    ) -> Made:
        """Whose they are is asked for once in a time of fetching; a contact nobody knows the customer of is ""."""
        customer = _customer(wanted.settings)
        new = sorted(made.contacts_in(found) - people.keys())
        for start in range(0, len(new), _CONTACTS_AT_ONCE):
            part = new[start : start + _CONTACTS_AT_ONCE]
            people.update(dict.fromkeys(part, ""))
            names = sorted({customer, "Modified_Time"} - {"id"})
            answer = caller.json(
                "GET",
                f"{_at(self.api, wanted.settings)}/crm/v7/Contacts",
                params={"ids": ",".join(part), "fields": ",".join(names)},
            )
            for record in [] if answer is None else records(answer, "data"):
                people.update(made.person_in(record, customer=customer))
        read = partial(made.activity_messages, kind=kind, account=wanted.account, people=people, wanted=wanted)
        return read_each(found, read)


def _coql(kind: made.Kind, stretch: made.Pages) -> str:
    """Names and instants are our own: nothing that somebody typed stands in it."""
    begun, end = (moment.isoformat(timespec="seconds") for moment in (stretch.since, stretch.until))
    which = f"where {kind.stamp} between '{begun}' and '{end}' order by {kind.stamp} asc"
    part = f"limit {(stretch.page - 1) * AT_ONCE}, {AT_ONCE}"
    return " ".join(("select", ", ".join(kind.names), "from", kind.module, which, part))


def _at(address: str, settings: Mapping[str, str]) -> str:
    place = settings.get("place", "com")
    return address.format(place=place if place in dict(_PLACES) else "com")


def _customer(settings: Mapping[str, str]) -> str:
    return settings.get("customer", "").strip() or "Email"


def _traits(settings: Mapping[str, str]) -> list[str]:
    return listed(settings.get("traits", ""))


def _code(answer: Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("code") or said.get("error") or "") if isinstance(said, dict) else ""
