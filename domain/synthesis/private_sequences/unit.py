"""Whom ε protects in a log of events: the entity with its whole history. Knows no numpy."""

from __future__ import annotations

from domain.datasets.entities import SequenceKeys
from domain.kernel import BadInput
from domain.privacy.budget import PrivacySpec


def check_unit(keys: SequenceKeys | None, privacy: PrivacySpec) -> SequenceKeys:
    """The keys of a log that can be learned under differential privacy.

    Raises :class:`BadInput` where nothing says whose events they are, or where ε would protect
    anything less, or somebody else, than whose they are.
    """
    if keys is None:
        raise BadInput(
            "Nothing says which columns are the entity and the time of the events; name them "
            "(--entity, --time)."
        )
    if keys.entity is None:
        raise BadInput(
            "One long series is one person's or nobody's: without it there is nothing left to "
            "compare with, so differential privacy promises nothing here; name the entity of a "
            "log of many (--entity), or ask for no ε."
        )
    if privacy.entity != keys.entity:
        raise BadInput(
            f"Under differential privacy the unit of a log of events is its entity "
            f"“{keys.entity}” with the whole history; name that column as the unit."
        )
    if privacy.rows_a_unit > 1:
        raise BadInput(
            "How many events of each entity take part is the setting events_per_entity of "
            "“sequences”; set that, and leave out the rows of each."
        )
    return keys
