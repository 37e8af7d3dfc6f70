"""Points by campaign on the pages: lines that add up as printed, words that claim no effect, what is not known."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights.types import Figures
from engagement.scorecards.present.breakdowns import BreakdownPanel, breakdown_panels
from engagement.scoring.models import Breakdown
from engagement.scoring.selectors.breakdowns import BreakdownRow, RunBreakdown
from engagement.scoring.services.breakdowns import name_properties, run_breakdown
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scorecards.made import comparison, figures, run, small, terms
from tests.scoring.test_breakdowns import _client, _scored

BEFORE = 13


def _row(kind: str, value: str, points: Any, *, customers: int | None = 9, times: int = 1) -> BreakdownRow:
    return BreakdownRow(kind, value, customers, Fraction(times), Fraction(points))


def _panels(*rows: BreakdownRow, shown: Figures, earlier: tuple[BreakdownRow, ...] = (), **more: Any) -> BreakdownPanel:
    said = comparison()
    assert said.before is not None
    found = {(14, "campaign"): RunBreakdown("campaign", more.get("state", "done"), {"all": rows} if rows else None)}
    if earlier:
        found[(said.before.number, "campaign")] = RunBreakdown("campaign", "done", {"all": earlier})
    (panel,) = breakdown_panels(found=found, figures=shown, run_number=run().number, comparison=said, terms=terms())
    return panel


def test_the_lines_add_up_to_what_the_run_counted() -> None:
    """What the rows lack (somebody was erased since) stands with the events that are kept no longer."""
    shown = figures(total_points=Fraction(100), total_occurrences=Fraction(10))
    panel = _panels(
        _row("named", "spring", 30, times=3), _row("named", "autumn", 40, times=4),
        _row("other", "", 10, customers=None),
        shown=shown, earlier=(_row("named", "spring", 25),),
    )  # fmt: skip
    assert [(line.name, line.points, line.share, line.change) for line in panel.lines] == [
        ("spring", "30", "30.0 %", "+5"),
        ("autumn", "40", "40.0 %", "–"),
        ("Other values", "10", "10.0 %", "–"),
        ("Events no longer kept", "20", "20.0 %", "–"),
    ]
    assert panel.lines[2].customers == "–"  # some may have several of them
    assert panel.heading == "By campaign: most points carry autumn, 40"
    assert "an association, not an effect" in panel.caption
    rows = unquote(panel.csv).splitlines()
    assert rows[0].endswith('campaign,Customers reached,Actions,Points,"Share, %"')
    assert rows[1] == "spring,9,3,30,30.0"
    assert rows[3] == "Other values,,1,10,10.0"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_any_points_add_up_as_printed(points: list[int]) -> None:
    values = [Fraction(one, 1000) for one in points]
    shown = figures(total_points=sum(values, Fraction(0)), total_occurrences=Fraction(len(values)))
    panel = _panels(*(_row("named", f"v{at}", one) for at, one in enumerate(values)), shown=shown)
    assert panel.total is not None
    plain = [Decimal(line.points.replace(",", "")) for line in (*panel.lines, panel.total)]
    assert sum(plain[:-1]) == plain[-1]
    if any(points):
        assert sum(Decimal(line.share.removesuffix(" %")) for line in panel.lines) == 100


def test_negative_points_have_no_shares() -> None:
    shown = figures(total_points=Fraction(5), total_occurrences=Fraction(2))
    panel = _panels(_row("named", "a", 10), _row("named", "b", -5), shown=shown)
    assert [(line.share, line.bar) for line in panel.lines] == [("–", None), ("–", None)]


def test_what_is_not_there_is_said() -> None:
    assert "is being divided" in _panels(shown=figures(), state="waiting").waiting
    assert "could not be divided" in _panels(shown=figures(), state="failed").waiting
    found = {(14, "campaign"): RunBreakdown("campaign", "waiting", None)}
    assert not breakdown_panels(
        found=found, figures=small(4), run_number=14, comparison=comparison(), terms=terms()
    )  # fmt: skip


@pytest.mark.django_db
def test_from_the_settings_to_the_scorecard(world: World, client: Client) -> None:
    small_client = _client(world)
    _scored(small_client)
    base = f"/o/{world.ours.slug}"
    client.force_login(world.consultant)
    wrong = client.post(f"{base}/breakdowns/", {"name_1": "campaign", "name_2": "campaign"})
    assert "named above already" in wrong.content.decode()
    assert client.post(f"{base}/breakdowns/", {"name_1": "campaign"}).status_code == 302
    assert "is being divided" in client.get(f"{base}/").content.decode()
    with organisation_scope(small_client.id):
        keys = list(Breakdown.objects.values_list("pk", flat=True))
    for key in keys:
        run_breakdown(organisation_id=small_client.id, breakdown_id=key, now=NOW)
    text = client.get(f"{base}/").content.decode()
    assert "By campaign: most points carry spring, 187" in text
    assert "Not named in the event" in text
    assert "two people" not in text
    assert client.get(f"{base}/breakdowns/").status_code == 200
    client.force_login(world.viewer)
    assert client.get(f"{base}/breakdowns/").status_code == 403
    assert "By campaign: most points carry spring, 187" in client.get(f"{base}/segments/all/").content.decode()
    client.force_login(world.stranger)
    assert client.get(f"{base}/breakdowns/").status_code == 404


@pytest.mark.django_db
def test_one_organisation_does_not_name_for_another(world: World) -> None:
    with organisation_scope(world.other.id):
        name_properties(organisation=world.other, names=["campaign"], user=None, now=NOW)
    small_client = _client(world)
    _scored(small_client)
    with organisation_scope(small_client.id):
        assert Breakdown.objects.count() == 0
