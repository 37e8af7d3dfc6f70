"""What a backup brings back is what was there, to the last row and grant; and each way of being wrong is reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from engagement.demo.embedded import SUPERUSER
from engagement.errors import ConflictError, UnavailableError
from engagement.operating.backup import check_restored, prune, restore_backup, run_program, take_backup
from engagement.operating.facts import Facts, FactsError, differences, read_facts, settled
from tests.conftest import NOW, empty_database
from tests.operating.drill import RESTORED, Drill, drilled
from tests.operating.places import manage, programs
from tests.operating.sample_world import CANARY


@pytest.fixture(scope="module")
def drill(django_db_setup: None, django_db_blocker: Any) -> Iterator[Drill]:
    with django_db_blocker.unblock():
        try:
            with drilled(rows=500) as done:
                yield done
        finally:
            connections.close_all()
            empty_database()


@pytest.fixture
def admin(drill: Drill) -> Iterator[psycopg.Connection[Any]]:
    """The restored database, in a transaction that is always rolled back."""
    with psycopg.connect(drill.restored.url(SUPERUSER, RESTORED)) as connection:
        yield connection
        connection.rollback()


# ── a true copy ──────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_is_there(drill: Drill) -> None:
    assert "0 differences" in drill.said
    found, wrong = check_restored(url=drill.environment["DATABASE_BACKUP_URL"], facts=drill.backup.facts)
    assert wrong == []
    assert found.rows == drill.backup.facts.rows
    catalogue = found.catalogue
    assert {kind for kind, named in catalogue.items() if not named} == set()
    assert len(catalogue["policies"]) > 100
    assert catalogue["tables"]["ingest_event"].split()[3:5] == ["rls", "forced"]
    assert catalogue["grants"]["function set_config(text,text,boolean) to rapport_backup"] == "EXECUTE"
    assert "language plpgsql to PUBLIC" not in catalogue["grants"]
    assert "schema public to PUBLIC" not in catalogue["grants"]


def test_it_was_taken_while_others_wrote(drill: Drill) -> None:
    """The load went on after the dump had begun, and the dump knows nothing of it."""
    assert drill.load.events > 0 < drill.load.scorings
    grown = {table for table, rows in drill.after.rows.items() if rows > drill.backup.facts.rows[table]}
    assert {"ingest_ingestbatch", "scoring_scorerun"} <= grown
    assert len(drill.backup.facts.rows) > 100


def test_the_application_works_on_what_was_restored(drill: Drill) -> None:
    assert (drill.seen["readyz"], drill.seen["parts"]["database"], drill.seen["parts"]["migrations"]) == (
        200,
        "ok",
        "ok",
    )
    assert set(drill.seen["scorecards"].values()) == {200}
    assert len(drill.seen["runs"]) == 2
    for run in drill.seen["runs"]:
        assert (run["state"], run["number"] >= 1) == ("published", True)
    [scored] = [run for run in drill.seen["runs"] if run["client"] == drill.sample.scored.organisation.slug]
    assert scored["sums"][0] == scored["sums"][1]
    assert scored["customers"] == [40, 40]


def test_the_figures_are_printed(drill: Drill) -> None:
    printed = drill.figures()
    for words in ("tables", "rows", "bytes", "facts", "0 differences", "/readyz 200", "the same sums", "seconds"):
        assert words in printed, printed


# ── each way of being wrong ──────────────────────────────────────────────────────────────────────────────────

WRONGS: list[tuple[LiteralString, str]] = [
    ("DROP POLICY tenant_read ON ingest_event", "policies: ingest_event tenant_read is missing"),
    ("ALTER POLICY tenant_read ON ingest_event USING (true)", "policies: ingest_event tenant_read is"),
    ("CREATE POLICY wide ON ingest_event USING (true)", "policies: ingest_event wide is new"),
    ("ALTER TABLE ingest_customer NO FORCE ROW LEVEL SECURITY", "tables: ingest_customer is"),
    ("ALTER TABLE ingest_customer OWNER TO rapport_app", "tables: ingest_customer is"),
    ("UPDATE insights_target SET note = note || '.'", "rows: insights_target holds other rows"),
    ("UPDATE scoring_score_block SET packed = set_byte(packed, 3, 255 - get_byte(packed, 3))", "rows: scoring_score"),
    ("DELETE FROM ingest_event_y2026m02 WHERE message_id = 'm1'", "number of rows: ingest_event_y2026m02 is"),
    ("GRANT SELECT ON ingest_event_y2026m02 TO rapport_app", "grants: relation ingest_event_y2026m02 to rapport_app"),
    ("GRANT SELECT (traits) ON ingest_customer TO PUBLIC", "grants: column ingest_customer.traits to PUBLIC is new"),
    ("REVOKE INSERT ON ingest_event FROM rapport_app", "grants: relation ingest_event to rapport_app is"),
    ("GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO PUBLIC", "grants: function set_config"),
    ("GRANT UPDATE ON pg_catalog.pg_settings TO PUBLIC", "grants: relation pg_settings to PUBLIC is"),
    ("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC", "grants: language plpgsql to PUBLIC is new"),
    ("GRANT CREATE ON SCHEMA public TO rapport_app", "grants: schema public to rapport_app is"),
    ("ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner GRANT SELECT ON TABLES TO rapport_app", "grants: default"),
    ("ALTER TABLE insights_target DROP CONSTRAINT insights_target_positive", "constraints: insights_target"),
    ("ALTER TABLE ingest_customer DROP CONSTRAINT ingest_customer_pkey CASCADE", "constraints: ingest_customer"),
    ("DROP INDEX scoring_scorerun_as_of", "indexes: scoring_scorerun_as_of is missing"),
    ("ALTER FUNCTION queue_age() RESET search_path", "functions: function queue_age() is"),
    ("ALTER FUNCTION queue_age() OWNER TO rapport_owner", "functions: function queue_age() is"),
    ("CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'", "functions: function stray() is new"),
    ("ALTER TABLE insights_target ALTER note SET DEFAULT 'x'", "columns: insights_target.note is"),
    ("ALTER TABLE insights_target ADD extra int", "columns: insights_target.extra is new"),
    ("ALTER SEQUENCE tenants_organisation_id_seq RESTART WITH 1", "sequences: tenants_organisation_id_seq stands at 0"),
    ("ALTER ROLE rapport_app BYPASSRLS", "roles: role rapport_app is"),
    ("GRANT rapport_maint TO rapport_app", "roles: role rapport_app is"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), WRONGS, ids=[said for _, said in WRONGS])
def test_a_difference_is_reported(
    drill: Drill, admin: psycopg.Connection[Any], wrong: LiteralString, said: str
) -> None:
    admin.execute("SET LOCAL session_replication_role = replica")
    admin.execute(wrong)
    found = differences(drill.backup.facts, read_facts(admin))
    assert any(line.startswith(said) for line in found), found


def test_the_restore_itself_says_what_is_wrong_and_fails(drill: Drill) -> None:
    """One command is all an operator types, so it must not end well when something is missing."""
    url = drill.restored.url(SUPERUSER, RESTORED)
    arguments = (str(drill.backup.dump), "--admin-url", url, "--only-check")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("ALTER TABLE insights_target DISABLE ROW LEVEL SECURITY")
        try:
            with pytest.raises(AssertionError, match="tables: insights_target is") as caught:
                manage("restore_backup", *arguments, environment=drill.environment)
        finally:
            admin.execute("ALTER TABLE insights_target ENABLE ROW LEVEL SECURITY")
    assert "this is not what was backed up" in str(caught.value)


# ── who may, and where to ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["rapport_app", "rapport_owner"])
def test_only_the_backup_role_can_dump(drill: Drill, role: str, tmp_path: Path) -> None:
    url = drill.restored.url(role, RESTORED)
    with pytest.raises(UnavailableError, match=r"pg_dump failed: .*(permission denied|row-level security)"):
        run_program("pg_dump", f"--file={tmp_path / 'dump'}", url=url, programs=programs())
    with pytest.raises((UnavailableError, psycopg.Error)):
        take_backup(url=url, folder=tmp_path, at=NOW, programs=programs())
    assert list(tmp_path.glob("rapport-*")) == []
    assert list(tmp_path.glob(".rapport-*")) == []


def test_a_full_database_is_not_written_over(drill: Drill) -> None:
    with pytest.raises(ConflictError, match="a backup is restored into an empty database"):
        restore_backup(
            dump=drill.backup.dump, admin_url=drill.restored.url(SUPERUSER, "postgres"), database=RESTORED,
            programs=programs(),
        )  # fmt: skip


def test_a_backup_is_for_its_owner_only(drill: Drill) -> None:
    for path in (drill.backup.dump, drill.backup.facts_file):
        assert path.stat().st_mode & 0o077 == 0
    assert CANARY not in drill.backup.facts_file.read_text()  # facts are hashes, names and definitions


def test_a_password_is_never_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    class Done:
        returncode, stdout = 0, ""

    monkeypatch.setattr("engagement.operating.backup.shutil.which", lambda name, **_: f"/bin/{name}")

    def run(command: list[str], *, env: dict[str, str], **_: Any) -> Done:
        seen.append((command, env))
        return Done()

    monkeypatch.setattr("engagement.operating.backup.subprocess.run", run)
    run_program("pg_dump", "--format=custom", url="postgres://someone:se%2Fcret@db.example:6000/name")
    [(command, environment)] = seen
    assert "cret" not in " ".join(command)
    assert [environment[name] for name in ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE")] == [
        "someone", "se/cret", "db.example", "6000", "name",
    ]  # fmt: skip


def test_a_missing_program_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"pg_dump is not in .*: install PostgreSQL's .*, or set PG_BIN"):
        run_program("pg_dump", programs=str(tmp_path))


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_old_backups_go_and_the_newest_stays(tmp_path: Path) -> None:
    names = [f"rapport-2026110{day}T020000Z" for day in range(1, 5)]
    for name in [*names, "rapport-by-hand"]:
        (tmp_path / f"{name}.dump").touch()
        (tmp_path / f"{name}.facts.json").touch()
    gone = prune(folder=tmp_path, before=datetime(2026, 11, 3, tzinfo=UTC))
    assert [path.stem for path in gone] == names[:2]
    prune(folder=tmp_path, before=datetime(2026, 11, 3, tzinfo=UTC) + timedelta(days=400))
    assert sorted(path.name for path in tmp_path.glob("*.dump")) == ["rapport-by-hand.dump"]
    (tmp_path / "rapport-by-hand.dump").unlink()
    (tmp_path / f"{names[0]}.dump").touch()
    assert prune(folder=tmp_path, before=datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_the_command_takes_one_and_prunes(drill: Drill, tmp_path: Path) -> None:
    environment = {**drill.environment, "BACKUP_ROOT": str(tmp_path), "BACKUP_KEEP_DAYS": "1"}
    (tmp_path / "rapport-20200101T000000Z.dump").touch()
    said = manage("backup", environment=environment)
    [dump] = tmp_path.glob("*.dump")
    assert str(dump) in said
    assert "1 old backups deleted" in said
    assert Facts.from_json(dump.with_suffix(".facts.json").read_text()).rows["insights_target"] == 1


def test_what_is_no_file_of_facts_is_said(tmp_path: Path, settings: Any) -> None:
    for text in ("", "[]", "{}", '{"catalogue": 1, "rows": 2, "hashes": 3, "sequences": 4}'):
        with pytest.raises(FactsError, match="not a file of facts"):
            Facts.from_json(text)
    with pytest.raises(CommandError, match="both needed"):
        call_command("restore_backup", str(tmp_path / "none.dump"), admin_url="postgres://x")
    settings.DATABASE_BACKUP_URL = ""
    with pytest.raises(CommandError, match="DATABASE_BACKUP_URL is not set"):
        call_command("backup")


def test_one_form_for_what_means_the_same() -> None:
    told = "CHECK (role::text = ANY (ARRAY['a'::character varying, 'b''c'::character varying]::text[]))"
    read = "CHECK (role::text = ANY (ARRAY['a'::character varying::text, 'b''c'::character varying::text]))"
    assert settled(told) == settled(read)
    assert settled(told) != settled(told.replace("b''c", "d"))
    assert settled("CHECK (n > 0)") == "CHECK (n > 0)"
