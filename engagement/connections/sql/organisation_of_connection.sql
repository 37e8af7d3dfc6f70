-- Takes: the id of a connection.
-- Gives: one row: the organisation it belongs to, null for one that is not there or was removed.
-- Tenant filter: none; a definer function answers with an id, the connection is read in that organisation's scope.
-- Window: none.
-- Index relied on: none on the id alone: an organisation has few connections, and the table stays small.
SELECT public.organisation_of_connection(%(connection_id)s)
