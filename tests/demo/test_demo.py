"""The demo says in one line what is wrong, and never runs twice in one folder."""

from __future__ import annotations

import socket
from datetime import date
from pathlib import Path

import pytest

from engagement.demo import __main__ as demo
from engagement.demo.load import days_to_score


def test_a_port_that_is_none_or_taken_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    with pytest.raises(demo.DemoError, match="PORT=abc is not a port"):
        demo.chosen_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(demo.DemoError, match="is taken"):
            demo.chosen_port()


def test_a_free_port_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    monkeypatch.setenv("PORT", str(free))
    assert demo.chosen_port() == free


def test_a_second_demo_in_the_same_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "STATE", tmp_path)
    with demo.alone(), pytest.raises(demo.DemoError, match="still running"), demo.alone():
        pass
    with demo.alone():
        pass


def test_weeks_months_yesterday_and_today_are_scored() -> None:
    assert days_to_score(first=date(2025, 1, 20), today=date(2025, 2, 6)) == [
        date(2025, 1, 26), date(2025, 1, 31), date(2025, 2, 2), date(2025, 2, 5), date(2025, 2, 6),
    ]  # fmt: skip
