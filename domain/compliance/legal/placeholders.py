"""What a wording may leave to each pack: a closed list of names in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.kernel import BadInput

PLACEHOLDERS: Mapping[str, str] = {
    "organisation": "the organisation's name",
    "contact": "whom to ask",
    "controller": "who decides about the personal data: the organisation, unless named otherwise",
    "processor": "who processes it for the controller: the organisation, where another decides",
    "dataset": "what the real dataset is called",
    "date": "the day the pack is made",
    "expires": "the last day to rely on the pack",
    "pack": "the number of the pack",
    "product": "Synthetic Data Studio",
    "version": "the version of the product",
}
"""Every placeholder and what stands for it."""

_NAMED = re.compile(r"\{([^{}\n]*)\}")
_LONGEST_QUOTE = 30


def refuse_unknown(text: str, title: str) -> None:
    """Raise :class:`BadInput` for a name in braces that nothing stands for, or a brace alone."""
    listed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for found in _NAMED.finditer(text):
        if found[1] not in PLACEHOLDERS:
            raise BadInput(
                f"“{title}” says {{{found[1][:_LONGEST_QUOTE]}}}, which nothing stands for; use "
                f"one of {listed}."
            )
    if set(_NAMED.sub("", text)) & set("{}"):
        raise BadInput(f"“{title}” has a brace by itself; braces stand only around {listed}.")


def filled(text: str, values: Mapping[str, str]) -> str:
    """``text`` with ``values`` for its placeholders, all of which are known."""
    return _NAMED.sub(lambda found: values[found[1]], text)
