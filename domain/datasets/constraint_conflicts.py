"""Constraints that cannot be kept, or not together: found before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from domain.datasets.constraint_rows import NUMBERS, bound, number, truth
from domain.datasets.constraints import (
    Combination,
    Constraint,
    Formula,
    Never,
    Order,
    Range,
    Unique,
)
from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType, TableMetadata
from domain.kernel import BadInput

MAX_CONSTRAINTS = 500
_MEASURED = NUMBERS | {SdType.DATETIME}
_INVENTED = frozenset({SdType.ID, SdType.TEXT})
_VALUED = NUMBERS | {SdType.BOOLEAN, SdType.CATEGORICAL}
_Edge = tuple[str, str, Constraint]


def refuse_conflicts(metadata: Metadata) -> None:
    """Raise :class:`BadInput` naming the first constraint that cannot be, or the first two that
    cannot be together."""
    for name, table in metadata.tables.items():
        if len(table.constraints) > MAX_CONSTRAINTS:
            raise BadInput(
                f"The table “{name}” has more than {MAX_CONSTRAINTS} constraints; "
                "keep those that matter."
            )
        links = _linking(name, metadata)
        for constraint in table.constraints:
            _refuse_columns(constraint, table, links)
            _refuse_kind(constraint, table)
        _refuse_pairs(table)


def _linking(name: str, metadata: Metadata) -> frozenset[str]:
    """Columns that tie the table to others."""
    parents = {r.parent_primary_key for r in metadata.relationships if r.parent_table_name == name}
    children = {r.child_foreign_key for r in metadata.relationships if r.child_table_name == name}
    return frozenset(parents | children)


def _refuse_columns(constraint: Constraint, table: TableMetadata, links: frozenset[str]) -> None:
    for name in constraint.columns:
        spec = table.column(name)
        if spec.pii_action is PiiAction.DROP:
            raise BadInput(
                f"The constraint “{constraint}” is about the column “{name}”, which is left out "
                "of the twin; remove the constraint or keep the column."
            )
        if name in links:
            raise BadInput(
                f"The constraint “{constraint}” is about the column “{name}”, which links tables "
                "and keeps its own rules; remove the constraint."
            )
        if not isinstance(constraint, Unique) and _is_invented(spec, table):
            raise BadInput(
                f"The constraint “{constraint}” is about the column “{name}”, whose values are "
                "invented; remove the constraint or let the column keep values like the real ones."
            )


def _is_invented(spec: ColumnSpec, table: TableMetadata) -> bool:
    surrogate = spec.pii_action is PiiAction.SURROGATE and spec.sdtype is not SdType.BOOLEAN
    return spec.sdtype in _INVENTED or surrogate or spec.name == table.primary_key


def _refuse_kind(constraint: Constraint, table: TableMetadata) -> None:
    """Columns must have types that the rule makes sense for, and bounds and values that fit."""
    specs = [table.column(name) for name in constraint.columns]
    match constraint:
        case Range():
            _refuse_types(constraint, specs, _MEASURED, "numbers and dates")
            _refuse_empty_range(constraint, specs[0])
        case Order():
            _refuse_types(constraint, specs, _MEASURED, "numbers and dates")
            if (specs[0].sdtype is SdType.DATETIME) != (specs[1].sdtype is SdType.DATETIME):
                raise BadInput(
                    f"The constraint “{constraint}” compares a date with a number; "
                    "compare columns of one kind."
                )
        case Formula():
            _refuse_types(constraint, specs, NUMBERS, "numbers")
        case Never():
            _refuse_types(constraint, specs, _VALUED, "categories, yes-or-no and numbers")
            for spec, (_, value) in zip(specs, constraint.cells, strict=True):
                _refuse_value(value, spec)
        case Combination() | Unique():
            pass


def _refuse_types(
    constraint: Constraint, specs: Sequence[ColumnSpec], fit: frozenset[SdType], words: str
) -> None:
    for spec in specs:
        if spec.sdtype not in fit:
            raise BadInput(
                f"The constraint “{constraint}” is for {words}, but the column “{spec.name}” is "
                f"{spec.sdtype.value}; remove the constraint or change the column's type."
            )


def _refuse_empty_range(rule: Range, spec: ColumnSpec) -> None:
    low = bound(rule.minimum, spec) if rule.minimum is not None else None
    high = bound(rule.maximum, spec) if rule.maximum is not None else None
    if low is None or high is None:
        return
    if low > high or (low == high and (rule.above or rule.below)):  # type: ignore[operator]
        raise BadInput(f"The constraint “{rule}” leaves no value; correct its bounds.")


def _refuse_value(value: str, spec: ColumnSpec) -> None:
    if spec.sdtype is SdType.BOOLEAN:
        truth(value, spec)
    elif spec.sdtype in NUMBERS:
        number(value, spec)


def _refuse_pairs(table: TableMetadata) -> None:
    for first, second in combinations(table.constraints, 2):
        reason = _clash(first, second, table)
        if reason:
            raise _conflict(first, second, reason)
    for first, second, reason in _circles(table.constraints):
        raise _conflict(first, second, reason)
    for order in (c for c in table.constraints if isinstance(c, Order)):
        _refuse_order_beyond_ranges(order, table)


def _conflict(first: Constraint, second: Constraint, reason: str) -> BadInput:
    return BadInput(
        f"The constraints “{first}” and “{second}” cannot both hold, because {reason}; "
        "remove or change one of them."
    )


def _clash(first: Constraint, second: Constraint, table: TableMetadata) -> str:
    """Why two constraints cannot be kept together; empty when they can."""
    match first, second:
        case Range(), Range() if first.column == second.column:
            return "" if _meet(first, second, table) else "their bounds leave no value"
        case Formula(), Formula() if first.column == second.column:
            return f"both compute the column “{first.column}”"
        case (Formula() as formula, Combination() as held) | (
            Combination() as held,
            Formula() as formula,
        ) if formula.column in held.columns:
            return f"the column “{formula.column}” is either computed or part of a combination"
        case Combination(), Combination():
            shared = [name for name in first.columns if name in second.columns]
            if shared:
                return f"both fix the column “{shared[0]}” (write one combination of all columns)"
    return ""


def _meet(first: Range, second: Range, table: TableMetadata) -> bool:
    spec = table.column(first.column)
    lows = [(bound(r.minimum, spec), r.above) for r in (first, second) if r.minimum is not None]
    highs = [(bound(r.maximum, spec), r.below) for r in (first, second) if r.maximum is not None]
    return all(
        low < high or (low == high and not above and not below)  # type: ignore[operator]
        for low, above in lows
        for high, below in highs
    )


def _circles(constraints: Sequence[Constraint]) -> Iterator[tuple[Constraint, Constraint, str]]:
    """Orders, and formulas, that come back to where they began."""
    orders: list[_Edge] = [(c.low, c.high, c) for c in constraints if isinstance(c, Order)]
    for first, second in _closing(orders):
        yield first, second, "their orders go round in a circle (for equal columns write a = b)"
    parts: list[_Edge] = [
        (part, c.column, c) for c in constraints if isinstance(c, Formula) for part in c.parts
    ]
    for first, second in _closing(parts):
        yield first, second, "their formulas go round in a circle"


def _closing(edges: Sequence[_Edge]) -> Iterator[tuple[Constraint, Constraint]]:
    """Pairs of rules of which the second closes a circle that the first begins."""
    onward: dict[str, list[tuple[str, Constraint]]] = {}
    for start, end, rule in edges:
        seen, waiting = {end}, [(end, rule)]
        while waiting:
            here, began = waiting.pop()
            for there, step in onward.get(here, ()):
                first = step if here == end else began
                if there == start:
                    yield first, rule
                if there not in seen:
                    seen.add(there)
                    waiting.append((there, first))
        onward.setdefault(start, []).append((end, rule))


def _refuse_order_beyond_ranges(order: Order, table: TableMetadata) -> None:
    """An order whose lower column must lie above the highest value of the upper one."""
    ranges = [c for c in table.constraints if isinstance(c, Range)]
    for below in (r for r in ranges if r.column == order.high and r.maximum is not None):
        for above in (r for r in ranges if r.column == order.low and r.minimum is not None):
            low = bound(str(above.minimum), table.column(order.low))
            high = bound(str(below.maximum), table.column(order.high))
            strict = order.strict or above.above or below.below
            if low > high or (low == high and strict):  # type: ignore[operator]
                raise _conflict(order, below, f"“{above}” holds as well")
