"""Charts in which no small group of real people can be read. Light: pages import it.

Small cells are lumped with others instead of being left blank: a lump leaves no gap that totals
could fill, so no second cell has to be hidden to protect the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import floor, log10

from domain.evaluation.pictures import OTHERS, Axis, ColumnOverlay

SMALLEST_CELL = 11
"""A cell of 1 to 10 people is not shown: the cell size suppression policy of the US Centers for
Medicare & Medicaid Services, as in their data use agreements."""

_FEWEST_BINS = 2


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin on its way into a lump: where it stood, and its rows of the three sides."""

    place: int
    real: int
    held_out: int
    synthetic: int

    @property
    def large(self) -> bool:
        """Whether it may be shown: no side of real people has one to ten of them."""
        return self.real >= SMALLEST_CELL and not is_small(self.held_out)

    def __add__(self, other: Bin) -> Bin:
        return Bin(
            max(self.place, other.place),
            self.real + other.real,
            self.held_out + other.held_out,
            self.synthetic + other.synthetic,
        )


def is_small(count: int) -> bool:
    """Whether a cell of so many people is to be suppressed (an empty one tells of nobody)."""
    return 0 < count < SMALLEST_CELL


def without_small_cells(overlay: ColumnOverlay) -> ColumnOverlay | None:
    """The overlay with small cells lumped, rare words masked and open ends; ``None`` where
    nothing that may be shown is left."""
    if max(overlay.real, default=0) < SMALLEST_CELL:
        return None
    shown = _missing_folded(_few_held_out_hidden(overlay))
    lumps = _lumped_words(shown) if shown.axis is Axis.CATEGORY else _lumped_bins(shown)
    if lumps is None or len(lumps.real) < _FEWEST_BINS:
        return None
    return lumps


def lumped_cells(before: ColumnOverlay, after: ColumnOverlay | None) -> int:
    """How many cells of the overlay are not shown by themselves any more."""
    if after is None:
        return len(before.real)
    if before.axis is Axis.CATEGORY:
        return len(set(before.words) - set(after.words))
    return len(before.real) - len(after.real)


def rare_words(overlays: Iterable[ColumnOverlay]) -> frozenset[str]:
    """The words of charts that stand for fewer than :data:`SMALLEST_CELL` training rows."""
    return frozenset(
        word
        for overlay in overlays
        for word, count in zip(overlay.words, overlay.real, strict=False)
        if count < SMALLEST_CELL
    )


def few_missing(overlay: ColumnOverlay) -> bool:
    """Whether the missing cells of a real side are so few that they are a small cell."""
    return any(is_small(count) for count in overlay.missing[:2])


def _few_held_out_hidden(overlay: ColumnOverlay) -> ColumnOverlay:
    """A holdout that is small as a whole is not shown at all."""
    if not is_small(sum(overlay.held_out) + overlay.missing[1]):
        return overlay
    real, _, synthetic = overlay.missing
    return replace(overlay, held_out=(0,) * len(overlay.held_out), missing=(real, 0, synthetic))


def _missing_folded(overlay: ColumnOverlay) -> ColumnOverlay:
    """Few missing cells are counted with the largest bin: left out, the total would tell them."""
    if not few_missing(overlay):
        return overlay
    largest = max(range(len(overlay.real)), key=overlay.real.__getitem__)
    sides = [
        tuple(count + (missing if at == largest else 0) for at, count in enumerate(side))
        for side, missing in zip(
            (overlay.real, overlay.held_out, overlay.synthetic), overlay.missing, strict=True
        )
    ]
    return replace(overlay, real=sides[0], held_out=sides[1], synthetic=sides[2], missing=(0, 0, 0))


def _bins(overlay: ColumnOverlay) -> list[Bin]:
    sides = zip(overlay.real, overlay.held_out, overlay.synthetic, strict=True)
    return [Bin(place, *counts) for place, counts in enumerate(sides)]


def _lumped_words(overlay: ColumnOverlay) -> ColumnOverlay | None:
    """The rarest words become one lump, and as many more as the lump needs to be large."""
    by_size = sorted(_bins(overlay), key=lambda b: (b.real, -b.place), reverse=True)
    kept = [b for b in by_size if b.large and overlay.words[b.place] != OTHERS]
    rest = [b for b in by_size if b not in kept]
    while rest and not _total(rest).large and kept:
        rest.append(kept.pop())
    if rest and not _total(rest).large:
        return None
    kept.sort(key=lambda b: b.place)
    words = [overlay.words[b.place] for b in kept] + ([OTHERS] if rest else [])
    return _with(overlay, [*kept, *([_total(rest)] if rest else [])], words=tuple(words))


def _total(bins: Sequence[Bin]) -> Bin:
    return sum(bins[1:], bins[0])


def _lumped_bins(overlay: ColumnOverlay) -> ColumnOverlay | None:
    """Neighbouring bins join until each lump is large; what is left over joins the last lumps."""
    lumps: list[Bin] = []
    open_: Bin | None = None
    for one in _bins(overlay):
        open_ = one if open_ is None else open_ + one
        if open_.large:
            lumps.append(open_)
            open_ = None
    while open_ is not None and not open_.large and lumps:
        open_ += lumps.pop()
    if open_ is not None:
        lumps.append(open_)
    if len(lumps) < _FEWEST_BINS:
        return None
    inner = tuple(overlay.edges[lump.place + 1] for lump in lumps[:-1])
    return replace(
        _with(overlay, lumps, words=()), edges=tuple(_open_ended(inner)), open_ended=True
    )


def _with(overlay: ColumnOverlay, bins: Sequence[Bin], *, words: tuple[str, ...]) -> ColumnOverlay:
    return replace(
        overlay,
        words=words,
        real=tuple(b.real for b in bins),
        held_out=tuple(b.held_out for b in bins),
        synthetic=tuple(b.synthetic for b in bins),
    )


def _open_ended(inner: tuple[float, ...]) -> Iterator[float]:
    """The inner edges (round numbers, nobody's value) with an end at each side, as far off as the
    next inner bin is wide: a place to draw to, which says nothing about the utmost values."""
    step = 10.0 ** floor(log10(abs(inner[0]))) if inner[0] else 1.0
    below = inner[1] - inner[0] if len(inner) > 1 else step
    above = inner[-1] - inner[-2] if len(inner) > 1 else step
    yield inner[0] - below
    yield from inner
    yield inner[-1] + above
