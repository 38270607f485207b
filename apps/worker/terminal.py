"""What a person at a terminal sees: steps with progress bars, and nothing when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from domain.jobs import Pace, time_left

_WORDS = {
    "read": "Reading",
    "profile": "Profiling",
    "preflight": "Timing a few steps",
    "fit": "Training",
    "sample": "Sampling",
    "complete": "Completing rows",
    "evaluate": "Evaluating",
    "tune": "Trying values of ε",
    "pack": "Building the evidence pack",
}


class Steps:
    """One line with a bar for each step of the main job."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._pace = Pace()

    def step(self, name: str) -> None:
        """Begin a step; the one before it is done."""
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


@contextmanager
def steps(*, visible: bool | None = None) -> Iterator[Steps]:
    """Show steps on standard error when that is a terminal (or as told)."""
    console = Console(stderr=True)
    shown = console.is_terminal if visible is None else visible
    columns = (
        TextColumn("{task.description:<27}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
    )
    with Progress(*columns, console=console, disable=not shown) as progress:
        shown_steps = Steps(progress)
        yield shown_steps
        shown_steps.end()


def on_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()
