from typing import Any

from django.db import migrations, models

from adapters.orm.insert_only import guard, unguard

_TABLE = {"studio_packtemplaterow": "id"}


def open_table(apps: Any, schema_editor: Any) -> None:
    """On SQLite the table is rebuilt, and its triggers would go with the old one."""
    unguard(schema_editor.connection, _TABLE)


def close_table(apps: Any, schema_editor: Any) -> None:
    guard(schema_editor.connection, _TABLE)


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0017_approvals_know_what_they_saw"),
    ]

    operations = [
        migrations.RunPython(open_table, close_table),
        migrations.AddField(
            model_name="packtemplaterow",
            name="controller",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.RunPython(close_table, open_table),
    ]
