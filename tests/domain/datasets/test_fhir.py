"""FHIR bundles and bulk exports as one set of linked tables, and the way back."""

import copy
import io
import json
import zipfile
from contextlib import nullcontext

import pyarrow as pa
import pytest

from domain.datasets.entities import Metadata, PiiKind, TableMetadata
from domain.datasets.nested_metadata import with_nesting
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file, read_files
from domain.datasets.table_reading import FileReading
from domain.datasets.writing_json import ending, json_document
from domain.kernel import BadInput, TooLarge, no_progress
from tests.fhir_bundles import bundle, condition, encounter, patient, resources, uuid

PATIENTS = 30


def reading_of(files: dict[str, bytes]) -> FileReading:
    opened = ((name, nullcontext(io.BytesIO(data))) for name, data in files.items())
    (found,) = read_files(opened)
    return found


def tables_of(found: FileReading) -> dict[str, pa.Table]:
    return {t.name: pa.Table.from_batches(t.batches) for t in found.tables}


def read(*bundles: dict) -> tuple[dict[str, pa.Table], FileReading]:
    found = reading_of({f"{n}.json": json.dumps(b).encode() for n, b in enumerate(bundles)})
    return tables_of(found), found


def written(tables: dict[str, pa.Table], found: FileReading) -> str:
    columns = {name: TableMetadata(columns=()) for name in tables}
    metadata = Metadata(tables=columns, nesting=found.nesting)
    return b"".join(json_document(tables, metadata)).decode()


def refusal(name: str, document: object) -> str:
    with pytest.raises(BadInput) as caught:
        reading_of({name: json.dumps(document).encode()})
    assert caught.value.message.endswith(".")
    assert "Miller" not in caught.value.message
    return caught.value.message


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, pa.Table], FileReading]:
    return read(*(bundle(*resources(number)) for number in range(PATIENTS)))


@pytest.fixture(scope="module")
def profiled(whole) -> Metadata:
    tables, found = whole
    return profile(tables, with_nesting(None, found.nesting), no_progress)[1]


def test_a_bundle_a_patient_makes_one_table_a_type(whole):
    tables, _ = whole
    assert {name: t.num_rows for name, t in tables.items()} == {
        "Patient": 30,
        "Encounter": 60,
        "Observation": 60,
        "Observation_component": 120,
        "Condition": 30,
    }


def test_codings_quantities_and_extensions_are_columns_of_plain_names(whole):
    tables, _ = whole
    assert tables["Patient"].column_names == [
        *("id", "race.ombCategory", "race.ombCategory.display", "race.text", "birthsex"),
        *("identifier.SS", "name.family", "name.given", "name.given (2)"),
        *("name.family (2)", "name.given (3)"),
        *("telecom.phone", "gender", "birthDate", "address.line", "address.city"),
        *("address.state", "multipleBirthBoolean"),
    ]
    component = tables["Observation_component"].slice(0, 1).to_pylist()[0]
    assert component == {
        "Observation_id": uuid("pressure", 0, 0),
        "code": "8462-4",
        "code.display": "Diastolic",
        "valueQuantity": "80",
        "valueQuantity.unit": "mm[Hg]",
    }


def test_references_lead_from_patient_to_encounter_to_what_happened_there(profiled):
    links = {
        (r.parent_table_name, r.child_table_name, r.child_foreign_key)
        for r in profiled.relationships
    }
    assert links == {
        ("Patient", "Encounter", "subject"),
        ("Patient", "Observation", "subject"),
        ("Encounter", "Observation", "encounter"),
        ("Observation", "Observation_component", "Observation_id"),
        ("Patient", "Condition", "subject"),
        ("Encounter", "Condition", "encounter"),
    }
    keys = {name: t.primary_key for name, t in profiled.tables.items()}
    assert keys == {
        "Patient": "id",
        "Encounter": "id",
        "Observation": "id",
        "Observation_component": None,
        "Condition": "id",
    }


def test_names_numbers_and_addresses_of_patients_are_flagged(profiled):
    flagged = {f.column: f.kind for f in profiled.pii_flags if f.table == "Patient"}
    assert {
        "identifier.SS": PiiKind.SSN,
        "name.family": PiiKind.NAME,
        "name.given": PiiKind.NAME,
        "name.family (2)": PiiKind.NAME,
        "telecom.phone": PiiKind.PHONE,
        "birthDate": PiiKind.BIRTH_DATE,
        "address.line": PiiKind.ADDRESS,
    }.items() <= flagged.items()
    clinicians = {f.column: f.kind for f in profiled.pii_flags if f.table == "Encounter"}
    assert clinicians["participant.individual.us-npi"] is PiiKind.RECORD_NUMBER


