"""An event of several tables that breaks a rule gets other cells, and keeps its time."""

from collections.abc import Iterator

import pandas as pd

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.synthesis.keeping import Keeper

_SPECS = (
    ColumnSpec(name="who", sdtype=SdType.ID),
    ColumnSpec(name="start", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d %H:%M"),
    ColumnSpec(name="stop", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d %H:%M"),
    ColumnSpec(name="day", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d", date_only=True),
    ColumnSpec(name="cost", sdtype=SdType.INTEGER),
)


def _visits(*events: tuple[str, str, str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(list(events), columns=[spec.name for spec in _SPECS])
    dates = dict.fromkeys(("start", "stop", "day"), "datetime64[ns]")
    return frame.astype({"who": "string[pyarrow]", "cost": "Int64", **dates})


def test_the_dates_of_a_spare_event_move_to_the_time_of_the_one_it_replaces() -> None:
    def draw_more(rows: int, time: int) -> Iterator[pd.DataFrame]:
        yield _visits(("z", "2020-01-01 08:00", "2020-01-01 10:00", "2020-01-04", 7))

    table = TableMetadata(
        columns=_SPECS,
        constraints=(parse_constraint("cost >= 0"),),
        sequence=SequenceKeys(entity="who", time="start"),
    )
    keeper = Keeper.of(
        table,
        identity=frozenset({"who", "start"}),
        conditions=(),
        kinds=None,
        draw_more=draw_more,
        time="start",
    )
    kept = keeper.kept(
        _visits(
            ("a", "2024-05-01 09:00", "2024-05-01 09:30", "2024-05-01", 3),
            ("a", "2024-06-01 09:00", "2024-06-01 09:30", "2024-06-02", -1),
        )
    )
    again = _visits(
        ("a", "2024-05-01 09:00", "2024-05-01 09:30", "2024-05-01", 3),
        ("a", "2024-06-01 09:00", "2024-06-01 11:00", "2024-06-04", 7),
    )
    pd.testing.assert_frame_equal(kept, again)
