"""No table can be added that knows a customer and that an erasure forgets: the catalogue is asked, not a list."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
import pytest

from engagement.ingest.erasers import erasers
from tests.conftest import _superuser

# What the first step of an erasure deletes itself, with the customer's row (services/erasures.py).
_WITH_THE_ROW = {
    f"ingest_customer.{name}" for name in ("number", "external_id", "email_normalised", "traits", "merged_into")
}
# Columns that could hold somebody by their name or type, and do not: with the reason.
NOBODY = {
    "cases_experiment.arms": "values of a trait or property, and shares",
    "cases_experiment.customers_per_arm": "how many",
    "cases_experiment.number": "of a test",
    "cases_experimentreadout.found": "sums over groups",
    "cases_experimentreadout.number": "of a read-out",
    "cases_finding.number": "of a finding",
    "cases_initiative.fixed": "what was fixed at the start: measure, days, segments",
    "cases_initiative.number": "of a step",
    "cases_readout.found": "sums over groups",
    "cases_readout.number": "of a read-out",
    "companions_companionmonth.missing": "days, by measure",
    "companions_companionmonth.setting_number": "of a version",
    "companions_companionsetting.content": "names of events, properties and actions, and numbers",
    "companions_companionsetting.number": "of a version",
    "companions_monthlymoney.number": "of an entry",
    "companions_surveyreading.setting_number": "of a version",
    "feedback_feedbackitem.theme_numbers": "of themes",
    "feedback_feedbackrejection.reason": "our own words",
    "feedback_feedbackrejection.remedy": "our own words",
    "feedback_theme.number": "of a theme",
    "feedback_themeversion.number": "of a version",
    "forecast_forecast.at_due": "chances",
    "forecast_forecast.number": "of a forecast",
    "forecast_forecast.path": "actions and how often they would have to be done",
    "forecast_forecast.series": "scores of a segment by period",
    "forecast_forecast.steps": "scores of a segment to come",
    "forecast_forecast.test": "how forecasts of the past did",
    "forecast_look.found": "segments and periods",
    "connections_connection.credentials_sealed": "secrets, encrypted",
    "connections_connection.cursor": "instants, pages and ids of a vendor's records",
    "connections_connection.settings": "addresses and names of properties",
    "connections_listpush.cursor": "a place among numbers, one in a list at the vendor, counts; empty between two sets",
    "guidance_entryversion.evidence": "keys of evidence",
    "guidance_entryversion.explains": "keys of measures",
    "guidance_entryversion.number": "of a version",
    "guidance_entryversion.text": "guidance for everybody; its form asks to name no customer",
    "guidance_pitfallcheck.outcomes": "checks and what they came to",
    "guidance_pitfallcheck.run_number": "of a run",
    "guidance_pitfallcheck.trips": "sums, and names of actions, segments and themes",
    "rounds_entry.run_number": "of a run",
    "rounds_recipient.email": "of who reads reports, people of the client and not its customers",
    "rounds_reportmail.email": "the same, of a mail that was sent",
    "reports_block.text": "a report's words, about segments; what was published cannot be taken back",
    "reports_blocktext.text": "the same, as they were saved",
    "reports_branding.logo": "a picture of the firm",
    "reports_report.number": "of a report",
    "reports_reportversion.document": "figures of segments and a report's words, frozen",
    "reports_reportversion.number": "of a version",
    "reports_sharelink.digest": "of a link",
    "reviews_agendaitem.facts": "figures of segments, ids, and titles that ask to name no customer",
    "reviews_agendaitem.note": "what people note on an agenda, about segments",
    "reviews_decision.number": "of a decision",
    "reviews_decisionstate.number": "of a state",
    "reviews_itemnote.text": "the same, as they were saved",
    "reviews_minutes.document": "figures of segments and what was decided, frozen",
    "reviews_review.gathered": "figures of segments, names of actions, keys and segments",
    "reviews_review.number": "of a review",
    "validity_outcome.action_keys": "of actions",
    "validity_outcome.number": "of a version",
    "validity_validitycheck.number": "of a check",
    "validity_validitycheck.suggestion": "weights of actions",
    "validity_validitycheck.weight_set_number": "of a weight set",
    "validity_validityresult.figures": "sums over groups of a segment",
    "ingest_customercounter.next_number": "the next free number",
    "ingest_erasedcustomer.digest": "what is kept on purpose, so that nothing brings them back",
    "ingest_erasedcustomer.number": "what is kept on purpose: a number is never given twice",
    "ingest_erasure.error": "our own words",
    "ingest_erasure.identity": "emptied when it is done; a constraint says so",
    "ingest_erasure.number": "what is kept on purpose, as proof",
    "ingest_erasure.numbers": "what is kept on purpose, as proof",
    "ingest_erasure.salt": "random bytes",
    "ingest_erasure.steps": "names of erasers and counts",
    "ingest_fileimport.columns": "names of columns",
    "ingest_fileimport.error": "our own words about a file as a whole",
    "ingest_fileimport.layout": "names of columns",
    "ingest_fileimport.found": "counts, days, and names of events",
    "ingest_fileimport.mapping": "names of columns, and names of events",
    "ingest_savedmapping.columns": "names of columns",
    "ingest_savedmapping.mapping": "names of columns, and names of events",
    "ingest_identitychange.filled": "names of traits",
    "ingest_rejectedevent.remedy": "our own words",
    "ingest_writekey.digest": "of a key",
    "insights_alert.facts": "numbers of segments and targets",
    "insights_alertcheck.mailed_to": "people with a role here, who have a mail",
    "insights_alertcheck.passed_over": "numbers of rules, keys of segments, our own words",
    "insights_alertrule.number": "of a rule",
    "insights_alertrule.people": "people with a role here",
    "insights_alertrule.roles": "names of roles",
    "insights_alertrule.segment_keys": "keys of segments",
    "insights_webhookendpoint.former_sealed": "a secret, encrypted",
    "insights_webhookendpoint.secret_sealed": "a secret, encrypted",
    "insights_riskcohort.rule_number": "of a rule",
    "insights_riskrule.number": "of a rule",
    "insights_question.run_number": "of a run",
    "insights_questionline.mailed_to": "people with a role here, who have a mail",
    "insights_segmentledger.states": "sums of segments",
    "insights_segmentsnapshot.by_action": "sums of segments",
    "insights_segmentsnapshot.definition_number": "of a rule",
    "insights_target.start_run_number": "of a run",
    "scoring_actiondefinition.number": "of a rule",
    "scoring_actiondefinition.rule": "names of events and properties",
    "scoring_activity_block.totals": "sums of a day",
    "scoring_appliedtemplate.content": "templates leave lists of customers out",
    "scoring_appliedtemplate.decisions": "which side of a comparison was taken",
    "scoring_appliedtemplate.number": "of an application",
    "scoring_breakdown.error": "our own words",
    "scoring_breakdown.result": "sums of segments; no value that fewer customers have than numbers may rest on",
    "scoring_machineruleset.rules": "names of events and properties",
    "scoring_machineruleset.note": "why people published rules",
    "scoring_machineruleset.number": "of a rule set",
    "scoring_machine_day.digest": "of the ids of a day's events together",
    "scoring_ignoredeventname.name": "a name of events that people pass over",
    "scoring_erasedpart.customers": "how many",
    "scoring_erasedpart.sums": "sums of segments: what the snapshots less the blocks say anyway",
    "scoring_exclusiondefinition.number": "of a rule",
    "scoring_previewjob.error": "our own words",
    "scoring_publishingstep.note": "what people say about weights",
    "scoring_restatement.days": "days",
    "scoring_run_part.chains": "sums of segments",
    "scoring_run_part.customers": "how many",
    "scoring_run_part.digest": "of blocks, made anew",
    "scoring_run_part.sums": "sums of segments",
    "scoring_runrequest.error": "our own words",
    "scoring_scorerun.customers": "how many",
    "scoring_scorerun.error": "our own words",
    "scoring_scorerun.number": "of a run",
    "scoring_segmentdefinition.number": "of a rule",
    "scoring_templateversion.content": "templates leave lists of customers out",
    "scoring_weightset.draft_steps": "numbers of weights, and the ids of members who took a step",
    "scoring_templateversion.note": "what people say about a template",
    "scoring_templateversion.number": "of a version",
    "scoring_weightset.note": "what people say about weights",
    "scoring_weightset.number": "of a weight set",
    "scoring_yardstickscore.content": "templates leave lists of customers out",
    "scoring_yardstickscore.error": "our own words",
    "scoring_yardstickscore.fits": "actions of a template",
}
# Tables of tenants know no customers: that step imports nothing of the later ones.
_SUSPICIOUS: LiteralString = """
    SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'tenants\\_%'
      AND EXISTS (SELECT 1 FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organisation_id')
      AND (a.atttypid IN ('bytea'::regtype, 'jsonb'::regtype, 'json'::regtype, 'text'::regtype)
           OR a.attname ~ 'number|customer|external|e_?mail|trait|merged|identity|message_id'
           OR (c.relname = 'ingest_identitychange' AND a.attname IN ('target', 'reason')))
    ORDER BY 1
"""


def forgotten(connection: psycopg.Connection[Any]) -> list[str]:
    """Columns that could know a customer, that no eraser frees, and that nobody has said why."""
    freed = _WITH_THE_ROW.union(*(eraser.columns for eraser in erasers()))
    return [name for (name,) in connection.execute(_SUSPICIOUS) if name not in freed and name not in NOBODY]


def test_every_column_that_could_know_a_customer_is_freed_or_explained(db: None) -> None:
    assert forgotten(_superuser()) == []


def test_the_lists_name_columns_that_there_are(db: None) -> None:
    known = {
        name
        for (name,) in _superuser().execute(
            "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped"
        )
    }
    named = _WITH_THE_ROW.union(NOBODY, *(eraser.columns for eraser in erasers()))
    assert named - known == set()
    assert not _WITH_THE_ROW.union(*(eraser.columns for eraser in erasers())) & NOBODY.keys()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE report (organisation_id bigint NOT NULL, customer_number bigint)",
        "CREATE TABLE report (organisation_id bigint NOT NULL, packed bytea)",
        "ALTER TABLE insights_target ADD about_email varchar(10)",
    ],
)
def test_the_control_a_new_place_is_found(db: None, statement: LiteralString) -> None:
    connection = _superuser()
    with connection.transaction(force_rollback=True):
        connection.execute(statement)
        assert len(forgotten(connection)) == 1
