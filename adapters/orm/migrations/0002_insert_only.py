from django.db import migrations

from adapters.orm.insert_only import guard, unguard

TABLES = ("studio_auditentryrow", "studio_privacyspendrow")


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_rows")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: guard(editor, TABLES),
            lambda apps, editor: unguard(editor, TABLES),
        )
    ]
