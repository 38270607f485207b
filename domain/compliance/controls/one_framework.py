"""What a mapping to several frameworks says of one of them."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def of_framework(sealed: bytes, framework: str) -> dict[str, Any]:
    """The excerpt of a pack's ``controls.json`` about one of its frameworks, a mapping like it.

    Its disclaimer says what it was taken from: the whole is signed with the pack, the excerpt not.
    """
    mapping: dict[str, Any] = json.loads(sealed)
    parts = ("sources", "controls", "worksheets")
    found = {part: [p for p in mapping[part] if p["framework"] == framework] for part in parts}
    lettered = any(c["letter"] for c in found["controls"])
    digest = hashlib.sha256(sealed).hexdigest()
    return {
        **mapping,
        **found,
        "frameworks": [f for f in mapping["frameworks"] if f["name"] == framework],
        "identifiers": mapping["identifiers"] if lettered else [],
        "disclaimer": f"{mapping['disclaimer']} This is an excerpt and not signed itself; what it "
        f"was taken from is controls.json of pack {mapping['pack']}, SHA-256 {digest}.",
    }
