"""Words of the report about differential privacy that depend on no run."""

from __future__ import annotations

VOID = "ε void: tuned on private data"
"""The stamp of everything about a run whose settings were chosen by unpaid looks at the rows."""

PROMISE, METHOD, GROUND = "promise", "method", "ground"

FIELDS = (
    ("setting", "Setting and trust", GROUND),
    ("data", "Data covered", GROUND),
    ("unit", "Unit of privacy and neighbours", PROMISE),
    ("contributions", "Bound on contributions", PROMISE),
    ("guarantee", "ε and δ", PROMISE),
    ("population_size", "Is the number of rows public?", PROMISE),
    ("mechanisms", "Every look at the rows", METHOD),
    ("training", "Training with noisy gradients", METHOD),
    ("accountant", "Accountants", METHOD),
    ("tuning", "How the settings were found", METHOD),
    ("holdout", "Holdout and early stopping", METHOD),
    ("randomness", "Randomness", METHOD),
    ("post_processing", "After the noise", METHOD),
    ("ledger", "Loss over all releases", GROUND),
    ("released", "What is released", GROUND),
    ("interpretation", "What it means for one person", PROMISE),
    ("audit", "Audit by canaries", METHOD),
    ("limitations", "What it does not protect", GROUND),
)
"""Name, title and layer of the fields, in the order of the report."""

LAYERS = {
    PROMISE: (
        "The promise",
        "The parameters mean nothing without the unit they protect: read both together.",
    ),
    METHOD: (
        "The method",
        "The promise holds if every look at the rows was paid for and the noise is what it is said "
        "to be.",
    ),
    GROUND: (
        "The ground",
        "No noise helps against those who hold the rows themselves, nor against what was released "
        "before or leaves beside it.",
    ),
}
"""Title and what to look for, after the privacy pyramid of NIST SP 800-226: each layer rests on
the one below."""

CENTRAL = (
    "Central differential privacy: the rows came to this instance as they are, and whoever runs it "
    "is trusted with them."
)
ONE_SHOT = (
    "One release: a model is fitted once. Any number of rows may be drawn from it without a "
    "further loss, since nothing but the noisy answers is left in it."
)
DELETED_WITH = "Rows, model and sealed seed are stored encrypted and shredded with the dataset."

ROWS_KNOWN = "the number of rows taken as known"
"""What a promise for rows assumes: n is printed, and is no part of the proof."""
NEIGHBOURS = "Neighbouring tables differ by adding or removing one unit."
REPLACED = "For replacing one unit by another, which is removing and adding, the promise is weaker."
SEVERAL_ROWS = (
    "Somebody with several rows in the table is protected less: k rows multiply ε by k, and δ by "
    "1 + e^ε + … + e^((k-1)ε), which soon leaves no guarantee at all."
)
NAME_THE_COLUMN = "Name the column that says whose row it is where that can be."

CURVE = (
    "The same run at other δ: whoever finds this δ too large or too small reads the ε that goes "
    "with another one."
)
DISCOVERY = "Part of δ is spent on finding out which words occur, the rest on the mechanisms."
TOO_LARGE = "δ is not below one over the number of units: the guarantee allows one to be laid open."
SECOND_OF_RHO = (
    "The second accountant is given the filter's ρ, not the looks one by one: it checks how ρ "
    "became ε, and nothing else."
)
PRECISION = (
    "Losses are rounded up, and ε is published rounded up. What floating point changes in noise on "
    "whole counts and in choices is bounded, added up and paid for by a hundredth of δ."
)
PRECISION_OF_GRADIENTS = (
    "Noise on gradients is added in floating point as well: each number is a sum of four draws, "
    "which makes traces in its lowest bits harder to use, but no proof covers them."
)
ROUNDED = "ε is published rounded up to four digits."

ALONE = (
    "It is about this release alone: something about these people also left without noise, so "
    "nothing bounds the whole."
)
LEDGER_MISSING = (
    "Not applicable: no ledger was kept for this dataset when the report was made. The ε of other "
    "releases about the same people adds to this one."
)
NO_GRADIENTS = (
    "Not applicable: this synthesizer takes no gradient of real rows. It learns from noisy counts "
    "alone (see every look at the rows)."
)
NO_AUDIT = (
    "Not applicable: no audit by canaries was made for this report. The guarantee rests on the "
    "proof, not on a test; an audit can only find a fault."
)
AUDIT_MEANING = (
    "A lower bound far below ε is expected of a sound implementation and proves nothing more; one "
    "above ε would have proved a fault."
)
NO_SEARCH = (
    "No search for settings is on record: they are the product's defaults or were typed by a "
    "person (see the model card). Whoever trains several runs and keeps the best by its evaluation "
    "searches on the private rows too: the ledger counts the runs, but nothing counts that choice."
)
ROW_CONTRIBUTIONS = (
    "Not applicable: the unit is the row, so every unit contributes exactly one and none is left "
    "out."
)
SHORTENED = (
    "Everybody's part of every count of events is shortened, where it is longer in L2, to the "
    "length that the record of looks gives as its sensitivity, in 64ths of an event: noise goes by "
    "that."
)
DROPPED = (
    "How many rows were left out by that is not told: the number is itself private and was not "
    "paid for."
)

POST_PROCESSING = (
    (
        "Rows too close to a real one, and exact copies, are thrown away",
        False,
        "off: it would read real rows",
    ),
    (
        "Identifiers that occur in the real table are thrown away",
        False,
        "off: identifiers come from a key space of their own instead",
    ),
    (
        "Rules found in or checked on real rows",
        False,
        "off: not kept, not counted",
    ),
    (
        "Conditions of a sample",
        False,
        "on drawn rows only",
    ),
    (
        "Gate before release: verdict of an evaluation",
        True,
        "computed on real rows, if an evaluation was asked for; not covered by ε",
    ),
    (
        "Search for real values in an evidence pack",
        True,
        "looks in its papers only, never in synthetic rows, which leave as they were drawn; one "
        "bit leaves, that the papers could be sealed; not covered by ε",
    ),
)
"""What happens after the noise: what, whether real rows are read for it, and how it stands."""

NOT_PROTECTED = (
    "What is true of a group is learned, and meant to be: that smoking harms can be concluded "
    "about a smoker whether or not they were in the table.",
    "What can be concluded about a person from others (relatives, a household, colleagues) is not "
    "hidden.",
    "Somebody who knows everything about all others is covered; somebody with the rows themselves, "
    "the server, its keys or its backups is not: see access control and encryption.",
    "Time, memory and other side channels are not hidden.",
    "ε is a worst case over all tables and all attackers. It bounds what can be learned; it does "
    "not say that so much is.",
)
UNCOVERED = (
    "These figures were computed on real rows without noise: the ε of this run does not cover "
    "them. They are for those who may see the real rows."
)
EVALUATION_INSIDE = (
    "Figures of an evaluation were computed on real rows without noise. They stay inside the "
    "instance, where only those who may see the real rows read them."
)
EVALUATION_OUTSIDE = (
    "Figures of an evaluation are in this pack because a person asked for them. They were computed "
    "on real rows without noise: ε does not cover them, and each of them adds to what can be "
    "learned about one person by an amount that nobody has bounded."
)
