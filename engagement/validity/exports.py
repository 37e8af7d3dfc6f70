"""Files that leave the house stand on the organisation's record."""

from __future__ import annotations

from engagement.look.charts.table import ChartTable
from engagement.validity.types import CheckLine
from tenants.audit import audit_append
from tenants.models import Organisation


def record_check(*, organisation: Organisation, line: CheckLine, table: ChartTable) -> None:
    """What a check found was taken as a file."""
    new = {"number": line.number, "rows": len(table.rows), "as_of": line.as_of, "run": line.run_number}
    audit_append(act="validity.exported", new=new, organisation_id=organisation.pk)
