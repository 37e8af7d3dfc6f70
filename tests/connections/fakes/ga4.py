"""The Data API of Analytics as its description has it: one report, dimensions that exist, faults with names."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.connections.fakes.server import Answered, Asked, FakeVendor

PROPERTY, DIMENSION, ACCOUNT = "123456789", "customUser:crm_id", "reader@project.iam.gserviceaccount.com"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_key() -> str:
    return _KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class FakeAnalytics(FakeVendor):
    """`counted` events by (day, customer, event); `metadata` is what reports say of themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[tuple[str, str, str]] = Counter()
        self.dimensions = {DIMENSION, "eventName"}
        self.metadata: dict[str, Any] = {"timeZone": "Europe/Berlin", "currencyCode": "EUR"}
        self.token, self.signed_in, self.is_taken = "ya29-0", 0, True
        self.audience = ""

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered(
                401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "Invalid credentials"}}
            )
        if asked.path == f"/properties/{PROPERTY}/metadata":
            return Answered(body={"dimensions": [{"apiName": name} for name in sorted(self.dimensions)]})
        if asked.path == f"/properties/{PROPERTY}:runReport":
            return self._report(asked.json)
        return Answered(403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no access"}})

    def _token(self, asked: Asked) -> Answered:
        [claim] = parse_qs(asked.body.decode())["assertion"]
        said = jwt.decode(claim, _KEY.public_key(), algorithms=["RS256"], audience=self.audience, options={
            "verify_exp": False, "verify_iat": False,
        })  # fmt: skip
        if said["iss"] != ACCOUNT or not self.is_taken:
            return Answered(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        self.signed_in += 1
        self.token = f"ya29-{self.signed_in}"
        return Answered(body={"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"})

    def _report(self, body: Any) -> Answered:
        [dates] = body["dateRanges"]
        assert dates["startDate"] == dates["endDate"]
        test = body["dimensionFilter"]
        kept = test.get("filter") or test["notExpression"]["filter"]
        names = set(kept["inListFilter"]["values"])
        rows = sorted(
            (customer, event, count)
            for (day, customer, event), count in self.counted.items()
            if day == dates["startDate"] and (event in names) == ("filter" in test)
        )
        offset, limit = int(body["offset"]), int(body["limit"])
        shown = [
            {"dimensionValues": [{"value": customer}, {"value": event}], "metricValues": [{"value": str(count)}]}
            for customer, event, count in rows[offset : offset + limit]
        ]
        said: dict[str, Any] = {"metadata": self.metadata, "kind": "analyticsData#runReport"}
        return Answered(
            body={**said, **({"rows": shown} if shown else {}), **({"rowCount": len(rows)} if rows else {})}
        )
