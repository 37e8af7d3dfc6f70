"""A share of what `make fuzz` does: generated requests at every door, none answered with a failure of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.http import HttpResponse

from engagement.ingest.views.dialects import DOORS
from tests.conftest import World
from tests.database import ROOT
from tests.fuzz import __main__ as fuzz
from tests.fuzz.asking import Answer
from tests.fuzz.doors import Door, doors, faults
from tests.fuzz.rounds import Rounds
from tests.fuzz.tally import Tally
from tests.ingest.sending import keep, track, write_key

_SHARE = 1_500


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")


def play(world: World, number: int) -> Tally:
    tally = Tally()
    rounds = Rounds(organisation=world.ours, key=write_key(world.ours), chance=7, tally=tally)
    rounds.generated(number)
    rounds.work_through(most=60)
    return tally


def test_every_address_of_the_doors_is_played() -> None:
    """From the resolver, each alternative of a pattern: what is added is played without being added here."""
    paths = {door.path for door in doors()}
    assert {"/v1/batch", "/v1/t", "/v1/track", "/v1/import", "/v1/projects/wk-nobody/settings"} <= paths
    assert {"/v1/customerio/t", "/v1/customerio/v1/projects/wk-nobody/settings"} <= paths
    assert {f"/{address}" for address in DOORS} <= paths  # other families', which have a pattern of their own
    assert len(paths) > 30


def test_no_generated_request_is_answered_with_a_failure_of_ours(world: World, broker: Any) -> None:
    tally = play(world, _SHARE)
    assert (tally.wrong, tally.n_wrong, tally.broken, tally.asked) == ([], 0, 0, _SHARE)
    assert tally.worked["requests"] == 60
    assert tally.worked["stored"] > 0 < tally.worked["rejected"]
    statuses = {status for _, status in tally.answers}
    assert {200, 400, 401, 405} <= statuses  # or it would not be about much


def test_a_failure_of_ours_would_be_seen(world: World, broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a door that breaks at one odd value in a body."""
    from engagement.ingest.contracts import bodies

    found = bodies.open_body

    def breaks(body: bytes, *, kind: str) -> Any:
        if b"NaN" in body:
            raise RuntimeError
        return found(body, kind=kind)

    monkeypatch.setattr(bodies, "open_body", breaks)
    tally = Tally()
    rounds = Rounds(organisation=world.ours, key=write_key(world.ours), chance=7, tally=tally)
    rounds.generated(400)
    assert tally.broken > 0 < tally.n_wrong
    assert any("status 500" in line for line in tally.wrong)


def test_requests_that_cannot_be_stored_are_each_a_fault(
    world: World, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that a worker takes along fail for themselves: nothing is raised for them."""
    from engagement.ingest.services import batches

    ids = [keep(world.ours, [track(n)]) for n in range(10)]
    read = batches._read

    def breaks(batch: Any) -> Any:
        if batch.pk in ids[5:8]:
            raise KeyError
        return read(batch)

    monkeypatch.setattr(batches, "_read", breaks)
    tally = Tally()
    Rounds(organisation=world.ours, key=write_key(world.ours), chance=7, tally=tally).work_through(most=10)
    assert (tally.worked["requests"], tally.worked["stored"]) == (7, 7)
    assert all(any(str(one) in line for line in tally.wrong) for one in ids[5:8])
    assert not any(str(one) in line for one in [*ids[:5], *ids[8:]] for line in tally.wrong)


def played(**numbers: int) -> dict[str, Any]:
    """What parts say that had so many requests, all answered as they may be."""
    tallies = {name: Tally() for name in ("api", "pages", "files", "doors")}
    for name, number in numbers.items():
        tallies[name].answers["/v1/batch", 200] += number
    return {name: tally.as_json() for name, tally in tallies.items()}


@pytest.mark.parametrize(
    ("numbers", "asked", "code"),
    [
        ({"doors": 10, "api": 5}, {"doors": 10, "api": 5}, 0),
        ({"doors": 11}, {"doors": 10}, 0),
        ({"doors": 9}, {"doors": 10}, 1),  # broken off
        ({"doors": 10}, {"doors": 10, "api": 5}, 1),
        ({}, {}, 1),
    ],
)
def test_a_round_fails_that_played_fewer_than_asked(numbers: Any, asked: Any, code: int) -> None:
    assert fuzz._told(played(**numbers), asked=asked, seconds=1) == code


def test_a_round_with_a_fault_fails() -> None:
    tally = Tally()
    tally.answers["/v1/batch", 200] += 10
    tally.fault("A batch waits.")
    assert fuzz._told({**played(), "doors": tally.as_json()}, asked={"doors": 10}, seconds=1) == 1


def test_a_part_that_there_is_not_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ONLY", "doors,typo")
    assert (fuzz.main(), "“typo”" in capsys.readouterr().err) == (2, True)
    monkeypatch.setenv("ONLY", "doors")
    assert fuzz._asked(fuzz.SIZES["full"]) == {"doors": 132_000}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b'{"ok": true}', "application/json"),
        (200, b'{"success": tr', "application/json"),
        (202, b'{"success": true}', "application/json"),
        (400, b'{"detail": "no"}', "application/json"),
        (400, b"<h1>Bad Request</h1>", "text/html"),
        (429, b'{"code": "too_many", "message": "Wait."}', "application/json"),
        (503, b'{"code": "unavailable", "message": "Wait."}', "application/json"),
        (400, b'{"code": "x", "message": "Traceback (most recent call last)"}', "application/json"),
    ],
)
def test_an_answer_that_a_library_cannot_live_with_is_a_fault(status: int, body: bytes, kind: str) -> None:
    assert faults(Door("/v1/batch"), Answer(status, {"content-type": kind}, body))


def test_the_answers_that_libraries_know_are_none() -> None:
    kept = HttpResponse(b'{"success": true}', content_type="application/json")
    assert faults(Door("/v1/batch"), Answer(200, {"content-type": "application/json"}, kept.content)) == []


def test_parts_are_added_by_a_process_without_settings() -> None:
    """The one that waits for the others, and prints what they found."""
    said = "from tests.fuzz.__main__ import _added, _told; "
    said += "raise SystemExit(_told(_added([], n_broken=1), asked={}, seconds=1))"
    bare = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(
        [sys.executable, "-c", said], env=bare, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, "broke off" in ended.stdout) == (1, True), ended.stderr
