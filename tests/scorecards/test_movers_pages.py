"""Who moved, on the page and in its file: the groups add up, the names lead to customers, nothing is said of why."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from engagement.insights.selectors.movers import movers
from engagement.scoring.models import ScoreRun
from tenants.models import AuditEntry, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small
from tests.scorecards.moving_world import BEFORE, make_moving


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address)


def said(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("&amp;", "&")


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    content = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(content)))


def test_everybody_is_in_one_group_and_they_add_up(world: World, small: Small) -> None:
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/movers/"))
    assert "Gold: 1 rose, 1 fell, 1 fell silent" in text
    assert "February 2026 against January 2026: 3 of 8 customers stayed where they were." in text
    assert "1 + 1 + 3 + 1 + 1 + 1 = 8 customers now." in text
    assert "8 then + 1 joined − 1 left = 8 now." in text
    assert "regression to the mean" in text
    assert "it is not the cause" in text


def test_names_stand_with_both_scores_and_the_action_behind(world: World, small: Small) -> None:
    html = get(world.viewer, f"/o/{world.ours.slug}/segments/gold/movers/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    for line in (
        "c1 20.0 → 60.0 +40.0 Purchase +20",
        "c5 came back 0 → 14.0 +14.0 Visit +7",
        "c2 80.0 → 20.0 −60.0 Purchase −40",
        "c4 newly silent 40.0 → 0 −40.0 Visit −20",
    ):
        assert line in text
    assert f'href="/o/{world.ours.slug}/customers/2/?as_of=2026-02-28"' in html
    assert "c8" not in text  # who left has no score to compare
    assert "c10" not in text


def test_the_file_has_everybody_and_stands_on_record(world: World, small: Small) -> None:
    rows = rows_of(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/movers.csv"))
    assert [(row["Customer"], row["What became of them"], row["Change"]) for row in rows] == [
        ("c1", "rose", "40.000000"), ("c5", "came back", "14.000000"), ("c3", "stayed", "0.000000"),
        ("c6", "stayed", "0.000000"), ("c7", "stayed", "0.000000"), ("c4", "newly silent", "-40.000000"),
        ("c2", "fell", "-60.000000"), ("c9", "joined", "6.000000"), ("c8", "left", "-10.000000"),
    ]  # fmt: skip
    assert {(row["Before"], row["As of"]) for row in rows} == {("2026-01-31", "2026-02-28")}
    with organisation_scope(small.id, write=False):
        entry = AuditEntry.objects.get(act="customers.exported")
    assert entry.object_kind == "segment"
    assert all(part in entry.content for part in ('"table":"movers"', '"rows":9', '"emails":false'))


def test_without_a_month_before_there_is_a_reason_and_no_file(world: World, small: Small) -> None:
    address = f"/o/{world.ours.slug}/segments/gold/movers"
    text = said(get(world.viewer, f"{address}/?as_of={BEFORE}"))
    assert "There is nothing to compare with yet." in text
    assert "From the second finished period on" in text
    assert get(world.viewer, f"{address}.csv?as_of={BEFORE}").status_code == 404


def test_a_run_kept_as_sums_only_says_so(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        ScoreRun.objects.filter(as_of=BEFORE).update(thinned_at=NOW)
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/movers/"))
    assert "kept as sums only: who moved is not known any more" in text


def test_other_weights_are_said(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        run = ScoreRun.objects.get(as_of=BEFORE)
        uses = {**run.uses, "actions": [{**action, "definition": 1} for action in run.uses["actions"]]}
        ScoreRun.objects.filter(pk=run.pk).update(uses=uses)
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/movers/"))
    assert "The earlier of the two was scored with other rules of actions" in text


def test_unknown_segments_and_strangers_find_nothing(world: World, small: Small) -> None:
    slug = world.ours.slug
    for name in ("movers/", "movers.csv"):
        assert get(world.viewer, f"/o/{slug}/segments/none/{name}").status_code == 404
        assert get(world.stranger, f"/o/{slug}/segments/gold/{name}").status_code == 404
        assert get(world.viewer, f"/o/{slug}/segments/gold/{name}?as_of=2026-02-27").status_code == 404


def test_few_queries_however_many_customers(world: World, small: Small, django_assert_max_num_queries: Any) -> None:
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(20):
        movers(organisation=small.organisation, segment_key="gold", now=NOW, as_of=AS_OF)
