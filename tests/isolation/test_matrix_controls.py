"""The world of the matrix is what it says, and each thing the matrix looks for is seen when it is there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from engagement import urls
from tenants.access import organisation_view
from tenants.models import Organisation
from tenants.permissions import Permission
from tests.isolation import canary
from tests.isolation.cells import OWN, Answer, Block, Cell, address_cells, missing, perform, valid_for
from tests.isolation.journal import Change
from tests.isolation.judging import difference, expected, leaks, problems, succeeding
from tests.isolation.routes import Route, routes
from tests.isolation.seed import superuser
from tests.isolation.stage import Stage

INSIDE = [route for route in routes() if route.in_organisation]
ACTIONS = next(route for route in INSIDE if route.name == "actions")
# Pages of an organisation that say nothing it has written: figures, dates, a question without a name.
WITHOUT_NAMES = {
    "activity-progress", "weights-past", "segment-csv", "api-activity", "api-customer-identity",
    "segment-movers-csv", "segment-cohorts-csv", "segment-members-csv",
    "api-runs-restated", "api-target-history", "api-weights-past",
    "api-at-risk-rule", "api-outreach",
    "validity-progress",  # nobody has asked for a check
    "customer-days-csv",  # nothing was done by the first customer of the stage
    "api-guidance-measure",  # too few customers of the stranger for figures
    "step-progress", "api-step-read-outs", "api-experiment-read-outs",  # nothing was read out yet
    "experiment-progress",  # the same
    "api-companion-money", "api-companion-settings",  # no amount is known, and the settings name no event
    "companions-progress", "companions-short",  # a segment's figures without its name
    "api-reports",  # names no segment: these are about everybody
    "api-evidence", "api-evidence-consent",  # figures, counts and days
    "api-reviews", "api-review-rhythm",  # periods and days; nobody leads
    "api-round", "api-rounds",  # slugs, states and our own words
    "api-minder",  # nobody minds a client of the stage
    "feedback-file-progress", "feedback-themes-progress",  # nothing is being read or looked through
    "forecast-progress", "quality-progress",  # nobody asked for a look
    "api-at-risk", "at-risk-csv",  # their lists are empty: nobody has fallen, all days of the stage being alike
}  # fmt: skip


def _one(stage: Stage, route: Route, *, person: str, target: str = OWN, method: str = "GET") -> Cell:
    block = Block(stage, route, method)
    with block.opened() as places:
        cells = address_cells(block, places)
        return next(cell for cell in cells if (cell.person.name, cell.target) == (person, target))


# ── the canary is there to be seen ───────────────────────────────────────────────────────────────────────────


def test_every_text_column_of_the_strangers_holds_the_canary(stage: Stage) -> None:
    empty = [
        canary.label(column)
        for column in canary.text_columns()
        if not canary.without(column) and not canary.held_by(column, stage.world)
    ]
    assert empty == []


def test_no_exception_is_left_over(stage: Stage) -> None:
    known = {canary.label(column) for column in canary.text_columns()}
    assert sorted(canary.WITHOUT.keys() - known) == []


def test_nobody_else_holds_it(stage: Stage) -> None:
    strangers = [organisation.pk for organisation in stage.strangers]
    for model, column in canary.text_columns():
        key = "id" if model is Organisation else "organisation_id"
        table, name = model._meta.db_table, column.column
        statement = f'SELECT count(*) FROM {table} WHERE NOT {key} = ANY (%s) AND "{name}"::text ILIKE %s'
        with superuser() as connection:
            [(held,)] = connection.execute(statement, [strangers, f"%{canary.FOREIGN}%"]).fetchall()
        assert held == 0, canary.label((model, column))


def test_the_stranger_sees_it_on_their_own_pages(stage: Stage) -> None:
    """So that its absence elsewhere means something."""
    unseen = set()
    for route in INSIDE:
        if "GET" in route.methods:
            block = Block(stage, route, "GET")
            with block.opened() as places:
                theirs = [cell for cell in address_cells(block, places) if cell.person.is_stranger]
                cell = next(cell for cell in theirs if cell.place.organisation in stage.strangers)
                text = perform(cell).text
            address = tuple(part for part in cell.sent.address.split("/") if canary.FOREIGN.lower() in part)
            if not canary.shown_in(text, sent=address, marks=(canary.FOREIGN,)):
                unseen.add(route.name)
    assert sorted(unseen) == sorted(WITHOUT_NAMES)


# ── what the matrix looks for ────────────────────────────────────────────────────────────────────────────────


def _answer(**changes: Any) -> Answer:
    return replace(Answer(200, "Content-Type: text/html\n\nnothing", [], ""), **changes)


def test_control_a_leak_is_reported_wherever_it_is(stage: Stage) -> None:
    cell = _one(stage, ACTIONS, person="viewer")
    own = f"admin {canary.OWN}"
    assert list(problems(cell, _answer(text=own, said=own))) == []
    assert list(leaks(cell, _answer(text=f"<td>{canary.FOREIGN.lower()}-7</td>"))) == [
        f"{cell}: {canary.FOREIGN} in the answer"
    ]
    assert list(leaks(cell, _answer(text=canary.SIBLING))) == [f"{cell}: {canary.SIBLING} in the answer"]
    assert list(leaks(cell, _answer(said=f'{{"event": "{canary.FOREIGN}"}}'))) == [
        f"{cell}: {canary.FOREIGN} in the e-mail or log line"
    ]


def test_control_what_was_typed_is_no_leak_and_what_stands_beside_it_is(stage: Stage) -> None:
    cell = _one(stage, ACTIONS, person="viewer")
    typed = replace(cell, sent=replace(cell.sent, typed=("canary7f3a-12",)))
    assert list(leaks(typed, _answer(text="There is no canary7f3a-12."))) == []
    assert list(leaks(typed, _answer(text="There is no canary7f3a-12, but canary7f3a-13.")))


@pytest.mark.parametrize(
    ("method", "status", "whose", "is_wrong"),
    [
        ("POST", 302, "ours", False),
        ("POST", 302, "other", True),
        ("POST", 302, "strange", True),
        ("POST", 404, "ours", True),  # a refusal that keeps something
        ("GET", 200, "ours", True),  # a look that changes something
    ],
)
def test_control_a_changed_row_is_reported(stage: Stage, method: str, status: int, whose: str, is_wrong: bool) -> None:
    route = next(route for route in INSIDE if route.name == "action-new")
    cell = _one(stage, route, person="admin", method=method)
    organisation: Organisation = getattr(stage.world, whose)
    change = Change(1, "scoring_action", None, {"organisation_id": organisation.pk})
    said = [text for text in problems(cell, _answer(status=status, changes=[change])) if "changed a row" in text]
    assert bool(said) is is_wrong


def test_control_another_answer_is_a_difference(stage: Stage) -> None:
    cell = _one(stage, ACTIONS, person="viewer")
    assert list(difference([(cell, _answer()), (cell, _answer())])) == []
    for other in (_answer(status=403), _answer(text="other")):
        assert len(list(difference([(cell, _answer()), (cell, other)]))) == 1


def test_control_a_request_that_is_granted_and_does_nothing_is_reported(stage: Stage) -> None:
    route = next(route for route in INSIDE if route.name == "action-new")
    cell = _one(stage, route, person="admin", method="POST")
    assert list(problems(cell, _answer(status=302))) == [f"{cell}: 302, and nothing changed"]


def test_control_a_status_that_the_table_of_roles_does_not_ask_for_is_reported(stage: Stage) -> None:
    cell = _one(stage, ACTIONS, person="viewer")
    assert list(problems(cell, _answer(status=403))) == [f"{cell}: 403, not [200]"]


# ── performing: what a view lets slip is heard ───────────────────────────────────────────────────────────────


def _in_the_body(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<p>{canary.FOREIGN}</p>")


def _in_a_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"name\n", canary.FOREIGN.encode()]), content_type="text/csv")


def _in_a_header(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Content-Disposition": f'attachment; filename="{canary.FOREIGN}.csv"'})


def _in_an_e_mail(request: HttpRequest) -> HttpResponse:
    send_mail("Hello", f"about {canary.FOREIGN}", "rapport@example.com", ["you@example.com"])
    return HttpResponse()


def _in_a_log_line(request: HttpRequest) -> HttpResponse:
    logging.getLogger("rapport").info("seen %s", canary.FOREIGN)
    return HttpResponse()


def _in_a_traceback(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(canary.FOREIGN)


def _addresses(view: Callable[[HttpRequest], HttpResponse]) -> ModuleType:
    """The product with this one page instead of the list of actions."""
    addresses = ModuleType("addresses")
    page = organisation_view(get=Permission.VIEW)(view)
    vars(addresses).update(vars(urls) | {"urlpatterns": [path("o/<slug:slug>/actions/", page), *urls.urlpatterns]})
    return addresses


@pytest.mark.parametrize(
    ("view", "where"),
    [
        (_in_the_body, "answer"),
        (_in_a_stream, "answer"),
        (_in_a_header, "answer"),
        (_in_an_e_mail, "e-mail or log line"),
        (_in_a_log_line, "e-mail or log line"),
        (_in_a_traceback, "e-mail or log line"),
    ],
)
def test_control_what_a_page_lets_slip_is_heard(
    stage: Stage, view: Callable[[HttpRequest], HttpResponse], where: str
) -> None:
    cell = _one(stage, ACTIONS, person="viewer")
    with override_settings(ROOT_URLCONF=_addresses(view)):
        answer = perform(cell)
    assert list(leaks(cell, answer)) == [f"{cell}: {canary.FOREIGN} in the {where}"]


# ── the journal ──────────────────────────────────────────────────────────────────────────────────────────────


def _everything() -> dict[str, str]:
    """Each table's rows as one digest."""
    with superuser() as connection:
        tables = connection.execute(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'tenants_cache'"
        ).fetchall()
        statement = "SELECT md5(string_agg(to_jsonb(t)::text, '|' ORDER BY to_jsonb(t)::text)) FROM {} t"
        return {name: connection.execute(statement.format(name)).fetchall()[0][0] for (name,) in tables}


