"""Pages of feedback, as people of each role see and use them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from engagement.feedback.models import FeedbackFile, FeedbackItem, Theme
from engagement.feedback.services.files import read_file
from engagement.feedback.services.matching import match_themes
from tenants.models import AuditEntry, Membership, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.feedback.feedback_world import DAY, a_theme, added, customers, kept, said, worked_off

GOOD, BAD = "The book was good.", "Today SUX!"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def page(client: Client, world: World, path: str, *, user: User | None = None) -> str:
    client.force_login(user or world.viewer)
    response = client.get(f"/o/{world.ours.slug}/{path}")
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())


def sends(client: Client, world: World, path: str, data: dict[str, Any], *, user: User | None = None) -> Any:
    client.force_login(user or world.consultant)
    return client.post(f"/o/{world.ours.slug}/{path}", data)


def table(client: Client, world: World, path: str) -> list[list[str]]:
    client.force_login(world.viewer)
    response = client.get(f"/o/{world.ours.slug}/{path}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(response).decode())))


def test_without_feedback_the_page_leads_on(client: Client, world: World) -> None:
    seen = page(client, world, "feedback/", user=world.consultant)
    assert "What customers say has not been brought in yet" in seen
    assert f'href="/o/{world.ours.slug}/feedback/files/"' in seen
    assert "A consultant or an admin brings it in." in page(client, world, "feedback/")


def test_the_summary_says_how_it_sounds_by_what_and_what_about(client: Client, world: World) -> None:
    a_theme(world, "Bookshop", "book")
    january = date(2026, 1, 15)
    added(
        world,
        *(said(BAD, day=january, repeat=at) for at in range(4)),
        *(said(GOOD, day=january, repeat=at) for at in range(6)),
    )
    added(world, *(said(BAD, repeat=at) for at in range(2)), *(said(GOOD, repeat=at) for at in range(8)))
    added(world, said("Das Paket kam nie an", kind="review"))
    seen = page(client, world, "feedback/")
    assert "30 % of feedback sounds negative: 6 of 20 judged" in seen
    assert "by a word list, not by a person" in seen
    assert "One is not judged." in seen
    assert "Negative share: 40 % in January 2026, 20 % in February 2026" in seen
    assert "Most of it is about “Bookshop”." in seen
    assert "<dt>Survey text</dt><dd>20</dd>" in seen
    assert '<td class="n">14</td><td class="n">66.7 %</td><td class="n">0 of 14</td>' in seen


def test_too_few_have_no_share(client: Client, world: World) -> None:
    added(world, said(BAD))
    seen = page(client, world, "feedback/")
    assert "One piece of feedback in twelve months" in seen
    assert "too few" in seen
    assert "sounds negative" not in seen


def test_what_was_said_is_never_taken_for_html(client: Client, world: World) -> None:
    added(world, said("<script>alert(1)</script> & <b>bold</b>", source="<i>x</i>"))
    [row] = kept(world)
    for path in ("feedback/", f"feedback/items/{row.pk}/", "feedback/?q=%3Cscript%3E"):
        seen = page(client, world, path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
        assert "<script>alert" not in seen
        assert "<b>bold" not in seen


def test_a_filter_keeps_to_what_fits_and_nonsense_asks_nothing(client: Client, world: World) -> None:
    number = a_theme(world, "Bookshop", "book")
    added(world, said(GOOD), said(BAD, kind="review"))
    for query in ("kind=review", "tone=negative", "q=sux"):
        seen = page(client, world, f"feedback/?{query}")
        assert BAD in seen
        assert GOOD not in seen
        assert "1 piece fits" in seen
    assert BAD not in page(client, world, f"feedback/?theme={number}")
    for query in (
        "kind=rumour&tone=x&theme=99&segment=nowhere",
        "theme=9999999999999999999",
        "page=99&q=%00",
        "page=x",
    ):
        assert GOOD in page(client, world, f"feedback/?{query}")
    assert "Nothing fits." in page(client, world, "feedback/?q=zebra")


def test_pages_of_many_are_walked_with_their_filter(client: Client, world: World) -> None:
    added(world, *(said(BAD, repeat=at, kind="review") for at in range(30)))
    seen = page(client, world, "feedback/?kind=review&page=2")
    assert "26–30 of 30" in seen
    assert "kind=review&amp;page=1" in seen


def test_somebody_enters_one_and_finds_it(client: Client, world: World) -> None:
    customers(world.ours, "c-1")
    form = {"text": BAD, "day": "2026-02-20", "kind": "case", "source": "Desk", "customer": "c-1", "segment": "all"}
    answer = sends(client, world, "feedback/new/", form)
    [row] = kept(world)
    assert answer["Location"] == f"/o/{world.ours.slug}/feedback/items/{row.pk}/"
    assert (row.text, row.customer_number, row.tone, row.entered_by_id) == (BAD, 1, "negative", world.consultant.pk)
    assert sends(client, world, "feedback/new/", form)["Location"] == f"/o/{world.ours.slug}/feedback/"
    refused = sends(client, world, "feedback/new/", {**form, "customer": "c-404", "day": "2026-03-03"})
    assert refused.status_code == 200
    assert "No customer with this id is known." in refused.content.decode()
    assert len(kept(world)) == 1


def test_a_correction_counts_and_says_whose_it_is(client: Client, world: World) -> None:
    a_theme(world, "Support <b>", "support")
    added(world, said("Slow support"))
    [row] = kept(world)
    assert "Support &lt;b&gt;</a>" in page(client, world, "feedback/")
    path = f"feedback/items/{row.pk}/"
    seen = page(client, world, path)
    assert "A word list, not a person, calls it positive: 0.40 on a scale from −1 to 1" in seen
    assert "vaderSentiment 3.3.2" in seen
    assert "A consultant or an admin can correct it." in seen
    assert sends(client, world, path, {"tone": "negative"}, user=world.viewer).status_code == 403
    assert sends(client, world, path, {"tone": "negative"}).status_code == 302
    seen = page(client, world, path)
    assert f"{world.consultant.name} called it negative" in seen
    assert "It counts as negative" in seen
    assert "by a person" in page(client, world, "feedback/")


def test_removing_asks_first(client: Client, world: World) -> None:
    added(world, said(GOOD))
    path = f"feedback/items/{kept(world)[0].pk}/remove/"
    assert "Remove this feedback of 20 February 2026?" in page(client, world, path, user=world.consultant)
    assert len(kept(world)) == 1
    assert sends(client, world, path, {"confirm": "yes"}).status_code == 302
    assert kept(world) == []


def test_a_limited_membership_is_shown_none_of_it(client: Client, world: World) -> None:
    added(world, said(GOOD))
    with organisation_scope(world.ours.pk):
        Membership.objects.filter(user=world.viewer).update(limited_to="reports")
    client.force_login(world.viewer)
    for path in (
        "feedback/",
        "feedback/feedback.csv",
        "feedback/themes/",
        "market/",
        f"feedback/items/{kept(world)[0].pk}/",
    ):
        assert client.get(f"/o/{world.ours.slug}/{path}").status_code == 403
    assert "/feedback/" not in client.get(f"/o/{world.ours.slug}/").content.decode()


def test_a_firm_has_no_feedback_of_its_own(client: Client, world: World) -> None:
    client.force_login(world.consultant)
    for path in ("feedback/", "feedback/new/", "feedback/files/", "feedback/themes/", "market/"):
        assert client.get(f"/o/{world.firm.slug}/{path}").status_code == 404


def test_files_hold_what_fits_run_no_formula_and_are_on_record(client: Client, world: World) -> None:
    a_theme(world, "Links", "evil")
    added(world, said('=HYPERLINK("http://evil.example")', id="r-1"), said(GOOD, kind="review"))
    rows = table(client, world, "feedback/feedback.csv?kind=survey")
    assert rows[0][:3] == ["Day", "Kind", "Text"]
    assert [row[2] for row in rows[1:]] == ['\'=HYPERLINK("http://evil.example")']
    assert rows[1][-1] == "Links"
    assert table(client, world, "feedback/themes.csv")[1][:3] == ["Links", "2026-02", "1"]
    with organisation_scope(world.ours.pk, write=False):
        assert AuditEntry.objects.filter(act="feedback.exported").count() == 2


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def uploads(settings: LazySettings, tmp_path: Path) -> Path:
    settings.UPLOAD_ROOT = str(tmp_path)
    return tmp_path


def test_a_file_is_looked_at_then_taken_in_and_its_rejected_rows_are_handed_back(
    client: Client, world: World, uploads: Path
) -> None:
    content = f'day,text\n2026-02-01,{GOOD}\nsoon,"=1+1"\n'.encode()
    form = {"file": SimpleUploadedFile("spring.csv", content), "kind": "survey", "source": "Spring"}
    answer = sends(client, world, "feedback/files/", form)
    with organisation_scope(world.ours.pk, write=False):
        row = FeedbackFile.objects.get()
    path = f"feedback/files/{row.pk}/"
    assert answer["Location"] == f"/o/{world.ours.slug}/{path}"
    seen = page(client, world, path, user=world.consultant)
    assert GOOD in seen
    assert "The day cannot be read." in seen
    assert kept(world) == []
    assert sends(client, world, path, {}).status_code == 302
    assert "It begins when a worker is free" in page(client, world, path, user=world.consultant)
    assert "progress-job" in page(client, world, f"{path}progress/", user=world.consultant)
    worked_off(world.ours, "feedback.read", read_file)
    seen = page(client, world, path, user=world.consultant)
    assert "spring.csv: 1 of 2 rows are new" in seen
    assert "What could not be used" in seen
    client.force_login(world.consultant)
    rows = list(csv.reader(io.StringIO(b"".join(client.get(f"/o/{world.ours.slug}/{path}rejected.csv")).decode())))
    remedy = "Write it as 2025-12-31, or with a time as 2025-12-31T18:30:00+01:00."
    assert rows[1] == ["3", "The day cannot be read.", remedy, 'soon,"=1+1"']
    assert "spring.csv" in page(client, world, "feedback/files/", user=world.consultant)
    sends(client, world, path, {})
    assert "This file is being read, or has been." in page(client, world, path, user=world.consultant)


def test_what_is_no_table_is_refused_beside_the_field(client: Client, world: World, uploads: Path) -> None:
    form = {"file": SimpleUploadedFile("a.csv", b"name,age\nAda,36\n"), "kind": "survey", "source": "Spring"}
    answer = sends(client, world, "feedback/files/", form)
    assert "The file has no column for the text." in answer.content.decode()
    assert list(uploads.iterdir()) == []


# ── themes ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_phrase_that_is_offered_becomes_a_theme_with_one_press(client: Client, world: World) -> None:
    added(world, *(said("Slow delivery", repeat=at) for at in range(3)))
    assert sends(client, world, "feedback/themes/look/", {}).status_code == 302
    assert "Looking feedback through for themes" in page(client, world, "feedback/themes/")
    worked_off(world.ours, "feedback.match", match_themes)
    seen = page(client, world, "feedback/themes/", user=world.consultant)
    assert '<input type="hidden" name="name" value="Slow delivery">' in seen
    assert (
        sends(client, world, "feedback/themes/", {"name": "Slow delivery", "phrases": "slow delivery"}).status_code
        == 302
    )
    worked_off(world.ours, "feedback.match", match_themes)
    seen = page(client, world, "feedback/themes/1/")
    assert "Slow delivery: 3 pieces in twelve months" in seen
    assert "Define it" not in page(client, world, "feedback/themes/")
    assert "Feedback has been looked through." in page(client, world, "feedback/themes/progress/")


def test_a_themes_words_and_state_change_on_its_page(client: Client, world: World) -> None:
    number = a_theme(world, "Delivery", "late")
    path = f"feedback/themes/{number}/"
    words = {"words-name": "Delivery", "words-phrases": "late\nnever came\n\n"}
    assert sends(client, world, path, words).status_code == 302
    seen = page(client, world, path)
    assert "late, never came" in seen
    refused = sends(client, world, f"{path}state/", {"state-state": "answered", "state-note": ""})
    assert "Say in a sentence what was done." in refused.content.decode()
    answered = {"state-state": "answered", "state-note": "A second carrier <b>"}
    assert sends(client, world, f"{path}state/", answered).status_code == 302
    assert "“A second carrier &lt;b&gt;”" in page(client, world, path)
    assert sends(client, world, f"{path}state/", answered, user=world.viewer).status_code == 403
    assert "Take the theme “Delivery” away?" in page(client, world, f"{path}remove/", user=world.consultant)
    assert sends(client, world, f"{path}remove/", {"confirm": "yes"}).status_code == 302
    client.force_login(world.consultant)
    assert client.get(f"/o/{world.ours.slug}/{path}").status_code == 404
    assert client.get(f"/o/{world.ours.slug}/feedback/themes/99999999999999999999/").status_code == 404
    with organisation_scope(world.ours.pk, write=False):
        assert Theme.objects.filter(archived_at__isnull=False).count() == 1
        assert FeedbackItem.objects.filter(day__gt=DAY + timedelta(days=1)).count() == 0
