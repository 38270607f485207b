"""The same file and the same seed give the same rows by command line, web page and API."""

import io

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from adapters.orm.models import DatasetRow, JobRow, ProjectRow, SyntheticDatasetRow
from tests.faces.instance import Api, person, work
from tests.small_tables import people_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_evaluation")]

DATA = people_csv(rows=150)
SEED = 11
WANTED = {"seed": SEED, "rows": 90}


PLAIN: dict[str, list[str]] = {}
CONDITIONS = {
    "where": ["age=30..80", "city in Bern,Oslo"],
    "amplify": ["rich=yes:1.5"],
}


def by_command(tmp_path, conditions) -> bytes:
    source = tmp_path / "people.csv"
    source.write_bytes(DATA)
    words = ["--out", str(tmp_path / "out"), "--seed", str(SEED), "--rows", "90", "--no-pack"]
    for name, lines in conditions.items():
        words += [word for line in lines for word in (f"--{name}", line)]
    call_command("synthesize", str(source), "--set", "max_epochs=3", *words)
    return (tmp_path / "out" / "synthetic.csv").read_bytes()


def by_api(conditions) -> bytes:
    api = Api.of("robot", organisation="Robots")
    answer = api.upload(DATA)
    dataset_id = answer.json()["dataset_id"]
    work(answer.json()["job_id"])
    assert api.post(f"datasets/{dataset_id}/pii-flags", {"decisions": []}).status_code == 200
    wanted = {"dataset_id": dataset_id, "settings": {"max_epochs": 3}, "pack": False, **WANTED}
    started = api.post("synthesize", {**wanted, **conditions}).json()
    work(*[job["id"] for job in started["jobs"]])
    return b"".join(api.get(f"jobs/{started['job_id']}/download").streaming_content)


def by_page(conditions) -> bytes:
    client = Client()
    client.force_login(person("grace", organisation="Pages"))
    client.post(reverse("projects"), {"name": "Trial"})
    project = ProjectRow.objects.get(name="Trial")
    file = SimpleUploadedFile("people.csv", DATA)
    client.post(reverse("upload", args=[project.id]), {"file": file})
    dataset = DatasetRow.objects.get(project=project)
    work_off(dataset.organisation_id)
    client.post(reverse("columns", args=[dataset.id]))
    form = {"synthesizer": "autoregressive", "holdout_percent": "20", "evaluate": "on", **WANTED}
    form |= {name: "\n".join(lines) for name, lines in conditions.items()}
    client.post(reverse("start", args=[dataset.id]), {"setting-max_epochs": "3", **form})
    work_off(dataset.organisation_id)
    synthetic = SyntheticDatasetRow.objects.get(organisation_id=dataset.organisation_id)
    answer = client.get(reverse("download", args=[synthetic.id, "csv"]))
    return b"".join(answer.streaming_content)


def work_off(organisation_id) -> None:
    rows = JobRow.objects.filter(organisation_id=organisation_id, ended_at=None)
    work(*rows.order_by("created_at").values_list("id", flat=True))


def test_command_line_page_and_api_give_the_same_file(tmp_path):
    twin = by_command(tmp_path, PLAIN)
    assert twin.count(b"\n") == 91
    assert by_api(PLAIN) == twin
    assert by_page(PLAIN) == twin


def test_command_line_page_and_api_give_the_same_file_under_conditions(tmp_path):
    twin = by_command(tmp_path, CONDITIONS)
    rows = pd.read_csv(io.BytesIO(twin))
    assert len(rows) == 90
    assert rows["age"].between(30, 80).all()
    assert set(rows["city"]) == {"Bern", "Oslo"}
    assert by_api(CONDITIONS) == twin
    assert by_page(CONDITIONS) == twin
