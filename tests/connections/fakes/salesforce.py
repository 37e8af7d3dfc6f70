"""Salesforce as its description has it: tokens by client credentials, and as much SOQL as is asked of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tests.connections.fakes.server import Answered, Asked, FakeVendor

CLIENT, SECRET = "3MVG9.canary.client", "canary-secret-0001"
ORGANISATION = "00D000000000001EAA"
_QUERY = re.compile(
    r"SELECT (?P<names>.+?) FROM (?P<table>\w+)(?: WHERE (?P<where>.+?))?(?: ORDER BY (?P<order>.+?))?"
    r"(?: LIMIT (?P<limit>\d+))?"
)
_TEST = re.compile(r"([A-Za-z_.]+) (>=|<=|=|<|>) ('[^']*'|[0-9TZ:-]+|true|false)")


def stamp(moment: datetime) -> str:
    """As Salesforce writes instants: milliseconds that are always zero, and a zone without a colon."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def contact_id(number: int) -> str:
    return f"003{number:012d}AAA"


class FakeSalesforce(FakeVendor):
    """`tables` of records; answers hold at most `at_once` of them, whatever the limit, as Salesforce sees fit."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[Any]] = {"Contact": [], "Task": [], "Event": []}
        self.hidden: set[str] = set()
        self.token, self.signed_in, self.secret, self.at_once = "session-0", 0, SECRET, 200

    def contact(self, number: int, at: datetime, **fields: Any) -> None:
        known = {"Id": contact_id(number), "Email": f"C{number}@example.com", "SystemModstamp": stamp(at)}
        self.tables["Contact"].append({**known, **fields})

    def task(self, number: int, who: str, at: datetime, **fields: Any) -> None:
        known = {
            "Id": f"00T{number:012d}AAA", "WhoId": who, "CompletedDateTime": stamp(at), "SystemModstamp": stamp(at),
            "IsClosed": True, "IsDeleted": False, "TaskSubtype": "Call", "CallType": "Inbound",
        }  # fmt: skip
        self.tables["Task"].append({**known, **fields})

    def meeting(self, number: int, who: str, at: datetime, changed: datetime, **fields: Any) -> None:
        known = {
            "Id": f"00U{number:012d}AAA", "WhoId": who, "StartDateTime": stamp(at), "SystemModstamp": stamp(changed),
            "IsChild": False, "IsDeleted": False, "DurationInMinutes": 30,
        }  # fmt: skip
        self.tables["Event"].append({**known, **fields})

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/services/oauth2/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
        resource = asked.path.rpartition("/")[2]
        if resource in {"query", "queryAll"}:
            return self._query(asked.query["q"], with_all=resource == "queryAll")
        return Answered(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])

    def _token(self, asked: Asked) -> Answered:
        said = asked.body.decode()
        if self.secret not in said or "grant_type=client_credentials" not in said:
            return Answered(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.signed_in += 1
        self.token = f"session-{self.signed_in}"
        return Answered(body={"access_token": self.token, "token_type": "Bearer"})

    def _query(self, query: str, *, with_all: bool) -> Answered:
        said = _QUERY.fullmatch(query)
        assert said is not None, query
        if said["table"] == "Organization":
            return Answered(body={"done": True, "records": [{"Id": ORGANISATION}]})
        names = said["names"].split(", ")
        hidden = self.hidden & set(names)
        if hidden:
            words = f"No such column '{min(hidden)}' on entity '{said['table']}'."
            return Answered(400, [{"errorCode": "INVALID_FIELD", "message": words}])
        found = [one for one in self.tables[said["table"]] if _holds(one, said["where"] or "")]
        found = [one for one in found if with_all or not (one.get("IsArchived") or one.get("IsDeleted"))]
        for name in reversed((said["order"] or "Id").split(", ")):
            found.sort(key=lambda one: str(one.get(name)) if isinstance(one, dict) else "")
        limit = min(int(said["limit"] or 2_000), 2_000)
        shown = [{**one, "attributes": {"type": said["table"]}} for one in found[: min(limit, self.at_once)]]
        more = {"done": False, "nextRecordsUrl": "/services/data/never-asked"} if len(found) > len(shown) else {}
        return Answered(body={"totalSize": len(found), "done": True, "records": shown, **more})


def _holds(one: dict[str, Any], where: str) -> bool:
    """AND and OR of tests, brackets where there is an OR; ids of a list."""
    listed = re.fullmatch(r"Id IN \((.*)\)", where)
    if listed:
        return f"'{one['Id']}'" in listed[1]
    said = _TEST.sub(lambda test: str(_test(one, test[1], test[2], test[3].strip("'"))), where)
    assert re.fullmatch(r"(?:True|False|AND|OR|[() ])*", said), said
    return bool(eval(said.replace("AND", "and").replace("OR", "or"))) if said else True


def _test(one: dict[str, Any], name: str, operator: str, wanted: str) -> bool:
    value = one.get(name)
    if isinstance(value, bool):
        return value == (wanted == "true")
    left, right = str(value), wanted
    if wanted.endswith("Z"):
        left, right = (datetime.fromisoformat(text).astimezone(UTC).isoformat() for text in (str(value), wanted))
    return {"=": left == right, ">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[
        operator
    ]
