"""The story of the case as a report: its figures, its words, and that they stay whatever happens afterwards."""

from __future__ import annotations

import hashlib
import json
import re
import zlib

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from engagement.reports.models import ReportVersion
from engagement.reports.pdf import pdf_of
from tenants.scope import organisation_scope
from tests.cases.story_world import Story
from tests.conftest import World
from tests.reports.reading import article_of, later, signed_in, text_of


def test_the_report_says_what_the_case_came_to(version: ReportVersion, world: World) -> None:
    page = signed_in(world.viewer).get(reverse("report", args=[world.ours.slug, version.report_id]))
    said = text_of(page)
    for words in (
        "+15 (+27.3 %): Good at exactly 70.00",
        "The target of 75 was missed by 5.",
        "Consistent with +3.1 (0.4 to 5.8); not proof.",
        "12,000 EUR",
        "Slow support: no step answers this finding yet.",
        "Gold rose by 5.0 to 70.0: Good, 5.0 below target",
        version.sha256,
    ):
        assert words in said, words


def test_the_document_is_canonical_hashed_and_cannot_be_changed(version: ReportVersion, story: Story) -> None:
    document = json.loads(version.document)
    assert version.document == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert version.sha256 == hashlib.sha256(version.document.encode()).hexdigest()
    assert (document["basis"]["score"], document["basis"]["n"]) == ("70/1", 100)
    for act in (version.save, version.delete):
        with organisation_scope(story.organisation.pk), pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_later_weights_rules_and_events_change_no_figure_and_are_noted(
    version: ReportVersion, story: Story, world: World
) -> None:
    client, where = signed_in(world.viewer), reverse("report", args=[world.ours.slug, version.report_id])
    before = client.get(where)
    later(story)
    after = client.get(where)
    assert article_of(before) == article_of(after)
    assert "have been restated since" not in text_of(before)
    assert "The figures of this report have been restated since: the score is" in text_of(after)
    assert "Weight set 99 has been published since" in text_of(after)
    with organisation_scope(story.organisation.pk, write=False):
        kept = ReportVersion.objects.get(pk=version.pk)
    assert (kept.document, kept.sha256) == (version.document, version.sha256)
    made = [pdf_of(document=json.loads(kept.document), sha256=kept.sha256) for _again in range(2)]
    assert made[0] == made[1] == pdf_of(document=json.loads(version.document), sha256=version.sha256)


def test_the_pdf_is_tagged_with_its_fonts_inside_and_no_words_are_mark_up(version: ReportVersion) -> None:
    document = json.loads(version.document)
    document["lead"] = '#eval("1") $x^2$ \\ *b* _i_ #image("/etc/passwd") <b>'
    made = pdf_of(document=document, sha256=version.sha256, notes=["#panic()"])
    assert made.startswith(b"%PDF-1.7")
    parts = [made]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", made, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    whole = b"\n".join(parts)
    assert b"/StructTreeRoot" in whole
    assert b"/MarkInfo" in whole
    assert b"<pdfuaid:part>1" in whole
    assert whole.count(b"/FontFile3") >= 2
    assert b"/Image" not in re.sub(rb"/ImageB", b"", whole) or b"/Subtype/Image" not in whole  # charts are vectors
