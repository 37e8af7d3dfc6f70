"""A string that only foreign organisations hold: in every text column of theirs, so that any way out shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import LiteralString

from django.db import models
from psycopg import sql

from tenants.models import Organisation, User
from tests.conftest import World
from tests.isolation.seed import superuser, tenant_models

FOREIGN = "Canary7f3a"  # the stranger's
SIBLING = "Sibling5e8d"  # of another client of the same firm: nothing of it belongs under this client's address
OWN = "Own4c6b"  # of the client in the middle of it all: nothing for the stranger

# Where the text has a shape of its own that the database reads.
_SHAPED: Mapping[str, LiteralString] = {
    "ingest.FileImport.columns": "jsonb_build_array(%s::text)",
    "ingest.SavedMapping.columns": "jsonb_build_array(%s::text)",
    "ingest.Erasure.steps": "jsonb_build_object('events', jsonb_build_object(%s::text, 1))",
    "scoring.RunPart.sums": "jsonb_build_object('whole', '[]'::jsonb, 'by_variant', '[]'::jsonb, 'note', %s::text)",
    "scoring.MachineRuleSet.rules": "jsonb_build_array(jsonb_build_object("
    "'kind', 'burst', 'name', %s::text, 'more_than', 3, 'seconds', 10))",
    "cases.Experiment.arms": "CASE WHEN jsonb_typeof(arms) = 'array' THEN arms ELSE '[]' END"
    " || jsonb_build_array(jsonb_build_array(%s::text, 1000))",
    "guidance.PitfallCheck.trips": "jsonb_build_array(jsonb_build_array("
    """'actions_that_never_occur', 2, '{"actions": "1"}'::jsonb, jsonb_build_array(%s::text)))""",
    "connections.Connection.settings": "settings || jsonb_build_object('note', %s::text)",
    "connections.Connection.cursor": "cursor || jsonb_build_object('note', %s::text)",
    "connections.ListPush.cursor": "cursor || jsonb_build_object('note', %s::text)",
    "insights.Alert.facts": "facts || jsonb_build_object('note', %s::text)",
    "insights.AlertCheck.passed_over": "jsonb_build_array(jsonb_build_array(1, 'all', %s::text))",
    "insights.AlertRule.segment_keys": "segment_keys || jsonb_build_array(%s::text)",
    "companions.SurveyUpload.content": "'day,value,customer' || chr(10) || '2026-02-02,9,' || %s::text",
    "companions.SurveyUpload.rejected": "jsonb_build_array(jsonb_build_array(1, 'a reason', %s::text))",
    "insights.SegmentLedger.states": "jsonb_set(CASE WHEN jsonb_typeof(states) = 'array' THEN states ELSE"
    """ '[["before", null, 0, 0, 0, 1], ["new", null, 0, 0, 0, 1]]'::jsonb END, '{1,1}', to_jsonb(%s::text))""",
    "validity.Outcome.action_keys": "action_keys || jsonb_build_array(%s::text)",
    "validity.ValidityCheck.suggestion": "jsonb_build_object('reason', 'few_outcomes', 'note', %s::text)",
    "validity.ValidityResult.figures": "figures || jsonb_build_object('note', %s::text)",
    "reports.ReportVersion.document": "jsonb_set(document::jsonb, '{headline}', to_jsonb(%s::text))::text",
    "reviews.Review.gathered": "gathered || jsonb_build_object('note', %s::text)",
    "reviews.AgendaItem.facts": "facts || jsonb_build_object('note', %s::text)",
    "reviews.Minutes.document": "jsonb_set(document::jsonb, '{note}', to_jsonb(%s::text))::text",
    "tenants.AuditEntry.content": "jsonb_set(content::jsonb, '{reason}', to_jsonb(%s::text))::text",
}

Column = tuple[type[models.Model], models.Field]  # type: ignore[type-arg]  # of any kind

# Columns of text that cannot hold it, with why. A choice cannot either; those are known by themselves.
WITHOUT: Mapping[str, str] = {
    "tenants.Organisation.slug": "an address, which who asks has typed; taken out of answers like all that was sent",
    "tenants.Organisation.time_zone": "a name of the time-zone database",
    "tenants.Organisation.language": "a code of a language that numbers are written in",
    "tenants.Organisation.currency": "three capitals",
    "tenants.Membership.segment_ids": "ids of segments, which a constraint asks for",
    "cases.Initiative.fixed": "a measure’s code, an action’s key and a day, as they stand in columns of their own",
    "insights.AlertRule.roles": "names of roles, which the code knows",
    "insights.AlertRule.people": "ids of people",
    "insights.WebhookEndpoint.secret_sealed": "encrypted: what it holds opens no page",
    "insights.WebhookEndpoint.former_sealed": "the same",
    "ingest.RejectedEvent.code": "a reason, which the code knows; part of an address",
    "connections.Connection.credentials_sealed": "encrypted: what it holds opens no page",
    "connections.Connection.vendor": "a code of a vendor, which the program knows",
    "guidance.PitfallAcceptance.code": "a check, which the code knows",
    "guidance.PitfallCheck.outcomes": "checks, which the code knows, and what they came to",
    "guidance.EntryVersion.explains": "keys of measures, which the code knows",
    "guidance.EntryVersion.evidence": "keys of evidence, which the code knows",
    **dict.fromkeys(("pooled.PooledContribution.lever", "pooled.PooledFigure.lever"), "a lever, which the code knows"),
    **dict.fromkeys(("pooled.PooledContribution.industry", "pooled.PooledFigure.industry"), "an industry, likewise"),
    "reports.Block.section": "a code of the layout, by which its place is found",
    "reports.Block.kind": "the same",
    "reviews.Decision.value_then": "an exact number",
    "reports.Branding.colour": "six digits of a colour, which a constraint asks for",
    **dict.fromkeys(
        (f"forecast.Forecast.{name}" for name in ("series", "steps", "test", "at_due")), "days and whole numbers"
    ),
    **dict.fromkeys((f"forecast.Forecast.{name}" for name in ("outcome", "method", "broken_by")), "a code"),
    "scoring.WeightSet.full_points_from": "a code: where full points were taken from",
}


def for_organisation(world: World, organisation: Organisation) -> str:
    """What everything made in an organisation is called."""
    if organisation in (world.strange, world.strangers_firm):
        return FOREIGN
    return SIBLING if organisation == world.other else OWN


def text_columns() -> Iterator[Column]:
    """Every column of every tenant table that holds text, or JSON, or bytes that came in as text."""
    for model in tenant_models():
        for found in model._meta.local_concrete_fields:
            is_text = isinstance(found, models.CharField | models.TextField | models.JSONField)
            if is_text and not found.choices and not found.generated:
                yield model, found


def label(column: Column) -> str:
    return f"{column[0]._meta.label}.{column[1].name}"


def name_strangers(world: World) -> None:
    """The stranger, their firm and its client are called after it, and so is everything made for them later."""
    User.objects.filter(pk=world.stranger.pk).update(name=FOREIGN, email=f"{FOREIGN.lower()}@example.com")
    world.stranger.refresh_from_db()
    with superuser() as connection:
        for organisation in (world.strange, world.strangers_firm):
            name = f"{FOREIGN} {organisation.pk}"
            bands = json.dumps([f"{FOREIGN} {band}" for band in ("low", "mid", "top")])
            connection.execute(
                "UPDATE tenants_organisation SET name = %s, band_names = %s WHERE id = %s",
                [name, bands, organisation.pk],
            )
            organisation.name = name


def sow_everywhere(world: World) -> None:
    """Put it into every column of the strangers' that has none of it yet. Past every manager and policy."""
    for column in text_columns():
        if not without(column) and not held_by(column, world):
            _fill(column, world)


