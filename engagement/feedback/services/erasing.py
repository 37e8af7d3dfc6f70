"""Somebody erased vanishes from feedback: what they said, rejected rows about them, and files that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_noop as noop

from engagement.feedback.models import FeedbackFile, FeedbackItem, FeedbackRejection
from engagement.feedback.services.files import KIND, give_up
from engagement.ingest.contracts.naming import Names
from engagement.ingest.erasers import Eraser, NotYetError, Person, register_eraser
from engagement.ingest.services.erasing import is_named_in
from engagement.ingest.services.uploads import remove_upload, upload_path
from tenants.jobs import latest_job
from tenants.models import Job
from tenants.scope import organisation_scope

_ROWS_AT_ONCE: Final = 1_000


def erase_feedback(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Delete what they said and the rejected rows that name them; raises NotYetError while a file is being read.

    Words of others about them cannot be told: whoever enters feedback is asked to name nobody.
    """
    names = Names(ids=person.ids, emails=person.emails)
    with organisation_scope(person.organisation_id):
        items, _ = FeedbackItem.objects.filter(customer_number__in=person.numbers).delete()
        rejected = [row.pk for row in _rejections() if names.in_text(bytes(row.original))]
        FeedbackRejection.objects.filter(pk__in=rejected).delete()
    must_wait = _is_being_read(person, now=now)
    files = _erase_files(person, names)
    if must_wait:
        raise NotYetError("a file of feedback waits to be read")
    return {noop("feedback"): items, noop("rejected rows of feedback"): len(rejected), noop("uploaded files"): files}


def _rejections() -> Iterator[FeedbackRejection]:
    return FeedbackRejection.objects.order_by("id").iterator(_ROWS_AT_ONCE)


def _is_being_read(person: Person, *, now: datetime) -> bool:
    """Whether a worker still has to read a file from before the erasure; one that was given up is ended here."""
    with organisation_scope(person.organisation_id, write=False):
        rows = list(FeedbackFile.objects.filter(state=FeedbackFile.State.WAITING, created_at__lte=person.erased_at))
        jobs = {row.pk: latest_job(kind=KIND, subject=str(row.pk)) for row in rows}
    for row in rows:
        job = jobs[row.pk]
        if job is None or job.state != Job.State.WAITING:
            give_up(row, now=now)
    return any(job is not None and job.state == Job.State.WAITING for job in jobs.values())


def _erase_files(person: Person, names: Names) -> int:
    """Remove files that were only looked at and name them: nobody will miss what can be uploaded again."""
    with organisation_scope(person.organisation_id, write=False):
        looked_at = FeedbackFile.objects.filter(state=FeedbackFile.State.LOOKED_AT)
        places = list(looked_at.values_list("stored_as", flat=True))
    theirs = [one for one in places if upload_path(one).is_file() and is_named_in(upload_path(one), names=names)]
    for stored_as in theirs:
        remove_upload(stored_as)
    return len(theirs)


def register() -> None:
    columns = {
        "feedback_feedbackitem.customer_number",
        "feedback_feedbackitem.text",
        "feedback_feedbackrejection.original",
    }
    register_eraser(Eraser("feedback.items", erase_feedback, frozenset(columns)))
