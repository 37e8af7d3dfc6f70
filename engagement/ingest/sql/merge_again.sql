-- Takes: the organisation, who is merged and into whom, an id for the record, the time, the person and their reason.
-- Gives: one row if the customer stood for themselves until now: they count for the target, on record.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH merged AS (
    UPDATE ingest_customer c
    SET merged_into = %(target)s
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = %(number)s
      AND c.merged_into IS NULL
    RETURNING c.number
)
INSERT INTO ingest_identitychange (organisation_id, id, number, target, what, changed_at, user_id, message_id, reason)
SELECT %(organisation_id)s, %(id)s::uuid, merged.number, %(target)s::bigint, 'merged_again', %(now)s::timestamptz, %(user_id)s::uuid, '',
       %(reason)s
FROM merged
RETURNING number
