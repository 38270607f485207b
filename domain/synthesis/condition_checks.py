"""A spec against confirmed columns: what cannot be meant is refused before anything is queued.

What the rows support is said by :mod:`domain.synthesis.condition_support` before a fit and by the
synthesizer after it: no real value is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType
from domain.synthesis.condition_text import ALL_COLUMNS, BadCondition
from domain.synthesis.condition_values import canonical, order_of
from domain.synthesis.conditions import (
    Amplification,
    Condition,
    Operator,
    SampleSpec,
    Stratification,
)
from domain.synthesis.length_checks import checked_lengths

_ORDERED = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST)
_INVENTED = (SdType.ID, SdType.TEXT)
_UNORDERED = (SdType.CATEGORICAL, SdType.BOOLEAN)
_ROUNDING = 1e-9

HasGaps = Callable[[str, ColumnSpec], bool]
"""``has_gaps(table, column)``: whether some cell of the column is, or may be, missing."""


def _may_have_gaps(table: str, spec: ColumnSpec) -> bool:
    return True


def checked_spec(
    spec: SampleSpec, metadata: Metadata, has_gaps: HasGaps = _may_have_gaps
) -> SampleSpec:
    """The spec with canonical values and unambiguous columns; only columns with gaps are filled.

    Raises :class:`BadCondition` for columns that cannot carry a condition, values of the wrong
    type, and conditions that no row can meet.
    """
    columns = _Columns(metadata, has_gaps)
    where = tuple(columns.condition("where", c) for c in spec.where)
    amplify = tuple(_amplification(columns, a) for a in spec.amplify)
    stratify = _stratification(columns, spec.stratify)
    found = SampleSpec(
        where=where,
        amplify=amplify,
        stratify=stratify,
        impute=columns.imputed(spec.impute),
        filling=bool(spec.impute),
        undecided=columns.undecided(spec.impute),
        lengths=checked_lengths(spec.lengths, metadata),
    )
    _refuse_two_columns(found)
    _refuse_contradictions(found, columns)
    return found


class _Columns:
    """The confirmed columns by the names that a person may use."""

    def __init__(self, metadata: Metadata, has_gaps: HasGaps) -> None:
        self._tables = metadata.tables
        self._has_gaps = has_gaps

    def found(self, field: str, name: str) -> tuple[str, ColumnSpec]:
        """The name by which a synthesizer knows the column, and its spec."""
        hits = [
            (table, spec)
            for table, metadata in self._tables.items()
            for spec in metadata.columns
            if name in (spec.name, f"{table}.{spec.name}")
        ]
        if len(hits) == 1:
            return self._known_as(*hits[0]), hits[0][1]
        if not hits:
            raise BadCondition(
                field,
                f"There is no column named “{name}”; the columns are: {self._listed()}.",
            )
        tables = " or ".join(f"{table}.{name}" for table, _ in hits)
        raise BadCondition(field, f"Several tables have a column “{name}”; write {tables}.")

    def _known_as(self, table: str, spec: ColumnSpec) -> str:
        holders = sum(any(c.name == spec.name for c in t.columns) for t in self._tables.values())
        return spec.name if holders == 1 else f"{table}.{spec.name}"

    def _listed(self) -> str:
        kept = [spec.name for table in self._tables.values() for spec in table.kept]
        return ", ".join(kept[:20]) + (" and more" if len(kept) > 20 else "")

    def modelled(self, field: str, name: str) -> tuple[str, ColumnSpec]:
        """The same, for a column whose values are learned."""
        known_as, spec = self.found(field, name)
        if reason := _not_learned(spec):
            raise BadCondition(
                field, f"The column “{name}” takes no condition, because {reason}; leave it out."
            )
        return known_as, spec

    def condition(self, field: str, condition: Condition) -> Condition:
        """The condition with canonical values."""
        column, spec = self.modelled(field, condition.column)
        if condition.test in _ORDERED and spec.sdtype in _UNORDERED:
            raise BadCondition(
                field,
                f"The column “{column}” is {spec.sdtype} and has no order; "
                "name its values with = or in.",
            )
        values = tuple(dict.fromkeys(canonical(field, v, spec) for v in condition.values))
        return Condition(column=column, test=condition.test, values=values)

    def imputed(self, names: Sequence[str]) -> tuple[str, ...]:
        """The columns to fill, where they have gaps; every modelled one for “all”."""
        named = None if ALL_COLUMNS in names else {self._decided(name) for name in names}
        return tuple(
            known_as
            for table, known_as, spec in self._learned()
            if (named is None or known_as in named) and self._has_gaps(table, spec)
        )

    def undecided(self, names: Sequence[str]) -> tuple[str, ...]:
        """Of “all”, the columns in which a category may mean missing."""
        if ALL_COLUMNS not in names:
            return ()
        return tuple(known_as for _, known_as, spec in self._learned() if spec.missing_undecided)

    def _learned(self) -> Iterable[tuple[str, str, ColumnSpec]]:
        """Table, unambiguous name and spec of each column whose values are learned."""
        return (
            (table, self._known_as(table, spec), spec)
            for table, metadata in self._tables.items()
            for spec in metadata.kept
            if not _not_learned(spec)
        )

    def _decided(self, name: str) -> str:
        known_as, spec = self.modelled("impute", name)
        if spec.missing_undecided:
            raise BadCondition(
                "impute",
                f"The category “{spec.missing_candidate}” of “{name}” may mean missing; confirm "
                "the columns again, say whether it does (on the command line with --missing), "
                "and train anew.",
            )
        return known_as


def _not_learned(spec: ColumnSpec) -> str:
    if spec.pii_action is PiiAction.DROP:
        return "it is left out of the synthetic table"
    if spec.pii_action is PiiAction.SURROGATE or spec.sdtype in _INVENTED:
        return "its values are invented"
    return ""


def _amplification(columns: _Columns, amplification: Amplification) -> Amplification:
    if amplification.factor <= 0:
        raise BadCondition("amplify", "The factor of an amplification is a number above 0.")
    condition = columns.condition("amplify", amplification.condition)
    return replace(amplification, condition=condition)


def _stratification(
    columns: _Columns, stratification: Stratification | None
) -> Stratification | None:
    if stratification is None:
        return None
    column, spec = columns.modelled("stratify", stratification.column)
    shares: dict[str, float] = {}
    for value, share in stratification.shares.items():
        text = canonical("stratify", value, spec)
        if text in shares:
            raise BadCondition("stratify", f"One value of “{column}” has two shares; set one.")
        shares[text] = share
    _refuse_shares(column, spec, shares)
    return Stratification(column=column, shares=shares)


def _refuse_shares(column: str, spec: ColumnSpec, shares: dict[str, float]) -> None:
    if any(not 0 <= share <= 1 for share in shares.values()):
        raise BadCondition(
            "stratify", f"A share of “{column}” is above 1; write a number from 0 to 1, or 50%."
        )
    total = sum(shares.values())
    if total > 1 + _ROUNDING:
        raise BadCondition(
            "stratify", f"The shares of “{column}” add up to more than 1; lower one of them."
        )
    if spec.sdtype is SdType.BOOLEAN and len(shares) == 2 and total < 1 - _ROUNDING:
        raise BadCondition(
            "stratify", f"The two shares of “{column}” do not add up to 1, and no value is left."
        )


def _refuse_two_columns(spec: SampleSpec) -> None:
    amplified = {a.condition.column for a in spec.amplify}
    named = amplified | ({spec.stratify.column} if spec.stratify else set())
    if len(named) > 1:
        raise BadCondition(
            "amplify" if len(amplified) > 1 else "stratify",
            "Shares of two columns are changed at once; amplify or stratify one column only.",
        )
    if amplified and spec.stratify:
        raise BadCondition(
            "stratify",
            "One column is amplified and stratified at once; say its shares in one way only.",
        )
    conditions = [a.condition for a in spec.amplify]
    if len(set(conditions)) < len(conditions):
        raise BadCondition("amplify", "The same rows are amplified twice; name one factor.")


def _refuse_contradictions(spec: SampleSpec, columns: _Columns) -> None:
    for column in dict.fromkeys(c.column for c in spec.where):
        own = [c for c in spec.where if c.column == column]
        _, known = columns.found("where", column)
        _refuse_empty("where", own, known, "exclude each other, so that no row is left")
        for a in spec.amplify:
            if a.condition.column == column:
                what = "leave no row of those to amplify"
                _refuse_empty("amplify", [*own, a.condition], known, what)
        if spec.stratify and spec.stratify.column == column:
            for value, share in spec.stratify.shares.items():
                one = Condition(column=column, test=Operator.IS, values=(value,))
                if share > 0:
                    what = "leave out a value that is to have a share"
                    _refuse_empty("stratify", [*own, one], known, what)
        if column in spec.impute and any(c.test is Operator.MISSING for c in own):
            raise BadCondition(
                "impute",
                f"The column “{column}” is to be missing and filled in at once; choose one.",
            )


def _refuse_empty(field: str, conditions: list[Condition], spec: ColumnSpec, what: str) -> None:
    if not _possible(conditions, spec):
        raise BadCondition(field, f"The conditions on “{conditions[0].column}” {what}.")


def _possible(conditions: list[Condition], spec: ColumnSpec) -> bool:
    """Whether some value, or a missing cell, meets all conditions on one column."""
    missing = any(c.test is Operator.MISSING for c in conditions)
    if missing:
        return all(c.test is Operator.MISSING for c in conditions)
    excluded = {v for c in conditions if c.test is Operator.NOT for v in c.values}
    allowed = _allowed(conditions, spec)
    if allowed is not None:
        return any(v not in excluded and _within(v, conditions, spec) for v in allowed)
    return _bounds_leave_room(conditions, spec)


def _allowed(conditions: list[Condition], spec: ColumnSpec) -> set[str] | None:
    """The values that may be, where they can be listed."""
    sets = [set(c.values) for c in conditions if c.test is Operator.IS]
    if spec.sdtype is SdType.BOOLEAN:
        sets.append({"true", "false"})
    return set.intersection(*sets) if sets else None


def _within(value: str, conditions: Iterable[Condition], spec: ColumnSpec) -> bool:
    ordered = [c for c in conditions if c.test in _ORDERED]
    if not ordered:
        return True
    place = order_of(value, spec)
    return all(_holds(c.test, place, order_of(c.values[0], spec)) for c in ordered)


def _holds(test: Operator, place: float | int, bound: float | int) -> bool:
    return {
        Operator.ABOVE: place > bound,
        Operator.AT_LEAST: place >= bound,
        Operator.BELOW: place < bound,
        Operator.AT_MOST: place <= bound,
    }[test]


def _bounds_leave_room(conditions: list[Condition], spec: ColumnSpec) -> bool:
    whole = spec.sdtype is SdType.INTEGER
    low, low_open, high, high_open = -float("inf"), False, float("inf"), False
    for c in (c for c in conditions if c.test in _ORDERED):
        bound = order_of(c.values[0], spec)
        is_open = c.test in (Operator.ABOVE, Operator.BELOW) and not whole
        if c.test in (Operator.ABOVE, Operator.AT_LEAST):
            bound += whole and c.test is Operator.ABOVE
            low, low_open = max((low, low_open), (bound, is_open))
        else:
            bound -= whole and c.test is Operator.BELOW
            high, negated = min((high, not high_open), (bound, not is_open))
            high_open = not negated
    return low < high or (low == high and not low_open and not high_open)
