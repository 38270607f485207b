"""The page a reviewer reads first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def pack_readme(card: Mapping[str, Any], names: Collection[str]) -> str:
    """README.md of a pack with files of such ``names``: what each is, in which order to read, how
    to verify."""
    private = bool(card["privacy"]["differentially_private"])
    return "\n".join(
        [
            *_opening(card),
            *(_privacy(card) if private else ()),
            *_contents(names),
            *_order(names, private=private),
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


_WHAT: Mapping[str, str] = {
    "00-executive-summary.pdf": "One page: what this is, which gates it passed, what remains",
    "README.md": "What is inside, and in which order to read",
    "verify.html": "Checks this pack in a browser, no network",
    "verify.py": "Checks this pack: Python and the package “cryptography”, no network",
    "model-card.pdf": "What was learned from what, how, by whom and with which limits",
    "model-card.json": "The same for programs",
    "dp-report.pdf": "Differential privacy: the promise, its proof, its limits",
    "dp-report.json": "The same for programs",
    "evaluation.pdf": "Every measurement beside what real rows reach, in the shareable rendering",
    "evaluation.json": "The same for programs",
    "controls.pdf": "What speaks for which control of which rule, and what remains for you",
    "controls.xlsx": "The same as a workbook, to filter",
    "controls.json": "The same for programs",
    "oscal/": "The same in OSCAL 1.2.1, for compliance tools",
    "legal.pdf": "Disclaimer, terms of use, acceptable use, data processing agreement",
    "legal.json": "Which versions these are, with their hashes",
    "legal/": "The same papers in Markdown, to fill and edit",
    "deletion-certificate.pdf": "That the real rows were deleted: when, by whom, how",
    "deletion-certificate.json": "The same for programs",
    "audit.json": "What the audit log says of source, run, rows, their evaluations and this pack, "
    "with proofs and the signed head of the log; what is withheld is listed as withheld",
    "attestations/": "A signed statement for each step (in-toto in DSSE)",
    "provenance.json": "Who did what, when, with which seeds, versions and machine",
    "instance.json": "How the instance that made this is set up: encryption, sign-in, roles",
    "leak-check.json": "In which files real values were looked for before this was sealed, and how "
    "many there were to find",
    "synthetic.csv": "The synthetic rows",
    "synthetic.parquet": "The same, typed",
    "synthetic/": "The synthetic rows, a CSV and a Parquet file a table",
    "data-dictionary.pdf": "Every column of the synthetic rows: type, values, how it was made",
    "data-dictionary.csv": "The same as a table",
    "croissant.json": "The rows for machine-learning tools (Croissant 1.1), with terms of use",
    "synthetic.csv-metadata.json": "What the CSV cannot say of itself (CSV on the Web)",
    "csv-metadata.json": "What the CSV files cannot say of themselves (CSV on the Web)",
    "sdv-metadata.json": "The columns as SDV reads them",
    "sdv-metadata-single-table.json": "The same in SDV's form for one table",
    "bill-of-materials.cdx.json": "Model, data and every library of the fit (CycloneDX)",
    "hugging-face/": "The model card as Hugging Face reads it",
    "reproduce.ipynb": "Makes the rows again where their source is, and counts them (Jupyter)",
    "environment.txt": "What was installed at the fit, for pip",
    "manifest.json": "SHA-256 and size of every other file, signed",
}
"""What the files of a pack are, in the order in which they are read; folders end in a slash."""

READING: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("00-executive-summary.pdf",),
        "What is this, which gates did it pass, what remains, until when is it good?",
    ),
    (("verify.html", "verify.py"), "Is it as it was sealed, and by whom?"),
    (("model-card.pdf",), "What was learned from what, how, with which limits?"),
    (("dp-report.pdf",), "What does ε promise, and what does that rest on?"),
    (("evaluation.pdf",), "How close, how useful, how safe, each beside what real rows reach?"),
    (
        ("controls.pdf", "controls.xlsx", "oscal/"),
        "What speaks for which control, and what remains for your own organisation?",
    ),
    (("legal.pdf",), "On which terms may the rows be used?"),
    (("deletion-certificate.pdf",), "Were the real rows deleted, when and how?"),
    (
        ("audit.json", "attestations/", "provenance.json"),
        "Who did what, when, with which versions?",
    ),
)
"""What to read one after the other, and what it answers."""


def what_it_is(name: str) -> str:
    """What a file of a pack is, in a line; empty for one that nobody knows."""
    return _WHAT.get(name) or _WHAT.get(f"{name.partition('/')[0]}/", "")


def reading_place(name: str) -> int:
    """Where a file of a pack stands in the order of reading; one that nobody knows comes last."""
    places = {known: place for place, known in enumerate(_WHAT)}
    return places.get(name, places.get(f"{name.partition('/')[0]}/", len(places)))


def _there(names: Collection[str]) -> set[str]:
    """The files, their folders, and the manifest, which every pack has."""
    folders = (f"{name.partition('/')[0]}/" for name in names if "/" in name)
    return {*names, *folders, "manifest.json"}


def _contents(names: Collection[str]) -> list[str]:
    there = _there(names) - {"README.md"}
    table = [f"| `{name}` | {what} |" for name, what in _WHAT.items() if name in there]
    return ["## What is inside", "", "| File | What it is |", "|---|---|", *table, ""]


def _order(names: Collection[str], *, private: bool) -> list[str]:
    there = _there(names)
    steps = []
    for files, asks in READING:
        found = ", ".join(f"`{file}`" for file in files if file in there)
        if found:
            steps.append(f"{found}: {asks}")
        elif files == ("evaluation.pdf",):
            steps.append(_unjudged(private=private))
    numbered = [f"{i}. {step}" for i, step in enumerate(steps, start=1)]
    return ["## In which order to read", "", *numbered, ""]


def _unjudged(*, private: bool) -> str:
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
        "    python -I verify.py PACK.zip --key FINGERPRINT",
        "",
        "or open `verify.html` and drop the zip on it; nothing leaves your machine. Both check "
        "every hash, the signature, the statements and the extract of the audit log, and name the "
        "first broken thing. `python manage.py verify_pack PACK.zip --key FINGERPRINT` does the "
        "same with Synthetic Data Studio. Keep `verify.py` in a folder of your own and check the "
        "zip as it came: a forger can put programs beside it, which `-I` keeps Python from "
        "running.",
        "",
        "`FINGERPRINT` is that of the sender's key. Get it by another way than this pack: by "
        "telephone, or from `/.well-known/synthetic-data-studio.json` of their instance. Without "
        "it the answer is “intact, signer not verified”: whoever changed a pack could have signed "
        "it again with a key of their own, and could have changed the verifiers inside it too. "
        "Their hashes stand at the same address, so take them from an earlier pack or compare.",
        "",
        "By hand: the SHA-256 of every file must be the one in `manifest.json` "
        "(`sha256sum FILE`). The signature there is Ed25519 (RFC 8032) over the manifest "
        "without its `signature` member, as canonical JSON (RFC 8785).",
        "",
    ]
