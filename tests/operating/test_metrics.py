"""/metrics: not there without a token, closed without the right one, and nobody's name in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from engagement.insights.services import request_run, run_request
from engagement.operating import metrics
from engagement.scoring.models import RunRequest
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import keep, send, track
from tests.insights.scoring_world import AS_OF, make_small

TOKEN = "a-token-for-prometheus"
LABELS = {
    "view", "method", "status", "transport", "templatename", "charset", "type", "le",
    "outcome", "task", "kind", "state",
    "implementation", "major", "minor", "patchlevel", "version", "generation",
}  # fmt: skip


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def _read(client: Client | None = None) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples by name and label values."""
    answer = (client or Client()).get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert answer.status_code == 200, answer.content
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


# ── the guard ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_without_a_token_there_is_nothing_at_the_address(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for headers in ({}, {"HTTP_AUTHORIZATION": "Bearer "}, {"HTTP_AUTHORIZATION": "Bearer x"}):
        off, unknown = Client().get("/metrics", **headers), Client().get("/no-such-page")  # type: ignore[arg-type]
        assert (off.status_code, off.content) == (404, unknown.content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["", TOKEN, "Bearer ", "Bearer wrong", f"Bearer {TOKEN}x", f"bearer {TOKEN}", f"Bearer {TOKEN[:-1]}"]
)
def test_a_wrong_token_is_refused(token: str, given: str) -> None:
    answer = Client().get("/metrics", HTTP_AUTHORIZATION=given)
    assert answer.status_code == 401
    assert b"rapport_" not in answer.content
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db(transaction=True)
def test_a_session_is_no_token(token: str) -> None:
    world, client = build_world(), Client()
    client.force_login(world.admin)
    assert client.get("/metrics").status_code == 401
    assert client.post("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").status_code == 405


def test_the_token_is_compared_in_constant_time(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append((given, wanted))
        return False

    monkeypatch.setattr("engagement.operating.views.hmac.compare_digest", compare)
    assert Client().get("/metrics", HTTP_AUTHORIZATION="Bearer x").status_code == 401
    assert compared == [(b"Bearer x", f"Bearer {TOKEN}".encode())]


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_what_waits_and_what_became_of_it_is_counted(token: str) -> None:
    world = build_world()
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)})
    before = _read()
    assert before["rapport_database_up"] == {(): 1}
    assert before["rapport_work"][("batch", "waiting")] == 0
    send(world.ours, track(2), track(2), {"type": "track"})
    keep(world.ours, [track(1)])
    with organisation_scope(small.id):
        asked = request_run(organisation=small.organisation, as_of=AS_OF, user=None, cause="request", now=NOW)
        RunRequest.objects.filter(pk=asked.pk).update(lease_until="2999-01-01T00:00:00Z")
    during = _read()
    assert during["rapport_work"][("batch", "waiting")] == 1
    assert (during["rapport_work"][("run", "waiting")], during["rapport_work"][("run", "in_hand")]) == (0, 1)
    assert 0 <= during["rapport_work_oldest_seconds"][("batch",)] < 60
    assert during["rapport_queue_age_seconds"][()] > 0
    with organisation_scope(small.id):
        RunRequest.objects.filter(pk=asked.pk).update(lease_until=None)
    assert run_request(organisation_id=small.id, request_id=asked.pk, now=NOW) is not None
    after = _read()
    assert _grown(before, after, "rapport_items_total") == {("stored",): 1, ("duplicate",): 1, ("rejected",): 1}
    assert _grown(before, after, "rapport_scorings_total") == {("published",): 1}
    assert after["rapport_work"][("run", "in_hand")] == 0
    assert after["rapport_database_bytes"][()] > 1_000_000
    assert sum(after["rapport_database_connections"].values()) >= 1
    assert ("GET", "200", "metrics") in after["django_http_responses_total_by_status_view_method_total"]


def _grown(before: dict[str, Any], after: dict[str, Any], name: str) -> dict[tuple[str, ...], float]:
    grown = {key: value - before.get(name, {}).get(key, 0) for key, value in after[name].items()}
    return {key: value for key, value in grown.items() if value}


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_counted(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    before = _read()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("after the items were stored")

    monkeypatch.setattr("engagement.ingest.services.batches._finish", fail)
    with pytest.raises(RuntimeError, match="after the items"):
        send(world.ours, track(1))
    assert _grown(before, _read(), "rapport_items_total") == {}


@pytest.mark.django_db
def test_it_says_so_when_the_database_does_not_answer(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("engagement.operating.metrics.waiting_work", refuse)
    found = _read()
    assert found["rapport_database_up"] == {(): 0}
    assert "rapport_work" not in found
    assert "django_http_requests_before_middlewares_total" in found


@pytest.mark.django_db
def test_nobody_is_named_in_it(token: str, world: World) -> None:
    client = Client()
    client.force_login(world.consultant)
    assert client.get(f"/o/{world.ours.slug}/settings/").status_code in {200, 403}
    assert client.generic("CANARY", f"/o/{world.ours.slug}/settings/?who=canary").status_code == 405
    text = Client().get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").content.decode()
    for secret in (world.ours.slug, world.ours.name, world.consultant.email, "CANARY", "canary", TOKEN):
        assert secret not in text
    labels = set(re.findall(r'[{,](\w+)="', text))
    assert {"view", "method", "status"} <= labels <= LABELS
    assert 'method="<invalid method>"' in text


# ── several processes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def counted_elsewhere(tmp_path: Path) -> Path:
    """Files as two machines leave them, with the same process number."""
    import subprocess
    import sys

    program = (
        "from prometheus_client import Counter; Counter('rapport_items', 'x', ['outcome']).labels('stored').inc({})"
    )
    for machine, counted in (("web", 2), ("worker", 40)):
        folder = tmp_path / machine
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", program.format(counted)], env={"PROMETHEUS_MULTIPROC_DIR": str(folder)}, check=True
        )
        assert done.returncode == 0
        [written] = folder.glob("counter_*.db")
        written.rename(folder / "counter_7.db")
    return tmp_path


@pytest.mark.django_db
def test_one_answers_for_all_processes(token: str, settings: Any, counted_elsewhere: Path) -> None:
    settings.METRICS_ROOT = str(counted_elsewhere)
    assert _read()["rapport_items_total"] == {("stored",): 42}


def test_tasks_are_counted_and_timed() -> None:
    class Named:
        name = "tests.task"

    metrics.on_task_begun(task_id="1")
    metrics.on_task_ended(task_id="1", task=Named, state="SUCCESS")
    metrics.on_task_ended(task_id="2", task=Named, state=None)
    assert metrics.TASKS.labels("tests.task", "success")._value.get() == 1
    assert metrics.TASKS.labels("tests.task", "unknown")._value.get() == 1
    assert metrics.TASK_SECONDS.labels("tests.task")._sum.get() < 60
