"""Charts as lines: what is seen in a browser is on paper, in typefaces that have its letters."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace

from PIL import Image
from reportlab.graphics.shapes import Drawing, Group, Path, String

from adapters.documents.typefaces import width
from adapters.documents.vector_images import as_pixel, brought_by


def brought(inner: str) -> Drawing:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">{inner}</svg>'
    image = Image.open(io.BytesIO(as_pixel(svg)))
    assert image.size == (1, 1)
    return brought_by(SimpleNamespace(_image=image))


def shapes(group: Group, kind: type) -> Iterator:
    for shape in group.contents:
        if isinstance(shape, kind):
            yield shape
        elif isinstance(shape, Group):
            yield from shapes(shape, kind)


def words(anchor: str, text: str, more: str = "") -> str:
    look = f'text-anchor="{anchor}" font-family="SourceSans3-Semibold" {more}'
    return f'<text x="90" y="20" {look}>{text}</text>'


def test_a_picture_of_pixels_brings_no_drawing():
    assert brought_by(SimpleNamespace(_image=Image.new("RGB", (3, 3)))) is None
    assert brought_by(SimpleNamespace()) is None


def test_labels_that_a_browser_hides_are_not_drawn():
    drawing = brought(words("start", "seen") + words("start", "hidden", 'opacity="0"'))
    assert [string.text for string in shapes(drawing, String)] == ["seen"]


def test_what_is_pale_in_a_browser_is_pale_on_paper():
    drawing = brought('<path d="M0,0h9v9h-9Z" fill="#D55E00" opacity="0.7"/>')
    assert [path.fillOpacity for path in shapes(drawing, Path)] == [0.7]


def test_a_label_of_two_scripts_is_set_in_two_typefaces_and_ends_where_it_should():
    found = list(shapes(brought(words("end", "Blutdruck 血圧", 'font-size="10"')), String))
    assert [(piece.text, piece.fontName) for piece in found] == [
        ("Blutdruck ", "sans_10"),
        ("血圧", "wide_00"),
    ]
    assert abs(found[0].x + width("Blutdruck 血圧", "sans_10", 10) - 90) < 0.01
    assert found[1].x > found[0].x + 20
