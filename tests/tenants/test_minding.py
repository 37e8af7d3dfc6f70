"""Who of a firm minds a client: said by people of the firm, shown while their role lasts, and told to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from engagement.errors import InvalidInputError, NotFoundError
from tenants import services
from tenants.actor import Actor, reaches_of
from tenants.models import AuditEntry, Membership, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World, api_token, make_user


def _mind(world: World, user: User, email: str) -> bool:
    with organisation_scope(world.ours.pk):
        client = Organisation.objects.get(pk=world.ours.pk)
        return services.mind_client(actor=Actor(user=user, reaches=reaches_of(user)), client=client, email=email)


def _minded_by(world: World) -> Any:
    with organisation_scope(world.ours.pk):
        return Organisation.objects.get(pk=world.ours.pk).minded_by


def test_somebody_of_the_firm_is_chosen_and_it_is_on_record(world: World) -> None:
    assert _mind(world, world.consultant, world.consultant.email.upper()) is True
    assert _minded_by(world) == world.consultant.pk
    assert _mind(world, world.consultant, world.consultant.email) is False
    assert _mind(world, world.consultant, "") is True
    assert _minded_by(world) is None
    with organisation_scope(world.ours.pk):
        entries = [entry.content for entry in AuditEntry.objects.order_by("number") if "client.minded" in entry.content]
    assert len(entries) == 2
    assert f'"new":{{"minded_by":"{world.consultant.pk}"}}' in entries[0]
    assert f'"old":{{"minded_by":"{world.consultant.pk}"}}' in entries[1]


@pytest.mark.parametrize("who", ["viewer", "stranger", "looker", "nobody"])
def test_nobody_else_can_mind_it(world: World, who: str) -> None:
    looker = make_user("looker")
    with organisation_scope(world.firm.pk):
        Membership.objects.create(organisation=world.firm, user=looker, role="viewer")
    email = {"looker": looker.email, "nobody": "nobody@example.com"}.get(who) or getattr(world, who).email
    with pytest.raises(InvalidInputError) as refused:
        _mind(world, world.consultant, email)
    assert list(refused.value.fields) == ["minded_by"]
    assert _minded_by(world) is None


def test_people_of_the_client_alone_learn_nothing_of_the_firms(world: World, client: Client) -> None:
    own = make_user("own")
    with organisation_scope(world.ours.pk):
        Membership.objects.create(organisation=world.ours, user=own, role="admin")
    with pytest.raises(NotFoundError):
        _mind(world, own, world.consultant.email)
    client.force_login(own)
    assert client.get(f"/o/{world.ours.slug}/minder/").status_code == 404
    assert "minder" not in client.get(f"/o/{world.ours.slug}/settings/").content.decode()
    client.force_login(world.viewer)
    assert client.get(f"/o/{world.ours.slug}/minder/").status_code == 403


def test_by_the_page(world: World, client: Client) -> None:
    _mind(world, world.consultant, world.consultant.email)
    client.force_login(world.consultant)
    path = f"/o/{world.ours.slug}/minder/"
    html = client.get(path).content.decode()
    assert f'<option value="{world.consultant.email}" selected>' in html
    assert world.viewer.email not in html
    wrong = client.post(path, {"minded_by": world.viewer.email})
    assert wrong.status_code == 200
    assert "Select a valid choice" in wrong.content.decode()
    assert client.post(path, {"minded_by": ""}).status_code == 302
    assert _minded_by(world) is None


def test_by_the_api(world: World, client: Client) -> None:
    path = f"/api/v1/organisations/{world.ours.slug}/minder/"
    said: dict[str, Any] = {
        "headers": {"Authorization": f"Bearer {api_token(world.consultant)}"},
        "content_type": "application/json",
    }
    assert client.get(path, **said).json() == {"minded_by": None}
    answer = client.put(path, {"minded_by": world.consultant.email}, **said)
    assert (answer.status_code, answer.json()) == (200, {"minded_by": world.consultant.email})
    assert client.put(path, {"minded_by": "nobody@example.com"}, **said).status_code == 400
    assert client.put(path, {"minded_by": None}, **said).json() == {"minded_by": None}
