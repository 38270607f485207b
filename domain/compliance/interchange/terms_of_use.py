"""What nobody may do with the rows, for machines: ODRL 2.2, and schema.org where it has words.

ODRL has no action for re-identification, so a profile of its own defines it, below ``odrl:use``.
"""

from __future__ import annotations

from typing import Any

from domain.compliance.interchange.twin import Twin

PROFILE = "urn:synthetic-data-studio:odrl:1"
REIDENTIFY = f"{PROFILE}:re-identify"
DECIDE = f"{PROFILE}:decide-about-a-person"

TERMS = (
    "Nobody may use these rows, alone or with other information, to find out who a real person "
    "is, whether they were in the real table, or what it said about them. No decision about a "
    "single person may rest on them."
)

_ACTIONS = (
    (
        REIDENTIFY,
        "Re-identify",
        "To use the rows, alone or with other information, to find out who a real person is, "
        "whether they were in the real table, or what it said about them.",
    ),
    (DECIDE, "Decide about a person", "To let a decision about a single person rest on the rows."),
)


def terms_iri(twin: Twin) -> str:
    """What the terms of one pack are called."""
    return f"{twin.iri}#terms"


def terms_of_use(twin: Twin) -> dict[str, Any]:
    """The terms as an ``odrl:Offer`` with prohibitions, to stand in ``usageInfo`` (Croissant 1.1,
    “Data Use Conditions”)."""
    return {
        "@type": ["CreativeWork", "odrl:Offer"],
        "@id": terms_iri(twin),
        "name": "No re-identification, no decision about a person",
        "description": TERMS,
        "odrl:profile": {"@id": PROFILE},
        "odrl:target": {"@id": twin.iri},
        "odrl:assigner": {"@type": "Organization", "name": twin.card["organisation"]},
        "odrl:prohibition": [_prohibition(*action) for action in _ACTIONS],
    }


def _prohibition(iri: str, name: str, meaning: str) -> dict[str, Any]:
    return {
        "@type": "odrl:Prohibition",
        "odrl:action": {
            "@type": "odrl:Action",
            "@id": iri,
            "name": name,
            "description": meaning,
            "odrl:includedIn": {"@id": "odrl:use"},
        },
    }
