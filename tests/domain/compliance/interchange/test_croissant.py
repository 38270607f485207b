"""A twin as Croissant: what it says, what it must not, and that mlcroissant reads its rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.compliance.interchange.croissant import croissant
from domain.compliance.interchange.terms_of_use import REIDENTIFY
from tests.domain.compliance.interchange import twins


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return croissant(twins.tables().twin)


def test_it_conforms_to_croissant_and_to_responsible_ai(document):
    assert document["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]


def test_every_file_has_its_hash_and_format(document):
    files = {f["name"]: f for f in document["distribution"]}
    assert set(files) == set(twins.tables().files)
    for table in twins.tables().twin.tables:
        assert {n: files[n]["sha256"] for n in table.files} == dict(table.files)
    assert files["synthetic/visits.csv"]["encodingFormat"] == "text/csv"
    assert files["synthetic/visits.csv"]["sameAs"] == "synthetic/visits.parquet"


def test_fields_have_types_keys_and_references(document):
    patients, visits = document["recordSet"]
    assert patients["key"] == {"@id": "table-patients/patient"}
    assert visits["field"][0]["references"] == {"field": {"@id": "table-patients/patient"}}
    assert [f["dataType"] for f in patients["field"]] == [
        *("sc:Text", "cr:Int64", "cr:Float64", "sc:Text", "sc:Boolean", "sc:DateTime")
    ]


def test_odd_names_are_whole_in_the_column_and_harmless_in_the_id(document):
    field = document["recordSet"][0]["field"][2]
    assert field["source"]["extract"]["column"] == twins.ODD
    assert set('<>"| `') & set(field["@id"]) == set()


def test_re_identification_is_prohibited_for_machines(document):
    offer = document["usageInfo"]
    assert "odrl:Offer" in offer["@type"]
    assert REIDENTIFY in [p["odrl:action"]["@id"] for p in offer["odrl:prohibition"]]
    assert document["license"]["url"] == offer["@id"]


def test_it_says_where_the_twin_comes_from(document):
    assert document["prov:wasDerivedFrom"]["name"] == "Outpatient visits 2019–2024"
    assert len(document["prov:wasGeneratedBy"]) == 2
    makers = [agent["name"] for agent in document["prov:wasAttributedTo"]]
    assert makers == ["St. Änne Hospital Group", "Synthetic Data Studio 0.1.0"]


def test_it_names_no_person(document):
    said = json.dumps(document, ensure_ascii=False)
    assert "anna.müller" not in said
    assert "çelik" not in said


def test_of_a_private_run_no_hash_and_no_rule_of_the_real_rows_is_told():
    plain, private = twins.table().twin, twins.table(private=True).twin
    real = plain.card["training_data"]["files"][0]["sha256"]
    assert real in json.dumps(croissant(plain))
    said = json.dumps(croissant(private), ensure_ascii=False)
    assert real not in said
    assert "HMAC-SHA-256" in said
    assert "0 <= age" not in said
    assert private.tables[0].metadata.constraints == ()
