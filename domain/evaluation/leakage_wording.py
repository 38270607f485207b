"""What an attack's risk means, in a sentence, and what to do where it is too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.evaluation.report import AttackRates
from domain.evaluation.revealing import REVEALED
from domain.evaluation.risk import Finding

REIDENTIFICATION = "leakage.reidentification"
WHITE_BOX = "leakage.white_box"
LOW_FPR = "leakage.white_box_low_fpr"

LIMIT = 0.09
"""The European Medicines Agency's and Health Canada's limit for data that are published."""

_OUTLIERS = "_outliers"

_ALONE = 0.025
"""The chance on one side of a 95 % interval."""

_KNOWN = 0.9
"""What is told of so many held-out people leaves training people hardly anything to lose."""

_LIMIT_SOURCE = "limit 9 %: EMA Policy 0070 and Health Canada PRCI, maximum risk for publication"
_RISK = "risk = (attack − control) / (1 − control), Giomi et al. 2023 (Anonymeter)"

_SOURCES = {
    REIDENTIFICATION: f"The worst of the attacks below beyond chance (Holm 1979); {_LIMIT_SOURCE}",
    "leakage.membership_nearest": (
        f"Distance to the closest synthetic row (Chen et al. 2020, GAN-Leaks); {_RISK}; "
        f"{_LIMIT_SOURCE}"
    ),
    "leakage.membership_density": (
        f"Density ratio (van Breugel et al. 2023, DOMIAS) by nearest neighbours; {_RISK}; "
        f"{_LIMIT_SOURCE}"
    ),
    "leakage.attribute": (
        "Inference by the most similar synthetic row, compared among people whom other real rows "
        f"give away alike (exact test of strata: Gart 1970); {_RISK}; {_LIMIT_SOURCE}"
    ),
    "leakage.singling_out_one": (
        f"Predicates that one synthetic row fulfils (Cohen & Nissim 2020); {_RISK}; {_LIMIT_SOURCE}"
    ),
    "leakage.singling_out_several": (
        f"Predicates that one synthetic row fulfils (Cohen & Nissim 2020); {_RISK}; {_LIMIT_SOURCE}"
    ),
    "leakage.linkability": (
        f"Both halves of the columns lead to the same synthetic row; {_RISK}; {_LIMIT_SOURCE}"
    ),
    WHITE_BOX: (
        "Loss of each person's row less that of a reference model (Watson et al. 2022, difficulty "
        f"calibration); {_RISK}; {_LIMIT_SOURCE}"
    ),
    LOW_FPR: (
        "Members found at 1 % false alarms (Carlini et al. 2022), by the loss less that of a "
        f"reference model (Watson et al. 2022); {_RISK}; {_LIMIT_SOURCE}"
    ),
    REVEALED: (
        "Distance to the closest synthetic row over that to the fifth real neighbour, against the "
        "tail of held-out people (Hill 1975); limit: nobody"
    ),
}

_ATTACKS = {
    "leakage.membership_nearest": (
        "An attacker who takes the half of all people nearest to a synthetic {record} for "
        "trained on"
    ),
    "leakage.membership_density": (
        "An attacker who takes people for trained on where the twin is denser than the population"
    ),
    "leakage.attribute": (
        "An attacker who knows everything else about a person reads {column} off the most similar "
        "synthetic {record} and"
    ),
    "leakage.singling_out_one": (
        "An attacker who looks for whoever shares what a single synthetic {record} alone has in "
        "one column"
    ),
    "leakage.singling_out_several": (
        "An attacker who looks for whoever shares what a single synthetic {record} alone has in "
        "four columns"
    ),
    "leakage.linkability": (
        "An attacker with half of a person's columns in one file and the rest in another, who "
        "joins them through the nearest synthetic {record},"
    ),
    WHITE_BOX: (
        "An attacker who holds the model itself, and takes the half of all people whom it finds "
        "likelier than a model without them does for trained on,"
    ),
    LOW_FPR: (
        "An attacker who holds the model itself, and accuses so few that at most 1 % of held-out "
        "people are among them,"
    ),
}

_SUCCESS = {
    WHITE_BOX: "does so with {attack} of training people",
    LOW_FPR: "is right about {attack} of training people",
    "leakage.membership_nearest": "does so with {attack} of training people",
    "leakage.membership_density": "does so with {attack} of training people",
    "leakage.attribute": "is right for {attack} of training people",
    "leakage.singling_out_one": "finds exactly one training person in {attack} of attempts",
    "leakage.singling_out_several": "finds exactly one training person in {attack} of attempts",
    "leakage.linkability": "succeeds for {attack} of training people",
    "leakage.singling_out_one_outliers": "singles out {attack} of training people",
    "leakage.singling_out_several_outliers": "singles out {attack} of training people",
}

_WITHOUT = {
    "leakage.attribute": "with other real rows instead of the twin {guess}",
    "leakage.linkability": "halves of two different people are joined for {guess}",
}
_GUESSING = "guessing reaches {guess}"

_SAME = {"leakage.attribute": "and the same for {control} of as easy cases held out"}
_HELD_OUT = "and the same for {control} held out"

_NAMES = {
    WHITE_BOX: "membership by the model's loss",
    LOW_FPR: "membership by the model's loss at 1 % false alarms",
    "leakage.membership_nearest": "membership by distance",
    "leakage.membership_density": "membership by density",
    "leakage.attribute": "attribute inference",
    "leakage.singling_out_one": "singling out by one column",
    "leakage.singling_out_several": "singling out by several columns",
    "leakage.linkability": "linkability",
    REVEALED: "revealed outliers",
}

_KEEP_THE_MODEL = (
    "hand out rows only, never the model; and train with differential privacy, on more rows, or "
    "stop earlier"
)

_MITIGATIONS = {
    WHITE_BOX: _KEEP_THE_MODEL,
    LOW_FPR: _KEEP_THE_MODEL,
    "leakage.membership_nearest": (
        "train with differential privacy, or with less capacity and fewer epochs"
    ),
    "leakage.membership_density": (
        "train with differential privacy, or with less capacity and fewer epochs"
    ),
    "leakage.attribute": "leave out or coarsen the columns that are told",
    "leakage.singling_out_one": "cap extreme numbers and merge rare categories before training",
    "leakage.singling_out_several": "round numbers and merge rare categories before training",
    "leakage.linkability": "release fewer columns together",
    REVEALED: "leave the most outlying people out of training, or cap their extreme values",
}

_NO_PROOF = "Passing these attacks does not prove that no other succeeds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding, and whether chance cannot explain it."""

    finding: Finding
    sure: bool

    @property
    def average(self) -> bool:
        """Whether it is about everybody, not about the most outlying."""
        return not self.finding.name.endswith(_OUTLIERS)

    @property
    def family(self) -> str:
        """The attack's name, whoever it is made on."""
        return _family(self.finding.name)

    @property
    def common_knowledge(self) -> bool:
        """Whether the attack succeeds on nearly all held-out people too."""
        rates = self.finding.rates
        return rates is not None and rates.control >= _KNOWN

    @property
    def suspected(self) -> bool:
        """Its whole interval is above the limit, though among so many attacks it may be chance;
        of few people, whose intervals are rough, the exact test by itself has to agree."""
        finding = self.finding
        above = finding.interval[0] > limit_of(finding.name) and finding.p <= _ALONE
        return above and not self.sure and finding.rates is not None

    @property
    def failed(self) -> bool:
        """Beyond chance, and above the limit."""
        return self.sure and self.finding.risk > limit_of(self.finding.name)


