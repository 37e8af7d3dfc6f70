-- Takes: the SHA-256 digest of a link's token, the moment, and 1 where the opening counts, 0 where it does not.
-- Gives: at most one row, the organisation and the version that the link opens; none for an unknown, revoked or old one.
-- Tenant filter: none; the organisation is not known yet, so a definer function answers for this digest only.
-- Window: until the link runs out.
-- Index relied on: the unique index on the digest, inside the function.
SELECT organisation_id, version_id FROM public.open_share_link(%(digest)s, %(now)s, %(counted)s)
