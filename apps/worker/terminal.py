"""What a person sees of a long job: bars on a terminal, a line now and then in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from domain.jobs import Pace, time_left

LINE_SECONDS = 30.0
"""A file gets a line at least so often while something is being done."""
_WORDS = {
    "read": "Reading",
    "profile": "Profiling",
    "preflight": "Timing a few steps",
    "fit": "Training",
    "sample": "Sampling",
    "complete": "Completing rows or histories",
    "evaluate": "Evaluating",
    "tune": "Trying values of ε",
    "pack": "Building the evidence pack",
}


class Steps(Protocol):
    """The steps of the main job, one after the other."""

    def step(self, name: str) -> None:
        """Begin a step; the one before it is done."""

    def show(self, done: int, total: int, note: str) -> None:
        """Say how far the current step is."""

    def end(self) -> None:
        """The current step is done."""


class Bars:
    """One line with a bar for each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._pace = Pace()

    def step(self, name: str) -> None:
        self.end()
        self._task = self._progress.add_task(_WORDS.get(name, name), total=None, note="")
        self._pace = Pace()

    def show(self, done: int, total: int, note: str) -> None:
        """Move the bar of the current step."""
        if self._task is not None:
            left = time_left(self._pace.seconds_left(done, total, time.monotonic()))
            said = f"{note}, {left}" if note else left
            self._progress.update(self._task, completed=done, total=total or None, note=said)

    def end(self) -> None:
        """Fill the bar of the current step."""
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1, note="")
            self._task = None


class Lines:
    """A line where a step begins, and one every half minute while it lasts."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock = out, clock
        self._words, self._last, self._pace = "", 0.0, Pace()

    def step(self, name: str) -> None:
        self._words, self._pace = _WORDS.get(name, name), Pace()
        self._say(f"{self._words} …")

    def show(self, done: int, total: int, note: str) -> None:
        """Say how far the step is, where nothing was said for a while."""
        now = self._clock()
        left = self._pace.seconds_left(done, total, now)
        if not self._words or now - self._last < LINE_SECONDS:
            return
        share = f"{min(done / total, 1):.0%}" if total > 0 else ""
        said = ", ".join(filter(None, (share, note, time_left(left) if left is not None else "")))
        self._say(f"{self._words}: {said}" if said else f"{self._words} …")

    def end(self) -> None:
        self._words = ""

    def _say(self, line: str) -> None:
        self._last = self._clock()
        self._out.write(f"{line}\n")
        self._out.flush()


@contextmanager
def steps(*, visible: bool | None = None) -> Iterator[Steps]:
    """Show steps on standard error: bars where that is a terminal (or as told), else lines."""
    console = Console(stderr=True)
    shown = console.is_terminal if visible is None else visible
    if not shown:
        yield Lines(sys.stderr)
        return
    columns = (
        TextColumn("{task.description:<27}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
    )
    with Progress(*columns, console=console) as progress:
        bars = Bars(progress)
        yield bars
        bars.end()


def on_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()
