"""Log lines without values: an exception's text can quote a real cell, its place cannot."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class QuietFormatter(logging.Formatter):
    """Writes of an exception its kind and where it came from, never its message.

    django-q2 puts message and traceback of a failed task into the line itself, after a dash;
    that part is left out.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name is logging's)
        """The line, cut before a traceback that was written into it."""
        if "Traceback (most recent call last)" in record.message:
            record.message = record.message.partition(" - ")[0].partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """Kind and frames of the exception."""
        kind, _, trace = ei
        frames = "".join(traceback.format_tb(trace))
        return f"{frames}{kind.__qualname__ if kind else 'no exception'}"


class OneLineFormatter(QuietFormatter):
    """Writes no traceback at all: for what strangers can cause as often as they like."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """Nothing."""
        return ""
