"""Any server that answers with a list in JSON: where the list is, how the next page is asked for, which value is what.

Three ways to the next page: an address in the answer or in its Link header (RFC 8288), a token in the answer that is
sent back, or page numbers until a page is empty. The secret goes to the host that was typed and to no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import urljoin, urlsplit

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller
from engagement.connections.faults import VendorError
from engagement.connections.messages import identify, track
from engagement.connections.types import Field, Json, Page, Wanted
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.reading import instant, object_in, read_each, records, text
from tenants.outgoing_session import Response

_NEXT: Final = (
    ("none", _lazy("There is one page")),
    ("link", _lazy("The answer holds the address of the next page")),
    ("cursor", _lazy("The answer holds a token, which is sent back")),
    ("page", _lazy("Page numbers: 1, 2, 3 …")),
)
_KINDS: Final = (("events", _lazy("Events")), ("customers", _lazy("Customers")))
_MOST_PAGES: Final = 100_000
_ID_LIMIT: Final = 120


class GenericJson(Connector):
    """Records of one address, as events or as customers."""

    key: ClassVar[str] = "json"
    title: ClassVar[str] = "JSON over HTTP"
    about = _lazy("Any address that answers with a list in JSON, page by page: you say which value is what.")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("url", _lazy("Address"), _lazy("Where the first page is, with https."), kind="url"),
        Field("header", _lazy("Header that proves who we are"), is_required=False, initial="Authorization"),
        Field("secret", _lazy("Value of that header"), _lazy("For example “Bearer …”, as the other side says."),
              is_secret=True, is_required=False),
        Field("kind", _lazy("What the records are"), kind="choice", choices=_KINDS, initial="events"),
        Field("list", _lazy("Where the list is"), _lazy("Names with dots between, like data.items; empty: the answer "
              "itself is the list."), is_required=False),
        Field(
            "customer", _lazy("Customer’s id"), _lazy("The name of the value, like customer.id."), says_who=True
        ),
        Field("id", _lazy("Record’s id"), _lazy("The value that no two records share: by it each is stored once.")),
        Field("time", _lazy("Time"), _lazy("ISO 8601, or seconds or milliseconds since 1970.")),
        Field("event", _lazy("Event’s name"), _lazy("The name of the value; a name in quotes, like “Order”, for all. "
              "Customers need none."), is_required=False),
        Field("next", _lazy("The next page"), kind="choice", choices=_NEXT, initial="none"),
        Field("next_path", _lazy("Where its address or token is"), _lazy("Like paging.next; empty: the Link header."),
              is_required=False),
        Field("next_parameter", _lazy("Parameter for the token or the number"), is_required=False),
        Field("since_parameter", _lazy("Parameter for what is new since a time"),
              _lazy("Empty: everything is asked for each time, and stored once."), is_required=False),
    )  # fmt: skip

    def problems(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What one choice needs of another."""
        found = {}
        if settings.get("kind") == "events" and not settings.get("event"):
            found["event"] = _("Events need a name: a value’s, or one in quotes for all.")
        if settings.get("next") in {"cursor", "page"} and not settings.get("next_parameter"):
            found["next_parameter"] = _("Say which parameter takes the token or the number.")
        if settings.get("next") == "cursor" and not settings.get("next_path"):
            found["next_path"] = _("Say where in the answer the token is.")
        header = settings.get("header", "")
        if header and not all(mark.isascii() and (mark.isalnum() or mark in "-_") for mark in header):
            found["header"] = _("A header’s name is made of letters, digits and hyphens.")
        return found

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """The header as it was typed."""
        if settings.get("header") and credentials.get("secret"):
            caller.headers[settings["header"]] = credentials["secret"]

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The host, if the first page is a list."""
        _list_in(caller.json("GET", settings["url"]), settings)
        return urlsplit(settings["url"]).hostname or ""

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Page after page; where the place of the next one is not known any more, the first one comes again."""
        if wanted.cursor.get("is_done") and wanted.cursor.get("round") == wanted.until.isoformat():
            return  # of this round there is no more
        state = _State.of(wanted, self)
        read = partial(_message, settings=wanted.settings, source=_source(wanted.settings))
        while state.pages < _MOST_PAGES:
            try:
                answer = caller.ask("GET", **state.asked(wanted.settings))
                body = _json(answer)
            except VendorError as error:
                if error.is_passing or not state.place or state.has_restarted:
                    raise
                state.place, state.seen, state.has_restarted = "", "", True
                continue
            found = _list_in(body, wanted.settings)
            state.count(found)
            messages, refused = read_each(found, read)
            is_last = state.advance(body, answer, found, wanted.settings)
            yield Page(state.kept(wanted, is_done=is_last), tuple(messages), tuple(refused))
            if is_last:
                return
        raise VendorError("There is no end of pages. Look at how the next page is asked for.", is_passing=False)


