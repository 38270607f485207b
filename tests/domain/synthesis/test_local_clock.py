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