def test_a_code_keeps_its_words(profiled):
    rules = [str(c) for c in profiled.tables["Observation_component"].constraints]
    assert 'combination(code, "code.display")' in rules


def test_what_is_left_out_is_listed_with_its_path_and_never_a_value(whole):
    _, found = whole
    notes = "\n".join(found.notes)
    for path in (
        *("meta (30)", "text (30)", "Encounter.subject.display (60)"),
        *("Observation.code.coding (60)", "Encounter.type.text (60)", "Patient.identifier"),
        *("Encounter.participant.individual (60)", "Observation.component.code.system"),
    ):
        assert path in notes
    assert not any(value in notes for value in ("Secret", "Miller", "Dr. Who", "999-"))


def test_what_is_read_is_written_again_but_for_what_was_left_out(whole):
    tables, found = whole
    document = json.loads(written(tables, found))
    assert (document["resourceType"], document["type"]) == ("Bundle", "transaction")
    entries = {e["resource"]["id"]: e for e in document["entry"]}
    before = [e for n in range(PATIENTS) for e in bundle(*resources(n))["entry"]]
    assert len(entries) == len(document["entry"]) == len(before)
    for entry in before:
        assert entries[entry["resource"]["id"]] == without_what_is_listed(entry)


def without_what_is_listed(entry: dict) -> dict:
    entry = copy.deepcopy(entry)
    resource = entry["resource"]
    resource.pop("meta", None)
    resource.pop("text", None)
    resource.get("subject", {}).pop("display", None)
    for identifier in resource.get("identifier", ()):
        del identifier["type"]["text"]
    for part in resource.get("participant", ()):
        del part["individual"]["display"]
    for kind in resource.get("type", ()):
        kind.pop("text")
    for part in resource.get("component", ()):
        del part["valueQuantity"]["code"]
    if resource["resourceType"] == "Observation":
        del resource["code"]["coding"][1:], resource["code"]["text"]
    return entry


def test_a_bulk_export_gives_the_same_tables_and_comes_back_a_resource_a_line(whole):
    tables, _ = whole
    lines: dict[str, list[str]] = {}
    for number in range(PATIENTS):
        for resource in resources(number):
            text = json.dumps(resource)
            for kind in ("Patient", "Encounter"):
                text = text.replace(
                    f'{{"reference": "urn:uuid:{uuid(kind.lower(), number)}"',
                    f'{{"reference": "{kind}/{uuid(kind.lower(), number)}"',
                )
            lines.setdefault(resource["resourceType"], []).append(text)
    found = reading_of({f"{k}.ndjson": "\n".join(v).encode() for k, v in lines.items()})
    exported = tables_of(found)
    assert exported["Encounter"]["subject"] == tables["Encounter"]["subject"]
    assert exported["Patient"].equals(tables["Patient"])
    again = [json.loads(line) for line in written(exported, found).splitlines()]
    assert {r["resourceType"] for r in again} == set(lines)
    assert next(r for r in again if r["resourceType"] == "Encounter")["subject"] == {
        "reference": f"Patient/{uuid('patient', 0)}"
    }


def test_a_zip_of_bundles_is_read_like_its_files(whole):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(PATIENTS):
            text = json.dumps(bundle(*resources(number)))
            archive.writestr(f"fhir/{number:02}.json", text)
        archive.writestr("__MACOSX/._0.json", "junk")
    tables = tables_of(read_file("export.zip", io.BytesIO(packed.getvalue())))
    assert tables["Observation"].equals(whole[0]["Observation"])
    with pytest.raises(TooLarge, match="command line"):
        read_file("export.zip", io.BytesIO(packed.getvalue()), unpacked_limit=10_000)


def test_a_zip_of_anything_else_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    with pytest.raises(BadInput, match="no JSON"):
        read_file("a.zip", packed)
    with pytest.raises(BadInput, match="no readable zip"):
        read_file("a.zip", io.BytesIO(b"PK\x03\x04 nothing"))
    torn = packed.getvalue().replace(b"a.csv", b"a.json")[:-30]
    with pytest.raises(BadInput, match="no readable zip"):
        read_file("a.zip", io.BytesIO(torn))


