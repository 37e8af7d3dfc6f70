"""Reads of what was published, and what has been restated since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.periods import runs_in_force
from engagement.insights.terms import terms_of
from engagement.look.numbers import score_text
from engagement.reports.models import ReportVersion, ShareLink
from engagement.scoring.formula import SCORE_SCALE
from engagement.scoring.models import ScoreRun, WeightSet
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class Published:
    """A published version with its document."""

    report_id: UUID
    id: UUID
    number: int
    sha256: str
    document: dict[str, Any]


def version(*, report_id: UUID, number: int | None = None) -> Published:
    """A version of a report, by default the last; raises NotFoundError."""
    rows = ReportVersion.objects.filter(report_id=report_id).order_by("-number")
    found = (rows if number is None else rows.filter(number=min(number, 2**31 - 1))).first()
    if found is None:
        raise NotFoundError(_("There is no such version of a report."))
    return _published(found)


def version_by_id(*, version_id: UUID) -> Published:
    """The version behind a share link; raises NotFoundError."""
    found = ReportVersion.objects.filter(pk=version_id).first()
    if found is None:
        raise NotFoundError
    return _published(found)


def _published(row: ReportVersion) -> Published:
    return Published(row.report_id, row.pk, row.number, row.sha256, json.loads(row.document))


def versions(*, report_id: UUID) -> QuerySet[ReportVersion]:
    """All versions of a report, the latest first, without their documents."""
    found = ReportVersion.objects.filter(report_id=report_id).defer("document").select_related("published_by")
    return found.order_by("-number")


def links(*, report_id: UUID) -> QuerySet[ShareLink]:
    """All links to versions of a report, the latest first."""
    found = ShareLink.objects.filter(version__report_id=report_id).select_related("created_by", "version")
    return found.defer("version__document").order_by("-created_at")


def link(*, report_id: UUID, link_id: UUID) -> ShareLink:
    """One link; raises NotFoundError."""
    found = links(report_id=report_id).filter(pk=link_id).first()
    if found is None:
        raise NotFoundError(_("There is no such link."))
    return found


def restated(*, organisation: Organisation, document: dict[str, Any]) -> tuple[str, ...]:
    """What a reader should know of the figures since they were frozen; empty where they count as they did.

    Computed when the report is shown, in the reader's language, and never a change of the document.
    """
    basis = document["basis"]
    said = []
    as_of = date.fromisoformat(basis["as_of"])
    run = runs_in_force([as_of]).get(as_of)
    if run is not None and run.number != basis["run"]:
        said += _restated(organisation, run, basis)
    latest = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).order_by("-number").first()
    if latest is not None and latest.number > basis["weight_set"]:
        text = _("Weight set {now} has been published since; this report was made with set {then}.")
        said.append(text.format(now=latest.number, then=basis["weight_set"]))
    return tuple(said)


def _restated(organisation: Organisation, run: ScoreRun, basis: dict[str, Any]) -> list[str]:
    """The number of now beside the frozen one, and the run that it comes from.

    Nothing where the day was only scored again, each night for one: same weights, customers and sum of scores.
    """
    key = basis["segment_key"]
    found = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=[key]).get(key)
    then = (basis["weight_set"], basis["n"], basis["score_millionths_sum"])
    if found and then == (run.uses["weight_set"], found.n, str(int(found.total_score * SCORE_SCALE))):
        return []
    terms = terms_of(organisation=organisation, run=None)
    now = score_text(found.score if found else None, places=2, bands=terms.bands, locale=terms.locale)
    text = _(
        "The figures of this report have been restated since: the score is {now} in run {run} with weight set {set},"
        " where the report keeps {then} of run {kept}."
    )
    names = {"run": run.number, "set": run.uses["weight_set"], "kept": basis["run"]}
    return [text.format(now=now, then=basis["score_text"], **names)]
