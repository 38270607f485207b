"""What has been spent of people's privacy, what is left, and who is refused.

Amounts add up by basic composition: Σε and Σδ over everything that was released about the same
people. It holds also where what is asked later depends on what came out earlier, as long as the
budget was fixed beforehand and each request is admitted before it reads (Rogers, Roth, Ullman &
Vadhan 2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel import BadInput, BudgetExceeded, Conflict, DatasetId, OrganisationId, UserId
from domain.privacy.budget import ROW, Amount, Population, check_amount
from domain.privacy.plain_releases import PlainRelease, plain_sentences
from domain.privacy.published import rounded_down, rounded_up, written

_ROUNDING = 1e-9
"""Relative: ten times 0.1 is within 1, however floating point adds it up."""
_NAMED = 2
"""Other datasets that a sentence names before it counts the rest."""
_USUAL = (10.0, 5.0, 2.0, 1.0)
_USUAL_DELTA = 1e-5
_NO_FORECAST = (
    "How many more releases fit into the budget says nothing here: it counts noise, and beside "
    "what left without any it is no bound."
)


EARLY = "ended early; charged whole"
UNREAD = "ended before any question was asked of the rows"


class SpendKind(StrEnum):
    """What privacy is spent on."""

    TRAINING = "training run"
    TUNING = "tuning"
    """A charged search for settings: the whole of it is reserved at once."""
    AUDIT = "audit on real rows"


class EntryState(StrEnum):
    """How far a spend has come. Each is an entry of its own; the last one counts."""

    RESERVED = "reserved"
    """Set aside before any question is asked of the rows."""
    OPENED = "opened"
    """Rows are being read: spent as a whole from here on, however it ends."""
    SETTLED = "settled"
    """Spent as far as was proved; as a whole where it ended early."""
    RELEASED = "released"
    """Given back: no row was read."""


_NEXT: Mapping[EntryState | None, tuple[EntryState, ...]] = {
    None: (EntryState.RESERVED,),
    EntryState.RESERVED: (EntryState.OPENED, EntryState.RELEASED),
    EntryState.OPENED: (EntryState.SETTLED,),
    EntryState.SETTLED: (),
    EntryState.RELEASED: (),
}
"""What may be entered about a spend after its last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger, never changed afterwards."""

    organisation_id: OrganisationId
    dataset_id: DatasetId
    kind: SpendKind
    subject_id: UUID
    """The run, search or audit that spends."""
    state: EntryState
    epsilon: float
    delta: float
    unit: str
    """What the amounts protect: ``row``, or the column that says whose row it is."""
    by: UserId
    at: datetime
    void: bool = False
    """Settings were chosen by unpaid looks at the rows, so the amounts bound nothing."""
    note: str = ""
    """The accountant, or why it ended so. Quotes no data."""

    @property
    def early(self) -> bool:
        """Whether it was charged as a whole because it ended before anything was proved."""
        return self.note == EARLY

    def within(self, other: LedgerEntry) -> bool:
        """Whether neither amount exceeds the other's."""
        most = 1 + _ROUNDING
        return self.epsilon <= other.epsilon * most and self.delta <= other.delta * most

    @property
    def counts(self) -> bool:
        """Whether it takes from the budget."""
        return self.state is not EntryState.RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinship:
    """That another dataset holds some of the same people."""

    dataset_id: DatasetId
    holds_all: bool
    """Whether it holds everybody of the first."""
    all_held: bool
    """Whether the first holds everybody of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Another population with some of the same people."""

    population: Population
    entries: tuple[LedgerEntry, ...]
    holds_all: bool = False
    """Whether everybody of the one it is kin to is among its people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSnapshot:
    """The ledger of a dataset at one moment, for a page or a report. Amounts count kin too."""

    budget_epsilon: float
    budget_delta: float
    spent_epsilon: float
    """Of everything that has read rows, settled or still going on."""
    spent_delta: float
    reserved_epsilon: float
    """Of what waits to begin."""
    reserved_delta: float
    left_epsilon: float
    left_delta: float
    entries: tuple[LedgerEntry, ...]
    """The last line of every spend about this dataset or kin that was not given back, oldest
    first."""
    kin: tuple[str, ...]
    """Names of the other datasets with some of the same people that have spent something."""
    decided: bool
    """Whether an administrator has set the budget of this very dataset."""
    forecast: str
    """How many more releases the budget allows, in a sentence; after something left without noise
    that no number says it."""
    warnings: tuple[str, ...] = ()
    """Why the sum says less than it seems, a sentence each, the gravest first."""
    plain: tuple[PlainRelease, ...] = ()
    """What left, or may have left, about the same people without noise, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyAccount:
    """One population, everything entered about it, and what its kin have spent."""

    population: Population
    entries: tuple[LedgerEntry, ...] = ()
    """Of this dataset, oldest first."""
    kin: tuple[Kin, ...] = ()
    """Those of them that have spent or reserved something."""
    plain: tuple[PlainRelease, ...] = ()
    """Of this dataset, of those with the same file and of kin, oldest first."""

    @property
    def budget(self) -> Amount:
        """What may be spent about these people in all.

        An administrator's word on this dataset counts. Without one it is the budget that the
        dataset began with, or that of a dataset which holds all of its people, if that was
        decided; never more than what was decided for any dataset with some of the same people.
        """
        if self.population.decided:
            return self.population.budget
        decided = [k for k in self.kin if k.population.decided]
        found = [k.population.budget for k in decided]
        if not any(k.holds_all for k in decided):
            found.append(self.population.budget)
        return Amount(epsilon=min(a.epsilon for a in found), delta=min(a.delta for a in found))

    @property
    def own(self) -> tuple[LedgerEntry, ...]:
        """The last line of every spend of this dataset that counts."""
        return last_lines(self.entries)

    @property
    def all(self) -> tuple[LedgerEntry, ...]:
        """The same with those of kin, oldest first."""
        found = [*self.own, *(e for k in self.kin for e in last_lines(k.entries))]
        return tuple(sorted(found, key=lambda entry: entry.at))

    @property
    def spent(self) -> Amount:
        """Of everything that has read rows."""
        return total(e for e in self.all if e.state is not EntryState.RESERVED)

    @property
    def reserved(self) -> Amount:
        """Of what waits to begin."""
        return total(e for e in self.all if e.state is EntryState.RESERVED)

    @property
    def left(self) -> Amount:
        """What nobody has spent or reserved."""
        return self._left_without(None)

    def last(self, subject_id: UUID) -> LedgerEntry | None:
        """The last line about one spend of this dataset."""
        found = [e for e in self.entries if e.subject_id == subject_id]
        return found[-1] if found else None

    def accept(self, entry: LedgerEntry) -> None:
        """Raise unless ``entry`` may be added now.

        :class:`Conflict` where it does not follow from the last line of its subject;
        :class:`BudgetExceeded` where what is reserved or opened does not fit.
        """
        last = self.last(entry.subject_id)
        if entry.state not in _NEXT[last.state if last else None]:
            was = f"is {last.state} already" if last else "was never reserved"
            raise Conflict(f"This {entry.kind} {was} in the privacy ledger; start a new one.")
        if entry.state is EntryState.SETTLED and last and not entry.within(last):
            raise Conflict(f"This {entry.kind} spent more privacy than it had reserved.")
        if entry.state in (EntryState.RESERVED, EntryState.OPENED):
            self.admit(entry)

    def admit(self, asked: LedgerEntry) -> None:
        """Raise :class:`BudgetExceeded` unless ``asked`` fits beside everything else.

        A line of the same subject does not count against itself, so a reservation can be admitted
        again once more kin are known.
        """
        check_amount(asked.epsilon, asked.delta)
        left = self._left_without(asked.subject_id)
        for sign, wanted, have, most in (
            ("ε", asked.epsilon, left.epsilon, self.budget.epsilon),
            ("δ", asked.delta, left.delta, self.budget.delta),
        ):
            if wanted > have + _ROUNDING * most:
                raise BudgetExceeded(self._refusal(asked, sign, wanted, have, most))

    def check_budget(self, wanted: Amount) -> None:
        """Refuse a budget that is none, or less than what is spent and reserved already."""
        check_amount(wanted.epsilon, wanted.delta)
        used = total(self.all)
        for sign, least, most in (
            ("ε", used.epsilon, wanted.epsilon),
            ("δ", used.delta, wanted.delta),
        ):
            if least > most * (1 + _ROUNDING):
                raise BadInput(
                    f"{sign} = {least:g} of these people's privacy is spent or reserved already, "
                    f"so the budget cannot be {most:g}; set at least {rounded_up(least):g}."
                )

    def releases_left(self, epsilon: float, delta: float) -> int:
        """How many more releases of this size the budget allows."""
        return _fit(self.left, epsilon, delta)

    @property
    def forecast(self) -> str:
        """What is left, as a number of releases of a usual size."""
        return self._forecast(self.left)

    def _forecast(self, left: Amount) -> str:
        delta = min((e.delta for e in self.all[-1:]), default=_USUAL_DELTA)
        epsilon = _round_below(min(left.epsilon, 1.0))
        count = _fit(left, epsilon, delta) if epsilon else 0
        if not count:
            return "Nothing more can be released about these people within the budget."
        if any(release.way.has_left for release in self.plain):
            return _NO_FORECAST
        size = f"at ε = {written(epsilon)} and δ = {written(delta)}"
        first = "; δ runs out first." if _fit(left, epsilon, 0.0) > count else "."
        if count == 1:
            return f"1 more release {size} fits into the budget{first}"
        return f"{count} more releases {size} fit into the budget{first}"

    @property
    def ended_by_plain_rows(self) -> tuple[str, ...]:
        """What rows learned without differential privacy would end, for whoever asks for some."""
        spent = self.spent.epsilon
        if not spent:
            return ()
        return (
            f"Private releases about these people came to ε = {written(spent)}. This run has no ε: "
            f"once its rows leave, that ends the bound of ε = {written(spent)} on the whole.",
        )

    def snapshot(self) -> LedgerSnapshot:
        """All of it, for a page or a report."""
        budget, spent, reserved, left = self.budget, self.spent, self.reserved, self.left
        return LedgerSnapshot(
            budget_epsilon=budget.epsilon,
            budget_delta=budget.delta,
            spent_epsilon=spent.epsilon,
            spent_delta=spent.delta,
            reserved_epsilon=reserved.epsilon,
            reserved_delta=reserved.delta,
            left_epsilon=left.epsilon,
            left_delta=left.delta,
            entries=self.all,
            kin=tuple(k.population.name for k in self.kin),
            decided=self.population.decided,
            forecast=self.forecast,
            warnings=tuple(self._warnings()),
            plain=self.plain,
        )

    def _left_without(self, subject_id: UUID | None) -> Amount:
        used, budget = total(e for e in self.all if e.subject_id != subject_id), self.budget
        return Amount(
            epsilon=_at_least_nothing(budget.epsilon - used.epsilon, budget.epsilon),
            delta=_at_least_nothing(budget.delta - used.delta, budget.delta),
        )

    def _refusal(
        self, asked: LedgerEntry, sign: str, wanted: float, have: float, most: float
    ) -> str:
        whose, kind = self._whose(), asked.kind
        if not have:
            return (
                f"{whose} nothing left of the privacy budget of {sign} = {most:g} for these "
                f"people, and this {kind} asks for {wanted:g}; have an administrator raise the "
                "budget."
            )
        left = f"{rounded_down(have):g}"
        return (
            f"{whose} {sign} = {left} of {most:g} left for these people, and this {kind} asks for "
            f"{wanted:g}; ask for at most {left}, or have an administrator raise the budget. "
            f"{self._forecast(self._left_without(asked.subject_id))}"
        )

    def _whose(self) -> str:
        if not self.kin:
            return "This dataset has"
        names = named([k.population.name for k in self.kin])
        return f"This dataset, which has people in common with {names}, has"

    def _warnings(self) -> Iterable[str]:
        yield from plain_sentences(self.plain)
        if any(e.void for e in self.all):
            yield (
                "Settings were chosen by unpaid looks at these people's rows, so the sum of ε "
                "bounds nothing."
            )
        units = {e.unit for e in self.all}
        people = sorted(units - {ROW})
        if ROW in units and people:
            yield (
                "Some releases protect a row and others all rows of a person: for somebody with "
                "k rows, ε of the former counts k times and their δ more than that."
            )
        if len(people) > 1:
            yield (
                f"Releases protect people named by different columns ({named(people)}): the sum "
                "holds for somebody with one value in each. Where somebody has k values in one of "
                "them, ε of those releases counts k times and their δ more than that."
            )


