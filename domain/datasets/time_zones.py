"""Time zones: which one explains the offsets of a column, and between its clock and UTC.

Zones are those of the IANA time zone database (RFC 6557), as the system or ``tzdata`` has them.
Times are naive ``datetime64[ns]``, offsets whole minutes east of UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput

MIXED = "mixed"
"""Stands for a zone where no single one explains the offsets: each row then has its own."""

Moments = NDArray[np.datetime64]

_MINUTE = np.timedelta64(60, "s")
_KNOWN_BEST = (
    *("UTC", "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Moscow"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Phoenix", "America/Halifax", "America/Anchorage", "Pacific/Honolulu"),
    *("America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/Bogota", "Europe/Istanbul"),
    *("Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Asia/Dubai", "Asia/Karachi"),
    *("Australia/Sydney", "Australia/Adelaide", "Australia/Perth", "Pacific/Auckland"),
    *("Africa/Johannesburg", "Africa/Lagos", "Asia/Jerusalem", "Asia/Tehran"),
)
"""Of the many zones that keep the same time, the ones that most people would name."""
_FIRST_LOOK = 200


def explaining_zone(moments: Moments, offsets: NDArray[np.int64]) -> str | None:
    """The zone whose clock showed every one of ``offsets`` at its moment (UTC), if there is one.

    Many zones may: of Madrid, Paris and Berlin, which have kept the same time for decades, the
    offsets alone cannot tell, and any of them writes the same text.
    """
    few = np.unique(np.linspace(0, len(moments) - 1, _FIRST_LOOK).astype(np.int64))
    for zone in _zones():
        if (offsets_at(moments[few], zone) == offsets[few]).all() and (
            offsets_at(moments, zone) == offsets
        ).all():
            return zone
    return None


def is_zone(name: str) -> bool:
    """Whether the database knows the zone."""
    return name in _names()


def refuse_unknown_zone(name: str) -> None:
    """Raise :class:`BadInput` unless the name is a zone's."""
    if not is_zone(name):
        raise BadInput(
            f"There is no time zone “{name}”; use a name of the IANA list, such as Europe/Madrid, "
            "or UTC."
        )


def offsets_at(moments: Moments, zone: str) -> NDArray[np.int64]:
    """Minutes that the zone's clock is ahead of UTC at each moment (UTC, none ``NaT``)."""
    ahead: NDArray[np.int64] = ((to_local(moments, zone) - moments) // _MINUTE).astype(np.int64)
    return ahead


def to_local(moments: Moments, zone: str) -> Moments:
    """What the zone's clock shows at each moment (UTC; ``NaT`` stays): an hour twice in autumn."""
    index = pd.DatetimeIndex(moments.astype("datetime64[ns]"), tz="UTC")
    return index.tz_convert(ZoneInfo(zone)).tz_localize(None).to_numpy("datetime64[ns]")


def to_utc(clock: Moments, zone: str) -> Moments:
    """The moment (UTC; ``NaT`` stays) at which the zone's clock shows each time, never out of
    order: the first of two in autumn, and the end of the hour that spring leaves out."""
    index = pd.DatetimeIndex(clock.astype("datetime64[ns]"))
    first = np.ones(len(index), dtype=np.bool_)
    aware = index.tz_localize(ZoneInfo(zone), ambiguous=first, nonexistent="shift_forward")
    return aware.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[ns]")


def _zones() -> Iterator[str]:
    yield from (zone for zone in _KNOWN_BEST if is_zone(zone))
    yield from sorted(_names() - set(_KNOWN_BEST))


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime"}