@pytest.mark.parametrize(
    ("name", "method"), [("weights-publish", "POST"), ("api-segment", "DELETE"), ("members", "POST"), ("runs", "POST")]
)
def test_a_cell_leaves_nothing_behind(stage: Stage, name: str, method: str) -> None:
    route = next(route for route in INSIDE if route.name == name)
    before = _everything()
    block = Block(stage, route, method)
    with block.opened() as places:
        cell = next(cell for cell in address_cells(block, places) if cell.target == OWN and cell.person.name == "admin")
        answer = perform(cell)
    assert (answer.status in succeeding(cell), bool(answer.kept)) == (True, True)
    assert _everything() == before


def test_a_state_that_a_request_needs_is_put_back(stage: Stage) -> None:
    route = next(route for route in INSIDE if route.name == "weights-take-back")
    before = _everything()
    with Block(stage, route, "POST").opened():
        assert _everything() != before
    assert _everything() == before


# ── the registry ─────────────────────────────────────────────────────────────────────────────────────────────


def test_control_a_route_without_a_valid_request_says_what_to_add() -> None:
    route = Route("new-thing", "o/<slug:slug>/things/", (), None)
    with pytest.raises(LookupError, match='add "POST new-thing": Valid') as refused:
        valid_for(route, "POST")
    assert str(refused.value) == missing(route, "POST")
    assert valid_for(route, "GET").body is None  # to look needs nothing


def test_every_role_meets_both_answers(stage: Stage) -> None:
    """The expectation itself is no constant: each person is granted something and refused something."""
    met: dict[str, set[int]] = {}
    for name in ("actions", "members", "segment"):
        block = Block(stage, next(route for route in INSIDE if route.name == name), "GET")
        with block.opened() as places:
            for cell in address_cells(block, places):
                met.setdefault(cell.person.name, set()).update(expected(cell))
    assert met == {
        "admin": {200, 404},
        "client-admin": {200, 404},
        "consultant": {200, 403, 404},
        "viewer": {200, 403, 404},
        "stranger": {200, 404},
        "operator": {404},
        "reporter": {200, 403, 404},
        "nobody": {302},
    }
