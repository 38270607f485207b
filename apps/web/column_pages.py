"""Columns as pages show them: profiles with small charts, and the choices to confirm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from apps.web.event_choices import EventsChoice, events_choice
from domain.datasets.entities import (
    ColumnProfile,
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiFlag,
    SdType,
)

CHART_WIDTH = 240
CHART_HEIGHT = 48
_GAP = 1.0
_SHOWN = 8
_TARGETS = frozenset({SdType.INTEGER, SdType.FLOAT, SdType.BOOLEAN, SdType.CATEGORICAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a histogram, in the chart's own units."""

    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopValue:
    """A frequent value and its share of the rows, 0 to 1."""

    value: str
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A profiled column with its chart."""

    profile: ColumnProfile
    missing_share: float
    bars: tuple[Bar, ...]
    top: tuple[TopValue, ...]

    @property
    def more(self) -> int:
        """Different values beside the eight that are shown."""
        return max(self.profile.distinct - _SHOWN, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """A line of the table in which columns are confirmed."""

    spec: ColumnSpec
    flag: PiiFlag | None
    type_field: str
    type_value: str
    types: tuple[SdType, ...]
    pii_field: str
    pii_value: str
    actions: tuple[PiiAction, ...]
    missing_field: str
    missing_value: str
    """What was said about the candidate: ``missing``, ``value`` or nothing yet."""
    times_field: str
    times_value: str
    """What happens to cells of a time column that hold no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChoice:
    """What is confirmed of one table: columns, whether it is a log, and the rules of its rows."""

    name: str
    columns: tuple[ColumnChoice, ...]
    events: EventsChoice
    tick_field: str
    suggested: tuple[tuple[str, bool], ...]
    """Rules that profiling suggests, each ticked or not."""
    own_field: str
    own: str
    """A person's own rules, one a line."""


def column_views(columns: Iterable[ColumnProfile]) -> tuple[ColumnView, ...]:
    """Every profiled column with its chart."""
    return tuple(
        ColumnView(
            profile=column,
            missing_share=column.missing / column.rows if column.rows else 0.0,
            bars=bars(column),
            top=tuple(
                TopValue(value=value, count=count, share=count / max(column.rows, 1))
                for value, count in column.top[:_SHOWN]
            ),
        )
        for column in columns
    )


def bars(column: ColumnProfile) -> tuple[Bar, ...]:
    """The column's histogram, scaled to its highest bar; a bar that counts is never invisible."""
    counts = [count for _, _, count in column.histogram]
    if not any(counts):
        return ()
    step, highest = CHART_WIDTH / len(counts), max(counts)
    heights = [max(CHART_HEIGHT * count / highest, 1.0 if count else 0.0) for count in counts]
    return tuple(
        Bar(
            x=round(number * step, 2),
            y=round(CHART_HEIGHT - height, 2),
            width=round(max(step - _GAP, 0.5), 2),
            height=round(height, 2),
            count=count,
        )
        for number, (count, height) in enumerate(zip(counts, heights, strict=True))
    )


def table_choices(
    metadata: Metadata, given: QueryDict, *, confirmed: bool = False
) -> tuple[TableChoice, ...]:
    """Every table with what can be chosen; ``given`` is what the person chose before, ``confirmed``
    says whether the columns were confirmed once."""
    return tuple(
        _table_choice(name, place, metadata, given, confirmed=confirmed)
        for place, name in enumerate(metadata.tables)
    )


def _table_choice(
    name: str, place: int, metadata: Metadata, given: QueryDict, *, confirmed: bool
) -> TableChoice:
    table = metadata.tables[name]
    own = [str(c) for c in table.constraints if c not in table.suggested_constraints]
    ticks, field = f"rule-{place}", f"rules-{place}"
    ticked = given.getlist(ticks) if field in given else [str(c) for c in table.constraints]
    return TableChoice(
        name=name,
        columns=_column_choices(name, place, metadata, given),
        events=events_choice(table, place, given, confirmed=confirmed),
        tick_field=ticks,
        suggested=tuple((str(c), str(c) in ticked) for c in table.suggested_constraints),
        own_field=field,
        own=given.get(field, "\n".join(own)),
    )


def _column_choices(
    name: str, t: int, metadata: Metadata, given: Mapping[str, str]
) -> tuple[ColumnChoice, ...]:
    flags = {f.column: f for f in metadata.pii_flags if f.table == name}
    return tuple(
        ColumnChoice(
            spec=spec,
            flag=flags.get(spec.name),
            type_field=f"type-{t}-{c}",
            type_value=given.get(f"type-{t}-{c}", spec.sdtype),
            types=tuple(SdType),
            pii_field=f"pii-{t}-{c}",
            pii_value=given.get(f"pii-{t}-{c}", spec.pii_action),
            actions=tuple(PiiAction),
            missing_field=f"missing-{t}-{c}",
            missing_value=given.get(f"missing-{t}-{c}", _said_of_missing(spec)),
            times_field=f"times-{t}-{c}",
            times_value=given.get(f"times-{t}-{c}", spec.unreadable_times),
        )
        for c, spec in enumerate(metadata.tables[name].columns)
    )


def _said_of_missing(spec: ColumnSpec) -> str:
    if not spec.missing_confirmed:
        return ""
    return "missing" if spec.missing_word else "value"


def unit_columns(metadata: Metadata) -> tuple[str, ...]:
    """The columns that may say whose row it is."""
    return tuple(spec.name for table in metadata.tables.values() for spec in table.kept)


def target_columns(metadata: Metadata) -> tuple[str, ...]:
    """The columns that a model could predict."""
    return tuple(
        spec.name
        for table in metadata.tables.values()
        for spec in table.kept
        if spec.sdtype in _TARGETS
    )
