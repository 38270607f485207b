"""Hyperparameters with their bounds. Knows no torch, so that pages can draw forms from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kernel import BadInput

SettingValue = int | float | bool | str

RARE_ROWS = 5
"""What fewer real rows share could point to a person: it is neither drawn nor asked about, unless
the settings say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One hyperparameter: its meaning, default and bounds (both inclusive)."""

    name: str
    default: SettingValue
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def parse(self, value: object) -> SettingValue:
        """Turn ``value`` (a form's or command line's text, or a JSON value) into this setting.

        Raises :class:`BadInput` with the expected kind and range.
        """
        try:
            parsed = self._converted(value)
        except (TypeError, ValueError, OverflowError):
            raise BadInput(f"Setting “{self.name}” takes {self._expectation()}.") from None
        if not self._allows(parsed):
            raise BadInput(f"Setting “{self.name}” takes {self._expectation()}.")
        return parsed

    def _converted(self, value: object) -> SettingValue:
        if isinstance(self.default, bool):
            return _boolean(value)
        if isinstance(value, bool):
            raise TypeError
        if isinstance(self.default, int):
            if isinstance(value, float) and value != int(value):
                raise ValueError
            return int(value)  # type: ignore[call-overload]
        if isinstance(self.default, float):
            return float(value)  # type: ignore[arg-type]
        return str(value)

    def _allows(self, value: SettingValue) -> bool:
        if isinstance(value, str):
            return not self.choices or value in self.choices
        if isinstance(value, bool):
            return True
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below  # NaN fails both comparisons

    def _expectation(self) -> str:
        if isinstance(self.default, bool):
            return "true or false"
        if self.choices:
            return "one of " + ", ".join(self.choices)
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        if self.low is not None and self.high is not None:
            return f"{kind} from {self.low:g} to {self.high:g}"
        return kind


def _boolean(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError(word)
    return words[word]


def parse_settings(
    known: tuple[Setting, ...], given: Mapping[str, object]
) -> dict[str, SettingValue]:
    """Check ``given`` against the ``known`` settings; unknown names raise :class:`BadInput`."""
    by_name = {s.name: s for s in known}
    for name in given:
        if name not in by_name:
            raise BadInput(
                f"There is no setting “{name}”; this synthesizer knows: "
                f"{', '.join(by_name) or 'none'}."
            )
    return {name: by_name[name].parse(value) for name, value in given.items()}


def with_defaults(
    known: tuple[Setting, ...], given: Mapping[str, SettingValue]
) -> dict[str, SettingValue]:
    """All ``known`` settings: the ``given`` value where there is one, else the default."""
    return {s.name: given.get(s.name, s.default) for s in known}
