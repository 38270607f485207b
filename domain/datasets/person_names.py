"""What names of people look like, and headers that announce them."""

from __future__ import annotations

import re
import unicodedata

_GIVEN_NAMES = frozenset(
    {
        *("james", "mary", "robert", "patricia", "john", "jennifer", "michael", "linda", "david"),
        *("elizabeth", "william", "barbara", "richard", "susan", "joseph", "jessica", "thomas"),
        *("sarah", "charles", "karen", "christopher", "lisa", "daniel", "nancy", "matthew"),
        *("betty", "anthony", "margaret", "mark", "sandra", "donald", "ashley", "steven", "emily"),
        *("paul", "kimberly", "andrew", "donna", "joshua", "michelle", "kenneth", "carol"),
        *("kevin", "amanda", "brian", "melissa", "george", "deborah", "edward", "stephanie"),
        *("peter", "anna", "maria", "jose", "juan", "carlos", "luis", "ana", "laura", "hans"),
        *("klaus", "wolfgang", "ursula", "petra", "stefan", "pierre", "jean", "marie", "nicolas"),
        *("mohammed", "ahmed", "fatima", "ali", "wei", "priya", "raj", "olivia", "emma", "noah"),
        *("ann", "anne", "bob", "zoe", "kate", "jane", "alice", "helen", "ruth", "julia", "eva"),
        *("sophie", "claire", "chloe", "lucas", "louis", "hugo", "camille", "francois", "andre"),
        *("martin", "simon", "adam", "jack", "harry", "oliver", "liam", "ethan", "ryan", "jason"),
        *("jan", "piotr", "pawel", "tomasz", "zofia", "ewa", "katarzyna", "agnieszka", "marek"),
        *("jiri", "ivan", "olga", "elena", "dmitri", "natalia", "sergei", "marta", "pavel"),
        *("jurgen", "gunter", "jorg", "bjorn", "lars", "sven", "ingrid", "astrid", "soren"),
        *("miguel", "jesus", "antonio", "francisco", "manuel", "carmen", "lucia", "sofia", "ines"),
        *("joao", "pedro", "paulo", "giovanni", "giulia", "marco", "luca", "francesca", "paolo"),
        *("mehmet", "ayse", "omar", "hassan", "aisha", "yusuf", "hiroshi", "yuki", "ming", "li"),
    }
)
"""Frequent given names in English, German, French, Spanish, Polish and beyond, unaccented."""

NAME_WORDS = (
    *("first name", "last name", "full name", "given name", "family name", "middle name"),
    *("firstname", "lastname", "fullname", "surname", "forename", "maiden", "maiden name"),
    *("fname", "lname", "vorname", "nachname", "familienname", "prenom", "nom", "apellido"),
    *("apellidos", "nombre", "patient name", "customer name", "client name", "person name"),
    *("member name", "employee name", "contact name", "holder name", "cardholder name"),
    *("physician name", "doctor name", "name of patient", "beneficiary name", "next of kin"),
    *("account holder", "cardholder", "user full name", "mothers maiden name"),
    *("name family", "name given", "name text"),  # FHIR: name.family
)
"""Phrases of headers that speak of people's names."""

_HEADS = frozenset(
    {
        *("name", "names", "patient", "patients", "customer", "customers", "client", "clients"),
        *("employee", "employees", "contact", "contacts", "person", "member", "members", "student"),
        *("doctor", "physician", "nurse", "teacher", "applicant", "borrower", "beneficiary"),
        *("policyholder", "insured", "participant", "guarantor", "owner", "tenant", "passenger"),
        *("driver", "guest", "attendee", "relative", "guardian", "spouse", "author", "cashier"),
        *("kunde", "patientin", "mitarbeiter", "cliente", "paciente", "empleado", "salarie"),
    }
)
_FILLERS = frozenset({"full", "primary", "emergency", "main", "display", "legal", "of", "the"})

_THINGS = frozenset(
    {
        *("inc", "ltd", "llc", "gmbh", "ag", "corp", "corporation", "company", "co", "plc", "bv"),
        *("group", "systems", "trading", "association", "foundation", "department", "bank"),
        *("school", "college", "university", "hospital", "clinic", "center", "centre", "church"),
        *("park", "street", "avenue", "road", "county", "district", "island", "lake", "river"),
        *("hotel", "museum", "airport", "station", "store", "shop", "market", "restaurant"),
        *("new", "north", "south", "east", "west", "united", "report", "plan", "list", "set"),
    }
)
"""Words in the names of organisations, places and things."""

_PARTICLES = frozenset(
    {
        *("de", "da", "do", "dos", "das", "del", "della", "di", "du", "la", "le", "las", "los"),
        *(
            "van",
            "von",
            "der",
            "den",
            "zu",
            "ter",
            "ten",
            "al",
            "el",
            "bin",
            "ibn",
            "ben",
            "y",
            "e",
        ),
    }
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "sr", "sra"})
_SIGNS_OF_A_PERSON = _GIVEN_NAMES | _TITLES
_ASIDE = re.compile(r"\([^)]*\)|\"[^\"]*\"")
"""A maiden or nick name: ``Ito, Mrs. Ben (Rin Mori)``."""
_MOST_WORDS = 6
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*\.?\d*")
_CAPITAL_WORDS = re.compile(
    r"[^\W\d_a-zß-ÿ][^\W\d_]*(?:[ .,'’-]+[^\W\d_]+)*\d*(?:[ .,'’-]+[^\W\d_]+\d*)*\.?"
)


def heads_a_name(words: tuple[str, ...]) -> bool:
    """Whether the header's words say person, or name of nothing in particular: ``name``,
    ``patient``, ``Emergency contact 2``; not ``product name``."""
    said = {word for word in words if not word.isdigit()}
    return said <= _HEADS | _FILLERS and not said.isdisjoint(_HEADS)


def is_capitalised(text: str) -> bool:
    """A few words of letters that begin with a capital."""
    return len(text) <= 60 and text[:1].isupper() and bool(_CAPITAL_WORDS.fullmatch(text))


def has_given_name(text: str) -> bool:
    """``Ada Abbott`` or ``Abbott, Ada``; not ``San Jose``."""
    family, _, given = _plain(text).rpartition(",")
    words = given.split()
    return 0 < len(words) <= 4 and words[0] in _GIVEN_NAMES and bool(family or len(words) > 1)


def has_some_given_name(text: str) -> bool:
    """Two words or more, one of them a frequent given name or a title: ``Kowalski Jan13``."""
    words = _words(_plain(text))
    return 2 <= len(words) <= _MOST_WORDS and any(
        w.strip("0123456789.") in _SIGNS_OF_A_PERSON for w in words
    )


def is_full_name(text: str) -> bool:
    """Two capitalised words or more, with small particles between: ``Wim van den Berg``."""
    words = _words(text)
    if not 2 <= len(words) <= _MOST_WORDS or not all(_WORD.fullmatch(w) for w in words):
        return False
    capital = [w for w in words if w[0].isupper()]
    return len(capital) >= 2 and all(w[0].isupper() or w in _PARTICLES for w in words)


def names_a_thing(text: str) -> bool:
    """Whether a word of it belongs to an organisation, a place or a thing."""
    return any(w.strip(".") in _THINGS for w in _words(_plain(text)))


def _words(text: str) -> list[str]:
    return _ASIDE.sub(" ", text).replace(",", " ").split()


def _plain(text: str) -> str:
    """Lower case without accents."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
