from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0004_csv_or_parquet_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobrow",
            name="seconds_left",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
