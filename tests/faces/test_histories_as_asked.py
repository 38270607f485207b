"""Lengths and futures of histories, as each face asks for them, shows them and refuses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from adapters.orm.models import SyntheticDatasetRow, TrainingRunRow
from tests.faces.instance import Api, refusal, work
from tests.faces.pages import (
    Browser,
    refusal_in,
    signed_in,
    uploaded,
    work_off,
)
from tests.small_tables import payments_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer"),
]

GIVEN = b"account_id,date,kind,amount\n7,2020-03-01,in,5\n8,2020-03-02,out,6\n"
SAID = {"log-0": "on", "entity-0": "account_id", "time-0": "date"}
START = {"synthesizer": "sequences", "seed": 3, "holdout_percent": 20}


def run_of(browser: Browser, **fields: object) -> TrainingRunRow:
    dataset = uploaded(browser, payments_csv())
    work_off()
    assert browser.post(f"/datasets/{dataset.id}/columns/", SAID).status_code == 302
    assert 'name="since"' in browser.get(f"/datasets/{dataset.id}/start/").content.decode()
    answer = browser.post(f"/datasets/{dataset.id}/start/", {**START, **fields})
    assert answer.status_code == 302, refusal_in(answer)
    work_off()
    return TrainingRunRow.objects.latest("created_at")


def lengths_of_newest() -> dict:
    return SyntheticDatasetRow.objects.latest("created_at").spec["lengths"]


def test_pages_ask_for_lengths_and_futures_and_say_what_was_asked():
    browser = signed_in()
    run = run_of(browser, events="10-60", until="2025-12-31")
    assert (lengths_of_newest()["fewest"], lengths_of_newest()["most"]) == (10, 60)
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert "Every history has 10 to 60 events." in page
    assert "No event is later than 2025-12-31." in page
    answer = browser.post(f"/runs/{run.id}/", {"seed": 4, "events": "lots"})
    assert answer.status_code == 400
    assert 'id="id_events_error"' in answer.content.decode()
    file = SimpleUploadedFile("mine.csv", GIVEN)
    asked = {"file": file, "events": "5"}
    assert browser.post(f"/runs/{run.id}/complete/", asked).status_code == 302
    assert lengths_of_newest()["fewest"] == 5
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert "Continue histories of your own" in page
    assert "Every given history goes on by 5 events." in page
    assert "only the events behind it are synthetic" in page
    asked = {"file": SimpleUploadedFile("mine.csv", GIVEN), "events": "some"}
    answer = browser.post(f"/runs/{run.id}/complete/", asked)
    assert answer.status_code == 400
    assert "cannot be read" in refusal_in(answer)


def test_the_api_asks_for_lengths_and_futures():
    api = Api.of()
    up = api.upload(payments_csv(), "log.csv").json()
    work(up["job_id"])
    said = {"decisions": [], "events": {"log": {"entity": "account_id", "time": "date"}}}
    assert api.post(f"datasets/{up['dataset_id']}/pii-flags", said).status_code == 200
    asked = {"dataset_id": up["dataset_id"], "events": "x2", "evaluate": False, "pack": False}
    made = api.post("synthesize", asked)
    assert made.json()["conditions"] == ["Histories have 2 times as many events as learned."]
    work(made.json()["job_id"])
    run = made.json()["run_id"]
    more = api.post(f"generators/{run}/sample", {"entities": 3, "since": "2030-01-01"})
    assert more.json()["conditions"] == ["The log begins 2030-01-01."]
    refused = api.post(f"generators/{run}/sample", {"events": "0"})
    assert refused.status_code == 400
    assert "1 to" in refusal(refused)


def test_the_command_line_refuses_lengths_of_what_draws_rows(tmp_path: Path):
    file = tmp_path / "log.csv"
    file.write_bytes(payments_csv())
    words = ["synthesize", str(file), "--out", str(tmp_path / "out"), "--events", "5"]
    with pytest.raises(CommandError, match="draws rows, not histories"):
        call_command(*words, "--synthesizer", "autoregressive")
    with pytest.raises(CommandError, match="--until is empty"):
        call_command(*words, "--until", " ")
