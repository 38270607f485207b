"""The files of a pack that the mapping becomes, but for the PDF, which a template makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.compliance.controls.formats import FORMATS, wants
from domain.compliance.controls.oscal import FOLDER, catalog_name, frameworks
from domain.compliance.controls.oscal_catalog import catalog
from domain.compliance.controls.oscal_component import component_definition
from domain.compliance.controls.oscal_results import assessment_results
from domain.compliance.controls.workbook import control_workbook

_TWO = ("component-definition.json", "assessment-results.json")


def control_files(
    mapping: Mapping[str, Any], formats: Sequence[str] = tuple(FORMATS)
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of the mapping, in the formats asked for.

    The PDF is the template ``pack/controls.html`` with :func:`paper_context`.
    """
    if wants(formats, "json"):
        yield "controls.json", _json(mapping)
    if wants(formats, "xlsx"):
        yield "controls.xlsx", control_workbook(mapping)
    if wants(formats, "oscal"):
        for name, document in oscal_documents(mapping).items():
            yield f"{FOLDER}/{name}", _json(document)


def oscal_documents(mapping: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The OSCAL documents by file name: they refer to each other by these names."""
    catalogs = {
        catalog_name(name): catalog(mapping, name, title, controls)
        for name, title, controls in frameworks(mapping)
    }
    return {
        **catalogs,
        _TWO[0]: component_definition(mapping),
        _TWO[1]: assessment_results(mapping),
    }


def oscal_names(chosen: Iterable[str]) -> Iterator[str]:
    """The names of the OSCAL files about some frameworks, with their folder."""
    for name in (*map(catalog_name, chosen), *_TWO):
        yield f"{FOLDER}/{name}"


def paper_context(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What the print template shows: the mapping, with the evidence under its files, the controls
    under their sources, and the columns of Safe Harbor under the source that has its letters."""
    return {
        "mapping": mapping,
        "files": _evidence_by_file(mapping),
        "chapters": [_chapter(mapping, source) for source in mapping["sources"]],
    }


def _evidence_by_file(mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    for e in mapping["evidence"]:
        told = {"name": e["file"], "sha256": e["sha256"], "hash_of": e["hash_of"], "evidence": []}
        files.setdefault(e["file"], told)["evidence"].append(e)
    return list(files.values())


def _chapter(mapping: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    own = (source["framework"], source["title"])
    controls = [c for c in mapping["controls"] if (c["framework"], c["source"]) == own]
    lettered = any(c["letter"] for c in controls)
    return {
        "source": source,
        "controls": [{**c, "files": _files(c)} for c in controls],
        "lettered": lettered,
        "found": _alike(mapping["identifiers"]) if lettered else [],
        "not_found": [i["letter"] for i in mapping["identifiers"] if not i["columns"]],
    }


def _files(control: Mapping[str, Any]) -> dict[str, str]:
    """The hash of each file that speaks for a control, once."""
    return {e["file"]: e["sha256"] for e in control["evidence"]}


def _alike(identifiers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns of one identifier that became the same, in one line."""
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for identifier in identifiers:
        for c in identifier["columns"]:
            same = {
                "letter": identifier["letter"],
                "table": c["table"],
                "flagged": c["flagged"],
                "fate": c["fate"],
                "note": c["note"],
            }
            line = lines.setdefault(tuple(map(str, same.values())), {**same, "columns": []})
            line["columns"].append(c["column"])
    return list(lines.values())


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"
