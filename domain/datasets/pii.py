"""Which columns identify people: by the words of their header and by the look of their values.

The kinds follow the HIPAA Safe Harbor identifiers (45 CFR 164.514(b)(2)) that tables have. It
is a first look to help a person decide, not a guarantee: free text is searched for e-mail
addresses, phone and social security numbers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import phonenumbers
import pyarrow as pa

from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, PiiFlag, PiiKind, SdType
from domain.datasets.headers import names_a_person, words_of
from domain.datasets.person_names import (
    NAME_WORDS,
    has_given_name,
    has_some_given_name,
    heads_a_name,
    is_capitalised,
    is_full_name,
    names_a_thing,
)
from domain.datasets.values import ColumnValues

_SAMPLE = 500
_TEXTUAL = frozenset({SdType.CATEGORICAL, SdType.TEXT, SdType.ID})
_EMAIL = r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"
_SSN = r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$"
_SSN_DIGITS = r"^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$"
_STREET = (
    r"(?i)^[0-9]+[a-z]?[ ,]+.*\b(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|way|"
    r"court|ct|place|pl|square|sq|terrace|highway|hwy|apt|unit|suite|rue|calle)\b|"
    r"^.*(straße|strasse|str\.|weg|gasse|platz|allee) [0-9]+[a-z]?$|^(rue|calle|avenida|via) .+"
)
_PHONE_LOOK = r"^(\+|00)?[(]?[0-9][0-9 ().\-/x]{7,22}$"
_PHONE_MARK = r"[+() ./-]"
_INSIDE = (
    (
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
        PiiKind.EMAIL,
        "e-mail addresses",
    ),
    (
        r"(^|[^0-9A-Za-z-])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9A-Za-z-])",
        PiiKind.SSN,
        "numbers of the form of US social security numbers",
    ),
    (
        r"(^|[^0-9A-Za-z.-])(\+[0-9][0-9 ()./-]{7,17}[0-9]|"
        r"(\([0-9]{3}\) ?|[0-9]{3}[.-])[0-9]{3}[.-][0-9]{4})($|[^0-9A-Za-z-])",
        PiiKind.PHONE,
        "phone numbers",
    ),
)
"""Written so strictly that one find inside a longer text is enough."""
_IP_ADDRESS = r"^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$"
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_POSTCODE = r"^[0-9]{3,5}(-[0-9]{4})?$|^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$"


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """What a check found in a column."""

    kind: PiiKind
    reason: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class _Column:
    """What the checks look at."""

    spec: ColumnSpec
    words: tuple[str, ...]
    values: ColumnValues

    def has(self, *phrases: str) -> bool:
        """Whether the header has one of the phrases as whole words in a row, or run together."""
        spaced, joined = f" {' '.join(self.words)} ", "".join(self.words)
        return any(
            f" {p} " in spaced or (" " in p and p.replace(" ", "") == joined) for p in phrases
        )

    @property
    def textual(self) -> bool:
        """Whether its values are words rather than quantities."""
        return self.spec.sdtype in _TEXTUAL

    def share(self, pattern: str) -> float:
        """Share of filled cells that match."""
        return self.values.share_matching(pattern)


def flags(tables: Mapping[str, pa.Table], metadata: Metadata) -> tuple[PiiFlag, ...]:
    """Suspicions about the columns of the tables, each with a suggested action."""
    values = {
        name: {c: ColumnValues.of(c, tables[name][c]) for c in tables[name].column_names}
        for name in metadata.tables
    }
    return flags_of_values(values, metadata)


def flags_of_values(
    values: Mapping[str, Mapping[str, ColumnValues]],
    metadata: Metadata,
    looked: Callable[[], None] = lambda: None,
) -> tuple[PiiFlag, ...]:
    """As :func:`flags`, for counted values; calls ``looked`` after each column."""
    found: list[PiiFlag] = []
    for table, meta in metadata.tables.items():
        columns = [
            _Column(s, words_of(s.name), values[table][s.name])
            for s in meta.columns
            if s.name in values[table]
        ]
        suspicions = {}
        for column in columns:
            if suspicion := _suspicion(column, columns):
                suspicions[column.spec.name] = suspicion
            looked()
        people = _people(columns, suspicions)
        for column in columns:
            found_now = suspicions.get(column.spec.name) or (
                _beside_others(column) if people else None
            )
            if found_now:
                found.append(_flag(table, column, found_now, people))
    return tuple(found)


def _people(columns: list[_Column], suspicions: Mapping[str, _Suspicion]) -> int:
    """How many people the table's direct identifiers tell apart; 0 when it has none."""
    return max(
        (
            c.values.distinct
            for c in columns
            if c.spec.name in suspicions and suspicions[c.spec.name].kind is not PiiKind.BIRTH_DATE
        ),
        default=0,
    )


