"""Adding up what was spent of people's privacy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import (
    BadInput,
    BudgetExceeded,
    Conflict,
    DatasetId,
    OrganisationId,
    PopulationId,
    SyntheticDatasetId,
    UserId,
)
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import EntryState, Kin, LedgerEntry, PrivacyAccount, SpendKind, named
from domain.privacy.plain_releases import PlainRelease, PlainWay

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
HOME = OrganisationId(uuid4())
TEN = Amount(epsilon=10.0, delta=1e-4)


def population(name: str = "march.csv", **changes: Any) -> Population:
    facts: dict[str, Any] = {
        "id": PopulationId(uuid4()),
        "organisation_id": HOME,
        "dataset_id": DatasetId(uuid4()),
        "unit": "row",
        "name": name,
        "budget": TEN,
    }
    return Population(**{**facts, **changes})


def line(epsilon: float = 1.0, delta: float = 1e-5, **changes: Any) -> LedgerEntry:
    facts: dict[str, Any] = {
        "organisation_id": HOME,
        "dataset_id": DatasetId(uuid4()),
        "kind": SpendKind.TRAINING,
        "subject_id": uuid4(),
        "state": EntryState.RESERVED,
        "unit": "row",
        "by": UserId("ann"),
        "at": NOON,
    }
    return LedgerEntry(epsilon=epsilon, delta=delta, **{**facts, **changes})


def settled(epsilon: float, delta: float = 1e-5, **changes: Any) -> LedgerEntry:
    return line(epsilon, delta, state=EntryState.SETTLED, **changes)


def account(*entries: LedgerEntry, kin: tuple[Kin, ...] = (), **changes: Any) -> PrivacyAccount:
    return PrivacyAccount(population=population(**changes), entries=entries, kin=kin)


def a_kin(*entries: LedgerEntry, holds_all: bool = False, **changes: Any) -> Kin:
    return Kin(population=population(**changes), entries=entries, holds_all=holds_all)


def test_only_the_last_line_of_a_spend_counts():
    reserved = line(3.0)
    opened = replace(reserved, state=EntryState.OPENED)
    proved = replace(opened, state=EntryState.SETTLED, epsilon=2.5)
    assert account(reserved).reserved.epsilon == 3.0
    assert account(reserved).spent.epsilon == 0.0
    assert account(reserved, opened).reserved.epsilon == 0.0
    assert account(reserved, opened).spent.epsilon == 3.0
    assert account(reserved, opened, proved).spent.epsilon == 2.5
    assert account(reserved, opened, proved).left.epsilon == 7.5


def test_what_was_released_counts_nothing():
    reserved = line(3.0)
    released = replace(reserved, state=EntryState.RELEASED)
    assert account(reserved, released).left == TEN
    assert account(reserved, released).own == ()


def test_epsilons_and_deltas_add_up_over_this_dataset_and_its_kin():
    found = account(settled(2.0), line(1.0), kin=(a_kin(settled(3.0)), a_kin(line(0.5))))
    assert found.spent == Amount(epsilon=5.0, delta=2e-5)
    assert found.reserved == Amount(epsilon=1.5, delta=2e-5)
    assert found.left.epsilon == 3.5


def test_ten_times_a_tenth_is_no_more_than_one():
    nine = [settled(0.1, 1e-6) for _ in range(9)]
    one = account(*nine, budget=Amount(epsilon=1.0, delta=1e-5))
    one.admit(line(0.1, 1e-6))
    full = account(*nine, settled(0.1, 1e-6), budget=Amount(epsilon=1.0, delta=1e-5))
    assert full.left == Amount(epsilon=0.0, delta=0.0)
    with pytest.raises(BudgetExceeded):
        full.admit(line(0.001, 1e-9))


def test_more_than_is_left_is_refused_with_what_is_left_and_a_forecast():
    with pytest.raises(BudgetExceeded) as refused:
        account(settled(9.5)).admit(line(1.0))
    assert refused.value.message == (
        "This dataset has ε = 0.5 of 10 left for these people, and this training run asks for 1; "
        "ask for at most 0.5, or have an administrator raise the budget. 1 more release at "
        "ε = 0.5 and δ = 1e-5 fits into the budget."
    )


@pytest.mark.parametrize("way", list(PlainWay))
def test_no_more_releases_are_offered_beside_what_left_without_noise(way: PlainWay):
    without_noise = PlainRelease(
        synthetic_id=SyntheticDatasetId(uuid4()), dataset_id=DatasetId(uuid4()), way=way, at=NOON
    )
    told = replace(account(settled(1.0)), plain=(without_noise,)).snapshot().forecast
    assert ("9 more releases" in told) is not way.has_left
    assert ("no bound" in told) is way.has_left


def test_a_forecast_says_where_delta_runs_out_before_epsilon():
    wide = Amount(epsilon=500.0, delta=1e-4)
    assert account(budget=wide).forecast == (
        "10 more releases at ε = 1 and δ = 1e-5 fit into the budget; δ runs out first."
    )
    assert "first" not in account().forecast


def test_delta_runs_out_too():
    with pytest.raises(BudgetExceeded, match=r"δ = 5e-05 of 0\.0001 left"):
        account(settled(1.0, 5e-5)).admit(line(1.0, 6e-5))


def test_an_exhausted_budget_is_said_to_be_exhausted():
    with pytest.raises(BudgetExceeded, match="has nothing left of the privacy budget of ε = 10"):
        account(settled(10.0)).admit(line(0.1))


def test_kin_that_spent_it_are_named():
    kin = (a_kin(settled(9.0), name="january.csv"), a_kin(settled(0.5), name="february.csv"))
    with pytest.raises(BudgetExceeded) as refused:
        account(kin=kin).admit(line(1.0))
    assert refused.value.message.startswith(
        "This dataset, which has people in common with “january.csv” and “february.csv”, has "
        "ε = 0.5 of 10 left"
    )


def test_a_long_list_of_names_ends_in_a_number():
    assert named(["a", "b", "a", "c", "d"]) == "“a”, “b” and 2 more"


@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("inf"), float("nan")])
def test_an_epsilon_that_is_none_never_enters(epsilon):
    with pytest.raises(BadInput):
        account().admit(line(epsilon))


@pytest.mark.parametrize("delta", [0.0, -1e-6, 1.0, float("nan")])
def test_a_delta_that_is_none_never_enters(delta):
    with pytest.raises(BadInput):
        account().admit(line(1.0, delta))


@given(
    asked=st.lists(st.floats(0.01, 6.0), min_size=1, max_size=30),
    theirs=st.floats(0.01, 9.0),
)
def test_whatever_is_asked_the_sum_of_what_was_admitted_stays_within_the_budget(asked, theirs):
    kin, entries = (a_kin(settled(theirs)),), []
    for epsilon in asked:
        found, wanted = account(*entries, kin=kin), line(epsilon, 1e-6)
        try:
            found.accept(wanted)
        except BudgetExceeded:
            assert epsilon > found.left.epsilon - 1e-9
        else:
            entries.append(wanted)
    assert theirs + sum(e.epsilon for e in entries) <= 10.0 * (1 + 1e-9)


@given(left=st.floats(1e-6, 9.99), over=st.floats(1.001, 3.0))
def test_asking_for_what_the_refusal_allows_is_admitted(left, over):
    found = account(settled(10.0 - left, 1e-9))
    with pytest.raises(BudgetExceeded) as refused:
        found.admit(line(left * over + 1e-6, 1e-9))
    allowed = refused.value.message.partition("ask for at most ")[2].partition(",")[0]
    if allowed:
        found.admit(line(float(allowed), 1e-9))


def test_a_reservation_is_admitted_again_beside_itself():
    reserved = line(6.0)
    found = account(reserved)
    found.accept(replace(reserved, state=EntryState.OPENED))
    with pytest.raises(BudgetExceeded):
        found.accept(line(6.0))


def test_a_reservation_is_not_opened_once_kin_have_come_to_light_that_spent_the_budget():
    reserved = line(6.0)
    found = account(reserved, kin=(a_kin(settled(6.0), name="january.csv"),))
    with pytest.raises(BudgetExceeded, match=r"january\.csv.* has ε = 4 of 10 left") as refused:
        found.accept(replace(reserved, state=EntryState.OPENED))
    assert "4 more releases at ε = 1" in refused.value.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), EntryState.OPENED),
        ((), EntryState.SETTLED),
        ((EntryState.RESERVED,), EntryState.RESERVED),
        ((EntryState.RESERVED,), EntryState.SETTLED),
        ((EntryState.RESERVED, EntryState.OPENED), EntryState.RELEASED),
        ((EntryState.RESERVED, EntryState.RELEASED), EntryState.OPENED),
        ((EntryState.RESERVED, EntryState.OPENED, EntryState.SETTLED), EntryState.SETTLED),
        ((EntryState.RESERVED, EntryState.OPENED, EntryState.SETTLED), EntryState.RELEASED),
    ],
)
def test_lines_come_in_their_order_only_and_what_was_read_is_never_given_back(before, after):
    one = line()
    found = account(*(replace(one, state=state) for state in before))
    with pytest.raises(Conflict):
        found.accept(replace(one, state=after))


def test_nothing_is_settled_above_what_was_reserved():
    opened = line(1.0, state=EntryState.OPENED)
    with pytest.raises(Conflict, match="more privacy than it had reserved"):
        account(opened).accept(replace(opened, state=EntryState.SETTLED, epsilon=1.1))


class TestWhichBudgetCounts:
    FIVE = Amount(epsilon=5.0, delta=1e-5)
    TWENTY = Amount(epsilon=20.0, delta=1e-3)

    def test_without_an_administrators_word_it_is_that_of_the_dataset(self):
        assert account(kin=(a_kin(line(), budget=self.FIVE),)).budget == TEN

    def test_an_administrators_word_on_this_dataset_counts_before_all_others(self):
        kin = a_kin(line(), budget=self.FIVE, decided=True)
        assert account(kin=(kin,), budget=self.TWENTY, decided=True).budget == self.TWENTY

    def test_a_smaller_one_that_was_decided_for_kin_holds_here_too(self):
        kin = a_kin(line(), budget=self.FIVE, decided=True)
        assert account(kin=(kin,)).budget == self.FIVE

    def test_a_larger_one_holds_only_where_all_of_these_people_are_in_it(self):
        some = a_kin(line(), budget=self.TWENTY, decided=True)
        assert account(kin=(some,)).budget == TEN
        assert account(kin=(replace(some, holds_all=True),)).budget == self.TWENTY

    def test_epsilon_and_delta_are_the_smaller_of_each(self):
        kin = a_kin(line(), budget=Amount(epsilon=20.0, delta=1e-5), decided=True)
        assert account(kin=(kin,)).budget == Amount(epsilon=10.0, delta=1e-5)

    def test_it_is_never_set_below_what_is_spent_or_reserved_by_kin_too(self):
        found = account(settled(3.0), kin=(a_kin(line(2.0)),))
        found.check_budget(Amount(epsilon=5.0, delta=2e-5))
        with pytest.raises(BadInput, match=r"ε = 5 .* set at least 5\."):
            found.check_budget(Amount(epsilon=4.9, delta=1e-4))
        with pytest.raises(BadInput, match="δ = 2e-05"):
            found.check_budget(Amount(epsilon=6.0, delta=1e-5))

    def test_a_budget_that_is_none_is_refused(self):
        with pytest.raises(BadInput):
            account().check_budget(Amount(epsilon=float("inf"), delta=1e-4))


class TestForecasts:
    @pytest.mark.parametrize(
        ("spent", "said"),
        [
            (0.0, "10 more releases at ε = 1 and δ = 1e-5"),
            (7.5, "2 more releases at ε = 1 and"),
            (9.0, "1 more release at ε = 1 and"),
            (9.7, "1 more release at ε = 0.2 and"),
            (9.95, "1 more release at ε = 0.05 and"),
            (10.0, "Nothing more can be released"),
        ],
    )
    def test_what_is_left_is_told_as_a_number_of_releases(self, spent, said):
        found = account(settled(spent, 1e-5)) if spent else account()
        assert found.forecast.startswith(said)

    def test_delta_limits_it_too(self):
        assert account(settled(1.0, 4e-5)).forecast.startswith("1 more release at ε = 1")

    def test_a_size_that_fits_fits_as_often_as_it_says(self):
        found = account(settled(0.7, 1e-6))
        count = found.releases_left(0.3, 1e-6)
        assert count == 31
        last = [settled(0.3, 1e-6) for _ in range(count - 1)]
        account(settled(0.7, 1e-6), *last).admit(line(0.3, 1e-6))
        with pytest.raises(BudgetExceeded):
            account(settled(0.7, 1e-6), *last, settled(0.3, 1e-6)).admit(line(0.3, 1e-6))


class TestSnapshots:
    def test_it_tells_amounts_lines_kin_and_forecast(self):
        late = settled(2.0, at=NOON + timedelta(hours=1))
        kin = a_kin(line(1.0), name="january.csv")
        told = account(late, kin=(kin,)).snapshot()
        assert (told.budget_epsilon, told.spent_epsilon, told.reserved_epsilon) == (10, 2, 1)
        assert (told.left_epsilon, told.left_delta) == (7.0, pytest.approx(8e-5))
        assert told.entries == (*kin.entries, late)
        assert told.kin == ("january.csv",)
        assert told.forecast.startswith("7 more releases")
        assert told.warnings == ()

    def test_unpaid_looks_are_said_to_make_the_sum_worthless(self):
        (warning,) = account(settled(1.0, void=True)).snapshot().warnings
        assert "bounds nothing" in warning

    def test_releases_with_different_units_are_said_to_add_up_to_more(self):
        (warning,) = account(settled(1.0), settled(1.0, unit="patient")).snapshot().warnings
        assert "k rows" in warning
        assert "δ more than that" in warning

    def test_people_named_by_different_columns_are_said_to_add_up_to_more(self):
        spends = [settled(1.0, unit=unit) for unit in ("patient", "household", "patient")]
        (warning,) = account(*spends).snapshot().warnings
        assert "(“household” and “patient”)" in warning
        assert "one value in each" in warning

    def test_one_column_and_rows_give_no_warning_about_columns(self):
        assert not account(settled(1.0, unit="patient")).snapshot().warnings
        mixed = account(settled(1.0), settled(1.0, unit="patient"), settled(1.0, unit="home"))
        assert len(mixed.snapshot().warnings) == 2
