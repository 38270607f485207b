"""Evaluations by API: the whole, usefulness alone, privacy alone; and the report's own schema."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from adapters.orm.models import EvaluationRow
from domain.evaluation.pictures import AssociationMatrix, Axis, ColumnOverlay
from domain.evaluation.report import (
    AttackRates,
    EvaluationReport,
    Rendering,
    Score,
    ShareShift,
    Verdict,
)
from domain.kernel import Role
from tests.faces.instance import Api, refusal, work
from tests.faces.test_api_walk import confirmed
from tests.small_tables import people_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer"),
]


def drawn(api: Api, **asked: object) -> str:
    """The id of a synthetic dataset whose rows are there."""
    wanted = {"dataset_id": confirmed(api, people_csv(250)), "evaluate": False, "pack": False}
    made = api.post("synthesize", wanted | asked).json()
    work(*[job["id"] for job in made["jobs"]])
    return made["synthetic_dataset_id"]


def report_of(api: Api, answer) -> dict:
    assert answer.status_code == 202, answer.content
    work(answer.json()["job_id"])
    return api.get(f"jobs/{answer.json()['job_id']}/download").json()


def asked_of(answer) -> dict:
    return EvaluationRow.objects.get(id=UUID(answer.json()["evaluation_id"])).asked


def test_a_utility_test_measures_the_named_target_and_nothing_else(report_schema):
    api = Api.of()
    twin = drawn(api)
    answer = api.post(f"datasets/{twin}/utility-test", {"target": "income", "task": "regression"})
    report = report_of(api, answer)
    assert {score["name"].split(".")[0] for score in report["scores"]} == {"utility"}
    [r2] = [s for s in report["scores"] if s["name"] == "utility.r2"]
    assert r2["scope"] == "column:income"
    assert report["verdict"] is None
    report_schema.validate(report)


def test_without_a_target_that_of_the_run_is_taken_and_else_one_is_chosen():
    api = Api.of()
    by_run = report_of(api, api.post(f"datasets/{drawn(api, target='rich')}/utility-test"))
    assert {"name": "utility.auc", "scope": "column:rich"}.items() <= by_run["scores"][0].items()
    assert "Nobody named a target" not in by_run["scores"][0]["sentence"]
    chosen = report_of(api, api.post(f"datasets/{drawn(api)}/utility-test"))
    assert "Nobody named a target" in chosen["scores"][0]["sentence"]


def test_a_privacy_test_attacks_and_nothing_else(report_schema):
    api = Api.of()
    report = report_of(api, api.post(f"datasets/{drawn(api)}/privacy-test", {"seed": 3}))
    assert {s["name"].split(".")[0] for s in report["scores"]} == {"leakage", "privacy"}
    report_schema.validate(report)


def test_the_white_box_attack_is_made_when_it_is_asked_for():
    api = Api.of()
    twin = drawn(api)
    asked = {"white_box": True, "entity": "city", "time": "age"}
    assert asked_of(api.post(f"datasets/{twin}/privacy-test", asked)) == {
        "parts": ["leakage", "white box"],
        "target": None,
        "task": "auto",
        "entity": "city",
        "time": "age",
    }
    whole = asked_of(api.post(f"datasets/{twin}/evaluate", {"target": "rich"}))
    assert whole["parts"] == ["detection", "leakage", "similarity", "temporal", "utility"]
    assert whole["target"] == "rich"


@pytest.mark.parametrize(
    ("route", "asked", "word"),
    [
        ("utility-test", {"target": "shoe"}, "no column named “shoe”"),
        ("utility-test", {"target": "city", "task": "regression"}, "no number"),
        ("utility-test", {"task": "guessing"}, "guessing"),
        ("utility-test", {"white_box": True}, "no field “white_box”"),
        ("utility-test", {"seed": -1}, "seed"),
        ("privacy-test", {"entity": "shoe"}, "no column named “shoe”"),
        ("privacy-test", {"time": "city"}, "neither a date nor a number"),
        ("privacy-test", {"entity": "age", "time": "city"}, "neither a date nor a number"),
        ("privacy-test", {"target": "rich"}, "no field “target”"),
        ("evaluate", {"target": "shoe"}, "no column named “shoe”"),
    ],
)
def test_a_slip_is_refused_at_once_in_one_sentence(route, asked, word):
    api = Api.of()
    twin = _twin_without_work(api)
    answer = api.post(f"datasets/{twin}/{route}", asked)
    assert answer.status_code == 400
    assert word in refusal(answer)
    assert not EvaluationRow.objects.exists()


def _twin_without_work(api: Api) -> str:
    """A twin that is only queued: columns are known before rows are."""
    wanted = {"dataset_id": confirmed(api), "evaluate": False, "pack": False}
    return api.post("synthesize", wanted).json()["synthetic_dataset_id"]


def test_who_may_only_look_may_not_test():
    viewer = Api.of("vi", Role.VIEWER)
    for route in ("utility-test", "privacy-test"):
        path = f"datasets/{UUID(int=1)}/{route}"
        assert viewer.post(path, {"no such": "field"}).status_code == 403


@pytest.fixture(scope="module")
def report_schema(tmp_path_factory) -> Draft202012Validator:
    """The report as the OpenAPI document describes it; nothing may be missing or too much."""
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", "--format", "openapi-json", file=str(file))
    document = json.loads(file.read_text())
    for component in document["components"]["schemas"].values():
        if component.get("type") == "object":
            component["additionalProperties"] = False
            component["required"] = sorted(component.get("properties", {}))
    root = {"$ref": "#/components/schemas/EvaluationReport", **_with_nulls(document)}
    return Draft202012Validator(root)


def _with_nulls(schema):
    """OpenAPI 3.0's “nullable” in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_with_nulls(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _with_nulls(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


FULL = EvaluationReport(
    scores=(
        Score(
            name="leakage.linkability",
            scope="table",
            value=0.1,
            interval=(0.0, 0.2),
            baseline=0.0,
            threshold=0.09,
            source="here",
            sentence="Said.",
            rates=AttackRates(
                attack=0.2,
                attack_interval=(0.1, 0.3),
                attacks=100,
                control=0.1,
                control_interval=(0.0, 0.2),
                controls=90,
                guess=0.05,
            ),
        ),
        Score(name="utility.auc", scope="column:a", value=None, sentence="Not measured."),
    ),
    verdict=Verdict.CONDITIONS,
    reasons=("Because.",),
    notes=("Noted.",),
    shifts=(ShareShift(what="a = 1", learned=0.1, drawn=0.2),),
    overlays=(
        ColumnOverlay(
            table="",
            column="a",
            axis=Axis.NUMBER,
            edges=(0.0, 1.0),
            real=(3,),
            held_out=(2,),
            synthetic=(4,),
            missing=(0, 0, 1),
        ),
    ),
    matrices=(
        AssociationMatrix(
            table="", columns=("a", "b"), real=((1, 0.5), (0.5, 1)), synthetic=((1, 0), (0, 1))
        ),
    ),
    rendering=Rendering.SHAREABLE,
)


@pytest.mark.parametrize("report", [FULL, EvaluationReport(scores=())])
def test_the_described_report_is_the_one_that_is_written(report_schema, report):
    report_schema.validate(json.loads(json.dumps(report.to_document())))


def test_a_report_with_another_field_would_be_noticed(report_schema):
    document = FULL.to_document() | {"surprise": 1}
    assert not report_schema.is_valid(json.loads(json.dumps(document)))
