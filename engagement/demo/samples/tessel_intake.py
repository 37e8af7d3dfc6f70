"""How Tessel's data comes in: a mailing tool, a support desk, a CRM, an app, and a file from a fair. All invented.

None of these events is counted by an action, nobody new comes with them, and no trait that a segment asks for changes:
the scores are those of the two files. What is wrong with some of them is what is wrong with real ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engagement.demo.samples.draws import Draws
from engagement.demo.samples.intake_types import (
    CrmRecord,
    SampleCrm,
    SampleFile,
    SampleIntake,
    SampleMachines,
    SampleSender,
)

SEED = 20_250_610
CUSTOMERS = 6_000  # of tessel.PROFILE
CAMPAIGNS = (
    ("Product letter June", datetime(2025, 6, 10, 13, 0, tzinfo=UTC)),
    ("Webinar: planning in teams", datetime(2025, 6, 24, 14, 30, tzinfo=UTC)),
)
MAILED = 240
CONTACTS, ACTIVITIES = 130, 90
LATE_CONTACTS, LATER, LATEST = 4, 9, 4  # the last ones come with the second round and the third
_PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari",
)
_CHECKER = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0 Safari/537.36"
_TOPICS = ("Boards load slowly", "Invoice", "Permissions", "Import of tasks", "Mobile app")
_FAIR = date(2025, 6, 17)


def customer(number: int) -> str:
    """The id of a customer, as in the file of customers."""
    return f"TS-{number:05}"


def some_customers(draws: Draws, count: int) -> list[str]:
    """So many different ones, in the order in which they were drawn."""
    found: dict[int, None] = {}
    while len(found) < count:
        found[1 + draws.below(CUSTOMERS)] = None
    return [customer(number) for number in found]


# ── with write keys ──────────────────────────────────────────────────────────────────────────────────────────────


def mailings() -> tuple[bytes, ...]:
    """A request for each campaign: delivered, opened by people, and opened at once by what checks mails for links."""
    draws = Draws(SEED)
    return tuple(_body(_mailing(draws, at, name, begun)) for at, (name, begun) in enumerate(CAMPAIGNS, start=1))


def _mailing(draws: Draws, campaign: int, name: str, begun: datetime) -> Iterator[dict[str, Any]]:
    for place, who in enumerate(some_customers(draws, MAILED)):
        delivered = begun + timedelta(seconds=2 * place)
        told = {"campaign": name}
        yield _track(f"mail-{campaign}-{place}-sent", who, "Email Delivered", delivered, told)
        if draws.happens(permille=140):
            at_once = delivered + timedelta(milliseconds=600 + draws.below(1_800))
            by = {**told, "user_agent": _CHECKER if draws.happens(permille=600) else _PEOPLE[0]}
            yield _track(f"mail-{campaign}-{place}-checked", who, "Email Opened", at_once, by)
        if draws.happens(permille=380):
            later = delivered + timedelta(seconds=60 + draws.below(40_000))
            by = {**told, "user_agent": draws.pick(tuple((one, 1) for one in _PEOPLE))}
            yield _track(f"mail-{campaign}-{place}-opened", who, "Email Opened", later, by)


def support_desk() -> tuple[bytes, ...]:
    """Three requests: chats as they should be, the same again with others of other content, and what was sent wrong."""
    draws = Draws(SEED + 1)
    who = some_customers(draws, 120)
    begun = datetime(2025, 6, 23, 12, 0, tzinfo=UTC)
    chats = [_chat(draws, place, who[place], begun) for place in range(70)]
    again = [*chats[:6], *({**chat, "properties": {"topic": "Other"}} for chat in chats[6:8])]
    return _body(chats), _body([*again, *_beats(begun)]), _body(_faulty(draws, who[70:], begun))


def _chat(draws: Draws, place: int, who: str, begun: datetime) -> dict[str, Any]:
    at = begun + timedelta(minutes=53 * place + draws.below(40))
    return _track(f"chat-{place}", who, "Chat Started", at, {"topic": _TOPICS[draws.below(len(_TOPICS))]})


def _beats(begun: datetime) -> Iterator[dict[str, Any]]:
    """What a program says of itself is nothing that a customer did."""
    for place in range(24):
        yield _track(f"beat-{place}", customer(1 + place), "Heartbeat", begun + timedelta(hours=place), {})


def _faulty(draws: Draws, who: list[str], begun: datetime) -> Iterator[dict[str, Any]]:
    """A field of another name, no name of the event, a time as people write it: one remedy each."""
    for place in range(18):
        chat = _chat(draws, 100 + place, who[place], begun)
        chat["customerId"] = chat.pop("userId")
        yield chat
    for place in range(7):
        chat = _chat(draws, 200 + place, who[20 + place], begun)
        chat["name"] = chat.pop("event")
        yield chat
    for place in range(9):
        at = begun + timedelta(hours=place)
        yield {**_chat(draws, 300 + place, who[30 + place], begun), "timestamp": f"{at:%m/%d/%Y %I:%M %p}"}


# ── by a webhook ─────────────────────────────────────────────────────────────────────────────────────────────────


def app_events() -> tuple[bytes, ...]:
    """One event a request, as Segment's destination sends them."""
    draws = Draws(SEED + 2)
    begun = datetime(2025, 6, 30, 13, 0, tzinfo=UTC)
    events = (
        _track(f"app-{place}", who, "Screen Viewed", begun + timedelta(minutes=7 * place), {"screen": "Board"})
        for place, who in enumerate(some_customers(draws, 12))
    )
    return tuple(_json(event) for event in events)


