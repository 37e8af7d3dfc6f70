"""Texts are never lost, whoever writes at the same time; figures can be hidden and not edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from engagement.errors import InvalidInputError
from engagement.reports import services
from engagement.reports.models import Block, BlockText, Report
from tenants.scope import organisation_scope
from tests.cases.story_world import NOW, Story
from tests.conftest import World
from tests.reports.reading import signed_in, text_of


def block_of(report: Report, kind: str) -> Block:
    with organisation_scope(report.organisation_id, write=False):
        return Block.objects.filter(report=report, kind=kind).order_by("position")[0]


def address(report: Report, world: World, block: Block) -> str:
    return reverse("report-text", args=[world.ours.slug, report.pk, block.pk])


def test_whoever_saves_second_sees_both_texts_and_nothing_is_lost(report: Report, world: World) -> None:
    block = block_of(report, "text")
    where, client = address(report, world, block), signed_in(world.consultant)
    assert client.post(where, {"text": "First words", "version": 0}).status_code == 302
    refused = client.post(where, {"text": "Other words", "version": 0})
    assert refused.status_code == 409
    assert "First words" in text_of(refused)
    assert "Other words" in text_of(refused)
    assert block_of(report, "text").text == "First words"
    assert client.post(where, {"text": "First words, other words", "version": 1}).status_code == 302
    with organisation_scope(report.organisation_id, write=False):
        kept = list(BlockText.objects.filter(block=block).order_by("version").values_list("version", "text"))
    assert kept == [(1, "First words"), (2, "First words, other words")]
    assert "First words, other words" in text_of(client.get(where))


def test_saving_while_typing_answers_with_the_next_version_and_never_overwrites(
    report: Report,
    world: World,
) -> None:
    block, client = block_of(report, "text"), signed_in(world.consultant)
    where = address(report, world, block)
    first = client.post(where, {"text": "One", "version": 0}, headers={"HX-Request": "true"})
    assert 'name="version" value="1"' in first.content.decode()
    other = client.post(where, {"text": "Two", "version": 0}, headers={"HX-Request": "true"})
    assert 'name="version" value="0"' in other.content.decode()  # typing on goes on being refused
    assert "One" in text_of(other)
    assert block_of(report, "text").text == "One"


def test_the_same_text_again_is_no_new_version(report: Report, world: World) -> None:
    said: dict[str, Any] = {"report_id": report.pk, "user": None, "now": NOW}
    block = block_of(report, "lead")
    with organisation_scope(report.organisation_id):
        assert services.save_text(**said, block_id=block.pk, text="A lead", version=0).version == 1
        assert services.save_text(**said, block_id=block.pk, text="A lead", version=0).version == 1
        with pytest.raises(InvalidInputError):
            services.save_text(**said, block_id=block_of(report, "score").pk, text="no", version=0)
        with pytest.raises(InvalidInputError):
            services.save_text(**said, block_id=block.pk, text="x" * 20_001, version=1)


def test_words_are_printed_and_never_mark_up_and_figures_can_be_left_out(
    report: Report,
    world: World,
) -> None:
    client, text = signed_in(world.consultant), block_of(report, "text")
    words = "## Why\n\n<script>x()</script> **bold**\n\n- [link](javascript:x)\n- two"
    client.post(address(report, world, text), {"text": words, "version": 0})
    hide = reverse("report-block", args=[world.ours.slug, report.pk, block_of(report, "why").pk])
    assert client.post(hide, {"hide": "yes"}).status_code == 302
    assert "left out of the report" in text_of(client.get(reverse("report-edit", args=[world.ours.slug, report.pk])))
    assert client.post(reverse("report-publish", args=[world.ours.slug, report.pk])).status_code == 302
    page = client.get(reverse("report", args=[world.ours.slug, report.pk])).content.decode()
    assert "&lt;script&gt;x()&lt;/script&gt; <strong>bold</strong>" in page
    assert "<h3>Why</h3>" in page
    assert "<li>[link](javascript:x)</li><li>two</li>" in page
    assert "most of it by" not in page


def test_a_viewer_reads_what_is_published_and_no_draft(report: Report, world: World) -> None:
    viewer = signed_in(world.viewer)
    assert viewer.get(reverse("report", args=[world.ours.slug, report.pk])).status_code == 404
    assert viewer.get(reverse("report-edit", args=[world.ours.slug, report.pk])).status_code == 403
    assert viewer.post(reverse("reports", args=[world.ours.slug]), {}).status_code == 403
    assert "No report is here yet" in text_of(viewer.get(reverse("reports", args=[world.ours.slug])))
    assert signed_in(world.stranger).get(reverse("report", args=[world.ours.slug, report.pk])).status_code == 404


def test_a_report_begins_with_a_finished_scored_period(story: Story, world: World) -> None:
    client, where = signed_in(world.consultant), reverse("reports", args=[world.ours.slug])
    page = client.get(where)
    assert "February 2026" in text_of(page)
    assert client.post(where, {"period": "month:2026-02-28", "segment": "gold"}).status_code == 302
    assert client.post(where, {"period": "month:2027-02-28", "segment": "gold"}).status_code == 200
    with organisation_scope(world.ours.pk, write=False):
        assert [one.number for one in Report.objects.all()] == [1]
