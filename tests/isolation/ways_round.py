"""What the database's own catalogue says about ways round the wall, and about the runtime role."""

from __future__ import annotations

from tenants.policies import APP, MAINTENANCE, OWNER
from tests.isolation.catalogue import Connection, column, rows

# Ways past the policies, with what they give: ids, counts and an address book of one's own, never a row's contents.
DEFINER_FUNCTIONS = {
    "memberships_of(person uuid)": "the organisations that one person may open",
    "grants_of(person uuid)": "the organisations that one operator acts for, and the reason they gave",
    "organisation_at(wanted text)": "the id behind an address",
    "overdue_grants(at_instant timestamp with time zone)": "organisations",
    "resolve_api_token(token_digest bytea)": "whose a token is and how far it goes",
    "reach_of_token(token_digest bytea)": "the organisations that an organisation's token may open",
    "token_used(token_digest bytea, at_instant timestamp with time zone)": "a number; notes when a token was used",
    "next_organisation_id()": "a number",
    "slug_taken(wanted text)": "yes or no",
    "organisation_with_slug(wanted text)": "the organisation that a provider of the deployment is bound to",
    "organisation_of_invitation(invitation uuid)": "the organisation behind a signed link",
    "needs_second_factor(person uuid)": "yes or no",
    "audit_append(in_organisation bigint, entry uuid, said text)": "a number; adds to a record in scope",
    "unmailed_invitations(sent_from timestamp with time zone, sent_until timestamp with time zone)": "ids",
    "due_digests(moment timestamp with time zone)": "ids of people, each with a Monday",
    "unmailed_question_lines(written_from timestamp with time zone, written_until timestamp with time zone)": "ids",
    "monthly_outcomes()": "ids",
    "unchecked_runs(published_from timestamp with time zone)": "ids",
    "unforecast_runs(published_from timestamp with time zone)": "ids",
    "unmailed_alerts(checked_from timestamp with time zone, checked_until timestamp with time zone)": "ids",
    "pending_deliveries(due_until timestamp with time zone)": "ids of waiting work",
    "due_connections(at_instant timestamp with time zone)": "ids of waiting work",
    "organisation_of_connection(connection uuid)": "the organisation behind the address of a webhook",
    "lists_behind(at_instant timestamp with time zone)": "ids of waiting work",
    "pushes_behind(at_instant timestamp with time zone)": "ids of waiting work",
    "untold_webhooks(off_from timestamp with time zone, off_until timestamp with time zone)": "ids",
    "record_ends()": "where each record ends: a number and a hash",
    "resolve_write_key(key_digest bytea)": "the organisation behind a write key, and its moments",
    "open_share_link(token_digest bytea, at_instant timestamp with time zone, counted integer)": "ids of what it opens",
    "write_key_used(key_digest bytea, at_instant timestamp with time zone)": "a number; notes when a key was used",
    "pending_report_mails(moment timestamp with time zone)": "ids of waiting work",
    "due_rounds(moment timestamp with time zone)": "organisations and days",
    "pending_work(at_instant timestamp with time zone)": "ids of waiting work",
    "next_waiting_batch(after_organisation bigint, passed_over bigint[], at_instant timestamp with time zone)": "ids "
    "of waiting work",
    "pending_previews(at_instant timestamp with time zone)": "ids of waiting work",
    "pending_yardsticks(at_instant timestamp with time zone)": "ids of waiting work",
    "pending_breakdowns(at_instant timestamp with time zone)": "ids of waiting work",
    "pending_erasures(at_instant timestamp with time zone)": "ids of waiting work",
    "erase_identity_changes(in_organisation bigint)": "a count; of the erased alone, in the organisation being written",
    "pending_takeouts(at_instant timestamp with time zone)": "ids of waiting work",
    "unlooked_at(before_instant timestamp with time zone)": "ids of organisations with a score",
    "pooled_members(of_firm bigint, with_version integer, before_instant timestamp with time zone)": "ids, of a firm "
    "in scope",
    "pooled_agreed(of_firm bigint, with_version integer)": "a count up to five, of a firm in scope",
    "pooled_standing(of_firm bigint)": "counts by quarter, lever and industry, of a firm in scope",
    "pooled_due(at_instant timestamp with time zone, with_version integer)": "ids of firms",
    "pending_jobs(at_instant timestamp with time zone)": "ids of waiting work, and which task does it",
    "suspended_organisations()": "organisations",
    "queue_age()": "seconds",
    "due_organisations(at_instant timestamp with time zone)": "organisations and days",
    "organisations_to_thin(at_instant timestamp with time zone)": "organisations",
    "due_intraday(at_instant timestamp with time zone)": "organisations and days",
    "intraday_to_thin(at_instant timestamp with time zone)": "organisations",
    "small_organisations(customers bigint)": "organisations",
    "organisations_with_touches()": "organisations",
    "organisations_with_machine_rules()": "organisations",
    "organisations_with_events(since date)": "organisations",
    "due_weight_sets(at_instant timestamp with time zone)": "organisations",
    "due_packings(at_instant timestamp with time zone)": "organisations",
}


