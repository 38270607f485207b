"""JSON that every reader reads alike, and its canonical form."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NoReturn

LARGEST_NUMBER = (1 << 53) - 1
"""The largest whole number that every language holds exactly."""

DEEPEST = 64


def strict_json(data: bytes, *, fractions: bool = False) -> Any:
    """JSON that no two readers understand differently: nothing named twice, no half characters,
    whole numbers that every language can hold (others with ``fractions``), 64 levels at most."""
    value = json.loads(
        data.decode("utf-8"),
        object_pairs_hook=without_repeats,
        parse_int=int if fractions else whole,
        parse_float=float if fractions else refused,
        parse_constant=refused,
    )
    check_depth(value, DEEPEST)
    return value


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that says a thing twice means two things to two readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def whole(digits: str) -> int:
    """A whole number that every language holds exactly."""
    if abs(int(digits)) > LARGEST_NUMBER:
        raise ValueError
    return int(digits)


def refused(_: str) -> NoReturn:
    """What JSON allows and nothing signed here has."""
    raise ValueError


def check_depth(value: Any, left: int) -> None:
    """At most ``left`` levels more, and only whole characters."""
    if left == 0:
        raise ValueError
    if isinstance(value, str):
        value.encode()  # raises for half a surrogate pair
    elif isinstance(value, list):
        for item in value:
            check_depth(item, left - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            check_depth(name, left - 1)
            check_depth(item, left - 1)


def canonical(value: Any) -> bytes:
    """RFC 8785 for what is signed here: objects, lists, texts, whole numbers, true, false, null."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{%b}" % b",".join(canonical(n) + b":" + canonical(value[n]) for n in names)
    if isinstance(value, list):
        return b"[%b]" % b",".join(canonical(item) for item in value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST_NUMBER):
        raise ValueError("Whole numbers up to 2^53 - 1 only.")
    return json.dumps(value, ensure_ascii=False).encode()


def the(value: Any, kind: type[Any]) -> Any:
    """``value``, when it is of that very type: true is no number here."""
    if type(value) is not kind:
        raise TypeError
    return value


def hexed(text: Any) -> bytes:
    """Bytes in lower-case hexadecimal digits, which have one spelling."""
    if len(the(text, str)) % 2 or not re.fullmatch("[0-9a-f]*", text):
        raise ValueError
    return bytes.fromhex(text)


def unbase64(text: Any) -> bytes:
    """Bytes in base64 with padding and nothing between."""
    if len(the(text, str)) % 4 or not re.fullmatch("[A-Za-z0-9+/]*={0,2}", text):
        raise ValueError
    return base64.b64decode(text)
