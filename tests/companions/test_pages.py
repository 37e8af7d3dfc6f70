"""The pages beside the score: what they say, to whom, and what a limited membership does not see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from engagement.companions import services
from engagement.companions.models import CompanionSetting, MonthlyMoney
from tenants.models import AuditEntry, Job, LimitedTo, Membership
from tenants.scope import organisation_scope
from tests.companions.companion_world import JANUARY, measured, shop_story
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small
from tests.scorecards.test_movers_pages import get, said


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> Small:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return shop_story(world.ours)


@pytest.fixture
def computed(shop: Small) -> Small:
    measured(shop)
    services.compute(organisation_id=shop.id, now=NOW)
    with organisation_scope(shop.id):
        Job.objects.all().delete()
    return shop


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _limited_to(world: World, small: Small, key: str) -> None:
    with organisation_scope(small.id):
        Membership.objects.filter(user=world.viewer).update(
            limited_to=LimitedTo.SEGMENTS, segment_ids=[str(small.segments[key].pk)]
        )


def test_before_anything_is_said_there_is_one_next_act(world: World, shop: Small) -> None:
    base = f"/o/{world.ours.slug}/companions/"
    assert "Set it up" in said(get(world.consultant, base))
    assert "Set it up" in said(get(world.consultant, f"{base}short/"))
    assert said(get(world.viewer, f"{base}short/")).strip() == ""
    viewer = said(get(world.viewer, base))
    assert "Nobody has said yet what is measured beside the score" in viewer
    assert "Set it up" not in viewer
    assert "Nobody has said yet" in said(get(world.viewer, f"{base}measure/?of=churn"))


def test_the_overview_says_values_intervals_changes_and_reasons(world: World, computed: Small) -> None:
    text = said(get(world.viewer, f"/o/{world.ours.slug}/companions/?month=2026-01"))
    assert "January 2026" in text
    # Churn 2 of 8; Wilson by hand: 0.0715 to 0.5907.
    assert "Churn 25.0 % 7.1 to 59.1 % unchanged 8 customers who were there before" in text
    assert "Average order 31.29 EUR" in text
    assert "no answers in this month" in text
    assert "acquisition and programme cost have not been entered" in text


def test_the_scorecard_asks_for_the_block_of_its_day(world: World, computed: Small) -> None:
    page = get(world.viewer, f"/o/{world.ours.slug}/?as_of=2026-01-31").content.decode()
    assert f'hx-get="/o/{world.ours.slug}/companions/short/?segment=all&amp;until=2026-01-31" hx-trigger="load"' in page
    base = f"/o/{world.ours.slug}/companions/short/?segment=all"
    text = said(get(world.viewer, f"{base}&until=2026-01-31"))
    assert "Beside the score, January 2026" in text
    assert "Churn 25.0 %" in text
    assert "<html" not in get(world.viewer, base).content.decode()
    assert "December 2025" in said(get(world.viewer, f"{base}&until=2026-01-30"))
    for nothing in ("", "&until=", "&until=2026-02-31", "&until=x"):
        assert "February 2026" in said(get(world.viewer, base + nothing))


def test_the_block_of_a_limited_membership_is_of_its_own_segment(world: World, computed: Small) -> None:
    _limited_to(world, computed, "gold")
    base = f"/o/{world.ours.slug}/companions/short/?until=2026-01-31&segment="
    assert said(get(world.viewer, f"{base}all")) == said(get(world.viewer, f"{base}gold"))
    assert "Churn 0.0 %" in said(get(world.viewer, f"{base}all"))


def test_a_measure_has_its_course_segments_and_calculation(world: World, computed: Small) -> None:
    text = said(get(world.viewer, f"/o/{world.ours.slug}/companions/measure/?of=churn&month=2026-01"))
    assert "Churn is unchanged at 25.0 %" in text
    assert "December 2025 0.0 %" in text
    assert "Gold 0.0 %" in text
    assert "Basic – – – 2 " in text or "too few customers who were there before: 2" in text
    assert "the share who did nothing in this one" in text
    assert get(world.viewer, f"/o/{world.ours.slug}/companions/measure/?of=nothing").status_code == 404


def test_files_hold_what_the_page_says_and_stand_on_the_record(world: World, computed: Small) -> None:
    answer = get(world.viewer, f"/o/{world.ours.slug}/companions/measure.csv?of=churn&month=2026-01")
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("month,segment,measure,unit,value")
    assert any(line.startswith("2026-01,all,churn,share,0.250000,0.071479,0.590725,8,") for line in lines)
    assert get(world.viewer, f"/o/{world.ours.slug}/companions.csv").status_code == 200
    with organisation_scope(computed.id):
        assert AuditEntry.objects.filter(act="companions.exported").count() == 2


def test_a_limited_membership_sees_its_own_segment_alone(world: World, computed: Small) -> None:
    _limited_to(world, computed, "gold")
    base = f"/o/{world.ours.slug}/companions/"
    text = said(get(world.viewer, f"{base}measure/?of=churn&month=2026-01"))
    assert "Gold" in text
    assert "Basic" not in text
    assert "All customers" not in text
    assert "Basic" not in said(get(world.viewer, f"{base}?segment=basic&month=2026-01"))
    assert b"basic" not in get(world.viewer, f"{base}measure.csv?of=churn&segment=basic").content
    assert get(world.viewer, f"{base}money/").status_code == 403


def test_settings_are_proposed_then_saved_as_versions(world: World, shop: Small) -> None:
    base, client = f"/o/{world.ours.slug}/companions/settings/", _client(world.consultant)
    page = client.get(base).content.decode()
    assert "A proposal from your actions is filled in" in page
    form: dict[str, Any] = {
        "csat_top": 5, "csat_satisfied_from": 4, "purchases": ["t-sale"], "revenue": "t-sale", "margin": "25",
        "churn_by": "purchases", "conversion_from": "t-coupon", "conversion_to": "t-sale", "value_months": 2,
    }  # fmt: skip
    assert client.post(base, form).status_code == 302
    assert client.post(base, form).status_code == 302  # the same again
    assert "Name both actions" in client.post(base, form | {"conversion_to": ""}).content.decode()
    with organisation_scope(shop.id):
        row = CompanionSetting.objects.get()
        assert (row.number, row.content["margin_thousandths"], row.set_by_id) == (1, 250, world.consultant.pk)
        assert Job.objects.filter(kind="companions.figures").count() == 1
        assert AuditEntry.objects.filter(act="companions.set").count() == 1
    assert _client(world.viewer).post(base, form).status_code == 403


def test_money_is_entered_by_new_rows_and_taken_back(world: World, computed: Small) -> None:
    base, client = f"/o/{world.ours.slug}/companions/money/", _client(world.consultant)
    for amount in ("30", "40.50", ""):
        sent = {"month": "2026-01", "kind": "acquisition", "segment": "all", "amount": amount, "note": "=ledger"}
        assert client.post(base, sent).status_code == 302
    assert "not below 0" in client.post(base, sent | {"amount": "1.005"}).content.decode()
    with organisation_scope(computed.id):
        assert list(MonthlyMoney.objects.order_by("number").values_list("amount_minor", flat=True)) == [
            3000,
            4050,
            None,
        ]
    assert "No cost is known yet" in said(get(world.consultant, base))
    lines = client.get(f"/o/{world.ours.slug}/companions/money.csv").content.decode().splitlines()
    assert len(lines) == 4
    assert "'=ledger" in lines[1], "no spreadsheet takes it for a formula"


def test_profit_follows_what_was_entered(world: World, computed: Small) -> None:
    with organisation_scope(computed.id):
        for kind, amount in (("acquisition", "30"), ("programme", "0")):
            services.enter_money(
                organisation=world.ours, month=JANUARY, kind=kind, segment_key="all", amount=Decimal(amount), note="",
                user=None, now=NOW,
            )  # fmt: skip
    text = said(get(world.viewer, f"/o/{world.ours.slug}/companions/?month=2026-01"))
    assert "Profit per customer 2.06 EUR" in text
    assert "Return on what was spent 82.5 %" in text
