"""Scorings of small clients in one pass: one message, one worker, and never two organisations in a scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.test import override_settings

from engagement.insights import tasks
from engagement.insights.services import request_run, requests, run_group
from engagement.insights.services import score as _score
from engagement.insights.services.dispatch import sweep
from engagement.scoring.models import RunPointer, RunRequest
from tenants import scope as scopes
from tenants.scope import Scope, organisation_scope
from tests.conftest import NOW, build_world, make_client
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small

pytestmark = pytest.mark.django_db(transaction=True)

SENT = "engagement.insights.services.dispatch.current_app.send_task"


def _clients(n: int = 3) -> list[tuple[Small, UUID]]:
    """Small clients, each with a scoring that waits; the first has one customer, the second two, and so on."""
    firm, found = build_world().firm, []
    for at in range(n):
        small = make_small(make_client(firm, f"Client {at}"), weights={"visit": ("website", 1_000, None)})
        add_customers(small, [(number, {}) for number in range(1, at + 2)])
        add_activity(small, [(1, "visit", AS_OF, at + 1)])
        with organisation_scope(small.id):
            request = request_run(organisation=small.organisation, as_of=AS_OF, user=None, cause="request", now=NOW)
        found.append((small, request.pk))
    return found


def _asked(clients: list[tuple[Small, UUID]]) -> list[tuple[int, UUID]]:
    return [(small.id, request_id) for small, request_id in clients]


def _clock() -> datetime:
    return NOW


def _customers(small: Small) -> int:
    with organisation_scope(small.id, write=False):
        return int(RunPointer.objects.get(as_of=AS_OF).run.customers)


def test_one_message_for_several_small_clients_and_one_for_each_larger_one() -> None:
    clients = _clients(4)
    with (
        patch(SENT) as send,
        override_settings(RUN_GROUP_CUSTOMERS=3, RUN_GROUP_SIZE=2),
    ):
        sweep(now=NOW)
    sent = [(call.args[0], call.kwargs["args"]) for call in send.call_args_list]
    pairs = [(small.id, str(request_id)) for small, request_id in clients]
    assert [message for message in sent if message[0].startswith("insights.run")] == [
        ("insights.run", list(pairs[3])),
        ("insights.run_group", [(pairs[0], pairs[1])]),
        ("insights.run_group", [(pairs[2],)]),
    ]


def test_a_group_is_scored_and_no_scope_holds_two_organisations() -> None:
    clients = _clients()
    seen: list[Scope] = []
    real: Callable[[Any], None] = scopes._tell_database

    def told(scope: Scope | None) -> None:
        if scope is not None:
            seen.append(scope)
        real(scope)

    with patch.object(scopes, "_tell_database", told):
        tasks.run_of_several([(small.id, str(request_id)) for small, request_id in clients])
    assert [_customers(small) for small, _ in clients] == [1, 2, 3]
    assert {scope.read for scope in seen} == {(small.id,) for small, _ in clients}
    assert {scope.write for scope in seen} <= {None, *(small.id for small, _ in clients)}
    assert run_group(requests=_asked(clients), clock=_clock) == 0  # a message that comes twice does no harm


def test_a_failing_one_does_not_stop_the_others() -> None:
    clients = _clients()
    broken, real = clients[1][0].id, _score

    def failing(*, organisation_id: int, **more: Any) -> Any:
        if organisation_id == broken:
            raise KeyError("pulled the plug")
        return real(organisation_id=organisation_id, **more)

    with patch.object(requests, "score", failing):
        assert run_group(requests=_asked(clients), clock=_clock) == 2
    assert (_customers(clients[0][0]), _customers(clients[2][0])) == (1, 3)
    with organisation_scope(broken, write=False):
        left = RunRequest.objects.get()
        assert (left.state, left.attempts, "pulled the plug" in left.error) == ("waiting", 1, True)


def test_what_a_killed_worker_had_not_begun_is_found_at_once() -> None:
    clients = _clients()
    with patch.object(requests, "score", side_effect=SystemExit), pytest.raises(SystemExit):
        run_group(requests=_asked(clients), clock=_clock)
    with patch(SENT) as send:
        sweep(now=NOW)
    ((group,),) = [call.kwargs["args"] for call in send.call_args_list if call.args[0] == "insights.run_group"]
    assert [organisation_id for organisation_id, _ in group] == [small.id for small, _ in clients[1:]]
