"""Migration operations that every table passes through: TenantTable, GlobalTable, DefinerFunction.

A table without one of them stays refused to the runtime role, because there are no default privileges.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenants.policies import (
    APP,
    MAINTENANCE,
    ORGANISATION_RULES,
    Rules,
    asked_rules,
    protect,
    tenant_rules,
    unprotect,
)


class _TableOperation(Operation):
    reversible = True
    reduces_to_sql = True
    atomic = True

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model's state is as it was: only the database learns something."""

    def _run(self, editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
        for statement in statements:
            editor.execute(statement)

    def describe(self) -> str:
        return f"{type(self).__name__} {self.name}"


def _belongs_to_organisation(model: type[models.Model]) -> bool:
    return any(field.name == "organisation" for field in model._meta.local_fields)  # noqa: SLF001  Django's documented door


def _needs_key(model: type[models.Model]) -> bool:
    """Tables made by SQL bring their own key; an organisation's one row is keyed by the organisation already."""
    options = model._meta  # noqa: SLF001
    return options.managed and _belongs_to_organisation(model) and options.pk.column != "organisation_id"


def composite_keys(model: type[models.Model]) -> list[tuple[str, str, str, str]]:
    """(constraint, column, referenced table, referenced column) of every key that points at another tenant table."""
    keys: list[tuple[str, str, str, str]] = []
    if not model._meta.managed:  # noqa: SLF001
        return keys
    for field in model._meta.local_fields:  # noqa: SLF001
        remote = field.related_model if field.is_relation else None
        if remote is None or field.name == "organisation" or isinstance(remote, str):
            continue
        if _belongs_to_organisation(remote):
            table, target = remote._meta.db_table, str(remote._meta.pk.column)  # noqa: SLF001
            keys.append((f"{model._meta.db_table}_{field.column}_fk", str(field.column), table, target))  # noqa: SLF001
    return keys


class TenantTable(_TableOperation):
    """Key (organisation_id, pk), composite foreign keys, forced row security and the four policies.

    Django's own foreign keys between tenant tables carry db_constraint=False: a single-column key would let a row
    point into another organisation, because foreign-key checks do not look at policies. `asked` lets a scope that asks
    write to it as well.
    """

    def __init__(self, name: str, *, privileges: str = "SELECT, INSERT, UPDATE, DELETE", asked: bool = False) -> None:
        super().__init__(name)
        self.privileges, self.asked = privileges, asked

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name], {"privileges": self.privileges, "asked": self.asked}

    def _rules(self, model: type[models.Model]) -> Rules:
        # Django leaves relations out of the state of tables made by SQL, so the name decides, not the fields.
        if model._meta.label_lower == "tenants.organisation":  # noqa: SLF001
            return ORGANISATION_RULES
        return asked_rules() if self.asked else tenant_rules()

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table, statements = model._meta.db_table, []  # noqa: SLF001
        key = model._meta.pk.column  # noqa: SLF001
        if _needs_key(model):
            statements += [
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (organisation_id, {key})",
            ]
        statements += [
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organisation_id, {column}) "
            f"REFERENCES {remote} (organisation_id, {target}) ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED"
            for name, column, remote, target in composite_keys(model)
        ]
        self._run(schema_editor, statements + protect(table, rules=self._rules(model), privileges=self.privileges))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table  # noqa: SLF001
        statements = unprotect(table)
        statements += [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for name, *_ in composite_keys(model)]
        key = model._meta.pk.column  # noqa: SLF001
        if _needs_key(model):
            statements += [
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})",
            ]
        self._run(schema_editor, statements)


class GlobalTable(_TableOperation):
    """A table that belongs to nobody: grants only. It also has to stand on the list in tenants/global_tables.py."""

    def __init__(self, table: str, *, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
        super().__init__(table)
        self.privileges = privileges

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name], {"privileges": self.privileges}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        statements = [
            f"REVOKE ALL ON {self.name} FROM PUBLIC, {APP}",
            f"GRANT {self.privileges} ON {self.name} TO {APP}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {self.name} TO {MAINTENANCE}",
        ]
        self._run(schema_editor, statements)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(schema_editor, [f"REVOKE ALL ON {self.name} FROM {APP}, {MAINTENANCE}"])


class DefinerFunction(_TableOperation):
    """A SECURITY DEFINER function with a fixed search_path: the only way to know something before a tenant is known.

    `returns` and `body` are SQL; the function gives ids and counts, never a row's contents.
    """

    def __init__(self, name: str, *, arguments: str, returns: str, body: str, volatility: str = "STABLE") -> None:
        super().__init__(name)
        self.arguments, self.returns, self.body, self.volatility = arguments, returns, body, volatility

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        words = {
            "arguments": self.arguments,
            "returns": self.returns,
            "body": self.body,
            "volatility": self.volatility,
        }
        return type(self).__name__, [self.name], words

    def _types(self) -> str:
        return ", ".join(part.strip().split(" ", 1)[1] for part in self.arguments.split(",") if part.strip())

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        signature = f"{self.name}({self._types()})"
        self._run(
            schema_editor,
            [
                (
                    f"CREATE FUNCTION {self.name}({self.arguments}) RETURNS {self.returns} LANGUAGE sql "
                    f"{self.volatility} SECURITY DEFINER SET search_path = pg_catalog, pg_temp "
                    f"AS $body$ {self.body} $body$"
                ),
                f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}",
                f"ALTER FUNCTION {signature} OWNER TO {MAINTENANCE}",
            ],
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        # It belongs to the maintenance role, which the owner may become but does not inherit.
        drop = f"DROP FUNCTION {self.name}({self._types()})"
        self._run(schema_editor, [f"SET LOCAL ROLE {MAINTENANCE}", drop, "RESET ROLE"])


class WithoutDefinerFunction(DefinerFunction):
    """Takes a DefinerFunction away, written down as it was, so that the way back makes it again."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
