"""The API of imports and customers: one shape of error, pages of results, and nobody else's rows."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from engagement.ingest.models import Customer, FileImport
from engagement.ingest.services import process_import
from tenants.models import Organisation, User
from tests.conftest import World, api_token
from tests.ingest.sending import identify, one, rows, send, take, ticking, track, upload

pytestmark = pytest.mark.usefixtures("uploads", "broker")

GOOD = "customer,event,date\nc1,visit,2025-12-31\nc2,visit,never\n"


def base(organisation: Organisation) -> str:
    return f"/api/v1/organisations/{organisation.slug}"


def as_person(person: User) -> Client:
    secret = api_token(person)
    return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")


def sent(content: str = GOOD, **changes: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("q4.csv", content.encode()), "kind": "events", **changes}


def test_an_upload_is_202_with_a_place_to_ask(world: World) -> None:
    client = as_person(world.consultant)
    answer = client.post(f"{base(world.ours)}/imports/", sent())
    (import_id,) = rows(world.ours, FileImport, "id")
    place = f"{base(world.ours)}/imports/{import_id}/"
    assert (answer.status_code, answer["Location"]) == (202, f"http://testserver{place}")
    waiting = client.get(place).json()
    assert answer.json() == waiting
    created_at = waiting.pop("created_at")
    assert waiting == {
        "id": str(import_id),
        "kind": "events",
        "sameness": "position",
        "file_name": "q4.csv",
        "state": "waiting",
        "size_bytes": len(GOOD),
        "bytes_read": 0,
        "rows": 0,
        "stored": 0,
        "duplicates": 0,
        "conflicts": 0,
        "rejected": 0,
        "error": "",
        "started_at": None,
        "finished_at": None,
        "task": "read",
        "mapping": {},
        "mapping_name": "",
        "found": {},
        "taken_out": 0,
        "undo_until": None,
        "undone_at": None,
        "undone_by": "",
    }
    process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    done = client.get(place).json()
    assert (done["state"], done["rows"], done["stored"], done["rejected"]) == ("done", 2, 1, 1)
    assert (done["bytes_read"], done["created_at"]) == (len(GOOD), created_at)
    assert None not in (done["started_at"], done["finished_at"])
    assert one(world.ours, FileImport, import_id).created_by_id == world.consultant.pk


def test_imports_are_listed_in_pages_the_latest_first(world: World) -> None:
    ids = [str(upload(world.ours, GOOD)) for _ in range(3)]
    upload(world.other, GOOD)
    client = as_person(world.consultant)
    first = client.get(f"{base(world.ours)}/imports/", {"limit": 2}).json()
    assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
    second = client.get(first["next"]).json()
    assert {line["id"] for line in [*first["results"], *second["results"]]} == set(ids)
    assert second["next"] is None


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"kind": "orders"}, (400, "invalid", ["kind"])),
        ({"sameness": "guess"}, (400, "invalid", ["sameness"])),
        ({"file": "not a file"}, (400, "invalid", ["file"])),
        ({"content": ""}, (400, "invalid", ["file"])),
        ({"content": "x" * 5_000}, (413, "too_large", [])),
    ],
)
def test_what_is_wrong_is_named(
    world: World, settings: Any, changes: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    settings.UPLOAD_LIMIT_BYTES = 4_000
    answer = as_person(world.consultant).post(f"{base(world.ours)}/imports/", sent(**changes))
    body = answer.json()
    assert (answer.status_code, body["code"], list(body.get("fields", {}))) == expected
    assert body["message"]
    assert rows(world.ours, FileImport, "id") == []


def test_a_body_that_is_no_form_is_refused_in_the_same_shape(world: World) -> None:
    answer = as_person(world.consultant).post(f"{base(world.ours)}/imports/", "{}", content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (415, {"code", "message"})


def test_customers_are_listed_with_what_is_known(world: World) -> None:
    send(world.ours, identify("c1", {"plan": "pro"}, anonymousId="v"), track(2))
    send(world.other, track(9))
    answer = as_person(world.viewer).get(f"{base(world.ours)}/customers/").json()
    numbers = dict(rows(world.ours, Customer, "external_id", "number"))
    known = {"c1": (True, {"plan": "pro"}, None), "c2": (True, {}, None), "v": (False, {}, numbers["c1"])}
    expected = [
        {
            "number": numbers[name],
            "external_id": name,
            "identified": identified,
            "traits": traits,
            "merged_into": merged_into,
            "excluded": False,
        }
        for name, (identified, traits, merged_into) in known.items()
    ]
    assert answer["results"] == sorted(expected, key=lambda line: line["number"])
    assert answer["count"] == 3


def test_customers_are_found_by_their_own_id(world: World) -> None:
    send(world.ours, track(1), track(2))
    client = as_person(world.viewer)
    found = client.get(f"{base(world.ours)}/customers/", {"external_id": "c2"}).json()
    assert [line["external_id"] for line in found["results"]] == ["c2"]
    assert client.get(f"{base(world.ours)}/customers/", {"external_id": "c9"}).json()["results"] == []


@pytest.mark.parametrize("asked", ["a\0b", "x" * 201])
def test_an_impossible_id_is_400(world: World, asked: str) -> None:
    answer = as_person(world.viewer).get(f"{base(world.ours)}/customers/", {"external_id": asked})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["external_id"])


def test_one_customer_is_left_out_and_taken_back(world: World) -> None:
    send(world.ours, track(1))
    address = f"{base(world.ours)}/customers/1/"
    client = as_person(world.consultant)
    for excluded in (True, False):
        answer = client.patch(address, {"excluded": excluded}, content_type="application/json")
        assert (answer.status_code, answer.json()["excluded"]) == (200, excluded)
        assert rows(world.ours, Customer, "excluded") == [excluded]
        assert client.get(address).json() == answer.json()
    refused = client.patch(address, {"excluded": "perhaps"}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["excluded"])


@pytest.mark.parametrize("number", ["7", "0", str(2**63), "9" * 30])
def test_an_unknown_number_is_404(world: World, number: str) -> None:
    send(world.ours, track(1))
    client = as_person(world.consultant)
    for answer in (
        client.get(f"{base(world.ours)}/customers/{number}/"),
        client.patch(f"{base(world.ours)}/customers/{number}/", {"excluded": True}, content_type="application/json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert rows(world.ours, Customer, "excluded") == [False]


def test_roles_and_organisations(world: World) -> None:
    row = take(world.other, GOOD)
    send(world.ours, track(1))
    consultant, viewer, stranger = (as_person(one) for one in (world.consultant, world.viewer, world.stranger))
    assert viewer.get(f"{base(world.ours)}/imports/").status_code == 403
    assert viewer.post(f"{base(world.ours)}/imports/", sent()).status_code == 403
    change = {"excluded": True}
    assert viewer.patch(f"{base(world.ours)}/customers/1/", change, content_type="application/json").status_code == 403
    assert stranger.get(f"{base(world.ours)}/customers/").status_code == 404
    assert Client().get(f"{base(world.ours)}/customers/").status_code == 401
    assert consultant.get(f"{base(world.ours)}/imports/{row.pk}/").status_code == 404  # of another client
    assert consultant.get(f"{base(world.ours)}/imports/{uuid4()}/").status_code == 404
    assert consultant.get(f"{base(world.other)}/imports/{row.pk}/").status_code == 200  # the control
    assert (rows(world.ours, FileImport, "id"), rows(world.ours, Customer, "excluded")) == ([], [False])