def last_lines(entries: Sequence[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """The last line of every spend that counts, in the order in which they began."""
    last = {entry.subject_id: entry for entry in entries}
    return tuple(entry for entry in last.values() if entry.counts)


def total(entries: Iterable[LedgerEntry]) -> Amount:
    """Σε and Σδ."""
    found = list(entries)
    return Amount(
        epsilon=math.fsum(e.epsilon for e in found), delta=math.fsum(e.delta for e in found)
    )


def _fit(left: Amount, epsilon: float, delta: float) -> int:
    """How often ε and δ fit into what is left; a δ of 0 always does."""
    most = min(left.epsilon / epsilon, left.delta / delta if delta else math.inf)
    return max(0, math.floor(most * (1 + _ROUNDING) + _ROUNDING))


def named(names: Sequence[str]) -> str:
    """Datasets or columns in words: the first by name, each once, and how many more."""
    quoted = [f"“{name}”" for name in dict.fromkeys(names)]
    told, rest = quoted[:_NAMED], len(quoted) - _NAMED
    if rest > 0:
        return f"{', '.join(told)} and {rest} more"
    return " and ".join(told)


def _at_least_nothing(left: float, most: float) -> float:
    """What is left, without the crumbs that floating point leaves."""
    return float(f"{left:.12g}") if left > _ROUNDING * most else 0.0


def _round_below(number: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above; 0 for 0."""
    if number <= 0:
        return 0.0
    scale = 10.0 ** math.floor(math.log10(number))
    return next(u * scale for u in _USUAL if u * scale <= number * (1 + _ROUNDING))
