from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys
from domain.datasets.time_zones import MIXED
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.local_clock import LocalClock
from domain.synthesis.sequences.paths import Rhythm

MINUTE = 60 * 10**9
ZONE = "Europe/Madrid"
HOURS = pd.date_range("2021-01-01", "2022-12-31", freq="h")


def clock(zone: str | None) -> Clock:
    spec = ColumnSpec(name="date", sdtype=SdType.DATETIME, time_zone=zone)
    histories = Histories.of(pd.DataFrame({"date": HOURS}), SequenceKeys(time="date"))
    return Clock.fit(histories, "date", spec, rare_threshold=5)


@pytest.mark.parametrize("zone", [ZONE, "Australia/Adelaide", "America/New_York", "Asia/Kolkata"])
def test_the_clock_on_the_wall_is_that_of_the_zone(zone):
    moments = pd.date_range("1995-01-01", "2040-01-01", freq="3977min")
    local = moments.tz_localize("UTC").tz_convert(ZoneInfo(zone)).tz_localize(None)
    shown = LocalClock(zone, MINUTE).shown(moments.to_numpy("M8[ns]").astype(np.int64) // MINUTE)
    assert (shown == local.to_numpy("M8[ns]").astype(np.int64) // MINUTE).all()


def test_a_series_in_utc_is_told_the_hours_of_its_zone_summer_and_winter():
    learned = Clock.from_state(clock(ZONE).state())
    (hour,) = (c for c in learned.cells(ends=False) if c.name == "hour")
    at = pd.Series(pd.to_datetime(["2021-01-10 12:00", "2021-07-10 12:00", "2021-03-28 01:00"]))
    assert hour.told({"now": learned.moments(at)}).tolist() == [13, 14, 3]


@pytest.mark.parametrize("zone", [None, MIXED])
def test_without_one_zone_hours_are_those_of_the_times(zone):
    learned = clock(zone)
    (hour,) = (c for c in learned.cells(ends=False) if c.name == "hour")
    at = pd.Series(pd.to_datetime(["2021-01-10 12:00", "2021-07-10 12:00"]))
    assert hour.told({"now": learned.moments(at)}).tolist() == [12, 12]


def test_a_rhythm_of_days_goes_by_the_clock_on_the_wall():
    rhythm = Rhythm.from_state(Rhythm.of(clock(ZONE)).state())
    noon = pd.Series(pd.to_datetime(["2021-01-10 11:00", "2021-07-10 10:00"]))
    ticks = rhythm.ticks(clock(ZONE).moments(noon), 2)
    assert (ticks % rhythm.day).tolist() == [12, 12]


def test_a_day_later_is_the_same_hour_on_the_wall_in_spring_and_autumn():
    clock = LocalClock("Europe/Madrid", 3600 * 10**9)
    midnights = pd.date_range("2023-03-24", "2023-11-02", freq="D", tz="Europe/Madrid")
    hours = midnights.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[h]").astype(np.int64)
    day = np.full(len(hours) - 1, 24)
    assert (clock.later(hours[:-1], day) == hours[1:]).all()


def test_a_clock_of_local_midnights_ticks_in_days_of_23_and_25_hours():
    midnights = pd.date_range("2022-01-01", periods=730, freq="D", tz="Europe/Madrid")
    rows = pd.DataFrame({"at": midnights.tz_convert("UTC").tz_localize(None)})
    spec = ColumnSpec(name="at", sdtype=SdType.DATETIME, time_zone="Europe/Madrid")
    clock = Clock.fit(Histories.of(rows, SequenceKeys(time="at")), "at", spec, 5)

    assert clock.on_the_wall
    assert Clock.from_state(clock.state()).on_the_wall
    now = clock.moments(rows["at"])
    state = {"place": np.ones(729, dtype=np.int64), "before": now[:-1]}
    clock.tick(state)
    assert (state["now"] == now[1:]).all()
