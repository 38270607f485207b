"""Whose privacy is spent: populations of people, and what a private run asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from domain.kernel import BadInput, BlobId, DatasetId, OrganisationId, PopulationId
from domain.privacy.code_book import CodeBook
from domain.privacy.published import rounded_down, written
from domain.privacy.witness import Witness

ROW = "row"
LEAST_DELTA = 1e-10
"""Below, what the arithmetic of the noise is off by would no longer be small beside δ."""
LEAST_EPSILON = 0.01
"""Below, two ways of adding up come so close to nothing that they no longer agree."""
DELTA_OF_PEOPLE = 1e-6
"""A δ for people that follows from no count: n^-1.2 for 100,000 of them."""
MOST_CANDIDATES = 50
"""Settings that one charged choice is among."""


class TuningMode(StrEnum):
    """What a search for settings or for ε looked at, and so what it does to the promise."""

    PROXY = "proxy"
    """Public rows, or synthetic ones released already: costs nothing."""
    CHARGED = "charged"
    """The private rows, every trial paid for."""
    EXPLORATORY = "exploratory"
    """The private rows, unpaid: whatever was chosen so has no ε."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRecord:
    """How the settings of a private run were found."""

    mode: TuningMode
    configurations: int
    """That stood to choose from. All were trained and compared, but in a charged search with a
    drawn number of trials: which were is not told."""
    account: str
    """How they were chosen and charged, in one sentence."""

    @property
    def voids(self) -> bool:
        """Whether ε of a run with these settings means nothing."""
        return self.mode is TuningMode.EXPLORATORY

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TuningRecord:
        """Read the form of ``dataclasses.asdict`` back."""
        return cls(**{**document, "mode": TuningMode(document["mode"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySpec:
    """Differential privacy as asked for: ε > 0 and 0 < δ < 1/n, for one privacy unit."""

    epsilon: float
    delta: float
    unit: str = ROW
    """``row``, or the name of the column that says whose row it is."""
    rows_a_unit: int = 1
    """Rows that are kept of one unit at most, chosen by secret coins."""
    code_book: CodeBook | None = None
    sealed_seed: BlobId | None = None
    """The encrypted secret from which everything random about private rows follows."""
    tuning: TuningRecord | None = None
    """How the settings were found, where they were searched for."""
    candidates: tuple[Mapping[str, Any], ...] = ()
    """Settings to choose among on the private rows, the choice paid for within ε."""
    audit: Mapping[str, Any] | None = None
    """What an audit by canaries found of this very promise (``PrivacyAudit``'s document)."""
    secret: bytes | None = field(default=None, repr=False, compare=False)
    """The seed itself: only while a run is fitted or split, never written down."""
    witness: Witness | None = field(default=None, repr=False, compare=False)
    """Is shown every noisy answer while a run is fitted: an audit."""

    @property
    def entity(self) -> str | None:
        """The column of the privacy unit, where it is not the row."""
        return None if self.unit == ROW else self.unit

    def to_document(self) -> dict[str, Any]:
        """The JSON form, which never holds the secret."""
        return {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "unit": self.unit,
            "rows_a_unit": self.rows_a_unit,
            "code_book": self.code_book.to_document() if self.code_book else None,
            "sealed_seed": self.sealed_seed,
            "tuning": asdict(self.tuning) if self.tuning else None,
            "candidates": [dict(settings) for settings in self.candidates],
            "audit": dict(self.audit) if self.audit else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PrivacySpec:
        """Read :meth:`to_document`'s form back."""
        book, tuning = document.get("code_book"), document.get("tuning")
        read = {
            "code_book": CodeBook.from_document(book) if book else None,
            "tuning": TuningRecord.from_document(tuning) if tuning else None,
            "candidates": tuple(document.get("candidates", ())),
        }
        return cls(**{**document, **read})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStatement:
    """Differential privacy as proved by the accountant for a finished run."""

    epsilon: float
    delta: float
    """All of it: of the mechanisms, of discovered sets, and of finite precision."""
    unit: str
    accountant: str
    delta_discovery: float = 0.0
    """The part of δ for sets of values that were found in the data."""
    neighbours: str = "adding or removing one unit"
    rows_a_unit: int = 1
    rho: float | None = None
    """What was fixed beforehand, in zero-concentrated privacy, where it was counted so."""
    rho_spent: float | None = None
    second_epsilon: float | None = None
    """By another accountant: never below ``epsilon``."""
    second_accountant: str = ""
    touches: tuple[Mapping[str, Any], ...] = ()
    """Every look at private rows: what, on which basis, by which mechanism."""
    seed_commitment: str = ""
    """SHA-256 that binds to the sealed seed and tells nothing about it."""
    randomness: str = ""
    """Which generator, how seeded, what is done against floating-point traces."""
    curve: tuple[tuple[float, float], ...] = ()
    """ε at other δ, as pairs (δ, ε), largest δ first."""
    training: Mapping[str, Any] | None = None
    """Of DP-SGD: ``sample_rate``, ``steps``, ``noise_multiplier``, ``max_grad_norm``,
    ``sampler``, ``loss_reduction``, ``networks`` (which of them see real rows)."""
    tuning: TuningRecord | None = None
    """How the settings were found, where they were searched for."""
    not_covered: tuple[str, ...] = ()
    """What ε says nothing about, a sentence each."""

    @property
    def void(self) -> bool:
        """Whether ε means nothing, since settings were chosen by unpaid looks at the rows."""
        return self.tuning is not None and self.tuning.voids

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PrivacyStatement:
        """Read :meth:`to_document`'s form back."""
        lists = {name: tuple(document.get(name, ())) for name in ("touches", "not_covered")}
        curve = tuple((delta, epsilon) for delta, epsilon in document.get("curve", ()))
        tuning = document.get("tuning")
        read = TuningRecord.from_document(tuning) if tuning else None
        return cls(**{**document, **lists, "curve": curve, "tuning": read})


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """ε and δ together: a budget, or what was taken from it."""

    epsilon: float
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The people a dataset is about. Every release about them draws on one budget."""

    id: PopulationId
    organisation_id: OrganisationId
    dataset_id: DatasetId
    unit: str
    """What one person is in the table: ``row``, or the name of an entity column."""
    name: str
    """The dataset's, for sentences."""
    budget: Amount
    """What may be spent about them in all."""
    decided: bool = False
    """Whether an administrator has set the budget; else it is what the instance began with."""
    people_blob: BlobId | None = None
    """Keyed digests of them, encrypted, once a private run has opened the table."""


def default_delta(rows: int, unit: str = ROW) -> float:
    """δ where none was typed, well below one over the units (NIST SP 800-226: δ ≪ 1/n).

    Of rows, whose number n is public: the power of ten at or below n^-1.2, between 1e-10 and 1e-5.
    Of people the same for every table, :data:`DELTA_OF_PEOPLE`: nobody paid for a look at how many
    rows or people there are, so nothing that is published may follow from it.
    """
    if unit != ROW:
        return DELTA_OF_PEOPLE
    power = min(-5, math.floor(-1.2 * math.log10(max(rows, 2))))
    return max(float(f"1e{power}"), LEAST_DELTA)


def check_amount(epsilon: float, delta: float) -> None:
    """Refuse what is no amount of privacy at all."""
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise BadInput("ε must be a number above 0; ask for 1 if unsure, 0.1 to 10 is usual.")
    if not (math.isfinite(delta) and 0 < delta < 1):
        raise BadInput("δ must lie between 0 and 1; 0.00001 is usual.")


def check_asked(epsilon: float, delta: float, units: int, unit: str = ROW) -> None:
    """Refuse parameters that promise nothing, for a table of so many units of privacy.

    How many there are is told where the unit is the row alone: how many people is private.
    """
    check_amount(epsilon, delta)
    if epsilon < LEAST_EPSILON:
        raise BadInput(
            f"ε below {LEAST_EPSILON:g} is smaller than can be accounted for, and leaves hardly "
            "anything but noise; 0.1 to 10 is usual."
        )
    if delta < LEAST_DELTA:
        raise BadInput(
            f"δ below {LEAST_DELTA:g} is finer than the noise can be drawn; ask for more, and for "
            "fewer candidates where several share it."
        )
    if delta * units >= 1:
        rows = f"{units:,} rows" if unit == ROW else "so few people"
        enough = f"{rounded_down(1 / units, 1):g}" if unit == ROW else "one over their number"
        raise BadInput(
            f"δ = {written(delta)} is no promise for {rows}: it would allow one of them to be laid "
            f"open; ask for less than {enough}."
        )
