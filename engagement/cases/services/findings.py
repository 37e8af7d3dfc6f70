"""Recording what was seen, once per origin, with the figures of the moment frozen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.cases.models import Finding
from engagement.cases.types import FindingWords, Origin
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.models import SegmentSnapshot
from engagement.insights.note_types import EVERYBODY
from engagement.scoring.models import RunPointer, ScoreRun, Segment
from engagement.scoring.services.numbering import next_number
from tenants.audit import REWRITTEN, audit_append, changed
from tenants.models import Organisation, User
from tenants.scope import require_write

MAX_TITLE: Final = 120
MAX_WORDS: Final = 2000
MAX_REASON: Final = 500
EARLIEST: Final = date(2000, 1, 1)  # events begin here too
_TEXTS: Final = ("title", "words")


def record_finding(
    *,
    organisation: Organisation,
    words: FindingWords,
    origin: Origin | None = None,
    user: User | None,
    now: datetime,
    run: ScoreRun | None = None,
) -> Finding:
    """Record something that was seen; of the same origin there is one, which is given back as it stands.

    `run` is the one it was seen in, by default the one that counts on its last day, or on the latest scored day before
    it. Raises InvalidInputError with fields, NotFoundError for an unknown segment.
    """
    came_from = origin or Origin()
    number = next_number(Finding)  # holds a lock: two who ask for the same origin are one after the other
    known = Finding.objects.filter(origin_kind=came_from.kind, origin_key=came_from.key).exclude(origin_key="").first()
    if known is not None:
        return known
    said = _checked(words, origin=came_from, today=organisation.today(now))
    segment = segment_of(words.segment_key)
    seen_in = run or _run_on(said["last_day"])
    made = Finding.objects.create(
        organisation_id=require_write(), number=number, segment=segment, run=seen_in, recorded_by=user,
        recorded_at=now, origin_kind=came_from.kind, origin_key=came_from.key, **said,
        **_figures(seen_in, key=words.segment_key, minimum=organisation.minimum_n),
    )  # fmt: skip
    audit_append(act="finding.recorded", object_kind="finding", object_id=made.pk, new=_recorded(made))
    return made


def change_finding(
    *, organisation: Organisation, finding_id: UUID, words: FindingWords, user: User | None, now: datetime
) -> Finding:
    """Say a finding otherwise; its figures stay those of the moment in which it was seen.

    Raises InvalidInputError with fields, NotFoundError, ConflictError for one that is closed.
    """
    finding = locked_finding(finding_id)
    if finding.closed_at is not None:
        raise ConflictError(_("This finding is closed. Open it again first."))
    said = _checked(words, origin=Origin(), today=organisation.today(now))
    before = _recorded(finding) | {name: getattr(finding, name) for name in _TEXTS}
    finding.segment = segment_of(words.segment_key)
    for name, value in said.items():
        setattr(finding, name, value)
    after = _recorded(finding) | {name: getattr(finding, name) for name in _TEXTS}
    old, new = changed(before, after, texts=_TEXTS)
    if new:
        finding.changed_at = now
        finding.save()
        audit_append(act="finding.changed", object_kind="finding", object_id=finding.pk, old=old, new=new)
    return finding


def close_finding(
    *, organisation: Organisation, finding_id: UUID, because: str, user: User | None, now: datetime
) -> Finding:
    """Be done with a finding, and say why. Raises InvalidInputError, NotFoundError, ConflictError for a closed one."""
    finding, reason = locked_finding(finding_id), " ".join(because.split())
    if finding.closed_at is not None:
        raise ConflictError(_("This finding is closed already."))
    if not reason or len(reason) > MAX_REASON:
        said = _("Say why, in at most {most} characters.").format(most=MAX_REASON)
        raise InvalidInputError(fields={"because": [said]})
    finding.closed_at, finding.closed_by, finding.closed_because = now, user, reason
    finding.save(update_fields=["closed_at", "closed_by", "closed_because"])
    new: dict[str, object] = {"because": REWRITTEN}
    audit_append(act="finding.closed", object_kind="finding", object_id=finding.pk, new=new)
    return finding


def reopen_finding(*, organisation: Organisation, finding_id: UUID, user: User | None, now: datetime) -> Finding:
    """Take a finding up again. Raises NotFoundError, ConflictError for one that is open."""
    finding = locked_finding(finding_id)
    if finding.closed_at is None:
        raise ConflictError(_("This finding is open already."))
    finding.closed_at, finding.closed_by, finding.closed_because = None, None, ""
    finding.save(update_fields=["closed_at", "closed_by", "closed_because"])
    audit_append(act="finding.reopened", object_kind="finding", object_id=finding.pk)
    return finding


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def locked_finding(finding_id: UUID) -> Finding:
    """A finding that nobody else changes until the transaction ends; raises NotFoundError."""
    found = Finding.objects.select_for_update(of=("self",)).select_related("segment").filter(pk=finding_id).first()
    if found is None:
        raise NotFoundError(_("There is no such finding."))
    return found


def segment_of(key: str) -> Segment | None:
    """The segment with a key, None for everybody; raises NotFoundError."""
    if key == EVERYBODY:
        return None
    found = Segment.objects.filter(key=key, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such segment."))
    return found


def _run_on(day: date) -> ScoreRun | None:
    pointer = RunPointer.objects.filter(as_of__lte=day).select_related("run").order_by("-as_of").first()
    return pointer.run if pointer else None


def _figures(run: ScoreRun | None, *, key: str, minimum: int) -> dict[str, Any]:
    """The exact sums to freeze: none where there is no run, or fewer customers than may be shown."""
    row = SegmentSnapshot.objects.filter(run=run, segment__key=key).first() if run else None
    if row is None or row.n < max(minimum, 1):
        return {}
    names = ("n", "sum_score_millionths", "sum_points", "points_scale")
    return {name: getattr(row, name) for name in names}


def _checked(words: FindingWords, *, origin: Origin, today: date) -> dict[str, Any]:
    """The columns of a finding; raises InvalidInputError with every field that cannot be used."""
    title, last_day = " ".join(words.title.split()), words.last_day or words.first_day
    problems: dict[str, list[str]] = {}
    if not title or len(title) > MAX_TITLE:
        problems["title"] = [_("Say in at most {most} characters what was seen.").format(most=MAX_TITLE)]
    if len(words.words.strip()) > MAX_WORDS:
        problems["words"] = [_("Use at most {most} characters.").format(most=MAX_WORDS)]
    if not EARLIEST <= words.first_day <= today + timedelta(days=1):
        said = _("Choose a day from {first} to {last}.")
        problems["first_day"] = [said.format(first=EARLIEST, last=today)]
    elif not words.first_day <= last_day <= today + timedelta(days=1):
        problems["last_day"] = [_("Choose a day from {first} to {last}.").format(first=words.first_day, last=today)]
    if words.severity not in Finding.Severity.values:
        problems["severity"] = [_("Choose how serious it is.")]
    if origin.kind not in Finding.Origin.values:
        problems["origin"] = [_("Choose where it comes from.")]
    if problems:
        raise InvalidInputError(fields=problems)
    return {
        "title": title, "words": words.words.strip(), "first_day": words.first_day, "last_day": last_day,
        "severity": words.severity,
    }  # fmt: skip


def _recorded(finding: Finding) -> dict[str, object]:
    """A finding as the record keeps it: never its texts."""
    return {
        "number": finding.number,
        "segment": finding.segment_id,
        "first_day": finding.first_day,
        "last_day": finding.last_day,
        "severity": int(finding.severity),
        "origin": finding.origin_kind,
    }