def limit_of(name: str) -> float:
    """The largest risk that passes: for outliers laid open, none at all."""
    return 0.0 if name == REVEALED else LIMIT


def source_of(name: str) -> str:
    """Where attack, risk and limit come from."""
    return _SOURCES[_family(name)]


def _family(name: str) -> str:
    return name if name == REVEALED else name.removesuffix(_OUTLIERS)


def sentence(judged: Judged, record: str = "row") -> str:
    """What the finding says, and what to do; ``record``: what stands for a person."""
    if judged.finding.name == REVEALED:
        return _revealed_sentence(judged, record)
    rates = judged.finding.rates
    assert rates is not None
    return f"{_what(judged, rates, record)}: {_risk(judged.finding)}. {_verdict(judged)}"


def _what(judged: Judged, rates: AttackRates, record: str) -> str:
    whom = "" if judged.average else "Among the 5 % most outlying people: "
    column = judged.finding.scope.partition("column:")[2]
    attack = _ATTACKS[judged.family].format(column=f"“{column}”", record=record)
    words = _SUCCESS.get(judged.finding.name, _SUCCESS[judged.family])
    success = words.format(attack=f"{rates.attack:.1%}")
    without = _WITHOUT.get(judged.family, _GUESSING).format(guess=f"{rates.guess:.1%}")
    same = _SAME.get(judged.family, _HELD_OUT).format(control=f"{rates.control:.1%}")
    first = attack if not whom else attack[0].lower() + attack[1:]
    return f"{whom}{first} {success}, {same} ({without})"


def _risk(finding: Finding) -> str:
    low, high = finding.interval
    return f"a risk of {finding.risk:.1%} (95 %: {low:.1%} to {high:.1%})"


