"""One row of every tenant table, straight into the database, so that "sees nothing" means something."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
from django.apps import apps
from django.db import models

from engagement.scoring.activity_blocks import DayRows, pack_day
from engagement.scoring.blocks import pack
from tenants.models import Organisation
from tenants.tenancy import TenantModel
from tests import database
from tests.conftest import NOW

# Where a check constraint asks for more than a type can know.
SPECIAL: Mapping[str, Mapping[str, object]] = {
    "tenants.AuditEntry": {"content": "{}"},
    "tenants.OperatorGrant": {"reason": "looked into something", "expires_at": NOW + timedelta(hours=1)},
    "tenants.OrganisationToken": {"permissions": ["view"]},
    "companions.MonthlyMoney": {"currency": "EUR"},
    "companions.SurveyAnswer": {"value": 9},
    "feedback.FeedbackItem": {"theme_numbers": [1], "compound": 5000},
    "feedback.MarketFigure": {"first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31)},
    "feedback.ThemeVersion": {"phrases": ["late"]},
    "ingest.IdentityChange": {"target": 2},
    "pooled.PooledFigure": {"outcome": "few"},
    "reports.ReportVersion": {"document": "{}"},
    "reports.Branding": {"colour": ""},
    "reviews.Minutes": {"document": "{}"},
    "reviews.Decision": {"measure": "", "value_then": ""},
    "cases.Initiative": {"first_day": date(2026, 3, 2)},
    "insights.SegmentSnapshot": {"n": 3, "n_poor": 1, "n_good": 1, "n_excellent": 1},
    "insights.AlertRule": {"period": "week"},
    "insights.Outreach": {"how": "", "outcome": ""},
    "insights.RiskCohort": {"packed": pack([np.array([1]), np.array([1])])},
    "insights.RiskRule": {"fall_thousandths": 20_000, "baseline_runs": 3},
    "validity.Outcome": {"days": 60},
    "validity.ValidityCheck": {"reason": "", "finished_at": NOW},
    "validity.ValidityResult": {"figures": json.dumps({"verdict": "few_outcomes", "n": None, "n_outcome": None})},
    "scoring.ActivityBlock": {"packed": pack_day(DayRows(*([np.zeros(0, dtype=np.int64)] * 4)))},
    "scoring.ChunkTouch": {"xid": "1"},
    "insights.SnapshotPart": {"n": 3, "n_poor": 1, "n_good": 1, "n_excellent": 1},
}


def tenant_models() -> list[type[models.Model]]:
    """Every model behind the wall, organisations first."""
    return [Organisation, *(model for model in apps.get_models() if issubclass(model, TenantModel))]


def superuser(name: str = "") -> psycopg.Connection[Any]:
    """A connection whose keys and policies do not bind, to this run's database or one by name; the caller closes it."""
    connection = psycopg.connect(database.admin_url(name or database.DATABASE), autocommit=True)
    connection.execute("SET session_replication_role = replica")
    return connection


def sow(organisation_id: int, *, into: str = "") -> None:
    """Give the organisation a row of its own in every tenant table, of this run's database or of one by name."""
    with superuser(into) as connection:
        for model in tenant_models()[1:]:
            known = connection.execute(
                f"SELECT 1 FROM {model._meta.db_table} WHERE organisation_id = %s",
                [organisation_id],
            ).fetchone()
            if known is None:
                _insert(connection, model, organisation_id)


def _insert(connection: psycopg.Connection[Any], model: type[models.Model], organisation_id: int) -> None:
    special = SPECIAL.get(model._meta.label, {})
    values = {
        str(field.column): special[field.name] if field.name in special else _value(field, organisation_id)
        for field in model._meta.local_concrete_fields
        if not field.generated
    }
    columns, places = ", ".join(map(str, values)), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"
    connection.execute(statement, list(values.values()))


def _value(field: models.Field[Any, Any], organisation_id: int) -> object:
    """A value that fits the column: nothing where that is allowed, the default where there is one."""
    if field.column == "organisation_id":
        return organisation_id
    if field.null:
        return None
    if field.choices:
        return next(iter(field.flatchoices))[0]
    if field.has_default():
        value = field.get_default()
        return json.dumps(value) if isinstance(value, dict | list) else value
    return _by_type(field)


def _by_type(field: models.Field[Any, Any]) -> object:
    samples: list[tuple[type[models.Field[Any, Any]], object]] = [
        (models.ForeignKey, uuid4()),
        (models.UUIDField, uuid4()),
        (models.BinaryField, secrets.token_bytes(32)),
        (models.BooleanField, False),
        (models.DateTimeField, NOW),
        (models.DateField, date(2026, 3, 1)),
        (models.IntegerField, 1),
        (models.JSONField, "{}"),
        (models.DecimalField, 1),
        (models.CharField, secrets.token_hex(2)),
        (models.TextField, secrets.token_hex(8)),
    ]
    fitting = [value for kind, value in samples if isinstance(field, kind)]
    assert fitting, f"seed.py knows no value for {field}: add its type"
    return fitting[0]


def leaks(allowed: set[int]) -> list[str]:
    """The models through which the present scope sees rows of an organisation that is not allowed."""
    found = []
    for model in tenant_models():
        key = getattr(model, "tenant_field", "organisation_id")
        seen = set(model._default_manager.values_list(key, flat=True))
        if seen - allowed:
            found.append(model._meta.label)
    return sorted(found)
