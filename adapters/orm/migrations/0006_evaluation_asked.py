from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0005_seconds_left"),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluationrow",
            name="asked",
            field=models.JSONField(default=dict),
        ),
    ]