def _verdict(judged: Judged) -> str:
    finding = judged.finding
    if judged.failed:
        return f"That is beyond chance and above the limit: {_MITIGATIONS[judged.family]}."
    if judged.sure:
        return "That is beyond chance, though below the limit: watch it."
    if judged.common_knowledge:
        return "It succeeds on nearly everybody, so being trained on has hardly a price."
    if finding.risk > limit_of(finding.name) and finding.interval[0] > 0:
        return "Among so many attacks it may be chance: repeat it with more held-out rows."
    if finding.interval[1] > LIMIT:
        return "No more than chance explains, but there are too few rows to exclude the limit."
    return "No more than chance explains, and surely below the limit."


def _revealed_sentence(judged: Judged, record: str) -> str:
    finding = judged.finding
    what = (
        f"A synthetic {record} stands nearer than chance explains to {finding.risk:.1%} of the 5 % "
        "most outlying training people"
    )
    if judged.failed:
        return f"{what}: whoever knows them will recognise them; {_MITIGATIONS[REVEALED]}."
    if finding.risk > 0:
        return f"{what}; among so many attacks it may be chance: look at them before release."
    return f"{what}: no single odd person is laid open."


def obstacle(unseen: bool, people: str, seen: float) -> str:
    """Why nothing can be said about leakage, and what to bring; empty where something can.

    ``unseen``: whether the held-out rows were kept from the synthesizer. ``people``: the column
    that says whose a row is, where many held-out people were trained on too. ``seen``: the share
    of held-out rows that are training rows, where it is large.
    """
    if people:
        return (
            f"Not measured: the held-out rows are of people (“{people}”) whose other rows were "
            "trained on, so there is nobody to compare them with. Bring held-out rows of other "
            "people, whom the synthesizer never saw."
        )
    if seen:
        return (
            f"Not measured: {seen:.1%} of the held-out rows are training rows too, far more than "
            "repeat by chance, so they cannot tell memory from what everybody knows. Bring rows "
            "that the synthesizer never saw."
        )
    if not unseen:
        return (
            "Not measured: it is not known that the synthesizer never saw the held-out rows, so "
            "they cannot tell memory from what everybody knows. Bring real rows that it was not "
            "trained on, as a holdout."
        )
    return ""


def overall_sentence(found: Sequence[Judged], least_known: Judged) -> str:
    """The reasoning behind the overall risk, with what to do.

    ``least_known``: the attack whose risk the rows bound least.
    """
    failed = sorted((j for j in found if j.failed), key=lambda j: -j.finding.risk)
    if failed:
        tell = "tells" if len(failed) == 1 else "tell"
        return (
            f"{len(failed)} of {len(found)} attacks {tell} more about training people than about "
            f"held-out people, beyond chance and above the limit, the worst {_called(failed[0])} "
            f"({failed[0].finding.risk:.1%}). Do not release it; {_advice(failed)}."
        )
    if least_known.suspected:
        return f"{_perhaps(len(found), least_known)} {_NO_PROOF}"
    if any(j.sure for j in found):
        worst = max((j for j in found if j.sure), key=lambda j: j.finding.risk)
        return (
            f"An attack tells a little more about training people than chance explains, though "
            f"less than the limit: {_called(worst)}. Watch it; {_advice([worst])}. {_NO_PROOF}"
        )
    return f"{_nothing_found(len(found), least_known)} {_NO_PROOF}"


def _perhaps(attacks: int, suspect: Judged) -> str:
    return (
        f"Among {attacks} attacks it may be chance, but the whole interval of {_called(suspect)} "
        f"lies above the limit: {_risk(suspect.finding)}. Repeat it with more held-out rows, or "
        f"{_MITIGATIONS[suspect.family]}."
    )


def _nothing_found(attacks: int, least_known: Judged) -> str:
    most = least_known.finding.interval[1]
    if most > LIMIT:
        return (
            f"None of {attacks} attacks tells more about training people than chance explains, "
            f"but the rows bound the average risk of {_called(least_known)} only by {most:.1%}: "
            "bring more held-out rows to exclude the limit."
        )
    return (
        f"None of {attacks} attacks tells more about training people than chance explains, and "
        f"the average risk of each is below {most:.1%} (95 %)."
    )


def _called(judged: Judged) -> str:
    column = judged.finding.scope.partition("column:")[2]
    of = f" of “{column}”" if column else ""
    whom = "" if judged.average or judged.family == REVEALED else " among outliers"
    return f"{_NAMES[judged.family]}{of}{whom}"


def _advice(failed: Sequence[Judged]) -> str:
    """What helps against the attacks that succeeded, the worst first, each thing once."""
    families = dict.fromkeys(_MITIGATIONS[j.family] for j in failed)
    return "; ".join(families)
