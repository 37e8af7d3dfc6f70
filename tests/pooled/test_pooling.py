"""A quarter worked out through the database: who counts, what is frozen, what withdrawing does, who reads what."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from engagement.errors import ConflictError, ForbiddenError
from engagement.pooled import queries, selectors
from engagement.pooled.consent_words import KEPT, NEVER, SHARED, TEXT_VERSION
from engagement.pooled.models import PooledConsent, PooledContribution, PooledFigure, PooledQuarter
from engagement.pooled.rules import EVERY
from engagement.pooled.services import ask_quarters
from engagement.pooled.services.pooling import KIND, give, run_pooling
from engagement.pooled.types import Evidence
from tenants.actor import Actor, reaches_of
from tenants.jobs import ask_job, run_job
from tenants.models import AuditEntry, Job, Organisation, Role, User
from tenants.scope import organisation_scope, tenant
from tenants.services import add_member
from tenants.tenancy import new_id
from tests.conftest import World, make_user
from tests.pooled.pooled_world import (
    BEFORE_Q4,
    Q1,
    Q2,
    Q4,
    after,
    agree,
    clients_of,
    figures,
    given,
    make_evidence,
    pool,
    quarters,
    read_out,
    repeat,
    withdraw,
)

pytestmark = pytest.mark.django_db


def _evidence(firm: Organisation, *, now: datetime | None = None) -> Evidence:
    with organisation_scope(firm.pk, write=False):
        return selectors.evidence(firm=firm, now=now or after(Q4))


def _service(firm: Organisation) -> Any:
    return next((line for line in _evidence(firm).levers if line.lever == "service"), None)


def _acts(organisation: Organisation) -> list[str]:
    with organisation_scope(organisation.pk, write=False):
        return [act for act in AuditEntry.objects.order_by("number").values_list("act", flat=True) if "pooling" in act]


# ── a figure ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_seven_clients_make_a_figure_that_is_rounded_and_frozen(world: World) -> None:
    made = make_evidence(world)
    pool(world.firm)
    (row,) = figures(world.firm)
    # By statsmodels: τ² 0.3806, mean 1.8955, error 0.4552; with t(6) and t(5) 0.782 to 3.009, and −0.075 to 3.866.
    assert (row.lever, row.industry, row.outcome, row.organisations, row.read_outs) == (
        "service", EVERY, "published", 7, 7,
    )  # fmt: skip
    assert (row.effect_tenths, row.low_tenths, row.high_tenths) == (19, 7, 31)  # the ends rounded outwards
    assert (row.prediction_low_tenths, row.prediction_high_tenths, row.i_squared_percent) == (-1, 39, 26)
    assert row.above_percent == 57  # four of seven
    assert _acts(world.firm) == ["pooling.published"]
    assert _acts(made[0]) == ["pooling.agreed", "pooling.given"]


def test_once_a_quarter_and_never_anew(world: World) -> None:
    make_evidence(world)
    pool(world.firm)
    before = [(row.pk, row.effect_tenths) for row in figures(world.firm)]
    late = clients_of(world, 1, industry="retail")[0]
    read_out(late, 40.0, 1.0)
    agree(late, world.admin, now=after(Q4))
    pool(world.firm)
    assert [(row.pk, row.effect_tenths) for row in figures(world.firm)] == before
    assert quarters(world.firm) == [Q4]
    assert given(late) == []
    with organisation_scope(world.firm.pk), pytest.raises(DatabaseError, match="permission denied"):
        PooledFigure.objects.update(effect_tenths=0)


def test_a_quarter_that_runs_is_refused(world: World) -> None:
    make_evidence(world, 5)
    with organisation_scope(world.firm.pk):
        job = ask_job(kind=KIND, subject=Q4.isoformat(), organisation=world.firm, user=None, now=BEFORE_Q4)
    assert run_job(organisation_id=world.firm.pk, job_id=job.pk, do=run_pooling, clock=lambda: BEFORE_Q4)
    with organisation_scope(world.firm.pk):
        job.refresh_from_db()
    assert (job.state, job.refusal) == ("failed", "The quarter is not over yet.")
    assert quarters(world.firm) == []


def test_who_agreed_after_the_quarter_and_what_was_read_out_after_it_does_not_count(world: World) -> None:
    made = make_evidence(world, 5)
    late_reader, late_consent = clients_of(world, 2)
    read_out(late_reader, 30.0, 1.0, at=after(Q4))
    agree(late_reader, world.admin)
    read_out(late_consent, 30.0, 1.0)
    agree(late_consent, world.admin, now=after(Q4) - timedelta(hours=8))
    pool(world.firm)
    assert [row.organisations for row in figures(world.firm)] == [5]
    assert given(late_reader) == given(late_consent) == []
    assert len(given(made[0])) == 1


def test_an_organisation_counts_once_however_many_steps_it_took(world: World) -> None:
    made = make_evidence(world, 5)
    read_out(made[0], 4.0, 3.0)
    read_out(made[0], 6.0, 2.0)
    pool(world.firm)
    (row,) = figures(world.firm)
    assert (row.organisations, row.read_outs) == (5, 7)
    assert given(made[0]) == [(Q4, "service", 4_000_000, 2_000_000)]  # means of 2, 4, 6 and of 1, 3, 2


def test_of_a_step_the_last_read_out_counts_and_only_if_nothing_speaks_against_it(world: World) -> None:
    organisation = clients_of(world, 1)[0]
    agree(organisation, world.admin)
    with organisation_scope(organisation.pk):
        assert selectors.shares(before=after(Q4)) == ()
    good = read_out(organisation, 1.0, 1.0)
    with organisation_scope(organisation.pk):
        repeat(good.initiative, 3.0, 0.5, at=BEFORE_Q4, number=2)
        repeat(good.initiative, 9.0, 0.5, at=after(Q4), number=3)
    unlike: dict[str, Any] = {"verdict": "not", "days": [], "difference": None, "treated": None}
    for warning in ("early", "changed", "by_activity", "fell_before", "rule_changed", "others_touched"):
        read_out(organisation, 50.0, 1.0, warnings=[warning])
    read_out(organisation, 50.0, 1.0, pre_trend=unlike)
    read_out(organisation, 50.0, 0.0)
    read_out(organisation, 5.0, 1.5, warnings=["small"])
    with organisation_scope(organisation.pk):
        (share,) = selectors.shares(before=datetime(2026, 1, 1, tzinfo=UTC))
    assert (share.lever, share.read_outs, share.effect_millionths, share.error_millionths) == (
        "service", 2, 4_000_000, 1_000_000,
    )  # fmt: skip


def test_four_make_no_figure_and_the_page_says_how_many_are_needed(world: World) -> None:
    make_evidence(world, 4)
    pool(world.firm)
    line = _service(world.firm)
    assert (line.outcome, line.organisations, line.figure) == ("few", 4, None)


def test_the_database_itself_refuses_a_figure_of_four(world: World) -> None:
    make_evidence(world, 5)
    pool(world.firm)
    (row,) = figures(world.firm)
    row.pk, row.lever = new_id(), "other"
    with organisation_scope(world.firm.pk):
        row.save(force_insert=True)
    row.pk, row.lever, row.organisations = new_id(), "content", 4
    refused = pytest.raises(IntegrityError, match="pooled_figure_of_five")
    with organisation_scope(world.firm.pk), refused, transaction.atomic():
        row.save(force_insert=True)


def test_a_client_that_would_carry_more_than_half_makes_no_figure(world: World) -> None:
    for organisation, error in zip(clients_of(world, 5), (0.4, 1.0, 1.0, 1.0, 1.0), strict=True):
        read_out(organisation, 2.0, error)
        agree(organisation, world.admin)
    pool(world.firm)
    line = _service(world.firm)
    assert (line.outcome, line.figure) == ("dominated", None)


def test_industries_have_figures_where_five_are_in_one_and_the_rest_is_not_small(world: World) -> None:
    make_evidence(world, 6, industry="retail")
    make_evidence(world, 5, industry="technology")
    pool(world.firm)
    assert [(row.industry, row.organisations) for row in figures(world.firm)] == [
        (EVERY, 11), ("retail", 6), ("technology", 5),
    ]  # fmt: skip
    assert [one.industry for one in _service(world.firm).industries] == ["retail", "technology"]


# ── one quarter after the other ──────────────────────────────────────────────────────────────────────────────


def test_one_that_joins_cannot_be_found_by_taking_one_figure_from_the_other(world: World) -> None:
    make_evidence(world, 6)
    pool(world.firm)
    joined = clients_of(world, 1)[0]
    read_out(joined, 40.0, 0.6, at=after(Q4))
    agree(joined, world.admin, now=after(Q4))
    pool(world.firm, Q1)
    (row,) = figures(world.firm, Q1)
    assert (row.outcome, row.effect_tenths) == ("kept", None)
    line = _service(world.firm)
    assert (line.figure.last_day, line.figure.organisations) == (Q4, 6)


def test_five_that_join_are_in_the_next_figure(world: World) -> None:
    make_evidence(world, 5)
    pool(world.firm)
    for place, organisation in enumerate(clients_of(world, 5)):
        read_out(organisation, 8.0 + place, 1.0, at=after(Q4))
        agree(organisation, world.admin, now=after(Q4))
    pool(world.firm, Q1)
    line = _service(world.firm)
    assert (line.figure.last_day, line.figure.organisations) == (Q1, 10)


def test_a_late_worker_makes_the_same_figures(world: World) -> None:
    made = make_evidence(world, 5)
    read_out(made[0], 30.0, 1.0, at=after(Q4))
    pool(world.firm, Q4, now=after(Q4) + timedelta(days=20))
    assert given(made[0])[0][2] == 2_000_000


# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_shared_by_default(world: World) -> None:
    made = clients_of(world, 6)
    for organisation in made:
        read_out(organisation, 2.0, 1.0)
    pool(world.firm)
    assert figures(world.firm) == []
    assert [given(one) for one in made] == [[]] * 6
    assert _evidence(world.firm).agreed == 0


def test_withdrawing_deletes_what_was_given_at_once_and_hides_what_falls_under_five(world: World) -> None:
    made = make_evidence(world, 6)
    pool(world.firm)
    assert withdraw(made[0], world.admin) == 1
    assert given(made[0]) == []
    assert _service(world.firm).figure.organisations == 6  # as published: five still stand behind it
    withdraw(made[1], world.admin)
    line = _service(world.firm)
    assert (line.figure, line.hidden) == (None, True)
    assert _acts(made[0])[-1] == "pooling.withdrawn"
    with pytest.raises(ConflictError, match="Nobody has agreed"):
        withdraw(made[0], world.admin)


def test_who_withdrew_is_in_no_later_figure(world: World) -> None:
    made = make_evidence(world, 7)
    pool(world.firm)
    withdraw(made[0], world.admin)
    for organisation in made[1:]:
        read_out(organisation, 4.0, 1.0, at=after(Q4))
    pool(world.firm, Q1)
    (row,) = figures(world.firm, Q1)
    assert (row.outcome, row.organisations) == ("published", 6)
    assert given(made[0]) == []


def test_whoever_withdraws_while_a_worker_is_at_it_gives_nothing(world: World) -> None:
    """The worker has read who agrees, and the client withdraws before its turn."""
    organisation = make_evidence(world, 1)[0]
    withdraw(organisation, world.admin)
    with organisation_scope(organisation.pk):
        assert give(organisation=organisation, last_day=Q4, before=after(Q4)) == 0
    assert given(organisation) == []


def test_consent_to_an_older_text_does_not_count_and_can_be_renewed(world: World) -> None:
    organisation = make_evidence(world, 1)[0]
    with organisation_scope(organisation.pk):
        PooledConsent.objects.update(text_version=TEXT_VERSION - 1)
        assert selectors.consent_in_force(organisation=organisation) is None
        assert give(organisation=organisation, last_day=Q4, before=after(Q4)) == 0
    agree(organisation, world.admin)
    with organisation_scope(organisation.pk):
        found = selectors.consents(organisation=organisation)
    assert {one.text_version: one.withdrawn_at is None for one in found} == {0: False, 1: True}


def test_the_text_that_was_agreed_to_is_the_one_on_the_page() -> None:
    """Whoever changes a sentence raises the version, and then writes the new digest here."""
    said = "\n".join(str(line) for part in (SHARED, NEVER, KEPT) for line in part)
    assert (TEXT_VERSION, hashlib.sha256(said.encode()).hexdigest()[:16]) == (1, "c2c1a247df8650fe")


def _own_admin(organisation: Organisation, name: str) -> User:
    user = make_user(name)
    with organisation_scope(organisation.pk):
        add_member(user=user, role=Role.ADMIN)
    return user


def test_a_clients_own_admin_agrees_and_where_there_is_one_nobody_of_the_firm_does(world: World) -> None:
    assert agree(world.other, world.admin).by_firm
    own = _own_admin(world.ours, "own-admin")
    with pytest.raises(ForbiddenError, match="Only an admin of the organisation itself"):
        agree(world.ours, world.admin)
    assert not agree(world.ours, own).by_firm
    with pytest.raises(ConflictError, match="Somebody has agreed already"):
        agree(world.ours, own)
    assert withdraw(world.ours, world.admin) == 0  # taking it back is anybody's who is admin there


def test_a_closed_account_is_no_admin(world: World) -> None:
    own = _own_admin(world.ours, "gone-admin")
    User.objects.filter(pk=own.pk).update(is_active=False)
    assert agree(world.ours, world.admin).by_firm


def test_a_program_does_not_agree(world: World) -> None:
    with pytest.raises(ForbiddenError):
        agree(world.ours, None)


# ── who reads what ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_consultant_sees_the_figure_at_a_client_and_a_client_s_own_people_do_not(world: World) -> None:
    make_evidence(world)
    pool(world.firm)
    for user, n in ((world.consultant, 1), (world.admin, 1), (world.viewer, 0), (world.stranger, 0)):
        actor = Actor(user=user, reaches=reaches_of(user))
        with organisation_scope(world.ours.pk, write=False):
            found = selectors.figures_for_client(actor=actor, client=world.ours)
        assert len(found) == n


def test_functions_answer_for_a_firm_in_scope_only(world: World) -> None:
    make_evidence(world)
    pool(world.firm)
    said: dict[str, Any] = {"firm_id": world.firm.pk}
    with organisation_scope(world.firm.pk, write=False):
        assert len(queries.members(**said, version=TEXT_VERSION, before=after(Q4))) == 7
        assert queries.agreed(**said, version=TEXT_VERSION) == 5  # never more: nobody counts along
        assert queries.standing(**said) == [(Q4, "service", "other", 7)]
    with organisation_scope(world.strangers_firm.pk, write=False):
        assert queries.members(**said, version=TEXT_VERSION, before=after(Q4)) == []
        assert queries.agreed(**said, version=TEXT_VERSION) == 0
        assert queries.standing(**said) == []


def test_another_firm_pools_its_own_clients_only(world: World) -> None:
    make_evidence(world)
    read_out(world.strange, 50.0, 1.0)
    agree(world.strange, world.stranger)
    pool(world.firm)
    pool(world.strangers_firm)
    assert [row.organisations for row in figures(world.firm)] == [7]
    assert [(row.outcome, row.organisations) for row in figures(world.strangers_firm)] == [("few", 1)]
    with organisation_scope(world.strangers_firm.pk, write=False):
        assert PooledQuarter.objects.count() == 1
        assert PooledContribution.objects.count() == 0


def test_a_resting_client_gives_nothing(world: World) -> None:
    made = make_evidence(world, 6)
    with organisation_scope(made[0].pk):
        Organisation.objects.filter(pk=made[0].pk).update(suspended_at=BEFORE_Q4)
    pool(world.firm)
    assert [row.organisations for row in figures(world.firm)] == [5]
    assert given(made[0]) == []


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_finished_quarter_is_asked_for_once(world: World) -> None:
    assert ask_quarters(now=after(Q4)) == 0  # nobody agrees
    make_evidence(world, 5)
    assert ask_quarters(now=after(Q4)) == 1
    assert ask_quarters(now=after(Q4)) == 1  # asked again is asked once
    with organisation_scope(world.firm.pk):
        job = Job.objects.get(kind=KIND)
    assert job.subject == Q4.isoformat()
    assert run_job(organisation_id=world.firm.pk, job_id=job.pk, do=run_pooling, clock=lambda: after(Q4))
    assert ask_quarters(now=after(Q4)) == 0
    assert ask_quarters(now=after(Q1)) == 1
    assert quarters(world.firm) == [Q4]
    pool(world.firm, Q2)
    assert ask_quarters(now=after(Q1)) == 0


def test_the_quarter_ends_where_the_firm_is(world: World) -> None:
    """Half past ten in the evening of the last day in London is over in Berlin."""
    make_evidence(world, 5)
    with tenant(read=[world.firm.pk], write=world.firm.pk):
        Organisation.objects.filter(pk=world.firm.pk).update(time_zone="Europe/Berlin")
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    late = clients_of(world, 1)[0]
    read_out(late, 3.0, 1.0, at=at)
    agree(late, world.admin)
    assert ask_quarters(now=at) == 1
    pool(world.firm, now=at)
    assert given(late) == []
    with organisation_scope(world.firm.pk, write=False):
        firm = Organisation.objects.get(pk=world.firm.pk)
    assert _evidence(firm, now=at).next_day == Q1
