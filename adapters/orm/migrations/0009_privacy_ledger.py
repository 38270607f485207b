import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from adapters.orm.insert_only import guard, unguard

SPENDS = {"studio_privacyspendrow": "id"}


class Migration(migrations.Migration):
    """Budgets, kin, and a ledger that is written: no version before entered anything into it."""

    dependencies = [("studio", "0008_more_kinds_of_rules")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: unguard(editor.connection, SPENDS),
            lambda apps, editor: guard(editor.connection, SPENDS),
        ),
        migrations.DeleteModel(name="PrivacySpendRow"),
        migrations.AddField(
            model_name="populationrow",
            name="epsilon",
            field=models.FloatField(default=settings.STUDIO_PRIVACY_EPSILON),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="populationrow",
            name="decided",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="populationrow",
            name="people_blob",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name="KinRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holds_all", models.BooleanField()),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="studio.populationrow",
                    ),
                ),
                (
                    "population",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kin",
                        to="studio.populationrow",
                    ),
                ),
            ],
            options={
                "verbose_name": "kin",
                "verbose_name_plural": "kin",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("population", "other"), name="one_kinship_of_a_pair"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrivacySpendRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("training run", "Training run"),
                            ("tuning", "Tuning"),
                            ("audit on real rows", "Audit on real rows"),
                        ],
                        max_length=30,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("opened", "Opened"),
                            ("settled", "Settled"),
                            ("released", "Released"),
                        ],
                        max_length=20,
                    ),
                ),
                ("epsilon", models.FloatField()),
                ("delta", models.FloatField()),
                ("unit", models.CharField(max_length=255)),
                ("void", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("by", models.CharField(max_length=150)),
                ("recorded_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="studio.organisationrow",
                    ),
                ),
                (
                    "population",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spends",
                        to="studio.populationrow",
                    ),
                ),
            ],
            options={
                "verbose_name": "privacy spend",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("subject_id", "state"), name="each_state_once")
                ],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: guard(editor.connection, SPENDS),
            lambda apps, editor: unguard(editor.connection, SPENDS),
        ),
    ]
