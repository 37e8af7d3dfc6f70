"""The rule for customers at risk, and outreach to them: taken up, contacted, closed. Who is on the list is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.models import Customer
from engagement.insights.calendars import By
from engagement.insights.models import Outreach, RiskCohort, RiskRule
from engagement.insights.selectors.at_risk import Found, at_risk_in, baseline_runs, fall_rule, latest_finished_run
from engagement.scoring.blocks import pack
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User
from tenants.scope import require_write

MOST_AT_ONCE: Final = 100
_MAX_NOTE: Final = 280
_LEAST_FALL, _MOST_SCORE = Decimal(1), Decimal(100)
_LEAST_RUNS, _MOST_RUNS = 2, 12
_THOUSANDTH: Final = Decimal("0.001")


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────────────────


def set_fall_rule(
    *,
    organisation: Organisation,
    fall: Decimal,
    least: Decimal,
    by: str,
    runs: int,
    user: User | None,
    now: datetime,
) -> RiskRule | None:
    """Put another rule in force; the former stays on the list of rules. None where it says the same.

    Raises InvalidInputError with fields.
    """
    _check_rule(fall=fall, least=least, by=by, runs=runs)
    former = fall_rule()
    said = {"fall": fall, "least": least, "by": by, "runs": runs}
    before = {"fall": former.fall, "least": former.least, "by": former.by.value, "runs": former.runs}
    if said == before:
        return None
    with _alone():
        made = RiskRule.objects.create(
            organisation_id=require_write(),
            number=former.number + 1,
            fall_thousandths=int(fall * 1000),
            least_thousandths=int(least * 1000),
            baseline_of=by,
            baseline_runs=runs,
            created_by=user,
            created_at=now,
        )
    old, new = changed(before, said)
    audit_append(act="at_risk.rule_set", object_kind="risk_rule", object_id=made.pk, old=old, new=new)
    return made


def _check_rule(*, fall: Decimal, least: Decimal, by: str, runs: int) -> None:
    problems: dict[str, list[str]] = {}
    if not fall.is_finite() or not _LEAST_FALL <= fall <= _MOST_SCORE or fall != fall.quantize(_THOUSANDTH):
        problems["fall"] = [_("Give a number from 1 to 100 with at most three decimals.")]
    if not least.is_finite() or not 0 <= least <= _MOST_SCORE or least != least.quantize(_THOUSANDTH):
        problems["least"] = [_("Give a score from 0 to 100 with at most three decimals.")]
    if by not in {By.MONTH, By.WEEK}:
        problems["by"] = [_("Choose month or week.")]
    if not _LEAST_RUNS <= runs <= _MOST_RUNS:
        problems["runs"] = [_("Give a whole number from 2 to 12.")]
    if problems:
        raise InvalidInputError(fields=problems)


# ── outreach ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Contact:
    """What is noted about customers: who minds them and, where somebody got in touch, how and when.

    `how` "" and `contacted_on` None: nobody has been in touch yet. `outcome` closes the outreach.
    """

    owner: User | None = None
    how: str = ""
    contacted_on: date | None = None
    note: str = ""
    return_on: date | None = None
    outcome: str = ""

    def added_to(self, row: Outreach) -> Contact:
        """The same about outreach that is under way: what is left empty here stays as it was noted there."""
        return replace(
            self,
            owner=self.owner or row.owner,
            how=self.how or row.how,
            contacted_on=self.contacted_on or row.contacted_on,
            note=self.note.strip() or row.note,
            return_on=self.return_on or row.return_on,
        )

    def columns(self) -> dict[str, object]:
        names = ("owner", "how", "contacted_on", "return_on", "outcome")
        return {**{name: getattr(self, name) for name in names}, "note": self.note.strip()}


def take_up(
    *, organisation: Organisation, numbers: Collection[int], contact: Contact, user: User | None, now: datetime
) -> tuple[Outreach, ...]:
    """Note about up to 100 customers who minds them, or how somebody got in touch.

    An open outreach goes on with it: what is left empty stays as it was noted.

    The first time, the list they are on is kept with their baseline, so that what becomes of them can be told from what
    becomes of the others on it. Raises InvalidInputError with fields, NotFoundError for a customer there is not,
    ConflictError where somebody else took one of them up at the same moment.
    """
    today = organisation.today(now)
    wanted = sorted(set(numbers))
    _check_contact(contact, today=today)
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise InvalidInputError(
            fields={"customers": [_("Choose from 1 to {most} customers.").format(most=MOST_AT_ONCE)]}
        )
    if Customer.objects.filter(number__in=wanted).count() != len(wanted):
        raise NotFoundError(_("There is no such customer."))
    going = _open_outreach(wanted)
    cohort, usual = _cohort(organisation, [number for number in wanted if number not in going], now)
    made = []
    with _alone():
        for number in wanted:
            row = going.get(number)
            if row is not None:
                made.append(_kept(row, contact.added_to(row), today=today, is_new=False))
                continue
            row = Outreach(organisation_id=require_write(), customer_number=number, created_by=user, created_at=now)
            row.cohort, row.baseline_millionths = (cohort, usual[number]) if number in usual else (None, None)
            made.append(_kept(row, contact, today=today, is_new=True))
    return tuple(made)


def _open_outreach(numbers: Collection[int]) -> dict[int, Outreach]:
    rows = Outreach.objects.select_for_update().filter(customer_number__in=numbers, closed_on__isnull=True)
    return {row.customer_number: row for row in rows}


@contextmanager
def _alone() -> Iterator[None]:
    """What somebody else has written a moment ago is a conflict, and nothing of this is kept."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ConflictError(_("Somebody else has just done the same. Look at it again, then repeat it.")) from error