def open_partitions(connection: Connection) -> list[str]:
    """A partition has no policies of its own, so nobody but its owner may touch it directly."""
    found = rows(
        connection,
        "SELECT c.relname::text, c.relacl::text FROM pg_class c WHERE c.relispartition AND c.relkind IN ('r', 'p') "
        "AND c.relnamespace = 'public'::regnamespace "
        "AND EXISTS (SELECT 1 FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner) ORDER BY 1",
    )
    return [f"{name} is open to others: {acl}" for name, acl in found]


def loose_views(connection: Connection) -> list[str]:
    """Views ask with the reader's rights; materialised views cannot have policies, so there are none."""
    found = rows(
        connection,
        "SELECT relname::text, relkind::text, COALESCE('security_invoker=true' = ANY (reloptions), false) "
        "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f') ORDER BY 1",
    )
    kinds = {"m": "is a materialised view", "f": "is a foreign table", "v": "is a view without security_invoker"}
    return [f"{name} {kinds[kind]}" for name, kind, invoker in found if kind != "v" or not invoker]


def unlisted_functions(connection: Connection) -> list[str]:
    """Functions that bypass the policies are those of the written list, in SQL, with a fixed search_path."""
    found = rows(
        connection,
        """
        SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.prosecdef, l.lanname::text,
               p.proconfig, o.rolname::text,
               ARRAY(SELECT COALESCE(r.rolname::text, 'PUBLIC')
                     FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
                     LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner ORDER BY 1)
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_roles o ON o.oid = p.proowner
        WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1
        """,
    )
    right = (True, "sql", ["search_path=pg_catalog, pg_temp"], MAINTENANCE, [APP])
    problems = [f"{name} is not on the written list" for name, *_ in found if name not in DEFINER_FUNCTIONS]
    problems += [
        f"{name} is {facts}, not {right}"
        for name, *facts in found
        if name in DEFINER_FUNCTIONS and tuple(facts) != right
    ]
    names = {name for name, *_ in found}
    return problems + [
        f"{name} is on the written list and does not exist" for name in DEFINER_FUNCTIONS if name not in names
    ]


# ── the runtime role ─────────────────────────────────────────────────────────────────────────────────────────

_ABILITIES = {
    "is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = %(app)s",
    "has BYPASSRLS": "SELECT rolbypassrls FROM pg_roles WHERE rolname = %(app)s",
    "may make roles": "SELECT rolcreaterole FROM pg_roles WHERE rolname = %(app)s",
    "may make databases": "SELECT rolcreatedb FROM pg_roles WHERE rolname = %(app)s",
    "may replicate": "SELECT rolreplication FROM pg_roles WHERE rolname = %(app)s",
    "is a member of another role": "SELECT EXISTS (SELECT 1 FROM pg_auth_members WHERE member = %(app)s::regrole)",
    "owns something": "SELECT EXISTS (SELECT 1 FROM pg_shdepend WHERE refobjid = %(app)s::regrole AND deptype = 'o')",
    "may create in the schema": "SELECT has_schema_privilege(%(app)s, 'public', 'CREATE')",
    "may create schemas": "SELECT has_database_privilege(%(app)s, current_database(), 'CREATE')",
    "may call set_config": "SELECT has_function_privilege(%(app)s, 'set_config(text, text, boolean)', 'EXECUTE')",
    "may update pg_settings": "SELECT has_table_privilege(%(app)s, 'pg_catalog.pg_settings', 'UPDATE')",
    "may write plpgsql": "SELECT has_language_privilege(%(app)s, 'plpgsql', 'USAGE')",
    "may truncate, refer to or trigger on a table": (
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND has_table_privilege(%(app)s, oid, 'TRUNCATE, REFERENCES, TRIGGER'))"
    ),
}


def excess_abilities(connection: Connection, role: str = APP) -> list[str]:
    """What a role can do that the runtime role must not be able to."""
    found = []
    for text, statement in _ABILITIES.items():
        row = connection.execute(statement, {"app": role}).fetchone()
        if row and row[0]:
            found.append(f"{role} {text}")
    return found


def default_privileges(connection: Connection) -> list[str]:
    """None: a forgotten table is refused, not leaked."""
    found = column(connection, "SELECT defaclrole::regrole || ' ' || defaclacl::text FROM pg_default_acl ORDER BY 1")
    return [f"default privileges: {text}" for text in found]


def foreign_owners(connection: Connection) -> list[str]:
    """Every table belongs to the owner role: FORCE binds it, and it does not serve."""
    found = rows(
        connection,
        "SELECT relname::text, relowner::regrole::text FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v') "
        "AND relowner <> %s::regrole ORDER BY 1",
        OWNER,
    )
    return [f"{name} belongs to {owner}" for name, owner in found]
