"""JSON as bytes, a record a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def json_text(value: Any) -> bytes:
    """One value in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def json_list(start: bytes, records: Iterator[Any], end: bytes) -> Iterator[bytes]:
    """``start``, the records with commas between, ``end``; at least one piece."""
    before = start
    for record in records:
        yield before + json_text(record)
        before = b",\n"
    yield end if before != start else start + end
