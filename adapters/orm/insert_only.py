"""Triggers by which the database itself refuses to change or delete a table's rows.

A later migration that alters one of these tables must call :func:`guard` again: on SQLite
Django rebuilds the table, and the triggers go with the old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INSERT_ONLY = {
    "studio_auditentryrow": "index",
    "studio_privacyspendrow": "id",
    "studio_packtemplaterow": "id",
    "studio_templatereviewrow": "id",
}
"""Primary key by table."""


def guard(connection: Any, tables: Mapping[str, str] = INSERT_ONLY) -> None:
    """Refuse to change, replace or delete rows of ``tables`` (or to truncate them)."""
    _run(connection, _GUARD, tables)


def unguard(connection: Any, tables: Mapping[str, str] = INSERT_ONLY) -> None:
    """Undo :func:`guard`: for migrating backwards, and for tests that empty the database."""
    _run(connection, _UNGUARD, tables)


def _run(connection: Any, todo: Mapping[str, Sequence[str]], tables: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        for table, key in tables.items():
            for statement in todo[connection.vendor]:
                cursor.execute(statement.format(table=table, key=key))


_REFUSAL = "BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
_GUARD = {
    "sqlite": (
        f"CREATE TRIGGER {{table}}_no_update BEFORE UPDATE ON {{table}} {_REFUSAL}",
        f"CREATE TRIGGER {{table}}_no_delete BEFORE DELETE ON {{table}} {_REFUSAL}",
        # INSERT OR REPLACE deletes without asking the trigger above
        "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "  # noqa: S608
        f'(SELECT 1 FROM {{table}} WHERE "{{key}}" = NEW."{{key}}") {_REFUSAL}',
    ),
    "postgresql": (
        "CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} is insert-only'; END $$",
        "CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ),
}
_UNGUARD = {
    "sqlite": (
        "DROP TRIGGER {table}_no_update",
        "DROP TRIGGER {table}_no_delete",
        "DROP TRIGGER {table}_no_replace",
    ),
    "postgresql": (
        "DROP TRIGGER {table}_insert_only ON {table}",
        "DROP TRIGGER {table}_no_truncate ON {table}",
        "DROP FUNCTION {table}_refuse()",
    ),
}