# ── as a file ────────────────────────────────────────────────────────────────────────────────────────────────────


def trade_fair() -> bytes:
    """The guests of a stand, as an agency in Berlin writes them down: German, and three rows say too little."""
    draws = Draws(SEED + 3)
    lines = ["Kundennummer;Was;Tag;Uhrzeit;Stand"]
    for place, who in enumerate(some_customers(draws, 46)):
        day = _FAIR + timedelta(days=place // 16)
        minute = 9 * 60 + draws.below(8 * 60)
        what = "Demo Watched" if draws.happens(permille=300) else "Booth Visited"
        lines.append(f"{who};{what};{day:%d.%m.%Y};{minute // 60}:{minute % 60:02};Halle 7, Stand 214")
    lines[9] = f";Booth Visited;{_FAIR:%d.%m.%Y};11:40;Halle 7, Stand 214"
    lines[20] = f"{customer(4_711)};Booth Visited;gestern;14:05;Halle 7, Stand 214"
    lines[33] = f"{customer(1_207)};;{_FAIR:%d.%m.%Y};15:20;Halle 7, Stand 214"
    return ("\n".join(lines) + "\n").encode()


# ── from a CRM ───────────────────────────────────────────────────────────────────────────────────────────────────


def crm_records() -> tuple[CrmRecord, ...]:
    """Contacts with the customers they are, two of them with none, and calls and meetings of the spring."""
    draws = Draws(SEED + 4)
    contacts = list(_contacts(draws))
    activities = (_activity(draws, place, known=CONTACTS - LATE_CONTACTS) for place in range(ACTIVITIES))
    return (*contacts, *activities)


def _contacts(draws: Draws) -> Iterator[CrmRecord]:
    stages = (("customer", 6), ("opportunity", 2), ("evangelist", 1))
    for place, who in enumerate(some_customers(draws, CONTACTS), start=1):
        known = {} if place in {41, 97} else {"tessel_id": who}
        yield CrmRecord(
            path="contacts", id=place, properties={**known, "lifecyclestage": draws.pick(stages)},
            round=int(place > CONTACTS - LATE_CONTACTS),
        )  # fmt: skip


def _activity(draws: Draws, place: int, *, known: int) -> CrmRecord:
    """With one of the contacts that are there from the beginning. The last ones were logged late."""
    at = datetime(2025, 4, 7, 14, 0, tzinfo=UTC) + timedelta(hours=22 * place, minutes=draws.below(180))
    is_call = draws.happens(permille=650)
    said = {"hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"} if is_call else {
        "hs_meeting_outcome": "COMPLETED"
    }  # fmt: skip
    return CrmRecord(
        path="calls" if is_call else "meetings", id=1_000 + place, properties=said, at=at,
        contacts=(1 + draws.below(known),), round=(place >= ACTIVITIES - LATER) + (place >= ACTIVITIES - LATEST),
    )  # fmt: skip


# ── words of a request ───────────────────────────────────────────────────────────────────────────────────────────


def _track(message_id: str, who: str, event: str, at: datetime, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "track", "messageId": f"tessel-{message_id}", "userId": who, "event": event,
        "timestamp": at.isoformat(timespec="milliseconds"), "properties": properties,
    }  # fmt: skip


def _body(messages: Any) -> bytes:
    return _json({"batch": list(messages)})


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


TESSEL_INTAKE = SampleIntake(
    senders=(
        SampleSender(name="Mailing tool", requests=mailings),
        SampleSender(name="Support desk", requests=support_desk),
    ),
    file=SampleFile(
        name="messe-berlin-2025.csv",
        content=trade_fair,
        roles={"customer": "Kundennummer", "event": "Was", "time": "Tag", "clock": "Uhrzeit"},
        mapping_name="Guests of a trade fair",
    ),
    crm=SampleCrm(
        name="Sales (sample)",
        account=2_025_061,
        customer="tessel_id",
        traits=("lifecyclestage",),
        backfill_from=date(2025, 4, 1),
        rounds=3,
        records=crm_records,
    ),
    hook=SampleSender(name="Mobile app (sample)", requests=app_events),
    ignored=("Heartbeat",),
    machines=SampleMachines(
        rules=(
            {
                "kind": "soon_after", "first": "Email Delivered", "then": "Email Opened", "seconds": 3,
                "same": "campaign",
            },
            {
                "kind": "property", "property": "user_agent", "op": "contains", "name": "Email Opened",
                "values": ["headlesschrome", "googleimageproxy"],
            },
        ),
        why="Within three seconds of its delivery nobody reads a mail: what opens it then looks for harmful links.",
    ),
)  # fmt: skip
