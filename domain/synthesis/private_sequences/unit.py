"""Whom ε protects in a log of events: the entity with its whole history. Light: pages import it."""

from __future__ import annotations

from domain.datasets.entities import Metadata, SequenceKeys
from domain.kernel import BadInput
from domain.privacy.budget import PrivacySpec
from domain.synthesis.catalogue import SEQUENCES


def private_keys(metadata: Metadata, privacy: PrivacySpec) -> SequenceKeys:
    """The keys of the only table, a log that can be learned under differential privacy.

    Raises :class:`BadInput` where there are several tables, where nothing says whose events they
    are, or where ε would protect anything less, or somebody else, than whose they are.
    """
    if metadata.only_table is None:
        raise BadInput(
            "Under differential privacy one table of events is learned, and there are several; "
            "bring that table alone, or ask for no ε."
        )
    keys = metadata.tables[metadata.only_table].sequence
    if keys is None:
        raise BadInput(
            "Nothing says which columns are the entity and the time of the events; name them "
            "(--entity, --time)."
        )
    if keys.entity is None:
        raise BadInput(
            "One long series is all one person's or nobody's, so there is no other to be hidden "
            "among and differential privacy promises nothing; ask for no ε, or name the entity of "
            "a log of many (--entity)."
        )
    _check_unit(keys.entity, privacy)
    return keys


def refuse_histories(synthesizer: str, what: str) -> None:
    """Raise :class:`BadInput` where ``what`` works on single rows and histories are learned."""
    if synthesizer == SEQUENCES:
        raise BadInput(
            f"{what} works on single rows in this version, and “{SEQUENCES}” learns whole "
            "histories; choose another synthesizer, such as “marginals”."
        )


def _check_unit(entity: str, privacy: PrivacySpec) -> None:
    if privacy.entity != entity:
        raise BadInput(
            f"The unit of privacy of a log of events is its entity “{entity}” with the whole "
            "history; name that column as the unit (--entity), or choose another synthesizer."
        )
    if privacy.rows_a_unit > 1:
        raise BadInput(
            "How many events of each entity take part is the setting events_per_entity of "
            "“sequences”; set that, and leave out the rows of each."
        )
