"""A control of a framework: what it asks for, what of the product speaks for it, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far the evidence of a pack carries a control, best first."""

    SATISFIED = "satisfied by tool evidence"
    """Asked for about the twin itself, and shown by this pack: nobody has to add anything."""
    SUPPORTED = "supported"
    """By evidence, together with an act of the organisation."""
    ORGANISATION = "organisation only"
    """Nothing in the pack speaks for it."""
    NOT_AFFECTED = "not affected"
    """The product has nothing to do with it."""

    @property
    def one_down(self) -> Status:
        """One step down; from the bottom, and from what is not affected, there is none."""
        return Status.SUPPORTED if self is Status.SATISFIED else _BOTTOM.get(self, self)


_BOTTOM = {Status.SUPPORTED: Status.ORGANISATION}


class Standing(StrEnum):
    """Whether a rule is in force."""

    CURRENT = "current"
    PROPOSED = "proposed"


class EvidenceKind(StrEnum):
    """What of a pack can speak for a control, in the words that the tables of controls use."""

    MODEL_CARD = "model card"
    COLUMN_DECISIONS = "decisions about identifying columns"
    INVENTED_IDS = "invented identifiers"
    DELETION_DATE = "deletion date"
    DELETION = "deletion certificate"
    EVALUATION = "evaluation with verdict"
    ATTACKS = "measured attacks"
    SINGLING_OUT = "attack: singling out"
    LINKABILITY = "attack: linkability"
    INFERENCE = "attack: inference"
    DP_REPORT = "privacy report"
    AUDIT = "audit extract"
    PERSONS = "acts under names of people"
    MANIFEST = "signed manifest"
    LEAK_CHECK = "leak check"
    ROWS_SEARCHED = "search of the rows"
    ENCRYPTION_AT_REST = "encryption at rest"
    ENCRYPTION_IN_TRANSIT = "encryption in transit"
    ACCESS_CONTROL = "access control"
    SIGN_IN = "sign-in"
    SECOND_FACTOR = "second factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The rule that controls come from, and which edition of our mapping this is."""

    framework: str
    """``hipaa``, ``gdpr``, ``soc2``, or a word of the organisation's own."""
    title: str
    cites: str
    version: str
    dated: str
    """Of the rule, ISO 8601: a day, a month or a year."""
    standing: Standing
    edition: int
    """Of the mapping: grows when a row changes."""
    written: str
    """When the mapping was last compared with the rule, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One row of a mapping. Titles of SOC 2 are our own; no text of the AICPA is quoted."""

    source: Source
    id: str
    """The section of the rule, or its identifier in the framework."""
    title: str
    requirement: str
    """``required``, ``addressable``, ``principle``, ``criterion`` …"""
    at_best: Status
    """With all evidence present and fresh; the tool never claims more than this."""
    needs: tuple[tuple[EvidenceKind, ...], ...] = ()
    """All of these; of each, any of the alternatives."""
    identifier: str = ""
    """The letter of a Safe Harbor identifier, ``A`` to ``R``; empty elsewhere."""
    shows: Mapping[EvidenceKind, str] | str = ""
    """What the evidence shows: by kind, a sentence that is told where evidence of that kind speaks
    for the control; or one that is told where all that is needed does."""
    remains: str
    """The control of the organisation that remains."""
    do: str
    """What to do next, for a person."""

    @property
    def framework(self) -> str:
        return self.source.framework
