"""A server of lists in JSON, as many have one: three ways to the next page, a header that proves who asks."""

from __future__ import annotations

from typing import Any

from tests.connections.fakes.server import Answered, Asked, FakeVendor

SECRET = "Bearer canary-secret-42"


class FakeLists(FakeVendor):
    """`rows` at /v1/orders under data.items, two a page, the next page by `rule`."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule, self.rows, self.secret = rule, list[Any](), SECRET

    def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("x-api-key") != self.secret:
            return Answered(401, {"message": "who are you"})
        rows = [row for row in self.rows if row.get("at", "9") >= asked.query.get("since", "")]
        place = int(asked.query.get("p", "1")) - 1
        more = len(rows) > (place + 1) * 2
        body: dict[str, Any] = {"data": {"items": rows[place * 2 : place * 2 + 2]}}
        headers = {}
        following = f"/v1/orders?p={place + 2}&since={asked.query.get('since', '')}".replace("+", "%2B")
        if more and self.rule == "link":
            body["next"] = following
        if more and self.rule == "header":
            headers["Link"] = f'<{self.base}{following}>; rel="next"'
        if more and self.rule == "cursor":
            body["next"] = place + 2
        return Answered(body=body, headers=headers)
