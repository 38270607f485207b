"""Running quantities: a balance that follows its amounts, in training and in the twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure
from domain.evaluation.log_sides import LogSides

HOLDS = 0.9
"""A formula holds where so many steps of a history fulfil it."""
_SOURCE = (
    "Share of steps that fulfil the formula; found where at least 90 % of training steps do; "
    "baseline: held-out histories (else training); limit: 3 points less (this product's target)"
)
_LIKELY = 0.5
"""Where fewer steps have the size of the amount, no sign can mend it."""
_FEWEST = 30
"""Steps that a formula is found on."""
_MOST_SIGNS = 12
"""Words that may say whether an amount is added or taken away."""
_MOST_DECIMALS = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFormula:
    """``total`` moves by ``amount`` from each event of a history to the next."""

    total: str
    amount: str
    signs: tuple[float, ...]
    """+1 or −1; or one for each code of ``by``, 0 where it is not known."""
    by: str | None = None
    """The column of words that says the sign."""
    before: bool = False
    """Whether the total is told before its amount, so that the next event shows it."""
    unit: float = 1.0
    """Of the last decimal of the total."""

    @property
    def words(self) -> str:
        """The formula for a person."""
        sign = f"± “{self.amount}” by “{self.by}”" if self.by else self._plain()
        return f"“{self.total}” = “{self.total}” before {sign}"

    def _plain(self) -> str:
        return f"{'+' if self.signs[0] > 0 else '−'} “{self.amount}”"

    def share(self, log: EventLog) -> float | None:
        """The share of known steps that fulfil it; ``None`` without any.

        What the total was before an event is asked of the event before it. Where times are equal
        (days without hours) their order is unknown: any event of the same time, or of the time
        before, may have been the one.
        """
        moments = _moments(log)
        total, amount = log.numbers[self.total], log.numbers[self.amount]
        signed = self._sign(log) * amount
        sought = total + signed if self.before else total - signed
        step = 1 if self.before else -1
        told = np.concatenate([total, sought]) / self.unit
        _, codes = np.unique(np.nan_to_num(np.round(told)), return_inverse=True)
        there, wanted = codes[: len(total)], codes[len(total) :]
        size = int(codes.max(initial=0)) + 1
        known = ~np.isnan(sought) & (amount != 0) & _has_neighbour(log, moments, step)
        if not known.any():
            return None
        keys = (moments * size + there)[~np.isnan(total)]
        fulfilled = np.isin(moments * size + wanted, keys)
        fulfilled |= np.isin((moments + step) * size + wanted, keys)
        return float(fulfilled[known].mean())

    def _sign(self, log: EventLog) -> Floats:
        signs = np.asarray(self.signs)
        return signs[log.words[self.by]] if self.by else np.full(len(log), signs[0])


def _moments(log: EventLog) -> Ints:
    """A number for each event, rising by one with each history and with each time in it."""
    new = log.owners[1:] != log.owners[:-1]
    new |= True if log.times is None else log.times[1:] != log.times[:-1]
    return np.concatenate([[0], np.cumsum(new)])[: len(log)].astype(np.int64)


def _has_neighbour(log: EventLog, moments: Ints, step: int) -> NDArray[np.bool_]:
    """Whether the history has a time before (``step`` −1) or after (1)."""
    owner_of = np.full(int(moments.max(initial=-1)) + 3, -1)
    owner_of[moments + 1] = log.owners
    found: NDArray[np.bool_] = owner_of[moments + 1 + step] == log.owners
    return found


def _steps(log: EventLog, formula: RunningFormula) -> tuple[Floats, Floats, Ints]:
    """Of every step: how the total moves, by what amount, and what word says its sign."""
    at = log.pairs(1)
    total, amount = log.numbers[formula.total], log.numbers[formula.amount]
    of = at if formula.before else at + 1
    states = log.words[formula.by][of] if formula.by else np.zeros(len(at), np.int64)
    return total[at + 1] - total[at], amount[of], states


def formula_figures(sides: LogSides) -> Iterator[Figure]:
    """One for each total for which training histories have a formula; none where there is none."""
    for formula in running_formulas(sides):
        known = sides.holdout if len(sides.holdout) and not sides.windows else sides.train
        yield Figure(
            name="temporal.running_formula",
            scope=f"column:{formula.total}",
            value=formula.share(sides.whole_twin),
            baseline=formula.share(known),
            limit=1.0,
            more_is_better=True,
            source=_SOURCE,
            reason="no step of the twin could be checked",
            about=formula.words,
        )


def running_formulas(sides: LogSides) -> tuple[RunningFormula, ...]:
    """The best formula of each total; simple signs before those that a word says."""
    best: dict[str, tuple[float, RunningFormula]] = {}
    for formula in _candidates(sides):
        share = formula.share(sides.train)
        if share is not None and share >= HOLDS and share > best.get(formula.total, (0.0,))[0]:
            best[formula.total] = share, formula
    return tuple(formula for _, formula in best.values())


def _candidates(sides: LogSides) -> Iterator[RunningFormula]:
    log, columns = sides.train, sides.columns
    plain = [n for n in columns.numbers if n not in columns.dates and _moves(log, n)]
    signed = [n for n in columns.words if columns.codes(n) <= _MOST_SIGNS + 2]
    for (total, amount), before in product(permutations(plain, 2), (False, True)):
        bare = RunningFormula(
            total=total,
            amount=amount,
            signs=(1.0,),
            before=before,
            unit=_unit(log.numbers[total]),
        )
        if not _tells(log, bare):
            continue
        for sign in (1.0, -1.0):
            yield _with(bare, (sign,), None)
        for by in signed:
            yield _with(bare, _signs(log, _with(bare, (), by), columns.codes(by)), by)


def _with(bare: RunningFormula, signs: tuple[float, ...], by: str | None) -> RunningFormula:
    return RunningFormula(
        total=bare.total,
        amount=bare.amount,
        signs=signs,
        by=by,
        before=bare.before,
        unit=bare.unit,
    )


def _moves(log: EventLog, name: str) -> bool:
    """Whether it has values enough, and changes at half of the steps or more."""
    at, values = log.pairs(1), log.numbers[name]
    moves = values[at + 1] - values[at]
    known = moves[~np.isnan(moves)]
    return len(known) >= _FEWEST and bool((known != 0).mean() > 0.5)


def _tells(log: EventLog, formula: RunningFormula) -> bool:
    """Whether total and amount are of the same size at many steps: a quick no for most pairs."""
    moves, amounts, _ = _steps(log, formula)
    with np.errstate(invalid="ignore"):
        alike = np.abs(np.abs(moves) - np.abs(amounts)) <= formula.unit / 2
    return bool(alike[~np.isnan(moves)].mean() >= _LIKELY)


def _signs(log: EventLog, formula: RunningFormula, codes: int) -> tuple[float, ...]:
    """What each word does to the amount, by most of its steps."""
    moves, amounts, states = _steps(log, formula)
    votes = np.sign(np.nan_to_num(moves * amounts))
    return tuple(np.sign(np.bincount(states, votes, minlength=codes)).tolist())


def _unit(values: Floats) -> float:
    """One of the last decimal of the column, or what rounding leaves of long numbers."""
    known = values[~np.isnan(values)]
    size = float(np.abs(known).max(initial=1.0))
    for decimals in range(_MOST_DECIMALS):
        if np.abs(known - np.round(known, decimals)).max(initial=0.0) <= 1e-9 * size:
            return 10.0**-decimals
    return 2e-6 * size
