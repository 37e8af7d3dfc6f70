"""The pages and the API: who may, what stands there, agreeing and withdrawing, the figure beside a step's lever."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledConsent
from tenants.models import Organisation, Role, User
from tenants.scope import organisation_scope
from tenants.services import add_member
from tests.conftest import World, api_token, make_user
from tests.pooled.pooled_world import agree, given, make_evidence, pool, read_out, withdraw
from tests.scoring.config import signed_in

pytestmark = pytest.mark.django_db
AGREED = {"agreed": "on", "text_version": str(TEXT_VERSION)}


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _get(who: User, organisation: Organisation, path: str) -> str:
    answer = signed_in(who).get(f"/o/{organisation.slug}/{path}")
    assert answer.status_code == 200
    return _text(answer)


def _post(who: User, organisation: Organisation, path: str, **data: str) -> Any:
    return signed_in(who).post(f"/o/{organisation.slug}/{path}", data)


def _api(who: User, organisation: Organisation, path: str) -> Any:
    client = Client(headers={"authorization": f"Bearer {api_token(who)}"})
    return client.get(f"/api/v1/organisations/{organisation.slug}/{path}")


# ── the firm's page ──────────────────────────────────────────────────────────────────────────────────────────


def test_before_anybody_agrees_it_says_what_to_do(world: World) -> None:
    text = _get(world.consultant, world.firm, "evidence/")
    assert "No figure across your clients yet" in text
    assert "0 of 5 needed have agreed." in text
    assert "Pooled evidence" in text
    make_evidence(world, 3)
    assert "3 of 5 needed have agreed." in _get(world.consultant, world.firm, "evidence/")


def test_with_a_figure_it_stands_in_the_table_and_names_nobody(world: World) -> None:
    made = make_evidence(world)
    make_evidence(world, 2, lever="content")
    pool(world.firm)
    text = _get(world.consultant, world.firm, "evidence/")
    assert "With a higher score went: Service training" in text
    assert "+1.9 (0.7 to 3.1)" in text
    assert "−0.1 to 3.9" in text
    assert "2 of 5 needed have read-outs." in text
    assert "an association" in text.lower()
    # The switcher of the page names every client; the part that is the page's own names none.
    page = signed_in(world.consultant).get(f"/o/{world.firm.slug}/evidence/").content.decode()
    own = page[page.index("<main") : page.index("</main")]
    assert not any(one.name in own or one.slug in own for one in made)


def test_a_hidden_figure_says_why(world: World) -> None:
    made = make_evidence(world, 5)
    pool(world.firm)
    withdraw(made[0], world.admin)
    text = _get(world.consultant, world.firm, "evidence/")
    assert "Fewer than five organisations stand behind the figure now." in text
    assert "4 of 5 needed have agreed." in text


def test_industries_stand_below_their_lever(world: World) -> None:
    make_evidence(world, 6, industry="retail")
    make_evidence(world, 5, industry="technology")
    pool(world.firm)
    text = _get(world.consultant, world.firm, "evidence/")
    assert "of these Retail" in text
    assert "of these Technology" in text


def test_it_is_the_firm_s_and_for_its_people(world: World) -> None:
    assert signed_in(world.consultant).get(f"/o/{world.ours.slug}/evidence/").status_code == 404
    assert signed_in(world.viewer).get(f"/o/{world.firm.slug}/evidence/").status_code == 404
    assert signed_in(world.stranger).get(f"/o/{world.firm.slug}/evidence/").status_code == 404


def test_the_api_gives_the_same(world: World) -> None:
    make_evidence(world)
    pool(world.firm)
    answer = _api(world.consultant, world.firm, "evidence/")
    assert answer.status_code == 200
    said = answer.json()
    (line,) = said["levers"]
    assert (said["agreed"], said["last_day"]) == (5, "2025-12-31")
    assert (line["lever"], line["outcome"], line["industries"]) == ("service", "published", [])
    assert line["figure"] == {
        "industry": "", "last_day": "2025-12-31", "organisations": 7, "read_outs": 7, "effect": "1.9", "low": "0.7",
        "high": "3.1", "prediction_low": "-0.1", "prediction_high": "3.9", "i_squared_percent": 26, "above_percent": 57,
    }  # fmt: skip
    assert _api(world.consultant, world.ours, "evidence/").status_code == 404
    assert _api(world.stranger, world.firm, "evidence/").status_code == 404


# ── a client's consent ───────────────────────────────────────────────────────────────────────────────────────


def test_an_admin_reads_what_is_shared_agrees_and_withdraws(world: World) -> None:
    read_out(world.ours, 2.0, 1.0, at=timezone.now())
    text = _get(world.admin, world.ours, "evidence-consent/")
    assert "Nothing of yours goes into your firm’s figures" in text
    assert "Customers, segments, scores, targets, money" in text
    assert "What you would give as things stand" in text
    assert "+2.00, error 1.00" in text
    assert _post(world.admin, world.ours, "evidence-consent/", **AGREED).status_code == 302
    text = _get(world.admin, world.ours, "evidence-consent/")
    assert "What came of your steps goes into your firm’s figures" in text
    assert f"{world.admin.name}, for the firm" in text
    asked = _get(world.admin, world.ours, "evidence-consent/withdraw/")
    assert "Withdraw the consent?" in asked
    assert _post(world.admin, world.ours, "evidence-consent/withdraw/").status_code == 302
    assert "Nothing of yours goes into your firm’s figures" in _get(world.admin, world.ours, "evidence-consent/")
    again: Any = signed_in(world.admin).post(f"/o/{world.ours.slug}/evidence-consent/withdraw/", follow=True)
    assert "Nobody has agreed, so there is nothing to withdraw." in _text(again)


def test_without_the_tick_and_with_an_older_text_nothing_is_agreed(world: World) -> None:
    answer = _post(world.admin, world.ours, "evidence-consent/", text_version=str(TEXT_VERSION))
    assert "Tick this to agree. Without it nothing is shared." in _text(answer)
    answer = _post(world.admin, world.ours, "evidence-consent/", agreed="on", text_version=str(TEXT_VERSION + 1))
    assert "The text has changed since you opened it." in _text(answer)
    with organisation_scope(world.ours.pk):
        assert not PooledConsent.objects.exists()


def test_where_the_client_has_an_admin_the_firm_s_sees_that_it_is_not_theirs(world: World) -> None:
    own = make_user("own-admin-of-ours")
    with organisation_scope(world.ours.pk):
        add_member(user=own, role=Role.ADMIN)
    assert "It has one, so nobody of the firm does it instead." in _get(world.admin, world.ours, "evidence-consent/")
    assert _post(world.admin, world.ours, "evidence-consent/", **AGREED).status_code == 403
    assert _post(own, world.ours, "evidence-consent/", **AGREED).status_code == 302
    assert "for the firm" not in _get(own, world.ours, "evidence-consent/")


def test_it_is_an_admin_s_page(world: World) -> None:
    for who, status in ((world.consultant, 403), (world.viewer, 403), (world.stranger, 404)):
        assert signed_in(who).get(f"/o/{world.ours.slug}/evidence-consent/").status_code == status
        assert _post(who, world.ours, "evidence-consent/", **AGREED).status_code == status
        assert _api(who, world.ours, "evidence-consent/").status_code == status
    assert signed_in(world.admin).get(f"/o/{world.firm.slug}/evidence-consent/").status_code == 404
    settings = signed_in(world.admin).get(f"/o/{world.ours.slug}/settings/").content.decode()
    assert f'href="/o/{world.ours.slug}/evidence-consent/"' in settings


def test_the_api_says_whether_it_is_in_force(world: World) -> None:
    said = _api(world.admin, world.ours, "evidence-consent/").json()
    assert said == {"in_force": False, "text_version": TEXT_VERSION, "given_at": None, "by_firm": False}
    agree(world.ours, world.admin)
    said = _api(world.admin, world.ours, "evidence-consent/").json()
    assert (said["in_force"], said["by_firm"], said["given_at"][:10]) == (True, True, "2025-12-10")


# ── beside a step ────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_plans_a_step_and_reaches_the_firm_sees_the_figure(world: World) -> None:
    assert "Across clients of your firm" not in _get(world.consultant, world.ours, "cases/steps/new/")
    make_evidence(world)
    pool(world.firm)
    text = _get(world.consultant, world.ours, "cases/steps/new/")
    assert "Across clients of your firm" in text
    assert "+1.9 (0.7 to 3.1), 7 organisations" in text
    own = make_user("own-consultant")
    with organisation_scope(world.ours.pk):
        add_member(user=own, role=Role.CONSULTANT)
    assert "Across clients of your firm" not in _get(own, world.ours, "cases/steps/new/")
    assert given(world.ours) == []
