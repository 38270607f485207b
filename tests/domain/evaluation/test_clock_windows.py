"""Windows of a regular series, cut by its clock."""

import numpy as np
import pandas as pd

from domain.evaluation.event_log import EventLog, LogColumns, clock_windows, event_log

_HOUR = 3_600.0


def _log(hours: pd.DatetimeIndex) -> EventLog:
    frame = pd.DataFrame({"at": hours, "load": np.arange(len(hours), dtype=float)})
    return event_log(frame, LogColumns(entity=None, time="at", numbers=("load",), vocabulary={}))


def test_windows_begin_at_midnight_whenever_the_series_does() -> None:
    log = _log(pd.date_range("2024-03-01 05:00", periods=24 * 10, freq="h"))
    cut = clock_windows(log, 48, _HOUR)
    assert cut.times is not None
    firsts = cut.times[np.cumsum(cut.lengths) - cut.lengths]
    assert (cut.lengths == 48).all()
    assert cut.histories == 4
    assert (firsts % 86_400 == 0).all()


def test_a_window_in_which_an_hour_is_missing_is_left_out() -> None:
    whole = pd.date_range("2024-03-01", periods=24 * 6, freq="h")
    cut = clock_windows(_log(whole.delete(30)), 24, _HOUR)
    assert cut.histories == 5
    assert 30.0 not in cut.numbers["load"]
    assert 24.0 not in cut.numbers["load"]