def change_outreach(
    *, organisation: Organisation, outreach_id: UUID, contact: Contact, user: User | None, now: datetime
) -> Outreach:
    """Say of an open outreach what holds now; an outcome closes it.

    Raises InvalidInputError with fields, NotFoundError for one that is not there or is closed.
    """
    row = Outreach.objects.select_for_update().filter(pk=outreach_id, closed_on__isnull=True).first()
    if row is None:
        raise NotFoundError(_("There is no such outreach, or it is closed."))
    today = organisation.today(now)
    _check_contact(contact, today=today)
    return _kept(row, contact, today=today, is_new=False)


def _kept(row: Outreach, contact: Contact, *, today: date, is_new: bool) -> Outreach:
    before = _said(row)
    for name, value in contact.columns().items():
        setattr(row, name, value)
    row.closed_on = today if contact.outcome else None
    row.save()
    old, new = changed(before, _said(row), texts={"note"})
    if is_new:
        audit_append(
            act="outreach.began", object_kind="outreach", object_id=row.pk, new={"customer": row.customer_number, **new}
        )
    elif new:
        audit_append(act="outreach.changed", object_kind="outreach", object_id=row.pk, old=old, new=new)
    return row


def _said(row: Outreach) -> dict[str, object]:
    names = ("owner_id", "how", "contacted_on", "note", "return_on", "outcome")
    return {name.removesuffix("_id"): getattr(row, name) for name in names}


def _check_contact(contact: Contact, *, today: date) -> None:
    problems: dict[str, list[str]] = {}
    if contact.how not in {"", *Outreach.How.values}:
        problems["how"] = [_("Choose call, mail, visit, offer or other.")]
    if contact.outcome not in {"", *Outreach.Outcome.values}:
        problems["outcome"] = [_("Choose came back, said no, no answer, wrong address or other.")]
    if bool(contact.how) != (contact.contacted_on is not None):
        problems["contacted_on" if contact.how else "how"] = [_("Say both how and on which day, or neither.")]
    elif contact.outcome and not contact.how:
        problems["how"] = [_("An outcome is of a contact: say how and on which day.")]
    if contact.contacted_on is not None and contact.contacted_on > today:
        problems["contacted_on"] = [_("Choose a day up to today, {today}.").format(today=today)]
    if contact.return_on is not None and contact.contacted_on and contact.return_on < contact.contacted_on:
        problems["return_on"] = [_("Choose a day after the contact.")]
    if len(contact.note.strip()) > _MAX_NOTE:
        problems["note"] = [_("Use at most {most} characters.").format(most=_MAX_NOTE)]
    if problems:
        raise InvalidInputError(fields=problems)


def _cohort(
    organisation: Organisation, numbers: Collection[int], now: datetime
) -> tuple[RiskCohort | None, Mapping[int, int]]:
    """The list as it is now, kept, with the baselines of those of these customers who are on it; None without any."""
    run, rule = latest_finished_run(organisation=organisation, now=now), fall_rule()
    if run is None or not numbers:
        return None, {}
    _bases, earlier = baseline_runs(run=run, rule=rule)
    found = at_risk_in(run=run, earlier=earlier, rule=rule)
    usual = dict(zip(found.numbers.tolist(), found.baselines.tolist(), strict=True))
    usual = {number: usual[number] for number in numbers if number in usual}
    if not usual:
        return None, {}
    said = {"fall_thousandths": int(rule.fall * 1000), "n": found.n, "packed": _packed(found)}
    cohort, _is_new = RiskCohort.objects.get_or_create(
        organisation_id=require_write(), run=run, rule_number=rule.number, defaults=said
    )
    return cohort, usual


def _packed(found: Found) -> bytes:
    return pack([found.numbers, found.baselines])
