"""The style page: there for developers and in the demo, nowhere else, and with every component on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PARTIALS = {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")}
# The script that pages ask for which have something that renews itself: nothing to look at.
UNSEEN = {"components/htmx.html"}

pytestmark = pytest.mark.django_db


def _rendered(client: Client, *addresses: str) -> set[str]:
    return {str(template.name) for at in addresses for template in client.get(at).templates if template.name}


def test_every_component_is_on_it(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert len(PARTIALS) > 20
    assert PARTIALS - UNSEEN - _rendered(client, "/style/", "/style/?page=confirm") == set()


def test_control_a_component_that_is_not_on_it_is_missed(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert PARTIALS - UNSEEN - _rendered(client, "/style/?page=confirm") > {"components/steps.html"}


@pytest.mark.parametrize(("debug", "demo", "status"), [(False, False, 404), (True, False, 200), (False, True, 200)])
def test_it_is_there_for_developers_and_in_the_demo_only(
    client: Client, settings: Any, debug: bool, demo: bool, status: int
) -> None:
    settings.DEBUG, settings.DEMO = debug, demo
    for address in ("/style/", "/style/?page=confirm"):
        assert client.get(address).status_code == status


def test_each_id_stands_once_and_is_what_its_labels_name(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    html = client.get("/style/").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = {
        name for names in re.findall(r'\s(?:for|popovertarget|aria-controls)="([^"]+)"', html) for name in names.split()
    }
    assert named <= set(ids)
    assert not re.search(r"\sstyle=|\son\w+=", html)


def test_every_token_has_its_swatch(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    css = (TEMPLATES.parent / "static" / "theme.css").read_text(encoding="utf-8")
    shown = set(re.findall(r"swatch swatch-([\w-]+)", client.get("/style/").content.decode()))
    assert shown == set(re.findall(r"--r-([\w-]+):\s*light-dark\(", css))
    assert shown == set(re.findall(r"\.swatch-([\w-]+) \{ background: var\(--r-\1\); \}", css))


def test_a_page_with_a_part_that_asks_by_itself_loads_what_asks() -> None:
    """Or the part stands still, and nothing says so: it happened twice."""
    asking = [
        path
        for path in TEMPLATES.rglob("*.html")
        if "{% extends" in (text := path.read_text(encoding="utf-8")) and re.search(r"hx-(get|post)=", text)
    ]
    assert len(asking) > 5
    assert [path.name for path in asking if "components/htmx.html" not in path.read_text(encoding="utf-8")] == []
