"""What a sample's spec asks for, in sentences for a page, a card and a report."""

from __future__ import annotations

from typing import Any

from domain.synthesis.condition_text import written
from domain.synthesis.conditions import Amplification, Lengths, SampleSpec


def spec_sentences(spec: SampleSpec, *, given: bool = False) -> tuple[str, ...]:
    """One sentence for each thing that was asked; none for a plain sample. ``given``: whether
    histories of a person's own were continued."""
    return (
        *(f"Every row fulfils: {written(condition)}." for condition in spec.where),
        *(_amplified(a) for a in spec.amplify),
        *_shares(spec),
        *(future_sentences(spec.lengths) if given else length_sentences(spec.lengths)),
        *filling_sentences(spec),
    )


def _amplified(asked: Amplification) -> str:
    rows, factor = f"Rows with {written(asked.condition)}", f"{asked.factor:g} times"
    if not asked.missed:
        return f"{rows} are {factor} as frequent as learned."
    return f"{rows} were to be {factor} as frequent as learned; {asked.reached:.2g} was reached."


def missed_sentences(spec: SampleSpec) -> tuple[str, ...]:
    """What was asked for and not reached."""
    return tuple(_amplified(a) for a in spec.amplify if a.missed)


def filling_sentences(spec: SampleSpec) -> tuple[str, ...]:
    """Which gaps are filled, that there are none, and which words may be gaps too."""
    said = []
    if spec.impute:
        said.append(f"Missing cells are filled in: {', '.join(spec.impute)}.")
    elif spec.filling:
        said.append("Missing cells were to be filled in, but no column is known to have any.")
    if spec.undecided:
        said.append(
            f"A word such as “?” in {', '.join(spec.undecided)} may mean missing, but stays a "
            "category; to have it filled too, confirm that it means missing (on the command line "
            "with --missing) and train anew."
        )
    return tuple(said)


def length_sentences(lengths: Lengths | None) -> tuple[str, ...]:
    """How long histories were asked to be, and from when to when."""
    if lengths is None:
        return ()
    said = []
    if lengths.fewest is not None and lengths.fewest == lengths.most:
        said.append(f"Every history has {lengths.fewest:,} events.")
    elif lengths.fewest is not None:
        said.append(f"Every history has {lengths.fewest:,} to {lengths.most:,} events.")
    elif lengths.times != 1.0:
        said.append(f"Histories have {lengths.times:g} times as many events as learned.")
    if lengths.since is not None:
        said.append(f"The log begins {_day(lengths.since)}.")
    if lengths.until is not None:
        said.append(f"No event is later than {_day(lengths.until)}.")
    return tuple(said)


def future_sentences(lengths: Lengths | None) -> tuple[str, ...]:
    """How far given histories were asked to go on."""
    if lengths is None:
        return ()
    said = []
    if lengths.fewest is not None:
        many = f"{lengths.fewest:,}"
        if lengths.most != lengths.fewest:
            many += f" to {lengths.most:,}"
        said.append(f"Every given history goes on by {many} events.")
    elif lengths.times != 1.0:
        said.append(f"Given histories get {lengths.times:g} times as many events as they have.")
    if lengths.until is not None:
        said.append(f"They go on until {_day(lengths.until)}.")
    return tuple(said)


def _day(moment: str) -> str:
    return moment.removesuffix("T00:00:00").replace("T", " ")


def _shares(spec: SampleSpec) -> tuple[str, ...]:
    if spec.stratify is None:
        return ()
    column, shares = spec.stratify.column, spec.stratify.shares
    if not shares:
        return (f"Every value of {column} keeps exactly the share it was learned with.",)
    named = ", ".join(f"{value} {share:.4g}" for value, share in shares.items())
    return (f"Values of {column} have set shares: {named}; others share what is left.",)


def spec_for_audit(spec: SampleSpec, *, given: bool = False) -> dict[str, Any]:
    """Columns and tests only: a typed value may be a real one and stays out of the log."""
    lengths = future_sentences(spec.lengths) if given else length_sentences(spec.lengths)
    said: dict[str, Any] = {
        "where": [f"{c.column} {c.test}" for c in spec.where],
        "amplify": [
            {"what": f"{a.condition.column} {a.condition.test}", "factor": f"{a.factor:g}"}
            for a in spec.amplify
        ],
        "stratify": spec.stratify.column if spec.stratify else None,
        "impute": list(spec.impute),
        "lengths": list(lengths),
    }
    return {name: what for name, what in said.items() if what}
