"""The product as an OSCAL component: what it does for each control, and what it leaves to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.compliance.controls.oscal import (
    Mapped,
    catalog_name,
    control_token,
    evidence_id,
    frameworks,
    metadata,
    pack_id,
    prop,
    resources,
    root,
    word,
)


def component_definition(mapping: Mapped) -> dict[str, Any]:
    """One component, with an implementation for each framework."""
    product = mapping["product"]
    return {
        "component-definition": {
            "uuid": pack_id(mapping, "component-definition"),
            "metadata": metadata(
                mapping, f"Controls that the evidence of pack {mapping['pack']} speaks for"
            ),
            "components": [
                {
                    "uuid": pack_id(mapping, "component"),
                    "type": "software",
                    "title": product["name"],
                    "description": "Makes synthetic twins of sensitive tables, judges them, and "
                    "gathers the evidence.",
                    "props": [{"name": "version", "value": product["version"]}],
                    "control-implementations": [
                        _implementation(mapping, name, title, controls)
                        for name, title, controls in frameworks(mapping)
                    ],
                }
            ],
            "back-matter": {"resources": resources(mapping)},
        }
    }


def requirement_id(mapping: Mapped, control: Mapping[str, Any]) -> str:
    """The implemented requirement of a control."""
    return pack_id(mapping, "requirement", control["framework"], control["id"])


def _implementation(
    mapping: Mapped, framework: str, title: str, controls: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "uuid": pack_id(mapping, "implementation", framework),
        "source": catalog_name(framework),
        "description": f"What the product does for the controls of {title}.",
        "implemented-requirements": [_requirement(mapping, c) for c in controls],
    }


def _requirement(mapping: Mapped, control: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "uuid": requirement_id(mapping, control),
        "control-id": control_token(control["framework"], control["id"]),
        "description": control["shows"] or control["remains"],
        "props": [
            prop("status", word(control["status"]), " ".join(control["reasons"])),
            prop("status-at-best", word(control["at_best"])),
            prop("standing", control["standing"]),
            *([prop("evidence", "speaks-against")] if control["opposed"] else []),
        ],
        "remarks": f"Remains for the organisation: {control['remains']} To do: {control['do']}",
    }
    files = dict.fromkeys(e["file"] for e in control["evidence"])
    links = [{"href": root(evidence_id(mapping, f)), "rel": "evidence"} for f in files]
    return {**made, "links": links} if links else made
