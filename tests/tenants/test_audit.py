"""The record: who did what, appended once, chained, and impossible to change unseen."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from tenants.acting import Acting, Kind, acting
from tenants.audit import audit_append, canonical, changed, genesis, link
from tenants.models import AuditChain, AuditEntry
from tenants.scope import ScopeError, organisation_scope, tenant
from tests.conftest import World


def test_an_entry_says_who_what_and_why(world: World) -> None:
    token = uuid4()
    who = Acting(Kind.TOKEN, user_id=world.admin.pk, role="admin", token_id=token, request_id="r-1")
    with organisation_scope(world.ours.id), acting(who):
        first = AuditEntry.objects.count()
        number = audit_append(
            act="member.role", object_kind="member", object_id=7, old={"role": "viewer"}, new={"role": "admin"},
            reason=" asked for by the client ",
        )  # fmt: skip
        entry = AuditEntry.objects.get(number=number)
    assert number == first + 1
    assert (entry.act, entry.actor, entry.object_kind, entry.object_id) == (
        "member.role", str(world.admin.pk), "member", "7",
    )  # fmt: skip
    assert f'"token":"{token}"' in entry.content
    assert '"reason":"asked for by the client","request":"r-1"' in entry.content


def test_each_hash_rests_on_the_one_before_and_python_computes_the_same(world: World) -> None:
    with organisation_scope(world.ours.id):
        for mark in ("é", "two", "\x00three"):
            audit_append(act="test.done", new={"mark": mark})
        entries = list(AuditEntry.objects.order_by("number"))
        chain = AuditChain.objects.get()
    before = genesis(world.ours.id)
    for position, entry in enumerate(entries, start=1):
        before = link(before, number=position, at=entry.at, content=entry.content)
        assert (entry.number, bytes(entry.hash)) == (position, before)
    assert (chain.number, bytes(chain.hash)) == (len(entries), before)


def test_a_reader_may_add_to_the_record_of_what_they_read_and_of_nothing_else(world: World) -> None:
    with tenant(read=[world.ours.id]):
        with pytest.raises(ScopeError, match="Name the organisation"):
            audit_append(act="scores.exported")
        assert audit_append(act="scores.exported", organisation_id=world.ours.id) > 0
        with pytest.raises(ScopeError, match="not in scope"):
            audit_append(act="scores.exported", organisation_id=world.strange.id)
    with pytest.raises(ScopeError):
        audit_append(act="scores.exported", organisation_id=world.ours.id)


def test_the_entry_goes_when_the_act_is_undone(world: World) -> None:
    with organisation_scope(world.ours.id):
        before = AuditChain.objects.values_list("number", flat=True).first()
        with transaction.atomic():
            audit_append(act="test.done")
            transaction.set_rollback(True)
        assert AuditChain.objects.values_list("number", flat=True).first() == before


@pytest.mark.parametrize("table", ["tenants_auditentry", "tenants_auditchain"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = 9", "DELETE FROM {}"])
def test_the_runtime_role_can_neither_change_nor_delete(world: World, table: str, statement: str) -> None:
    with organisation_scope(world.ours.id):
        audit_append(act="test.done")
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            transaction.get_connection().cursor() as cursor,
        ):
            cursor.execute(statement.format(table))


def test_only_what_differs_is_kept_of_a_change() -> None:
    assert changed({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})


def test_one_content_has_one_text() -> None:
    assert canonical({"b": {2, 1}, "a": "\x00é"}) == '{"a":"é","b":[1,2]}'
