"""The eighteen identifiers of Safe Harbor in one data set: which columns, and what became of them.

Source: 45 CFR 164.514(b)(2)(i)(A) to (R). Read from the model card alone, which names columns and
decisions and quotes no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.compliance.columns_word import ColumnsWord
from domain.datasets.entities import PiiKind, SdType
from domain.datasets.headers import names_a_number, names_an_id, words_of

LETTERS = "ABCDEFGHIJKLMNOPQR"


class Fate(StrEnum):
    """What became of a column on its way into the twin."""

    LEFT_OUT = "left out"
    INVENTED = "replaced by invented values"
    MODELLED = "modelled"
    """Drawn values have the look and the distribution of real ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyingColumn:
    """A column that may hold one of the identifiers."""

    letter: str
    table: str
    column: str
    flagged: bool
    """Whether the check of the upload suspected it; else its header or type speaks here."""
    fate: Fate
    note: str = ""
    """What a reviewer should know of it, in one sentence."""


_DATES = (
    "Drawn dates are given to the day or finer; to a reviewer they look like class C, so drop the "
    "column or give the year instead where Safe Harbor is relied on."
)
_AGES = "Ages over 89 are not gathered into “90 and over”."
_BANDS = "Check that its highest band is “90 and over”."
_DECIDED = "A person decided to keep it as it is."
_UNSEEN = "It was kept as suggested, and nobody looked."

_NAMED = 5
"""Columns that a sentence names; the table of identifiers has all."""

_KIND: Mapping[str, str] = {
    PiiKind.NAME: "A",
    PiiKind.ADDRESS: "B",
    PiiKind.BIRTH_DATE: "C",
    PiiKind.PHONE: "D",
    PiiKind.EMAIL: "F",
    PiiKind.SSN: "G",
    PiiKind.RECORD_NUMBER: "R",
}

_NUMBERS: Mapping[str, frozenset[str]] = {
    "H": frozenset({"mrn", "medical", "patient", "patientennummer"}),
    "I": frozenset({"beneficiary", "policy", "plan", "member", "subscriber", "insured", "payer"}),
    "J": frozenset({"account", "acct", "iban", "card", "konto", "kontonummer"}),
    "K": frozenset(
        {"license", "licence", "drivers", "certificate", "passport", "npi", "dl", "ppn"}
    ),
    "L": frozenset({"vin", "vehicle", "plate"}),
    "M": frozenset({"device", "serial", "udi", "imei", "implant"}),
    "O": frozenset({"ip", "ipaddress", "ipv4", "ipv6"}),
}
"""Words that say whose number a number is."""

_HEADERS: Mapping[str, frozenset[str]] = {
    "E": frozenset({"fax"}),
    "B": frozenset(
        {
            *("address", "street", "city", "town", "county", "district", "parish", "precinct"),
            *("birthplace", "village", "municipality", "suburb", "borough"),
            *("zip", "zipcode", "postcode", "postal", "plz", "latitude", "longitude", "lat", "lon"),
        }
    ),
    "L": frozenset({"vin"}),
    "M": frozenset({"udi", "imei"}),
    "N": frozenset({"url", "website", "homepage", "hyperlink", "weblink"}),
    "O": frozenset({"ip", "ipaddress"}),
    "P": frozenset({"biometric", "fingerprint", "voiceprint", "faceprint", "retina"}),
    "Q": frozenset({"photo", "photograph", "portrait"}),
}
"""Words that speak for themselves, in columns that nothing suspected."""

_FATES: Mapping[str, Fate] = {"left out": Fate.LEFT_OUT, "modelled": Fate.MODELLED}


def identifying_columns(card: Mapping[str, Any]) -> tuple[IdentifyingColumn, ...]:
    """Every column of the model card that may hold an identifier, by letter, then as they stand."""
    flags = {
        (flag["table"], flag["column"]): flag["kind"]
        for flag in card["training_data"]["pii_decisions"]
    }
    word = ColumnsWord.of(card)
    kept = _DECIDED if word and word.by_person else _UNSEEN
    found = [
        _column(
            letter,
            table["name"],
            column,
            suspicion=kept if (table["name"], column["name"]) in flags else "",
        )
        for table in card["training_data"]["tables"]
        for column in table["columns"]
        if (letter := _letter(column, flags.get((table["name"], column["name"]))))
    ]
    return tuple(sorted(found, key=lambda column: column.letter))


def identifies(column: Mapping[str, Any]) -> str:
    """What a column of the model card may tell people apart by: what was suspected of it, or else
    the letter for which its type and header speak; empty where nothing does."""
    if column["pii"]:
        return str(column["pii"])
    letter = _letter(column, None)
    return f"Safe Harbor {letter}" if letter else ""


def objections(columns: tuple[IdentifyingColumn, ...]) -> dict[str, str]:
    """Why Safe Harbor cannot be claimed, by letter: identifiers that are in the twin's columns."""
    found = {}
    for letter in LETTERS:
        open_ones = [c for c in columns if c.letter == letter and c.fate is Fate.MODELLED]
        if open_ones:
            notes = " ".join(dict.fromkeys(c.note for c in open_ones if c.note))
            found[letter] = f"Modelled, not removed: {named_columns(open_ones)}. {notes}".strip()
    return found


def named_columns(columns: Sequence[IdentifyingColumn]) -> str:
    """The first few by name, and how many more there are."""
    named = ", ".join(f"“{c.column}” of “{c.table}”" for c in columns[:_NAMED])
    more = len(columns) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _column(
    letter: str, table: str, column: Mapping[str, Any], *, suspicion: str
) -> IdentifyingColumn:
    """``suspicion``: how one that was suspected came to be kept; empty of others."""
    fate = _FATES.get(column["treatment"], Fate.INVENTED)
    return IdentifyingColumn(
        letter=letter,
        table=table,
        column=column["name"],
        flagged=bool(suspicion),
        fate=fate,
        note=" ".join(_notes(letter, column, suspicion)) if fate is Fate.MODELLED else "",
    )


def _notes(letter: str, column: Mapping[str, Any], suspicion: str) -> Iterator[str]:
    if suspicion:
        yield suspicion
    if column["type"] == SdType.DATETIME:
        yield _DATES
    elif letter == "C" and "age" in words_of(column["name"]):
        yield _AGES if column["type"] in (SdType.INTEGER, SdType.FLOAT) else _BANDS


def _letter(column: Mapping[str, Any], flagged_as: str | None) -> str:
    """The identifier that a column may hold; empty where none."""
    kind = flagged_as or column["pii"]
    words = frozenset(words_of(column["name"]))
    if kind == PiiKind.PHONE and words & _HEADERS["E"]:
        return "E"
    if kind and kind != PiiKind.RECORD_NUMBER:
        return _KIND[kind]
    if kind or column["type"] == SdType.ID or _is_number(column["name"]):
        return _whose(words) or ("R" if kind or column["type"] == SdType.ID else "")
    if column["type"] == SdType.DATETIME or "age" in words:
        return "C"
    if named := _named_alone(column):
        return named
    return next((letter for letter, known in _HEADERS.items() if words & known), "")


def _is_number(header: str) -> bool:
    return names_an_id(header) or names_a_number(header)


def _named_alone(column: Mapping[str, Any]) -> str:
    """Of whole numbers and free text under a header such as ``account``: whose number it is."""
    if column["type"] not in (SdType.INTEGER, SdType.TEXT):
        return ""
    return _whose(frozenset(words_of(column["name"])[-1:]))


def _whose(words: frozenset[str]) -> str:
    return next((letter for letter, known in _NUMBERS.items() if words & known), "")
