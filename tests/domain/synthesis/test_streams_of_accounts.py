"""Accounts with their transactions, and letters between them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.kernel import no_progress
from domain.synthesis.constrained import Constrained
from domain.synthesis.sequences.engine import Sequences
from tests.domain.synthesis.clinic import drawn, fitted, without
from tests.domain.synthesis.event_logs import QUICK, TABLE, bank_log, bank_metadata


def _tables() -> dict[str, pd.DataFrame]:
    log = bank_log(60)
    accounts = log[["account", "region"]].drop_duplicates("account").reset_index(drop=True)
    letters = log[["account", "when"]].iloc[::7].reset_index(drop=True)
    letters["subject"] = pd.Categorical(["offer", "bill"] * len(letters))[: len(letters)]
    return {"accounts": accounts, TABLE: log.drop(columns="region"), "letters": letters}


def _metadata() -> Metadata:
    specs = {spec.name: spec for spec in bank_metadata().tables[TABLE].columns}
    key = ColumnSpec(name="account", sdtype=SdType.ID, pii_action=PiiAction.SURROGATE, unique=True)
    keys = SequenceKeys(entity="account", time="when")
    events = tuple(spec for name, spec in specs.items() if name != "region")
    subject = ColumnSpec(name="subject", sdtype=SdType.CATEGORICAL)
    letters = (specs["account"], specs["when"], subject)
    return Metadata(
        tables={
            "accounts": TableMetadata(columns=(key, specs["region"]), primary_key="account"),
            TABLE: TableMetadata(columns=events, sequence=keys),
            "letters": TableMetadata(columns=letters, sequence=keys),
        },
        relationships=tuple(
            Relationship(
                parent_table_name="accounts",
                parent_primary_key="account",
                child_table_name=child,
                child_foreign_key="account",
            )
            for child in (TABLE, "letters")
        ),
    )


def test_a_balance_follows_its_amounts_across_the_letters_between() -> None:
    fit = fitted(_tables(), _metadata(), max_epochs=1)
    assert any("“events.balance” is computed" in note for note in fit.notes)
    twin = drawn(fit)
    events = twin[TABLE]
    change = np.where(events["kind"] == "in", events["amount"], -events["amount"])
    later = events["account"] == events["account"].shift()
    assert later.sum() > 100
    assert (events["balance"] - events["balance"].shift() - change)[later].abs().max() < 1e-6
    assert len(twin["letters"])
    assert set(twin["letters"]["subject"].dropna()) <= {"offer", "bill"}
    assert twin["letters"]["subject"].notna().all()


def test_one_table_of_events_with_that_of_its_entities_comes_back_as_it_was() -> None:
    tables, metadata = _tables(), without(_metadata(), "letters")
    del tables["letters"]
    tables[TABLE]["number"] = [f"N{i:04d}" for i in range(len(tables[TABLE]))]
    tables[TABLE] = tables[TABLE].astype({"number": "string[pyarrow]"})
    number = ColumnSpec(name="number", sdtype=SdType.ID, unique=True)
    table = metadata.tables[TABLE]
    rule = parse_constraint("amount <= 90")
    table = replace(
        table, columns=(*table.columns, number), primary_key="number", constraints=(rule,)
    )
    metadata = replace(metadata, tables={**metadata.tables, TABLE: table})
    engine = Constrained(Sequences())
    fit = engine.fit(
        tables,
        metadata,
        held_out={},
        settings={**QUICK, "max_epochs": 1},
        privacy=None,
        seed=0,
        on_progress=no_progress,
    )

    chunks = list(engine.sample(fit.artifact, rows=30, seed=1, on_progress=no_progress))

    events = pd.concat([chunk[TABLE] for chunk in chunks], ignore_index=True)
    people = pd.concat([chunk["accounts"] for chunk in chunks], ignore_index=True)
    assert len(people) == 30
    assert set(events["account"]) == set(people["account"])
    assert list(events) == list(tables[TABLE])
    assert events["amount"].max() <= 90
    assert events["number"].is_unique
    change = np.where(events["kind"] == "in", events["amount"], -events["amount"])
    later = events["account"] == events["account"].shift()
    assert (events["balance"] - events["balance"].shift() - change)[later].abs().max() < 1e-6
