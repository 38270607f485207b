"""Entities of whom one event breaks a rule are left out whole, and others are drawn."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
    Tables,
)
from domain.kernel import BadInput
from domain.synthesis.conditions import Condition, Operator
from domain.synthesis.reshaping import Reshaping
from domain.synthesis.whole_histories import WholeHistories


def _table(*rules: str) -> TableMetadata:
    return TableMetadata(
        columns=(
            ColumnSpec(name="who", sdtype=SdType.ID),
            ColumnSpec(name="day", sdtype=SdType.INTEGER),
            ColumnSpec(name="paid", sdtype=SdType.INTEGER),
        ),
        constraints=tuple(parse_constraint(rule) for rule in rules),
        sequence=SequenceKeys(entity="who", time="day"),
    )


def _frame(*events: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(list(events), columns=["who", "day", "paid"])
    return frame.astype({"who": "string[pyarrow]", "day": "Int64", "paid": "Int64"})


def _kept(
    metadata: Metadata, wanted: int | None, *draws: list[Tables], where: tuple[Condition, ...] = ()
) -> list[Tables]:
    """What is kept where the engine gives ``draws``, one after the other."""
    invented: dict[str, frozenset[str]] = {name: frozenset() for name in metadata.tables}
    histories = WholeHistories.of(metadata, where, invented)
    assert histories is not None

    def draw(entities: int | None, time: int) -> Iterator[Tables]:
        yield from draws[min(time, len(draws) - 1)]

    return list(histories.drawn(wanted, draw))


def _log(*rules: str) -> Metadata:
    return Metadata(tables={"log": _table(*rules)})


def _days(chunks: list[Tables]) -> list[tuple[str, int]]:
    frames = [chunk["log"] for chunk in chunks]
    return [(w, int(d)) for f in frames for w, d in zip(f["who"], f["day"], strict=True)]


def test_what_breaks_no_rule_comes_as_it_was_drawn() -> None:
    drawn = _frame(("a", 1, 5), ("b", 1, 5), ("b", 2, 1))

    (kept,) = _kept(_log("paid >= 0"), 2, [{"log": drawn}])

    pd.testing.assert_frame_equal(kept["log"], drawn)


def test_where_one_event_breaks_a_rule_all_come_from_one_larger_draw() -> None:
    short = [{"log": _frame(("a", 1, 5), ("b", 1, 5), ("b", 2, -1))}]
    first = {"log": _frame(("p", 3, 1), ("q", 4, -2), ("q", 5, 1))}
    second = {"log": _frame(("r", 6, 1), ("r", 7, 2), ("s", 8, 3))}

    kept = _kept(_log("paid >= 0"), 2, short, [first, second])

    assert _days(kept) == [("p", 3), ("r", 6), ("r", 7)]


def test_as_many_come_as_without_a_rule_where_no_number_is_asked_for() -> None:
    short = [{"log": _frame(("a", 1, 5), ("b", 1, -5))}]
    more = [{"log": _frame(("p", 1, 5), ("q", 1, 5), ("r", 1, 5))}]

    assert _days(_kept(_log("paid >= 0"), None, short, more)) == [("p", 1), ("q", 1)]


def test_so_many_entities_have_events_left_under_a_condition() -> None:
    large = Condition(column="paid", test=Operator.AT_LEAST, values=("5",))
    short = [{"log": _frame(("a", 1, 5), ("b", 1, 4))}]
    more = [{"log": _frame(("p", 1, 4), ("q", 1, 4), ("q", 2, 6), ("r", 1, 7), ("s", 1, 7))}]

    kept = _kept(_log("paid >= 0"), 2, short, more, where=(large,))

    assert _days(kept) == [("q", 2), ("r", 1)]


def test_events_of_two_entities_repeat_nothing_that_must_not_repeat() -> None:
    drawn = _frame(("a", 1, 5), ("b", 1, 5), ("b", 2, 6), ("c", 3, 5))

    kept = _kept(_log("unique(day, paid)"), 2, [{"log": drawn}])

    assert _days(kept) == [("a", 1), ("c", 3)]


def test_a_rule_that_no_history_keeps_is_given_up_with_a_sentence() -> None:
    with pytest.raises(BadInput, match=r"too few meet .*paid >= 0.* in every event; loosen it"):
        _kept(_log("paid >= 0"), 1, [{"log": _frame(*((f"a{i}", 1, -5) for i in range(1_000)))}])


def test_an_entity_of_several_tables_is_left_out_of_all_of_them() -> None:
    who = ColumnSpec(name="who", sdtype=SdType.ID, unique=True)
    age = ColumnSpec(name="age", sdtype=SdType.INTEGER)
    metadata = Metadata(
        tables={
            "people": TableMetadata(columns=(who, age), primary_key="who"),
            "log": _table("paid >= 0"),
            "calls": _table(),
        },
        relationships=tuple(
            Relationship(
                parent_table_name="people",
                parent_primary_key="who",
                child_table_name=child,
                child_foreign_key="who",
            )
            for child in ("log", "calls")
        ),
    )
    people = pd.DataFrame({"who": list("abc"), "age": [1, 2, 3]})
    log = _frame(("a", 1, 5), ("b", 2, -5), ("b", 3, 5))
    calls = _frame(("b", 2, 0), ("c", 4, 0))
    books = {"books": pd.DataFrame({"code": [1]})}
    tables = {"people": people, "log": log, "calls": calls}

    kept = _kept(metadata, 2, [books, tables])

    assert kept[0] is books
    assert list(kept[1]["people"]["who"]) == ["a", "c"]
    assert _days(kept[1:]) == [("a", 1)]
    assert list(kept[1]["calls"]["who"]) == ["c"]


def test_neither_entity_nor_time_is_reshaped_by_a_rule() -> None:
    table = _table("paid <= day", "day = paid + 1")
    frame = _frame(("a", 3, 2), ("a", 4, 3), ("b", 6, 5))

    reshaping, _ = Reshaping.fit(frame, table, 1)

    assert {"who", "day"} <= {c.name for c in reshaping.inner.columns}
    assert reshaping.inner.sequence == table.sequence
