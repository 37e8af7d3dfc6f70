"""A link opens one frozen version for whoever has it, until it runs out or is revoked; files hold every figure."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from engagement.errors import InvalidInputError
from engagement.reports import services
from engagement.reports.files import csv_of, xlsx_of
from engagement.reports.models import ReportVersion, ShareLink
from engagement.reports.services.branding import cleaned_png
from tenants.scope import organisation_scope
from tests.cases.story_world import Story
from tests.conftest import World, api_token
from tests.reports.documents import empty_document
from tests.reports.reading import later, signed_in, text_of


def shared(world: World, version: ReportVersion, **typed: Any) -> str:
    """The address of a new link, as the page shows it once."""
    where = reverse("report-share", args=[world.ours.slug, version.report_id, version.number])
    page = signed_in(world.consultant).post(where, {"whom": "The board", "days": "30", **typed})
    found = re.search(r"/r/rps_[\w-]+/", page.content.decode())
    assert found is not None
    return found[0]


def the_link(version: ReportVersion) -> ShareLink:
    with organisation_scope(version.organisation_id, write=False):
        return ShareLink.objects.get(version=version)


def test_whoever_has_the_link_reads_this_version_and_its_pdf(version: ReportVersion, world: World) -> None:
    address, anybody = shared(world, version), Client()
    page = anybody.get(address)
    assert page.status_code == 200
    assert "Consistent with +3.1 (0.4 to 5.8); not proof." in text_of(page)
    assert page["X-Robots-Tag"].startswith("noindex")
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    pdf = anybody.get(address + "report.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert the_link(version).opened == 1
    assert address.split("/")[2].encode() not in bytes(the_link(version).digest)


def test_a_revoked_a_late_and_an_unknown_link_are_refused_alike(
    version: ReportVersion,
    world: World,
) -> None:
    address, anybody = shared(world, version), Client()
    link = the_link(version)
    with organisation_scope(version.organisation_id):
        ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    late = anybody.get(address)
    with organisation_scope(version.organisation_id):
        ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + timedelta(days=1))
    assert anybody.get(address).status_code == 200
    revoke = reverse("report-revoke", args=[world.ours.slug, version.report_id, link.pk])
    assert signed_in(world.consultant).post(revoke).status_code == 302
    revoked, unknown = anybody.get(address), anybody.get("/r/rps_nothing/")
    assert {late.status_code, revoked.status_code, unknown.status_code} == {404}
    assert "This link opens nothing" in text_of(revoked)
    assert text_of(late) == text_of(revoked) == text_of(unknown)
    assert anybody.get(address + "report.pdf").status_code == 404
    assert the_link(version).opened == 1


def test_the_link_keeps_every_figure_and_says_what_was_restated(
    version: ReportVersion,
    story: Story,
    world: World,
) -> None:
    address = shared(world, version)
    later(story)
    said = text_of(Client().get(address))
    assert "Gold rose by 5.0 to 70.0" in said
    assert "have been restated since" in said


def test_no_link_is_made_for_ever_or_by_a_viewer(version: ReportVersion, world: World) -> None:
    where = reverse("report-share", args=[world.ours.slug, version.report_id, version.number])
    assert "rps_" not in signed_in(world.consultant).post(where, {"days": "367"}).content.decode()
    assert signed_in(world.viewer).post(where, {"days": "3"}).status_code == 403
    with organisation_scope(version.organisation_id), pytest.raises(InvalidInputError):
        services.share_version(
            organisation=world.ours,
            report_id=version.report_id,
            number=1,
            days=0,
            whom="",
            user=None,
            now=timezone.now(),
        )


def test_files_hold_exact_numbers_and_no_formula(version: ReportVersion) -> None:
    document = json.loads(version.document)
    book = load_workbook(io.BytesIO(xlsx_of(document=document, sha256=version.sha256)))
    trend = next(sheet for sheet in book if "Score by period" in sheet.title)
    rows = [[cell.value for cell in row] for row in trend.rows]
    assert [row[1] for row in rows[1:]] == [75, 65, 55, 60, 65, 70]
    evil = empty_document("=1+1")
    evil_book = load_workbook(io.BytesIO(xlsx_of(document=evil, sha256="0")))
    assert all(cell.data_type != "f" for sheet in evil_book for row in sheet.rows for cell in row)
    assert "'=1+1" in csv_of(document=evil, sha256="0")
    assert "Sep 2025,75.00," in csv_of(document=document, sha256="0")


def test_a_logo_is_a_small_png_without_what_else_was_in_the_file() -> None:
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data, end = part(b"IDAT", zlib.compress(b"\x00\x00")), part(b"IEND", b"")
    sign = b"\x89PNG\r\n\x1a\n"
    assert cleaned_png(sign + head + part(b"tEXt", b"secret") + data + end + b"more") == sign + head + data + end
    for wrong in (b"<svg/>", sign, sign + head + end, sign + head + data, b"\x00" * 200_001):
        with pytest.raises(InvalidInputError):
            cleaned_png(wrong)


def test_a_program_begins_publishes_shares_and_revokes(story: Story, world: World) -> None:
    base = f"/api/v1/organisations/{world.ours.slug}/reports/"
    program = Client(headers={"Authorization": f"Bearer {api_token(world.consultant)}"})
    said = {"last_day": "2026-02-28", "segment": "gold"}
    made = program.post(base, said, content_type="application/json")
    assert (made.status_code, made.json()["latest_version"]) == (201, None)
    assert program.post(base, {**said, "last_day": "2026-02-27"}, content_type="application/json").status_code == 400
    versions = f"{base}{made.json()['id']}/versions/"
    frozen = program.post(versions).json()
    text = json.dumps(frozen["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert frozen["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert program.get(f"{versions}1/").json() == frozen
    assert program.get(f"{versions}1/pdf/").content.startswith(b"%PDF")
    link = program.post(f"{versions}1/links/", {"days": 3}, content_type="application/json").json()
    address = "/" + link["url"].split("/", 3)[3]
    assert Client().get(address).status_code == 200
    assert program.delete(f"{base}{made.json()['id']}/links/{link['id']}/").status_code == 204
    assert Client().get(address).status_code == 404
    viewer = Client(headers={"Authorization": f"Bearer {api_token(world.viewer)}"})
    assert [one["latest_version"] for one in viewer.get(base).json()] == [1]
    assert viewer.post(versions).status_code == 403
