"""Too much is refused with 413 and words, before it is read, and nothing of it is kept."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from engagement.ingest.models import FileImport, IngestBatch
from tenants.bodies import BodyLimitMiddleware, takes_files
from tests.conftest import World
from tests.ingest.sending import post, rows, track, write_key
from tests.isolation.routes import routes

pytestmark = pytest.mark.django_db(transaction=True)
CSV = b"event,customer,time\nVisit,c1,2026-03-01\n"


class _Unread(io.BytesIO):
    """A body that must not be touched."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


@pytest.fixture
def inside(world: World, settings: Any, tmp_path: Path) -> Client:
    settings.UPLOAD_ROOT, settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "uploads"), str(tmp_path)
    client = Client()
    client.force_login(world.consultant)
    return client


def _upload(client: Client, address: str, content: bytes) -> Any:
    fields = {"kind": "events", "sameness": "position", "file": SimpleUploadedFile("events.csv", content)}
    return client.post(address, fields)


def _addresses(world: World) -> list[str]:
    return [reverse(name, args=[world.ours.slug]) for name in ("imports", "api-imports")]


def test_a_file_is_stopped_in_its_middle(inside: Client, world: World, settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100
    for address in _addresses(world):
        answer = _upload(inside, address, CSV * 100)
        assert answer.status_code == 413, address
        assert "Nothing of it was kept" in answer.content.decode()  # the service says something else, of a whole file
    assert rows(world.ours, FileImport, "file_name") == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert [_upload(inside, address, CSV).status_code for address in _addresses(world)] == [302, 202]


def test_what_says_that_it_is_too_large_is_not_read_at_all(inside: Client, world: World, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1_000_000
    for address in _addresses(world):
        unread: dict[str, Any] = {"wsgi.input": _Unread(), "CONTENT_LENGTH": "1100000"}
        answer = inside.generic("POST", address, CONTENT_TYPE=MULTIPART_CONTENT, **unread)
        assert answer.status_code == 413, address
    assert answer.json()["code"] == "too_large"
    assert "1,065,536 bytes" in answer.json()["message"]


def test_nobody_uploads_where_no_file_is_wanted(settings: Any) -> None:
    """Signing in reads its form before anybody is known: a gigabyte would fill the disk of whoever let it."""
    answer = Client().post(reverse("login"), {"login": "a", "file": SimpleUploadedFile("a", b"x" * 5_000_000)})
    assert answer.status_code == 413
    assert "4,194,304 bytes" in answer.content.decode()


def test_only_these_routes_take_files() -> None:
    found = [route.name for route in routes() if hasattr(getattr(route.callback, "cls", route.callback), "takes_files")]
    assert sorted(found) == ["api-imports", "feedback-files", "imports", "survey-answers"]


def test_json_is_held_to_the_size_of_forms(inside: Client, world: World) -> None:
    address = reverse("api-members", args=[world.ours.slug])
    answer = inside.post(address, json.dumps({"email": "a" * 5_000_000}), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_forms_have_no_more_than_a_thousand_fields(inside: Client) -> None:
    answer = inside.post(reverse("account"), {f"field{number}": "x" for number in range(1_001)})
    assert answer.status_code == 400
    assert inside.post(reverse("account"), {f"field{number}": "x" for number in range(900)}).status_code == 200


@pytest.mark.parametrize(
    ("length", "takes", "refused"),
    [("101", False, True), ("100", False, False), ("", False, False), ("-1", False, False), ("many", False, False),
     ("66000", True, True), ("65636", True, False)],
)  # fmt: skip
def test_what_a_request_says_of_its_length(settings: Any, length: str, takes: bool, refused: bool) -> None:
    settings.UPLOAD_LIMIT_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    def view() -> None: ...

    request = RequestFactory().get("/", CONTENT_LENGTH=length)
    answer = BodyLimitMiddleware(lambda _: None).process_view(  # type: ignore[arg-type,return-value]
        request, takes_files(view) if takes else view, (), {}
    )
    assert (answer is not None) is refused


def test_a_bomb_is_not_unpacked_beyond_the_limit(world: World, settings: Any) -> None:
    """Fifty megabytes in a twentieth of one: refused, with nothing kept; tests/ingest holds the finer points."""
    key = write_key(world.ours)
    bomb = gzip.compress(b'{"batch": [' + b" " * 50_000_000 + b"]}")
    assert len(bomb) < settings.INGEST_LIMIT_BYTES
    answer = post(Client(), bomb, key=key, HTTP_CONTENT_ENCODING="gzip")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    plain = post(Client(), {"batch": [track(1, properties={"text": "x" * 4_200_000})]}, key=key)
    assert (plain.status_code, plain.json()["code"]) == (413, "too_large")
    assert rows(world.ours, IngestBatch, "id") == []