def test_contained_resources_become_rows_that_their_owner_refers_to():
    tablet = {"resourceType": "Medication", "id": "m", "status": "active", "form": {"text": "pill"}}
    order = {
        "resourceType": "MedicationRequest",
        "id": "o1",
        "intent": "order",
        "contained": [tablet],
        "medicationReference": {"reference": "#m"},
    }
    tables, found = read(bundle(order))
    assert tables["MedicationRequest"]["medicationReference"].to_pylist() == ["o1.m"]
    assert tables["Medication"]["id"].to_pylist() == ["o1.m"]
    again = json.loads(written(tables, found))["entry"]
    reference = next(e for e in again if "medicationReference" in e["resource"])["resource"]
    assert reference["medicationReference"] == {"reference": "Medication/o1.m"}


def test_an_id_that_differs_from_its_address_is_found_by_either():
    one = {**patient(0), "id": "p1"}
    document = bundle(one, encounter(0, 0))
    document["entry"][0]["fullUrl"] = f"urn:uuid:{uuid('patient', 0)}"
    tables, _ = read(document)
    assert tables["Encounter"]["subject"].to_pylist() == ["p1"]


def test_resources_that_refer_to_each_other_in_a_circle_are_linked_one_way():
    back = {**encounter(0, 0), "diagnosis": [{"condition": {"reference": "Condition/c1"}}]}
    first = {**condition(0, 0), "id": "c1"}
    tables, found = read(bundle(patient(0), back, first))
    metadata = profile(tables, with_nesting(None, found.nesting), no_progress)[1]
    links = {(r.parent_table_name, r.child_table_name) for r in metadata.relationships}
    assert ("Encounter", "Condition") in links or ("Condition", "Encounter") in links
    assert not {("Encounter", "Condition"), ("Condition", "Encounter")} <= links


def test_what_stands_in_two_files_is_one_row_but_one_id_for_two_things_is_refused():
    tables, found = read(bundle(patient(0)), bundle(patient(0), patient(1)))
    assert tables["Patient"].num_rows == 2
    assert any("more than once" in note for note in found.notes)
    other = {**patient(1), "id": uuid("patient", 0)}
    assert "id of another one" in refusal("t.json", bundle(patient(0), other))


def test_a_reference_to_nobody_links_nothing_and_is_counted():
    tables, found = read(bundle(encounter(0, 0), encounter(1, 0)))
    assert tables["Encounter"]["subject"].to_pylist() == [uuid("patient", n) for n in (0, 1)]
    assert not any(c.targets for t in found.nesting.tables for c in t.columns)
    assert any("Encounter.subject (2)" in note for note in found.notes)


def test_lists_of_one_are_columns_and_lists_within_them_hang_on_the_record():
    def study(number: int, images: int) -> dict:
        series = {"uid": str(number), "instance": [{"title": str(i)} for i in range(images)]}
        return {"resourceType": "ImagingStudy", "id": f"s{number}", "series": [series]}

    tables, found = read(bundle(study(1, 2), study(2, 1)))
    assert tables["ImagingStudy"]["series.uid"].to_pylist() == ["1", "2"]
    images = tables["ImagingStudy_series_instance"]
    assert images["ImagingStudy_id"].to_pylist() == ["s1", "s1", "s2"]
    again = [e["resource"] for e in json.loads(written(tables, found))["entry"]]
    assert again == [study(1, 2), study(2, 1)]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"resourceType": "Bundle", "entry": []}, "without resources"),
        ({"resourceType": "Bundle", "entry": {"a": 1}}, "without resources"),
        ({"resourceType": "Bundle", "entry": [3, {"resource": None}]}, "without resources"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "Miller"}}]}, "entry 1"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "../x"}}]}, "entry 1"),
    ],
)
def test_a_bundle_that_is_none_is_refused(document, said):
    assert said in refusal("t.json", document)


def test_elements_of_another_form_than_fhir_gives_them_do_no_harm():
    odd = {
        "resourceType": "Patient",
        "id": "p",
        "name": "Anna",
        "telecom": ["x"],
        "identifier": [{"value": 3}, "y"],
        "extension": [{"valueString": "z"}, 4],
        "contained": {"a": 1},
        "maritalStatus": {"coding": []},
        "contact": [1, {"a": [[2]]}],
        "_birthDate": {"id": "q"},
    }
    tables, _ = read(bundle(odd, {"resourceType": "Patient", "id": "q", "gender": "male"}))
    assert tables["Patient"]["name"].to_pylist() == ["Anna", None]


def test_an_element_nested_too_deeply_is_refused():
    deep: dict = {"a": 1}
    for _ in range(80):
        deep = {"b": deep}
    assert "deep" in refusal("t.json", bundle({"resourceType": "Basic", "id": "1", "x": deep}))


def test_the_ending_says_whether_the_document_has_lines(whole):
    _, found = whole
    assert ending(Metadata(tables={}, nesting=found.nesting)) == "json"
