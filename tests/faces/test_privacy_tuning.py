"""Searching for ε from a dataset's page, by the API and at a terminal."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from adapters.orm.models import AuditEntryRow, PrivacyTuningRow, TrainingRunRow
from config.wiring import worker
from domain.kernel import Role
from tests.faces.instance import Api, refusal
from tests.faces.pages import confirmed, refusal_in, signed_in, uploaded, work_off
from tests.small_tables import people_csv
from tests.studio import Resampler

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = {
    "goals": "pairs>=0.4",
    "target": "rich",
    "source": "a census extract",
    "epsilons": "1, 3",
    "seeds": "1",
    "refinements": "0",
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Trials in no time, here: what is tested is what is around them."""
    one = Resampler()
    monkeypatch.setattr(worker, "engine", lambda name: one)
    monkeypatch.setattr("domain.evaluation.tuning.room_for", lambda trials: 1)


@pytest.fixture
def ada():
    return signed_in()


def two_datasets(ada):
    """A private one, and one of other people."""
    private = confirmed(ada)
    public = uploaded(ada, people_csv(150, 9), filename="public.csv")
    work_off()
    assert ada.post(f"/datasets/{public.id}/columns/").status_code == 302
    return private, public


def test_without_rows_to_search_on_the_form_says_how_to_bring_some(ada):
    private = confirmed(ada)
    page = ada.get(f"/datasets/{private.id}/tune/").content.decode()
    assert "There are no such rows yet" in page
    assert f'href="/projects/{private.project_id}/upload/"' in page
    assert "<option>city</option>" in page.split('name="entity"')[1].split("</select>")[0]


def test_a_search_goes_from_the_form_to_the_frontier(ada):
    private, public = two_datasets(ada)
    page = ada.get(f"/datasets/{private.id}/tune/").content.decode()
    assert f'value="dataset:{public.id}"' in page
    assert f'value="dataset:{private.id}"' not in page
    answer = ada.post(f"/datasets/{private.id}/tune/", {**ASKED, "proxy": f"dataset:{public.id}"})
    assert answer.status_code == 302, refusal_in(answer)
    waiting = ada.get(answer.url).content.decode()
    assert "Waits for a free worker" in waiting
    assert "hx-get" in waiting
    work_off()
    found = ada.get(answer.url).content.decode()
    assert "ε = 1" in found
    assert "A recommendation" in found
    assert "a census extract" in found
    assert "frontier-pairs" in found
    log = json.loads(ada.get(f"{answer.url}tuning.json").content)
    assert log["source"]["rows_trained"] == 120
    assert {trial["epsilon"] for trial in log["trials"]} == {1.0, 3.0}
    actions = [json.loads(bytes(e.leaf))["action"] for e in AuditEntryRow.objects.all()]
    assert {"tuning.requested", "tuning.finished"} <= set(actions)


def test_what_cannot_be_searched_is_refused_beside_the_form(ada):
    private, public = two_datasets(ada)
    proxy = f"dataset:{public.id}"
    for changed, words in (
        ({"proxy": f"dataset:{private.id}"}, "holds people of this very dataset"),
        ({"source": ""}, "why its rows are public"),
        ({"goals": "beauty>=1"}, "A goal was not understood"),
        ({"epsilons": "a, b"}, "numbers with commas"),
        ({"epsilons": "0"}, "above 0"),
    ):
        typed = {**ASKED, "proxy": proxy, **changed}
        answer = ada.post(f"/datasets/{private.id}/tune/", typed)
        assert answer.status_code == 400
        assert words in refusal_in(answer)
    assert not PrivacyTuningRow.objects.exists()


def test_viewers_and_others_see_no_search(ada):
    private, public = two_datasets(ada)
    answer = ada.post(f"/datasets/{private.id}/tune/", {**ASKED, "proxy": f"dataset:{public.id}"})
    stranger = signed_in("eve", Role.MEMBER, "Elsewhere")
    assert stranger.get(answer.url).status_code == 404
    viewer = signed_in("vera", Role.VIEWER)
    assert viewer.get(f"/datasets/{private.id}/tune/").status_code == 403
    assert viewer.get(answer.url).status_code == 200


