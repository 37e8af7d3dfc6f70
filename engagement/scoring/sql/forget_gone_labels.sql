-- Takes: the organisation, instants [from, to).
-- Gives: no rows; no label names an event of that time that is there no more.
-- Tenant filter: organisation_id is bound.
-- Window: when the events happened.
-- Index relied on: the primary key of events for each label; the labels of an organisation are read once.
DELETE FROM scoring_machine_label l
WHERE l.organisation_id = %(organisation_id)s
  AND l.occurred_at >= %(from)s::timestamptz AND l.occurred_at < %(to)s::timestamptz
  AND NOT EXISTS (
      SELECT 1 FROM ingest_event e
      WHERE e.organisation_id = %(organisation_id)s AND e.day = l.day AND e.message_id = l.message_id
  )
