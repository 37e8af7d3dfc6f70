"""What Zoho's records are made into, and where a stretch of them stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.messages import identify, track
from engagement.connections.types import Json, Wanted
from engagement.connections.vendors.reading import asked_for, instant, object_in, optional_text, plain, text, unknown
from engagement.connections.vendors.stretches import Stretch
from engagement.language import noop

CHANGED: Final = "Modified_Time"
_TASK_DONE: Final = "completed"
_CALLS: Final = {"inbound": "Zoho Call Received", "outbound": "Zoho Call", "missed": "Zoho Call Missed"}
_LAST_PAGE: Final = 10  # beyond 2,000 records of one instant Zoho wants a token of another kind


@dataclass(frozen=True, slots=True)
class Kind:
    """One module, the fields that are asked for, and the instant that its records are in the order of."""

    module: str
    names: tuple[str, ...]
    stamp: str = CHANGED

    @property
    def stream(self) -> str:
        """Its name in the cursor."""
        return self.module if self.stamp == CHANGED else f"{self.module}:{self.stamp}"


_CALL: Final = ("Who_Id", "Call_Type", "Call_Start_Time", "Call_Duration_in_seconds")
_MEETING: Final = ("Who_Id", "Start_DateTime", "End_DateTime")
TASKS: Final = Kind("Tasks", ("Who_Id", "Status", "Closed_Time"))
# Calls and meetings come by their own time, which brings the past, and those of the future once they were held; and by
# their last change, which brings what was entered late. Both give the same ids.
HELD: Final = (Kind("Calls", _CALL, "Call_Start_Time"), Kind("Events", _MEETING, "Start_DateTime"))
LATE: Final = (Kind("Calls", _CALL), Kind("Events", _MEETING))


@dataclass(slots=True)
class Pages(Stretch):
    """Records of `since` or later, the oldest first; `page` counts on only within one instant."""

    page: int = 1

    @classmethod
    def _within(cls, kept: dict[str, Any]) -> dict[str, Any]:
        return {"page": int(kept.get("page", 1))}

    def _place(self) -> Json:
        return {"page": self.page}

    def advance(self, found: list[object], kind: Kind, *, at_once: int) -> None:
        """Where to go on after an answer; raises VendorError where a full one does not say how far it goes."""
        last = max(_instants(found, kind.stamp), default=self.since)
        if len(found) < at_once:
            self.since, self.page, self.is_done = self.until, 1, True
        elif last > self.since:
            self.since, self.page = last, 1
        elif self.page < _LAST_PAGE:
            self.page += 1
        else:
            raise VendorError("More than 2,000 records of Zoho changed in one second: tell us.", is_passing=False)


def _instants(found: list[object], stamp: str) -> Iterator[datetime]:
    for record in found:
        try:
            yield instant(object_in(record), stamp)
        except SurpriseError:
            continue


def contact_messages(record: object, *, customer: str, traits: list[str], account: str) -> Iterator[Json]:
    """The customer that a contact is; raises SurpriseError where the chosen field does not say who."""
    whole = object_in(record)
    contact, at = text(whole, "id"), instant(whole, CHANGED)
    found = optional_text(whole, customer)
    if not found:
        raise SurpriseError(
            "missing_customer",
            f"The contact has no {customer}, which says who it is.",
            noop("Fill it in at Zoho: the contact then comes again by itself."),
        )
    yield identify(
        message_id=f"zoho:{account}:contact:{contact}:{int(at.timestamp())}",
        customer=_as_customer(found, customer),
        at=at,
        traits={**{name: _named(value) for name, value in asked_for(whole, traits).items()}, "zoho_id": contact},
    )


def contacts_in(found: list[object]) -> set[str]:
    """The contacts that activities are with, of those that can be read."""
    return {one for record in found if (one := _contact(record))}


def person_in(record: object, *, customer: str) -> dict[str, str]:
    """Who a contact is, by its id; nothing where it does not say."""
    try:
        whole = object_in(record)
        return {text(whole, "id"): _as_customer(optional_text(whole, customer), customer)}
    except SurpriseError:
        return {}


def activity_messages(
    record: object, *, kind: Kind, account: str, people: Mapping[str, str], wanted: Wanted
) -> Iterator[Json]:
    """The event of an activity with a contact; none for one of nobody, not completed, or not yet held."""
    whole = object_in(record)
    activity, contact = text(whole, "id"), _contact(record)
    if not contact:
        return
    name, at, properties = _READ[kind.module](whole)
    if not name or at is None or not wanted.since <= at <= wanted.until:
        return
    if not people.get(contact):
        raise SurpriseError(
            "missing_customer",
            noop("The contact of this activity does not say who it is, or this user may not see it."),
            noop("Fill in at Zoho the field that says who, then change the activity there: it comes again."),
        )
    yield track(
        message_id=f"zoho:{account}:{kind.module.lower()}:{activity}",
        customer=people[contact], event=name, at=at, properties=properties,
    )  # fmt: skip


def _call(whole: Json) -> tuple[str, datetime | None, Json]:
    kind = optional_text(whole, "Call_Type").lower()
    if kind and kind not in _CALLS:
        raise unknown("Call_Type", kind)
    properties = plain(whole, ("Call_Type", "Call_Duration_in_seconds"))
    return _CALLS.get(kind, "Zoho Call"), instant(whole, "Call_Start_Time"), properties


def _task(whole: Json) -> tuple[str, datetime | None, Json]:
    """A task counts when it is completed, at that time."""
    if optional_text(whole, "Status").lower() != _TASK_DONE:
        return "", None, {}
    return "Zoho Task", instant(whole, "Closed_Time"), {}


def _meeting(whole: Json) -> tuple[str, datetime | None, Json]:
    return "Zoho Meeting", instant(whole, "Start_DateTime"), {}


_READ: Final = {"Calls": _call, "Tasks": _task, "Events": _meeting}


def _contact(record: object) -> str:
    """The contact's id; "" for nobody's activity, and for one whose record is of another form."""
    who = record.get("Who_Id") if isinstance(record, dict) else None
    found = who.get("id") if isinstance(who, dict) else None
    return found if isinstance(found, str) else ""


def _named(value: object) -> object:
    """A field that leads to another record says that record's name."""
    return value.get("name") if isinstance(value, dict) else value


def _as_customer(found: str, customer: str) -> str:
    return found.lower() if customer.lower() == "email" else found
