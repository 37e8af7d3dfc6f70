"""Somebody erased: their answers go, and files that name them and have not been taken in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_noop as noop

from engagement.companions.models import SurveyAnswer, SurveyUpload
from engagement.ingest.erasers import Eraser, Person, register_eraser
from tenants.scope import organisation_scope


def erase_answers(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Delete their answers, every waiting file in which one of their ids stands, and rejected rows with one."""
    with organisation_scope(person.organisation_id):
        answers, _models = SurveyAnswer.objects.filter(customer_number__in=person.numbers).delete()
        files = 0
        names = {name for name, _identified in person.ids} | person.emails
        for upload in SurveyUpload.objects.select_for_update(of=("self",)):
            files += _erase_from(upload, names=names)
    return {noop("survey answers"): answers, noop("files of survey answers"): files}


def _erase_from(upload: SurveyUpload, *, names: set[str]) -> bool:
    if upload.content and any(name.casefold() in upload.content.casefold() for name in names):
        upload.delete()
        return True
    kept = [row for row in upload.rejected if not any(name.casefold() in str(row[2]).casefold() for name in names)]
    if len(kept) == len(upload.rejected):
        return False
    upload.rejected = kept
    upload.save(update_fields=["rejected"])
    return True


def register() -> None:
    columns = {
        "companions_surveyanswer.customer_number", "companions_surveyanswer.key", "companions_surveyupload.content",
        "companions_surveyupload.rejected",
    }  # fmt: skip
    register_eraser(Eraser("companions.answers", erase_answers, frozenset(columns)))
