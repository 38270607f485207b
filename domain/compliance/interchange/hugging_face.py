"""The model card as Hugging Face reads it: README.md, whose YAML front matter is for machines.

Every word that a person or a file has chosen is escaped, so that a column's name is no link, no
HTML and no key of the front matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.compliance.controls.identifiers import identifies
from domain.compliance.interchange.markdown_text import plain, yaml_block
from domain.compliance.interchange.terms_of_use import TERMS
from domain.evaluation.titles import figure, title
from domain.privacy.unit_words import unit_noun

HUGGING_FACE_LICENCE = "LICENSE.md"
"""Beside README.md: a hub links to it from there."""

_TASK = {"type": "tabular-generation", "name": "Tabular synthesis"}


def hugging_face_card(card: Mapping[str, Any]) -> str:
    """README.md of a model card (the JSON document, which is release-safe)."""
    return "\n".join(
        [
            "---",
            yaml_block(_front_matter(card)) + "---",
            "",
            f"# Synthetic twin of “{plain(card['training_data']['dataset'])}”",
            "",
            plain(card["description"]),
            "",
            *_stamped(card),
            *_section("Privacy", card["privacy"]["meaning"]),
            *_section("Intended use", card["intended_use"]),
            *_section("Limitations", card["limitations"]),
            *_section("Terms of use", [TERMS]),
            *_section("Conditions", card["synthetic_data"]["conditions"]),
            *_measured(card["metrics"]),
            *_training_data(card),
            *_synthesizer(card["synthesizer"]),
            *_files(card),
            *_provenance(card),
            *_section("Reproducing these rows", card["reproducibility"]["notes"]),
            *_versions(card["reproducibility"]["versions"]),
        ]
    )


def hugging_face_licence(card: Mapping[str, Any]) -> str:
    """LICENSE.md: the terms that the front matter names, in words."""
    return "\n".join(
        [
            "# No re-identification, no decision about a person",
            "",
            plain(TERMS),
            "",
            f"{plain(card['organisation'])} passes the rows on under the terms of use and the "
            "acceptable use policy of their evidence pack, which go before this page.",
            "",
        ]
    )


def _front_matter(card: Mapping[str, Any]) -> dict[str, Any]:
    name = f"Synthetic twin of {card['training_data']['dataset']}"
    private = card["privacy"]["differentially_private"]
    results = _results(card)
    return {
        "license": "other",
        "license_name": "no-re-identification",
        "license_link": HUGGING_FACE_LICENCE,
        "pretty_name": name,
        "tags": [
            "synthetic",
            "tabular",
            *(["differential-privacy"] if private else []),
            card["synthesizer"]["name"],
        ],
        **({"model-index": [{"name": name, "results": [results]}]} if results["metrics"] else {}),
    }


def _results(card: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured, as one result. ε is a figure too, and proved rather than measured."""
    metrics = [
        {"type": metric["name"], "name": title(metric["name"]), "value": metric["value"]}
        for metric in card["metrics"]["headline"]
        if metric["value"] is not None
    ]
    privacy = card["privacy"]
    if privacy["differentially_private"] and not privacy["stamp"]:
        unit = f"for one {unit_noun(privacy['unit'])}"
        metrics += [
            {"type": "privacy.epsilon", "name": f"ε {unit}", "value": privacy["epsilon"]},
            {"type": "privacy.delta", "name": f"δ {unit}", "value": privacy["delta"]},
        ]
    source = {"type": "private", "name": card["training_data"]["dataset"]}
    return {"task": _TASK, "dataset": source, "metrics": metrics}


def _stamped(card: Mapping[str, Any]) -> list[str]:
    stamp = card["privacy"]["stamp"]
    return [f"**{plain(stamp)}.** Nothing is promised about any person.", ""] if stamp else []


def _section(heading: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"## {heading}", "", *(f"- {plain(line)}" for line in lines), ""]


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    """A table, whose cells are escaped already."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, ""] if lines else []


def _measured(metrics: Mapping[str, Any]) -> list[str]:
    if not metrics["evaluated"]:
        note = metrics["note"] or "This twin was not evaluated."
        return ["## Measurements", "", plain(note), ""]
    verdict = metrics["verdict"] or "none; the decision about release is a person’s"
    rows = (
        (
            plain(title(m["name"])),
            plain(figure(m["name"], m["value"])),
            plain(figure(m["name"], m["baseline"])),
            plain(figure(m["name"], m["threshold"])),
            plain(m["sentence"]),
        )
        for m in metrics["headline"]
    )
    return [
        "## Measurements",
        "",
        *([plain(metrics["note"]), ""] if metrics["note"] else []),
        f"Verdict: **{plain(verdict)}**. The baseline is the same measurement with other real rows "
        "in the place of the synthetic ones.",
        "",
        *_table(("Measurement", "Twin", "Baseline", "Limit", "What it says"), rows),
    ]


def _training_data(card: Mapping[str, Any]) -> list[str]:
    told = card["training_data"]
    rows = "a private number of" if told["rows_trained"] is None else f"{told['rows_trained']:,}"
    lines = ["## Training data", "", f"Learned from {rows} real rows, which stay inside.", ""]
    for table in told["tables"]:
        columns = (
            (
                plain(c["name"]),
                plain(c["type"]),
                plain(c["treatment"]),
                plain(identifies(c) or "–"),
            )
            for c in table["columns"]
        )
        lines += [f"### {plain(table['name'])}", ""]
        lines += _table(("Column", "Type", "In the twin", "Identifies"), columns)
    return lines


def _synthesizer(told: Mapping[str, Any]) -> list[str]:
    settings = (
        (plain(s["name"]), plain(str(s["value"])), plain(str(s["default"])), plain(s["meaning"]))
        for s in told["settings"]
    )
    note = told["licence_note"]
    return [
        "## Synthesizer",
        "",
        f"**{plain(told['title'])}**. {plain(told['summary'])}",
        "",
        *([plain(note), ""] if note else []),
        *_table(("Setting", "Value", "Default", "Meaning"), settings),
    ]


def _files(card: Mapping[str, Any]) -> list[str]:
    rows = (
        (plain(table["name"]), f"{table['rows']:,}", ending, f"`{table[digest]}`")
        for table in card["synthetic_data"]["tables"]
        for ending, digest in (("CSV", "csv_sha256"), ("Parquet", "parquet_sha256"))
        if digest in table
    )
    return ["## Files", "", *_table(("Table", "Rows", "Format", "SHA-256"), rows)]


def _provenance(card: Mapping[str, Any]) -> list[str]:
    """What was done when; by whom is in the signed papers of the pack."""
    steps = ((plain(s["step"]), plain(s["at"]), f"`{s['id']}`") for s in card["provenance"])
    return ["## Provenance", "", *_table(("Step", "When", "Id"), steps)]


def _versions(versions: Mapping[str, str]) -> list[str]:
    rows = ((plain(name), plain(version)) for name, version in versions.items())
    return _table(("Made with", "Version"), rows)