def _suspicion(column: _Column, table: list[_Column]) -> _Suspicion | None:
    if column.values.filled == 0:
        return None
    by_first_and_last = _first_or_last_name(column, table)
    return by_first_and_last or next((s for check in _CHECKS if (s := check(column))), None)


def _beside_others(column: _Column) -> _Suspicion | None:
    """What says little alone, but a lot in a table that has other direct identifiers."""
    return _place(column) or _single_name(column)


def _email(column: _Column) -> _Suspicion | None:
    share = column.share(_EMAIL) if column.textual else 0.0
    named = column.has("email", "e mail", "mail", "correo", "courriel")
    if share >= 0.5 or (named and share >= 0.05):
        return _Suspicion(PiiKind.EMAIL, "the values are e-mail addresses", share)
    return None


def _ssn(column: _Column) -> _Suspicion | None:
    named = column.has("ssn", "social security", "social security number", "sin", "nino")
    share = column.share(_SSN_DIGITS if named else _SSN)
    if share >= (0.3 if named else 0.8) and column.spec.sdtype is not SdType.DATETIME:
        return _Suspicion(
            PiiKind.SSN, "the values have the form of US social security numbers", share
        )
    if column.has("sozialversicherungsnummer", "numero de securite sociale", "svnr"):
        return _Suspicion(PiiKind.SSN, "the header names a social security number")
    return None


_BIRTH = ("dob", "geburtsdatum", "geburtstag", "birthdate", "birthday", "fecha nacimiento")
_BIRTH_PHRASES = ("date of birth", "birth date", "date naissance", "date de naissance")
_BIRTH_MORE = ("fecha de nacimiento", "birth number", "birth dt", "born on")


def _birth_date(column: _Column) -> _Suspicion | None:
    if column.has(*_BIRTH, *_BIRTH_PHRASES, *_BIRTH_MORE):
        return _Suspicion(PiiKind.BIRTH_DATE, "the header names a date of birth")
    return None


_PHONE_WORDS = ("phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "telefon")
_PHONE_MORE = ("handy", "telefono", "movil", "phone number", "portable", "msisdn")


def _phone(column: _Column) -> _Suspicion | None:
    if column.spec.sdtype in (SdType.DATETIME, SdType.FLOAT, SdType.BOOLEAN):
        return None
    if column.has(*_PHONE_WORDS, *_PHONE_MORE):
        share = column.share(_PHONE_LOOK)
        if share >= 0.3:
            return _Suspicion(
                PiiKind.PHONE, "the header and values are those of phone numbers", share
            )
        return None
    if column.share(_PHONE_LOOK) < 0.6 or column.share(_PHONE_MARK) < 0.6:
        return None  # bare digits are numbers until the header says phone
    share = _share_of_sample(column, _is_phone)
    return (
        _Suspicion(PiiKind.PHONE, "the values have the form of phone numbers", share)
        if share >= 0.6
        else None
    )


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    if not 10 <= digits <= 15:
        return False
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else "US")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def _record_number(column: _Column) -> _Suspicion | None:
    checksummed = _bank_number(column)
    if checksummed:
        return checksummed
    if column.textual and column.share(_IP_ADDRESS) >= 0.8:
        return _Suspicion(PiiKind.RECORD_NUMBER, "the values are network addresses")
    many = column.values.distinct > 20 or column.values.unique
    if not many or column.spec.sdtype in (SdType.FLOAT, SdType.BOOLEAN, SdType.DATETIME):
        return None
    if column.has(*_RECORDS) or _is_persons_id(column):
        return _Suspicion(PiiKind.RECORD_NUMBER, "the header names a number held by one person")
    return None