def held_by(column: Column, world: World) -> int:
    """How many rows of the strangers' hold it in this column."""
    model, found = column
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {} = ANY (%s) AND {}::text ILIKE %s").format(
        *_names(model, found)
    )
    with superuser() as connection:
        row = connection.execute(statement, [_strangers(world), f"%{FOREIGN}%"]).fetchone()
        return int(row[0]) if row else 0


def _fill(column: Column, world: World) -> None:
    model, found = column
    table, key, name = _names(model, found)
    value: sql.Composable
    if label(column) in _SHAPED:
        value = sql.SQL(_SHAPED[label(column)])
    elif isinstance(found, models.JSONField):
        value = sql.SQL("""jsonb_build_object('note', %s::text)""")
    else:  # different in each row: the column may be unique
        value = sql.SQL("left(%s || '-' || translate(ctid::text, '(,)', '-'), {})").format(found.max_length or 200)
    statement = sql.SQL("UPDATE {} SET {} = {} WHERE {} = ANY (%s)").format(table, name, value, key)
    with superuser() as connection:
        connection.execute(statement, [FOREIGN, _strangers(world)])


def _names(model: type[models.Model], found: models.Field) -> tuple[sql.Identifier, ...]:  # type: ignore[type-arg]
    key = "id" if model is Organisation else "organisation_id"
    return sql.Identifier(model._meta.db_table), sql.Identifier(key), sql.Identifier(str(found.column))


def _strangers(world: World) -> list[int]:
    return [world.strange.pk, world.strangers_firm.pk]


def without(column: Column) -> bool:
    """Whether the column cannot hold it: too short, or on the list."""
    short = (column[1].max_length or 200) < len(FOREIGN)
    return short or label(column) in WITHOUT


def shown_in(text: str, *, sent: tuple[str, ...] = (), marks: tuple[str, ...] = (FOREIGN, SIBLING)) -> str:
    """Which of the marks stands in a text, once what the asker sent themselves is taken out; empty for none."""
    for value in sorted(sent, key=len, reverse=True):
        text = text.replace(value, "·")
    return next((mark for mark in marks if mark.lower() in text.lower()), "")
