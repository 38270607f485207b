"""A framework as an OSCAL catalog: identifiers and our own titles, no text of the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from domain.compliance.controls.oscal import (
    OSCAL_VERSION,
    Mapped,
    control_token,
    objective_token,
    oscal_id,
    prop,
)


def catalog(
    mapping: Mapped, framework: str, title: str, controls: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The catalog of one framework, a group for each of its sources.

    It says nothing of the pack, so packs that are mapped alike have the same catalog.
    """
    sources = [s for s in mapping["sources"] if s["framework"] == framework]
    groups = [_group(framework, at, s, controls) for at, s in enumerate(sources, 1)]
    written = max(s["written"] for s in sources)
    return {
        "catalog": {
            "uuid": oscal_id("catalog", framework, rfc8785.dumps(groups).decode()),
            "metadata": {
                "title": f"{title}: identifiers and our own titles",
                "last-modified": f"{written}T00:00:00+00:00",
                "version": ".".join(str(s["edition"]) for s in sources),
                "oscal-version": OSCAL_VERSION,
            },
            "groups": groups,
        }
    }


def _group(
    framework: str, at: int, source: Mapping[str, Any], controls: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "id": f"{framework}_group{at}",
        "title": source["title"],
        "props": [
            prop("cites", source["cites"]),
            prop("source-version", source["version"]),
            prop("source-dated", source["dated"]),
            prop("standing", source["standing"]),
            prop("mapping-edition", str(source["edition"])),
        ],
        "controls": [_control(framework, c) for c in controls if c["source"] == source["title"]],
    }


def _control(framework: str, control: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": control_token(framework, control["id"]),
        "title": control["title"],
        "props": [
            {"name": "label", "value": control["id"]},
            prop("requirement", control["requirement"]),
        ],
        "parts": [
            {
                "id": objective_token(framework, control["id"]),
                "name": "assessment-objective",
                "prose": control["title"],
            }
        ],
    }
