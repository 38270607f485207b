from django.conf import settings
from django.db import migrations

ENDED = ("succeeded", "failed", "cancelled")


def enter_runs(apps, editor):
    """Budgets for the populations there are, and a line for every private run before the ledger.

    What began to read is charged: as proved where it was proved, else as a whole.
    """
    apps.get_model("studio", "PopulationRow").objects.update(delta=settings.STUDIO_PRIVACY_DELTA)
    populations = dict(
        apps.get_model("studio", "PopulationRow").objects.values_list("dataset_id", "id")
    )
    runs = apps.get_model("studio", "TrainingRunRow").objects.filter(privacy__isnull=False)
    for run in runs.order_by("created_at").iterator():
        if run.dataset_id in populations:
            enter_run(apps, run, populations[run.dataset_id])


def enter_run(apps, run, population_id):
    jobs = apps.get_model("studio", "JobRow").objects.filter(kind="fit", subject_id=run.id)
    job = jobs.order_by("-created_at").first()
    began = job is None or job.attempt > 0
    over = job is None or job.state in ENDED
    if not began and over:
        return
    states = ["reserved", *(["opened"] if began else []), *(["settled"] if began and over else [])]
    proved = run.statement or run.privacy
    for state in states:
        amount = proved if state == "settled" else run.privacy
        apps.get_model("studio", "PrivacySpendRow").objects.create(
            organisation_id=run.organisation_id,
            population_id=population_id,
            kind="training run",
            subject_id=run.id,
            state=state,
            epsilon=amount["epsilon"],
            delta=amount["delta"],
            unit=run.privacy["unit"],
            note="entered when the ledger was introduced",
            by=run.created_by,
            recorded_at=run.created_at,
        )


class Migration(migrations.Migration):
    dependencies = [("studio", "0009_privacy_ledger")]

    operations = [migrations.RunPython(enter_runs, migrations.RunPython.noop)]
