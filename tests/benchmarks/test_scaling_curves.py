"""Scaling: cases, figures and curves."""

import argparse
import xml.etree.ElementTree as ET

import pytest

from benchmarks.curves import Axis, Curve, Panel, drawing, short
from benchmarks.machine import processor, this_machine
from benchmarks.scaling import Case, Taken, cases, measure, panels, printed
from benchmarks.simulated import simulated


def taken(varied: str, size: int, cpu: float, passes: int = 10) -> Taken:
    return Taken(
        case=Case(varied=varied, **{varied: size}),
        fit_seconds=cpu,
        fit_cpu=cpu,
        passes=passes,
        draw_seconds=1.0,
        draw_cpu=0.5,
        peak_gib=1.5,
        silence=0.2,
    )


def test_one_dimension_grows_and_the_others_stay():
    wanted = argparse.Namespace(rows=[7], columns=[30], values=[100_000], drawn=[5], table=None)
    rows, columns, values, drawn = cases(wanted)
    assert (rows.size, columns.size, values.size, drawn.size) == (7, 30, 100_000, 5)
    assert (columns.rows, drawn.rows) == (10_000, 10_000)
    assert values.rows == 1_000_000  # ten rows a value


def test_a_pass_costs_its_share_of_the_fit():
    assert taken("rows", 1_000, 20.0).cpu_a_pass == 2.0
    assert taken("rows", 1_000, 20.0, passes=0).cpu_a_pass is None


def test_rows_are_counted_per_second_of_one_core():
    assert taken("drawn", 50_000, 1.0).rows_a_core_second == 100_000


def test_a_simulated_table_has_the_size_it_was_asked_for():
    frame, metadata = simulated(500, 4, 25)
    assert frame.shape == (500, 4)
    assert frame["c1"].nunique() == 25
    assert [c.name for c in metadata.tables["table"].columns] == list(frame)


def test_a_small_case_is_fitted_and_drawn_to_parquet():
    found = measure(Case(varied="drawn", rows=200, columns=3, values=5, drawn=400))
    assert found.fit_cpu > 0
    assert found.draw_cpu > 0
    assert found.passes >= 1
    assert 0.05 < found.peak_gib < 16
    assert "400" in printed([found])


def test_rows_of_a_file_are_drawn_by_the_products_own_rules(tmp_path):
    lines = ["age,sex", *(f"{20 + i % 50},{'fm'[i % 2]}" for i in range(200))]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n")
    wanted = argparse.Namespace(
        rows=[], columns=[], values=[], drawn=[300], table=tmp_path / "people.csv"
    )
    (case,) = cases(wanted)
    assert (case.rows, case.columns, case.values, case.size) == (200, 2, 50, 300)
    found = measure(case)
    assert found.rows_a_core_second is not None
    assert found.rows_a_core_second > 0


def test_every_dimension_is_drawn_with_its_time_and_its_memory():
    found = panels([taken("rows", 10, 1.0), taken("rows", 100, 9.0), taken("drawn", 10, 1.0)])
    assert [(p.x_label, p.y_label) for p in found] == [
        ("training rows", "CPU seconds"),
        ("rows drawn to Parquet", "CPU seconds"),
        ("training rows", "GiB"),
        ("rows drawn to Parquet", "GiB"),
    ]
    assert found[0].curves[0].points == ((10.0, 1.0), (100.0, 9.0))


def test_a_drawing_is_well_formed_and_holds_every_point():
    curve = Curve(name="fit & draw", points=((100.0, 1.0), (10.0, 0.2), (1000.0, 0.0)))
    svg = drawing(
        [Panel(x_label="rows < all", y_label="s", curves=(curve,))], across=2, title="cost"
    )
    root = ET.fromstring(svg)
    circles = root.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 2  # what is not above 0 has no place on a logarithmic axis


def test_ten_times_as_much_is_as_far_anywhere_on_the_axis():
    axis = Axis.over([1.0, 10_000.0], 0.0, 100.0)
    step = axis.place(10) - axis.place(1)
    assert axis.place(1_000) - axis.place(100) == pytest.approx(step)


def test_an_axis_has_a_few_round_ticks():
    assert Axis.over([500.0, 1_000_000.0], 0, 1).ticks() == [1e3, 1e4, 1e5, 1e6]
    assert 2 <= len(Axis.over([0.35, 0.36], 0, 1).ticks()) <= 6


@pytest.mark.parametrize(
    ("number", "words"), [(20_000, "20k"), (1e6, "1M"), (0.5, "0.5"), (1e10, "10G")]
)
def test_ticks_are_short(number, words):
    assert short(number) == words


def test_the_machine_is_named_with_cores_and_versions():
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.libraries["torch"] in machine.sentence()
    assert machine.date in machine.sentence()


def test_the_processor_is_named_as_the_kernel_does(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some  Chip @ 2 GHz\n")
    assert processor(tmp_path / "cpuinfo") == "Some Chip @ 2 GHz"
