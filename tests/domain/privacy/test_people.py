"""Finding people again by keyed digests."""

from __future__ import annotations

import hmac

import numpy as np
import pytest

from domain.privacy.people import NOBODY, People, people

ROWS = [("ada", "36", "x"), ("ben", "41", "y"), ("cy", None, "x")]


def digest(name: bytes, key: bytes = b"instance") -> bytes:
    return hmac.digest(key, name, "sha256")


def found(rows=ROWS, entities=()) -> People:
    return people(digest, rows, entities)


def test_the_same_rows_are_the_same_people_whatever_the_order_of_rows_and_columns():
    turned = [tuple(reversed(row)) for row in reversed(ROWS)]
    assert np.array_equal(found().rows, found(turned).rows)


def test_spaces_around_a_cell_and_an_empty_one_for_none_make_nobody_else():
    assert found([(" ada", "36 ", "x")]).share_somebody(found([("ada", "36", "x")]))
    assert found([("cy", "", "x")]).share_somebody(found([("cy", None, "x")]))


def test_cells_do_not_run_into_each_other():
    assert not found([("ab", "c")]).share_somebody(found([("a", "bc")]))
    assert not found([("a", "b")]).share_somebody(found([("a", "b", None)]))


def test_a_row_without_any_cell_is_nobody():
    assert not len(found([(None, ""), ("", None)]).rows)


def test_one_row_in_common_is_enough():
    other = found([("eve", "20", "z"), ROWS[1]])
    assert found().share_somebody(other)
    assert not found().share_somebody(found([("eve", "20", "z")]))


def test_an_entity_in_common_is_enough_where_no_row_is():
    march = found([("p1", "10"), ("p2", "11")], ["p1", "p2"])
    april = found([("p2", "90"), ("p3", "91")], ["p2", "p3", None])
    assert march.share_somebody(april)
    assert not found([("p1", "10")], ["p1"]).share_somebody(april)


def test_an_entity_is_not_taken_for_a_row():
    assert not found([("p1",)]).share_somebody(found([("other",)], ["p1"]))


def test_holding_everybody_is_told_by_rows_or_by_entities():
    assert found(ROWS[:2]).within(found())
    assert not found().within(found(ROWS[:2]))
    early, late = found([("p1", "1")], ["p1"]), found([("p1", "2")], ["p1", "p2"])
    assert early.within(late)
    assert not late.within(early)


def test_without_the_key_nobody_is_found():
    other_instance = people(lambda name: digest(name, b"another"), ROWS, [])
    assert not found().share_somebody(other_instance)


@pytest.mark.parametrize("one", [NOBODY, found(), found(ROWS, ["a", "b"])])
def test_digests_come_back_as_they_were_written(one):
    back = People.from_bytes(one.to_bytes())
    assert np.array_equal(back.rows, one.rows)
    assert np.array_equal(back.entities, one.entities)


def test_what_was_known_stays_known():
    joined = found(ROWS, ["a"]).joined(found(ROWS[:1], ["b"]))
    assert len(joined.rows) == 3
    assert len(joined.entities) == 2


def test_nothing_of_a_cell_stands_in_what_is_kept():
    kept = found([("Wilhelmina", "1234567")], ["Wilhelmina"]).to_bytes()
    assert b"Wilhelmina" not in kept
    assert len(kept) == 8 * 3
