"""Numbers, times and words as people read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from domain.charts.chart import Chart
from domain.charts.theme import PAGE, config
from domain.compliance.controls.catalogue import framework_title
from domain.compliance.dp_method import looks
from domain.compliance.dp_report import guarantee_sentence
from domain.compliance.release_gates import GateState
from domain.datasets.entities import PiiKind, SdType, SequenceKeys
from domain.datasets.event_keys import keys_in_words
from domain.jobs import JobState
from domain.synthesis.catalogue import CATALOGUE
from domain.synthesis.learning_curves import LearningCurve, learning_curves
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.spec_wording import spec_sentences

register = template.Library()

_MINUS = "\u2212"
_STATES = {
    JobState.WAITING: "waits for the step before",
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
_GATES = {
    GateState.PASSED: "succeeded",
    GateState.CONDITIONS: "warned",
    GateState.OVERRIDDEN: "warned",
    GateState.FAILED: "failed",
    GateState.OPEN: "open",
}


@register.filter
def number(value: float | int | None, digits: int | None = None) -> str:
    """``12345`` → ``12,345``; floats with four significant digits, or ``digits`` decimals."""
    if value is None:
        return "–"
    if digits is not None:
        text = f"{value:,.{digits}f}"
    elif isinstance(value, int) or float(value).is_integer():
        text = f"{int(value):,}"
    else:
        text = f"{value:,.4g}"
    return text.replace("-", _MINUS, 1) if text.startswith("-") else text


@register.filter
def percent(share: float | None) -> str:
    """``0.123`` → ``12.3 %``."""
    return "–" if share is None else f"{100 * share:.1f} %"


@register.filter
def size(count: int) -> str:
    """Bytes in powers of ten: ``1 234 567`` → ``1.2 MB``."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


@register.filter
def duration(seconds: float | None) -> str:
    """``75.2`` → ``1 min 15 s``."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A time in UTC and how long ago, or how soon, that is."""
    if at is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), _distance(at), _written(at)
    )


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """How long ago, or how soon; the time itself in UTC on hover."""
    if at is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        _written(at),
        _distance(at),
    )


def _written(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def _distance(at: datetime) -> str:
    now = timezone.now()
    if at > now:
        return f"in {timeuntil(at, now, depth=1)}"
    if (now - at).total_seconds() < 60:
        return "just now"
    return f"{timesince(at, now, depth=1)} ago"


@register.filter
def state_words(state: JobState | str) -> str:
    """A job's state for a person."""
    return _STATES[JobState(state)]


@register.filter
def detail(value: object) -> str:
    """A value of an audit entry, as it stands in the log."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def kind(word: str) -> str:
    """A column type or kind of personal data for a person."""
    return word.upper() if word in (SdType.ID, PiiKind.SSN) else word.capitalize()


@register.filter
def sentences(synthetic: SyntheticDataset) -> tuple[str, ...]:
    """What was asked of a sample beyond its size."""
    return spec_sentences(synthetic.spec, given=synthetic.completed)


@register.filter
def gate_tone(state: GateState) -> str:
    """The colour of a gate, as jobs have them."""
    return _GATES[state]


@register.filter
def framework(name: str) -> str:
    """What a framework is called."""
    return framework_title(name)


@register.filter
def in_words(keys: SequenceKeys) -> str:
    """What makes a table a log of events."""
    return keys_in_words(keys)


@register.filter
def held_out(run: TrainingRun) -> str:
    """What was kept from training, in words."""
    if run.holdout.dataset_id is not None:
        return "a dataset of its own"
    share = percent(run.holdout.share)
    if run.privacy is not None:
        return f"{share} of the {'people, with all their rows' if run.privacy.entity else 'rows'}"
    owners = list(dict.fromkeys(k.entity for k in run.sequences.values() if k.entity))
    if run.sequences and (not owners or run.rows_held_out == 0):
        return "nothing: histories are too few" if owners else "nothing: it is one series"
    return f"{share} of {owners[0]}, with whole histories" if owners else f"{share} of the rows"


@register.filter
def synthesizer_title(name: str) -> str:
    """What a synthesizer is called."""
    return CATALOGUE[name].title if name in CATALOGUE else name


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """``mapping[key]``, or ``None``."""
    return mapping.get(key)


@register.filter
def curves(run: TrainingRun) -> tuple[LearningCurve, ...]:
    """How the training of each table went."""
    return learning_curves(run)


@register.filter
def chart_of(curve: LearningCurve, number: int) -> Chart:
    """The curve as a chart, the ``number``-th of the page."""
    return curve.chart(number)


@register.filter
def guarantee(run: TrainingRun) -> str:
    """What a finished private run promises, in one sentence."""
    return guarantee_sentence(run.statement) if run.statement else ""


@register.filter
def looked(run: TrainingRun) -> list[dict[str, Any]]:
    """Every look of a private run at the rows, with its cost or who declared it public."""
    return looks(run.statement) if run.statement else []


_SAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&'\"\u2028\u2029"} | {'"': '"'})
"""JSON that may stand between single quotes in HTML."""


@register.filter
def drawn(chart: Chart) -> SafeString:
    """Where charts.js draws: the specification waits in an attribute, so no script stands in the
    page and a part that htmx swaps in brings its charts along."""
    spec = json.dumps(chart.whole(), ensure_ascii=False, separators=(",", ":")).translate(_SAFE)
    return SafeString(
        f'<div class="drawing" data-chart=\'{spec}\' role="img" '
        f'aria-labelledby="{chart.name}-finding"></div>'
    )


@register.simple_tag
def chart_config() -> str:
    """The look of every chart, in the colours of the style sheet."""
    return json.dumps(config(PAGE))
