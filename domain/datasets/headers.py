"""Column names as words: ``patientBirth_date`` and ``Patient birth-date`` say the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=10_000)
def words_of(header: str) -> tuple[str, ...]:
    """The header's words: lower case, without accents, split at case changes and signs."""
    spaced = _CAMEL.sub(" ", header)
    plain = unicodedata.normalize("NFKD", spaced.casefold()).encode("ascii", "ignore").decode()
    return tuple(word for word in _NO_WORD.split(plain) if word)


PERSON_WORDS = frozenset(
    {
        *("patient", "patients", "customer", "customers", "client", "clients", "person", "member"),
        *("subscriber", "subject", "account", "accounts", "user", "users", "employee", "holder"),
        *("beneficiary", "policyholder", "cardholder", "guarantor", "participant", "student"),
        *("applicant", "borrower", "taxpayer", "insured", "kunde", "patientin", "cliente"),
        "paciente",
    }
)
"""Words for people, and for what is held in one person's name."""

_ID_WORDS = frozenset({"id", "ids", "key", "uuid", "guid", "nbr", "nr", "identifier", "rowid"})
_NUMBER_WORDS = frozenset({"number", "no", "num"})
_INDEX_NAMES = frozenset({("index",), ("row",), ("rownum",), ("unnamed", "0"), ("rownames",)})


def names_an_id(header: str) -> bool:
    """Whether the header says “identifier”: ``Id``, ``account_key``, ``patient_nbr``."""
    words = words_of(header)
    return bool(words) and (words[-1] in _ID_WORDS or words in _INDEX_NAMES)


def names_a_number(header: str) -> bool:
    """Whether the header may mean an identifying number: ``invoice_no``, ``AccountNumber``."""
    words = words_of(header)
    return len(words) > 1 and words[-1] in _NUMBER_WORDS


_CODE_WORDS = frozenset(
    {"zip", "plz", "fips", "icd", "cpt", "ndc", "mcc", "naics", "sic", "snomed"}
)


def names_a_code(header: str) -> bool:
    """Whether the header means a code, whose digits are no quantity: ``ZIP``, ``CODE``."""
    words = words_of(header)
    return bool(words) and (words[-1] in _CODE_WORDS or words[-1].endswith(("code", "codes")))


def names_a_person(header: str) -> bool:
    """Whether a word of the header is about a person: ``CUSTOMER_ID``, ``PATIENT``."""
    return not PERSON_WORDS.isdisjoint(words_of(header))


def names_a_date(header: str) -> bool:
    """Whether the header speaks of a day: makes 20240131 a date rather than a number."""
    hints = ("date", "day", "datum", "fecha", "dob", "birth", "time", "dt", "on", "at", "jour")
    return any(word in hints or word.endswith("date") for word in words_of(header))


_DAY_WORDS = frozenset({"date", "datum", "fecha", "dob", "birthday", "jour"})
_MOMENT_WORDS = frozenset(
    {"time", "timestamp", "ts", "datetime", "epoch", "unixtime", "at", "when", "utc", "dt"}
)


def names_a_day(header: str) -> bool:
    """Whether the header says “date” outright: makes 45292 a serial day, not a count of them."""
    return any(word in _DAY_WORDS or word.endswith("date") for word in words_of(header))


def names_a_moment(header: str) -> bool:
    """Whether the header means a moment: makes 1700000000 seconds since 1970, not a quantity."""
    return names_a_day(header) or not _MOMENT_WORDS.isdisjoint(words_of(header))


def names_a_zone(header: str) -> bool:
    """Whether the header means a time zone: ``CZ_TIMEZONE``, ``tz``, ``utc_offset``."""
    words = words_of(header)
    return any(w in ("tz", "timezone", "tzone", "zone", "offset") for w in words) or (
        words[-2:] == ("time", "zone")
    )
