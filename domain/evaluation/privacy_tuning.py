"""A search for ε that a job does: what was asked for and, once it is done, its log. Light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.tuning_request import EPSILONS, REFINEMENTS, SEEDS, SearchSpec
from domain.evaluation.utility_goal import goals_of
from domain.kernel import BadInput, DatasetId, OrganisationId, SyntheticDatasetId, TuningId, UserId
from domain.synthesis.catalogue import MARGINALS


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningWish:
    """A search on a proxy: another dataset that is declared public, or a released twin."""

    goals: tuple[str, ...]
    proxy_dataset_id: DatasetId | None = None
    source: str = ""
    """Where the proxy dataset comes from."""
    proxy_synthetic_id: SyntheticDatasetId | None = None
    """Drawn by a private run; needs no declaration."""
    target: str | None = None
    synthesizer: str = MARGINALS
    settings: Mapping[str, Any] = field(default_factory=dict)
    epsilons: tuple[float, ...] = EPSILONS
    seeds: int = SEEDS
    refinements: int = REFINEMENTS
    seed: int = 0
    delta: float | None = None
    """``None``: well below one over the rows of the dataset, and 1e-6 for people."""
    entity: str | None = None
    rows_a_unit: int = 1
    code_book: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if (self.proxy_dataset_id is None) == (self.proxy_synthetic_id is None):
            raise BadInput("Name one proxy: a public dataset, or synthetic rows of a private run.")

    @property
    def search(self) -> SearchSpec:
        """How ε is searched for; refuses what cannot be run."""
        return SearchSpec(
            goals=goals_of(self.goals),
            epsilons=tuple(self.epsilons),
            seeds=tuple(range(self.seeds)),
            refinements=self.refinements,
        )

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        ids = ("proxy_dataset_id", "proxy_synthetic_id")
        named = {name: str(found[name]) if found[name] else None for name in ids}
        lists = {name: list(found[name]) for name in ("goals", "epsilons")}
        return {**found, **named, **lists, "settings": dict(self.settings)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TuningWish:
        """Read :meth:`to_document`'s form back."""
        ids = ("proxy_dataset_id", "proxy_synthetic_id")
        named = {name: UUID(document[name]) if document[name] else None for name in ids}
        lists = {name: tuple(document[name]) for name in ("goals", "epsilons")}
        return cls(**{**document, **named, **lists})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyTuning:
    """One search for the smallest ε for a dataset. Many per dataset; it reads none of its rows."""

    id: TuningId
    organisation_id: OrganisationId
    dataset_id: DatasetId
    wish: TuningWish
    created_by: UserId
    created_at: datetime
    log: TuningLog | None = None
    """Once it is done. Quotes no private row: all of it was measured on the proxy."""
    seconds: float | None = None
