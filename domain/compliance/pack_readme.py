"""The page a reviewer reads first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pack_readme(card: Mapping[str, Any], *, evaluated: bool) -> str:
    """README.md of a pack: what each file is, in which order to read, how to verify."""
    private = bool(card["privacy"]["differentially_private"])
    return "\n".join(
        [
            *_opening(card),
            *(_privacy(card) if private else ()),
            *_contents(evaluated, private=private),
            *_order(evaluated, private=private),
            *_opening_rows(),
            *_verifying(),
        ]
    )


def _opening(card: Mapping[str, Any]) -> list[str]:
    return [
        f"# Evidence pack: synthetic twin of “{card['training_data']['dataset']}”",
        "",
        f"Made by {card['organisation']} with {card['product']['name']} "
        f"{card['product']['version']} on {card['created_at'][:10]}. It holds synthetic rows "
        "and the evidence a security reviewer needs to decide about them. The real table is not "
        "in it.",
        "",
    ]


def _privacy(card: Mapping[str, Any]) -> list[str]:
    stamp, note = card["privacy"]["stamp"], card["metrics"]["note"]
    return [
        *([f"**{stamp}.** Nothing is promised about any person.", ""] if stamp else []),
        "## Differential privacy",
        "",
        card["privacy"]["meaning"][-2],
        "",
        f"`dp-report.pdf` says what it rests on and what it does not cover. {note}",
        "",
    ]


def _contents(evaluated: bool, *, private: bool) -> list[str]:
    rows = [
        ("model-card.pdf", "What was learned from what, how, by whom and with which limits"),
        ("model-card.json", "The same for programs"),
    ]
    if private:
        rows += [
            ("dp-report.pdf", "Differential privacy: the promise, its proof, its limits"),
            ("dp-report.json", "The same for programs"),
        ]
    if evaluated:
        rows += [
            (
                "evaluation.pdf",
                "Every measurement beside what real rows reach, in the shareable rendering",
            ),
            ("evaluation.json", "The same for programs"),
        ]
    rows += [
        (
            "audit.json",
            "The entries of the audit log about this twin, and the signed log head, or why not",
        ),
        ("synthetic.csv", "The synthetic rows (`synthetic/<table>.csv` with several tables)"),
        ("leak-check.json", "In which files real values were looked for before this was sealed"),
        ("manifest.json", "SHA-256 and size of every other file, signed"),
    ]
    table = [f"| `{name}` | {what} |" for name, what in rows]
    return ["## What is inside", "", "| File | What it is |", "|---|---|", *table, ""]


def _order(evaluated: bool, *, private: bool) -> list[str]:
    steps = ["Verify the pack (below).", "`model-card.pdf`: purpose, privacy, limitations."]
    if private:
        steps.append("`dp-report.pdf`: the unit and ε first, then every look at the rows.")
    steps.append(_judging(evaluated, private=private))
    steps += ["`audit.json`: who uploaded, confirmed, trained, drew and asked for this pack."]
    numbered = [f"{i}. {step}" for i, step in enumerate(steps, start=1)]
    return ["## In which order to read", "", *numbered, ""]


def _judging(evaluated: bool, *, private: bool) -> str:
    if evaluated:
        return "`evaluation.pdf`: compare each value with its baseline, privacy first."
    if private:
        return (
            "Ask somebody who may see the real rows how useful the twin is: figures that were "
            "computed on real rows stay inside the instance."
        )
    return "There is no evaluation: ask for one before you approve a release."


def _opening_rows() -> list[str]:
    return [
        "## Before you open the rows in a spreadsheet",
        "",
        "Import the CSV as text instead of opening it by a double click. A cell that begins with "
        "`=`, `+`, `-` or `@` is data in the style of the source and is written as it is; a "
        "spreadsheet may take it for a formula and run it (formula injection).",
        "",
    ]


def _verifying() -> list[str]:
    return [
        "## How to verify",
        "",
        "With Synthetic Data Studio:",
        "",
        "    python manage.py verify_pack PACK.zip --key HEX",
        "",
        "`HEX` is the public key that the sender gave you by another way than this pack (by "
        "telephone, or from their website). It ends with 0 when the pack is as it was signed by "
        "that key, else with 1 and the first broken thing. Without `--key` it tells only that the "
        "pack is whole: whoever changed it could have signed it again with a key of their own. "
        "The key that signed is always printed.",
        "",
        "Without it: the SHA-256 of every file must be the one in `manifest.json` "
        "(`sha256sum FILE`). The signature there is Ed25519 (RFC 8032) over the manifest "
        "without its `signature` member, as canonical JSON (RFC 8785).",
        "",
    ]
