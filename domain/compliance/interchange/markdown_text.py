"""Words that others wrote, in Markdown and in YAML, so that they are read as words alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~&$@]|:(?=//)|(?<=www)\.|^[-+=]")
"""What Markdown, its tables, HTML inside it, and links that make themselves begin with."""

_NUMBERED = re.compile(r"^(\d+)([.)])(?= )")
"""How a list of numbers begins."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def plain(text: str) -> str:
    """``text`` on one line with every mark escaped: what is shown is what was written."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return _NUMBERED.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", line))


def yaml_block(document: Mapping[str, Any]) -> str:
    """A mapping as YAML: names bare, and every other scalar in JSON, of which YAML is a superset.

    Characters that YAML does not allow in print are written as escapes.
    """
    return "".join(f"{line}\n" for line in _lines(document, 0))


def _lines(value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, Mapping) and value:
        return [line for name, v in value.items() for line in _entry(f"{indent}{name}:", v, depth)]
    if isinstance(value, list) and value:
        return [line for item in value for line in _item(item, depth)]
    return [f"{indent}{_scalar(value)}"]


def _entry(head: str, value: Any, depth: int) -> list[str]:
    if isinstance(value, Mapping | list) and value:
        return [head, *_lines(value, depth + 1)]
    return [f"{head} {_scalar(value)}"]


def _item(item: Any, depth: int) -> list[str]:
    first, *rest = _lines(item, depth + 1)
    return [f"{'  ' * depth}- {first.lstrip()}", *rest]


def _scalar(value: Any) -> str:
    if isinstance(value, float) and "e" in (power := repr(value)) and "." not in power:
        return power.replace("e", ".0e")  # YAML 1.1 takes 1e-05 for a word
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
