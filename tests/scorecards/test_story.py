"""A consultant's first hour, through the pages and the API: from an empty client to a scorecard by age.

Forty young customers and sixty older ones; ten young with five visits on one day, a social interaction and a purchase
each; twenty older with a purchase each; and line 92, dated on the fortieth of the thirteenth month.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from engagement.ingest.models import FileImport
from engagement.ingest.services import process_import
from engagement.insights.services import run_request
from engagement.scoring.models import RunRequest
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)

YOUNG, OLDER = range(1, 41), range(41, 101)
DAY = (timezone.now() - timedelta(days=4)).date()


def customers_file() -> bytes:
    rows = ["customer_id,age_group"]
    rows += [f"c{number},{'young' if number in YOUNG else 'older'}" for number in (*YOUNG, *OLDER)]
    return "\n".join(rows).encode()


def events_file() -> bytes:
    """Ninety good rows and, on line 92, one that no calendar has."""
    rows = ["customer,event,date"]
    for number in YOUNG[:10]:
        rows += [f"c{number},visit,{DAY}"] * 5 + [f"c{number},social_interaction,{DAY}", f"c{number},purchase,{DAY}"]
    rows += [f"c{number},purchase,{DAY}" for number in OLDER[:20]]
    rows += ["c1,visit,2025-13-40"]
    assert len(rows) == 92
    return "\n".join(rows).encode()


class Consultant:
    """Somebody at a browser; the worker's part is done at once after each act."""

    def __init__(self, user: User, firm: Organisation) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.firm = firm
        self.slug = ""

    def create_client(self, name: str) -> None:
        address = f"/o/{self.firm.slug}/clients/new/"
        form = {"name": name, "industry": "education", "time_zone": "UTC", "language": "en", "currency": "EUR"}
        response = self.client.post(address, {**form, "slug": ""})
        assert response.status_code == 302, response.content.decode()[:2000]
        self.slug = response["Location"].strip("/").split("/")[-1]

    def page(self, path: str = "") -> str:
        response = self.client.get(f"/o/{self.slug}/{path}")
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def post(self, path: str, **fields: Any) -> None:
        response = self.client.post(f"/o/{self.slug}/{path}", fields)
        assert response.status_code == 302, response.content.decode()[:3000]
        self.work()

    def upload(self, name: str, content: bytes, kind: str) -> dict[str, Any]:
        """Over the API: 202 and a progress resource."""
        file = SimpleUploadedFile(name, content, content_type="text/csv")
        response = self.client.post(
            f"/api/v1/organisations/{self.slug}/imports/", {"file": file, "kind": kind, "sameness": "position"}
        )
        assert response.status_code == 202, response.content
        self.work()
        found: dict[str, Any] = self.client.get(response["Location"]).json()
        return found

    def api(self, path: str) -> Any:
        response = self.client.get(f"/api/v1/organisations/{self.slug}/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    def work(self) -> None:
        """What the workers would do now."""
        organisation_id, now = _id_of(self.slug), timezone.now()
        with organisation_scope(organisation_id, write=False):
            imports = list(FileImport.objects.filter(state="waiting").values_list("id", flat=True))
            requests = list(RunRequest.objects.filter(state="waiting").values_list("id", flat=True))
        for import_id in imports:
            process_import(organisation_id=organisation_id, import_id=import_id, clock=timezone.now)
        for request_id in requests:
            run_request(organisation_id=organisation_id, request_id=request_id, now=now)


def _id_of(slug: str) -> int:
    from tenants.selectors import find_organisation

    return find_organisation(slug=slug).id


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_first_hour(world: World) -> None:
    consultant = Consultant(world.consultant, world.firm)
    consultant.create_client("Heron Learning")
    assert "No score yet" in consultant.page()

    assert consultant.upload("customers.csv", customers_file(), "customers")["stored"] == 100
    events = consultant.upload("events.csv", events_file(), "events")
    assert (events["stored"], events["duplicates"], events["rejected"]) == (90, 0, 1)
    _check_rejected_line(consultant, events["id"])
    again = consultant.upload("events.csv", events_file(), "events")
    assert (again["stored"], again["duplicates"]) == (0, 90)

    consultant.post("segments/new/from-trait/", trait="age_group", name="Age group")
    _publish_suggested_weights(consultant)
    _check_numbers(consultant)
    _check_page(consultant)


def _check_rejected_line(consultant: Consultant, import_id: str) -> None:
    page = consultant.page(f"data/imports/{import_id}/")
    assert "2025-13-40" in page
    assert "92" in page
    response = consultant.client.get(f"/o/{consultant.slug}/data/imports/{import_id}/rejected.csv")
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    header, row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert dict(zip(header, row, strict=True))["rapport_line"] == "92"
    assert any("2025-12-31" in cell for cell in row), (header, row)


def _publish_suggested_weights(consultant: Consultant) -> None:
    draft = consultant.api("weight-sets/draft/")
    fields = {f"weight_{line['key']}": line["weight"] for line in draft["weights"]}
    fields |= {"window_days": "90", "full_points_from": "median", "changed_at": draft["changed_at"], "note": ""}
    consultant.post("weights/draft/", act="keep", **fields)
    draft = consultant.api("weight-sets/draft/")
    assert Decimal(draft["full_points"]) == 10
    consultant.post("weights/draft/publish/", note="First weights", changed_at=draft["changed_at"])


def _check_numbers(consultant: Consultant) -> None:
    found = consultant.api("scorecard/")
    total = found["total"]
    by_key = {row["figures"]["segment"]: row["figures"] for group in found["sets"] for row in group["segments"]}
    young = next(value for key, value in by_key.items() if "young" in key)
    older = next(value for key, value in by_key.items() if "older" in key)
    expected = {
        "points_per_customer": ("5.000000", "3.333333", "4.000000"),
        "actions_per_customer": ("1.750000", "0.333333", "0.900000"),
        "active_share": ("0.250000", "0.333333", "0.300000"),
        "score": ("25.000000", "33.333333", "30.000000"),
        "customers": (40, 60, 100),
    }
    for name, values in expected.items():
        assert (young[name], older[name], total[name]) == values, name
    number = next(line["number"] for line in consultant.api("customers/?external_id=c1")["results"])
    assert Decimal(consultant.api(f"customers/{number}/score/")["points"]) == 20


def _check_page(consultant: Consultant) -> None:
    page = consultant.page()
    for text in ("30.0", "5.00", "3.33", "4.00", "25.00", "33.33", "30.00"):
        assert text in page, text
    assert "Poor" in page
