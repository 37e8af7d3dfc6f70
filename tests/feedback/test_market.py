"""Figures of competitors and the market: with their source, in versions, beside the own score where the unit fits."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback import selectors, services
from engagement.feedback.models import MarketFigure
from engagement.feedback.selectors.market import market_figure
from engagement.feedback.types import MarketWords
from engagement.insights.services import request_run, run_request
from engagement.scoring.models import ScoreRun
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, make_small

JANUARY = date(2026, 1, 31)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def words(**more: Any) -> MarketWords:
    given: dict[str, Any] = {
        "about": "Rivals Ltd", "measure": "Rating", "value": Decimal("61.5"), "unit": "score", "first_day": JANUARY,
        "source": "Trade report 2026", "link": "https://example.com/report",
    }  # fmt: skip
    return MarketWords(**{**given, **more})


def entered(world: World, **more: Any) -> MarketFigure:
    with organisation_scope(world.ours.pk):
        return services.add_figure(organisation=world.ours, words=words(**more), user=world.consultant, now=NOW)


def test_a_figure_is_kept_with_its_source_and_found_by_its_days(world: World) -> None:
    entered(world)
    entered(world, first_day=date(2025, 10, 1), last_day=date(2025, 12, 31), value=Decimal(60))
    with organisation_scope(world.ours.pk, write=False):
        both = selectors.market_figures(organisation=world.ours)
        assert [(one.last_day, one.value, one.source) for one in both] == [
            (JANUARY, Decimal("61.5"), "Trade report 2026"), (date(2025, 12, 31), Decimal(60), "Trade report 2026"),
        ]  # fmt: skip
        assert (
            len(
                selectors.market_figures(
                    organisation=world.ours, first_day=date(2025, 12, 31), last_day=date(2026, 1, 30)
                )
            )
            == 1
        )
        assert selectors.market_figures(organisation=world.ours, measure="Price") == ()
    with organisation_scope(world.strange.pk, write=False):
        assert selectors.market_figures(organisation=world.strange) == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"about": " "}, "about"),
        ({"about": "x" * 81}, "about"),
        ({"measure": ""}, "measure"),
        ({"source": " "}, "source"),
        ({"value": Decimal("NaN")}, "value"),
        ({"value": Decimal(10) ** 13}, "value"),
        ({"value": Decimal("0.0000001")}, "value"),
        ({"first_day": date(1989, 12, 31)}, "first_day"),
        ({"first_day": date(2028, 1, 1)}, "first_day"),
        ({"last_day": date(2026, 1, 30)}, "last_day"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "ftp://example.com/a"}, "link"),
        ({"note": "x" * 281}, "note"),
    ],
)
def test_what_is_no_figure_says_which_part(world: World, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        entered(world, **wrong)
    assert set(refused.value.fields) == {field}


def test_a_change_is_a_new_version_and_a_removed_figure_is_shown_nowhere(world: World) -> None:
    first = entered(world)
    with organisation_scope(world.ours.pk):
        change: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": NOW}
        assert services.change_figure(**change, figure_id=first.pk, words=words()) == first
        second = services.change_figure(**change, figure_id=first.pk, words=words(value=Decimal(62), note="Corrected"))
        line = market_figure(organisation=world.ours, figure_id=second.pk)
        assert (line.value, [one.value for one in line.former]) == (Decimal(62), [Decimal("61.5")])
        with pytest.raises(NotFoundError):
            services.change_figure(**change, figure_id=first.pk, words=words())
        services.remove_figure(figure_id=second.pk, now=NOW)
        assert selectors.market_figures(organisation=world.ours) == ()
        assert MarketFigure.objects.count() == 2
        [entry] = AuditEntry.objects.filter(act="market_figure.changed")
        assert '"value":"61.5"' in entry.content
        assert "Corrected" not in entry.content
    with organisation_scope(world.strange.pk), pytest.raises(NotFoundError):
        services.remove_figure(figure_id=second.pk, now=NOW)


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


def page(client: Client, world: World, path: str = "market/", *, writes: bool = False) -> str:
    client.force_login(world.consultant if writes else world.viewer)
    response = client.get(f"/o/{world.ours.slug}/{path}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def scored(world: World) -> None:
    """Ten customers, five of them with half of full points: a score of 25."""
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=10_000)
    add_customers(small, [(number, {}) for number in range(1, 11)])
    add_activity(small, [(number, "visit", JANUARY, 5) for number in range(1, 6)])
    for day in (JANUARY, AS_OF):
        with organisation_scope(world.ours.pk):
            request = request_run(organisation=world.ours, as_of=day, user=None, cause=ScoreRun.Cause.REQUEST, now=NOW)
        run_request(organisation_id=world.ours.pk, request_id=request.pk, now=NOW)


def test_a_score_of_a_competitor_stands_beside_the_own_one_on_the_same_days(client: Client, world: World) -> None:
    scored(world)
    entered(world)
    assert "Figures over time" not in page(client, world)
    entered(world, first_day=AS_OF, value=Decimal(63))
    seen = page(client, world)
    assert "Rivals Ltd, Rating: 61.5 to 63" in seen
    assert "Your score on the same days" in seen
    assert "Line chart of the own score from January 2026, 25.00, to February 2026, 25.00" in seen
    assert 'href="https://example.com/report" rel="noopener noreferrer nofollow"' in seen


def test_another_unit_stands_alone(client: Client, world: World) -> None:
    scored(world)
    for day, value in ((JANUARY, 12), (AS_OF, 13)):
        entered(world, first_day=day, value=Decimal(value), unit="%", measure="Market share")
        entered(world, first_day=day, value=Decimal(value), unit="EUR", measure="Price", about="market")
    seen = page(client, world)
    assert "Rivals Ltd, Market share: 12 % to 13 %" in seen
    assert "Your score on the same days" not in seen
    assert "market, Price: 12 EUR to 13 EUR" in page(client, world, "market/?line=1")
    for line in ("9", "x", "-1", "٣", "1" * 400):
        assert "Rivals Ltd, Market share" in page(client, world, f"market/?line={line}")


def test_figures_are_entered_changed_and_removed_by_who_sets_targets(client: Client, world: World) -> None:
    form = {
        "about": "Rivals Ltd", "measure": "Rating", "value": "4.5", "unit": "", "first_day": "2026-02-01",
        "source": "<b>Shop</b>", "link": "",
    }  # fmt: skip
    client.force_login(world.viewer)
    assert client.post(f"/o/{world.ours.slug}/market/", form).status_code == 403
    client.force_login(world.consultant)
    assert client.post(f"/o/{world.ours.slug}/market/", form).status_code == 302
    refused = client.post(f"/o/{world.ours.slug}/market/", {**form, "first_day": "1980-01-01"})
    assert "Choose a day from 1990-01-01" in refused.content.decode()
    with organisation_scope(world.ours.pk, write=False):
        row = MarketFigure.objects.get()
    assert "&lt;b&gt;Shop&lt;/b&gt;" in page(client, world)
    path = f"market/{row.pk}/"
    assert 'value="4.5"' in page(client, world, path, writes=True)
    changed = client.post(f"/o/{world.ours.slug}/{path}", {**form, "value": "4.25"})
    assert changed.status_code == 302
    path = changed["Location"].removeprefix(f"/o/{world.ours.slug}/")
    assert "Rivals Ltd, Rating: 4.25" in page(client, world, path)
    assert "Remove 4.25, Rating of Rivals Ltd?" in page(client, world, f"{path}remove/", writes=True)
    client.post(f"/o/{world.ours.slug}/{path}remove/", {"confirm": "yes"})
    assert "No figure is entered." in page(client, world)


def test_the_file_has_every_figure_and_is_on_record(client: Client, world: World) -> None:
    entered(world, source="=cmd")
    client.force_login(world.viewer)
    response = client.get(f"/o/{world.ours.slug}/market/market.csv")
    rows = list(csv.reader(io.StringIO(b"".join(response).decode())))
    assert rows[1] == ["Rivals Ltd", "Rating", "61.5", "score", "2026-01-31", "2026-01-31", "'=cmd",
                       "https://example.com/report", ""]  # fmt: skip
    with organisation_scope(world.ours.pk, write=False):
        assert AuditEntry.objects.filter(act="market_figures.exported").count() == 1
