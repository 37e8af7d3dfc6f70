"""The record on its page, as a file and in the API: who may read it, what it says, and what can be asked of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tenants.acting import Acting, Kind, acting
from tenants.actor import Reach, reaches_of
from tenants.audit import audit_append
from tenants.models import AuditEntry, Membership, Organisation, User
from tenants.record.objects import find, known_kinds
from tenants.record.present import gone, record_page
from tenants.record.reading import Asked, newest
from tenants.record.words import act_words
from tenants.scope import organisation_scope
from tenants.services import add_member, change_role
from tests.conftest import World
from tests.scoring.config import signed_in


def _page(organisation: Organisation) -> str:
    return f"/o/{organisation.slug}/record/"


def _api(client: Client, organisation: Organisation, **asked: Any) -> Any:
    return client.get(f"/api/v1/organisations/{organisation.slug}/record/", asked).json()


def _put(organisation: Organisation, *, who: User | None = None, **said: Any) -> int:
    acts = acting(Acting(Kind.PERSON, user_id=who.pk, role="consultant")) if who else acting(Acting(Kind.PROCESS))
    with organisation_scope(organisation.id), acts:
        return audit_append(**{"act": "test.done", **said})


def reach_of(user: User, organisation: Organisation) -> Reach:
    return next(reach for reach in reaches_of(user) if reach.organisation_id == organisation.id)


def _numbers(answer: Any) -> list[int]:
    return [entry["number"] for entry in answer["entries"]]


# ── who may, and what it says ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["record/", "record.csv"])
def test_consultants_and_admins_read_the_record_and_viewers_do_not(world: World, address: str) -> None:
    asked = f"/o/{world.ours.slug}/{address}"
    answers = {name: signed_in(getattr(world, name)).get(asked).status_code for name in ("admin", "consultant")}
    assert answers == {"admin": 200, "consultant": 200}
    assert signed_in(world.viewer).get(asked).status_code == 403
    assert signed_in(world.stranger).get(asked).status_code == 404


def test_an_act_stands_with_who_what_was_and_is_and_where_it_is_found(world: World) -> None:
    admin = signed_in(world.admin)
    with organisation_scope(world.ours.id):
        member = Membership.objects.get(user=world.viewer)
    address = f"/o/{world.ours.slug}/members/{member.pk}/"
    answer = admin.post(address, {"role": "consultant"}, headers={"X-Request-ID": "a-request-of-ours"})
    assert answer.status_code == 302
    html = admin.get(_page(world.ours)).content.decode()
    (row,) = [row for row in html.split('<tr id="entry-')[1:] if "Member role changed" in row]
    assert f'member <a href="{address}">{world.viewer.name}</a>' in row
    assert "role: viewer → consultant" in row
    assert f"<td>{world.admin.name}<small>admin</small>" in row
    (entry,) = _api(admin, world.ours, act="member.role_changed")["entries"]
    assert (entry["person"], entry["person_name"], entry["role"]) == (str(world.admin.pk), world.admin.name, "admin")
    assert f'<td class="col-wide small muted">{entry["request"]}</td>' in row
    assert entry["request"]


def test_a_consultant_reads_what_it_was_about_without_a_link_to_a_page_they_may_not_open(world: World) -> None:
    html = signed_in(world.consultant).get(_page(world.ours)).content.decode()
    assert f"<small>member {world.viewer.name}</small>" in html
    assert "/members/" not in html


def test_what_is_gone_keeps_its_id_and_a_closed_account_no_name(world: World) -> None:
    somebody = User(name="Gone Person")  # whose row nobody finds any more
    key = somebody.pk
    _put(world.ours, who=somebody, object_kind="segment", object_id=str(uuid4()), new={"owner": key})
    html = signed_in(world.admin).get(_page(world.ours)).content.decode()
    assert "Gone Person" not in html
    assert f"<td>{gone()}<small>consultant</small>" in html
    assert f"owner: {key}" in html


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        (Acting(Kind.WORKER, name="insights.dispatch"), ("The system", "insights.dispatch")),
        (Acting(Kind.COMMAND, name="score"), ("A command on the server", "score")),
        (Acting(Kind.PROCESS), ("The system", "")),
        (Acting(Kind.TOKEN), ("A program", "with an API token")),
        (Acting(Kind.OPERATOR), ("An operator", "operator of this service")),
    ],
)
def test_who_is_no_person_is_named_for_what_they_are(world: World, who: Acting, wanted: tuple[str, str]) -> None:
    with organisation_scope(world.ours.id), acting(who):
        audit_append(act="test.done")
        (line, *_) = record_page(organisation=world.ours, reach=reach_of(world.admin, world.ours), asked=Asked()).lines
    assert (line.who, line.how) == wanted


def test_values_are_told_in_words(world: World) -> None:
    _put(
        world.ours, old={"is_on": True, "cap": None, "visit.weight": "1"},
        new={"is_on": False, "cap": 20, "visit.weight": "2", "days": ["2026-01-01"], "owner": world.viewer.pk},
        reason="<b>why</b>",
    )  # fmt: skip
    html = signed_in(world.admin).get(_page(world.ours)).content.decode()
    for said in ("is on: yes → no", "cap: – → 20", "visit: weight: 1 → 2", "days: 2026-01-01",
                 f"owner: {world.viewer.name}", "“&lt;b&gt;why&lt;/b&gt;”"):  # fmt: skip
        assert said in html


def test_an_act_is_its_own_words() -> None:
    assert act_words("member.role_changed") == "Member role changed"


def test_every_kind_of_object_can_be_asked_for_by_any_text(world: World) -> None:
    """Ids that nobody has, and texts that are none: no name, no error."""
    with organisation_scope(world.ours.id, write=False):
        reach = reach_of(world.admin, world.ours)
        wanted = [(kind, text) for kind in known_kinds() for text in (str(uuid4()), "x", "9" * 30, "12")]
        assert find(reach=reach, wanted=[*wanted, ("unknown", "1")]) == {}


# ── filters and pages ────────────────────────────────────────────────────────────────────────────────────────


def test_by_act_person_object_and_days(world: World) -> None:
    admin = signed_in(world.admin)
    first = _put(world.ours, who=world.consultant, object_kind="weight_set", object_id=3)
    second = _put(world.ours, who=world.admin, act="other.done", object_kind="weight_set", object_id=4)
    with organisation_scope(world.ours.id, write=False):
        today = AuditEntry.objects.get(number=second).at.date()
    asked: list[tuple[dict[str, Any], list[int]]] = [
        ({"act": "other.done"}, [second]),
        ({"person": world.consultant.pk}, [first]),
        ({"object_kind": "weight_set"}, [second, first]),
        ({"object_kind": "weight_set", "object_id": 3}, [first]),
        ({"act": "test.done", "person": world.admin.pk}, []),
        ({"object_kind": "weight_set", "since": today, "until": today}, [second, first]),
        ({"since": today + timedelta(days=1)}, []),
        ({"until": today - timedelta(days=1)}, []),
    ]
    for query, wanted in asked:
        assert _numbers(_api(admin, world.ours, **query)) == wanted, query
        html = admin.get(_page(world.ours), query).content.decode()
        assert [number for number in (second, first) if f'id="entry-{number}"' in html] == wanted, query
    nothing = admin.get(f"{_page(world.ours)}?until={today - timedelta(days=1)}").content.decode()
    assert "No entry fits" in nothing


def test_a_day_is_the_organisations_own(world: World) -> None:
    """In Kiritimati the day begins fourteen hours before it does in UTC."""
    number = _put(world.ours)
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.pk).update(time_zone="Pacific/Kiritimati")
        here = Organisation.objects.get(pk=world.ours.pk)
        day = AuditEntry.objects.get(number=number).at.astimezone(here.zone).date()
    admin = signed_in(world.admin)
    assert number in _numbers(_api(admin, world.ours, since=day, until=day))
    assert number not in _numbers(_api(admin, world.ours, since=day - timedelta(days=1), until=day - timedelta(days=1)))


def test_older_entries_are_a_page_further(world: World) -> None:
    for _ in range(60):
        last = _put(world.ours)
    admin = signed_in(world.admin)
    html = admin.get(_page(world.ours)).content.decode()
    assert html.count('id="entry-') == 50
    assert f'href="?before={last - 49}"' in html
    assert "Newest" not in html
    further = admin.get(_page(world.ours), {"before": last - 49}).content.decode()
    assert f'id="entry-{last - 50}"' in further
    assert f'id="entry-{last - 49}"' not in further
    assert 'rel="next"' not in further
    assert "Newest" in further


def test_the_api_goes_on_where_it_stopped(world: World) -> None:
    admin = signed_in(world.admin)
    _put(world.ours)
    found, before = [], None
    while True:
        answer = _api(admin, world.ours, limit=1, **({"before": before} if before else {}))
        found += _numbers(answer)
        before = answer["next_before"]
        if before is None:
            break
    with organisation_scope(world.ours.id, write=False):
        assert found == list(range(newest(organisation=world.ours), 0, -1))


@pytest.mark.parametrize(
    "query", ["act=nonsense", "person=x", "since=yesterday", "before=x", "before=-1", f"before={2**63}"]
)
def test_what_cannot_be_asked_is_said(world: World, query: str) -> None:
    assert signed_in(world.admin).get(f"{_page(world.ours)}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["person=x", "since=yesterday", "before=0", "limit=501", f"before={2**63}"])
def test_the_api_says_it_too(world: World, query: str) -> None:
    answer = signed_in(world.admin).get(f"/api/v1/organisations/{world.ours.slug}/record/?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.split("=", maxsplit=1)[0]])


# ── as a file ────────────────────────────────────────────────────────────────────────────────────────────────


def _file(client: Client, organisation: Organisation, **asked: Any) -> list[dict[str, str]]:
    answer = client.get(f"/o/{organisation.slug}/record.csv", asked)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode().removeprefix("\ufeff"))))


def test_the_file_holds_every_field_and_taking_it_is_on_record(world: World) -> None:
    admin = signed_in(world.admin)
    last = _put(world.ours, who=world.consultant, new={"a": 1}, reason="=1+1")
    rows = _file(admin, world.ours)
    assert [int(row["number"]) for row in rows] == list(range(last, 0, -1))
    row = rows[0]
    assert (row["act"], row["person"], row["name of the person"]) == (
        "test.done", str(world.consultant.pk), world.consultant.name,
    )  # fmt: skip
    assert (json.loads(row["new"]), row["old"], row["reason"]) == ({"a": 1}, "", "'=1+1")
    assert len(row["hash"]) == 64
    (entry,) = _api(admin, world.ours, act="record.exported")["entries"]
    assert (entry["new"], entry["person"]) == ({"before": last + 1, "rows": last}, str(world.admin.pk))


def test_the_file_is_filtered_as_the_page_is(world: World) -> None:
    _put(world.ours, act="other.done")
    admin = signed_in(world.admin)
    assert [row["act"] for row in _file(admin, world.ours, act="other.done")] == ["other.done"]
    assert "record.csv?act=other.done" in admin.get(_page(world.ours), {"act": "other.done"}).content.decode()
    (entry,) = _api(admin, world.ours, act="record.exported")["entries"]
    assert (entry["new"]["act"], entry["new"]["rows"]) == ("other.done", 1)


def test_a_firm_has_a_record_of_its_own(world: World) -> None:
    admin = signed_in(world.admin)
    with organisation_scope(world.firm.id):
        membership = add_member(user=world.viewer, role="viewer")
        change_role(membership_id=membership.pk, role="consultant")
    assert "Member role changed" in admin.get(_page(world.firm)).content.decode()
    assert "member.role_changed" not in [entry["act"] for entry in _api(admin, world.ours)["entries"]]
    assert f'href="{_page(world.firm)}"' in admin.get(f"/o/{world.firm.slug}/members/").content.decode()