def test_the_api_queues_a_search_and_a_run_carries_what_was_found(ada):
    private, public = two_datasets(ada)
    api = Api.of("bob")
    asked = {
        "goals": ["pairs>=0.4"],
        "target": "rich",
        "proxy_dataset_id": str(public.id),
        "proxy_source": "a census extract",
        "epsilons": [1.0],
        "seeds": 1,
        "refinements": 0,
    }
    queued = api.post(f"datasets/{private.id}/privacy-tuning", asked)
    assert queued.status_code == 202, queued.content
    early = {"dataset_id": str(private.id), "synthesizer": "marginals", "epsilon": 1.0}
    early |= {"tuning_id": queued.json()["tuning_id"], "evaluate": False, "pack": False}
    assert "not finished" in refusal(api.post("synthesize", early))
    work_off()
    (line,) = api.get(f"datasets/{private.id}/privacy-tuning").json()
    assert line["state"] == "succeeded"
    assert line["log"]["found"]["smallest_epsilon"] == 1.0
    assert api.post("synthesize", early).status_code == 202
    privacy = TrainingRunRow.objects.latest("created_at").privacy
    assert privacy["tuning"]["mode"] == "proxy"
    assert "a census extract" in privacy["tuning"]["account"]


def test_the_api_refuses_a_twin_without_privacy_as_a_proxy(ada):
    private, _ = two_datasets(ada)
    api = Api.of("bob")
    made = api.post("synthesize", {"dataset_id": str(private.id), "evaluate": False, "pack": False})
    work_off()
    twin = made.json()["synthetic_dataset_id"]
    answer = api.post(
        f"datasets/{private.id}/privacy-tuning",
        {"goals": ["pairs>=0.4"], "proxy_synthetic_id": twin},
    )
    assert "trained without differential privacy" in refusal(answer)


def command(*words: object) -> str:
    out = io.StringIO()
    call_command("tune_privacy", *map(str, words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "private.csv").write_bytes(people_csv(150, 1))
    (tmp_path / "public.csv").write_bytes(people_csv(150, 2))
    return tmp_path


@pytest.mark.usefixtures("printed_papers")
def test_the_command_prints_the_frontier_and_writes_log_page_and_chart(files):
    out = files / "found"
    said = command(
        files / "private.csv", "--proxy", files / "public.csv", "--proxy-source", "a survey",
        "--proxy-person", "Ada", "--target", "rich", "--goal", "pairs>=0.4", "--epsilons", "1,3",
        "--seeds", "2", "--refine", "0", "--workers", "1", "--out", out,
    )  # fmt: skip
    assert re.search(r"^ε +pairs +columns +goal kept$", said, re.MULTILINE)
    assert "no private row was read" in said
    assert {p.name for p in out.iterdir()} == {"tuning.json", "tuning.html", "frontier.svg"}
    assert (out / "frontier.svg").read_text().startswith("<svg")
    page = (out / "tuning.html").read_text()
    assert "<script" not in page
    assert "a survey" in page


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--goal", "gap<=0.1"], "Bring rows to tune on"),
        (["--goal", "gap<=0.1", "--proxy", "PRIVATE"], "the private file itself"),
        (["--proxy", "PUBLIC"], "Say what the twin has to reach"),
        (["--goal", "gap<=0.1", "--mode", "exploratory"], "voids ε"),
        (["--goal", "gap<=0.1", "--mode", "charged"], "cannot save budget"),
        (["--goal", "gap<=0.1", "--epsilons", "one"], "numbers with commas"),
    ],
)
def test_the_command_refuses_in_one_sentence(files, words, refusal):
    places = {"PRIVATE": files / "private.csv", "PUBLIC": files / "public.csv"}
    named = [str(places.get(word, word)) for word in words]
    with pytest.raises(CommandError, match=re.escape(refusal)):
        command(files / "private.csv", *named, "--out", files / "found")
    assert not (files / "found").exists()
