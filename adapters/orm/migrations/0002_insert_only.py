from django.db import migrations

from adapters.orm.insert_only import guard, unguard

TABLES = {"studio_auditentryrow": "index", "studio_privacyspendrow": "id"}


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_rows")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: guard(editor.connection, TABLES),
            lambda apps, editor: unguard(editor.connection, TABLES),
        )
    ]