class _State:
    """The place of the next page, "" for the first, and since when records are asked for.

    `pages` is how many came in this round, `seen` says what was in the one that the next ones are compared with.
    """

    def __init__(self, since: str, place: str, *, pages: int = 0, seen: str = "") -> None:
        self.since, self.place, self.has_restarted = since, place, False
        self.pages, self.seen = pages, seen

    @classmethod
    def of(cls, wanted: Wanted, connector: Connector) -> _State:
        cursor = wanted.cursor
        if cursor.get("round") == wanted.until.isoformat():
            pages, seen = int(str(cursor.get("pages", 0))), str(cursor.get("seen", ""))
            return cls(str(cursor["since"]), str(cursor["place"]), pages=pages, seen=seen)
        before = datetime.fromisoformat(str(cursor["until"])) - connector.overlap if cursor else wanted.since
        return cls(before.isoformat(), "")

    def kept(self, wanted: Wanted, *, is_done: bool) -> Json:
        if is_done:
            return {"until": wanted.until.isoformat(), "round": wanted.until.isoformat(), "is_done": True}
        until = str(wanted.cursor.get("until") or wanted.since.isoformat())
        place = {"since": self.since, "place": self.place, "pages": self.pages, "seen": self.seen}
        return {"until": until, "round": wanted.until.isoformat(), **place}

    def count(self, found: list[object]) -> None:
        """One page more; raises VendorError for one that was there already.

        It is compared with the 1st, 2nd, 4th, 8th … page, whichever came last: pages that turn in a circle meet it.
        """
        self.pages += 1
        if not found:
            return
        digest = hashlib.sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()[:32]
        if digest == self.seen:
            raise VendorError(
                "A page came again that was there already. Look at how the next page is asked for.", is_passing=False
            )
        if not self.seen or self.pages.bit_count() == 1:
            self.seen = digest

    def asked(self, settings: Mapping[str, str]) -> dict[str, Any]:
        asked = {settings["since_parameter"]: self.since} if settings.get("since_parameter") else {}
        if self.place and settings.get("next") == "link":
            return {"url": self.place}
        if settings.get("next") == "page":
            asked[settings["next_parameter"]] = self.place or "1"
        elif self.place:
            asked[settings["next_parameter"]] = self.place
        return {"url": settings["url"], "params": asked}

    def advance(self, body: object, answer: Response, found: list[object], settings: Mapping[str, str]) -> bool:
        """Whether that was the last page; raises VendorError for a next one that is the same, or at another host."""
        rule, before = settings.get("next"), self.place
        if rule == "page":
            self.place = str(int(self.place or "1") + 1)
            return not found
        if rule == "link":
            self.place = _link(body, answer, settings)
        elif rule == "cursor":
            said = _dig(body, settings["next_path"])
            self.place = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
        else:
            return True
        if self.place and self.place == before:
            raise VendorError("The next page is the same as the one before. Look at the settings.", is_passing=False)
        return not self.place


def _link(body: object, answer: Response, settings: Mapping[str, str]) -> str:
    said = _dig(body, settings["next_path"]) if settings.get("next_path") else answer.links.get("next", {}).get("url")
    if not isinstance(said, str) or not said:
        return ""
    url, first = urljoin(settings["url"], said), urlsplit(settings["url"])
    if (urlsplit(url).scheme, urlsplit(url).netloc) != (first.scheme, first.netloc):
        raise VendorError("The next page is at another host, which the secret is not for.", is_passing=False)
    return url


def _json(answer: Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise VendorError("The answer is no JSON.") from error


def _list_in(body: object, settings: Mapping[str, str]) -> list[object]:
    return records(body, *[name for name in settings.get("list", "").split(".") if name])


def _dig(found: object, path: str) -> object:
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _at(record: object, path: str) -> tuple[Json, str]:
    """The object that holds the value, and its name there; raises SurpriseError where there is no such object."""
    *way, name = path.split(".")
    for step in way:
        record = object_in(record, step)
    return object_in(record), name


def _source(settings: Mapping[str, str]) -> str:
    """Which address it was, in few characters: ids of other addresses are others."""
    parts = urlsplit(settings["url"])
    return hashlib.sha256(f"{parts.netloc}{parts.path}".encode()).hexdigest()[:12]


def _message(record: object, *, settings: Mapping[str, str], source: str) -> Iterator[Json]:
    whole = object_in(record)
    known = text(*_at(whole, settings["id"]))
    short = known if len(known) <= _ID_LIMIT else hashlib.sha256(known.encode()).hexdigest()
    customer, at = text(*_at(whole, settings["customer"])), instant(*_at(whole, settings["time"]))
    said: dict[str, Any] = {"message_id": f"json:{source}:{short}", "customer": customer, "at": at}
    if settings.get("kind") == "customers":
        yield identify(**said, traits=whole)
        return
    fixed = settings["event"].strip()
    name = fixed[1:-1] if fixed[:1] in "\"“„«'" and len(fixed) > 2 else text(*_at(whole, fixed))  # noqa: PLR2004
    yield track(**said, event=name, properties=whole)
