"""One table, and whatever names no permission is refused: views, API actions, tasks, commands."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import Task, current_app
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from engagement.celery import app
from engagement.errors import ForbiddenError
from engagement.urls import urlpatterns as product
from tenants.acting import Kind, current_acting
from tenants.management.base import NamedCommand
from tenants.permissions import ROLE_PERMISSIONS, ROLES, TABLE, Outsider, Permission, as_markdown, may
from tenants.work import NamedTask, worker_task
from tests.conftest import World

README = Path(__file__).resolve().parents[2] / "tenants" / "README.md"


def naked(request: HttpRequest) -> HttpResponse:
    return HttpResponse("laid bare")


urlpatterns = [*product, path("naked/", naked), path("v1/naked/", naked)]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_permission_has_one_line_and_somebody_has_it() -> None:
    assert sorted(line.permission for line in TABLE) == sorted(Permission)
    assert [line.permission for line in TABLE if not line.who or not line.who <= set(ROLES)] == []


def test_members_roles_contain_each_other() -> None:
    assert ROLE_PERMISSIONS["viewer"] < ROLE_PERMISSIONS["consultant"] < ROLE_PERMISSIONS["admin"]


def test_nobody_in_an_organisation_has_what_belongs_to_the_platform() -> None:
    platform = {Permission.OPERATE, Permission.MANAGE_ACCOUNTS, Permission.DISPATCH, Permission.SET_UP}
    assert not platform & ROLE_PERMISSIONS["admin"]
    assert ROLE_PERMISSIONS[Outsider.OPERATOR] == {Permission.OPERATE, Permission.MANAGE_ACCOUNTS}


def test_what_names_nothing_and_who_is_unknown_are_refused() -> None:
    assert not may("admin", None)
    assert not may("owner", Permission.VIEW)


def test_the_readme_prints_the_table() -> None:
    text = README.read_text()
    printed = text.partition("<!-- permissions -->\n")[2].partition("\n<!-- /permissions -->")[0]
    assert printed == as_markdown(), f"Put this between the marks of {README}:\n{as_markdown()}"


def test_the_page_prints_the_table_for_every_member(world: World, client: Client) -> None:
    for person in (world.admin, world.viewer):
        client.force_login(person)
        page = client.get(f"/o/{world.ours.slug}/members/roles/").content.decode()
        assert [line.words for line in TABLE if str(line.words) not in page] == []
        assert page.count(">yes<") == sum(len(line.who) for line in TABLE)


# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/naked/", "/v1/naked/"])
def test_a_view_that_names_no_permission_is_refused_to_everybody(world: World, client: Client, address: str) -> None:
    for person in (None, world.admin):
        if person:
            client.force_login(person)
        answer = client.get(address)
        assert (answer.status_code, b"laid bare" in answer.content) == (403, False)


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────────────────


def _ours() -> dict[str, Task[Any, Any]]:
    app.loader.import_default_modules()
    app.finalize()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_names_a_permission_that_workers_have() -> None:
    tasks = _ours()
    assert {"insights.dispatch", "ingest.batch"} <= tasks.keys()
    unnamed = [
        name
        for name, task in tasks.items()
        if not isinstance(task, NamedTask) or not may(Outsider.WORKER, task.permission)
    ]
    assert unnamed == [], "declare these with tenants.work.worker_task(name, permission)"


def test_whatever_beat_sends_is_a_task() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= _ours().keys()


@pytest.fixture
def made() -> Iterator[list[str]]:
    """Names of tasks that a test adds to the application; they are taken away again."""
    names: list[str] = []
    yield names
    for name in names:
        current_app.tasks.pop(name, None)
        app.tasks.pop(name, None)


@pytest.mark.parametrize("permission", [None, Permission.MANAGE_MEMBERS])
def test_a_task_without_a_permission_of_workers_is_refused(made: list[str], permission: Permission | None) -> None:
    ran: list[bool] = []

    def work() -> None:
        ran.append(True)

    made.append(f"tests.{permission or 'unnamed'}")
    task = app.task(name=made[-1], permission=permission)(work)
    with pytest.raises(ForbiddenError, match="names no permission"):
        task()
    with pytest.raises(ForbiddenError, match="names no permission"):
        task.apply(throw=True)
    assert ran == []


def test_a_task_acts_as_the_worker(made: list[str]) -> None:
    seen = []

    def work() -> None:
        seen.append(current_acting())

    made.append("tests.named")
    task = worker_task("tests.named", Permission.KEEP_DATA)(work)
    task.apply(throw=True)
    assert [(who.kind, who.name, bool(who.request_id)) for who in seen] == [(Kind.WORKER, "tests.named", True)]
    assert current_acting().kind == Kind.PROCESS


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────


def _commands() -> dict[str, Any]:
    ours = {name: str(home) for name, home in get_commands().items() if str(home).startswith(("tenants", "engagement"))}
    return {name: load_command_class(home, name) for name, home in ours.items()}


def test_every_command_names_a_permission_that_commands_have() -> None:
    found = _commands()
    assert {"create_user", "score"} <= found.keys()
    unnamed = [
        name
        for name, command in found.items()
        if not isinstance(command, NamedCommand) or not may(Outsider.COMMAND, command.permission)
    ]
    assert unnamed == [], "derive these from tenants.management.base.NamedCommand and set permission"


@pytest.mark.parametrize("named", [None, Permission.MANAGE_MEMBERS])
def test_a_command_without_a_permission_of_commands_is_refused(named: Permission | None) -> None:
    class Unnamed(NamedCommand):
        requires_system_checks = []
        permission = named

        def handle(self, *args: Any, **options: Any) -> None:
            raise AssertionError

    with pytest.raises(CommandError, match="names no permission"):
        call_command(Unnamed())


def test_a_command_acts_as_itself() -> None:
    class Named(NamedCommand):
        requires_system_checks = []
        permission = Permission.KEEP_DATA

        def handle(self, *args: Any, **options: Any) -> str:
            who = current_acting()
            return f"{who.kind} {who.name}"

    out = StringIO()
    call_command(Named(), stdout=out)
    assert out.getvalue().strip() == "command test_permissions"
