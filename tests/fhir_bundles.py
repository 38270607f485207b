"""Bundles of invented patients in the form that Synthea and US Core give them."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
NPI = "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi"
SNOMED = "http://snomed.info/sct"

GIVEN = ("Anna", "Peter", "Maria")

Resource = dict[str, Any]


def uuid(*parts: object) -> str:
    return str(uuid5(NAMESPACE_OID, " ".join(map(str, parts))))


def concept(system: str, code: str, display: str, **more: Any) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], **more}


def quantity(value: float, unit: str) -> Resource:
    system = "http://unitsofmeasure.org"
    return {"value": value, "unit": unit, "system": system, "code": unit}


def urn(*parts: object) -> Resource:
    return {"reference": f"urn:uuid:{uuid(*parts)}"}


def patient(number: int) -> Resource:
    codes = [("MR", "Medical Record Number"), ("SS", "Social Security Number")]
    values = [uuid("patient", number), f"999-{10 + number}-{1000 + number}"]
    identifiers = [
        {"type": concept(V2, code, words, text=words), "system": f"http://example.org/{code}"}
        for code, words in codes
    ]
    black = number % 2
    race = ["2054-5", "Black"] if black else ["2106-3", "White"]
    return {
        "resourceType": "Patient",
        "id": uuid("patient", number),
        "meta": {"profile": [f"{US_CORE}/us-core-patient"]},
        "text": {"status": "generated", "div": "<div>Secret Story</div>"},
        "extension": [
            {
                "url": f"{US_CORE}/us-core-race",
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {
                            "system": "urn:oid:2.16.840.1.113883.6.238",
                            "code": race[0],
                            "display": race[1],
                        },
                    },
                    {"url": "text", "valueString": race[1]},
                ],
            },
            {"url": f"{US_CORE}/us-core-birthsex", "valueCode": "FM"[black]},
        ],
        "identifier": [{**i, "value": value} for i, value in zip(identifiers, values, strict=True)],
        "name": [
            {"use": "official", "family": f"Miller{number}", "given": [GIVEN[number % 3], "Eva"]},
            {"use": "maiden", "family": f"Smith{number}", "given": [GIVEN[number % 3]]},
        ],
        "telecom": [{"system": "phone", "value": f"555-201-{1000 + number}", "use": "home"}],
        "gender": ["female", "male"][black],
        "birthDate": f"19{30 + number}-05-0{1 + number % 9}",
        "address": [{"line": [f"{number} Main Street"], "city": "Stanford", "state": "CA"}],
        "multipleBirthBoolean": bool(black),
    }


def encounter(number: int, visit: int) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": uuid("encounter", number, visit),
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": ["AMB", "EMER"][visit % 2],
        },
        "type": [concept(SNOMED, "410620009", "Well child visit", text="Well child visit")],
        "subject": {**urn("patient", number), "display": f"Miller{number}"},
        "participant": [{"individual": {"reference": f"{NPI}|99{number}", "display": "Dr. Who"}}],
        "period": {
            "start": f"20{10 + visit}-03-0{1 + number % 9}T08:00:00-08:00",
            "end": f"20{10 + visit}-03-0{1 + number % 9}T08:15:00-08:00",
        },
    }


def blood_pressure(number: int, visit: int) -> Resource:
    loinc = "http://loinc.org"
    return {
        "resourceType": "Observation",
        "id": uuid("pressure", number, visit),
        "status": "final",
        "code": {
            "coding": [
                {"system": loinc, "code": "85354-9", "display": "Blood Pressure"},
                {"system": loinc, "code": "55284-4", "display": "BP"},
            ],
            "text": "Blood Pressure",
        },
        "subject": urn("patient", number),
        "encounter": urn("encounter", number, visit),
        "component": [
            {
                "code": concept(loinc, "8462-4", "Diastolic"),
                "valueQuantity": quantity(80 + number, "mm[Hg]"),
            },
            {
                "code": concept(loinc, "8480-6", "Systolic"),
                "valueQuantity": quantity(120 + visit + 0.5, "mm[Hg]"),
            },
        ],
    }


def condition(number: int, visit: int) -> Resource:
    return {
        "resourceType": "Condition",
        "id": uuid("condition", number, visit),
        "code": concept(SNOMED, "16114001", "Fracture of ankle"),
        "subject": urn("patient", number),
        "encounter": urn("encounter", number, visit),
        "onsetDateTime": f"20{10 + visit}-03-01T08:00:00-08:00",
    }


def resources(number: int, visits: int = 2) -> list[Resource]:
    found = [patient(number)]
    for visit in range(visits):
        found += [encounter(number, visit), blood_pressure(number, visit)]
    return [*found, condition(number, 0)]


def bundle(*resources: Resource) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{r['id']}",
                "resource": r,
                "request": {"method": "POST", "url": r["resourceType"]},
            }
            for r in resources
        ],
    }
