"""The privacy report by the API."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import domain.compliance.dp_report as module
from domain.kernel import Role
from tests.faces.instance import Api, refusal
from tests.faces.private_runs import proving_synthesizer  # noqa: F401  a fixture
from tests.faces.test_api_walk import body, synthesized

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proving_synthesizer"),
]
SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "dp_report.json").read_text())
PRIVATE = {"synthesizer": "marginals", "epsilon": 1, "settings": {}, "evaluate": False}


def test_the_report_follows_its_schema_and_names_page_and_paper():
    made = synthesized(Api.of(), **PRIVATE, pack=False)
    answer = made.api.get(f"generators/{made.ids['run_id']}/dp-report")
    assert answer.status_code == 200, answer.content
    jsonschema.Draft202012Validator(SCHEMA).validate(answer.json())
    links = answer.headers["Link"]
    assert f"/runs/{made.ids['run_id']}/dp-report/" in links
    assert "?format=pdf" in links


def test_the_report_on_paper_is_that_of_the_pack():
    made = synthesized(Api.of(), **PRIVATE)
    answer = made.api.get(f"generators/{made.ids['run_id']}/dp-report", format="pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert body(answer).startswith(b"%PDF")


def test_without_a_pack_there_is_no_paper_yet():
    made = synthesized(Api.of(), **PRIVATE, pack=False)
    answer = made.api.get(f"generators/{made.ids['run_id']}/dp-report", format="pdf")
    assert answer.status_code == 409
    assert "build the pack first" in refusal(answer)


def test_a_run_without_privacy_has_no_report():
    made = synthesized(Api.of(), evaluate=False, pack=False, settings={})
    answer = made.api.get(f"generators/{made.ids['run_id']}/dp-report")
    assert answer.status_code == 404
    assert "without differential privacy" in refusal(answer)


def test_another_form_is_refused_and_so_are_strangers():
    made = synthesized(Api.of(), **PRIVATE, pack=False)
    path = f"generators/{made.ids['run_id']}/dp-report"
    assert made.api.get(path, format="docx").status_code == 400
    assert Api.of("eve", organisation="Other").get(path).status_code == 404
    assert Api.of("rev", Role.REVIEWER).get(path).status_code == 403
