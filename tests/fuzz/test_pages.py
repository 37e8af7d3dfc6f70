"""A share of what `make fuzz` does: pages and their forms with something done to what a browser would have sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.pages import Pages, addresses
from tests.fuzz.tally import Tally
from tests.isolation.stage import Stage

_SHARE = 300


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")


def test_every_address_for_people_is_played() -> None:
    names = {route.name for route, _ in addresses()}
    assert {"imports", "rejected-group", "weights-draft", "login", "account", "portfolio"} <= names
    assert len(addresses()) > 300
    assert not {name for name in names if name.startswith(("api-", "accept"))}


def test_no_request_to_a_page_is_answered_with_a_failure_of_ours(stage: Stage) -> None:
    """Of some addresses, others each day would be other tests; `make fuzz` plays all."""
    tally = Tally()
    Pages(tally=tally, chance=7).on(stage, _SHARE, only="segment")
    assert (tally.wrong, tally.n_wrong, tally.broken, tally.asked) == ([], 0, 0, _SHARE)
    assert {200, 302, 404} <= {status for _, status in tally.answers}  # or it would not be about much


def test_a_failure_of_ours_would_be_seen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what a form does breaks."""

    def breaks(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("engagement.scoring.services.archive_segment", breaks)
    tally = Tally()
    Pages(tally=tally, chance=7).on(stage, 12, only="segment-archive")
    assert tally.broken > 0 < tally.n_wrong
