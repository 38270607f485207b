"""Columns whose names sound like special categories of personal data, for a person to decide.

Source: Article 9(1) GDPR. Names of columns and tables alone are looked at, so that a hint proves
nothing, and no hint clears nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.datasets.headers import words_of

_HEALTH = "health"
_WORDS: Mapping[str, frozenset[str]] = {
    "racial or ethnic origin": frozenset(
        {
            *("race", "races", "racial", "ethnic", "ethnicity", "ethnicities", "tribe", "caste"),
            *("nationality", "citizenship", "birthplace", "birthcountry", "ancestry"),
        }
    ),
    "political opinions": frozenset({"political", "politics", "politician"}),
    "religious or philosophical beliefs": frozenset(
        {"religion", "religions", "religious", "faith", "church", "denomination", "belief"}
    ),
    "trade union membership": frozenset({"union", "unionised", "unionized"}),
    "genetic data": frozenset(
        {"gene", "genes", "genetic", "genome", "genotype", "dna", "rna", "snp", "allele"}
    ),
    "biometric data": frozenset(
        {"biometric", "biometrics", "fingerprint", "voiceprint", "faceprint", "retina"}
    ),
    _HEALTH: frozenset(
        {
            *("health", "healthcare", "medical", "clinical", "patient", "patients", "encounter"),
            *("encounters", "encounterclass", "hospital", "ward", "icd", "icd9", "icd10", "drg"),
            *("snomed", "loinc", "diag", "diagnosis", "diagnoses", "disease", "diseases"),
            *("illness", "symptom", "symptoms", "comorbidity", "comorbidities", "allergy"),
            *("allergies", "medication", "medications", "drug", "drugs", "dose", "rx"),
            *("prescription", "treatment", "therapy", "surgery", "immunization", "vaccine"),
            *("immunizations", "blood", "bmi", "glucose", "insulin", "cholesterol", "hba1c"),
            *("creatinine", "tumor", "tumour", "cancer", "ecog", "diabetes", "diabetic", "asthma"),
            *("hiv", "pregnancies", "pregnancy", "pregnant", "disability", "disabilities"),
            *("disabled", "smoker", "smoking", "deathdate", "mortality", "readmitted"),
        }
    ),
    "sex life or sexual orientation": frozenset({"sexual", "sexuality", "lgbt", "lgbtq"}),
}
"""Single words of headers. Sex and gender are no special category by themselves."""

_PAIRS: Mapping[tuple[str, str], str] = {
    ("native", "country"): "racial or ethnic origin",
    ("country", "birth"): "racial or ethnic origin",
}
"""Words that tell only beside each other."""

_HEALTH_TABLES = frozenset({"conditions", "procedures", "observations", "careplans"})
"""Tables of a health record under names that say nothing in a column."""


def special_columns(tables: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """By special category, what of a model card's ``tables`` sounds like it: whole tables of a
    health record, and columns."""
    found: dict[str, list[str]] = {}
    for category, named in _named(tables):
        found.setdefault(category, []).append(named)
    return {category: found[category] for category in _WORDS if category in found}


def _named(tables: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for table in tables:
        whole = bool(frozenset(words_of(table["name"])) & (_HEALTH_TABLES | _WORDS[_HEALTH]))
        if whole:
            yield _HEALTH, f"every column of “{table['name']}”"
        for column in table["columns"]:
            for category in _categories(column["name"]):
                if not (whole and category == _HEALTH):
                    yield category, f"“{column['name']}” of “{table['name']}”"


def _categories(column: str) -> Iterator[str]:
    words = frozenset(words_of(column))
    paired = {category for pair, category in _PAIRS.items() if words.issuperset(pair)}
    yield from (c for c, known in _WORDS.items() if words & known or c in paired)
