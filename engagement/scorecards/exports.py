"""Files that leave the house stand on the organisation's record: what was in them, how many rows, who took them."""

from __future__ import annotations

from collections.abc import Sequence

from engagement.insights.types import PortfolioLine, RunFacts
from engagement.look.charts.table import ChartTable
from engagement.scoring.models import Segment
from engagement.scoring.templating.types import OfferedTemplate
from tenants.audit import audit_append
from tenants.models import Organisation


def record_scores(
    *, organisation: Organisation, table: ChartTable, name: str, run: RunFacts, segment_key: str | None = None
) -> None:
    """A table of a scorecard, or of one segment, was taken as a file. Who only reads has taken it as well."""
    new = {"table": name, "rows": len(table.rows), "as_of": run.as_of, "run": run.number}
    if segment_key is None:
        audit_append(act="scores.exported", new=new, organisation_id=organisation.pk)
        return
    segment = Segment.objects.filter(key=segment_key).values_list("pk", flat=True).first()
    audit_append(
        act="scores.exported", object_kind="segment", object_id=segment, new=new, organisation_id=organisation.pk
    )


def record_customers(
    *, organisation: Organisation, table: str, rows: int, run: RunFacts, segment_key: str = "", emails: bool = False
) -> None:
    """A list of customers was taken as a file: the filtered list, a segment's members, or who moved."""
    segment = Segment.objects.filter(key=segment_key).values_list("pk", flat=True).first() if segment_key else None
    new = {"table": table, "rows": rows, "emails": emails, "as_of": run.as_of, "run": run.number}
    audit_append(
        act="customers.exported", object_kind="segment" if segment else "", object_id=segment or "", new=new,
        organisation_id=organisation.pk,
    )  # fmt: skip


def record_timeline(*, organisation: Organisation, number: int, rows: int, run: RunFacts) -> None:
    """What one customer did, day by day, was taken as a file."""
    new = {"table": "timeline", "rows": rows, "emails": False, "as_of": run.as_of, "run": run.number}
    audit_append(
        act="customers.exported", object_kind="customer", object_id=number, new=new, organisation_id=organisation.pk
    )


def record_at_risk(*, organisation: Organisation, table: ChartTable, run: RunFacts) -> None:
    """The list of customers at risk was taken as a file."""
    new = {"rows": len(table.rows), "as_of": run.as_of, "run": run.number}
    audit_append(act="at_risk.exported", new=new, organisation_id=organisation.pk)


def record_portfolio(
    *, firm_id: int, lines: Sequence[PortfolioLine], measured_by: OfferedTemplate | None = None
) -> None:
    """A firm's portfolio was taken as a file: on record at the firm, and at every client that stands in it.

    `measured_by` is the template of a common yardstick. In the order of their ids, so that two who take it at once do
    not wait for each other.
    """
    by = {} if measured_by is None else {"template": measured_by.id, "version": measured_by.version}
    for organisation_id in sorted({firm_id, *(line.organisation_id for line in lines)}):
        rows = len(lines) if organisation_id == firm_id else 1
        audit_append(act="portfolio.exported", new={"rows": rows, **by}, organisation_id=organisation_id)
