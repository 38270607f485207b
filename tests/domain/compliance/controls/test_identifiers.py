"""Safe Harbor is answered for the columns at hand, by letter, and dates are not glossed over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.compliance.controls.identifiers import identifies, identifying_columns, objections
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import ColumnSpec, PiiAction, PiiKind, SdType
from tests.domain.compliance.controls.packs import files, mapped, row
from tests.domain.compliance.examples import card


def card_of(*columns: ColumnSpec, flagged: dict[str, PiiKind] | None = None) -> dict:
    made = card(1, evaluated=False)
    treatments = {PiiAction.DROP: "left out", PiiAction.SURROGATE: "invented surrogates"}
    made["training_data"]["tables"][0]["columns"] = [
        {
            "name": c.name,
            "type": str(c.sdtype),
            "treatment": treatments.get(c.pii_action, "modelled"),
            "pii": str(c.pii_kind) if c.pii_kind else None,
        }
        for c in columns
    ]
    made["training_data"]["pii_decisions"] = [
        {"table": "visits", "column": name, "kind": str(kind)}
        for name, kind in (flagged or {}).items()
    ]
    return made


def letters(*columns: ColumnSpec, **more) -> dict[str, str]:
    return {c.column: c.letter for c in identifying_columns(card_of(*columns, **more))}


def spec(name: str, sdtype: SdType = SdType.CATEGORICAL, **more) -> ColumnSpec:
    return ColumnSpec(name=name, sdtype=sdtype, **more)


@pytest.mark.parametrize(
    ("column", "kind", "letter"),
    [
        ("FIRST", PiiKind.NAME, "A"),
        ("ADDRESS", PiiKind.ADDRESS, "B"),
        ("BIRTHDATE", PiiKind.BIRTH_DATE, "C"),
        ("mobile", PiiKind.PHONE, "D"),
        ("fax_number", PiiKind.PHONE, "E"),
        ("e_mail", PiiKind.EMAIL, "F"),
        ("SSN", PiiKind.SSN, "G"),
        ("mrn", PiiKind.RECORD_NUMBER, "H"),
        ("member_number", PiiKind.RECORD_NUMBER, "I"),
        ("account_number", PiiKind.RECORD_NUMBER, "J"),
        ("DRIVERS", PiiKind.RECORD_NUMBER, "K"),
        ("vin", PiiKind.RECORD_NUMBER, "L"),
        ("ip_address", PiiKind.RECORD_NUMBER, "O"),
        ("username", PiiKind.RECORD_NUMBER, "R"),
    ],
)
def test_what_the_check_suspected_stands_under_its_letter(column, kind, letter):
    assert letters(spec(column), flagged={column: kind}) == {column: letter}


@pytest.mark.parametrize(
    ("column", "letter"),
    [
        (spec("city"), "B"),
        (spec("ZIP"), "B"),
        (spec("BIRTHPLACE"), "B"),
        (spec("admitted", SdType.DATETIME), "C"),
        (spec("age", SdType.INTEGER), "C"),
        (spec("device_id"), "M"),
        (spec("account", SdType.INTEGER), "J"),
        (spec("CounterpartyAccount", SdType.TEXT), "J"),
        (spec("patient", SdType.INTEGER), "H"),
        (spec("homepage"), "N"),
        (spec("fingerprint"), "P"),
        (spec("photo"), "Q"),
        (spec("encounter", SdType.ID), "R"),
    ],
)
def test_headers_and_types_speak_where_nothing_was_suspected(column, letter):
    assert letters(column) == {column.name: letter}


def test_card_and_controls_say_the_same_of_a_column_that_nothing_suspected():
    document = card_of(spec("account", SdType.INTEGER), spec("amount", SdType.FLOAT))
    (table,) = document["training_data"]["tables"]
    (found,) = identifying_columns(document)
    assert (found.column, found.letter) == ("account", "J")
    assert [identifies(column) for column in table["columns"]] == ["Safe Harbor J", ""]


def test_quantities_and_states_are_no_identifiers():
    harmless = ("account_balance", "insurance_type", "state", "device_class", "vehicle_value")
    assert letters(*(spec(name) for name in harmless)) == {}
    assert letters(spec("account_balance", SdType.INTEGER), spec("plan"), spec("device")) == {}


def test_what_was_left_out_or_replaced_is_no_objection():
    columns = identifying_columns(
        card_of(
            spec("name", pii_action=PiiAction.DROP, pii_kind=PiiKind.NAME),
            spec("ssn", pii_action=PiiAction.SURROGATE, pii_kind=PiiKind.SSN),
        )
    )
    assert [str(c.fate) for c in columns] == ["left out", "replaced by invented values"]
    assert objections(columns) == {}


def test_dates_to_the_day_and_high_ages_are_told_as_class_c():
    columns = identifying_columns(
        card_of(spec("admitted", SdType.DATETIME), spec("age", SdType.INTEGER))
    )
    assert list(objections(columns)) == ["C"]
    assert "“admitted” of “visits”" in objections(columns)["C"]
    assert "look like class C" in objections(columns)["C"]
    assert "over 89" in objections(columns)["C"]


def test_a_modelled_identifier_takes_its_row_from_the_tool():
    kept = card_of(spec("admitted", SdType.DATETIME))
    kept["provenance"] = card(1, evaluated=False)["provenance"]
    found = mapped(files(model_card=kept))
    assert row(found, "164.514(b)(2)(i)(C)")["status"] == "organisation only"
    assert "Modelled, not removed" in row(found, "164.514(b)(2)(i)(C)")["reasons"][0]
    assert row(found, "164.514(b)(2)(i)(G)")["status"] == "supported"


def test_an_identifier_that_a_person_kept_says_so():
    kept = spec("ssn", pii_kind=PiiKind.SSN)
    assert (
        "A person decided"
        in objections(identifying_columns(card_of(kept, flagged={"ssn": PiiKind.SSN})))["G"]
    )
    other = replace(kept, name="e", pii_kind=PiiKind.EMAIL)
    assert "A person" not in objections(identifying_columns(card_of(other)))["F"]


def test_the_table_has_all_letters_and_only_with_hipaa():
    assert [i["letter"] for i in mapped()["identifiers"]] == list("ABCDEFGHIJKLMNOPQR")
    assert mapped(frameworks=["soc2"])["identifiers"] == []


def test_an_identifier_that_was_kept_unseen_is_nobodys_decision():
    told = card_of(spec("ssn", pii_kind=PiiKind.SSN), flagged={"ssn": PiiKind.SSN})
    for step in told["provenance"]:
        if step["step"] == Confirmation.SEEN.step:
            step["step"] = Confirmation.UNSEEN.step
    objection = objections(identifying_columns(told))["G"]
    assert "A person" not in objection
    assert "nobody looked" in objection
