"""What pages and API show of a private run to those who may not see the real rows."""

from __future__ import annotations

import pytest

from adapters.orm.models import DatasetRow, EvaluationRow
from adapters.orm.queries import audit_lines
from domain.kernel import Role
from tests.faces.instance import Api
from tests.faces.pages import signed_in
from tests.faces.private_runs import proving_synthesizer  # noqa: F401  a fixture
from tests.faces.test_api_walk import synthesized

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proving_synthesizer", "quick_evaluation"),
]
PRIVATE = {"synthesizer": "marginals", "epsilon": 1, "delta": 1e-5, "settings": {}, "pack": False}


def hash_of_source() -> str:
    """Of the file that was uploaded, as a stranger who has it would compute it."""
    return DatasetRow.objects.get().files[0]["sha256"]


def test_where_people_are_the_unit_the_api_tells_a_viewer_no_number_of_rows():
    made = synthesized(Api.of(), **PRIVATE, entity="age", evaluate=False)
    path = f"generators/{made.ids['run_id']}/training"
    assert made.api.get(path).json()["rows_trained"] > 0
    told = Api.of("vi", Role.VIEWER).get(path).json()
    assert (told["rows_trained"], told["rows_held_out"]) == (None, None)
    assert told["learning_curves"] == []


def test_where_rows_are_the_unit_their_number_is_public():
    made = synthesized(Api.of(), **PRIVATE, evaluate=False)
    told = Api.of("vi", Role.VIEWER).get(f"generators/{made.ids['run_id']}/training").json()
    assert told["rows_trained"] > 0


def test_the_pages_of_a_private_run_show_a_viewer_neither_counts_nor_hashes_nor_figures():
    made = synthesized(Api.of(), **PRIVATE, entity="age")
    dataset, evaluation = DatasetRow.objects.get(), EvaluationRow.objects.get()
    ada, viewer = signed_in("bea"), signed_in("vi", Role.VIEWER)
    run = f"/runs/{made.ids['run_id']}/"
    for address, real in (
        (f"/datasets/{dataset.id}/", hash_of_source()),
        (f"/datasets/{dataset.id}/", 'data-label="Rows">120</td>'),
        (f"/projects/{dataset.project_id}/", '<td class="num">120</td>'),
        (run, "rows were held out"),
        (run, f"/evaluations/{evaluation.id}/"),
    ):
        assert real in ada.get(address).content.decode(), (address, real)
        assert real not in viewer.get(address).content.decode(), (address, real)
    assert "Read the privacy report" in viewer.get(run).content.decode()
    assert ada.get(f"/evaluations/{evaluation.id}/").status_code == 200
    for address in ("", "?rendering=shareable", "evaluation.json"):
        assert viewer.get(f"/evaluations/{evaluation.id}/{address}").status_code == 403


def test_pages_about_runs_without_privacy_are_as_ever():
    synthesized(Api.of(), evaluate=False, pack=False, settings={})
    page = signed_in("vi", Role.VIEWER).get(f"/datasets/{DatasetRow.objects.get().id}/")
    assert hash_of_source() in page.content.decode()


def test_the_log_shows_an_outside_reviewer_no_count_of_a_private_run_on_any_face():
    made = synthesized(Api.of(role=Role.ADMINISTRATOR), **PRIVATE, evaluate=False)
    whole = made.api.get("audit/logs").json()
    assert hash_of_source() in str(whole)
    assert all(entry["leaf"] and entry["said"] is None for entry in whole["entries"])
    reviewer = Api.of("rev", Role.REVIEWER).get("audit/logs").json()
    uploaded = next(e for e in reviewer["entries"] if e["said"])
    assert uploaded["said"]["action"] == "dataset.uploaded"
    assert (uploaded["leaf"], uploaded["hash"], uploaded["root"]) == (None, None, None)
    assert hash_of_source() not in str(reviewer)
    assert reviewer["head"] == made.api.get("audit/logs").json()["head"]
    page = signed_in("rex", Role.REVIEWER).get("/audit/").content.decode()
    assert "counted on real rows" in page
    assert hash_of_source() not in page
    assert "rows_trained" not in page
    assert uploaded["said"]["at"][13:19] == ":00:00"
    dataset = DatasetRow.objects.get()
    lines = audit_lines(dataset.organisation_id, hidden=frozenset({str(dataset.id)}))
    assert {at.minute for at in (line.at for line in lines if "withheld" in line.details)} == {0}
    assert hash_of_source() in signed_in("app", Role.APPROVER).get("/audit/").content.decode()
