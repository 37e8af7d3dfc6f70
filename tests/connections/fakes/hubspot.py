"""HubSpot as its description has it: search with filters, sorting and a ceiling, links, batch reads, mails, lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from tests.connections.fakes.server import Answered, Asked, FakeVendor

TOKEN = "pat-na1-canary-0001"
PORTAL = 4711


def stamp(milliseconds: int) -> str:
    """As HubSpot writes instants."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class FakeHubSpot(FakeVendor):
    """`objects` by path, each {"id", "properties"}; `links` contacts by (path, id); `events` of mails.

    `lists` by id, with the ids of their members; `scopes` are those of the private app; `merged` contacts by what they
    went into: who asks for one of these is answered with the other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, list[Any]] = {}
        self.links: dict[tuple[str, str], list[str]] = {}
        self.events: list[Any] = []
        self.token = TOKEN
        self.lists: dict[str, dict[str, Any]] = {}
        self.members: dict[str, set[str]] = {}
        self.scopes = {"crm.lists.read", "crm.lists.write"}
        self.merged: dict[str, str] = {}
        self.listed = 2  # members a page

    def merge(self, gone: int, into: int) -> None:
        """One contact goes into another; in the lists it was in, the other stands in its place."""
        self.objects["contacts"] = [one for one in self.objects["contacts"] if one["id"] != str(gone)]
        self.merged[str(gone)] = str(into)
        for members in self.members.values():
            if str(gone) in members:
                members.remove(str(gone))
                members.add(str(into))

    def delete(self, number: int) -> None:
        self.objects["contacts"] = [one for one in self.objects["contacts"] if one["id"] != str(number)]
        for members in self.members.values():
            members.discard(str(number))

    def add_list(self, name: str, *members: int, kind: str = "MANUAL", of: str = "0-1") -> str:
        list_id = str(9_000 + len(self.lists))
        self.lists[list_id] = {"listId": list_id, "name": name, "objectTypeId": of, "processingType": kind}
        self.members[list_id] = {str(one) for one in members}
        return list_id

    def contact(self, number: int, at: int, **properties: Any) -> None:
        known = {"email": f"c{number}@example.com", "hs_object_id": str(number), "lastmodifieddate": stamp(at)}
        self.objects.setdefault("contacts", []).append({"id": str(number), "properties": {**known, **properties}})

    def activity(self, path: str, number: int, at: int, *contacts: int, changed: int = 0, **properties: Any) -> None:
        known = {"hs_object_id": str(number), "hs_timestamp": stamp(at), "hs_lastmodifieddate": stamp(changed or at)}
        self.objects.setdefault(path, []).append({"id": str(number), "properties": {**known, **properties}})
        self.links[path, str(number)] = [str(one) for one in contacts]

    def answer(self, asked: Asked) -> Answered:  # noqa: PLR0911  one a kind of request
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered(401, {"status": "error", "category": "INVALID_AUTHENTICATION"})
        parts = asked.path.strip("/").split("/")
        if asked.path == "/account-info/v3/details":
            return Answered(body={"portalId": PORTAL, "timeZone": "UTC"})
        if asked.path == "/email/public/v1/events":
            return self._events(asked)
        if asked.path.endswith("/search"):
            return self._search(parts[3], asked.json)
        if parts[:2] == ["crm", "v4"]:
            return self._links(parts[3], asked.json)
        if asked.path == "/crm/v3/objects/contacts/batch/read":
            return self._read(asked.json)
        if parts[:3] == ["crm", "v3", "lists"]:
            return self._lists(asked, parts[3:])
        return Answered(404, {"message": "no such address"})

    def _lists(self, asked: Asked, rest: list[str]) -> Answered:  # noqa: PLR0911  one a kind of request
        wanted = {"crm.lists.read", "crm.lists.write"} if asked.method != "GET" else {"crm.lists.read"}
        if not wanted <= self.scopes:
            return Answered(403, {"status": "error", "category": "MISSING_SCOPES"})
        if asked.method == "POST" and not rest:
            body = asked.json
            if any(one["name"].lower() == body["name"].lower() for one in self.lists.values()):
                return Answered(400, {"subCategory": "ILS.DUPLICATE_LIST_NAMES"})
            return Answered(
                200,
                {"list": self.lists[self.add_list(body["name"], kind=body["processingType"], of=body["objectTypeId"])]},
            )
        if rest[0] == "object-type-id":
            named = [
                one for one in self.lists.values() if (one["objectTypeId"], one["name"]) == (rest[1], unquote(rest[3]))
            ]
            return Answered(200, {"list": named[0]}) if named else Answered(404, {"subCategory": "ILS.LIST_NOT_FOUND"})
        if rest[0] not in self.lists:
            return Answered(404, {"subCategory": "ILS.LIST_NOT_FOUND"})
        if len(rest) == 1:
            return Answered(200, {"list": self.lists[rest[0]]})
        return self._change(rest[0], asked.json) if asked.method == "PUT" else self._listed(rest[0], asked)

    def _change(self, list_id: str, body: Any) -> Answered:
        assert len(body["recordIdsToAdd"]) <= 500
        assert len(body["recordIdsToRemove"]) <= 500
        there, members = {one["id"] for one in self.objects.get("contacts", [])}, self.members[list_id]
        add, remove = set(body["recordIdsToAdd"]), set(body["recordIdsToRemove"])
        added, removed = add & there - members, remove & members
        self.members[list_id] = members - remove | add & there
        missing = sorted((add | remove) - there)
        said = {"recordsIdsAdded": sorted(added), "recordIdsRemoved": sorted(removed), "recordIdsMissing": missing}
        return Answered(200, said)

    def _listed(self, list_id: str, asked: Asked) -> Answered:
        """By place, as the worst of pagers: taking somebody out moves everybody after them."""
        members, at = sorted(self.members[list_id], key=int), int(asked.query.get("after", "0"))
        body: dict[str, Any] = {"results": [{"recordId": one} for one in members[at : at + self.listed]]}
        if len(members) > at + self.listed:
            body["paging"] = {"next": {"after": str(at + self.listed)}}
        return Answered(200, body)

    def _search(self, path: str, body: Any) -> Answered:
        [group] = body["filterGroups"]
        found = [one for one in self.objects.get(path, []) if all(_holds(one, test) for test in group["filters"])]
        [sort] = body["sorts"]
        found.sort(key=lambda one: _number(_value(one, sort["propertyName"])))
        after, limit = int(body.get("after", 0)), body["limit"]
        assert limit <= 200
        if after + limit > 10_000:
            return Answered(400, {"message": "paging beyond 10,000"})
        shown: dict[str, Any] = {"total": len(found), "results": [
            {**one, "properties": {name: one["properties"].get(name) for name in body["properties"]}}
            if isinstance(one.get("properties"), dict) else one
            for one in found[after : after + limit]
        ]}  # fmt: skip
        if len(found) > after + limit:
            shown["paging"] = {"next": {"after": str(after + limit)}}
        return Answered(body=shown)

    def _links(self, path: str, body: Any) -> Answered:
        results = []
        for entry in body["inputs"]:
            all_of, after = self.links.get((path, entry["id"]), []), int(entry.get("after", 0))
            if not all_of:
                continue
            result: dict[str, Any] = {
                "from": {"id": entry["id"]},
                "to": [{"toObjectId": int(one), "associationTypes": []} for one in all_of[after : after + 2]],
            }
            if len(all_of) > after + 2:
                result["paging"] = {"next": {"after": str(after + 2)}}
            results.append(result)
        return Answered(207 if len(results) < len(body["inputs"]) else 200, {"status": "COMPLETE", "results": results})

    def _read(self, body: Any) -> Answered:
        by = body.get("idProperty", "hs_object_id")
        assert len(body["inputs"]) <= 100
        wanted = {self.merged.get(entry["id"], entry["id"]) for entry in body["inputs"]}
        results = [one for one in self.objects.get("contacts", []) if _value(one, by) in wanted]
        return Answered(207 if len(results) < len(wanted) else 200, {"status": "COMPLETE", "results": results})

    def _events(self, asked: Asked) -> Answered:
        begin, end = int(asked.query["startTimestamp"]), int(asked.query["endTimestamp"])
        found = [one for one in self.events if begin <= one.get("created", begin) <= end]
        found.sort(key=lambda one: -one.get("created", 0))
        at, limit = int(asked.query.get("offset", "0")), 3
        more = len(found) > at + limit
        return Answered(body={"events": found[at : at + limit], "hasMore": more, "offset": str(at + limit)})


def _value(one: Any, name: str) -> Any:
    properties = one.get("properties")
    return properties.get(name) if isinstance(properties, dict) else None


def _number(value: Any) -> float:
    if isinstance(value, str) and not value.isdecimal():
        try:
            return datetime.fromisoformat(value).timestamp() * 1000
        except ValueError:
            return 0
    return float(value or 0)


def _holds(one: Any, test: Any) -> bool:
    value, wanted = _number(_value(one, test["propertyName"])), float(test["value"])
    if not isinstance(one.get("properties"), dict):
        return True  # a record of another form comes along wherever it likes
    return {"GTE": value >= wanted, "LTE": value <= wanted, "GT": value > wanted, "EQ": value == wanted}[
        test["operator"]
    ]