_RECORDS = (
    *("mrn", "medical record number", "medical record", "passport", "passport number", "iban"),
    *("drivers", "driver license", "drivers license", "license number", "licence number"),
    *("account number", "account no", "acct no", "acct", "account nbr", "policy number"),
    *("policy no", "member number", "card number", "credit card", "cc number", "tax id", "npi"),
    *("customer number", "customer no", "employee number", "username", "user name", "login"),
    *("patient number", "patient no", "health plan number", "beneficiary number", "vin"),
    *("identifier mr", "identifier mrn", "identifier dl", "identifier ppn", "identifier mb"),
    *("identifier ni", "identifier an", "identifier tax", "identifier npi"),  # FHIR, HL7 v2-0203
    *("patientennummer", "kundennummer", "kontonummer", "versichertennummer", "account to"),
)
_ID_ENDS = frozenset({"id", "key", "nbr", "nr", "number", "no", "identifier", "uuid", "code"})


def _is_persons_id(column: _Column) -> bool:
    if not names_a_person(column.spec.name) or column.spec.sdtype is SdType.TEXT:
        return False
    return column.words[-1] in _ID_ENDS or (
        len(column.words) == 1 and column.spec.sdtype is SdType.ID
    )


def _bank_number(column: _Column) -> _Suspicion | None:
    if column.spec.sdtype in (SdType.DATETIME, SdType.FLOAT, SdType.BOOLEAN):
        return None
    for test, what in ((_is_iban, "IBANs"), (_is_card, "payment card numbers")):
        share = _share_of_sample(column, test)
        if share >= 0.8:
            reason = f"the values are {what}, by their checksum"
            return _Suspicion(PiiKind.RECORD_NUMBER, reason, share)
    return None


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "")
    if not _IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    if not _CARD.fullmatch(text):
        return False
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
    return any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


_ADDRESS_WORDS = ("address", "addr", "street", "strasse", "adresse", "anschrift", "direccion")
_ADDRESS_MORE = ("calle", "rue", "address line", "address1", "address2", "street address")
_POST_WORDS = ("zip", "zipcode", "zip code", "postcode", "postal code", "post code", "plz")


def _address(column: _Column) -> _Suspicion | None:
    if not column.textual and not column.has(*_POST_WORDS):
        return None
    share = column.share(_STREET) if column.textual else 0.0
    if share >= 0.5:
        return _Suspicion(PiiKind.ADDRESS, "the values have the form of street addresses", share)
    if column.has(*_ADDRESS_WORDS, *_ADDRESS_MORE) and column.values.distinct > 20:
        return _Suspicion(PiiKind.ADDRESS, "the header names an address")
    if column.has(*_POST_WORDS) and column.share(_POSTCODE) >= 0.5:
        reason = "the header and values are those of postal codes"
        return _Suspicion(PiiKind.ADDRESS, reason, column.share(_POSTCODE))
    return None


def _place(column: _Column) -> _Suspicion | None:
    """Coordinates: of a person only where the table has other direct identifiers."""
    if column.has("lat", "latitude", "lon", "lng", "long", "longitude") and (
        column.spec.sdtype is SdType.FLOAT
    ):
        reason = "the header names coordinates, in a table that identifies people"
        return _Suspicion(PiiKind.ADDRESS, reason)
    return None


_PLACES_AND_THINGS = frozenset(
    {
        *("city", "town", "place", "county", "state", "region", "country", "location", "street"),
        *("product", "item", "brand", "store", "shop", "station", "hospital", "airport", "title"),
    }
)
"""What is often named after people."""


