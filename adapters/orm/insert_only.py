"""Triggers by which the database itself refuses to change or delete a table's rows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

INSERT_ONLY_TABLES = ("studio_auditentryrow", "studio_privacyspendrow")


def guard(editor: BaseDatabaseSchemaEditor, tables: Sequence[str] = INSERT_ONLY_TABLES) -> None:
    """Refuse UPDATE and DELETE (and TRUNCATE, where there is one) on ``tables``."""
    for table in tables:
        for statement in _GUARD[editor.connection.vendor]:
            editor.execute(statement.format(table=table), params=None)


def unguard(editor: BaseDatabaseSchemaEditor, tables: Sequence[str] = INSERT_ONLY_TABLES) -> None:
    """Undo :func:`guard`, for migrating backwards."""
    for table in tables:
        for statement in _UNGUARD[editor.connection.vendor]:
            editor.execute(statement.format(table=table), params=None)


_SQLITE_GUARD = tuple(
    f"CREATE TRIGGER {{table}}_no_{event.lower()} BEFORE {event} ON {{table}} "
    "BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
    for event in ("UPDATE", "DELETE")
)
_POSTGRESQL_GUARD = (
    "CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '{table} is insert-only'; END $$",
    "CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
)
_GUARD = {"sqlite": _SQLITE_GUARD, "postgresql": _POSTGRESQL_GUARD}
_UNGUARD = {
    "sqlite": ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete"),
    "postgresql": (
        "DROP TRIGGER {table}_insert_only ON {table}",
        "DROP TRIGGER {table}_no_truncate ON {table}",
        "DROP FUNCTION {table}_refuse()",
    ),
}
