"""The judgement as OSCAL assessment results: evidence observed, findings control by control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.compliance.controls.control import Status
from domain.compliance.controls.exhibit import State
from domain.compliance.controls.oscal import (
    Mapped,
    control_token,
    evidence_id,
    frameworks,
    metadata,
    objective_token,
    pack_id,
    prop,
    resources,
    root,
    word,
)
from domain.compliance.controls.oscal_component import requirement_id

_PLAN = (
    "There is no plan in a file of its own: whenever a pack is built, every control that needs "
    "evidence is judged by the presence, age and finding of that evidence, as the component "
    "definition lists it."
)
_DESCRIPTION = (
    "Computed from the evidence of the pack, without a person. Controls that need no evidence of "
    "the product are not reviewed."
)


def assessment_results(mapping: Mapped) -> dict[str, Any]:
    """A result for each framework that has controls which need evidence."""
    plan = pack_id(mapping, "plan")
    return {
        "assessment-results": {
            "uuid": pack_id(mapping, "assessment-results"),
            "metadata": metadata(mapping, f"Judgement of pack {mapping['pack']}"),
            "import-ap": {"href": root(plan), "remarks": _PLAN},
            "results": list(_results(mapping)),
            "back-matter": {
                "resources": [
                    {"uuid": plan, "title": "How packs are judged", "description": _PLAN},
                    *resources(mapping),
                ]
            },
        }
    }


def _results(mapping: Mapped) -> Iterator[dict[str, Any]]:
    for framework, title, controls in frameworks(mapping):
        reviewed = [c for c in controls if c["needs"]]
        if reviewed:
            yield _result(mapping, framework, title, reviewed)


def _result(
    mapping: Mapped, framework: str, title: str, controls: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    chosen = [{"control-id": control_token(framework, c["id"])} for c in controls]
    return {
        "uuid": pack_id(mapping, "result", framework),
        "title": f"{title}: evidence of the pack",
        "description": _DESCRIPTION,
        "start": mapping["judged_at"],
        "end": mapping["judged_at"],
        "reviewed-controls": {"control-selections": [{"include-controls": chosen}]},
        "observations": [_observation(mapping, framework, e) for e in mapping["evidence"]],
        "findings": [_finding(mapping, framework, c) for c in controls],
    }


def _observation(mapping: Mapped, framework: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "uuid": _observation_id(mapping, framework, evidence["kind"]),
        "title": f"{evidence['kind']}: {evidence['file']}",
        "description": evidence["says"],
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "props": [prop("state", word(evidence["state"]))],
        "relevant-evidence": [
            {
                "href": root(evidence_id(mapping, evidence["file"])),
                "description": evidence["says"],
            }
        ],
        "collected": evidence["made_at"] or mapping["judged_at"],
    }
    if evidence["expires_at"]:
        return {**made, "expires": evidence["expires_at"]}
    return {**made, "remarks": "Nobody can say when this was made: collected is when it was read."}


def _observation_id(mapping: Mapped, framework: str, kind: str) -> str:
    return pack_id(mapping, "observation", framework, kind)


def _finding(mapping: Mapped, framework: str, control: Mapping[str, Any]) -> dict[str, Any]:
    satisfied = control["status"] == Status.SATISFIED
    made = {
        "uuid": pack_id(mapping, "finding", framework, control["id"]),
        "title": f"{control['id']}: {control['title']}",
        "description": " ".join(control["reasons"]) or control["shows"],
        "props": [prop("status", word(control["status"]))],
        "target": {
            "type": "objective-id",
            "target-id": objective_token(framework, control["id"]),
            "status": {
                "state": "satisfied" if satisfied else "not-satisfied",
                "reason": _reason(control),
                "remarks": f"Remains for the organisation: {control['remains']}",
            },
        },
        "implementation-statement-uuid": requirement_id(mapping, control),
    }
    kinds = [e["kind"] for e in control["evidence"]] or _against(mapping, control)
    related = [{"observation-uuid": _observation_id(mapping, framework, k)} for k in kinds]
    return {**made, "related-observations": related} if related else made


def _reason(control: Mapping[str, Any]) -> str:
    """One of OSCAL's words: what evidence speaks against failed; what people have to add to has
    neither passed nor failed."""
    if control["status"] == Status.SATISFIED:
        return "pass"
    return "fail" if control["opposed"] else "other"


def _against(mapping: Mapped, control: Mapping[str, Any]) -> list[str]:
    """The kinds of evidence that speak against a control."""
    needed = {kind for need in control["needs"] for kind in need.split(" or ")}
    return [
        e["kind"] for e in mapping["evidence"] if e["kind"] in needed and e["state"] == State.FAILED
    ]