def _name(column: _Column) -> _Suspicion | None:
    if not column.textual or column.values.distinct < 2:
        return None
    capitalised = _share_of_sample(column, is_capitalised)
    if column.has(*NAME_WORDS) and capitalised >= 0.5:
        return _Suspicion(PiiKind.NAME, "the header names a person's name", capitalised)
    if not _PLACES_AND_THINGS.isdisjoint(column.words):
        return None
    if capitalised >= 0.8 and _share_of_sample(column, has_given_name) >= 0.3:
        return _Suspicion(PiiKind.NAME, "the values have the form of people's names", capitalised)
    return None


def _headed_name(column: _Column) -> _Suspicion | None:
    """``name`` or ``patient`` over values that look like ``Zoë O'Neil``."""
    if not _may_be_headed_name(column):
        return None
    full = _share_of_sample(column, is_full_name)
    given = _share_of_sample(column, has_some_given_name)
    spread = column.values.distinct_share >= 0.5
    if given < 0.3 and (full < 0.8 or not (spread or given >= 0.1)):
        return None
    reason = "the header and values are those of people's names"
    return _Suspicion(PiiKind.NAME, reason, max(full, given))


def _single_name(column: _Column) -> _Suspicion | None:
    """``name`` over ``Zoë``: of a person only where the table has other direct identifiers."""
    if not _may_be_headed_name(column) or column.values.distinct_share < 0.5:
        return None
    capitalised = _share_of_sample(column, is_capitalised)
    if capitalised < 0.8:
        return None
    reason = "the header speaks of names or people, in a table that identifies people"
    return _Suspicion(PiiKind.NAME, reason, capitalised)


def _may_be_headed_name(column: _Column) -> bool:
    return (
        column.textual
        and column.values.distinct >= 2
        and heads_a_name(column.words)
        and _share_of_sample(column, names_a_thing) < 0.2
    )


def _first_or_last_name(column: _Column, table: list[_Column]) -> _Suspicion | None:
    """``FIRST`` beside ``LAST``: alone either could be anything."""
    pair = {("first",), ("last",)}
    if column.words not in pair or not pair <= {c.words for c in table} or not column.textual:
        return None
    return _Suspicion(PiiKind.NAME, "the headers name first and last names")


def _inside_text(column: _Column) -> _Suspicion | None:
    """One address in a thousand remarks is one too many."""
    if column.spec.sdtype not in (SdType.TEXT, SdType.CATEGORICAL):
        return None
    found = [(column.share(pattern), kind, what) for pattern, kind, what in _INSIDE]
    share, kind, what = max(found, key=lambda f: f[0])
    if not share:
        return None
    return _Suspicion(kind, f"some of the texts have {what} inside", share)


_CHECKS: tuple[Callable[[_Column], _Suspicion | None], ...] = (
    _email,
    _ssn,
    _headed_name,
    _birth_date,
    _phone,
    _record_number,
    _address,
    _name,
    _inside_text,
)


def _share_of_sample(column: _Column, test: Callable[[str], bool]) -> float:
    """Share of a spread-out sample of the different values that pass ``test``."""
    step = max(1, column.values.distinct // _SAMPLE)
    texts = [t.as_py() for t in column.values.texts[::step]]
    return sum(map(test, texts)) / len(texts) if texts else 0.0


def _flag(table: str, column: _Column, suspicion: _Suspicion, people: int) -> PiiFlag:
    action, advice = _advice(column, suspicion.kind, people or column.values.filled)
    return PiiFlag(
        table=table,
        column=column.spec.name,
        kind=suspicion.kind,
        reason=f"{suspicion.reason[0].upper()}{suspicion.reason[1:]}; {advice}.",
        share=round(suspicion.share, 4),
        action=action,
    )


def _advice(column: _Column, kind: PiiKind, people: int) -> tuple[PiiAction, str]:
    if kind is not PiiKind.BIRTH_DATE:
        return PiiAction.SURROGATE, "invented values of the same look take their place"
    if column.values.distinct > 0.5 * people:
        return (
            PiiAction.SURROGATE,
            "most people have one of their own, so invented dates take their place; "
            "give an age column instead if age matters",
        )
    return (
        PiiAction.KEEP,
        "many people share each value, so it is modelled like any date; HIPAA Safe Harbor allows "
        "the year only, so drop it where that rule applies",
    )
