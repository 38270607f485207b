"""What the search for real values could have found at all stands at its gate."""

import pytest

from domain.compliance.leak_check import LeakCheck
from domain.compliance.release_gates import SEARCH_GATE, release_gates
from domain.compliance.search_scope import SearchScope, search_scope
from tests.domain.compliance import examples

FILES = ("synthetic.csv",)
CHECKS = {
    SearchScope.VALUES: LeakCheck(files=FILES, looked_for=9, real_rows=100),
    SearchScope.ROWS: LeakCheck(files=FILES, looked_for=0, real_rows=26),
    SearchScope.NOTHING: LeakCheck(files=FILES, looked_for=0),
    SearchScope.PAPERS: LeakCheck(files=FILES, looked_for=9, real_rows=100, private=True),
    SearchScope.TOO_LATE: LeakCheck(files=FILES, looked_for=None),
}


@pytest.mark.parametrize(("scope", "check"), CHECKS.items())
def test_the_record_tells_how_much_could_have_been_found(scope, check):
    assert search_scope(check.to_document()) is scope


@pytest.mark.parametrize(
    ("scope", "state"),
    [
        (SearchScope.VALUES, "passed"),
        (SearchScope.PAPERS, "passed"),
        (SearchScope.ROWS, "with conditions"),
        (SearchScope.NOTHING, "open"),
        (SearchScope.TOO_LATE, "failed"),
        (None, "open"),
    ],
)
def test_a_search_for_whole_rows_alone_is_no_pass(scope, state):
    gates = {g.name: g for g in release_gates(examples.card(5), None, None, search=scope)}
    assert gates[SEARCH_GATE].state == state


def test_a_record_that_looked_for_no_value_says_so():
    for scope in (SearchScope.ROWS, SearchScope.NOTHING):
        assert "no column is treated as identifying" in CHECKS[scope].to_document()["note"]
    assert CHECKS[SearchScope.VALUES].to_document()["note"] == ""


def test_gates_and_record_say_that_only_telling_values_were_looked_for():
    said = [CHECKS[s].to_document()["note"] for s in (SearchScope.ROWS, SearchScope.NOTHING)]
    for scope in (SearchScope.VALUES, SearchScope.NOTHING):
        gates = {g.name: g for g in release_gates(examples.card(5), None, None, search=scope)}
        said.append(gates[SEARCH_GATE].says)
    for words in said:
        assert "so telling that chance would not repeat" in words
        assert "one real row" not in words
