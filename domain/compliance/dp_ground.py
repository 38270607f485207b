"""Fields of the privacy report about the ground it stands on: trust, data, releases, limits."""

from __future__ import annotations

from typing import Any

from domain.compliance import dp_wording as words
from domain.compliance.columns_word import WITHDRAWN, ColumnsWord
from domain.compliance.dp_case import PrivateCase
from domain.compliance.dp_promise import several_rows
from domain.kernel import ROLE_PERMISSIONS, Permission
from domain.privacy.ledger import LedgerEntry, LedgerSnapshot
from domain.privacy.plain_releases import plain_sentences
from domain.privacy.published import rounded_up, written

Facts = dict[str, Any] | None


def setting(case: PrivateCase) -> tuple[list[str], Facts]:
    """Who is trusted with the rows."""
    roles = [str(r) for r, may in ROLE_PERMISSIONS.items() if Permission.SEE_SOURCE in may]
    return [
        words.CENTRAL,
        f"{case.organisation} runs it. Source rows may be looked at inside by the roles "
        f"{', '.join(roles)}; every look is in the audit log.",
        words.ONE_SHOT,
        words.DELETED_WITH,
    ], {
        "model": "central",
        "curator": case.organisation,
        "may_see_source_rows": roles,
        "query_model": "one release",
    }


def data(case: PrivateCase) -> tuple[list[str], Facts]:
    """Which rows and columns are inside the guarantee."""
    fates = {fate: case.columns(fate) for fate in ("modelled", "invented", "left out")}
    rows = "a number of rows that is not told" if case.rows is None else f"{case.rows:,} rows"
    return [
        f"Learned from {rows} of “{case.dataset.name}”.",
        "A file is named by a keyed digest that only this instance can recompute: anyone could "
        "test a guess of the table against a plain hash.",
        f"Inside the guarantee, asked with noise: {_count(fates['modelled'])}. Invented without a "
        f"look at any value: {_count(fates['invented'])}. Left out before the fit: "
        f"{_count(fates['left out'])}.",
    ], {
        "dataset": case.dataset.name,
        "files": [
            {"name": file.name, "hmac_sha256": digest}
            for file, digest in zip(case.dataset.files, case.file_digests, strict=True)
        ],
        "rows": case.rows,
        "columns_modelled": fates["modelled"],
        "columns_invented": fates["invented"],
        "columns_left_out": fates["left out"],
    }


def _count(names: list[str]) -> str:
    if not names:
        return "none"
    return "1 column" if len(names) == 1 else f"{len(names):,} columns"


def ledger(case: PrivateCase) -> tuple[list[str], Facts]:
    """What all releases about these people come to together."""
    kept = case.ledger
    if kept is None:
        return [words.LEDGER_MISSING], None
    kin = len(set(kept.kin))
    datasets = "1 other dataset" if kin == 1 else f"{kin:,} other datasets"
    others = f", {datasets} with some of the same people included" if kin else ""
    plain = list(plain_sentences(kept.plain))
    sentences = [
        *plain,
        f"Spent on these people so far: ε = {written(kept.spent_epsilon)}, "
        f"δ = {written(kept.spent_delta)} of a budget of ε = {kept.budget_epsilon:g}, "
        f"δ = {written(kept.budget_delta)}{others}. Losses add up.",
        kept.forecast,
        *(warning for warning in kept.warnings if warning not in plain),
    ]
    return [s for s in sentences if s], _amounts(kept, kin)


def _amounts(kept: LedgerSnapshot, kin: int) -> dict[str, Any]:
    return {
        "budget": {"epsilon": kept.budget_epsilon, "delta": kept.budget_delta},
        "spent": _amount(kept.spent_epsilon, kept.spent_delta),
        "reserved": _amount(kept.reserved_epsilon, kept.reserved_delta),
        "left": {"epsilon": kept.left_epsilon, "delta": kept.left_delta},
        "other_datasets": kin,
        "entries": [_entry(e) for e in kept.entries],
        "without_noise": [{"what": str(r.way), "at": r.at.isoformat()} for r in kept.plain],
    }


def _amount(epsilon: float, delta: float) -> dict[str, float]:
    return {"epsilon": rounded_up(epsilon), "delta": rounded_up(delta)}


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "what": str(entry.kind),
        "state": str(entry.state),
        **_amount(entry.epsilon, entry.delta),
        "unit": entry.unit,
        "void": entry.void,
        "at": entry.at.isoformat(),
    }


def released(case: PrivateCase) -> tuple[list[str], Facts]:
    """What leaves or can leave, and which of it ε covers."""
    said = words.EVALUATION_OUTSIDE if case.evaluation_included else words.EVALUATION_INSIDE
    out = "in this pack, as a person asked" if case.evaluation_included else "stays inside"
    listed = [
        ("Synthetic rows, any number of them", True, "may leave"),
        ("The fitted model", True, "stays inside, encrypted"),
        ("This report and the model card", True, "may leave; without un-noised figures"),
        (
            "Names of the dataset and its files; names, types and formats of columns, the primary "
            "key, which are unique, how personal data is treated",
            False,
            "may leave; taken as public",
        ),
        (
            "When things happened: work on real rows lasts as long as they make it last",
            False,
            "may leave to the hour; to the second only when somebody asked for something",
        ),
        ("Figures and verdict of an evaluation", False, out),
        (
            "Sum of the ledger: that datasets share people was found on their real keys",
            False,
            "leaves with this report",
        ),
        ("That the search for real values let the papers be sealed", False, "leaves with the pack"),
        (
            "Audit log: exact counts, hashes, and the random bits in them",
            False,
            "stay inside, with those who may see the real rows; packs carry who did what",
        ),
        ("Profile page and previews", False, "stay inside"),
    ]
    columns = ColumnsWord.on(case.dataset, case.run.created_at)
    proved = (sentence for sentence in case.statement.not_covered if sentence != WITHDRAWN)
    sentences = [said, *([columns.ground] if columns else []), *proved]
    return sentences, {
        "objects": [
            {"what": what, "covered": covered, "state": state} for what, covered, state in listed
        ],
        "evaluation_included": case.evaluation_included,
    }


def limitations(case: PrivateCase) -> tuple[list[str], Facts]:
    """What no ε protects."""
    own = [several_rows(case)[0]] if case.by_row else []
    return [*words.NOT_PROTECTED, *own], {"count": len(words.NOT_PROTECTED) + len(own)}
