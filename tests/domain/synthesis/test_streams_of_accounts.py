"""Accounts with their transactions, and letters between them."""

import numpy as np
import pandas as pd

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from tests.domain.synthesis.clinic import drawn, fitted
from tests.domain.synthesis.event_logs import TABLE, bank_log, bank_metadata


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
