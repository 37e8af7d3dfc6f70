"""Zoho CRM as its description has it: records changed since an instant, COQL, and refusals that come with 200."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tests.connections.fakes.server import Answered, Asked, FakeVendor

CLIENT, SECRET, REFRESH = "1000.CANARYCLIENT", "canary-secret-0001", "1000.canary.refresh"
ORGANISATION = "60001234567"
_COQL = re.compile(
    r"select (?P<names>.+?) from (?P<module>\w+) where (?P<stamp>\w+) between '(?P<begun>[^']+)' and '(?P<end>[^']+)' "
    r"order by (?P=stamp) asc limit (?P<offset>\d+), (?P<limit>\d+)"
)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


class FakeZoho(FakeVendor):
    """`modules` of records, as Zoho keeps them; what is asked for by `fields` alone is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict[str, list[Any]] = {"Contacts": [], "Calls": [], "Tasks": [], "Events": []}
        self.token, self.signed_in, self.refresh = "access-0", 0, REFRESH

    def contact(self, number: int, at: datetime, **fields: Any) -> None:
        known = {"id": str(number), "Email": f"C{number}@example.com", "Modified_Time": stamp(at)}
        self.modules["Contacts"].append({**known, **fields})

    def activity(self, module: str, number: int, who: int | None, changed: datetime, **fields: Any) -> None:
        known = {
            "id": str(number), "Who_Id": None if who is None else {"name": f"C{who}", "id": str(who)},
            "Modified_Time": stamp(changed),
        }  # fmt: skip
        self.modules[module].append({**known, **fields})

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/oauth/v2/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Zoho-oauthtoken {self.token}":
            return Answered(401, {"code": "INVALID_TOKEN", "message": "invalid oauth token", "status": "error"})
        if asked.path == "/crm/v7/org":
            return Answered(body={"org": [{"zgid": ORGANISATION, "company_name": "Acme"}]})
        if asked.path == "/crm/v7/coql":
            return self._coql(asked.json["select_query"])
        module = asked.path.removeprefix("/crm/v7/")
        if module not in self.modules:
            return Answered(400, {"code": "INVALID_MODULE", "message": "the module name given seems to be invalid"})
        return self._records(module, asked)

    def _token(self, asked: Asked) -> Answered:
        if self.refresh not in asked.body.decode():
            return Answered(200, {"error": "invalid_code"})
        self.signed_in += 1
        self.token = f"access-{self.signed_in}"
        return Answered(body={"access_token": self.token, "expires_in": 3600})

    def _records(self, module: str, asked: Asked) -> Answered:
        found = self.modules[module]
        if "ids" in asked.query:
            found = [one for one in found if one["id"] in asked.query["ids"].split(",")]
            return _shown(found, asked.query["fields"].split(","), more=False)
        since = datetime.fromisoformat(asked.headers["if-modified-since"])
        found = [one for one in found if _instant(one, "Modified_Time") >= since]
        assert (asked.query["sort_by"], asked.query["sort_order"]) == ("Modified_Time", "asc")
        found.sort(key=lambda one: _instant(one, "Modified_Time"))
        page, at_once = int(asked.query["page"]), int(asked.query["per_page"])
        assert page * at_once <= 2_000
        if not found:
            return Answered(304, b"")
        shown = found[(page - 1) * at_once : page * at_once]
        return _shown(shown, asked.query["fields"].split(","), more=len(found) > page * at_once)

    def _coql(self, query: str) -> Answered:
        said = _COQL.fullmatch(query)
        assert said is not None, query
        begun, end = datetime.fromisoformat(said["begun"]), datetime.fromisoformat(said["end"])
        found = [one for one in self.modules[said["module"]] if begun <= _instant(one, said["stamp"]) <= end]
        found.sort(key=lambda one: _instant(one, said["stamp"]))
        offset, limit = int(said["offset"]), int(said["limit"])
        return _shown(found[offset : offset + limit], said["names"].split(", "), more=len(found) > offset + limit)


def _shown(found: list[Any], names: list[str], *, more: bool) -> Answered:
    if not found:
        return Answered(204, b"")
    rows = [{name: one.get(name) for name in {"id", *names}} for one in found]
    return Answered(body={"data": rows, "info": {"more_records": more}})


def _instant(one: Any, name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(one.get(name)))
    except ValueError:
        return datetime(2026, 1, 1, tzinfo=UTC)  # a record of another form comes along wherever it likes
